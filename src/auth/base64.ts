// Base64 (RFC 4648 §4), decoded where credentials need it: strictly, so that no two texts are the same octets.

import { EQUALS, PLUS, SLASH } from "../octets/ascii.js";

/** Decodes `octets[start, end)` into `to`; returns how many octets, or −1 for what is no Base64, or is more than `to` takes. */
export function decodeBase64(octets: Uint8Array, start: number, end: number, to: Uint8Array): number {
	const count = end - start;
	if (count % 4 !== 0) return -1;
	let padding = 0;
	while (padding < 2 && padding < count && octets[end - 1 - padding] === EQUALS) padding += 1;
	const length = (count / 4) * 3 - padding;
	if (length > to.length) return -1;
	let bits = 0;
	let word = 0;
	let at = 0;
	for (let index = start; index < end - padding; index += 1) {
		const value = valueOfDigit(octets[index] as number);
		if (value < 0) return -1;
		word = ((word << 6) | value) & 0xfff;
		bits += 6;
		if (bits < 8) continue;
		bits -= 8;
		to[at] = word >> bits;
		at += 1;
	}
	// The bits that padding leaves over are zero.
	return (word & ((1 << bits) - 1)) === 0 ? length : -1;
}

function valueOfDigit(octet: number): number {
	if (octet >= 0x41 && octet <= 0x5a) return octet - 0x41;
	if (octet >= 0x61 && octet <= 0x7a) return octet - 0x47;
	if (octet >= 0x30 && octet <= 0x39) return octet + 4;
	if (octet === PLUS) return 62;
	return octet === SLASH ? 63 : -1;
}
