// What the simulator's tests run is built from the sources as they are, not from dist: the package with its command, and
// single modules that import the package by its name.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../..", import.meta.url));

const ENTRIES = {
	index: join(root, "src/index.ts"),
	content: join(root, "src/content.ts"),
	forms: join(root, "src/forms/index.ts"),
	uploads: join(root, "src/uploads/index.ts"),
	redirects: join(root, "src/redirects.ts"),
	cookies: join(root, "src/cookies/index.ts"),
	sessions: join(root, "src/sessions/index.ts"),
	middleware: join(root, "src/middleware.ts"),
	metrics: join(root, "src/metrics/index.ts"),
	auth: join(root, "src/auth/index.ts"),
	guards: join(root, "src/guards/index.ts"),
	events: join(root, "src/events/index.ts"),
	"crypto-node": join(root, "platform/node/crypto.ts"),
	"update-node": join(root, "platform/node/update.ts"),
	"platform-node": join(root, "platform/node/listen.ts"),
	board: join(root, "manifests/board-laptop.js"),
	"thimble-sim": join(root, "host-sim/cli.ts"),
};

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
			".": "./index.js",
			"./content": "./content.js",
			"./forms": "./forms.js",
			"./uploads": "./uploads.js",
			"./update": "./update-node.js",
			"./redirects": "./redirects.js",
			"./cookies": "./cookies.js",
			"./sessions": "./sessions.js",
			"./middleware": "./middleware.js",
			"./metrics": "./metrics.js",
			"./auth": "./auth.js",
			"./guards": "./guards.js",
			"./events": "./events.js",
			"./crypto": "./crypto-node.js",
			"./platform": "./platform-node.js",
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
			alias: { "thimble-http": ENTRIES.index, "thimble-http/board": ENTRIES.board },
			logLevel: "error",
		});
		return outfile;
	}

	remove(): void {
		rmSync(this.path, { recursive: true, force: true });
	}
}
