// The tables of docs/memory.md that `npm run bench:xs -- --ceilings` writes. For xs.mjs, and the test that holds the two
// files together.

/** Octets of a heap slot on a 32-bit device. */
export const SLOT_LENGTH = 16;

const BEGIN = "<!-- npm run bench:xs -- --ceilings -->\n";
const END = "<!-- end -->\n";

const NUMBER = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** Of the rows about a heap, what it comes to in octets of a 32-bit device: slots, chunks, both. */
export function heapLines(rows) {
	return rows
		.filter(({ work }) => work.startsWith("heap "))
		.map(({ work, slots, chunkOctets }) => [
			work,
			...[slots * SLOT_LENGTH, chunkOctets, slots * SLOT_LENGTH + chunkOctets].map((octets) => NUMBER.format(octets)),
		]);
}

export const HEAP_HEADER = ["octets on a 32-bit device", "slots × 16", "chunks", "together"];

function markdown(header, lines) {
	const rule = header.map((_, column) => (column === 0 ? "---" : "---:"));
	return [header, rule, ...lines].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

/** The text of docs/memory.md with the tables of these rows in their place. */
export function withTables(text, rows) {
	const [start, end] = [text.indexOf(BEGIN), text.indexOf(END)];
	if (start < 0 || end < start) throw new Error("docs/memory.md has no place for the tables");
	const costs = rows.map(({ work, computrons, slots, chunkOctets }) => [
		work,
		...[computrons, slots, chunkOctets].map((value) => NUMBER.format(value)),
	]);
	const tables = [
		markdown(["work", "computrons", "slots", "chunk octets"], costs),
		markdown(HEAP_HEADER, heapLines(rows)),
	];
	return `${text.slice(0, start)}${BEGIN}\n${tables.join("\n")}\n${text.slice(end)}`;
}
