// The set of names that is matched octet by octet, against an ordinary Map.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { METHODS } from "../src/message/method.js";
import { NameSet, NO_CANDIDATE, NO_NAME } from "../src/octets/names.js";

/** Matches as the scanners do; returns the index or NO_CANDIDATE. */
function match(set: NameSet, text: string): number {
	let cursor = set.begin(text.charCodeAt(0));
	for (let position = 1; position < text.length; position += 1) {
		const octet = text.charCodeAt(position);
		cursor = set.octets[cursor] === octet ? cursor + 1 : set.divert(cursor, octet);
	}
	return set.end(cursor);
}

describe("a set of names", () => {
	test.each([
		[["a"], ["a", "b", "aa"]],
		[
			["ab", "a"],
			["a", "ab", "abc", "b", "ac"],
		],
		[
			["content-length", "content-type", "content"],
			["content", "content-l", "content-length", "content-lengths"],
		],
		[
			["ab", "ac", "bc"],
			["ab", "ac", "ad", "bc", "b", "cc"],
		],
		[[], ["a"]],
	])("%j finds its members only", (names, texts) => {
		const set = new NameSet(names);
		for (const text of texts) expect(match(set, text)).toBe([...names].sort().indexOf(text));
	});

	test("finds what a Map finds, for any names and any text", () => {
		const name = fc
			.array(fc.constantFrom("a", "b", "c", "-"), { minLength: 1, maxLength: 6 })
			.map((letters) => letters.join(""));
		fc.assert(
			fc.property(fc.uniqueArray(name, { maxLength: 40 }), fc.array(name, { maxLength: 40 }), (names, others) => {
				const set = new NameSet(names);
				const map = new Map(set.names.map((one, index) => [one, index]));
				for (const text of [...names, ...others]) expect(match(set, text)).toBe(map.get(text) ?? NO_CANDIDATE);
			}),
			{ numRuns: 500 },
		);
	});

	test("an octet above ASCII begins no name", () => {
		expect(METHODS.begin(0x80)).toBe(NO_NAME);
		expect(METHODS.begin(0xff)).toBe(NO_NAME);
	});

	test("every method of the registry is found, and none of its beginnings or extensions that is not one itself", () => {
		const names = new Set(METHODS.names);
		for (const name of METHODS.names) {
			expect(METHODS.names[match(METHODS, name)]).toBe(name);
			expect(match(METHODS, `${name}X`)).toBe(NO_CANDIDATE);
			for (let length = 1; length < name.length; length += 1) {
				const beginning = name.slice(0, length);
				expect(match(METHODS, beginning) !== NO_CANDIDATE).toBe(names.has(beginning));
			}
		}
	});

	test("a name of 255 octets is found; an empty or longer one, or one too many, is refused", () => {
		const long = "x".repeat(255);
		expect(match(new NameSet([long, "x"]), long)).toBe(1);
		expect(() => new NameSet([""])).toThrow(RangeError);
		expect(() => new NameSet(["x".repeat(256)])).toThrow(RangeError);
		const many = Array.from({ length: 254 }, (_, index) => `n${index}`);
		expect(match(new NameSet(many), "n253")).toBeGreaterThanOrEqual(0);
		expect(() => new NameSet([...many, "n254"])).toThrow(RangeError);
	});

	test("is frozen, so that it can live in flash", () => {
		expect(Object.isFrozen(METHODS)).toBe(true);
		expect(Object.isFrozen(METHODS.names)).toBe(true);
	});
});
