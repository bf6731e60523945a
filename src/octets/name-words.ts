// The names of a set as field lines usually spell them, to be matched four octets at a time. For the field section, whose
// loop does the matching; the tables live in flash with the set.
//
// Names stand where they stand in the set (src/octets/names.ts), so that a matcher that gets no further by words goes on
// octet by octet at the same offset. Two spellings are known: the usual one, and lower case.

import type { NameSet } from "./names.js";
import { ascii } from "./text.js";
import { WORD_LENGTH, type WordReader, wordsOf } from "./words.js";

/** A shift that leaves three octets, like 8, and says that the terminator is the fourth and has to be looked at by itself. */
export const END_FOURTH: number = 32 + 8;

export class NameWords {
	/** The words of the names in their usual spelling, which begins with a capital. */
	readonly usual: WordReader;
	/** The words of the names in lower case. */
	readonly lower: WordReader;
	/**
	 * For each word: how far left to shift what differs, so that only what belongs to the name and its terminator is left; 0
	 * inside a name.
	 */
	readonly shifts: Uint8Array;
	/** For each word that a name ends in: how many octets of it belong to name and terminator. */
	readonly ends: Uint8Array;
	/** For each word that a name ends in: the index of the name. */
	readonly indexes: Uint8Array;
	/** For each word, by half its offset: where to look instead, 0 when nowhere. */
	readonly elsewhere: DataView;
	/** For the five lowest bits of a first octet, doubled: where such names begin, 0 without any. */
	readonly first: DataView;

	/**
	 * `set`: names in lower case. `spellings`: how some of them are usually written; the others have capitals at their
	 * beginnings and behind hyphens. `terminator`: the octet that follows a name.
	 */
	constructor(set: NameSet, spellings: readonly string[], terminator: number) {
		const wordCount = set.octets.length / WORD_LENGTH;
		const usual = new Uint8Array(set.octets.length);
		const lower = new Uint8Array(set.octets.length);
		this.usual = wordsOf(usual);
		this.lower = wordsOf(lower);
		this.shifts = new Uint8Array(wordCount);
		this.ends = new Uint8Array(wordCount);
		this.indexes = new Uint8Array(wordCount);
		this.elsewhere = new DataView(new ArrayBuffer(wordCount * 2));
		this.first = new DataView(new ArrayBuffer(64));
		const { names } = set;
		for (let index = names.length - 1; index >= 0; index -= 1) {
			const name = names[index] as string;
			const start = set.starts[index] as number;
			const end = start + name.length;
			lower.set(ascii(name), start);
			usual.set(ascii(spellings.find((spelling) => spelling.toLowerCase() === name) ?? capitalized(name)), start);
			const last = end >> 2;
			const taken = (name.length & 3) + 1;
			this.shifts[last] = taken === WORD_LENGTH ? END_FOURTH : 32 - taken * 8;
			// Where nothing would be left to shift out, the terminator is left for a second look.
			lower[end] = taken === WORD_LENGTH ? 0xff : terminator;
			usual[end] = lower[end] as number;
			this.ends[last] = taken;
			this.indexes[last] = index;
			for (let at = 0; at <= name.length; at += WORD_LENGTH) {
				const other = nextByWord(names, index, at);
				if (other < names.length) {
					this.elsewhere.setUint16((start + at) >> 1, (set.starts[other] as number) + at, true);
				}
			}
			// Names come from the last to the first, so the first of those with the same bits stays.
			this.first.setUint16(lowBits(name) << 1, start, true);
		}
		this.joinFirst(set);
		Object.freeze(this);
	}

	/** Names whose first octets differ only above the five bits follow one another. */
	private joinFirst({ names, starts }: NameSet): void {
		for (let index = 0; index < names.length; index += 1) {
			const start = (starts[index] as number) >> 1;
			if (this.elsewhere.getUint16(start, true) !== 0) continue;
			const bits = lowBits(names[index] as string);
			const other = names.findIndex((name, at) => at > index && lowBits(name) === bits);
			if (other >= 0) this.elsewhere.setUint16(start, starts[other] as number, true);
		}
	}
}

function lowBits(name: string): number {
	return name.charCodeAt(0) & 0x1f;
}

function capitalized(name: string): string {
	return name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

/** The first name behind `index` that has the same words before offset `at`, and another there; their count when there is none. */
function nextByWord(names: readonly string[], index: number, at: number): number {
	const part = (name: string) => `${name}\0`.slice(at, at + WORD_LENGTH);
	const name = names[index] as string;
	const before = name.slice(0, at);
	for (let other = index + 1; other < names.length; other += 1) {
		const candidate = names[other] as string;
		if (candidate.slice(0, at) !== before) break;
		if (part(candidate) !== part(name)) return other;
	}
	return names.length;
}
