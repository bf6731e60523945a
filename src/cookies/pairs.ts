// Finds a cookie in the value of a Cookie field (RFC 6265bis §4.2), where it stands. For cookies.

import { EQUALS, HTAB, SEMICOLON, SP } from "../octets/ascii.js";

// On XS `charCodeAt` called like this leaves no slots; where a string ends it answers NaN.
const charCodeAt = String.prototype.charCodeAt;

/**
 * Where the value of the first cookie of this name begins in `octets[start, end)`; −1 without one. What has no "=" has no
 * name, and is passed over.
 */
export function findCookie(octets: Uint8Array, start: number, end: number, name: string): number {
	let index = start;
	while (index < end) {
		const octet = octets[index] as number;
		if (octet === SP || octet === HTAB || octet === SEMICOLON) {
			index += 1;
			continue;
		}
		const value = valueStart(octets, index, end, name);
		if (value >= 0) return value;
		while (index < end && octets[index] !== SEMICOLON) index += 1;
	}
	return -1;
}

/** Where the value that begins at `start` ends: before the white space in front of the next ";". */
export function cookieEnd(octets: Uint8Array, start: number, end: number): number {
	let index = start;
	while (index < end && octets[index] !== SEMICOLON) index += 1;
	while (index > start && (octets[index - 1] === SP || octets[index - 1] === HTAB)) index -= 1;
	return index;
}

/** Where the value of the cookie at `start` begins, if it has this name; else −1. */
function valueStart(octets: Uint8Array, start: number, end: number, name: string): number {
	let index = start;
	for (;;) {
		const code = charCodeAt.call(name, index - start);
		if (!(code >= 0)) return index < end && octets[index] === EQUALS ? index + 1 : -1;
		if (index === end || octets[index] !== code) return -1;
		index += 1;
	}
}
