// The conformance corpus (test/corpus): every case whole, octet by octet, and cut in two at every point.

import { describe, expect, test } from "vitest";
import { Violation, type ViolationName } from "../src/message/violation.js";
import { readCorpus } from "./support/corpus-files.js";
import type { CorpusCase } from "./support/corpus-format.js";
import { escapeOctets, expand, parseCorpus } from "./support/corpus-format.js";
import { CorpusRunner } from "./support/corpus-run.js";

const CASES = readCorpus();
const FILES = [...new Set(CASES.map((one) => one.file))];
const runner = new CorpusRunner();

/** What no octets of a client can bring about alone: the valid, what is no HTTP (not answered), and what time decides. */
const OUT_OF_REACH: readonly ViolationName[] = ["valid", "notHttp", "requestTimedOut"];

/** A case in which every request is accepted. */
function isAccepted(one: CorpusCase): boolean {
	return one.expected.includes("complete") && !one.expected.some((line) => /^(refused |closed$)/.test(line));
}

function refusalsOf(one: CorpusCase): string[] {
	return one.expected.filter((line) => line.startsWith("refused ")).map((line) => line.slice("refused ".length));
}

for (const file of FILES) {
	describe(file, () => {
		for (const one of CASES.filter((other) => other.file === file)) {
			test(`${one.section}: ${one.name}`, () => {
				runner.runWhole(one);
				runner.runCut(one);
			});
		}
	});
}

describe("the corpus", () => {
	test("has at least 400 cases, at least 40 % of them requests to accept", () => {
		const accepted = CASES.filter(isAccepted).length;
		expect(CASES.length).toBeGreaterThanOrEqual(400);
		expect(accepted / CASES.length).toBeGreaterThanOrEqual(0.4);
	});

	test("names a clause in every case", () => {
		const nameless = CASES.filter((one) => !/RFC \d{4}|§\d/.test(one.why)).map((one) => `${one.file}:${one.line}`);
		expect(nameless).toEqual([]);
	});

	test("tells the cases of a section apart", () => {
		const names = CASES.map((one) => `${one.file} ${one.section}: ${one.name}`);
		expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
	});

	test("breaks every rule there is, and none that there is not", () => {
		const broken = new Set(CASES.flatMap(refusalsOf));
		const rules = Object.keys(Violation).filter((name) => !OUT_OF_REACH.includes(name as ViolationName));
		expect([...broken].sort()).toEqual(rules.sort());
	});
});

describe("the corpus format", () => {
	test("expands escapes and repetitions, and leaves other braces alone", () => {
		expect(expand('a\\r\\n\\t\\0\\\\\\xFf{ab*3}{\\x41*2}{"on":1}{x*0}')).toBe('a\r\n\t\0\\\xffabababAA{"on":1}');
		expect(() => expand("\\q")).toThrow("no escape");
		expect(escapeOctets("\r\n\\\x01é")).toBe("\\r\\n\\\\\\x01\\xE9");
	});

	test("ends lines in CRLF but where a single backslash stands, and knows a request of no octets", () => {
		const [one] = parseCorpus(
			"x.md",
			"## S\n### N\nRFC 9112 §1\n```request\na\\\\\n\nb\\\n```\n```expect\nwaiting\n```\n",
		);
		expect(one?.octets).toBe("a\\\r\n\r\nb");
		expect(one).toMatchObject({ section: "S", name: "N", line: 2, why: "RFC 9112 §1", expected: ["waiting"] });
		expect(parseCorpus("x.md", "### N\n```request\n\\\n```\n```expect\n```\n")[0]?.octets).toBe("");
	});

	test("is refused where it is not kept to", () => {
		const block = "```request\n```\n";
		expect(() => parseCorpus("x.md", `### N\n${block}`)).toThrow(/x\.md:\d: "N" has no expect block/);
		expect(() => parseCorpus("x.md", `### N\n${block}${block}`)).toThrow("a second request block");
		expect(() => parseCorpus("x.md", "### N\n```request\n")).toThrow("is not closed");
		expect(() => parseCorpus("x.md", "### N\n```answer\n```\n")).toThrow('a block of kind "answer"');
		expect(() =>
			parseCorpus("x.md", `### N\n${block}\`\`\`options\n{"limit":1}\n\`\`\`\n\`\`\`expect\n\`\`\`\n`),
		).toThrow('an option named "limit"');
	});

	test("a trace that differs is told with its place", () => {
		const [one] = parseCorpus("x.md", "### N\n```request\nget\n\n```\n```expect\nrefused lineFolded\n```\n");
		expect(() => runner.runWhole(one as CorpusCase)).toThrow(
			/x\.md:1 "N", as written, whole: line 1 is\n {2}refused methodMalformed/,
		);
	});
});
