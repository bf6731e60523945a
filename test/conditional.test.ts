// Preconditions and ranges (RFC 9110 §13, §14), as pure functions: the order of §13.2.2 cell by cell, entity tags, dates, and
// ranges against a model that reads them another way.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isAnyTag, isStronglyTag, listHoldsTag } from "../src/conditional/entity-tag.js";
import { NO_DATE, readHttpDate } from "../src/conditional/http-date.js";
import {
	ABSENT,
	decide,
	FALSE,
	heedsRange,
	NOT_MODIFIED,
	PRECONDITION_FAILED,
	PROCEED,
	TRUE,
} from "../src/conditional/precondition.js";
import {
	collectRanges,
	countRanges,
	firstRange,
	nextRange,
	PART_OVERHEAD_LENGTH,
	RANGES_MAX,
	rangeEnd,
	rangeStart,
} from "../src/conditional/ranges.js";
import { httpDate } from "../src/response/date.js";
import { octetsOf } from "./support/octets.js";

/** `look` at the text, wherever it stands. */
function within<T>(text: string, look: (octets: Uint8Array, start: number, end: number) => T): T {
	const [before, behind] = ['W/"', '", 0-9"'];
	return look(octetsOf(before + text + behind), before.length, before.length + text.length);
}

describe("the order of RFC 9110 §13.2.2", () => {
	const OUTCOMES = { ".": PROCEED, "3": NOT_MODIFIED, "4": PRECONDITION_FAILED } as const;
	const CONDITIONS = { absent: ABSENT, true: TRUE, false: FALSE } as const;

	// A row for each outcome of If-Match and If-Unmodified-Since; nine columns: If-None-Match absent, true, false, and in each
	// If-Modified-Since absent, true, false. "3" is 304, "4" is 412, "." goes on.
	const TABLE: readonly (readonly [keyof typeof CONDITIONS, keyof typeof CONDITIONS, get: string, put: string])[] = [
		["absent", "absent", "..3 ... 333", "... ... 444"],
		["absent", "true", "..3 ... 333", "... ... 444"],
		["absent", "false", "444 444 444", "444 444 444"],
		["true", "absent", "..3 ... 333", "... ... 444"],
		["true", "true", "..3 ... 333", "... ... 444"],
		["true", "false", "..3 ... 333", "... ... 444"],
		["false", "absent", "444 444 444", "444 444 444"],
		["false", "true", "444 444 444", "444 444 444"],
		["false", "false", "444 444 444", "444 444 444"],
	];
	const CELLS = TABLE.flatMap(([ifMatch, ifUnmodifiedSince, get, put]) =>
		[get, put].flatMap((row, method) =>
			[...row.replaceAll(" ", "")].map((cell, index) => ({
				method: method === 0 ? "GET or HEAD" : "another method",
				ifMatch,
				ifUnmodifiedSince,
				ifNoneMatch: (["absent", "true", "false"] as const)[Math.floor(index / 3)] as "absent",
				ifModifiedSince: (["absent", "true", "false"] as const)[index % 3] as "absent",
				outcome: OUTCOMES[cell as keyof typeof OUTCOMES],
			})),
		),
	);

	test("has a cell for everything that can be", () => {
		const known = new Set(CELLS.map(({ outcome, ...cell }) => JSON.stringify(cell)));
		expect(known.size).toBe(2 * 3 ** 4);
	});

	test.each(CELLS)(
		"$method, If-Match $ifMatch, If-Unmodified-Since $ifUnmodifiedSince, If-None-Match $ifNoneMatch, If-Modified-Since $ifModifiedSince",
		(cell) => {
			const outcome = decide(
				cell.method === "GET or HEAD",
				CONDITIONS[cell.ifMatch],
				CONDITIONS[cell.ifUnmodifiedSince],
				CONDITIONS[cell.ifNoneMatch],
				CONDITIONS[cell.ifModifiedSince],
			);
			expect(outcome).toBe(cell.outcome);
		},
	);

	test.each([
		// isGet, hasRange, If-Range, whether Range is heeded
		[true, true, ABSENT, true],
		[true, true, TRUE, true],
		[true, true, FALSE, false],
		[true, false, ABSENT, false],
		[true, false, TRUE, false],
		[true, false, FALSE, false],
		[false, true, ABSENT, false],
		[false, true, TRUE, false],
		[false, true, FALSE, false],
		[false, false, ABSENT, false],
		[false, false, TRUE, false],
		[false, false, FALSE, false],
	])("step 5: GET %s, Range %s, If-Range %s: %s", (isGet, hasRange, ifRange, expected) => {
		expect(heedsRange(isGet, hasRange, ifRange)).toBe(expected);
	});
});

describe("entity tags", () => {
	// RFC 9110 §8.8.3.2, table 3
	test.each([
		['W/"1"', 'W/"1"', false, true],
		['W/"1"', 'W/"2"', false, false],
		['W/"1"', '"1"', false, true],
		['"1"', 'W/"1"', false, true],
		['"1"', '"1"', true, true],
	])("%s and %s: strongly %s, weakly %s", (one, other, strongly, weakly) => {
		const compared = (isStrong: boolean) =>
			within(one, (octets, start, end) => listHoldsTag(octets, start, end, other, isStrong));
		expect([compared(true), compared(false)]).toEqual([strongly, weakly]);
		expect(within(one, (octets, start, end) => isStronglyTag(octets, start, end, other))).toBe(strongly);
	});

	test.each([
		// the list, whether it holds "b"
		['"a", "b"', true],
		['"b","a"', true],
		[' \t, ,"b" ,, ', true],
		['W/"a", W/"b"', true],
		['"a,", "b"', true],
		['"a, \x80b"', false],
		['"bb", "", "B"', false],
		['"b', false],
		['b"', false],
		["b", false],
		["", false],
		["*", false],
		['"b", *', false],
		['*, "b"', false],
		['"b" "a"', false],
		['"b"; "a"', false],
		['"b", w/"a"', false],
		['"b", W"a"', false],
		['W/ "b"', false],
		['"b", "a b"', false],
		['"b", "\x7f"', false],
		['"b", W/', false],
	])('the list %s holds "b": %s', (list, expected) => {
		expect(within(list, (octets, start, end) => listHoldsTag(octets, start, end, '"b"', false))).toBe(expected);
	});

	test("any tag is a star by itself", () => {
		for (const [text, expected] of [
			["*", true],
			["**", false],
			["", false],
			['"*"', false],
		] as const) {
			expect(within(text, isAnyTag)).toBe(expected);
		}
	});

	test("a list of any tags holds each of them and no other, whatever stands between", () => {
		const etagc = fc.integer({ min: 0x21, max: 0xff }).filter((code) => code !== 0x22 && code !== 0x7f);
		const opaque = fc.array(etagc, { maxLength: 4 }).map((codes) => `"${String.fromCharCode(...codes)}"`);
		const member = fc.tuple(fc.constantFrom("", "W/"), opaque).map((parts) => parts.join(""));
		const comma = fc.constantFrom(",", ", ", " ,", ",,", " , \t,");
		const list = fc.array(fc.tuple(member, comma), { minLength: 1, maxLength: 5 });
		fc.assert(
			fc.property(list, opaque, (members, other) => {
				const text = members.map((parts) => parts.join("")).join("");
				const tags = members.map(([tag]) => tag);
				for (const tag of [...tags, other, `W/${other}`]) {
					const weakly = tags.some((one) => one.replace("W/", "") === tag.replace("W/", ""));
					const strongly = !/^W/.test(tag) && tags.includes(tag);
					const compared = [false, true].map((isStrong) =>
						within(text, (octets, start, end) => listHoldsTag(octets, start, end, tag, isStrong)),
					);
					expect(compared).toEqual([weakly, strongly]);
				}
			}),
		);
	});
});

describe("dates", () => {
	const NOW = 1_800_000_000; // 2027
	const read = (text: string, now = NOW) => within(text, (octets, start, end) => readHttpDate(octets, start, end, now));

	test.each([
		["Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777],
		["Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777],
		["Sun Nov  6 08:49:37 1994", 784_111_777],
		["Sun Nov 16 08:49:37 1994", 784_975_777],
		["Thu, 01 Jan 1970 00:00:00 GMT", 0],
		["Wed, 31 Dec 1969 23:59:59 GMT", 0],
		["Tue, 29 Feb 2000 12:00:00 GMT", 951_825_600],
		["Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799],
		["Sat, 31 Dec 2016 23:59:60 GMT", 1_483_228_799],
		["Wednesday, 09-Nov-77 08:49:37 GMT", 3_403_673_377],
		["Wednesday, 09-Nov-78 08:49:37 GMT", 279_449_377],
	])("%s is %d", (text, expected) => {
		expect(read(text)).toBe(expected);
	});

	test.each([
		"",
		"0",
		"Sun, 06 Nov 1994 08:49:37 gmt",
		"sun, 06 Nov 1994 08:49:37 GMT",
		"Son, 06 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 08:49:37 UTC",
		"Sun, 06 Nov 1994 08:49:37  GMT",
		"Sun, 6 Nov 1994 08:49:37 GMT",
		"Sun,  6 Nov 1994 08:49:37 GMT",
		"Sun, 06 nov 1994 08:49:37 GMT",
		"Sun, 06-Nov-1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 24:00:00 GMT",
		"Sun, 06 Nov 1994 08:60:37 GMT",
		"Sun, 06 Nov 1994 08:49:61 GMT",
		"Sun, 06 Nov 1994 08.49.37 GMT",
		"Sun, 00 Nov 1994 08:49:37 GMT",
		"Sun, 31 Nov 1994 08:49:37 GMT",
		"Sun, 29 Feb 1900 08:49:37 GMT",
		"Sun, 29 Feb 2001 08:49:37 GMT",
		"Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
		"Sunday, 06-Nov-1994 08:49:37 GMT",
		"Sundays, 06-Nov-94 08:49:37 GMT",
		"Sun, 06-Nov-94 08:49:37 GMT",
		"Sunday, 06 Nov 94 08:49:37 GMT",
		"Sunday, 06-Nov-9x 08:49:37 GMT",
		", 06-Nov-94 08:49:37 GMT",
		"Sun Nov 6 08:49:37 1994 ",
		"Sun Nov 06 08:49:37 199x",
		"Sun-Nov  6 08:49:37 1994",
		'"Sun, 06 Nov 1994 08:49:37"',
	])("no date: %s", (text) => {
		expect(read(text)).toBe(NO_DATE);
	});

	test("one that is written is read again, in each form", () => {
		const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
		fc.assert(
			fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (seconds) => {
				const date = new Date(seconds * 1000);
				const text = date.toUTCString();
				expect(httpDate(seconds)).toBe(text);
				const [, day, month, year, time] = text.split(" ") as [string, string, string, string, string];
				expect(read(text)).toBe(seconds);
				const long = days[date.getUTCDay()];
				expect(read(`${long}, ${day}-${month}-${year.slice(2)} ${time} GMT`, seconds)).toBe(seconds);
				const short = String(Number(day)).padStart(2, " ");
				expect(read(`${long?.slice(0, 3)} ${month} ${short} ${time} ${year}`)).toBe(seconds);
			}),
		);
	});
});

describe("ranges", () => {
	const count = (text: string) => within(text, countRanges);
	/** Every range, as the cursor comes by: start and end. */
	const walk = (text: string, length: number): number[][] =>
		within(text, (octets, start, end) => {
			const found: number[][] = [];
			for (let at = firstRange(octets, start, end); at < end; at = nextRange(octets, at, end)) {
				found.push([rangeStart(octets, at, end, length), rangeEnd(octets, at, end, length)]);
			}
			return found;
		});
	const collect = (text: string, length: number) =>
		within(text, (octets, start, end) => collectRanges(octets, start, end, length));

	// RFC 9110 §14.1.2, of a representation of 10,000 octets
	test.each([
		["bytes=0-499", [[0, 500]]],
		["bytes=500-999", [[500, 1000]]],
		["bytes=-500", [[9500, 10_000]]],
		["bytes=9500-", [[9500, 10_000]]],
		[
			"bytes=0-0,-1",
			[
				[0, 1],
				[9999, 10_000],
			],
		],
		[
			"bytes= 0-999, 4500-5499, -1000",
			[
				[0, 1000],
				[4500, 5500],
				[9000, 10_000],
			],
		],
		[
			"bytes=500-600,601-999",
			[
				[500, 601],
				[601, 1000],
			],
		],
		[
			"bytes=500-700,601-999",
			[
				[500, 701],
				[601, 1000],
			],
		],
		["BYTES=-20000", [[0, 10_000]]],
		["bytes=0-99999999999999999999", [[0, 10_000]]],
		[
			"Bytes=,1-1,\t,2-2 ,",
			[
				[1, 2],
				[2, 3],
			],
		],
	])("%s", (text, expected) => {
		expect(count(text)).toBe(expected.length);
		expect(walk(text, 10_000)).toEqual(expected);
	});

	test.each(["bytes=10000-", "bytes=10000-10001", "bytes=-0", "bytes=99999999999999999999-", "bytes=-0,10000-"])(
		"not satisfiable: %s",
		(text) => {
			expect(count(text)).toBeGreaterThan(0);
			for (const [start, end] of walk(text, 10_000)) expect(start).toBeGreaterThanOrEqual(end as number);
			expect(collect(text, 10_000)).toEqual([]);
		},
	);

	test.each([
		"",
		"bytes",
		"bytes=",
		"bytes=,",
		"bytes=-",
		"bytes=--1",
		"bytes=1",
		"bytes=a-b",
		"bytes=1-b",
		"bytes=2-1",
		"bytes=0-1,2-1",
		"bytes=1-2-3",
		"bytes=1 -2",
		"bytes=1- 2",
		"bytes=0-1;2-3",
		"bytes=0-1 2-3",
		"bytes =0-1",
		"bytes:0-1",
		"byte=0-1",
		"bytes0=0-1",
		"items=0-1",
		"bytes=+1-2",
		"bytes=0x1-2",
		"bytes=1.0-2",
	])("ignored: %s", (text) => {
		expect(count(text)).toBe(0);
	});

	test("more than so many are ignored", () => {
		const some = Array.from({ length: RANGES_MAX }, (_, index) => `${index}-${index}`);
		expect(count(`bytes=${some.join()}`)).toBe(RANGES_MAX);
		expect(count(`bytes=${[...some, "0-0"].join()}`)).toBe(0);
	});

	test.each([
		["bytes=0-9,1000-1009", [0, 10, 1000, 1010]],
		["bytes=1000-1009,0-9", [1000, 1010, 0, 10]],
		["bytes=0-9,10-19", [0, 20]],
		["bytes=0-9,90-99", [0, 100]],
		["bytes=0-9,91-99", [0, 10, 91, 100]],
		["bytes=500-599,0-9,550-700", [500, 701, 0, 10]],
		["bytes=0-9,500-509,200-209,5-505", [0, 510]],
		["bytes=0-,0-,0-,0-,0-", [0, 10_000]],
		["bytes=700-709,0-9,300-309,299-400,-9300", [700, 10_000, 0, 10, 299, 401]],
	])("of many, those that belong together become one: %s", (text, expected) => {
		expect(collect(text, 10_000)).toEqual(expected);
	});

	/** Reads the field the way the grammar is written, with a regular expression. */
	function model(text: string): { readonly first: number; readonly last: number }[] | null {
		const set = /^bytes=(.*)$/i
			.exec(text)?.[1]
			?.split(",")
			.map((one) => one.replace(/^[ \t]+|[ \t]+$/g, ""));
		const specs = set?.filter((one) => one !== "");
		if (specs === undefined || specs.length === 0 || specs.length > RANGES_MAX) return null;
		const ranges = specs.map((spec) => {
			const found = /^(\d*)-(\d*)$/.exec(spec);
			if (found === null || (found[1] === "" && found[2] === "")) return null;
			const [first, last] = [found[1] === "" ? -1 : Number(found[1]), found[2] === "" ? -1 : Number(found[2])];
			return first >= 0 && last >= 0 && last < first ? null : { first, last };
		});
		return ranges.includes(null) ? null : (ranges as { first: number; last: number }[]);
	}

	/** The octets that a range means, by number. */
	function members({ first, last }: { first: number; last: number }, length: number): number[] {
		const all = Array.from({ length }, (_, index) => index);
		if (first < 0) return last === 0 ? [] : all.slice(-last);
		return all.filter((index) => index >= first && (last < 0 || index <= last));
	}

	const position = fc.integer({ min: 0, max: 700 });
	const spec = fc.oneof(
		fc.tuple(position, fc.nat(200)).map(([first, more]) => `${first}-${first + more}`),
		position.map((first) => `${first}-`),
		position.map((length) => `-${length}`),
	);
	const field = fc.array(spec, { minLength: 1, maxLength: 8 }).map((specs) => `bytes=${specs.join(", ")}`);
	const length = fc.integer({ min: 1, max: 600 });

	test("any field is understood as the grammar has it, or ignored", () => {
		const noise = fc.array(fc.constantFrom(..."0123456789-, \tx"), { maxLength: 12 }).map((parts) => parts.join(""));
		const any = fc.oneof(
			field,
			noise.map((text) => `bytes=${text}`),
		);
		fc.assert(
			fc.property(any, length, (text, total) => {
				const ranges = model(text);
				expect(count(text)).toBe(ranges === null ? 0 : ranges.length);
				if (ranges === null) return;
				const octets = walk(text, total).map(([start, end]) =>
					Array.from(
						{ length: Math.max(0, (end as number) - (start as number)) },
						(_, index) => (start as number) + index,
					),
				);
				expect(octets).toEqual(ranges.map((range) => members(range, total)));
			}),
			{ numRuns: 300 },
		);
	});

	test("any set of ranges gives all octets that were asked for, each once, and few that were not", () => {
		fc.assert(
			fc.property(field, length, (text, total) => {
				const pairs = collect(text, total);
				const sent: number[] = [];
				for (let index = 0; index < pairs.length; index += 2) {
					const [start, end] = [pairs[index] as number, pairs[index + 1] as number];
					expect(start).toBeLessThan(end);
					expect(end).toBeLessThanOrEqual(total);
					for (let octet = start; octet < end; octet += 1) sent.push(octet);
				}
				expect(new Set(sent).size).toBe(sent.length);
				const wanted = new Set((model(text) ?? []).flatMap((range) => members(range, total)));
				const unwanted = sent.filter((octet) => !wanted.has(octet));
				expect(sent.length - unwanted.length).toBe(wanted.size);
				// Each octet that was not asked for lies in a small gap between two that were.
				for (const octet of unwanted) {
					let [left, right] = [octet, octet];
					while (left >= 0 && !wanted.has(left)) left -= 1;
					while (right < total && !wanted.has(right)) right += 1;
					expect(left).toBeGreaterThanOrEqual(0);
					expect(right).toBeLessThan(total);
					expect(right - left - 1).toBeLessThanOrEqual(PART_OVERHEAD_LENGTH);
				}
				// No two parts could have been one.
				for (let one = 0; one < pairs.length; one += 2) {
					for (let other = 0; other < one; other += 2) {
						const gap = Math.max(
							(pairs[one] as number) - (pairs[other + 1] as number),
							(pairs[other] as number) - (pairs[one + 1] as number),
						);
						expect(gap).toBeGreaterThan(PART_OVERHEAD_LENGTH);
					}
				}
			}),
			{ numRuns: 300 },
		);
	});
});
