// HTTP-date (RFC 9110 §5.6.7), in the three forms that are understood, read where they stand. The one that is sent is written in
// response/date.ts.
//
//     Sun, 06 Nov 1994 08:49:37 GMT    IMF-fixdate
//     Sunday, 06-Nov-94 08:49:37 GMT   rfc850-date
//     Sun Nov  6 08:49:37 1994         asctime-date

import { COLON, COMMA, DIGIT_0, MINUS, SP } from "../octets/ascii.js";
import { ascii } from "../octets/text.js";

/** In place of a date: there is none. */
export const NO_DATE = -1;

const MONTH_NAMES = ascii("JanFebMarAprMayJunJulAugSepOctNovDec");
/** The days of a year that are over when a month begins, January first, without a leap day. */
const DAYS_BEFORE = Uint8Array.of(0, 31, 59, 90, 120, 151, 181, 212, 243, 17, 48, 78);
/** A Uint8Array holds no more. */
const DAYS_BEFORE_OVER = 256;
const OCTOBER = 9;
const MONTH_LENGTHS = Uint8Array.of(31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31);
const DAY_NAMES = ascii("MonTueWedThuFriSatSun");
const LONG_DAY_NAMES = ascii("Monday   Tuesday  WednesdayThursday Friday   Saturday Sunday   ");
const LONG_DAY_NAME_LENGTH = 9;
const NAME_LENGTH = 3;
const SECONDS_PER_DAY = 86_400;
const SECONDS_PER_YEAR = 31_556_952;
const FIXDATE_LENGTH = 29;
const ASCTIME_LENGTH = 24;
/** What follows the comma of an rfc850-date. */
const RFC850_REST_LENGTH = 23;

/**
 * The seconds since 1970-01-01T00:00:00Z of the HTTP-date that stands from `start` to `end`, NO_DATE when that is none; a
 * date before 1970 counts as its beginning. Case matters, and so does every space. Whether the day of the week is that of the
 * date is not looked at.
 *
 * `now`: about what time it is; an rfc850-date that lies more than 50 years behind it means the last century.
 */
export function readHttpDate(octets: Uint8Array, start: number, end: number, now: number): number {
	const length = end - start;
	if (length === FIXDATE_LENGTH && octets[start + 3] === COMMA) {
		if (indexOfName(DAY_NAMES, octets, start) < 0) return NO_DATE;
		if (octets[start + 4] !== SP || octets[start + 7] !== SP || octets[start + 11] !== SP) return NO_DATE;
		if (octets[start + 16] !== SP || !isGmt(octets, start + 25)) return NO_DATE;
		return secondsOf(
			number(octets, start + 12, 4),
			indexOfName(MONTH_NAMES, octets, start + 8),
			number(octets, start + 5, 2),
			time(octets, start + 17),
		);
	}
	if (length === ASCTIME_LENGTH && octets[start + 3] === SP) {
		if (indexOfName(DAY_NAMES, octets, start) < 0) return NO_DATE;
		if (octets[start + 7] !== SP || octets[start + 10] !== SP || octets[start + 19] !== SP) return NO_DATE;
		const isShort = octets[start + 8] === SP;
		return secondsOf(
			number(octets, start + 20, 4),
			indexOfName(MONTH_NAMES, octets, start + 4),
			isShort ? number(octets, start + 9, 1) : number(octets, start + 8, 2),
			time(octets, start + 11),
		);
	}
	const rest = end - RFC850_REST_LENGTH;
	if (rest <= start || octets[rest - 1] !== COMMA || !isLongDay(octets, start, rest - 1)) return NO_DATE;
	if (octets[rest] !== SP || octets[rest + 3] !== MINUS || octets[rest + 7] !== MINUS) return NO_DATE;
	if (octets[rest + 10] !== SP || !isGmt(octets, rest + 19)) return NO_DATE;
	const inCentury = number(octets, rest + 8, 2);
	if (inCentury < 0) return NO_DATE;
	const yearNow = 1970 + Math.floor(now / SECONDS_PER_YEAR);
	let year = yearNow - (yearNow % 100) + inCentury;
	if (year > yearNow + 50) year -= 100;
	else if (year <= yearNow - 50) year += 100;
	return secondsOf(
		year,
		indexOfName(MONTH_NAMES, octets, rest + 4),
		number(octets, rest + 1, 2),
		time(octets, rest + 11),
	);
}

/** `month`: from 0. Each may be negative, which is no date. */
function secondsOf(year: number, month: number, day: number, inDay: number): number {
	if (year < 0 || month < 0 || day < 1 || inDay < 0) return NO_DATE;
	if (day > (MONTH_LENGTHS[month] as number)) return NO_DATE;
	const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
	if (month === 1 && day === 29 && !isLeap) return NO_DATE;
	if (year < 1970) return 0;
	const before = year - 1;
	const leapDays = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400) - 477;
	let days = (year - 1970) * 365 + leapDays + (DAYS_BEFORE[month] as number) + day - 1;
	if (month >= OCTOBER) days += DAYS_BEFORE_OVER;
	if (isLeap && month > 1) days += 1;
	return days * SECONDS_PER_DAY + inDay;
}

/** The seconds of "08:49:37", or a negative number. A leap second counts as the one before. */
function time(octets: Uint8Array, start: number): number {
	const hours = number(octets, start, 2);
	const minutes = number(octets, start + 3, 2);
	const seconds = number(octets, start + 6, 2);
	if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 60) return -1;
	if (octets[start + 2] !== COLON || octets[start + 5] !== COLON) return -1;
	return hours * 3600 + minutes * 60 + (seconds < 60 ? seconds : 59);
}

/** `count` digits, or a negative number. */
function number(octets: Uint8Array, start: number, count: number): number {
	let value = 0;
	for (let index = 0; index < count; index += 1) {
		const digit = (octets[start + index] as number) - DIGIT_0;
		if (digit < 0 || digit > 9) return -1;
		value = value * 10 + digit;
	}
	return value;
}

/** Which name of three octets stands at `start`, or −1. */
function indexOfName(names: Uint8Array, octets: Uint8Array, start: number): number {
	for (let index = 0; index < names.length; index += NAME_LENGTH) {
		if (
			names[index] === octets[start] &&
			names[index + 1] === octets[start + 1] &&
			names[index + 2] === octets[start + 2]
		) {
			return index / NAME_LENGTH;
		}
	}
	return -1;
}

function isLongDay(octets: Uint8Array, start: number, end: number): boolean {
	if (end - start > LONG_DAY_NAME_LENGTH || end - start < NAME_LENGTH) return false;
	const day = indexOfName(DAY_NAMES, octets, start) * LONG_DAY_NAME_LENGTH;
	if (day < 0) return false;
	for (let index = 0; index < LONG_DAY_NAME_LENGTH; index += 1) {
		const expected = LONG_DAY_NAMES[day + index] as number;
		if ((start + index < end ? octets[start + index] : SP) !== expected) return false;
	}
	return true;
}

function isGmt(octets: Uint8Array, start: number): boolean {
	return octets[start] === SP && octets[start + 1] === 0x47 && octets[start + 2] === 0x4d && octets[start + 3] === 0x54;
}
