// A file system in memory, which keeps to what the Moddable SDK's does. For the tests.

import type { Folder } from "../../src/files.js";
import { octetsOf } from "./octets.js";

/** Files by their path. */
export class MemoryFolder implements Folder {
	readonly contents = new Map<string, Uint8Array>();
	readonly asked: string[] = [];
	openCount = 0;
	modifiedMs: number | undefined = 1_000_000_000_250;

	constructor(contents: Readonly<Record<string, string>>) {
		for (const [path, text] of Object.entries(contents)) this.contents.set(path, octetsOf(text));
	}

	openFile({ path }: { readonly path: string }) {
		this.asked.push(path);
		// As the SDK's (getPath in modules/io/files).
		if (path.split("/").some((name) => name === "" || name === "." || name === "..")) throw new Error("bad path");
		if (!this.contents.has(path)) throw new Error("No such file or directory");
		this.openCount += 1;
		let isOpen = true;
		const { modifiedMs } = this;
		const octets = () => {
			if (!isOpen) throw new Error("the file is closed");
			return this.contents.get(path) as Uint8Array;
		};
		return {
			read: (buffer: Uint8Array, position: number) => {
				const piece = octets().slice(position, position + buffer.length);
				buffer.set(piece);
				return piece.length;
			},
			status: () => ({
				size: octets().length,
				isFile: () => path !== "folder",
				...(modifiedMs === undefined ? {} : { modifiedMs }),
			}),
			close: () => {
				if (!isOpen) throw new Error("closed twice");
				isOpen = false;
				this.openCount -= 1;
			},
		};
	}
}
