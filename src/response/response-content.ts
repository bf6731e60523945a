// Writes the content of a response in the framing that its head has chosen (RFC 9112 §6, §7). For the response writer. A layer of
// the response's head: one object for the sake of memory.
//
// Content comes in one of three ways: in pieces that fit the room; as octets that are sent from where they are, whole or piece
// by piece; or as a string of which what fits goes into the buffer with the head, and the rest as the transport empties it.
// Small pieces are gathered in the buffer; large ones are passed on at once, if the transport takes them.

import { copyOctets } from "../octets/copy.js";
import { writeHexadecimal } from "../octets/decimal.js";
import { ascii, encodeUtf8, utf8Length } from "../octets/text.js";
import {
	BY_CLOSE,
	BY_LENGTH,
	CHUNKED,
	CRLF_LENGTH,
	RESPONSE_COMPLETE,
	RESPONSE_CONTENT,
	ResponseHead,
	SILENT,
} from "./response-head.js";

const LAST_CHUNK = ascii("0\r\n\r\n");

/** Four hexadecimal digits hold the size of any chunk that fits a send buffer of at most 65,535 octets. */
const CHUNK_SIZE_DIGITS = 4;
const CHUNK_HEADER_LENGTH = CHUNK_SIZE_DIGITS + 2;
/** Beside its content, what a chunk of its own takes that is passed on: the end of the chunk before it, too. */
const PASSED_CHUNK_LENGTH = CRLF_LENGTH + CHUNK_HEADER_LENGTH + CRLF_LENGTH + LAST_CHUNK.length;
/** The longest piece: the digits of a chunk's size hold it. */
const PASSED_LENGTH_MAX = 0xffff;
/** A piece that is shorter is gathered with others, as long as there is room for it. */
const PASSED_LENGTH_MIN = 256;

export class ResponseContent extends ResponseHead {
	/** Where the open chunk's header stands, or −1. */
	private chunkStart = -1;
	/** Content that was given as a string and is still being drawn: in place of a piece, whose start its first unit is that was not. */
	protected text: string | null = null;

	override clear(): void {
		super.clear();
		this.chunkStart = -1;
		this.text = null;
	}

	/** How many octets of content go to the client, as far as they have been accepted. */
	get sentLength(): number {
		return this.framing >= SILENT ? 0 : this.contentLength;
	}

	/** How many octets of content the client has taken, at the least: what else still waits counts as content, too. */
	get takenLength(): number {
		if (this.framing >= SILENT) return 0;
		let waiting = this.end - this.start;
		if (this.piece !== null) waiting += this.pieceEnd - this.pieceStart;
		// A code unit that was drawn is an octet or more.
		const taken = (this.text === null ? this.contentLength : this.pieceStart) - waiting;
		return taken > 0 ? taken : 0;
	}

	/** Whether only the end of the connection ends the content. */
	get isCloseDelimited(): boolean {
		return this.framing === BY_CLOSE;
	}

	/** How many octets of content can be written now. */
	get room(): number {
		if (this.state !== RESPONSE_CONTENT || this.text !== null) return 0;
		const gatheringRoom = this.gatheringRoom;
		const passingRoom = this.passingRoom;
		const room = gatheringRoom > passingRoom ? gatheringRoom : passingRoom;
		return room > 0 ? room : 0;
	}

	/** How many octets of content fit the buffer; below 0 when not even their framing does. Behind a piece that waits none do. */
	private get gatheringRoom(): number {
		if (this.piece !== null) return 0;
		const room = this.limit - this.end;
		if (this.framing !== CHUNKED) return room;
		return room - (this.chunkStart < 0 ? CHUNK_HEADER_LENGTH : 0) - CRLF_LENGTH - LAST_CHUNK.length;
	}

	/** How many octets of content the transport takes, framing and all. */
	private get passingRoom(): number {
		const room = this.portRoom - (this.framing === CHUNKED ? PASSED_CHUNK_LENGTH : 0);
		return room < PASSED_LENGTH_MAX ? room : PASSED_LENGTH_MAX;
	}

	/** How many octets of the declared length are missing; 0 when none was declared. */
	get missing(): number {
		return (this.framing & ~SILENT) === BY_LENGTH ? this.declaredLength - this.contentLength : 0;
	}

	/** Writes a piece of content that fits the room. Returns false when it would exceed the declared length. */
	writeContent(from: Uint8Array, start: number, end: number): boolean {
		const length = end - start;
		if (this.framing === BY_LENGTH && length > this.declaredLength - this.contentLength) return false;
		this.contentLength += length;
		if (this.framing >= SILENT || length === 0) return true;
		if ((length >= PASSED_LENGTH_MIN || length > this.gatheringRoom) && length <= this.passingRoom) {
			this.beginPassedChunk(length);
			this.pass(from, start, end);
			this.endPassedChunk();
			return true;
		}
		this.openChunk();
		copyOctets(from, start, end, this.octets, this.end);
		this.end += length;
		return true;
	}

	/**
	 * Writes a piece of content given as a string. Returns how many octets it has, or −1 when nothing was written because it
	 * is more than the room or than the declared length.
	 */
	writeText(text: string): number {
		const end = this.end;
		const room = this.gatheringRoom;
		const opensChunk = this.framing === CHUNKED && this.chunkStart < 0;
		const start = opensChunk ? end + CHUNK_HEADER_LENGTH : end;
		this.end = start;
		const isWhole = encodeUtf8(text, 0, this) < 0;
		const length = this.end - start;
		if (!isWhole || length > room) {
			this.end = end;
			return this.passText(text);
		}
		if (this.framing === BY_LENGTH && length > this.missing) {
			this.end = end;
			return -1;
		}
		if (length === 0) this.end = end;
		else if (opensChunk) this.chunkStart = end;
		this.contentLength += length;
		return length;
	}

	/** `writeText` where the buffer does not hold the text: it goes through it, and on to the transport. */
	private passText(text: string): number {
		const length = utf8Length(text);
		if (length > this.passingRoom || (this.framing === BY_LENGTH && length > this.missing)) return -1;
		this.beginPassedChunk(length);
		let index = 0;
		while (index >= 0) {
			index = encodeUtf8(text, index, this);
			this.flush();
		}
		this.endPassedChunk();
		this.contentLength += length;
		return length;
	}

	/** Before `length` octets of content that are passed on: in chunked content they are a chunk of their own. */
	private beginPassedChunk(length: number): void {
		if (this.framing !== CHUNKED) return;
		this.closeChunk();
		if (this.limit - this.end < CHUNK_HEADER_LENGTH) this.flush();
		writeHexadecimal(this.octets, this.end, length, CHUNK_SIZE_DIGITS);
		this.end = this.writeLineEnd(this.end + CHUNK_SIZE_DIGITS);
	}

	private endPassedChunk(): void {
		if (this.framing === CHUNKED) this.end = this.writeLineEnd(this.end);
	}

	/** Whether content can be sent from where it is: it needs no chunks around it, and none waits already. */
	get canAttach(): boolean {
		return (this.framing & ~SILENT) !== CHUNKED && this.piece === null;
	}

	/**
	 * As `writeContent`, but the piece may be of any length: what the transport does not take at once waits where it is, and must
	 * not change until it is sent.
	 */
	attachContent(from: Uint8Array, start: number, end: number): boolean {
		if (this.framing === BY_LENGTH && end - start > this.declaredLength - this.contentLength) return false;
		this.contentLength += end - start;
		if (this.framing < SILENT && end > start) this.attach(from, start, end);
		return true;
	}

	/** Draws what is left of a string into the room there is. */
	draw(): void {
		if (this.text === null) return;
		this.pieceStart = encodeUtf8(this.text, this.pieceStart, this);
		if (this.pieceStart >= 0) return;
		this.text = null;
		this.state = RESPONSE_COMPLETE;
	}

	/** Ends content that was written in pieces. False when octets of the declared length are missing. */
	endContent(): boolean {
		if (this.framing === BY_LENGTH && this.contentLength !== this.declaredLength) return false;
		if (this.framing === CHUNKED) {
			this.closeChunk();
			this.append(LAST_CHUNK);
		}
		this.state = RESPONSE_COMPLETE;
		return true;
	}

	private openChunk(): void {
		if (this.framing !== CHUNKED || this.chunkStart >= 0) return;
		this.chunkStart = this.end;
		this.end += CHUNK_HEADER_LENGTH;
	}

	/** Whether a chunk is open. */
	get hasOpenChunk(): boolean {
		return this.chunkStart >= 0;
	}

	/** Ends the open chunk, so that what stands in the buffer can be sent. */
	closeChunk(): void {
		const start = this.chunkStart;
		if (start < 0) return;
		writeHexadecimal(this.octets, start, this.end - start - CHUNK_HEADER_LENGTH, CHUNK_SIZE_DIGITS);
		this.writeLineEnd(start + CHUNK_SIZE_DIGITS);
		this.end = this.writeLineEnd(this.end);
		this.chunkStart = -1;
	}
}
