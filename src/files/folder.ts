// What serving files needs of a file system: the part of ECMA-419's storage that the Moddable SDK has as
// "embedded:storage/files" (modules/io/files in the SDK), whose folders can be given as they are. On Node, thimble-http/folder
// makes one.

/** A folder. */
export interface Folder {
	/**
	 * Opens a file for reading. `path`: from this folder on, with "/" between names, none of which is ".", ".." or empty. Throws
	 * when there is no such file, and for what is no file.
	 */
	openFile(options: { readonly path: string; readonly mode: "r" }): OpenFile;
}

/** An open file. */
export interface OpenFile {
	/** Reads octets from `position` on into all of `buffer`; returns how many: fewer at the end of the file. */
	read(buffer: Uint8Array, position: number): number;
	status(): FileStatus;
	close(): void;
}

export interface FileStatus {
	/** How many octets the file has. */
	readonly size: number;
	/** When it was last modified, in milliseconds since 1970, where that is known. The SDK's file systems do not tell. */
	readonly modifiedMs?: number;
	isFile(): boolean;
}
