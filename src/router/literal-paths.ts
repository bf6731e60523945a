// Finds a path among those that have no parameter, whatever their number: by its length and its last octet, then by
// all of them, four at a time. Made once, with the router; finding allocates nothing.

import { freeze } from "../octets/freeze.js";
import { WORD_LENGTH, type WordReader, wordsOf } from "../octets/words.js";

/** Where nothing was found. */
export const NO_PATH = -1;

/** Two words, which are compared as one number. */
const DOUBLE_LENGTH = 2 * WORD_LENGTH;

/** The most paths whose numbers fit an octet. More need an array of integers, which takes more room. */
const OCTET_MAX = 255;

/** Spreads neighbouring letters. */
const HASH_FACTOR = 5;

export class LiteralPaths {
	private readonly paths: readonly Uint8Array[];
	private readonly words: readonly WordReader[];
	/** Where a path's hash leads, or behind that, stands one more than its index; 0 where no path is. */
	private readonly cells: ArrayLike<number>;
	private readonly mask: number;

	constructor(paths: readonly Uint8Array[]) {
		let size = 1;
		while (size < 2 * paths.length) size *= 2;
		const mask = size - 1;
		const cells = paths.length > OCTET_MAX ? new Array<number>(size).fill(0) : new Uint8Array(size);
		paths.forEach((path, index) => {
			let cell = hash(path) & mask;
			while (cells[cell] !== 0) cell = (cell + 1) & mask;
			cells[cell] = index + 1;
		});
		this.paths = freeze([...paths]);
		this.words = freeze(paths.map(wordsOf));
		this.cells = cells;
		this.mask = mask;
		freeze(this);
	}

	/**
	 * The index of the path that is `octets[start, end)`, one octet at least, or NO_PATH. `words`: a reader of the same octets,
	 * or null where there is none.
	 */
	find(octets: Uint8Array, words: WordReader | null, start: number, end: number): number {
		const length = end - start;
		// As `hash`, without the call.
		let cell = ((octets[end - 1] as number) * HASH_FACTOR + length) & this.mask;
		for (;;) {
			const index = (this.cells[cell] as number) - 1;
			if (index < 0) return NO_PATH;
			const path = this.paths[index] as Uint8Array;
			if (path.length === length) {
				const isIt =
					words === null || length < WORD_LENGTH
						? equals(path, octets, start)
						: equalsInWords(this.words[index] as WordReader, words, start, length);
				if (isIt) return index;
			}
			cell = (cell + 1) & this.mask;
		}
	}
}

/** Paths differ in their lengths, and at their ends. */
function hash(path: Uint8Array): number {
	return (path[path.length - 1] as number) * HASH_FACTOR + path.length;
}

function equals(path: Uint8Array, octets: Uint8Array, start: number): boolean {
	for (let index = path.length - 1; index >= 0; index -= 1) {
		if (path[index] !== octets[start + index]) return false;
	}
	return true;
}

/** `length`: one word at least. From two on, two words are compared as one number: no path has octets that make none. */
function equalsInWords(path: WordReader, words: WordReader, start: number, length: number): boolean {
	let index = length - DOUBLE_LENGTH;
	if (index >= 0) {
		while (index > 0) {
			if (path.getFloat64(index, true) !== words.getFloat64(start + index, true)) return false;
			index -= DOUBLE_LENGTH;
		}
		return path.getFloat64(0, true) === words.getFloat64(start, true);
	}
	index = length - WORD_LENGTH;
	while (index > 0) {
		if (path.getInt32(index, true) !== words.getInt32(start + index, true)) return false;
		index -= WORD_LENGTH;
	}
	// The first word overlaps the second.
	return path.getInt32(0, true) === words.getInt32(start, true);
}
