// What the simulator's tests run is built from the sources as they are, not from dist: the package with its command, and
// single modules that import the package by its name.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { nodeEntries } from "../../tools/entries.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

const ENTRIES = {
	...Object.fromEntries(nodeEntries.map(({ name, source }) => [name, join(root, `${source}.ts`)])),
	board: join(root, "manifests/board-laptop.js"),
	"thimble-sim": join(root, "host-sim/cli.ts"),
};

/** What apps call an entry. */
function importName(entry: string): string {
	return entry === "index" ? "thimble-http" : `thimble-http/${entry.replace(/-node$/, "")}`;
}

/** A folder of its own in node_modules, from where esbuild and the rest can be found. */
export class BuildFolder {
	readonly path: string;

	constructor() {
		const parent = join(root, "node_modules", ".thimble-test");
		mkdirSync(parent, { recursive: true });
		this.path = mkdtempSync(join(parent, "build-"));
	}

	/** Builds the package; returns the path of its command. */
	async package(): Promise<string> {
		const exports = {
			...Object.fromEntries(nodeEntries.map(({ subpath, name }) => [subpath, `./${name}.js`])),
			"./board": "./board.js",
		};
		writeFileSync(join(this.path, "package.json"), JSON.stringify({ name: "thimble-http", type: "module", exports }));
		await build({
			entryPoints: ENTRIES,
			outdir: this.path,
			bundle: true,
			splitting: true,
			format: "esm",
			platform: "node",
			target: "node20",
			external: ["esbuild"],
			logLevel: "error",
		});
		return join(this.path, "thimble-sim.js");
	}

	/** Builds one module, with the package inside; returns its path. */
	async module(path: string): Promise<string> {
		const outfile = join(this.path, "module.mjs");
		await build({
			entryPoints: [join(root, path)],
			outfile,
			bundle: true,
			format: "esm",
			platform: "node",
			target: "node20",
			alias: Object.fromEntries(Object.entries(ENTRIES).map(([name, file]) => [importName(name), file])),
			logLevel: "error",
		});
		return outfile;
	}

	remove(): void {
		rmSync(this.path, { recursive: true, force: true });
	}
}
