// How large the code is: minified octets of each entry of the package that firmware imports, and of each folder in it. For
// xs.mjs, and the test that holds README.md and docs/memory.md to it.

import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { firmwareEntries } from "../tools/entries.mjs";
import { aligned } from "./report.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** In a table, an entry and its size. */
const CELLS = /(\| `(thimble-http(?:\/[\w-]+)?)` \| )[\d,]+(?= \|)/g;

const NUMBER = new Intl.NumberFormat("en-US");

/** The minified octets of each source file of an entry, those left out that only another one has. */
async function minify(entry) {
	const { metafile } = await build({
		entryPoints: [`${root}${entry}`],
		absWorkingDir: root,
		bundle: true,
		write: false,
		minify: true,
		metafile: true,
		format: "esm",
		target: "es2022",
		external: ["embedded:*", "mc/config", "modules", "time", "timer"],
		outfile: "entry.js",
		logLevel: "error",
	});
	const [output] = Object.values(metafile.outputs);
	return new Map(Object.entries(output.inputs).map(([file, { bytesInOutput }]) => [file, bytesInOutput]));
}

/**
 * @typedef {object} Size
 * @property {string} specifier Of the entry.
 * @property {number} octets Minified, beside the core.
 * @property {[string, number][]} folders What of it is in which folder.
 */

/** @returns {Promise<Size[]>} */
export async function measureSizes() {
	const core = await minify("src/index.ts");
	const sizes = [];
	for (const { specifier, source } of firmwareEntries) {
		const isCore = source === "src/index";
		const files = [...(await minify(`${source}.ts`))].filter(([file]) => isCore || !core.has(file));
		sizes.push({ specifier, octets: total(files), folders: byFolder(files) });
	}
	return sizes;
}

function byFolder(files) {
	const folders = new Map();
	// A module that only passes on what others export is none.
	for (const [file, octets] of files.filter((one) => one[1] > 0)) {
		const folder = dirname(file);
		folders.set(folder, (folders.get(folder) ?? 0) + octets);
	}
	return [...folders];
}

function total(files) {
	return files.reduce((sum, [, octets]) => sum + octets, 0);
}

/** @param {Size[]} sizes */
export function sizesTable(sizes) {
	const lines = sizes.flatMap(({ specifier, octets, folders }) => [
		[specifier, octets],
		...(folders.length > 1 ? folders.map(([folder, inside]) => [`· ${folder}`, inside]) : []),
	]);
	return aligned(
		["entry, and what of it is in which folder", "minified octets"],
		lines.map(([name, octets]) => [name, NUMBER.format(octets)]),
		[false, true],
	);
}

/**
 * The text of a document with these sizes in its tables, behind the entries' names.
 * @param {string} text
 * @param {Size[]} sizes
 */
export function withSizes(text, sizes) {
	return text.replace(CELLS, (_cells, start, name) => {
		const size = sizes.find(({ specifier }) => specifier === name);
		if (size === undefined) throw new Error(`firmware cannot import ${name}`);
		return start + NUMBER.format(size.octets);
	});
}
