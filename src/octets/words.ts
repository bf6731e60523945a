// Octets read four at a time, where most of them only have to agree with what is expected or to be passed over: on XS a word
// costs little more than an octet, and a DataView reads it wherever it begins. For the scanners of heads.

import { SP } from "./ascii.js";

/** What reads a word of four octets. A DataView is one; a test may count. */
export interface WordReader {
	/** The four octets from `offset`, the first in the lowest bits. `isLittleEndian` is true. */
	getInt32(offset: number, isLittleEndian: boolean): number;
	/** The number in two octets from `offset`. */
	getUint16(offset: number, isLittleEndian: boolean): number;
	/** Eight octets from `offset` as a number, to be compared with eight others: two of the same text are the same. */
	getFloat64(offset: number, isLittleEndian: boolean): number;
	/** The memory that is read. */
	readonly buffer: ArrayBufferLike;
	readonly byteOffset: number;
}

/** How many octets a word has. */
export const WORD_LENGTH = 4;

/** A reader of the words in `octets`, by the same offsets. */
export function wordsOf(octets: Uint8Array): WordReader {
	return new DataView(octets.buffer, octets.byteOffset, octets.length);
}

/** The word that four ASCII characters make. For definitions. */
export function word(text: string): number {
	return text.charCodeAt(0) | (text.charCodeAt(1) << 8) | (text.charCodeAt(2) << 16) | (text.charCodeAt(3) << 24);
}

/** Four spaces. */
export const SPACES = 0x20202020;
export const ONES = 0x01010101;
export const HIGHS = 0x80808080 | 0;

/**
 * A bit for each octet of the word that is no visible ASCII and no space; the lowest of them is exact, others may be set
 * falsely. 0: the word is plain text. Subtracting 0x20 borrows from what is less, adding 1 carries DEL into the highest
 * bit. Loops that cannot afford the call write it out.
 */
export function notText(octets: number): number {
	return ((octets - SPACES) | (octets + ONES)) & HIGHS;
}

/** How many spaces a word ends in that is not all spaces. */
export function trailingSpaces(octets: number): number {
	let rest = octets;
	let count = 0;
	while (rest >>> 24 === SP) {
		rest <<= 8;
		count += 1;
	}
	return count;
}
