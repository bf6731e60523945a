// Writes the head of one response after the other into the send buffer: interim responses, the fields as they are set, and in
// the end the status line and the server's own fields with them (RFC 9112 §4, §5). For the response writer. A layer of the send
// buffer: one object for the sake of memory.

import { CR, LF, MINUS, SLASH } from "../octets/ascii.js";
import { writeDecimal } from "../octets/decimal.js";
import { freeze } from "../octets/freeze.js";
import { ascii } from "../octets/text.js";
import { type DateLine, HEAD_END_LENGTH_MAX } from "./date.js";
import { FIELD_CONTENT_TYPE, FIELD_UPGRADE, fieldLineLength, writeFieldLine } from "./field-writer.js";
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
export const SILENT = 4;

// What the Connection field says.
export const CONNECTION_IMPLIED = 0;
export const CONNECTION_CLOSE = 1;
export const CONNECTION_KEEP_ALIVE = 2;

/** What each of them is as a line. */
export const CONNECTION_LINES: readonly Uint8Array[] = freeze([
	new Uint8Array(0),
	ascii("Connection: close\r\n"),
	ascii("Connection: keep-alive\r\n"),
]);

export const CRLF_LENGTH = 2;
const CONNECTION_LINE_LENGTH_MAX = Math.max(...CONNECTION_LINES.map((line) => line.length));
/** The most that the server's own field lines and the empty line take. */
export const OWN_FIELDS_LENGTH_MAX: number =
	CONNECTION_LINE_LENGTH_MAX + HEAD_END_LENGTH_MAX + CONTENT_LENGTH.length + 16 + CRLF_LENGTH + UPGRADE_LINE.length;
/** The least room that a head without fields of the app needs. */
const RESPONSE_HEAD_LENGTH_MIN = STATUS_LINE_LENGTH_MAX + OWN_FIELDS_LENGTH_MAX;
/** The most that the head of one of the server's own errors takes: it has a Content-Type, and its Content-Length beforehand. */
const ERROR_LENGTH_MAX =
	RESPONSE_HEAD_LENGTH_MIN +
	fieldLineLength("Content-Type", "text/plain;charset=utf-8") +
	fieldLineLength("Content-Length", "99");

export class ResponseHead extends SendBuffer {
	/** How far the response is: one of RESPONSE_…. */
	state = RESPONSE_NONE;
	/** The status that the head will carry. */
	status = 200;
	/** How many octets of content have been accepted. */
	contentLength = 0;

	protected readonly date: DateLine;
	/** How content is delimited, and whether it is sent. */
	protected framing = BY_LENGTH;
	protected declaredLength = 0;
	/** The fields set so far end here; they begin where the longest status line would end. 0 without any. */
	protected fieldsEnd = 0;
	/** Which were set that the server has to know of: FIELD_… added up. */
	private has = 0;

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
	protected get nextFieldStart(): number {
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
		this.append(CONTINUE);
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

	protected endHead(start: number, connection: number): void {
		const octets = this.octets;
		let end = start;
		if (this.hasUpgrade) end = append(octets, end, UPGRADE_LINE);
		if (connection !== CONNECTION_IMPLIED) end = append(octets, end, CONNECTION_LINES[connection] as Uint8Array);
		this.end = append(octets, end, this.date.headEnd);
		this.fieldsEnd = 0;
		this.state = RESPONSE_CONTENT;
	}

	protected writeLineEnd(offset: number): number {
		const octets = this.octets;
		octets[offset] = CR;
		octets[offset + 1] = LF;
		return offset + CRLF_LENGTH;
	}

	/** Whether the response goes without content, whatever is written: to HEAD, or by its status. */
	get isSilent(): boolean {
		return this.framing >= SILENT;
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
