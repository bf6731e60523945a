// The octets a connection has received and not yet handed on: one stretch of memory and four cursors.
//
//     0 ≤ consumed ≤ scanned ≤ received ≤ limit
//
// `consumed`: nothing before it will be asked for again, but what is kept of the head, which stands before it.
// `scanned`: the readers have looked at everything before it. `received`: the transport has filled everything before it.
//
// While the buffer is empty, octets arrive at `base`. In front of it there is room for the last head
// (src/message/field-memo.ts), until a larger head or content needs that room.

import { type WordReader, wordsOf } from "../octets/words.js";

export class ReceiveBuffer {
	readonly octets: Uint8Array;
	/** The same memory, four octets at a time (src/octets/words.ts). */
	readonly words: WordReader;
	/** The same memory, eight octets at a time. Where nothing can be remembered, nothing is compared, and there is no such field. */
	declare readonly doubles: Float64Array;
	/** Where octets arrive while the buffer is empty: a multiple of eight. */
	readonly base: number;
	/** The offset behind the buffer. */
	readonly limit: number;
	/** Which connection of the server it belongs to, from 0 on. */
	readonly index: number;
	consumed: number;
	scanned: number;
	received: number;

	constructor(octets: Uint8Array, base: number, length: number, index: number, words: WordReader = wordsOf(octets)) {
		this.octets = octets;
		this.words = words;
		if (base > 0) this.doubles = new Float64Array(words.buffer, words.byteOffset, octets.length >> 3);
		this.base = base;
		this.limit = base + length;
		this.index = index;
		this.consumed = base;
		this.scanned = base;
		this.received = base;
	}

	clear(): void {
		this.consumed = this.base;
		this.scanned = this.base;
		this.received = this.base;
	}

	/** How many more octets the transport may put at `received`. */
	get room(): number {
		return this.limit - this.received;
	}

	/**
	 * How many octets are there, what is kept of the head included; for logs and tests. What is in front of `base` belongs to
	 * them once they begin there.
	 */
	get held(): number {
		return this.consumed < this.base ? this.received : this.received - this.base;
	}

	// What is remembered is compared eight octets at a time, as numbers. One that is none (NaN) equals nothing: then octets that
	// are the same pass for others. No text makes a zero, which has two spellings.

	/** Up to where, at most to `stop`, what stands from `from` on is the same as what stands `ahead` octets behind it. */
	agreement(from: number, ahead: number, stop: number): number {
		const words = this.words;
		const doubles = this.doubles;
		let at = from;
		// Octets in front of the first multiple of eight are compared together with those behind it.
		if (at & 7) {
			if (at + 8 > stop || words.getFloat64(at, true) !== words.getFloat64(at + ahead, true)) return at;
			at = (at + 8) & ~7;
		}
		let unit = at >> 3;
		let last = stop - 64;
		at += ahead;
		last += ahead;
		while (at <= last) {
			if (doubles[unit] !== words.getFloat64(at, true)) return unit << 3;
			if (doubles[unit + 1] !== words.getFloat64(at + 8, true)) return (unit + 1) << 3;
			if (doubles[unit + 2] !== words.getFloat64(at + 16, true)) return (unit + 2) << 3;
			if (doubles[unit + 3] !== words.getFloat64(at + 24, true)) return (unit + 3) << 3;
			if (doubles[unit + 4] !== words.getFloat64(at + 32, true)) return (unit + 4) << 3;
			if (doubles[unit + 5] !== words.getFloat64(at + 40, true)) return (unit + 5) << 3;
			if (doubles[unit + 6] !== words.getFloat64(at + 48, true)) return (unit + 6) << 3;
			if (doubles[unit + 7] !== words.getFloat64(at + 56, true)) return (unit + 7) << 3;
			unit += 8;
			at += 64;
		}
		last += 56;
		while (at <= last) {
			if (doubles[unit] !== words.getFloat64(at, true)) return unit << 3;
			unit += 1;
			at += 8;
		}
		// Fewer than eight octets are left: with some of those before them they are eight again.
		if (unit << 3 >= stop || stop - 8 < from) return unit << 3;
		return words.getFloat64(stop - 8, true) === words.getFloat64(stop - 8 + ahead, true) ? stop : unit << 3;
	}

	/** The same from 0 on, of what stands at `base`; `stop` is eight at least. */
	agreementAtBase(stop: number): number {
		const doubles = this.doubles;
		const units = stop >> 3;
		const last = units - 8;
		let unit = 0;
		let other = this.base >> 3;
		while (unit <= last) {
			if (doubles[unit] !== doubles[other]) return unit << 3;
			if (doubles[unit + 1] !== doubles[other + 1]) return (unit + 1) << 3;
			if (doubles[unit + 2] !== doubles[other + 2]) return (unit + 2) << 3;
			if (doubles[unit + 3] !== doubles[other + 3]) return (unit + 3) << 3;
			if (doubles[unit + 4] !== doubles[other + 4]) return (unit + 4) << 3;
			if (doubles[unit + 5] !== doubles[other + 5]) return (unit + 5) << 3;
			if (doubles[unit + 6] !== doubles[other + 6]) return (unit + 6) << 3;
			if (doubles[unit + 7] !== doubles[other + 7]) return (unit + 7) << 3;
			unit += 8;
			other += 8;
		}
		while (unit < units) {
			if (doubles[unit] !== doubles[other]) return unit << 3;
			unit += 1;
			other += 1;
		}
		if ((stop & 7) === 0) return stop;
		const isSame = this.words.getFloat64(stop - 8, true) === this.words.getFloat64(this.base + stop - 8, true);
		return isSame ? stop : unit << 3;
	}

	/** Moves the octets from `start` on to `target`, before them, with the cursors. */
	moveDown(start: number, target: number): void {
		const distance = start - target;
		if (distance === 0) return;
		this.octets.copyWithin(target, start, this.received);
		this.consumed = this.consumed < start ? target : this.consumed - distance;
		this.scanned = this.scanned < start ? target : this.scanned - distance;
		this.received -= distance;
	}
}
