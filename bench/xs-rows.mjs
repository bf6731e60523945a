// The rows of `npm run bench:xs`, measured on XS. For xs.mjs and the ceilings in the tests.

import { XsBench } from "./xs-bench.mjs";

/**
 * @typedef {object} XsRow
 * @property {string} work
 * @property {number} computrons Of the server and the adapter.
 * @property {number} slots Slots left, or held; or of the stack.
 * @property {number} chunkOctets Octets of chunks left, or held; on a 64-bit engine.
 * @property {number | null} doubleComputrons What the double takes, which is not in `computrons`; null: it had no part.
 */

/** How many requests a turn has, where it does not have one. */
const REQUESTS = 16;
/** How many kilobytes a stream has. */
const KILOBYTES = 64;
/** How many segments there are in the row that says what one costs. */
const SEGMENTS = 8;

/** Of each row, its name and how it is measured. */
const ROWS = [
	["head parse", async (bench) => divided(await bench.alone("prepareParse()", "parse"), REQUESTS)],
	["whole cycle, new head", (bench) => cycle(bench, "newHead")],
	["whole cycle, repeated head", (bench) => cycle(bench, "repeatedHead")],
	["whole cycle, repeated fields, new target", (bench) => cycle(bench, "repeatedFields")],
	["whole cycle, nothing shared with the last head", (bench) => cycle(bench, "strangeHead")],
	[
		"whole cycle, first head of a connection",
		async (bench) =>
			less(
				less(divided(await bench.traffic("firstHead"), REQUESTS), await bench.traffic("connection")),
				await acknowledgement(bench),
			),
	],
	["whole cycle, new head in 2 segments", (bench) => cycle(bench, "twoSegments")],
	["whole cycle, new head in 4 segments", (bench) => cycle(bench, "fourSegments")],
	["whole cycle, new head in 8 segments", (bench) => cycle(bench, "eightSegments")],
	[
		"each further segment of a head",
		async (bench) => divided(less(await cycle(bench, "eightSegments"), await cycle(bench, "newHead")), SEGMENTS - 1),
	],
	["acknowledgement of a response", acknowledgement],
	["JSON route", (bench) => cycle(bench, "json")],
	["· its literal and JSON.stringify, alone", (bench) => bench.alone("prepareLiteral()", "literal")],
	["64 KB chunked response, per KB", async (bench) => divided(await bench.traffic("download"), KILOBYTES)],
	["64 KB upload, per KB", async (bench) => divided(await bench.traffic("upload"), KILOBYTES)],
	["64 KB chunked upload, per KB", async (bench) => divided(await bench.traffic("chunkedUpload"), KILOBYTES)],
	[
		"static resource of 16 KB, gzip, acknowledgements included",
		async (bench) => divided(await bench.traffic("script"), REQUESTS),
	],
	["304 to If-None-Match", (bench) => cycle(bench, "known")],
	["206 of 1 KB", (bench) => cycle(bench, "part")],
	[
		"206 of 1 KB, of parts of pieces, acknowledgements included",
		async (bench) => divided(await bench.traffic("cutPart"), REQUESTS),
	],
	["404", (bench) => cycle(bench, "missing")],
	["400, with accept and close", (bench) => bench.traffic("broken")],
	["503 at a full pool, with accept and close", (bench) => bench.traffic("crowded")],
	["accept and close of a connection", (bench) => bench.traffic("connection")],
	[
		"an idle connection held, per second",
		async (bench) => {
			const [open, none] = [await bench.held(4, 4), await bench.held(4, 0)];
			const { slots, chunkOctets } = divided(less(open, none), 4);
			return { ...(await bench.traffic("idle")), slots, chunkOctets };
		},
	],
	["heap of the server, 1 connection open", (bench) => bench.held(1, 1)],
	["heap of the server, 4 connections open", (bench) => bench.held(4, 4)],
	["heap of the server, 8 connections open", (bench) => bench.held(8, 8)],
	["deepest stack, from onReadable", (bench) => bench.stack("request")],
	["deepest stack, from onWritable", (bench) => bench.stack("acknowledgement")],
];

/** From `onReadable` to the last `write`: the acknowledgement of the response, which comes later, is taken off. */
async function cycle(bench, work) {
	return less(divided(await bench.traffic(work), REQUESTS), await acknowledgement(bench));
}

function acknowledgement(bench) {
	return bench.alone("prepareScript()", "acknowledgement");
}

function less(one, other) {
	return {
		...one,
		computrons: one.computrons - other.computrons,
		slots: one.slots - other.slots,
		chunkOctets: one.chunkOctets - other.chunkOctets,
	};
}

function divided(one, by) {
	return {
		computrons: one.computrons / by,
		slots: one.slots / by,
		chunkOctets: one.chunkOctets / by,
		doubleComputrons: one.doubleComputrons === null ? null : one.doubleComputrons / by,
	};
}

/** To two digits behind the point: a turn of 16 requests, divided. */
function rounded(value) {
	return value === null ? null : Math.round(value * 100) / 100;
}

/**
 * Measures every row whose name has `only` in it.
 * @param {string} only
 * @returns {Promise<XsRow[]>}
 */
export async function measureRows(only = "") {
	const bench = await XsBench.open();
	try {
		const rows = [];
		for (const [work, measure] of ROWS.filter(([name]) => name.includes(only))) {
			const { computrons, slots, chunkOctets, doubleComputrons } = await measure(bench);
			rows.push({
				work,
				computrons: rounded(computrons),
				slots: rounded(slots),
				chunkOctets: rounded(chunkOctets),
				doubleComputrons: rounded(doubleComputrons),
			});
		}
		return rows;
	} finally {
		await bench.close();
	}
}
