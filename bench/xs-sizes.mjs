// How large the code is: minified octets of each entry of the package that firmware imports, and of each folder in it; and
// the slots it takes in RAM, which docs/firmware.md has from the SDK's own linker and instrumentation. For xs.mjs.

import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { firmwareEntries } from "../tools/entries.mjs";
import { aligned } from "./report.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Of the table in docs/firmware.md, the rows about slots. */
const SLOT_ROWS = /^\| (preloaded|not preloaded|· `)/;

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

/** @returns {Promise<string>} */
export async function measureSizes() {
	const core = await minify("src/index.ts");
	const lines = [];
	for (const { specifier, source } of firmwareEntries) {
		const isCore = source === "src/index";
		const files = [...(await minify(`${source}.ts`))].filter(([file]) => isCore || !core.has(file));
		lines.push([specifier, total(files)]);
		const folders = byFolder(files);
		if (folders.size > 1) for (const [folder, inside] of folders) lines.push([`· ${folder}`, total(inside)]);
	}
	const sizes = aligned(
		["entry, and what of it is in which folder", "minified octets"],
		lines.map(([name, octets]) => [name, NUMBER.format(octets)]),
		[false, true],
	);
	return `${sizes}\n\nSlots in RAM, from docs/firmware.md:\n\n${slotTable()}`;
}

function byFolder(files) {
	const folders = new Map();
	// A module that only passes on what others export is none.
	for (const [file, octets] of files.filter((one) => one[1] > 0)) {
		const folder = dirname(file);
		folders.set(folder, [...(folders.get(folder) ?? []), [file, octets]]);
	}
	return folders;
}

function total(files) {
	return files.reduce((sum, [, octets]) => sum + octets, 0);
}

function slotTable() {
	const rows = readFileSync(`${root}docs/firmware.md`, "utf8")
		.split("\n")
		.filter((line) => SLOT_ROWS.test(line))
		.map((line) =>
			line
				.split("|")
				.slice(1, -1)
				.map((cell) => cell.trim().replaceAll("`", "")),
		);
	return aligned(["code", "heap slots", "octets", "pointers", "flash, octets"], rows, [false, true, true, true, true]);
}
