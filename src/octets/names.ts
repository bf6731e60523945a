// A sorted set of names, matched while the octets of a name go by: no octet is looked at twice and nothing is hashed.
// For methods, field names, and the keywords in list-based fields.
//
// The cursor is one integer, the candidate: the first name that still agrees with all octets seen. When an octet
// disagrees, the next name is tried as long as it shares everything seen so far (`#shared`); names are stored with a
// terminator of 0, which no token holds, so that a name which ends too early disagrees like any other.

import { ascii } from "./text.js";

export const NO_CANDIDATE = -1;

export class NameSet {
	/** The names in their sorted order. */
	readonly names: readonly string[];
	readonly #rows: readonly Uint8Array[];
	readonly #shared: Uint8Array;
	readonly #first: Uint8Array;

	/** `names`: ASCII tokens of 1 to 255 octets, without repetition, at most 254 of them. Throws RangeError if not. */
	constructor(names: readonly string[]) {
		const sorted = [...names].sort(byOctets);
		if (sorted.length > 254) throw new RangeError("a set holds at most 254 names");
		this.names = Object.freeze(sorted);
		this.#rows = Object.freeze(sorted.map((name) => ascii(`${name}\0`)));
		this.#shared = new Uint8Array(sorted.length + 1);
		this.#first = new Uint8Array(128);
		sorted.forEach((name, index) => {
			if (name.length === 0 || name.length > 255) throw new RangeError(`"${name}" must have 1 to 255 octets`);
			if (index > 0) this.#shared[index] = sharedLength(sorted[index - 1] as string, name);
			const first = name.charCodeAt(0);
			if (this.#first[first] === 0) this.#first[first] = index + 1;
		});
		Object.freeze(this);
	}

	/** The candidate after a first octet, or NO_CANDIDATE. */
	begin(octet: number): number {
		return octet < 0x80 ? (this.#first[octet] as number) - 1 : NO_CANDIDATE;
	}

	/** The candidate after the octet at `position` (1 and up) of a name whose earlier octets led to `candidate`. */
	step(candidate: number, position: number, octet: number): number {
		let next = candidate;
		while ((this.#rows[next] as Uint8Array)[position] !== octet) {
			next += 1;
			// Behind the last name stands a 0, which is less than any position asked about.
			if ((this.#shared[next] as number) < position) return NO_CANDIDATE;
		}
		return next;
	}

	/** The octets of a candidate, with a 0 behind them. */
	octetsOf(candidate: number): Uint8Array {
		return this.#rows[candidate] as Uint8Array;
	}

	/** The index in `names` when a name of `length` octets that led to `candidate` is a member, else NO_CANDIDATE. */
	end(candidate: number, length: number): number {
		return candidate !== NO_CANDIDATE && (this.#rows[candidate] as Uint8Array)[length] === 0 ? candidate : NO_CANDIDATE;
	}

	/** The index of `name`, or NO_CANDIDATE. Outside the request path. */
	indexOf(name: string): number {
		return this.names.indexOf(name);
	}
}

function byOctets(left: string, right: string): number {
	return left < right ? -1 : left > right ? 1 : 0;
}

function sharedLength(left: string, right: string): number {
	let length = 0;
	while (length < left.length && left.charCodeAt(length) === right.charCodeAt(length)) length += 1;
	return length;
}
