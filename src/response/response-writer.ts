// Writes one response after the other into the send buffer: interim responses, the head, and the content in the framing
// that was chosen (RFC 9112 §6, §7). For the connection, which decides about persistence. A layer of the send buffer: one
// object for the sake of memory.
//
// Content comes in one of three ways: in pieces that fit the room; as octets that are sent from where they are, whole or piece
// by piece; or as a string of which what fits goes into the buffer with the head, and the rest as the transport empties it.
// Small pieces are gathered in the buffer; large ones are passed on at once, if the transport takes them.

import { CR, LF, MINUS, SLASH } from "../octets/ascii.js";
import { copyOctets } from "../octets/copy.js";
import { writeDecimal, writeHexadecimal } from "../octets/decimal.js";
import { freeze } from "../octets/freeze.js";
import { ascii, encodeUtf8, utf8Length } from "../octets/text.js";
import { type DateLine, HEAD_END_LENGTH_MAX } from "./date.js";
import { FIELD_CONTENT_TYPE, FIELD_UPGRADE, fieldLineLength, writeFieldLine } from "./field-writer.js";
import type { Prebuilt } from "./prebuilt.js";
import { SendBuffer } from "./send-buffer.js";
import {
	forbidsContent,
	forbidsContentLength,
	STATUS_LINE_LENGTH_MAX,
	statusLineLength,
	writeStatusLine,
} from "./status.js";

const CONTENT_LENGTH = ascii("Content-Length: ");
const CONTENT_RANGE = ascii("Content-Range: bytes ");
const CHUNKED_LINE = ascii("Transfer-Encoding: chunked\r\n");
const UPGRADE_LINE = ascii("Connection: upgrade\r\n");
const NOTHING = new Uint8Array(0);
const LAST_CHUNK = ascii("0\r\n\r\n");
const CONTINUE = ascii("HTTP/1.1 100 Continue\r\n\r\n");

// How far a response is.
export const RESPONSE_NONE = 0;
export const RESPONSE_HEAD = 1; // a status or fields have been set; no octet of it has been sent
export const RESPONSE_CONTENT = 2;
export const RESPONSE_COMPLETE = 3; // its last octet stands in the send buffer, or was sent

// How content is delimited.
export const BY_LENGTH = 0;
export const CHUNKED = 1;
export const BY_CLOSE = 2;
/** With one of them: content is counted and not sent, as to HEAD (RFC 9110 §9.3.2), or by the status. */
const SILENT = 4;

// What the Connection field says.
export const CONNECTION_IMPLIED = 0;
export const CONNECTION_CLOSE = 1;
export const CONNECTION_KEEP_ALIVE = 2;

const CONNECTION_LINES: readonly Uint8Array[] = freeze([
	new Uint8Array(0),
	ascii("Connection: close\r\n"),
	ascii("Connection: keep-alive\r\n"),
]);

/** Four hexadecimal digits hold the size of any chunk that fits a send buffer of at most 65,535 octets. */
const CHUNK_SIZE_DIGITS = 4;
const CHUNK_HEADER_LENGTH = CHUNK_SIZE_DIGITS + 2;
const CRLF_LENGTH = 2;
const CONNECTION_LINE_LENGTH_MAX = Math.max(...CONNECTION_LINES.map((line) => line.length));
/** The most that the server's own field lines and the empty line take. */
export const OWN_FIELDS_LENGTH_MAX: number =
	CONNECTION_LINE_LENGTH_MAX + HEAD_END_LENGTH_MAX + CONTENT_LENGTH.length + 16 + CRLF_LENGTH + UPGRADE_LINE.length;

/** Beside its content, what a chunk of its own takes that is passed on: the end of the chunk before it, too. */
const PASSED_CHUNK_LENGTH = CRLF_LENGTH + CHUNK_HEADER_LENGTH + CRLF_LENGTH + LAST_CHUNK.length;
/** The longest piece: the digits of a chunk's size hold it. */
const PASSED_LENGTH_MAX = 0xffff;
/** A piece that is shorter is gathered with others, as long as there is room for it. */
const PASSED_LENGTH_MIN = 256;
/** The least room that a head without fields of the app needs. */
const RESPONSE_HEAD_LENGTH_MIN = STATUS_LINE_LENGTH_MAX + OWN_FIELDS_LENGTH_MAX;
/** The most that the head of one of the server's own errors takes: it has a Content-Type, and its Content-Length beforehand. */
const ERROR_LENGTH_MAX =
	RESPONSE_HEAD_LENGTH_MIN +
	fieldLineLength("Content-Type", "text/plain;charset=utf-8") +
	fieldLineLength("Content-Length", "99");

export class ResponseWriter extends SendBuffer {
	/** How far the response is: one of RESPONSE_…. */
	state = RESPONSE_NONE;
	/** The status that the head will carry. */
	status = 200;
	/** How many octets of content have been accepted. */
	contentLength = 0;

	private readonly date: DateLine;
	private framing = BY_LENGTH;
	private declaredLength = 0;
	/** The fields set so far end here; they begin where the longest status line would end. 0 without any. */
	private fieldsEnd = 0;
	/** Which were set that the server has to know of: FIELD_… added up. */
	private has = 0;
	/** Where the open chunk's header stands, or −1. */
	private chunkStart = -1;
	/** Content that was given as a string and is still being drawn: in place of a piece, whose start its first unit is that was not. */
	private text: string | null = null;

	/** `octets`, `base`, `length`: as SendBuffer has them. */
	constructor(octets: Uint8Array, base: number, length: number, date: DateLine) {
		super(octets, base, length);
		this.date = date;
	}

	/** Before the first response of a connection, whatever was left of another. */
	override clear(): void {
		super.clear();
		this.begin();
		this.framing = BY_LENGTH;
		this.fieldsEnd = 0;
		this.chunkStart = -1;
		this.text = null;
	}

	/** Before the response to the next request, the last being complete: what its head and its content had is gone. */
	begin(): void {
		this.state = RESPONSE_NONE;
		this.status = 200;
		this.contentLength = 0;
		this.has = 0;
	}

	/** Whether an Upgrade field was set, which wants the connection option of its name (RFC 9110 §7.8). */
	get hasUpgrade(): boolean {
		return (this.has & FIELD_UPGRADE) !== 0;
	}

	/** Whether a Content-Type was set. */
	get hasContentType(): boolean {
		return (this.has & FIELD_CONTENT_TYPE) !== 0;
	}

	/** Where the next field goes. */
	private get nextFieldStart(): number {
		return this.fieldsEnd === 0 ? this.end + STATUS_LINE_LENGTH_MAX : this.fieldsEnd;
	}

	/**
	 * Adds a checked field line. `field`: what `checkField` says it is. False when the send buffer has no room for it and the
	 * server's own lines.
	 */
	addField(name: string, value: string, field: number): boolean {
		const octets = this.octets;
		const limit = this.limit;
		const end = writeFieldLine(octets, this.nextFieldStart, limit - OWN_FIELDS_LENGTH_MAX, name, value);
		if (end < 0) return false;
		this.fieldsEnd = end;
		this.has |= field;
		this.state = RESPONSE_HEAD;
		return true;
	}

	/** Adds checked field lines as octets. `fields`: what they have of what the server has to know. False as for `addField`. */
	addLines(lines: Uint8Array, fields: number): boolean {
		const start = this.nextFieldStart;
		if (start + lines.length + OWN_FIELDS_LENGTH_MAX > this.limit) return false;
		this.fieldsEnd = append(this.octets, start, lines);
		this.has |= fields;
		this.state = RESPONSE_HEAD;
		return true;
	}

	/** Adds the Content-Range (RFC 9110 §14.4) of the octets from `start` to `end` of `length`. False as for `addField`. */
	addContentRange(start: number, end: number, length: number): boolean {
		const octets = this.octets;
		const limit = this.limit;
		let at = this.nextFieldStart;
		// What the numbers take is known when they are written; the longest fit where the server's own fields do.
		if (at + OWN_FIELDS_LENGTH_MAX > limit) return false;
		at = writeDecimal(octets, append(octets, at, CONTENT_RANGE), start);
		octets[at] = MINUS;
		at = writeDecimal(octets, at + 1, end - 1);
		octets[at] = SLASH;
		at = this.writeLineEnd(writeDecimal(octets, at + 1, length));
		if (at + OWN_FIELDS_LENGTH_MAX > limit) return false;
		this.fieldsEnd = at;
		this.state = RESPONSE_HEAD;
		return true;
	}

	/** Writes "100 Continue" (RFC 9110 §15.2.1). False without the room for it. */
	writeContinue(): boolean {
		if (!this.makeInterimRoom(CONTINUE.length)) return false;
		this.end = append(this.octets, this.end, CONTINUE);
		return true;
	}

	/** Writes an interim response (RFC 9110 §15.2) with checked fields. False without the room for it, or too late. */
	writeInterim(status: number, fields: readonly (readonly [string, string])[]): boolean {
		let length = statusLineLength(status) + CRLF_LENGTH;
		for (const [name, value] of fields) length += fieldLineLength(name, value);
		if (!this.makeInterimRoom(length)) return false;
		let end = writeStatusLine(this.octets, this.end, status);
		for (const [name, value] of fields) end = writeFieldLine(this.octets, end, this.limit, name, value);
		this.end = this.writeLineEnd(end);
		return true;
	}

	/**
	 * Makes room for an interim response of this length: fields of the final one that were set move out of its way. What it has to
	 * leave is the room for an error, which may follow before anything is taken.
	 */
	private makeInterimRoom(length: number): boolean {
		if (this.state >= RESPONSE_CONTENT || this.limit - this.end - length < ERROR_LENGTH_MAX) return false;
		if (this.fieldsEnd === 0) return true;
		const end = this.fieldsEnd + length;
		if (end + OWN_FIELDS_LENGTH_MAX > this.limit) return false;
		const start = this.end + STATUS_LINE_LENGTH_MAX;
		this.octets.copyWithin(start + length, start, this.fieldsEnd);
		this.fieldsEnd = end;
		return true;
	}

	/**
	 * Writes the head. `framing` and `length` say how content will be delimited, `connection` what the Connection field
	 * says, `isHead` that the request's method was HEAD. False without the room for it.
	 */
	writeHead(framing: number, length: number, connection: number, isHead: boolean): boolean {
		if (this.limit - this.end < RESPONSE_HEAD_LENGTH_MIN) return false;
		const octets = this.octets;
		let end: number;
		if (this.fieldsEnd === 0) end = writeStatusLine(octets, this.end, this.status);
		else if (this.start === this.end) {
			// Nothing stands before the fields: their status line is written right there.
			this.start = this.end + STATUS_LINE_LENGTH_MAX - statusLineLength(this.status);
			writeStatusLine(octets, this.start, this.status);
			end = this.fieldsEnd;
		} else {
			const start = this.end + STATUS_LINE_LENGTH_MAX;
			end = writeStatusLine(octets, this.end, this.status);
			octets.copyWithin(end, start, this.fieldsEnd);
			end += this.fieldsEnd - start;
		}
		if (framing === CHUNKED) end = append(octets, end, CHUNKED_LINE);
		else if (framing === BY_LENGTH && !forbidsContentLength(this.status)) {
			end = writeDecimal(octets, append(octets, end, CONTENT_LENGTH), length);
			octets[end] = CR;
			octets[end + 1] = LF;
			end += CRLF_LENGTH;
		}
		this.endHead(end, connection);
		this.framing = isHead || forbidsContent(this.status) ? framing | SILENT : framing;
		this.declaredLength = length;
		return true;
	}

	/** Sends a prebuilt response where nothing waits and the transport takes all of it at once. False where it does not. */
	sendAtOnce(prebuilt: Prebuilt): boolean {
		const port = this.port;
		const head = prebuilt.head;
		const content = prebuilt.content;
		const headEnd = this.date.headEnd;
		if (port === null || head.length + headEnd.length + content.length > port.room) return false;
		port.writeMessage(head, headEnd, content);
		this.status = prebuilt.status;
		this.contentLength = content.length;
		this.framing = BY_LENGTH;
		return true;
	}

	/** Sends a prebuilt response. False without the room for its head. */
	writePrebuilt(prebuilt: Prebuilt, connection: number, isHead: boolean): boolean {
		const content = prebuilt.content;
		const head = prebuilt.head;
		if (this.limit - this.end < head.length + OWN_FIELDS_LENGTH_MAX) return false;
		const sent = isHead ? NOTHING : content;
		if (connection === CONNECTION_IMPLIED) this.sendMessage(head, this.date.headEnd, sent);
		else {
			this.send(head);
			this.sendMessage(CONNECTION_LINES[connection] as Uint8Array, this.date.headEnd, sent);
		}
		this.status = prebuilt.status;
		this.contentLength = content.length;
		this.framing = isHead ? BY_LENGTH | SILENT : BY_LENGTH;
		this.fieldsEnd = 0;
		this.state = RESPONSE_COMPLETE;
		return true;
	}

	/**
	 * The same where fields were set: they go behind its own, in the buffer, and a status that was set gives way to its own. False
	 * without the room for both.
	 */
	writePrebuiltWithFields(prebuilt: Prebuilt, connection: number, isHead: boolean): boolean {
		const octets = this.octets;
		const content = prebuilt.content;
		const head = prebuilt.head;
		const fieldsStart = this.end + STATUS_LINE_LENGTH_MAX;
		const ownEnd = this.end + head.length;
		const end = ownEnd + this.fieldsEnd - fieldsStart;
		if (end + OWN_FIELDS_LENGTH_MAX > this.limit) return false;
		octets.copyWithin(ownEnd, fieldsStart, this.fieldsEnd);
		octets.set(head, this.end);
		this.endHead(end, connection);
		if (!isHead && content.length > 0) this.attach(content, 0, content.length);
		this.status = prebuilt.status;
		this.contentLength = content.length;
		this.framing = isHead ? BY_LENGTH | SILENT : BY_LENGTH;
		this.state = RESPONSE_COMPLETE;
		return true;
	}

	/**
	 * Writes a whole response whose content is a string: the head, and as much of the content as fits behind it; the rest is
	 * drawn later. False without the room for the head.
	 */
	writeWholeText(text: string, connection: number, isHead: boolean): boolean {
		const headStart = this.end;
		// Encoded once, behind the longest head there may be; so the length is known when the head is written.
		const textStart = this.nextFieldStart + OWN_FIELDS_LENGTH_MAX;
		if (textStart > this.limit) return false;
		this.end = textStart;
		const index = encodeUtf8(text, 0, this);
		const textEnd = this.end;
		this.end = headStart;
		const drawn = textEnd - textStart;
		const length = index < 0 ? drawn : drawn + utf8Length(text, index);
		if (!this.writeHead(BY_LENGTH, length, connection, isHead)) return false;
		this.contentLength = length;
		this.state = RESPONSE_COMPLETE;
		if (this.isSilent) return true;
		this.octets.copyWithin(this.end, textStart, textEnd);
		this.end += drawn;
		if (index >= 0) {
			this.text = text;
			this.pieceStart = index;
			this.state = RESPONSE_CONTENT;
		}
		return true;
	}

	private endHead(start: number, connection: number): void {
		const octets = this.octets;
		let end = start;
		if (this.hasUpgrade) end = append(octets, end, UPGRADE_LINE);
		if (connection !== CONNECTION_IMPLIED) end = append(octets, end, CONNECTION_LINES[connection] as Uint8Array);
		this.end = append(octets, end, this.date.headEnd);
		this.fieldsEnd = 0;
		this.state = RESPONSE_CONTENT;
	}

	private writeLineEnd(offset: number): number {
		const octets = this.octets;
		octets[offset] = CR;
		octets[offset + 1] = LF;
		return offset + CRLF_LENGTH;
	}

	/** Whether the response goes without content, whatever is written: to HEAD, or by its status. */
	get isSilent(): boolean {
		return this.framing >= SILENT;
	}

	/** How many octets of content go to the client, as far as they have been accepted. */
	get sentLength(): number {
		return this.framing >= SILENT ? 0 : this.contentLength;
	}

	/** How many octets of content the client has taken, at the least: what else still waits counts as content, too. */
	get takenLength(): number {
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
			this.end = append(this.octets, this.end, LAST_CHUNK);
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

	/** The transport has taken `count` octets from the start of the buffer. */
	sent(count: number): void {
		this.start += count;
		// Fields that wait for their status line stand behind the end and keep their place.
		if (this.start === this.end && this.fieldsEnd === 0) this.rewind();
	}
}

function append(octets: Uint8Array, offset: number, piece: Uint8Array): number {
	octets.set(piece, offset);
	return offset + piece.length;
}
