// thimble-http/files: files from a file system as routes, read as the client takes them.

export type { FileStatus, Folder, OpenFile } from "./files/folder.js";
export { type FileOptions, files } from "./files/routes.js";
