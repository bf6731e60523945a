// A sorted set of names, matched while the octets of a name go by: no octet is looked at twice and nothing is hashed.
// For methods, field names, and the keywords in list-based fields.
//
// All names stand one behind the other in one table, each with a terminator of 0, which no token holds, and its index.
// The cursor is one integer: where in the table the next octet of the name is expected. When another octet comes, the
// search goes on in the next name that shares everything seen so far and differs here (`elsewhere`). Names begin at
// multiples of four, so that they can be matched by words as well (src/octets/name-words.ts).

import { ascii } from "./text.js";
import { WORD_LENGTH } from "./words.js";

/** The cursor when no name agrees any more. No octet of a name is expected there. */
export const NO_NAME = 0;
/** In place of the index of a name that is no member. */
export const NO_CANDIDATE = -1;

export class NameSet {
	/** The names in their sorted order. */
	readonly names: readonly string[];
	/** The table: for loops that step by themselves as long as `octets[cursor]` is the octet that comes. */
	readonly octets: Uint8Array;
	/** For each offset of `octets`, two octets: where to look instead, 0 when nowhere. */
	readonly elsewhere: Uint8Array;
	/** For each first octet, two octets: where its names begin, 0 without any. */
	readonly first: Uint8Array;
	/** By index in `names`: where in the table each begins. */
	readonly starts: readonly number[];

	/** `names`: ASCII tokens of 1 to 255 octets, without repetition, at most 254 of them. Throws RangeError if not. */
	constructor(names: readonly string[]) {
		const sorted = [...names].sort(byOctets);
		if (sorted.length > 254) throw new RangeError("a set holds at most 254 names");
		this.names = Object.freeze(sorted);
		// Offset 0 stands for "nowhere", so the first name begins behind it.
		const starts: number[] = [];
		let length = WORD_LENGTH;
		for (const name of sorted) {
			if (name.length === 0 || name.length > 255) throw new RangeError(`"${name}" must have 1 to 255 octets`);
			starts.push(length);
			length += (name.length + 2 + WORD_LENGTH - 1) & -WORD_LENGTH;
		}
		if (length > 0xffff) throw new RangeError("the names of a set are 65,535 octets at most, up to five more for each");
		this.starts = Object.freeze(starts);
		this.octets = new Uint8Array(length);
		this.elsewhere = new Uint8Array(length * 2);
		this.first = new Uint8Array(256);
		sorted.forEach((name, index) => {
			const start = starts[index] as number;
			this.octets.set(ascii(name), start);
			this.octets[start + name.length + 1] = index;
			for (let position = 0; position <= name.length; position += 1) {
				const other = nextThatDiffers(sorted, index, position);
				if (other < sorted.length) put(this.elsewhere, start + position, (starts[other] as number) + position);
			}
			const first = name.charCodeAt(0);
			if (get(this.first, first) === 0) put(this.first, first, start);
		});
		Object.freeze(this);
	}

	/** The cursor behind a first octet, or NO_NAME. */
	begin(octet: number): number {
		const start = octet < 0x80 ? get(this.first, octet) : 0;
		return start === 0 ? NO_NAME : start + 1;
	}

	/** The cursor behind `octet`, which is not 0, or NO_NAME. */
	step(cursor: number, octet: number): number {
		return this.octets[cursor] === octet ? cursor + 1 : this.divert(cursor, octet);
	}

	/** The cursor behind `octet`, which is not the one expected at `cursor`, or NO_NAME. */
	divert(cursor: number, octet: number): number {
		let at = cursor;
		while (at !== NO_NAME) {
			at = get(this.elsewhere, at);
			if (this.octets[at] === octet) return at + 1;
		}
		return NO_NAME;
	}

	/** The index in `names` when a name that led to `cursor` ends there and is a member, else NO_CANDIDATE. */
	end(cursor: number): number {
		// The shortest of names with one beginning is sorted first, so the cursor stands at its end if it is one.
		const isEnd = cursor !== NO_NAME && this.octets[cursor] === 0;
		return isEnd ? (this.octets[cursor + 1] as number) : NO_CANDIDATE;
	}

	/** The index of `name`, or NO_CANDIDATE. Outside the request path. */
	indexOf(name: string): number {
		return this.names.indexOf(name);
	}
}

function byOctets(left: string, right: string): number {
	return left < right ? -1 : left > right ? 1 : 0;
}

/** The first name behind `index` that has the same `position` octets and then another; their count when there is none. */
function nextThatDiffers(sorted: readonly string[], index: number, position: number): number {
	const name = sorted[index] as string;
	const shared = name.slice(0, position);
	let other = index + 1;
	while (other < sorted.length && (sorted[other] as string).startsWith(shared)) {
		if ((sorted[other] as string).charCodeAt(position) !== name.charCodeAt(position)) return other;
		other += 1;
	}
	return sorted.length;
}

function get(table: Uint8Array, index: number): number {
	return ((table[index * 2] as number) << 8) | (table[index * 2 + 1] as number);
}

function put(table: Uint8Array, index: number, value: number): void {
	table[index * 2] = value >> 8;
	table[index * 2 + 1] = value & 0xff;
}
