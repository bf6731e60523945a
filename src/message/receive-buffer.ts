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

const NO_DOUBLES = new Float64Array(0);

export class ReceiveBuffer {
	readonly octets: Uint8Array;
	/** The same memory, four octets at a time (src/octets/words.ts). */
	readonly words: WordReader;
	/** The same memory, eight octets at a time. */
	readonly doubles: Float64Array;
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
		// Where nothing can be remembered, nothing is compared.
		this.doubles = base === 0 ? NO_DOUBLES : new Float64Array(words.buffer, words.byteOffset, octets.length >> 3);
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
