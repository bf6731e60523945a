// Cost grows with the work: no octet of a request is looked at twice, however it was cut, and ten times the content costs
// ten times the looks.

import { describe, expect, test } from "vitest";
import { readCorpus } from "./support/corpus-files.js";
import { octetByOctet } from "./support/corpus-run.js";
import { CountingOctets, count } from "./support/counting.js";
import { octetsOf } from "./support/octets.js";

const CHROME = [
	"GET /api/readings?since=1700000000&unit=C HTTP/1.1",
	"Host: 192.168.4.1",
	"Connection: keep-alive",
	'sec-ch-ua: "Chromium";v="128", "Not;A=Brand";v="24"',
	"sec-ch-ua-mobile: ?0",
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36",
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
	"Sec-Fetch-Site: same-origin",
	"Accept-Encoding: gzip, deflate",
	"Accept-Language: de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7",
	"Cookie: session=0123456789abcdef; theme=dark",
	"",
	"",
].join("\r\n");

const FIREFOX_THROUGH_PROXY = [
	"OPTIONS http://user.example:8080/a%20b/./c?x=%7B1%7D HTTP/1.1",
	"Host: [2001:db8::7]:8080",
	"Connection: Keep-Alive , foo,close2",
	"Expect:   100-continue",
	"Content-Length: \t 0000  ",
	"X-Empty:",
	"X-Spaces:   a  b \t ",
	"",
	"",
].join("\r\n");

/** Chunked content in `chunks` chunks of 16 octets, with extensions and trailers. */
function chunked(chunks: number): string {
	const chunk = '10;a;b=c ; d = "e\\"f"\r\n0123456789abcdef\r\n';
	const head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ,chunked\r\n\r\n";
	return `${head}${chunk.repeat(chunks)}000;z\r\nX-Sum: 1\r\nContent-Length: 5 \r\n\r\n`;
}

function byLength(length: number): string {
	return `PUT /f HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n${"x".repeat(length)}`;
}

/** A head much larger than the buffer: what nobody registered passes through. */
const LARGE = `GET / HTTP/1.1\r\nHost: a\r\n${`Cookie: ${"c".repeat(1200)}\r\n`.repeat(6)}X: y\r\n\r\n`;

const LIMITS = { fieldsKeptMax: 64, chunkExtensionLengthMax: 65_535, contentLengthMax: 1_000_000 };

/** Segments of 1, 2, 3 … octets. */
function* growing(octets: Uint8Array): Iterable<Uint8Array> {
	let length = 1;
	for (let start = 0; start < octets.length; start += length - 1) {
		yield octets.subarray(start, start + length);
		length += 1;
	}
}

const CUTS = [
	["whole", (octets: Uint8Array) => [octets]],
	["octet by octet", octetByOctet],
	["in growing segments", growing],
] as const;

const STREAMS = [
	["a browser's head", CHROME, 1],
	["a head through a proxy", FIREFOX_THROUGH_PROXY, 1],
	["pipelined heads behind empty lines", `\r\n${CHROME}\r\n\r\n${FIREFOX_THROUGH_PROXY}${CHROME}`, 3],
	["chunked content with extensions and trailers", chunked(40) + CHROME, 2],
	["content by length", byLength(5000) + CHROME, 2],
	["a head larger than its buffer", LARGE + CHROME, 2],
] as const;

describe("no octet is looked at twice", () => {
	for (const [what, stream, requests] of STREAMS) {
		for (const [how, cut] of CUTS) {
			for (const fields of ["all", ["host", "x-sum"]] as const) {
				// Nobody can keep more than the buffer holds.
				if (stream.startsWith(LARGE) && fields === "all") continue;
				test(`${what}, ${how}, ${fields === "all" ? "all fields kept" : "two fields kept"}`, () => {
					const octets = octetsOf(stream);
					const counts = count(cut(octets), fields, LIMITS);
					expect(counts.refused).toBeNull();
					expect(counts.requests).toBe(requests);
					expect(counts.looksMax).toBe(1);
					expect(counts.received).toBe(octets.length);
					// Content is handed on, not looked at; of a head and of the chunks' framing, every octet is.
					expect(counts.looks).toBe(counts.received - counts.content);
				});
			}
		}
	}

	test("in any case of the corpus, refused ones included", () => {
		const cases = readCorpus().filter((one) => Object.keys(one.options).length === 0 && one.octets.length > 0);
		expect(cases.length).toBeGreaterThan(600);
		for (const one of cases) {
			// Where a connection would end, the driver has nothing left to count.
			if (one.expected.some((line) => /^response (2|501).* close$/.test(line)) || /^CONNECT /m.test(one.octets))
				continue;
			for (const [how, cut] of CUTS) {
				const counts = count(cut(octetsOf(one.octets)), "all", LIMITS);
				expect(counts.looksMax, `${one.file}:${one.line} "${one.name}", ${how}`).toBeLessThanOrEqual(1);
			}
		}
	});
});

describe("ten times the work costs ten times as much", () => {
	const head = (stream: string) => stream.indexOf("\r\n\r\n") + 4;

	for (const [how, cut] of CUTS) {
		test(`chunked content, ${how}`, () => {
			const few = count(cut(octetsOf(chunked(10))), ["host"], LIMITS);
			const many = count(cut(octetsOf(chunked(100))), ["host"], LIMITS);
			// The head and the end, which come once.
			const once = count([octetsOf(chunked(0))], ["host"], LIMITS).looks;
			expect(many.content).toBe(10 * few.content);
			expect(many.looks - once).toBe(10 * (few.looks - once));
		});

		test(`content by length is never looked at, ${how}`, () => {
			const [few, many] = [1000, 10_000].map((length) => count(cut(octetsOf(byLength(length))), ["host"], LIMITS));
			expect(few?.content).toBe(1000);
			expect(many?.content).toBe(10_000);
			expect(few?.looks).toBe(head(byLength(1000)));
			expect(many?.looks).toBe(head(byLength(10_000)));
		});

		test(`what is moved in the buffer stays below what arrives, ${how}`, () => {
			for (const stream of [chunked(200), byLength(100_000), LARGE.repeat(10)]) {
				const counts = count(cut(octetsOf(stream)), ["host"], LIMITS);
				expect(counts.refused).toBeNull();
				expect(counts.moves).toBeLessThan(counts.received / 10);
			}
		});
	}
});

describe("the counting buffer", () => {
	test("sees a second look, also after a move, and forgets it when an octet arrives", () => {
		const counting = new CountingOctets(8);
		counting.arrive(octetsOf("abcd"), 0);
		expect(counting.octets[2]).toBe(99);
		expect(counting.looksMax).toBe(1);
		counting.octets.copyWithin(0, 2, 4);
		expect(counting.octets[0]).toBe(99);
		expect([counting.looksMax, counting.moves]).toEqual([2, 2]);
		counting.arrive(octetsOf("x"), 0);
		expect(counting.octets[0]).toBe(120);
		expect([counting.looksMax, counting.looks]).toEqual([2, 3]);
		expect(() => counting.octets.subarray(1)).toThrow("a reader asks for subarray");
	});
});
