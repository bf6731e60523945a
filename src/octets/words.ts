// Octets looked at four at a time, where most of them only have to be passed over: a word of four costs a little more than
// one octet, on V8 and on XS alike. For the scanners of long stretches.

import { SP } from "./ascii.js";

/**
 * The same memory as words of four octets, the first octet in the lowest bits. Empty on a machine that orders them the
 * other way, where everything is then read octet by octet. `octets` begin at a multiple of four in their buffer.
 */
export function wordsOf(octets: Uint8Array): Int32Array {
	const isLittleEndian = new Uint8Array(new Int32Array([1]).buffer)[0] === 1;
	return new Int32Array(octets.buffer, octets.byteOffset, isLittleEndian ? octets.length >> 2 : 0);
}

/**
 * Whether none of the four octets is a control octet (RFC 5234: CTL). May say no for a word with 0xFF in it, never yes for
 * one with a control octet: subtracting 0x20 borrows from what is less, adding 1 carries DEL into the highest bit.
 */
export function isText(word: number): boolean {
	return (((word - SPACES) | (word + 0x01010101)) & ~word & 0x80808080) === 0;
}

/** Four spaces. */
export const SPACES = 0x20202020;

/** How many spaces a word ends in that is not all spaces. */
export function trailingSpaces(word: number): number {
	let rest = word;
	let count = 0;
	while (rest >>> 24 === SP) {
		rest <<= 8;
		count += 1;
	}
	return count;
}
