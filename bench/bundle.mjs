// Bundles the sources into one file as the build does: rollup over plain ES2022, not minified. So what is measured is the
// code that ships, and always today's. For run.mjs.
//
// esbuild only takes the types away here. Its own bundler turns `const` at the top of a module into `var`, and V8 folds
// only a constant into the code it compiles: that would not be what ships.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { transformSync } from "esbuild";
import { rollup } from "rollup";

/** Finds `./name.js` in the TypeScript that it is made of, and takes the types away. */
const typescript = {
	name: "typescript",
	resolveId(id, importer) {
		if (!id.startsWith(".") || importer === undefined) return null;
		return resolve(dirname(importer), id.replace(/\.js$/, ".ts"));
	},
	load(id) {
		if (!id.endsWith(".ts")) return null;
		return transformSync(readFileSync(id, "utf8"), { loader: "ts", target: "es2022", format: "esm" }).code;
	},
};

/** Bundles entry.ts; returns the path of the bundle and how to remove it. */
export async function bundle() {
	const folder = mkdtempSync(join(tmpdir(), "thimble-bench-"));
	const file = join(folder, "thimble.mjs");
	const input = fileURLToPath(new URL("entry.ts", import.meta.url));
	const build = await rollup({ input, plugins: [typescript], external: (id) => id.startsWith("node:") });
	await build.write({ file, format: "es" });
	await build.close();
	return { file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
