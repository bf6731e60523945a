// What a request costs on XS is a number, and this holds it: each row of `npm run bench:xs` against its ceiling in
// bench/xs-ceilings.json. When the server has become cheaper, `npm run bench:xs -- --ceilings` writes the new ones.
//
// And that the bench measures what it says: the traffic, the null reader, the rows, the file that is written.

import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { XsBench } from "../bench/xs-bench.mjs";
import { withTables } from "../bench/xs-document.mjs";
import { PART_LENGTH, SCRIPT_LENGTH } from "../bench/xs-resources.js";
import { measureRows } from "../bench/xs-rows.mjs";
import { measureSizes, sizesTable, withSizes } from "../bench/xs-sizes.mjs";
import { NEW_HEADS, REPEATED_FIELDS, REPEATED_HEAD, STRANGE_HEADS } from "../bench/xs-traffic.js";
import { WORKS } from "../bench/xs-works.js";
import { firmwareEntries } from "../tools/entries.mjs";
import { readResponse } from "./support/reader.js";
import { describeOnXs } from "./xs/sides.js";

const TIMEOUT_MS = 120_000;
/** How far above its ceiling a row may be, so that what does not matter needs no new ceilings. Slots have no such room. */
const TOLERANCE = 1.02;

interface Row {
	readonly work: string;
	readonly computrons: number;
	readonly slots: number;
	readonly chunkOctets: number;
}

const file = fileURLToPath(new URL("../bench/xs-ceilings.json", import.meta.url));
const ceilings: readonly Row[] = JSON.parse(readFileSync(file, "utf8"));

/** What leaves nothing behind for the garbage collector. */
const WITHOUT_GARBAGE = [
	"head parse",
	"whole cycle, new head",
	"whole cycle, repeated head",
	"whole cycle, repeated fields, new target",
	"whole cycle, nothing shared with the last head",
	"whole cycle, first head of a connection",
	"whole cycle, new head in 2 segments",
	"whole cycle, new head in 4 segments",
	"whole cycle, new head in 8 segments",
	"acknowledgement of a response",
	"64 KB chunked response, per KB",
	"64 KB upload, per KB",
	"64 KB chunked upload, per KB",
	"static resource of 16 KB, gzip, acknowledgements included",
	"304 to If-None-Match",
	"206 of 1 KB",
	"206 of 1 KB, of parts of pieces, acknowledgements included",
	"404",
	"400, with accept and close",
	"503 at a full pool, with accept and close",
	// Beside the SDK's two TCP objects, which are the double's.
	"accept and close of a connection",
];

await describeOnXs("the cost of a request on XS", async () => {
	describe("the cost of a request on XS", () => {
		let rows: readonly Row[] = [];

		beforeAll(async () => {
			rows = await measureRows();
		}, TIMEOUT_MS);

		const rowOf = (work: string): Row => {
			const row = rows.find((one) => one.work === work);
			if (row === undefined) throw new Error(`there is no row "${work}"`);
			return row;
		};

		test("every row has a ceiling, and every ceiling a row", () => {
			expect(rows.map(({ work }) => work)).toEqual(ceilings.map(({ work }) => work));
		});

		test.each(ceilings)("$work", (ceiling) => {
			const { computrons, slots, chunkOctets } = rowOf(ceiling.work);
			expect(computrons, "computrons").toBeLessThanOrEqual(ceiling.computrons * TOLERANCE);
			expect(slots, "slots").toBeLessThanOrEqual(ceiling.slots);
			expect(chunkOctets, "octets of chunks").toBeLessThanOrEqual(ceiling.chunkOctets * TOLERANCE);
		});

		test.each(WITHOUT_GARBAGE)("%s: no slot is left", (work) => {
			expect(rowOf(work).slots).toBe(0);
		});

		test("another run measures the very same", async () => {
			const [again] = await measureRows("whole cycle, new head in 2");
			expect(again).toEqual(rowOf("whole cycle, new head in 2 segments"));
		});
	});

	describe("the bench on XS", () => {
		let bench: XsBench;

		beforeAll(async () => {
			bench = await XsBench.open();
		});

		afterAll(() => bench.close());

		/** What clients receive in a turn: so many responses of one status. */
		const RECEIVED: Readonly<Record<string, readonly [count: number, status: number]>> = {
			newHead: [16, 200],
			repeatedHead: [16, 200],
			repeatedFields: [16, 200],
			strangeHead: [16, 200],
			firstHead: [16, 200],
			twoSegments: [16, 200],
			fourSegments: [16, 200],
			eightSegments: [16, 200],
			json: [16, 200],
			missing: [16, 404],
			download: [1, 200],
			upload: [1, 200],
			chunkedUpload: [1, 200],
			script: [16, 200],
			known: [16, 304],
			part: [16, 206],
			cutPart: [16, 206],
			broken: [1, 400],
			crowded: [1, 503],
			connection: [0, 0],
			idle: [0, 0],
		};

		test("all works are looked at", () => {
			expect(Object.keys(RECEIVED).sort()).toEqual(Object.keys(WORKS).sort());
		});

		test.each(Object.entries(RECEIVED))(
			"%s: clients get their answers, and the null reader calls what the server called",
			async (work, [count, status]) => {
				const { seen, isFaithful } = (await bench.ask(`check(${JSON.stringify(work)})`)) as {
					readonly seen: readonly string[];
					readonly isFaithful: boolean;
				};
				const responses = seen.map((text) => readResponse(text, 0, false, true));
				expect(responses.map((response) => response?.status)).toEqual(Array.from({ length: count }, () => status));
				expect(responses.map((response) => response?.end)).toEqual(seen.map((text) => text.length));
				expect(isFaithful).toBe(true);
				const lengths = responses.map((response) => response?.content.length ?? 0);
				if (work === "newHead") expect(lengths).toEqual(lengths.map((_, index) => 1000 + 16 * (index % 4)));
				if (work === "script") expect(lengths).toEqual(lengths.map(() => SCRIPT_LENGTH));
				if (work === "part" || work === "cutPart") expect(lengths).toEqual(lengths.map(() => PART_LENGTH));
				if (work === "download") expect(lengths).toEqual([65_536]);
			},
		);

		test("the double's share does not depend on who asks for it", async () => {
			const [one, other] = [await bench.traffic("newHead"), await bench.traffic("strangeHead")];
			expect(one.doubleComputrons).toBe(other.doubleComputrons);
			expect(one.computrons).not.toBe(other.computrons);
		});

		test("sockets that do next to nothing, instead of the double, measure the same but for a hundredth", async () => {
			const { computrons } = await bench.traffic("newHead");
			const onDouble = computrons / NEW_HEADS.length;
			const [request, acknowledgement] = [
				await bench.alone("prepareScript()", "request"),
				await bench.alone("prepareScript()", "acknowledgement"),
			];
			// Their `read` copies the head, at two computrons an octet.
			const onScript = request.computrons + acknowledgement.computrons - 2 * 485;
			expect(Math.abs(onScript / onDouble - 1)).toBeLessThan(0.01);
		});

		test("writes rows of work, computrons and slots, and prints them", async () => {
			const folder = mkdtempSync(join(tmpdir(), "thimble-bench-xs-"));
			try {
				const json = join(folder, "rows.json");
				const script = fileURLToPath(new URL("../bench/xs.mjs", import.meta.url));
				const run = promisify(execFile);
				const { stdout } = await run(process.execPath, [script, "--json", json, "--only", "head parse"]);
				const written = JSON.parse(readFileSync(json, "utf8"));
				const measured = await measureRows("head parse");
				expect(measured).toHaveLength(1);
				expect(written).toEqual({ rows: measured.map(({ work, computrons, slots }) => ({ work, computrons, slots })) });
				expect(stdout).toMatch(/^work +computrons +slots/);
				expect(stdout).toMatch(/\nhead parse +[\d,.]+ +0 /);
			} finally {
				rmSync(folder, { recursive: true });
			}
		});
	});
});

test("docs/memory.md has the tables of these ceilings", () => {
	const document = readFileSync(fileURLToPath(new URL("../docs/memory.md", import.meta.url)), "utf8");
	expect(withTables(document, ceilings)).toBe(document);
});

describe("npm run bench:xs -- --sizes", async () => {
	const sizes = await measureSizes();

	test("tells of each entry that firmware imports", () => {
		expect(sizes.map(({ specifier }) => specifier)).toEqual(firmwareEntries.map(({ specifier }) => specifier));
		const lines = sizesTable(sizes).split("\n");
		for (const { specifier, octets, folders } of sizes) {
			expect(octets, specifier).toBeGreaterThan(100);
			expect(lines.some((line) => line.startsWith(`${specifier} `) && line.endsWith(octets.toLocaleString("en")))).toBe(
				true,
			);
			// Of a folder an entry may have no more than a function.
			for (const [folder, inside] of folders) expect(inside, folder).toBeGreaterThan(0);
			expect(folders.reduce((sum, [, inside]) => sum + inside, 0)).toBe(octets);
		}
	});

	test.each(["README.md", "docs/memory.md"])("has written %s (--write)", (name) => {
		const document = readFileSync(fileURLToPath(new URL(`../${name}`, import.meta.url)), "utf8");
		expect(withSizes(document, sizes)).toBe(document);
	});

	test("has a row for each entry in docs/memory.md", () => {
		const document = readFileSync(fileURLToPath(new URL("../docs/memory.md", import.meta.url)), "utf8");
		for (const { specifier } of sizes) expect(document).toContain(`\n| \`${specifier}\` | `);
	});
});

describe("the heads that the bench on XS sends", () => {
	const texts = (heads: readonly Uint8Array[]) => heads.map((head) => String.fromCharCode(...head));
	const linesOf = (text: string) => text.split("\r\n").slice(0, -2);
	const nameOf = (line: string) => line.slice(0, line.indexOf(":"));

	test.each([
		["new", NEW_HEADS],
		["repeated", REPEATED_HEAD],
		["strange", STRANGE_HEADS],
	])("%s ones are of the browser's length, with its nine fields", (_name, heads) => {
		for (const text of texts(heads)) {
			expect(text.length).toBe(485);
			const names = linesOf(text).slice(1).map(nameOf);
			expect(names.map((name) => name.toLowerCase()).sort()).toEqual(
				"accept,accept-encoding,accept-language,cache-control,connection,cookie,host,upgrade-insecure-requests,user-agent".split(
					",",
				),
			);
		}
	});

	test("new ones have another target, agent, types, languages and cookie each time, and the rest the same", () => {
		const all = texts(NEW_HEADS);
		all.forEach((text, index) => {
			const [lines, next] = [linesOf(text), linesOf(all[(index + 1) % all.length] as string)];
			const changed = lines.map((line, at) => (line === next[at] ? "" : nameOf(line))).filter((name) => name !== "");
			expect(lines.slice(1).map(nameOf)).toEqual(next.slice(1).map(nameOf));
			expect(changed.slice(1)).toEqual(["User-Agent", "Accept", "Accept-Language", "Cookie"]);
			expect(lines[0]?.length).not.toBe(next[0]?.length);
		});
	});

	test("repeated fields are the same to the octet, behind targets of other lengths", () => {
		const all = texts(REPEATED_FIELDS);
		const fields = new Set(all.map((text) => text.slice(text.indexOf("\r\n"))));
		const targets = new Set(all.map((text) => text.slice(0, text.indexOf("\r\n"))));
		const lengths = all.map((text) => text.length);
		expect(fields.size).toBe(1);
		expect(targets.size).toBe(all.length);
		lengths.forEach((length, index) => {
			expect(length).not.toBe(lengths[(index + 1) % lengths.length]);
		});
	});

	test("strange ones have no line in common with the one before, wherever it stands", () => {
		const all = texts(STRANGE_HEADS);
		all.forEach((text, index) => {
			const [lines, next] = [linesOf(text), linesOf(all[(index + 1) % all.length] as string)];
			expect(lines.filter((line) => next.includes(line))).toEqual([]);
			lines.slice(1).forEach((line, at) => {
				expect(nameOf(line)).not.toBe(nameOf(next[at + 1] as string));
			});
		});
	});
});
