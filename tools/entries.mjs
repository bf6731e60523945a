// The entries of the package, as "exports" in package.json has them: the one list of them there is. For the build, the sizes in
// bench, and the tests.

import { readFileSync } from "node:fs";

const { exports: targets } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

/**
 * @typedef {object} Entry
 * @property {string} subpath As "exports" has it: "./auth".
 * @property {string} specifier What is imported: "thimble-http/auth".
 * @property {string} name Of the file in its folder: "auth", "crypto-node".
 * @property {string} source Where it is in the repository, without an extension: "src/auth/index".
 */

/** @returns {Entry[]} */
function entriesOf(folder, fileAndTypes) {
	return Object.entries(targets).flatMap(([subpath, target]) => {
		const [file = "", types = ""] = fileAndTypes(target);
		const name = new RegExp(`^\\./${folder}/([\\w-]+)\\.js$`).exec(file)?.[1];
		const source = /^\.\/dist\/types\/(.*)\.d\.ts$/.exec(types)?.[1];
		return name === undefined || source === undefined
			? []
			: [{ subpath, specifier: `thimble-http${subpath.slice(1)}`, name, source }];
	});
}

/** What is built for Node, into dist. */
export const nodeEntries = entriesOf("dist", ({ types, node, default: file = node }) => [file, types]);

/** What is built for firmware, into dist/moddable. */
export const firmwareEntries = entriesOf("dist/moddable", ({ types, moddable }) =>
	typeof moddable === "object" ? [moddable.default, moddable.types] : [moddable, types],
);

/** By name, the module that the compiler makes of each entry: as rollup wants it. */
export function inputsOf(entries) {
	return Object.fromEntries(entries.map(({ name, source }) => [name, `build/${source}.js`]));
}
