// The search (host-sim/search) as one file, which its workers and the benchmark import. For tools/sim.mjs and bench/sim.mjs.

import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const ENTRY = `
export { SearchedApp } from "./host-sim/search/app.ts";
export { Coverage } from "./host-sim/search/coverage.ts";
export { Hash } from "./host-sim/search/hash.ts";
export { MUTANTS } from "./host-sim/search/mutants.ts";
export { PROFILES, Search } from "./host-sim/search/search.ts";
export { shrink } from "./host-sim/search/shrink.ts";
`;

/** Bundles the search into a file; `mutant`: with that fault in the server. */
export async function bundleSearch(outfile, mutant = null) {
	let isApplied = mutant === null;
	const plugin = {
		name: "a fault of our own",
		setup({ onLoad }) {
			onLoad({ filter: /[\\/](src|platform)[\\/].*\.ts$/ }, ({ path }) => {
				if (mutant === null || relative(root, path) !== join(mutant.file)) return undefined;
				const contents = readFileSync(path, "utf8");
				if (contents.split(mutant.text).length !== 2) {
					throw new Error(`the mutant "${mutant.name}" does not find its place in ${mutant.file}`);
				}
				isApplied = true;
				return { contents: contents.replace(mutant.text, () => mutant.replacement), loader: "ts" };
			});
		},
	};
	await build({
		stdin: { contents: ENTRY, resolveDir: root, loader: "ts" },
		bundle: true,
		format: "esm",
		platform: "node",
		target: "es2022",
		outfile,
		absWorkingDir: root,
		plugins: [plugin],
		logLevel: "silent",
	});
	if (!isApplied) throw new Error(`the mutant "${mutant.name}" does not find its file ${mutant.file}`);
}
