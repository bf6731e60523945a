// What a handler does to a response, checked and carried out: the sink behind `Response`. The first layer of a slot, which
// is one object for the sake of memory: slot.ts extends exchange.ts, which extends this.

import {
	type DetachedProtocol,
	LENGTH_UNKNOWN,
	type ResponseSink,
	TYPE_JSON,
	TYPE_OCTETS,
	TYPE_TEXT,
} from "../app/response.js";
import type { Connection } from "../connection/connection.js";
import { EXCHANGE } from "../connection/states.js";
import { ascii, utf8Length } from "../octets/text.js";
import {
	checkField,
	checkFieldValue,
	completeFields,
	FIELD_CONTENT_TYPE,
	secondType,
} from "../response/field-writer.js";
import { PLAIN_ERRORS } from "../response/plain-errors.js";
import type { Prebuilt, PrebuiltFields } from "../response/prebuilt.js";
import { BY_LENGTH, RESPONSE_CONTENT, RESPONSE_NONE } from "../response/response-head.js";
import { forbidsContent } from "../response/status.js";
import type { ServerHost } from "./host.js";
import { LAST, WITHOUT_CONTENT } from "./marks.js";

// The types that most responses have, as the lines they make: nothing of them is checked or encoded per response.
const TEXT_LINE = ascii(`Content-Type: ${TYPE_TEXT}\r\n`);
const JSON_LINE = ascii(`Content-Type: ${TYPE_JSON}\r\n`);
const OCTETS_LINE = ascii(`Content-Type: ${TYPE_OCTETS}\r\n`);

function typeLine(type: string): Uint8Array | null {
	if (type === TYPE_TEXT) return TEXT_LINE;
	if (type === TYPE_JSON) return JSON_LINE;
	return type === TYPE_OCTETS ? OCTETS_LINE : null;
}

/** A literal would leave a copy of itself. */
const EMPTY = "";

/** In place of a room that was declined. */
export const WRITTEN = -1;

export abstract class Answer implements ResponseSink {
	readonly connection: Connection;
	/** What is the case: of marks.ts. */
	protected marks = 0;
	/** The room in which `onWritable` wrote nothing: it is asked again when there is more. WRITTEN: something was written since. */
	roomDeclined = WRITTEN;

	protected readonly host: ServerHost;

	constructor(connection: Connection, host: ServerHost) {
		this.connection = connection;
		this.host = host;
	}

	/**
	 * Whether the handler may act: in one of its verbs, or later, with a ticket or a promise. Otherwise it holds the response
	 * to a request of the past.
	 */
	protected abstract get mayAct(): boolean;
	/** The handler wrote: the connection may move on. */
	protected abstract moved(): void;
	/** The handler keeps a ticket. */
	protected abstract deferred(): void;
	/** Another protocol has the connection. */
	protected abstract detached(protocol: DetachedProtocol): void;

	/** Before the next request. */
	protected beginAnswer(): void {
		this.marks &= ~(LAST | WITHOUT_CONTENT);
	}

	get mustClose(): boolean {
		return (this.marks & LAST) !== 0 || this.host.mustClose;
	}

	// ---- For the server itself ----

	/** Writes a prebuilt response to a request nobody has begun to answer. False without the room for its head. */
	writePrebuilt(prebuilt: Prebuilt): boolean {
		this.host.updateDate();
		return this.connection.writePrebuilt(prebuilt, this.mustClose);
	}

	/** Writes the app's error response of this status, or the plain one. False without the room for either. */
	writeError(status: number): boolean {
		const custom = this.host.app.errors[status];
		return (custom !== undefined && this.writePrebuilt(custom)) || this.writePrebuilt(PLAIN_ERRORS[status] as Prebuilt);
	}

	// ---- ResponseSink ----

	get status(): number {
		return this.connection.response.status;
	}

	get room(): number {
		return this.connection.response.room;
	}

	get missing(): number {
		return this.connection.response.missing;
	}

	get isAnswered(): boolean {
		return this.connection.phase !== EXCHANGE;
	}

	setStatus(status: number): void {
		this.checkUnsent();
		this.connection.response.status = status;
	}

	setField(name: string, value: string): void {
		const field = checkField(name, value);
		this.checkUnsent();
		const response = this.connection.response;
		if (field === FIELD_CONTENT_TYPE && response.hasContentType) throw secondType();
		if (!response.addField(name, value, field)) throw headTooLong();
	}

	sendText(content: string, type: string): void {
		this.checkUnsent();
		if (content !== EMPTY) this.addType(type);
		this.host.updateDate();
		if (!this.connection.writeWholeText(content, this.mustClose)) throw headTooLong();
		this.complete();
	}

	setFields(fields: PrebuiltFields): void {
		this.checkUnsent();
		const known = fields.known;
		const response = this.connection.response;
		if ((known & FIELD_CONTENT_TYPE) !== 0 && response.hasContentType) throw secondType();
		if (!response.addLines(fields.lines, known)) throw headTooLong();
	}

	setContentRange(start: number, end: number, length: number): void {
		this.checkUnsent();
		if (!this.connection.response.addContentRange(start, end, length)) throw headTooLong();
	}

	sendOctets(content: Uint8Array, type: string): void {
		const length = content.length;
		this.checkUnsent();
		if (length > 0) this.addType(type);
		this.beginHead(length);
		const response = this.connection.response;
		response.attachContent(content, 0, length);
		response.endContent();
		this.complete();
	}

	sendPrebuilt(prebuilt: Prebuilt): void {
		this.checkUnsent();
		if (this.connection.response.state !== RESPONSE_NONE) this.sendWithFields(prebuilt);
		else if (!this.writePrebuilt(prebuilt)) throw headTooLong();
		this.complete();
	}

	sendEmpty(): void {
		this.beginHead(0);
		this.connection.response.endContent();
		this.complete();
	}

	sendInterim(status: number, fields: Readonly<Record<string, string>>): void {
		const lines = Object.entries(fields);
		completeFields(lines);
		this.checkUnsent();
		// RFC 9110 §15.2: no interim response to an HTTP/1.0 client.
		if (this.connection.head.requestLine.minorVersion === 0) return;
		if (!this.connection.response.writeInterim(status, lines)) {
			throw new Error("an interim response goes before the head of the final one, and into the send buffer");
		}
		this.moved();
	}

	beginStream(length: number): void {
		this.beginHead(length);
		this.roomDeclined = WRITTEN;
		if (this.connection.response.isSilent) {
			this.marks |= WITHOUT_CONTENT;
			this.connection.response.endContent();
			this.complete();
		} else this.moved();
	}

	writeOctets(octets: Uint8Array, start: number, end: number): boolean {
		if ((this.marks & WITHOUT_CONTENT) !== 0) return false;
		checkOctets(octets, start, end);
		this.checkRoom(end - start);
		if (!this.connection.response.writeContent(octets, start, end)) throw lengthExceeded();
		// Nothing written is nothing moved: onWritable would be called for ever.
		if (end === start) return true;
		this.roomDeclined = WRITTEN;
		this.moved();
		return true;
	}

	attachOctets(octets: Uint8Array, start: number, end: number): boolean {
		if ((this.marks & WITHOUT_CONTENT) !== 0) return false;
		checkOctets(octets, start, end);
		this.checkBegun();
		const response = this.connection.response;
		if (!response.canAttach) throw new Error("attach() is for content of known length, one piece after the other");
		if (!response.attachContent(octets, start, end)) throw lengthExceeded();
		if (end === start) return true;
		this.roomDeclined = WRITTEN;
		this.moved();
		return true;
	}

	writeText(text: string): boolean {
		if ((this.marks & WITHOUT_CONTENT) !== 0) return false;
		this.checkBegun();
		const length = this.connection.response.writeText(text);
		if (length < 0) {
			this.checkRoom(utf8Length(text));
			throw lengthExceeded();
		}
		if (length === 0) return true;
		this.roomDeclined = WRITTEN;
		this.moved();
		return true;
	}

	end(): boolean {
		if ((this.marks & WITHOUT_CONTENT) !== 0) return false;
		this.checkBegun();
		const response = this.connection.response;
		if (!response.endContent())
			throw new RangeError(`the response lacks ${response.missing} octets of its Content-Length`);
		this.complete();
		return true;
	}

	defer(): void {
		this.checkMayAct();
		if (this.isAnswered) throw new Error("the response is complete");
		this.deferred();
	}

	setLast(): void {
		this.checkUnsent();
		this.marks |= LAST;
	}

	detach(protocol: DetachedProtocol, timeoutMs: number): void {
		this.checkUnsent();
		this.checkUpgrade();
		this.host.updateDate();
		if (!this.connection.writeUpgrade()) throw headTooLong();
		this.connection.detach(timeoutMs, this.host.now());
		this.detached(protocol);
	}

	// ---- Steps ----

	/** Adds the Content-Type of content there is, unless the app has set one. */
	private addType(type: string): void {
		const response = this.connection.response;
		if (forbidsContent(response.status)) throw new RangeError(`a ${response.status} response has no content`);
		if (response.hasContentType) return;
		const line = typeLine(type);
		if (line === null) {
			checkFieldValue("Content-Type", type);
			if (!response.addField("Content-Type", type, FIELD_CONTENT_TYPE)) throw headTooLong();
		} else if (!response.addLines(line, FIELD_CONTENT_TYPE)) throw headTooLong();
	}

	private beginHead(length: number): void {
		this.checkUnsent();
		const connection = this.connection;
		const status = connection.response.status;
		if (length > 0 && forbidsContent(status)) throw new RangeError(`a ${status} response has no content`);
		this.host.updateDate();
		const isStream = length === LENGTH_UNKNOWN && !forbidsContent(status);
		const framing = isStream ? connection.streamFraming : BY_LENGTH;
		if (!connection.writeHead(framing, length < 0 ? 0 : length, this.mustClose)) throw headTooLong();
	}

	private sendWithFields(prebuilt: Prebuilt): void {
		if (this.connection.response.hasContentType) throw new Error("a prebuilt response has its own Content-Type");
		this.host.updateDate();
		if (!this.connection.writePrebuiltWithFields(prebuilt, this.mustClose)) throw headTooLong();
	}

	private complete(): void {
		this.connection.endResponse();
		this.moved();
	}

	private checkUnsent(): void {
		this.checkMayAct();
		if (this.isAnswered || this.connection.response.state >= RESPONSE_CONTENT) {
			throw new Error("the response has been sent already");
		}
	}

	/** What RFC 9110 §7.8 asks of 101: not to HTTP/1.0, with Upgrade, and behind the content (and so behind 100). */
	private checkUpgrade(): void {
		const { head, response, isContentComplete } = this.connection;
		if (head.requestLine.minorVersion === 0) throw new Error("an HTTP/1.0 client knows no other protocol");
		if (!response.hasUpgrade) throw new Error("101 names the new protocol: set its Upgrade field first");
		if (!isContentComplete) throw new Error("the new protocol begins behind the content: read that first");
	}

	private checkMayAct(): void {
		if (!this.mayAct) throw new Error("a handler that goes on later keeps the ticket of response.defer()");
	}

	private checkBegun(): void {
		this.checkMayAct();
		if (this.isAnswered) throw new Error("the response is complete");
		if (this.connection.response.state !== RESPONSE_CONTENT) throw new Error("begin() comes before write() and end()");
	}

	private checkRoom(length: number): void {
		this.checkBegun();
		if (length <= this.room) return;
		throw new RangeError(
			`write() of ${length} octets into a room of ${this.room}: write less, and go on in onWritable`,
		);
	}
}

function checkOctets(octets: Uint8Array, start: number, end: number): void {
	if (Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end && end <= octets.length) return;
	throw new RangeError(`there are no octets from ${start} to ${end} in ${octets.length}`);
}

function headTooLong(): Error {
	return new RangeError("the head outgrows the send buffer: send fewer fields, or raise limits.sendLength");
}

function lengthExceeded(): Error {
	return new RangeError("the content is more than the Content-Length given to begin()");
}
