// The Range field (RFC 9110 §14.1.1, §14.2), read where it stands: a check of all of it, and then a cursor from one range to the
// next. Pure. For whoever sends parts of a representation.
//
//     ranges-specifier = range-unit "=" range-set
//     range-set        = 1#range-spec
//     range-spec       = int-range / suffix-range / other-range
//     int-range        = first-pos "-" [ last-pos ]
//     suffix-range     = "-" suffix-length
//
// What §14.2 and §17.15 leave to a server:
//
// - A field that is malformed, of another unit than "bytes", sent in several lines, or of more than RANGES_MAX ranges is
//   ignored: the whole representation is sent.
// - Ranges that overlap, touch, or leave a gap that costs less than one part more become one. So a client never gets more
//   octets than the representation has, and what the parts' own heads take.
// - Of a representation without octets nothing can be a range: Range is ignored, and not answered 416.

import { COMMA, DIGIT_0, EQUALS, HTAB, MINUS, SP } from "../octets/ascii.js";

/** The most ranges of one request that are heeded. */
export const RANGES_MAX = 16;

/** What a part of multipart/byteranges takes beside its octets, about: a gap that is smaller is sent along. */
export const PART_OVERHEAD_LENGTH = 80;

const UNIT = Uint8Array.of(0x62, 0x79, 0x74, 0x65, 0x73); // "bytes"

/**
 * How many ranges the field value from `start` to `end` has, satisfiable or not; 0 when it is to be ignored. Only with 1 and
 * more is it good for what is below.
 */
export function countRanges(octets: Uint8Array, start: number, end: number): number {
	for (let index = 0; index < UNIT.length; index += 1) {
		// Range units are case-insensitive (§14.1).
		if (start + index >= end || ((octets[start + index] as number) | 0x20) !== UNIT[index]) return 0;
	}
	let at = start + UNIT.length;
	if (at >= end || octets[at] !== EQUALS) return 0;
	at = firstOfList(octets, at + 1, end);
	let count = 0;
	while (at < end) {
		count += 1;
		at = specEnd(octets, at, end);
		if (at < 0 || count > RANGES_MAX) return 0;
		while (at < end && isSpace(octets[at] as number)) at += 1;
		if (at < end && octets[at] !== COMMA) return 0;
		at = firstOfList(octets, at, end);
	}
	return count;
}

/** Where the first range of a field value that was counted begins. */
export function firstRange(octets: Uint8Array, start: number, end: number): number {
	return firstOfList(octets, start + UNIT.length + 1, end);
}

/** Where the range behind the one at `at` begins; there is one. */
export function nextRange(octets: Uint8Array, at: number, end: number): number {
	let next = at;
	while (next < end && octets[next] !== COMMA) next += 1;
	return firstOfList(octets, next, end);
}

/** The first octet of the range at `at`, of a representation of `length` octets. At or behind `rangeEnd`: not satisfiable. */
export function rangeStart(octets: Uint8Array, at: number, end: number, length: number): number {
	if (octets[at] !== MINUS) return decimal(octets, at, end);
	const start = length - decimal(octets, at + 1, end);
	return start > 0 ? start : 0;
}

/** The offset behind the last octet of the range at `at`. */
export function rangeEnd(octets: Uint8Array, at: number, end: number, length: number): number {
	// A suffix of 0 octets begins at the end, and is not satisfiable.
	if (octets[at] === MINUS) return length;
	const minus = digitsEnd(octets, at, end);
	const last = minus + 1;
	if (last >= end || digitsEnd(octets, last, end) === last) return length;
	const behind = decimal(octets, last, end) + 1;
	return behind < length ? behind : length;
}

/**
 * The satisfiable ranges of a field value that was counted, as pairs of start and end, in the order they were asked for
 * (§15.3.7.2), those that belong together as one. Allocates: for requests of more than one range.
 */
export function collectRanges(octets: Uint8Array, start: number, end: number, length: number): number[] {
	const pairs: number[] = [];
	let at = firstRange(octets, start, end);
	while (at < end) {
		addRange(pairs, rangeStart(octets, at, end, length), rangeEnd(octets, at, end, length));
		at = nextRange(octets, at, end);
	}
	return pairs;
}

/** Adds a range to those that are far from each other. What it is near to becomes one with it, in the earliest place. */
function addRange(pairs: number[], start: number, end: number): void {
	if (start >= end) return;
	let first = start;
	let last = end;
	let place = pairs.length;
	for (let index = pairs.length - 2; index >= 0; index -= 2) {
		const otherFirst = pairs[index] as number;
		const otherLast = pairs[index + 1] as number;
		if (start > otherLast + PART_OVERHEAD_LENGTH || end < otherFirst - PART_OVERHEAD_LENGTH) continue;
		first = Math.min(first, otherFirst);
		last = Math.max(last, otherLast);
		pairs.splice(index, 2);
		place = index;
	}
	pairs.splice(place, 0, first, last);
}

/** The offset behind the range at `at`, or −1 when there is none. */
function specEnd(octets: Uint8Array, at: number, end: number): number {
	const minus = digitsEnd(octets, at, end);
	if (minus >= end || octets[minus] !== MINUS) return -1;
	const last = minus + 1;
	const behind = digitsEnd(octets, last, end);
	// A suffix-range needs its length; of an int-range, the last octet may be left out, and not come before the first.
	if (minus === at) return behind === last ? -1 : behind;
	if (behind > last && decimal(octets, last, end) < decimal(octets, at, end)) return -1;
	return behind;
}

/** Empty elements are passed over, as §5.6.1.2 asks. */
function firstOfList(octets: Uint8Array, start: number, end: number): number {
	let at = start;
	while (at < end && (octets[at] === COMMA || isSpace(octets[at] as number))) at += 1;
	return at;
}

function isSpace(octet: number): boolean {
	return octet === SP || octet === HTAB;
}

function digitsEnd(octets: Uint8Array, start: number, end: number): number {
	let at = start;
	while (at < end && octets[at] !== COMMA && isDigit(octets[at] as number)) at += 1;
	return at;
}

function isDigit(octet: number): boolean {
	return octet >= DIGIT_0 && octet <= DIGIT_0 + 9;
}

/** The number whose digits begin at `start`; one that is larger than any length is some such number. */
function decimal(octets: Uint8Array, start: number, end: number): number {
	let value = 0;
	let at = start;
	while (at < end) {
		const digit = (octets[at] as number) - DIGIT_0;
		if (digit < 0 || digit > 9) break;
		value = value * 10 + digit;
		if (value > Number.MAX_SAFE_INTEGER) value = Number.MAX_SAFE_INTEGER;
		at += 1;
	}
	return value;
}
