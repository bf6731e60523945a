// The Date line (RFC 9110 §5.6.7, §6.6.1) against the host's own calendar.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DATE_LINE_LENGTH, DateLine, httpDate } from "../src/response/date.js";
import { textOf } from "./support/octets.js";

function lineOf(line: DateLine): string {
	return textOf(line.headEnd).slice(0, DATE_LINE_LENGTH);
}

/** What the host says: `toUTCString` is IMF-fixdate for the years it has four digits for. */
function expected(seconds: number): string {
	return `Date: ${new Date(seconds * 1000).toUTCString()}\r\n`;
}

const YEAR_9999 = 253_402_300_799;

describe("the Date line", () => {
	test.each([
		[0, "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"],
		[784_111_777, "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"],
		[951_782_399, "Date: Mon, 28 Feb 2000 23:59:59 GMT\r\n"],
		[951_782_400, "Date: Tue, 29 Feb 2000 00:00:00 GMT\r\n"],
		[1_709_164_800, "Date: Thu, 29 Feb 2024 00:00:00 GMT\r\n"],
		[2_147_483_648, "Date: Tue, 19 Jan 2038 03:14:08 GMT\r\n"],
		[4_107_542_400, "Date: Mon, 01 Mar 2100 00:00:00 GMT\r\n"],
		[4_107_542_399, "Date: Sun, 28 Feb 2100 23:59:59 GMT\r\n"],
		[YEAR_9999, "Date: Fri, 31 Dec 9999 23:59:59 GMT\r\n"],
	])("%i", (seconds, text) => {
		const line = new DateLine();
		line.update(seconds);
		expect(line.isKnown).toBe(true);
		expect(lineOf(line)).toBe(text);
		expect(line.headEnd.length).toBe(DATE_LINE_LENGTH + 2);
	});

	test("is the host's on every day of 400 years", () => {
		const line = new DateLine();
		for (let day = 0; day < 146_097; day += 1) {
			const seconds = day * 86_400 + ((day * 7919) % 86_400);
			line.update(seconds);
			if (lineOf(line) !== expected(seconds)) expect(lineOf(line)).toBe(expected(seconds));
		}
	});

	test("is the host's for any sequence of times, forwards and back", () => {
		fc.assert(
			fc.property(fc.array(fc.integer({ min: 0, max: YEAR_9999 }), { maxLength: 20 }), (times) => {
				const line = new DateLine();
				for (const seconds of times) {
					line.update(seconds);
					expect(lineOf(line)).toBe(expected(seconds));
				}
			}),
		);
	});

	test("a fraction of a second is dropped", () => {
		const line = new DateLine();
		line.update(784_111_777.999);
		expect(lineOf(line)).toBe(expected(784_111_777));
	});

	test("has a year of four digits", () => {
		expect(httpDate(253_402_300_799)).toBe("Fri, 31 Dec 9999 23:59:59 GMT");
		for (const seconds of [253_402_300_800, 1e18, Number.POSITIVE_INFINITY, -1, Number.NaN]) {
			expect(() => httpDate(seconds)).toThrow(RangeError);
		}
	});

	test.each([-1, -0.5, Number.NaN, Number.NEGATIVE_INFINITY, 253_402_300_800])(
		"%d is no time that anybody knows",
		(seconds) => {
			const line = new DateLine();
			expect(line.isKnown).toBe(false);
			line.update(seconds);
			expect(line.isKnown).toBe(false);
		},
	);

	test("a clock that is lost and found again is known again, in the same second too", () => {
		const line = new DateLine();
		for (const found of [784_111_777, 784_111_777, 784_111_778]) {
			line.update(found);
			expect(line.isKnown).toBe(true);
			expect(lineOf(line)).toBe(expected(found));
			line.update(-1);
			expect(line.isKnown).toBe(false);
		}
	});
});
