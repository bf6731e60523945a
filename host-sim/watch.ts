// Tells when one of a set of files may have changed. For the simulator.

import { type FSWatcher, watch } from "node:fs";
import { basename, dirname } from "node:path";

/** Editors write a file in several steps; what follows each other this closely, in milliseconds, is one change. */
const SETTLE_MS = 60;

export class FileWatch {
	readonly #onChange: () => void;
	/** Names of interest, by folder. Folders are watched, since many editors replace the file. */
	readonly #names = new Map<string, Set<string>>();
	readonly #watchers = new Map<string, FSWatcher>();
	#timer: NodeJS.Timeout | null = null;

	constructor(onChange: () => void) {
		this.#onChange = onChange;
	}

	/** Watches these files as well. */
	add(files: readonly string[]): void {
		for (const file of files) {
			const folder = dirname(file);
			const names = this.#names.get(folder) ?? new Set();
			this.#names.set(folder, names.add(basename(file)));
			if (!this.#watchers.has(folder)) this.#open(folder, names);
		}
	}

	#open(folder: string, names: ReadonlySet<string>): void {
		try {
			const watcher = watch(folder, { persistent: false }, (_event, name) => {
				if (name === null || names.has(name)) this.#changed();
			});
			// A folder that goes away is not watched any more; the next load says what is missing.
			watcher.on("error", () => this.#close(folder));
			this.#watchers.set(folder, watcher);
		} catch {
			// Not a folder that can be watched, as one that is not there.
		}
	}

	#close(folder: string): void {
		this.#watchers.get(folder)?.close();
		this.#watchers.delete(folder);
	}

	#changed(): void {
		if (this.#timer !== null) clearTimeout(this.#timer);
		this.#timer = setTimeout(() => this.#onChange(), SETTLE_MS);
	}

	close(): void {
		if (this.#timer !== null) clearTimeout(this.#timer);
		for (const folder of [...this.#watchers.keys()]) this.#close(folder);
	}
}
