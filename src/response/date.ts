// The end of most heads: the Date line (RFC 9110 §6.6.1) and the empty line, as octets that are rewritten once a second at
// most and sent as they stand.

import { DIGIT_0 } from "../octets/ascii.js";
import { ascii, latin1 } from "../octets/text.js";

// IMF-fixdate (RFC 9110 §5.6.7)
const TEMPLATE = ascii("Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n");
const EMPTY_LINE = ascii("\r\n");
const DAY_NAMES = ascii("ThuFriSatSunMonTueWed"); // 1 January 1970 was a Thursday
const MONTH_NAMES = ascii("JanFebMarAprMayJunJulAugSepOctNovDec");
const SECONDS_PER_DAY = 86_400;

/** How long the line is, CRLF included. */
export const DATE_LINE_LENGTH: number = TEMPLATE.length - EMPTY_LINE.length;
/** Of "Date: ". */
const NAME_LENGTH = 6;
const CRLF_LENGTH = 2;
/** The longest end of a head. */
export const HEAD_END_LENGTH_MAX: number = TEMPLATE.length;

/** The first second behind the year 9999: a date of HTTP has four digits for its year (RFC 9110 §5.6.7). */
export const DATE_END = 253_402_300_800;

/**
 * An IMF-fixdate. `seconds`: since 1970-01-01T00:00:00Z. Allocates. Throws RangeError for what is before that, behind the year
 * 9999, or no number.
 */
export function httpDate(seconds: number): string {
	const line = new DateLine();
	line.update(seconds);
	if (!line.isKnown) throw new RangeError(`${seconds} s since 1970 is no date of HTTP: the years 1970 to 9999 are`);
	return latin1(line, NAME_LENGTH, DATE_LINE_LENGTH - CRLF_LENGTH);
}

/** The octets of the line, valid while `isKnown`, and of an empty line: one object for the sake of memory. */
export class DateLine extends Uint8Array {
	/** A part of the line is no such line. */
	static get [Symbol.species](): Uint8ArrayConstructor {
		return Uint8Array;
	}

	/** What the line says; negative while there is no clock. */
	private seconds = -1;

	constructor() {
		super(TEMPLATE);
	}

	/** Whether there is a clock: an origin server without one sends no Date (RFC 9110 §6.6.1). */
	get isKnown(): boolean {
		return this.seconds >= 0;
	}

	/** Sets the time. `seconds`: since 1970-01-01T00:00:00Z, or anything that is no date of HTTP when nobody knows. */
	update(seconds: number): void {
		if (seconds === this.seconds) return;
		if (!(seconds >= 0 && seconds < DATE_END)) {
			this.seconds = -1;
			return;
		}
		const whole = Math.floor(seconds);
		const days = Math.floor(whole / SECONDS_PER_DAY);
		if (Math.floor(this.seconds / SECONDS_PER_DAY) !== days) this.writeDay(days);
		const inDay = whole - days * SECONDS_PER_DAY;
		this.writeTwo(23, Math.floor(inDay / 3600));
		this.writeTwo(26, Math.floor(inDay / 60) % 60);
		this.writeTwo(29, inDay % 60);
		this.seconds = seconds;
	}

	/** The end of a head: the date, if there is a clock, and the empty line. The octets are good until the next `update`. */
	get headEnd(): Uint8Array {
		return this.seconds < 0 ? EMPTY_LINE : this;
	}

	private writeDay(days: number): void {
		this.writeName(6, DAY_NAMES, days % 7);
		// Civil date from day count: years begin in March, so that a leap day is a year's last day.
		const shifted = days + 719_468;
		const era = Math.floor(shifted / 146_097);
		const dayOfEra = shifted - era * 146_097;
		const yearOfEra = Math.floor(
			(dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
		);
		const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
		const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
		const month = monthFromMarch < 10 ? monthFromMarch + 2 : monthFromMarch - 10;
		const year = yearOfEra + era * 400 + (month < 2 ? 1 : 0);
		this.writeTwo(11, dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1);
		this.writeName(14, MONTH_NAMES, month);
		this.writeTwo(18, Math.floor(year / 100));
		this.writeTwo(20, year % 100);
	}

	private writeTwo(offset: number, value: number): void {
		const tens = Math.floor(value / 10);
		this[offset] = DIGIT_0 + tens;
		this[offset + 1] = DIGIT_0 + value - tens * 10;
	}

	private writeName(offset: number, names: Uint8Array, index: number): void {
		for (let at = 0; at < 3; at += 1) this[offset + at] = names[index * 3 + at] as number;
	}
}
