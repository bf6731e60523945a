// The octets a connection has received and not yet handed on: one fixed stretch of the server's memory and four cursors.
//
//     base ≤ consumed ≤ scanned ≤ received ≤ limit
//
// `consumed`: nothing before it will be asked for again, but what is kept of the head, which stands at `base`.
// `scanned`: the readers have looked at everything before it. `received`: the transport has filled everything before it.

import { type WordReader, wordsOf } from "../octets/words.js";

export class ReceiveBuffer {
	readonly octets: Uint8Array;
	/** The same memory, four octets at a time (src/octets/words.ts). */
	readonly words: WordReader;
	/** The first offset of the stretch. */
	readonly base: number;
	/** The offset behind the stretch. */
	readonly limit: number;
	consumed: number;
	scanned: number;
	received: number;

	constructor(octets: Uint8Array, base: number, length: number, words: WordReader = wordsOf(octets)) {
		this.octets = octets;
		this.words = words;
		this.base = base;
		this.limit = base + length;
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
