// Holds docs/supported-http.md to its word: every test it names exists, nothing is claimed without one, and no section or
// violation is left out. Reads files, runs no server.

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { VALID, Violation, violationStatus } from "../src/message/violation.js";

const PAGE = fileURLToPath(new URL("../docs/supported-http.md", import.meta.url));
const TESTS = fileURLToPath(new URL(".", import.meta.url));

/** The sections of RFC 9112 §2 to §9 and §11 that ask something of a server, or tell it what it meets. */
const SECTIONS_9112 =
	"2.1 2.2 2.3 3 3.1 3.2 3.2.1 3.2.2 3.2.3 3.2.4 3.3 4 5 5.1 5.2 6 6.1 6.2 6.3 7 7.1 7.1.1 7.1.2 7.1.3 7.2 7.3 7.4 8 " +
	"9.1 9.2 9.3 9.3.1 9.3.2 9.4 9.5 9.6 9.7 9.8 11.1 11.2 11.3 11.4";

/** Those of RFC 9110 §2, §4 to §10 and §15 whose key words bind an origin server, and the chapters that are the app's. */
const SECTIONS_9110 =
	"2.2 2.3 2.4 4.1 4.2.1 4.2.2 4.2.3 4.2.4 5.1 5.2 5.3 5.4 5.5 5.6.1 5.6.3 5.6.4 5.6.7 6.1 6.2 6.4.1 6.5.1 6.6.1 6.6.2 " +
	"7.1 7.2 7.4 7.6.1 7.8 8.3 8.4 8.6 9.1 9.2.1 9.3.1 9.3.2 9.3.6 9.3.7 9.3.8 10.1.1 10.2.1 10.2.3 10.2.4 11 12 13 14 15 " +
	"15.2 15.2.2 15.3.5 15.3.6 15.3.7 15.4.5 15.5 15.5.2 15.5.6 15.5.9 15.5.14 15.5.15 15.5.20 15.5.22 15.6.4 15.6.6";

/** What a row may say instead of naming a test. */
const WITHOUT_TEST: readonly string[] = ["the app's", "not offered", "by design of the types"];

const HEADER = "| Clause | Asked | Thimble | Test |";
const REFERENCE = /^(corpus\/[a-z-]+\.md|[a-z-]+\.test\.ts): "([^"]+)"$/;

// Names hold semicolons too.
const BETWEEN_REFERENCES = /; (?=corpus\/|[a-z-]+\.test\.ts: )/;

interface Row {
	readonly line: number;
	/** "RFC 9112" and so on: the heading it stands under. */
	readonly rfc: string;
	readonly clause: string;
	readonly asked: string;
	readonly thimble: string;
	readonly references: readonly string[];
	readonly where: string;
}

/** Reads the tables of the page. Throws Error for a row that is none. */
function readRows(text: string): Row[] {
	const rows: Row[] = [];
	let rfc = "";
	let isHeader = true;
	text.split("\n").forEach((line, index) => {
		const heading = /^## (RFC \d+)/.exec(line)?.[1];
		if (heading !== undefined) rfc = heading;
		if (!line.startsWith("|")) {
			isHeader = true;
			return;
		}
		if (isHeader || /^\|[-|]+\|$/.test(line)) {
			if (isHeader && line !== HEADER) throw new Error(`line ${index + 1}: a table of other columns`);
			isHeader = false;
			return;
		}
		const cells = line
			.split("|")
			.slice(1, -1)
			.map((cell) => cell.trim());
		const [clause = "", asked = "", thimble = "", references = ""] = cells;
		if (cells.length !== 4 || cells.includes(""))
			throw new Error(`line ${index + 1}: a row has four cells, none empty`);
		const where = `line ${index + 1}, ${rfc} ${clause}`;
		rows.push({
			line: index + 1,
			rfc,
			clause,
			asked,
			thimble,
			references: references.split(BETWEEN_REFERENCES),
			where,
		});
	});
	return rows;
}

const named = new Map<string, ReadonlySet<string>>();

/** The headings of a corpus file, or the names of the tests and groups of tests in a test file. */
function namesIn(file: string): ReadonlySet<string> {
	const known = named.get(file);
	if (known !== undefined) return known;
	const path = `${TESTS}${file}`;
	const names = new Set<string>();
	if (existsSync(path)) {
		const text = readFileSync(path, "utf8");
		const pattern = file.endsWith(".md")
			? /^()###? (.+)$/gm
			: // Also `test.runIf(…)("name"`, and `])("name"` at the end of the table of `test.each`.
				/^\s*(?:(?:test|it|describe)(?:\.\w+)*(?:\([^\n]*?\))?|\]\))\(\s*(["'`])([^\n]*?)\1,/gm;
		for (const match of text.matchAll(pattern)) names.add((match[2] as string).trim());
	}
	named.set(file, names);
	return names;
}

/** What is wrong with a row's references, as text; nothing when all is well. */
function faultsOf(row: Row): string[] {
	const [first] = row.references;
	if (row.references.length === 1 && WITHOUT_TEST.includes(first as string)) return [];
	return row.references.flatMap((reference) => {
		const [, file, name] = REFERENCE.exec(reference) ?? [];
		if (file === undefined || name === undefined) return [`${row.where}: "${reference}" is no reference`];
		if (namesIn(file).has(name)) return [];
		return [`${row.where}: there is no ${reference}`];
	});
}

function compareClauses(left: string, right: string): number {
	const lefts = left.slice(1).split(".").map(Number);
	const rights = right.slice(1).split(".").map(Number);
	for (let index = 0; index < Math.max(lefts.length, rights.length); index += 1) {
		const difference = (lefts[index] ?? -1) - (rights[index] ?? -1);
		if (difference !== 0) return difference;
	}
	return 0;
}

const page = readFileSync(PAGE, "utf8");
const rows = readRows(page);

describe("docs/supported-http.md", () => {
	test("names tests and cases that exist, in every row that does not say why not", () => {
		expect(rows.flatMap(faultsOf)).toEqual([]);
		expect(rows.length).toBeGreaterThan(150);
	});

	test("finds no test where there is none", () => {
		const row = { ...(rows[0] as Row), where: "here" };
		expect(faultsOf({ ...row, references: ['corpus/framing.md: "No such case"'] })).toHaveLength(1);
		expect(faultsOf({ ...row, references: ['corpus/nothing.md: "A form"'] })).toHaveLength(1);
		expect(faultsOf({ ...row, references: ['nothing.test.ts: "content by length"'] })).toHaveLength(1);
		expect(faultsOf({ ...row, references: ["the app"] })).toHaveLength(1);
		expect(faultsOf({ ...row, references: ["the app's", 'corpus/framing.md: "A form"'] })).toHaveLength(1);
		expect(faultsOf({ ...row, references: ['corpus/framing.md: "A form"'] })).toEqual([]);
		expect(() => readRows("## RFC 1\n| Clause | Asked |\n")).toThrow("line 2");
		expect(() => readRows(`## RFC 1\n${HEADER}\n|---|---|---|---|\n| §1 | a |  | the app's |\n`)).toThrow("line 4");
	});

	test("goes through each RFC in its own order", () => {
		for (let index = 1; index < rows.length; index += 1) {
			const [before, after] = [rows[index - 1] as Row, rows[index] as Row];
			expect(after.clause, after.where).toMatch(/^§\d+(\.\d+)*$/);
			if (before.rfc !== after.rfc) continue;
			expect(compareClauses(before.clause, after.clause), `${after.where} is out of order`).toBeLessThanOrEqual(0);
		}
	});

	test.each([
		["RFC 9112", SECTIONS_9112],
		["RFC 9110", SECTIONS_9110],
		["RFC 3986", "2.1 2.2 2.4 3.2.2 3.2.3 3.3 3.4 3.5 5.2.4"],
		["RFC 6585", "3 4 5 6"],
		["RFC 8297", "2"],
	])("leaves out no section of %s that asks something of a server", (rfc, sections) => {
		const clauses = rows.filter((row) => row.rfc === rfc).map((row) => row.clause.slice(1));
		expect(sections.split(" ").filter((section) => !clauses.includes(section))).toEqual([]);
	});

	test("names every violation, beside the status that answers it", () => {
		for (const [name, violation] of Object.entries(Violation)) {
			if (violation === VALID) continue;
			expect(page, name).toContain(`\`${name}\``);
		}
		const told = [...page.matchAll(/(\d{3}) \(((?:`\w+`(?:, )?)+)\)/g)];
		expect(told.length).toBeGreaterThan(40);
		for (const [text, status, names] of told) {
			for (const [, name] of (names as string).matchAll(/`(\w+)`/g)) {
				const violation = (Violation as Readonly<Record<string, number>>)[name as string] ?? VALID;
				expect(violationStatus(violation), text).toBe(Number(status));
			}
		}
	});
});
