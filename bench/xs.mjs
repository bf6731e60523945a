// `npm run bench:xs`: what each piece of work costs on XS, the engine of the devices, in byte codes and heap slots.
//
//     npm run bench:xs                     everything, in some seconds
//     npm run bench:xs -- --json FILE      writes {rows: [{work, computrons, slots}]} as well
//     npm run bench:xs -- --only WORD      only the works with this in their names
//     npm run bench:xs -- --ceilings       writes what was measured to xs-ceilings.json, which the tests hold it to, and
//                                          to the tables of docs/memory.md
//     npm run bench:xs -- --sizes          how large the code is, instead; with --write into README.md and docs/memory.md, too
//
// Nothing here depends on the machine it runs on, nor on what else it does: every figure repeats exactly.

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildEngine } from "../test/xs/engine.mjs";
import { aligned } from "./report.mjs";
import { HEAP_HEADER, heapLines, withTables } from "./xs-document.mjs";
import { measureRows } from "./xs-rows.mjs";
import { measureSizes, sizesTable, withSizes } from "./xs-sizes.mjs";

const { values: options } = parseArgs({
	options: {
		json: { type: "string" },
		only: { type: "string", default: "" },
		ceilings: { type: "boolean", default: false },
		sizes: { type: "boolean", default: false },
		write: { type: "boolean", default: false },
	},
});

const CEILINGS = fileURLToPath(new URL("xs-ceilings.json", import.meta.url));
const DOCUMENT = fileURLToPath(new URL("../docs/memory.md", import.meta.url));

const README = fileURLToPath(new URL("../README.md", import.meta.url));

const NUMBER = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });

function number(value) {
	return value === null ? "" : NUMBER.format(value);
}

function printRows(rows) {
	console.log(
		aligned(
			["work", "computrons", "slots", "chunk octets", "the double's computrons, taken off"],
			rows.map(({ work, computrons, slots, chunkOctets, doubleComputrons }) => [
				work,
				...[computrons, slots, chunkOctets, doubleComputrons].map(number),
			]),
			[false, true, true, true, true],
		),
	);
	const heaps = heapLines(rows);
	if (heaps.length > 0) console.log(`\n${aligned(HEAP_HEADER, heaps, [false, true, true, true])}`);
}

/** Rows that were not measured keep the ceilings they have. */
function writeCeilings(rows) {
	const measured = rows.map(({ work, computrons, slots, chunkOctets }) => ({ work, computrons, slots, chunkOctets }));
	const known = options.only === "" ? measured : JSON.parse(readFileSync(CEILINGS, "utf8"));
	const all = known.map((one) => measured.find(({ work }) => work === one.work) ?? one);
	writeFileSync(CEILINGS, `${JSON.stringify(all, null, "\t")}\n`);
	writeFileSync(DOCUMENT, withTables(readFileSync(DOCUMENT, "utf8"), all));
}

async function tellSizes() {
	const sizes = await measureSizes();
	console.log(sizesTable(sizes));
	if (!options.write) return;
	for (const document of [README, DOCUMENT]) {
		writeFileSync(document, withSizes(readFileSync(document, "utf8"), sizes));
	}
}

if (options.sizes) await tellSizes();
else {
	await buildEngine((line) => process.stderr.write(`${line}\n`));
	const rows = await measureRows(options.only);
	if (rows.length === 0) throw new Error(`no work has "${options.only}" in its name`);
	printRows(rows);
	if (options.json !== undefined) {
		const plain = rows.map(({ work, computrons, slots }) => ({ work, computrons, slots }));
		writeFileSync(options.json, `${JSON.stringify({ rows: plain }, null, "\t")}\n`);
	}
	if (options.ceilings) writeCeilings(rows);
}
