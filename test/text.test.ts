// Strings and octets, against the host's own encoder and decoder.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decimalLength, writeDecimal, writeHexadecimal } from "../src/octets/decimal.js";
import { ascii, encodeUtf8, latin1, Utf8Decoder, utf8, utf8Length } from "../src/octets/text.js";
import { textOf } from "./support/octets.js";

/** Any string, lone surrogates and all; every second one is ASCII for the most part. */
const anyText = fc
	.oneof(fc.string({ unit: "binary", maxLength: 60 }), fc.string({ unit: "binary-ascii", maxLength: 60 }))
	.chain((text) => fc.constantFrom(text, `\ud800${text}`, `${text}\udc00`, `${text}\udbff`).map((one) => one));

const encoder = new TextEncoder();

function decode(octets: Uint8Array): string {
	const decoder = new Utf8Decoder();
	for (const octet of octets) decoder.push(octet);
	return decoder.end();
}

describe("UTF-8 out", () => {
	test.each(["", "a", "é", "€", "😀", "\0", "\x7f\x80\u07ff\u0800\uffff", "\ud800", "\udc00\ud800", "a\ud800b"])(
		"%j",
		(text) => {
			expect([...utf8(text)]).toEqual([...encoder.encode(text)]);
			expect(utf8Length(text)).toBe(encoder.encode(text).length);
		},
	);

	test("is the host's for any text", () => {
		fc.assert(
			fc.property(anyText, (text) => {
				expect([...utf8(text)]).toEqual([...encoder.encode(text)]);
			}),
		);
	});

	// Longer texts are read in pieces; what stands where they meet must not be cut.
	test.each([
		["ASCII", "a"],
		["two octets each", "\u00e9"],
		["three octets each", "\u20ac"],
		["surrogate pairs", "\u{1f600}"],
		["lone surrogates", "\ud800"],
		["lone surrogates, the wrong way round", "\udc00\ud800"],
	])("a long text: %s, wherever it begins and is gone on with", (_what, unit) => {
		for (let offset = 0; offset < 3; offset += 1) {
			for (const length of [255, 256, 257, 512, 700]) {
				const text = "x".repeat(offset) + unit.repeat(length).slice(0, length);
				const whole = encoder.encode(text);
				expect([...utf8(text)]).toEqual([...whole]);
				const octets = new Uint8Array(300);
				const sink = { octets, end: 0, limit: 300 };
				const index = encodeUtf8(text, 0, sink);
				if (index < 0) expect(sink.end).toBe(whole.length);
				else expect(sink.end + utf8Length(text, index)).toBe(whole.length);
			}
		}
	});

	test("in pieces of any size is the same, and no character is cut", () => {
		fc.assert(
			fc.property(anyText, fc.integer({ min: 4, max: 20 }), (text, room) => {
				const whole: number[] = [];
				for (let index = 0; index >= 0; ) {
					const octets = new Uint8Array(room + 1).fill(0xaa);
					const sink = { octets, end: 0, limit: room };
					const before = index;
					index = encodeUtf8(text, index, sink);
					if (index >= 0) expect(index).toBeGreaterThan(before);
					expect(octets[room]).toBe(0xaa);
					const piece = octets.subarray(0, sink.end);
					expect(() => new TextDecoder("utf-8", { fatal: true }).decode(piece)).not.toThrow();
					whole.push(...piece);
				}
				expect(whole).toEqual([...encoder.encode(text)]);
			}),
		);
	});
});

describe("UTF-8 in", () => {
	test.each([
		"",
		"61",
		"c3 a9",
		"e2 82 ac",
		"f0 9f 98 80",
		"80",
		"c3",
		"c3 28",
		"c0 80",
		"c1 bf",
		"e0 80 80",
		"e0 9f bf",
		"ed a0 80",
		"ed 9f bf",
		"f0 80 80 80",
		"f4 8f bf bf",
		"f4 90 80 80",
		"f5 80 80 80",
		"ff",
		"e2 82",
		"e2 82 61",
		"f0 9f 98",
		"f0 9f c3 a9",
	])("%s", (hexadecimal) => {
		const octets = Uint8Array.from(
			hexadecimal === "" ? [] : hexadecimal.split(" ").map((two) => Number.parseInt(two, 16)),
		);
		expect(decode(octets)).toBe(new TextDecoder("utf-8", { ignoreBOM: true }).decode(octets));
	});

	test("is the host's for any octets", () => {
		const octet = fc.oneof(
			fc.constantFrom(0x80, 0xbf, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0x9f, 0xa0, 0x8f, 0x90),
			fc.integer({ min: 0, max: 255 }),
		);
		fc.assert(
			fc.property(fc.array(octet, { maxLength: 30 }), (octets) => {
				const all = Uint8Array.from(octets);
				expect(decode(all)).toBe(new TextDecoder("utf-8", { ignoreBOM: true }).decode(all));
			}),
			{ numRuns: 2000 },
		);
	});

	test("gives back what went out", () => {
		fc.assert(
			fc.property(fc.string({ unit: "grapheme" }), (text) => {
				expect(decode(utf8(text))).toBe(text);
			}),
		);
	});
});

test("ISO-8859-1 is one character for each octet", () => {
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 50 }), fc.nat(50), fc.nat(50), (octets, one, other) => {
			const start = Math.min(one, other, octets.length);
			const end = Math.min(Math.max(one, other), octets.length);
			expect(latin1(octets, start, end)).toBe(textOf(octets.subarray(start, end)));
		}),
	);
});

test("ascii refuses what is none", () => {
	expect([...ascii("a\0\x7f")]).toEqual([0x61, 0, 0x7f]);
	expect(() => ascii("é")).toThrow(RangeError);
});

describe("numbers", () => {
	test("in decimal, up to 2^53 − 1", () => {
		fc.assert(
			fc.property(fc.maxSafeNat(), (value) => {
				const octets = new Uint8Array(20);
				const end = writeDecimal(octets, 2, value);
				expect(latin1(octets, 2, end)).toBe(String(value));
				expect(decimalLength(value)).toBe(String(value).length);
			}),
		);
		for (const value of [0, 9, 10, 99, 100, 999_999, Number.MAX_SAFE_INTEGER]) {
			expect(decimalLength(value)).toBe(String(value).length);
		}
	});

	test("in hexadecimal, in all their places", () => {
		fc.assert(
			fc.property(fc.integer({ min: 0, max: 0xffff }), (value) => {
				const octets = new Uint8Array(4);
				writeHexadecimal(octets, 0, value, 4);
				expect(latin1(octets, 0, 4)).toBe(value.toString(16).padStart(4, "0"));
			}),
		);
	});
});
