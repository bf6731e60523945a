// The content of a request (RFC 9110 §6.4), by length or in chunks (RFC 9112 §6.2, §7.1), in the receive buffer. For the
// connection.
//
// What can be read stands from the buffer's `consumed` to `scanned`. The chunked framing around it is taken out octet by
// octet as it arrives; a chunk is handed on as it comes, however large it says it is.

import { CR, HTAB, LF, SEMICOLON, SP } from "../octets/ascii.js";
import { HEX_DIGIT } from "../octets/classes.js";
import { ChunkExtensionScanner } from "./chunk-extension.js";
import { CONTENT_BY_LENGTH, CONTENT_CHUNKED, CONTENT_NONE } from "./framing.js";
import type { ReceiveBuffer } from "./receive-buffer.js";
import { VALID, Violation } from "./violation.js";

// What `advance` returns.
export const CONTENT_WAITING = 0; // more has to arrive
export const CONTENT_AVAILABLE = 1;
export const CONTENT_TRAILERS = 2; // the last chunk is over, the trailer section begins
export const CONTENT_COMPLETE = 3;
export const CONTENT_REFUSED = 4;

// Where the reader stands in chunked content, in the order of the octets.
const SIZE_FIRST = 0;
const SIZE = 1;
const EXTENSION = 2;
const SIZE_LF = 3;
const DATA = 4;
const DATA_CR = 5;
const DATA_LF = 6;

/** chunk-size is bounded by what an XS integer holds: 2^31 − 1. This is the largest that takes another digit. */
const SIZE_EXTENSIBLE_MAX = 0x7ffffff;

/** The most digits of a chunk-size, zeros in front included: a line of them would never end. */
const SIZE_DIGITS_MAX = 256;

export class Content {
	/** The first rule that was broken. */
	violation = VALID;
	/** How many octets of content have been made available so far. */
	receivedLength = 0;

	readonly #buffer: ReceiveBuffer;
	readonly #extensionLengthMax: number;
	readonly #extension = new ChunkExtensionScanner();
	#framing = CONTENT_NONE;
	#remaining = 0;
	#lengthMax = 0;
	#chunked = SIZE_FIRST;
	#declared = 0;
	#extensionLength = 0;
	#sizeDigits = 0;

	constructor(buffer: ReceiveBuffer, extensionLengthMax: number) {
		this.#buffer = buffer;
		this.#extensionLengthMax = extensionLengthMax;
	}

	/** Before the content of the next request. `length`: the Content-Length, for that framing. */
	begin(framing: number, length: number): void {
		this.violation = VALID;
		this.receivedLength = 0;
		this.#framing = framing;
		this.#remaining = framing === CONTENT_BY_LENGTH ? length : 0;
		this.#lengthMax = Number.POSITIVE_INFINITY;
		this.#chunked = SIZE_FIRST;
		this.#declared = 0;
		this.#extensionLength = 0;
	}

	/** Bounds the content, before any of it is read. False when its announced length is over the bound. */
	limit(lengthMax: number): boolean {
		this.#lengthMax = lengthMax;
		return this.#remaining <= lengthMax;
	}

	/** Whether there is content, or chunks that may hold some. */
	get isExpected(): boolean {
		return this.#framing !== CONTENT_NONE;
	}

	get isChunked(): boolean {
		return this.#framing === CONTENT_CHUNKED;
	}

	/** How many octets can be read now. */
	get available(): number {
		return this.#buffer.scanned - this.#buffer.consumed;
	}

	/** How many octets have not arrived yet, as far as has been announced: for chunked content, of this chunk. */
	get remaining(): number {
		return this.#remaining;
	}

	/** Looks at what was received. Call it again once everything available is consumed. */
	advance(): number {
		const buffer = this.#buffer;
		if (buffer.scanned > buffer.consumed) {
			this.claim();
			return CONTENT_AVAILABLE;
		}
		if (this.#framing === CONTENT_CHUNKED) return this.advanceChunked();
		if (this.#remaining === 0) return CONTENT_COMPLETE;
		return this.claim() ? CONTENT_AVAILABLE : CONTENT_WAITING;
	}

	/** Makes what was received of the announced octets available; false when there is nothing. */
	private claim(): boolean {
		const buffer = this.#buffer;
		const received = buffer.received - buffer.scanned;
		const count = received < this.#remaining ? received : this.#remaining;
		if (count === 0) return buffer.scanned > buffer.consumed;
		buffer.scanned += count;
		this.#remaining -= count;
		this.receivedLength += count;
		return true;
	}

	private advanceChunked(): number {
		const buffer = this.#buffer;
		const octets = buffer.octets;
		let index = buffer.scanned;
		while (index < buffer.received) {
			if (this.#chunked === DATA) {
				if (this.#remaining > 0) return this.claim() ? CONTENT_AVAILABLE : CONTENT_WAITING;
				this.#chunked = DATA_CR;
			}
			const violation = this.take(octets[index] as number);
			if (violation !== VALID) {
				this.violation = violation;
				return CONTENT_REFUSED;
			}
			index += 1;
			buffer.scanned = index;
			buffer.consumed = index;
			if (this.#chunked === DATA && this.#remaining === 0) {
				this.#framing = CONTENT_NONE;
				return CONTENT_TRAILERS;
			}
		}
		return CONTENT_WAITING;
	}

	/** Takes one octet of the framing; returns a violation or `none`. */
	private take(octet: number): number {
		switch (this.#chunked) {
			case SIZE_FIRST:
			case SIZE:
				return this.takeSize(octet);
			case EXTENSION:
				return this.takeExtension(octet);
			case SIZE_LF:
				if (octet !== LF) return Violation.lineEndMalformed;
				this.#chunked = DATA;
				return this.endSize();
			case DATA_CR:
				if (octet !== CR) return Violation.chunkDataUnterminated;
				this.#chunked = DATA_LF;
				return VALID;
			default: // DATA_LF
				if (octet !== LF) return Violation.chunkDataUnterminated;
				this.#chunked = SIZE_FIRST;
				return VALID;
		}
	}

	private takeSize(octet: number): number {
		const digit = HEX_DIGIT[octet] as number;
		if (digit !== 0) {
			this.#sizeDigits = this.#chunked === SIZE_FIRST ? 1 : this.#sizeDigits + 1;
			if (this.#remaining > SIZE_EXTENSIBLE_MAX || this.#sizeDigits > SIZE_DIGITS_MAX)
				return Violation.chunkSizeOverflow;
			this.#remaining = (this.#remaining << 4) | (digit - 1);
			this.#chunked = SIZE;
			return VALID;
		}
		if (octet === LF) return Violation.lineEndMalformed;
		if (this.#chunked === SIZE_FIRST) return Violation.chunkSizeMalformed;
		if (octet === CR) {
			this.#chunked = SIZE_LF;
			return VALID;
		}
		if (octet !== SEMICOLON && octet !== SP && octet !== HTAB) return Violation.chunkSizeMalformed;
		this.#chunked = EXTENSION;
		this.#extension.begin();
		return this.takeExtension(octet);
	}

	private takeExtension(octet: number): number {
		if (octet === LF) return Violation.lineEndMalformed;
		if (!this.#extension.take(octet)) return Violation.chunkExtensionMalformed;
		if (octet === CR) {
			this.#chunked = SIZE_LF;
			return VALID;
		}
		this.#extensionLength += 1;
		return this.#extensionLength > this.#extensionLengthMax ? Violation.chunkExtensionTooLong : VALID;
	}

	private endSize(): number {
		this.#declared += this.#remaining;
		return this.#declared > this.#lengthMax ? Violation.contentTooLarge : VALID;
	}
}
