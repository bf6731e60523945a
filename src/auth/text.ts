// What is hashed, put together in a fixed buffer, and hashes compared so that the time it takes says nothing. For the links of
// this folder.

import { COLON } from "../octets/ascii.js";
import { HEX_DIGIT } from "../octets/classes.js";
import { copyOctets } from "../octets/copy.js";
import { encodeUtf8 } from "../octets/text.js";

// On XS `charCodeAt` called like this leaves no slots; where a string ends it answers NaN.
const charCodeAt = String.prototype.charCodeAt;

/** Text on its way to a hash. What does not fit makes it `isFull`, and its hash nobody's. */
export class HashText {
	readonly octets: Uint8Array;
	/** Behind the last octet. */
	end = 0;
	readonly limit: number;
	isFull = false;

	constructor(length: number) {
		this.octets = new Uint8Array(length);
		this.limit = length;
	}

	clear(): this {
		this.end = 0;
		this.isFull = false;
		return this;
	}

	put(octets: Uint8Array, start: number, end: number): this {
		if (end - start > this.limit - this.end) this.isFull = true;
		else {
			copyOctets(octets, start, end, this.octets, this.end);
			this.end += end - start;
		}
		return this;
	}

	putText(text: string): this {
		if (encodeUtf8(text, 0, this) >= 0) this.isFull = true;
		return this;
	}

	putColon(): this {
		if (this.end === this.limit) this.isFull = true;
		else {
			this.octets[this.end] = COLON;
			this.end += 1;
		}
		return this;
	}

	/** The hexadecimal digits of `digest[0, length)`. */
	putHex(digest: Uint8Array, length: number): this {
		if (2 * length > this.limit - this.end) {
			this.isFull = true;
			return this;
		}
		for (let index = 0; index < length; index += 1) {
			const octet = digest[index] as number;
			this.octets[this.end] = hexDigit(octet >> 4);
			this.octets[this.end + 1] = hexDigit(octet & 0xf);
			this.end += 2;
		}
		return this;
	}
}

/** A hexadecimal digit, in lower case. */
export function hexDigit(value: number): number {
	return value < 10 ? 0x30 + value : 0x57 + value;
}

/** Whether `digest[0, length)` is what the text, of twice as many digits in lower case, says. Looks at all of them, whatever. */
export function isDigestText(digest: Uint8Array, length: number, text: string): boolean {
	let difference = 0;
	for (let index = 0; index < length; index += 1) {
		const octet = digest[index] as number;
		difference |= hexDigit(octet >> 4) ^ charCodeAt.call(text, index * 2);
		difference |= hexDigit(octet & 0xf) ^ charCodeAt.call(text, index * 2 + 1);
	}
	return difference === 0;
}

/** Whether `digest[0, length)` is what the digits `octets[start, end)` say, in either case. Looks at all of them, whatever. */
export function isDigest(digest: Uint8Array, length: number, octets: Uint8Array, start: number, end: number): boolean {
	if (end - start !== 2 * length) return false;
	let difference = 0;
	for (let index = 0; index < length; index += 1) {
		const high = (HEX_DIGIT[octets[start + 2 * index] as number] as number) - 1;
		const low = (HEX_DIGIT[octets[start + 2 * index + 1] as number] as number) - 1;
		// What is no digit is −1, and then so is the octet.
		difference |= (digest[index] as number) ^ ((high << 4) | low);
	}
	return difference === 0;
}
