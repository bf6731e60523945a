// What a connection is about to send: the octets of one fixed stretch of the server's memory, and behind them up to three
// pieces that are sent from where they are: a prebuilt head, its end, and content.
//
//     base ≤ start ≤ end ≤ limit
//
// Octets from `start` to `end` wait for the transport, and then the pieces. Nothing is put into the stretch while a piece
// waits.

import { copyOctets } from "../octets/copy.js";

export class SendBuffer {
	readonly octets: Uint8Array;
	readonly base: number;
	readonly limit: number;
	start: number;
	end: number;
	/** The next piece, or null. */
	piece: Uint8Array | null = null;
	/** How much of it is sent. */
	pieceStart = 0;
	#head: Uint8Array | null = null;
	#headEnd: Uint8Array | null = null;
	#content: Uint8Array | null = null;

	constructor(octets: Uint8Array, base: number, length: number) {
		this.octets = octets;
		this.base = base;
		this.limit = base + length;
		this.start = base;
		this.end = base;
	}

	/** Forgets everything that waits. */
	clear(): void {
		this.rewind();
		this.piece = null;
		this.#head = null;
		this.#headEnd = null;
		this.#content = null;
	}

	/** What comes next is put at the beginning of the stretch, which is empty. */
	rewind(): void {
		this.start = this.base;
		this.end = this.base;
	}

	/** Whether nothing waits. */
	get isEmpty(): boolean {
		return this.start === this.end && this.piece === null;
	}

	/** How many octets wait in the stretch. */
	get buffered(): number {
		return this.end - this.start;
	}

	/** Sends content from where it is, behind what stands in the stretch. It must not change until it is sent. */
	attach(content: Uint8Array): void {
		this.#content = content;
		this.piece = content;
		this.pieceStart = 0;
	}

	/** Sends a head, its end and content from where they are. `headEnd` may change once `hold` was called. */
	attachMessage(head: Uint8Array, headEnd: Uint8Array, content: Uint8Array | null): void {
		this.#head = head;
		this.#headEnd = headEnd;
		this.#content = content;
		this.piece = head;
		this.pieceStart = 0;
	}

	/** `count` octets of the piece are sent. */
	pieceSent(count: number): void {
		this.pieceStart += count;
		if (this.pieceStart < (this.piece as Uint8Array).length) return;
		this.pieceStart = 0;
		if (this.#head !== null) {
			this.#head = null;
			this.piece = this.#headEnd;
		} else if (this.#headEnd !== null) {
			this.#headEnd = null;
			this.piece = this.#content;
		} else {
			this.#content = null;
			this.piece = null;
		}
	}

	/** Puts what is left of an attached head into the stretch, which has the room for it. */
	hold(): void {
		if (this.#headEnd === null) return;
		if (this.#head !== null) {
			this.append(this.#head);
			this.#head = null;
		}
		this.append(this.#headEnd);
		this.#headEnd = null;
		this.piece = this.#content;
	}

	/** Puts what is left of the piece into the stretch. */
	private append(piece: Uint8Array): void {
		copyOctets(piece, this.pieceStart, piece.length, this.octets, this.end);
		this.end += piece.length - this.pieceStart;
		this.pieceStart = 0;
	}
}
