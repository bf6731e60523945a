// The content of a request (RFC 9110 §6.4), by length or in chunks (RFC 9112 §6.2, §7.1), in the receive buffer. For the
// connection. A layer of the receive buffer: one object for the sake of memory.
//
// What can be read stands from the buffer's `consumed` to `scanned`. The chunked framing around it is taken out octet by
// octet as it arrives; a chunk is handed on as it comes, however large it says it is.

import { CR, HTAB, LF, SEMICOLON, SP } from "../octets/ascii.js";
import { HEX_DIGIT } from "../octets/classes.js";
import { EXTENSION_BROKEN, EXTENSION_START, stepExtension } from "./chunk-extension.js";
import { CONTENT_BY_LENGTH, CONTENT_CHUNKED } from "./framing.js";
import { ReceiveBuffer } from "./receive-buffer.js";
import { refuse, VALID, Violation } from "./violation.js";

// What `advance` returns, or a refusal (violation.ts).
export const CONTENT_WAITING = 0; // more has to arrive
export const CONTENT_AVAILABLE = 1;
export const CONTENT_TRAILERS = 2; // the last chunk is over, the trailer section begins
export const CONTENT_COMPLETE = 3;

// Where the reader stands.
const NOTHING = 0; // there is no content
const BY_LENGTH = 1;
// In chunked content.
const DATA = 2;
const DATA_CR = 3;
const DATA_LF = 4;
const SIZE_LF = 5;
const EXTENSION = 6; // and so many more as the scan of extensions says
const SIZE = 32; // and so many more as the size has digits

/** chunk-size is bounded by what an XS integer holds: 2^31 − 1. This is the largest that takes another digit. */
const SIZE_EXTENSIBLE_MAX = 0x7ffffff;

/** The most digits of a chunk-size, zeros in front included: a line of them would never end. */
const SIZE_DIGITS_MAX = 256;

export class ContentReader extends ReceiveBuffer {
	/** How many octets of content have been made available so far. */
	receivedLength = 0;

	/** How many octets have not arrived yet, as far as has been announced: for chunked content, of this chunk. */
	remaining = 0;

	private place = NOTHING;
	private lengthMax = 0;
	/** How long the extensions of all chunks to come may be. */
	private extensionRoom = 0;

	/**
	 * Before the content of the next request. `length`: the Content-Length, for that framing; `extensionLengthMax`: how long all
	 * chunk extensions together may be, for the other.
	 */
	beginContent(framing: number, length: number, extensionLengthMax: number): void {
		this.receivedLength = 0;
		this.place = framing === CONTENT_CHUNKED ? SIZE : framing === CONTENT_BY_LENGTH ? BY_LENGTH : NOTHING;
		this.remaining = framing === CONTENT_BY_LENGTH ? length : 0;
		this.lengthMax = Number.POSITIVE_INFINITY;
		this.extensionRoom = extensionLengthMax;
	}

	/** Bounds the content, before any of it is read. False when its announced length is over the bound. */
	limitContent(lengthMax: number): boolean {
		this.lengthMax = lengthMax;
		return this.remaining <= lengthMax;
	}

	/** Whether there is content, or chunks that may hold some. */
	get expectsContent(): boolean {
		return this.place !== NOTHING;
	}

	get isChunked(): boolean {
		return this.place >= DATA;
	}

	/** How many octets can be read now. */
	get available(): number {
		return this.scanned - this.consumed;
	}

	/** Looks at what was received. Call it again once everything available is consumed. */
	advance(): number {
		if (this.scanned > this.consumed) {
			this.claim();
			return CONTENT_AVAILABLE;
		}
		if (this.place >= DATA) return this.advanceChunked();
		if (this.remaining === 0) return CONTENT_COMPLETE;
		return this.claim() ? CONTENT_AVAILABLE : CONTENT_WAITING;
	}

	/** Makes what was received of the announced octets available; false when there is nothing. */
	private claim(): boolean {
		const received = this.received - this.scanned;
		const count = received < this.remaining ? received : this.remaining;
		if (count === 0) return this.scanned > this.consumed;
		this.scanned += count;
		this.remaining -= count;
		this.receivedLength += count;
		return true;
	}

	/** How many octets of content, and nothing else, come next. */
	get ahead(): number {
		// While the size of a chunk is being read, what there is of it says nothing yet.
		return this.place <= DATA ? this.remaining : 0;
	}

	/** Octets that were ahead were never in the buffer: a handler was given `count` of them where they arrived. */
	passed(count: number): void {
		this.remaining -= count;
		this.receivedLength += count;
	}

	private advanceChunked(): number {
		const octets = this.octets;
		let index = this.scanned;
		while (index < this.received) {
			if (this.place === DATA) {
				if (this.remaining > 0) return this.claim() ? CONTENT_AVAILABLE : CONTENT_WAITING;
				this.place = DATA_CR;
			}
			const violation = this.take(octets[index] as number);
			if (violation !== VALID) return refuse(violation);
			index += 1;
			this.scanned = index;
			this.consumed = index;
			if (this.place === DATA && this.remaining === 0) {
				// As behind the last octet of content by length: there was some, and what it was is known until the next request's.
				this.place = BY_LENGTH;
				return CONTENT_TRAILERS;
			}
		}
		return CONTENT_WAITING;
	}

	/** Takes one octet of the framing; returns a violation or VALID. */
	private take(octet: number): number {
		const { place } = this;
		if (place >= SIZE) return this.takeSize(octet);
		switch (place) {
			case DATA_CR:
				if (octet !== CR) return Violation.chunkDataUnterminated;
				this.place = DATA_LF;
				return VALID;
			case DATA_LF:
				if (octet !== LF) return Violation.chunkDataUnterminated;
				this.place = SIZE;
				return VALID;
			case SIZE_LF:
				if (octet !== LF) return Violation.lineEndMalformed;
				this.place = DATA;
				// What came before this chunk has all been made available.
				return this.receivedLength + this.remaining > this.lengthMax ? Violation.contentTooLarge : VALID;
			default:
				return this.takeExtension(place - EXTENSION, octet);
		}
	}

	private takeSize(octet: number): number {
		const digit = HEX_DIGIT[octet] as number;
		if (digit !== 0) {
			if (this.remaining > SIZE_EXTENSIBLE_MAX || this.place === SIZE + SIZE_DIGITS_MAX)
				return Violation.chunkSizeOverflow;
			this.remaining = (this.remaining << 4) | (digit - 1);
			this.place += 1;
			return VALID;
		}
		if (octet === LF) return Violation.lineEndMalformed;
		if (this.place === SIZE) return Violation.chunkSizeMalformed;
		if (octet === CR) {
			this.place = SIZE_LF;
			return VALID;
		}
		if (octet !== SEMICOLON && octet !== SP && octet !== HTAB) return Violation.chunkSizeMalformed;
		return this.takeExtension(EXTENSION_START, octet);
	}

	private takeExtension(state: number, octet: number): number {
		if (octet === LF) return Violation.lineEndMalformed;
		const next = stepExtension(state, octet);
		if (next === EXTENSION_BROKEN) return Violation.chunkExtensionMalformed;
		if (octet === CR) {
			this.place = SIZE_LF;
			return VALID;
		}
		this.place = EXTENSION + next;
		this.extensionRoom -= 1;
		return this.extensionRoom < 0 ? Violation.chunkExtensionTooLong : VALID;
	}
}
