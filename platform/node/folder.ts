// thimble-http/folder on Node: a folder of its file system, as `files` of thimble-http/files takes it.

import { closeSync, fstatSync, openSync, readSync, realpathSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import type { FileStatus, Folder, OpenFile } from "../../src/files/folder.js";

class NodeFile implements OpenFile {
	readonly #descriptor: number;

	constructor(path: string) {
		this.#descriptor = openSync(path, "r");
	}

	read(buffer: Uint8Array, position: number): number {
		return readSync(this.#descriptor, buffer, 0, buffer.length, position);
	}

	status(): FileStatus {
		const status = fstatSync(this.#descriptor);
		return { size: status.size, modifiedMs: status.mtimeMs, isFile: () => status.isFile() };
	}

	close(): void {
		closeSync(this.#descriptor);
	}
}

/**
 * The folder at `path`, which is there. A link in it that leads out of it is followed by nobody. Throws what node:fs throws.
 */
export function openFolder(path: string): Folder {
	const root = realpathSync(path);
	return {
		openFile({ path: inside }): OpenFile {
			const file = realpathSync(join(root, inside));
			if (!file.startsWith(root.endsWith(sep) ? root : root + sep)) throw new Error(`${inside} leads out of ${path}`);
			// To open what is no file may wait for ever: a pipe, say.
			if (!statSync(file).isFile()) throw new Error(`${inside} is no file`);
			return new NodeFile(file);
		},
	};
}
