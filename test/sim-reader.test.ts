// The simulator's response reader: what it reads, and what it refuses. Each case is read whole, octet by octet, and cut in
// two everywhere.

import { describe, expect, test } from "vitest";
import { octetsOf } from "../host-sim/virtual/octets.js";
import { RequestFollower } from "../host-sim/virtual/request-follower.js";
import { ResponseReader } from "../host-sim/virtual/response-reader.js";

interface Case {
	readonly name: string;
	/** The methods asked for, in order; GET without. */
	readonly methods?: readonly string[];
	readonly input: string;
	/** How the connection ends behind the input. */
	readonly end?: "fin" | "reset";
	/** Of each response: its status, framing, content; "…" for one that is not complete. */
	readonly responses: readonly string[];
	readonly violation?: RegExp;
	readonly isCutOff?: boolean;
}

const OK = "HTTP/1.1 200 OK\r\n";

const CASES: readonly Case[] = [
	{ name: "content by length", input: `${OK}Content-Length: 3\r\n\r\nabc`, responses: ["200 length abc"] },
	{ name: "no content", input: `${OK}Content-Length: 0\r\n\r\n`, responses: ["200 length "] },
	{
		name: "two in a row",
		methods: ["GET", "GET"],
		input: `${OK}Content-Length: 1\r\n\r\na${OK}Content-Length: 2\r\n\r\nbc`,
		responses: ["200 length a", "200 length bc"],
	},
	{
		name: "chunks, with an extension and a trailer",
		input: `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n000A;x=1\r\n0123456789\r\n0\r\nX: y\r\n\r\n`,
		responses: ["200 chunked abc0123456789"],
	},
	{
		name: "content until the close",
		input: `${OK}\r\nabc`,
		end: "fin",
		responses: ["200 close abc"],
	},
	{
		name: "content until a reset, which is no end",
		input: `${OK}\r\nabc`,
		end: "reset",
		responses: ["200 close abc…"],
		isCutOff: true,
	},
	{
		name: "no content for HEAD, whatever the fields say",
		methods: ["HEAD", "GET"],
		input: `${OK}Content-Length: 5\r\n\r\n${OK}Content-Length: 1\r\n\r\nx`,
		responses: ["200 none ", "200 length x"],
	},
	{
		name: "no content with 204 and 304",
		methods: ["GET", "GET"],
		input: "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n",
		responses: ["204 none ", "304 none "],
	},
	{
		name: "interim responses before the final one",
		input: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n${OK}Content-Length: 1\r\n\r\nx`,
		responses: ["100 103 200 length x"],
	},
	{
		name: "another protocol behind 101",
		input: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n\r\nanything\n",
		responses: ["101 tunnel "],
	},
	{ name: "an empty reason", input: "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", responses: ["200 length "] },
	{ name: "in the middle of a head", input: `${OK}Content-Le`, end: "fin", responses: ["200 none …"], isCutOff: true },
	{
		name: "in the middle of content",
		input: `${OK}Content-Length: 4\r\n\r\nabc`,
		end: "fin",
		responses: ["200 length abc…"],
		isCutOff: true,
	},
	{
		name: "before the last chunk",
		input: `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`,
		end: "fin",
		responses: ["200 chunked abc…"],
		isCutOff: true,
	},
	{ name: "another version", input: "HTTP/1.0 200 OK\r\n\r\n", responses: [], violation: /status line/ },
	{ name: "no space behind the status", input: "HTTP/1.1 200\r\n\r\n", responses: [], violation: /status line/ },
	{ name: "an impossible status", input: "HTTP/1.1 600 X\r\n\r\n", responses: [], violation: /status line/ },
	{ name: "a bare LF", input: "HTTP/1.1 200 OK\n", responses: [], violation: /bare LF/ },
	{ name: "a bare LF before more", input: "HTTP/1.1 200 OK\nX: y\r\n\r\n", responses: [], violation: /bare LF/ },
	{ name: "a bare CR", input: "HTTP/1.1 200 OK\rX: y\r\n", responses: [], violation: /bare CR/ },
	{ name: "a space before the colon", input: `${OK}A : b\r\n\r\n`, responses: ["200 none …"], violation: /field line/ },
	{ name: "a folded line", input: `${OK}A: b\r\n c\r\n\r\n`, responses: ["200 none …"], violation: /field line/ },
	{ name: "a control in a value", input: `${OK}A: b\0c\r\n\r\n`, responses: ["200 none …"], violation: /field line/ },
	{
		name: "two lengths",
		input: `${OK}Content-Length: 1\r\nContent-Length: 1\r\n\r\nx`,
		responses: ["200 none …"],
		violation: /two Content-Length/,
	},
	{
		name: "both framings",
		input: `${OK}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
		responses: ["200 none …"],
		violation: /together/,
	},
	{
		name: "a length that is no number",
		input: `${OK}Content-Length: +1\r\n\r\nx`,
		responses: ["200 none …"],
		violation: /Content-Length of/,
	},
	{
		name: "another coding",
		input: `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n`,
		responses: ["200 none …"],
		violation: /Transfer-Encoding of/,
	},
	{
		name: "a length with 204",
		input: "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
		responses: ["204 none …"],
		violation: /204 response with Content-Length/,
	},
	{
		name: "chunks with 1xx",
		input: "HTTP/1.1 102 Processing\r\nTransfer-Encoding: chunked\r\n\r\n",
		responses: [],
		violation: /102 response with Transfer-Encoding/,
	},
	{
		name: "a chunk size that is no number",
		input: `${OK}Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n`,
		responses: ["200 chunked …"],
		violation: /chunk size/,
	},
	{
		name: "a chunk that is longer than its size",
		input: `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n`,
		responses: ["200 chunked abc…"],
		violation: /between a chunk and its CR LF/,
	},
	{
		name: "octets behind the last response",
		input: `${OK}Connection: close\r\nContent-Length: 1\r\n\r\nxHTTP`,
		responses: ["200 length x"],
		violation: /behind the last response/,
	},
	{
		name: "content where HEAD was asked",
		methods: ["HEAD"],
		input: `${OK}Content-Length: 1\r\n\r\nx\r\n`,
		responses: ["200 none "],
		violation: /status line/,
	},
];

function read({ methods = ["GET"], input, end }: Case, cuts: readonly number[]): ResponseReader {
	const reader = new ResponseReader();
	for (const method of methods) reader.asked(method);
	const octets = octetsOf(input);
	let start = 0;
	for (const cut of [...cuts, octets.length]) {
		reader.read(octets, start, cut);
		start = cut;
	}
	if (end !== undefined) reader.end(end === "reset");
	return reader;
}

function summary({ responses, violations, isCutOff }: ResponseReader) {
	return {
		responses: responses.map(({ status, framing, text, isComplete, interims }) =>
			[...interims.map((interim) => interim.status), status, framing, `${text}${isComplete ? "" : "…"}`].join(" "),
		),
		violations: violations.map(({ offset, text }) => `${offset}: ${text}`),
		isCutOff,
	};
}

describe("the response reader", () => {
	for (const one of CASES) {
		test(one.name, () => {
			const { length } = one.input;
			const whole = summary(read(one, []));
			expect(whole.responses).toEqual(one.responses);
			expect(whole.violations.length).toBe(one.violation === undefined ? 0 : 1);
			if (one.violation !== undefined) expect(whole.violations[0]).toMatch(one.violation);
			expect(whole.isCutOff).toBe(one.isCutOff ?? false);
			const each = Array.from({ length: length - 1 }, (_, index) => index + 1);
			expect(summary(read(one, each))).toEqual(whole);
			for (const cut of each) expect(summary(read(one, [cut]))).toEqual(whole);
		});
	}

	test("gives fields, chunk lengths, trailers and text", () => {
		const input = `${OK}X-A:  1 \r\nx-a: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n\xc3\xa9\r\n1\r\n\xff\r\n0\r\nT: u\r\n\r\n`;
		const [response] = read({ name: "", input, responses: [] }, []).responses;
		expect(response?.field("x-A")).toBe("1");
		expect(response?.fields.length).toBe(3);
		expect(response?.chunkLengths).toEqual([2, 1]);
		expect(response?.trailers).toEqual([["T", "u"]]);
		expect(response?.text).toBe("é\ufffd");
	});

	test("counts what is owed", () => {
		const reader = new ResponseReader();
		reader.asked("GET");
		reader.asked("GET");
		reader.read(octetsOf(`${OK}Content-Length: 1\r\n\r\n`));
		expect([reader.owed, reader.isInResponse]).toEqual([1, true]);
		reader.read(octetsOf("x"));
		expect([reader.owed, reader.isInResponse]).toEqual([1, false]);
	});
});

describe("the follower of requests", () => {
	const INPUTS: readonly [name: string, input: string, methods: readonly string[]][] = [
		["without content", "GET / HTTP/1.1\r\nHost: x\r\n\r\n\r\nHEAD /a HTTP/1.1\r\nHost: x\r\n\r\n", ["GET", "HEAD"]],
		["with a length", "POST / HTTP/1.1\r\ncontent-length: 5\r\n\r\n\r\n\r\nxHEAD / HTTP/1.1\r\n\r\n", ["POST", "HEAD"]],
		[
			"in chunks",
			"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4;a\r\n\r\n\r\n\r\n0\r\nT: u\r\n\r\nHEAD / HTTP/1.1\r\n\r\n",
			["PUT", "HEAD"],
		],
		["behind garbage", "\x16\x03\x01 x\r\n\r\nGET / HTTP/1.1\r\n\r\n", []],
	];
	for (const [name, input, methods] of INPUTS) {
		test(name, () => {
			for (let cut = 0; cut < input.length; cut += 1) {
				const found: string[] = [];
				const follower = new RequestFollower((method) => found.push(method));
				follower.sent(octetsOf(input.slice(0, cut)));
				follower.sent(octetsOf(input.slice(cut)));
				expect(found).toEqual(methods);
			}
		});
	}
});

test("the content is told octet by octet as far as it has come", () => {
	const reader = new ResponseReader();
	reader.asked("GET");
	reader.read(octetsOf(`${OK}Content-Length: 4\r\n\r\na`));
	const texts = [reader.responses[0]?.octetText, reader.responses[0]?.octetText];
	reader.read(octetsOf("\xc3\xa9"));
	texts.push(reader.responses[0]?.octetText);
	reader.read(octetsOf("b"));
	texts.push(reader.responses[0]?.octetText);
	expect(texts).toEqual(["a", "a", "a\xc3\xa9", "a\xc3\xa9b"]);
});
