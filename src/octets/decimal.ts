// Numbers as the digits HTTP writes: decimal for Content-Length, hexadecimal for a chunk size. Nothing is allocated.

import { DIGIT_0 } from "./ascii.js";

/** How many decimal digits `value` (an integer from 0 to 2^53 − 1) has. */
export function decimalLength(value: number): number {
	let length = 1;
	for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) length += 1;
	return length;
}

/** Writes `value` in decimal at `offset`; returns the offset behind it. The caller has made sure of the room. */
export function writeDecimal(octets: Uint8Array, offset: number, value: number): number {
	const end = offset + decimalLength(value);
	let rest = value;
	for (let index = end - 1; index >= offset; index -= 1) {
		const next = Math.floor(rest / 10);
		octets[index] = DIGIT_0 + (rest - next * 10);
		rest = next;
	}
	return end;
}

/** Writes `value` in exactly `width` hexadecimal digits at `offset` (chunk-size = 1*HEXDIG, RFC 9112 §7.1). */
export function writeHexadecimal(octets: Uint8Array, offset: number, value: number, width: number): void {
	let rest = value;
	for (let index = offset + width - 1; index >= offset; index -= 1) {
		const digit = rest & 0xf;
		octets[index] = digit < 10 ? DIGIT_0 + digit : 0x57 + digit;
		rest >>>= 4;
	}
}
