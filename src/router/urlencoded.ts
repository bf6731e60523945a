// Pairs of name and value as queries and forms write them (WHATWG URL §5.1: "a=1&b=2", percent-encoded, "+" for a space),
// found where they stand. For the request and for forms.
//
//     start          nameEnd    pairEnd
//     n a m e        =  v a l u e  &  …

import { AMPERSAND, EQUALS, PERCENT, PLUS, SP } from "../octets/ascii.js";
import { HEX_DIGIT } from "../octets/classes.js";
import { decodeText } from "./path.js";

// On XS every property access on a primitive string leaves slots behind; `call` leaves none, and where a string ends
// `charCodeAt` answers NaN.
const charCodeAt = String.prototype.charCodeAt;

/** Where the first pair at `start` or behind it begins, empty ones passed over; −1 without any. */
export function nextPair(octets: Uint8Array, start: number, end: number): number {
	let index = start;
	while (index < end && octets[index] === AMPERSAND) index += 1;
	return index < end ? index : -1;
}

/** Where the pair that begins at `start` ends. */
export function pairEnd(octets: Uint8Array, start: number, end: number): number {
	return indexOf(octets, AMPERSAND, start, end);
}

/** Where the name of the pair `octets[start, end)` ends: at its "=", or with the pair. */
export function nameEnd(octets: Uint8Array, start: number, end: number): number {
	return indexOf(octets, EQUALS, start, end);
}

/** Where the first pair of this name, at `start` or behind it, begins; −1 without one. */
export function findPair(octets: Uint8Array, start: number, end: number, name: string): number {
	let at = nextPair(octets, start, end);
	while (at >= 0) {
		const stop = pairEnd(octets, at, end);
		if (isText(octets, at, nameEnd(octets, at, stop), name)) return at;
		at = nextPair(octets, stop, end);
	}
	return -1;
}

/** The name of the pair that begins at `start`, decoded. */
export function pairName(octets: Uint8Array, start: number, end: number): string {
	return decodeText(octets, start, nameEnd(octets, start, pairEnd(octets, start, end)), true);
}

/** The value of the pair that begins at `start`, decoded; "" without one. */
export function pairValue(octets: Uint8Array, start: number, end: number): string {
	const stop = pairEnd(octets, start, end);
	const equals = nameEnd(octets, start, stop);
	return equals < stop ? decodeText(octets, equals + 1, stop, true) : "";
}

/** Whether `octets[start, end)`, decoded, is `text`. Nothing is decoded as long as the text is ASCII. */
function isText(octets: Uint8Array, start: number, end: number, text: string): boolean {
	let index = start;
	let at = 0;
	for (;;) {
		const code = charCodeAt.call(text, at);
		if (!(code >= 0)) return index === end;
		if (code > 0x7f) return decodeText(octets, start, end, true) === text;
		if (index === end) return false;
		let octet = octets[index] as number;
		index += 1;
		if (octet === PLUS) octet = SP;
		else if (octet === PERCENT && index + 1 < end) {
			const high = HEX_DIGIT[octets[index] as number] as number;
			const low = HEX_DIGIT[octets[index + 1] as number] as number;
			if (high > 0 && low > 0) {
				octet = ((high - 1) << 4) | (low - 1);
				index += 2;
			}
		}
		if (octet !== code) return false;
		at += 1;
	}
}

function indexOf(octets: Uint8Array, octet: number, start: number, end: number): number {
	let index = start;
	while (index < end && octets[index] !== octet) index += 1;
	return index;
}
