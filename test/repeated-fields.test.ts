// Fields that repeat those of the last head are compared instead of read (src/message/field-memo.ts). Nobody may notice:
// whatever comes on a connection gives the same events with the memory and without.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { completeLimits, headOptions } from "../src/limits.js";
import { FieldRegistry } from "../src/message/field-registry.js";
import { LENGTH_ABSENT } from "../src/message/field-section.js";
import { HEAD_COMPLETE, HEAD_REPEATED, Head } from "../src/message/head.js";
import { ReceiveBuffer } from "../src/message/receive-buffer.js";
import { CorpusServer } from "./support/corpus-run.js";
import { count } from "./support/counting.js";
import { octetsOf } from "./support/octets.js";

const LINES = [
	"Host: 192.168.4.1",
	"Connection: keep-alive",
	"Cache-Control: max-age=0",
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0.0.0 Safari/537.36",
	"Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
	"Accept-Language: en-US,en;q=0.9",
	"Cookie: session=0123456789abcdef",
	"X-Unknown: of no interest",
];

/** What may be different about a line. */
const CHANGED = fc.constantFrom(
	"",
	"Host: 192.168.4.2",
	"HOST: 192.168.4.1",
	"Connection: close",
	"Connection: keep-alive, upgrade",
	"Cookie: session=0123456789abcdeF",
	"Cookie: session=0123456789abcdef\t",
	"Accept-Language: de",
	"Accept: \u00e9\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff",
	"Content-Length: 0",
	"Expect: 100-continue",
	"Expect: foo",
	"Connection: keep-alive",
	"X-Unknown: \u0000",
	"X-Unknown : a",
	" folded",
);

const PATHS = fc.constantFrom(
	"/",
	"/a",
	"/readings?since=1234567",
	"/an/unusually/long/path/of/a/resource",
	"/a%20b",
	"/.a/../b?c=%64",
	"/a%2",
	"/a b",
	"/a\tb",
	"/a HTTP/1.1\r\nX-Unknown: of interest",
	"/a HTTP/1.1\r\nHost: a\r\n\r\nGET /b",
	"http://a/b?c",
	"*",
	`/${"t".repeat(62)}`,
	`/${"t".repeat(63)}?`,
);
const METHODS = fc.oneof(
	{ weight: 9, arbitrary: fc.constant("GET") },
	{ weight: 1, arbitrary: fc.constantFrom("HEAD", "POST", "OPTIONS", "GETT") },
);
const ORDERS = fc.constantFrom(LINES, LINES.slice(0, 5), LINES.slice(0, 7), [...LINES].reverse(), LINES.slice(1));

/** Heads of one client: most of them have the same fields. */
const HEADS = ORDERS.chain((usual) =>
	fc.array(
		fc.record({
			method: METHODS,
			path: PATHS,
			version: fc.oneof({ weight: 5, arbitrary: fc.constant("1.1") }, { weight: 1, arbitrary: fc.constant("1.0") }),
			order: fc.oneof({ weight: 9, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: ORDERS }),
			changes: fc.oneof(
				{ weight: 3, arbitrary: fc.constant([]) },
				{ weight: 1, arbitrary: fc.array(fc.tuple(fc.nat(9), CHANGED), { maxLength: 2 }) },
			),
		}),
		{ minLength: 2, maxLength: 6 },
	),
);

interface HeadShape {
	readonly method: string;
	readonly path: string;
	readonly version: string;
	readonly order: readonly string[];
	readonly changes: readonly (readonly [number, string])[];
}

function textOf({ method, path, version, order, changes }: HeadShape): string {
	const lines = [...order];
	for (const [at, line] of changes) if (at < lines.length) lines[at] = line;
	const head = lines.filter((line) => line !== "").join("\r\n");
	return `${method} ${path} HTTP/${version}\r\n${head}\r\n\r\n`;
}

function segmentsOf(octets: Uint8Array, cuts: readonly number[]): Uint8Array[] {
	const points = [...new Set(cuts.map((cut) => cut % (octets.length + 1)))].sort((left, right) => left - right);
	return [0, ...points].map((start, index) => octets.subarray(start, points[index] ?? octets.length));
}

/** Each text by itself, or together with the one before it. */
function joined(texts: readonly string[], joins: readonly boolean[]): string[] {
	const segments: string[] = [];
	for (const [index, text] of texts.entries()) {
		if (index > 0 && joins[index] === true) segments.push((segments.pop() as string) + text);
		else segments.push(text);
	}
	return segments;
}

describe("fields that repeat", () => {
	const kept = [[], ["Cookie", "Accept-Language"], ["Host", "Connection"], undefined] as const;
	const roomy = { receiveLength: 2048 };
	// So that what is kept has to move, and that one line more than usual is one too many.
	const tight = { receiveLength: 400, targetLengthMax: 64, fieldLinesMax: 8 };
	for (const [fields, limits] of kept.flatMap((one) => [[one, roomy] as const, [one, tight] as const])) {
		const what = fields === undefined ? "all" : fields.length === 0 ? "none" : fields.join(" and ");
		test(`give the events they gave before, with ${what} kept, ${limits.receiveLength} octets`, () => {
			const options = (rememberedLength: number) => ({
				limits: { rememberedLength, ...limits },
				...(fields === undefined ? {} : { fields }),
			});
			const remembering = new CorpusServer(options(512));
			const plain = new CorpusServer(options(0));
			fc.assert(
				fc.property(
					HEADS,
					fc.array(fc.nat(5), { maxLength: 6 }),
					fc.array(fc.nat(3000), { maxLength: 4 }),
					fc.array(fc.boolean(), { maxLength: 12 }),
					(heads, again, cuts, joins) => {
						// Some of them once more, in any order.
						const texts = [...heads, ...again.map((index) => heads[index % heads.length] as HeadShape)].map(textOf);
						const segments =
							cuts.length > 0 ? segmentsOf(octetsOf(texts.join("")), cuts) : joined(texts, joins).map(octetsOf);
						expect(remembering.run(segments)).toEqual(plain.run(segments));
					},
				),
				{ numRuns: 600 },
			);
		});
	}

	const head = (path: string, cookie: string) =>
		octetsOf(`GET ${path} HTTP/1.1\r\n${LINES.join("\r\n").replace(/session=\w+/, `session=${cookie}`)}\r\n\r\n`);
	const looksAt = (segments: Uint8Array[]) => count(segments, [], { rememberedLength: 512 });

	test("are not looked at again, whatever the target is", () => {
		const once = looksAt([head("/a", "1")]);
		const twice = looksAt([head("/a", "1"), head("/another", "1")]);
		expect(twice.requests).toBe(2);
		expect(twice.looks - once.looks).toBe("GET /another ".length);
		// The version is compared together with them, from the first eight octets on that it has a part of.
		const versionStart = "GET /a ".length;
		expect(twice.compares - once.compares).toBe(Math.ceil(head("/a", "1").length / 8) - Math.floor(versionStart / 8));
	});

	test("are looked at where one of them differs, and only there", () => {
		const once = looksAt([head("/a", "1234567890")]);
		const twice = looksAt([head("/a", "1234567890"), head("/a", "1234567891")]);
		// From the eight octets on in which the difference is, up to the end of the line.
		const before = `${LINES.slice(0, 6).join("\r\n")}\r\nCookie: session=123456789`.length;
		// The request line is the same as well, and compared together with what follows it.
		expect(twice.looks - once.looks).toBe((("GET /a HTTP/1.1\r\n".length + before) % 8) + "1\r\n".length);
	});

	test("together with the whole head are not looked at at all, nor is the head", () => {
		const once = looksAt([head("/a", "1")]);
		const thrice = looksAt([head("/a", "1"), head("/a", "1"), head("/a", "1")]);
		expect(thrice.requests).toBe(3);
		expect(thrice.looks).toBe(once.looks);
	});

	test("are one head with a request line, and differ wherever an octet does", () => {
		const usual = head("/a", "0123456789abcdef");
		const servers = [512, 0].map((rememberedLength) => new CorpusServer({ fields: [], limits: { rememberedLength } }));
		for (let at = 0; at < usual.length; at += 1) {
			const changed = usual.slice();
			changed[at] = 0x7f;
			const [remembering, plain] = servers.map((server) => server.run([usual, usual, changed]));
			expect(remembering, `octet ${at}`).toEqual(plain);
		}
	});

	test("differ behind another target wherever an octet does, be it of the version", () => {
		const usual = head("/a", "0123456789abcdef");
		const other = head("/another", "0123456789abcdef");
		const servers = [512, 0].map((rememberedLength) => new CorpusServer({ fields: [], limits: { rememberedLength } }));
		for (let at = 0; at < other.length; at += 1) {
			for (const octet of [0x7f, 0x20, 0x0d]) {
				const changed = other.slice();
				changed[at] = octet;
				const [remembering, plain] = servers.map((server) => server.run([usual, other, changed, other]));
				expect(remembering, `octet ${at}`).toEqual(plain);
			}
		}
	});

	test("are not taken over from a head that had others", () => {
		const [usual, other] = [head("/a", "1"), head("/another", "1")];
		const closing = octetsOf(
			`GET /a HTTP/1.1\r\n${LINES.slice(0, -1).join("\r\n")}\r\nX-Unknown: of \r\nConnection: close\r\n\r\n`,
		);
		const old = octetsOf(`GET /another HTTP/1.0\r\n${LINES.join("\r\n").replace("keep-alive", "upgrade")}\r\n\r\n`);
		const long = octetsOf(`POST /a HTTP/1.1\r\n${LINES.join("\r\n")}\r\nContent-Length: 3\r\n\r\nabc`);
		const servers = [512, 0].map((rememberedLength) => new CorpusServer({ fields: [], limits: { rememberedLength } }));
		for (const between of [closing, old, long, octetsOf("GET / HTTP/1.1\r\nHost: a\r\n\r\n")]) {
			const [remembering, plain] = servers.map((server) => server.run([usual, other, between, other, usual, other]));
			expect(remembering).toEqual(plain);
		}
	});

	test("say again what they said, whatever a head between them did", () => {
		const limits = completeLimits({});
		const { receiveLength, rememberedLength: base } = limits;
		const octets = new Uint8Array(receiveLength);
		const buffer = new ReceiveBuffer(octets, base, receiveLength - base, 0);
		const reader = new Head(buffer, 1, new FieldRegistry([]), headOptions(limits, false, false));
		const read = (text: string) => {
			reader.begin();
			buffer.clear();
			octets.set(octetsOf(text), base);
			buffer.received += text.length;
			return [reader.read(), reader.fieldSection.contentLength];
		};
		const fields = `${LINES.join("\r\n")}\r\n`;
		const usual = `GET /a HTTP/1.1\r\n${fields}\r\n`;
		expect(read(usual)).toEqual([HEAD_COMPLETE, LENGTH_ABSENT]);
		expect(read(usual)).toEqual([HEAD_REPEATED, LENGTH_ABSENT]);
		expect(read(usual.replace("/a", "/another"))).toEqual([HEAD_REPEATED, LENGTH_ABSENT]);
		const changed = usual.replace("X-Unknown: of no interest", "Content-Length: 000000005");
		expect(read(usual)).toEqual([HEAD_REPEATED, LENGTH_ABSENT]);
		expect(read(changed)).toEqual([HEAD_COMPLETE, 5]);
		expect(read(usual.replace("/a", "/another"))).toEqual([HEAD_COMPLETE, LENGTH_ABSENT]);
	});

	test("do not stretch what bounds a head, a target and what is kept", () => {
		const tight = { receiveLength: 800, targetLengthMax: 100, headLengthMax: 360, rememberedLength: 400 };
		for (const fields of [[], ["Cookie", "Accept"]]) {
			const servers = [400, 0].map(
				(rememberedLength) => new CorpusServer({ fields, limits: { ...tight, rememberedLength } }),
			);
			for (let length = 1; length < 110; length += 1) {
				const heads = ["/a", "/another", `/${"t".repeat(length)}`].map((path) => head(path, "1"));
				const [remembering, plain] = servers.map((server) => server.run(heads));
				expect(remembering, `${length}`).toEqual(plain);
			}
		}
	});

	test("end where the empty line ends, also where they are known together with what comes behind them", () => {
		const usual = "GET /abc?y=2 HTTP/1.1\r\nAccept-Language: de\r\nHost: a\r\n\r\n";
		const other = usual.replace("de", "en");
		for (const behind of [
			"GET /two HTTP/1.1\r\nHost: a\r\n\r\n",
			"\nContent-Length: 5\r\n\r\nhello",
			"\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
			"\r\n",
			"x",
		]) {
			const [remembering, plain] = [512, 0].map((rememberedLength) =>
				new CorpusServer({ fields: ["Cookie"], limits: { rememberedLength } }).run(
					[usual, other, usual + behind].map(octetsOf),
				),
			);
			expect(remembering, behind).toEqual(plain);
		}
	});

	test("do not stretch what bounds a head by what bounded another one", () => {
		const lines = (agent: string) => `Host: a\r\nUser-Agent: ${agent}\r\nAccept: */*\r\n\r\n`;
		const usual = `GET /a HTTP/1.1\r\n${lines("u".repeat(30))}`;
		const another = usual.replace("/a", "/bb");
		const long = `GET /a HTTP/1.1\r\n${lines("v".repeat(180))}`;
		const limits = { receiveLength: 512, targetLengthMax: 40, headLengthMax: 200 };
		const [remembering, plain] = [128, 0].map((rememberedLength) =>
			new CorpusServer({ fields: [], limits: { ...limits, rememberedLength } }).run(
				[usual, another + another + usual, usual, long].map(octetsOf),
			),
		);
		expect(remembering).toEqual(plain);
		expect(plain?.join()).toContain("431");
	});

	test("under a target of another length, that then repeats itself, come to be such a head", () => {
		const known = [head("/a", "1"), ...Array.from({ length: 3 }, () => head("/another", "1"))];
		const more = looksAt([...known, head("/another", "1")]);
		expect(more.requests).toBe(5);
		expect(more.looks).toBe(looksAt(known).looks);
		expect(looksAt([...known, head("/anothex", "1")]).looks).toBeGreaterThan(more.looks);
	});

	test("under targets by turns are a whole head again at the second of two", () => {
		const known = [head("/a", "1"), head("/another", "1"), head("/a", "1")];
		expect(looksAt([...known, head("/a", "1")]).looks).toBe(looksAt(known).looks);
	});

	test.each([
		["an expectation that HTTP/1.0 ignored", "GET / HTTP/1.0", "GET / HTTP/1.1", ["Expect: foo"], ["Expect: foo"]],
		[
			"a second keep-alive",
			"GET / HTTP/1.1",
			"GET / HTTP/1.0",
			["Accept: x", "Connection: keep-alive"],
			["Accept: y", "Accept: z"],
		],
	])("%s is not taken over", (_what, first, second, firstLines, secondLines) => {
		const start = ["Host: a", "Connection: keep-alive"];
		const stream = [
			[first, ...start, ...firstLines],
			[second, ...start, ...secondLines],
			["GET /2 HTTP/1.0", "Host: a"],
		]
			.map((lines) => `${lines.join("\r\n")}\r\n\r\n`)
			.join("");
		const [remembering, plain] = [512, 0].map(
			(rememberedLength) => new CorpusServer({ fields: [], limits: { rememberedLength } }),
		);
		expect(remembering?.run([octetsOf(stream)])).toEqual(plain?.run([octetsOf(stream)]));
	});

	test("do not hide a keep-alive that was cut where it was remembered", () => {
		const start = ["Host: a", "Connection: keep-alive", "Accept: x"];
		const [first, second] = [
			["GET / HTTP/1.1", ...start, "Connection: keep-alive", "Accept-Language: en"],
			["GET / HTTP/1.0", ...start, "Accept: x, y, z", "Accept-Language: en"],
		].map((lines) => octetsOf(`${lines.join("\r\n")}\r\n\r\n`)) as [Uint8Array, Uint8Array];
		for (let cut = 1; cut < first.length; cut += 1) {
			const segments = [first.subarray(0, cut), first.subarray(cut), second];
			const [remembering, plain] = [512, 0].map(
				(rememberedLength) => new CorpusServer({ fields: [], limits: { rememberedLength } }),
			);
			expect(remembering?.run(segments)).toEqual(plain?.run(segments));
		}
	});

	test("begin with a name of less than eight octets", () => {
		const heads = ["one", "two", "six"].map((value) => `POST / HTTP/1.1\r\nX-A: ${value}\r\nHost: a\r\n\r\n`);
		const [remembering, plain] = [512, 0].map(
			(rememberedLength) => new CorpusServer({ fields: [], limits: { rememberedLength } }),
		);
		const segments = heads.map(octetsOf);
		expect(remembering?.run(segments)).toEqual(plain?.run(segments));
	});

	test("of another client are forgotten", () => {
		const server = new CorpusServer({ fields: [], limits: { rememberedLength: 512 } });
		const segments = [head("/a", "1")];
		expect(server.run(segments)).toEqual(server.run(segments));
		const { looks } = looksAt(segments);
		expect(looks).toBe(head("/a", "1").length);
	});
});
