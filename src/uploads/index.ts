// thimble-http/uploads: uploads that go on where they broke off, by the tus protocol (docs/uploads.md).

export { ContentError, type FileSink } from "../sink.js";
export { type UploadOptions, uploads } from "./routes.js";
