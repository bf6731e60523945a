// How large the code is: minified octets of each entry of the package that firmware imports, and of each folder in it; and
// the slots it takes in RAM, which docs/firmware.md has from the SDK's own linker and instrumentation. For xs.mjs.

import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { aligned } from "./report.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The entries that firmware imports, and their sources. */
const ENTRIES = [
	["thimble-http", "src/index.ts"],
	["thimble-http/conditional", "src/conditional.ts"],
	["thimble-http/content", "src/content.ts"],
	["thimble-http/files", "src/files.ts"],
	["thimble-http/resources", "src/resources.ts"],
	["thimble-http/forms", "src/forms/index.ts"],
	["thimble-http/uploads", "src/uploads/index.ts"],
	["thimble-http/update", "platform/moddable/update.ts"],
	["thimble-http/redirects", "src/redirects.ts"],
	["thimble-http/cookies", "src/cookies/index.ts"],
	["thimble-http/sessions", "src/sessions/index.ts"],
	["thimble-http/middleware", "src/middleware.ts"],
	["thimble-http/metrics", "src/metrics/index.ts"],
	["thimble-http/auth", "src/auth/index.ts"],
	["thimble-http/guards", "src/guards/index.ts"],
	["thimble-http/events", "src/events/index.ts"],
	["thimble-http/crypto", "platform/moddable/crypto.ts"],
	["thimble-http/platform", "platform/moddable/listen.ts"],
	["thimble-http/wifi", "platform/moddable/wifi.ts"],
];

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
	for (const [name, source] of ENTRIES) {
		const files = [...(await minify(source))].filter(([file]) => source === "src/index.ts" || !core.has(file));
		lines.push([name, total(files)]);
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
