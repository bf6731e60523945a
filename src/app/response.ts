// The response as a handler writes it. Each method says in its result whether the client is still there; what the handler
// itself does wrong is thrown at it.

import { TIME_MAX } from "../clock.js";
import { isString } from "../octets/is-string.js";
import type { Prebuilt, PrebuiltFields } from "../response/prebuilt.js";

/** What a response writes to. The server's slot implements it. */
export interface ResponseSink {
	readonly status: number;
	/** How many octets of content `writeOctets` and `writeText` take now. */
	readonly room: number;
	/** How many octets of the declared length have not been written. */
	readonly missing: number;
	readonly isAnswered: boolean;
	setStatus(status: number): void;
	setField(name: string, value: string): void;
	setFields(fields: PrebuiltFields): void;
	setContentRange(start: number, end: number, length: number): void;
	sendText(content: string, type: string): void;
	sendOctets(content: Uint8Array, type: string): void;
	sendPrebuilt(prebuilt: Prebuilt): void;
	sendEmpty(): void;
	sendInterim(status: number, fields: Readonly<Record<string, string>>): void;
	beginStream(length: number): void;
	writeOctets(octets: Uint8Array, start: number, end: number): boolean;
	attachOctets(octets: Uint8Array, start: number, end: number): boolean;
	writeText(text: string): boolean;
	end(): boolean;
	defer(): void;
	detach(protocol: DetachedProtocol, timeoutMs: number): void;
	setLast(): void;
}

/** A protocol that takes over a connection, with the verbs of ECMA-419. It keeps the slot, its buffers and a deadline. */
export interface DetachedProtocol {
	/** `count` octets can be read: first those that came with the request. Called on arrival only. */
	readonly onReadable?: (connection: DetachedConnection, count: number) => void;
	/** `room` octets can be written again. */
	readonly onWritable?: (connection: DetachedConnection, room: number) => void;
	/** The connection is over: `error` is undefined when the client or `close` ended it in good order. */
	readonly onClose?: (connection: DetachedConnection, error: unknown) => void;
}

/** A connection under another protocol. */
export interface DetachedConnection {
	/** Whatever the protocol wants to keep; the request's `state` at first. */
	state: unknown;
	readonly remoteAddress: string;
	/** How many octets can be written now. */
	readonly room: number;
	/** Reads into `buffer`; returns how many octets, 0 when none are there now. */
	read(buffer: Uint8Array, start?: number, end?: number): number;
	/** Writes all of it. Throws RangeError when it is more than the room. False when the connection is gone. */
	write(octets: Uint8Array, start?: number, end?: number): boolean;
	/** The longest silence of the client, in milliseconds from now; 0: for ever. Throws as `detach` does. */
	limitSilence(timeoutMs: number): void;
	/** Sends what was written, then closes. */
	close(): void;
}

// What content is unless the handler says otherwise.
export const TYPE_TEXT = "text/plain;charset=utf-8";
export const TYPE_JSON = "application/json";
export const TYPE_OCTETS = "application/octet-stream";

/** Content of unknown length for `begin`. */
export const LENGTH_UNKNOWN = -1;

/**
 * A response. Exactly one of `text`, `json`, `octets`, `empty`, `send`, or `begin` … `end`, or `detach` answers a request.
 *
 * Every method but the getters returns whether the client is still there: `false` means that nothing was done and nothing
 * need be. Each throws Error when the response is already complete.
 */
export class Response {
	private sink: ResponseSink | null;

	/** For the server. */
	constructor(sink: ResponseSink) {
		this.sink = sink;
	}

	/** For the server: the client or the request is gone; every call does nothing and says so. */
	expire(): void {
		this.sink = null;
	}

	/** Whether the request still waits for its answer, or for more of it. */
	get isOpen(): boolean {
		return this.sink !== null && !this.sink.isAnswered;
	}

	/** The status code, 200 unless set; 200 to 599 (RFC 9110 §15). Set it before the content. Throws RangeError otherwise. */
	get status(): number {
		return this.sink === null ? 0 : this.sink.status;
	}

	set status(status: number) {
		if (!Number.isInteger(status) || status < 200 || status > 599) throw new RangeError(`${status} is no final status`);
		this.sink?.setStatus(status);
	}

	/**
	 * Adds a field line. Connection, Content-Length, Transfer-Encoding, Trailer, Keep-Alive and Date are the server's.
	 * Throws TypeError for these, for a second Content-Type, and for a name or value that no field may have (RFC 9110 §5.1, §5.5),
	 * RangeError when the head outgrows the send buffer.
	 */
	setField(name: string, value: string): boolean {
		if (this.sink === null) return false;
		this.sink.setField(name, value);
		return true;
	}

	/** Adds the field lines that `prebuildFields` made: nothing of them is checked or encoded any more. Throws as `setField`. */
	setFields(fields: PrebuiltFields): boolean {
		if (this.sink === null) return false;
		this.sink.setFields(fields);
		return true;
	}

	/**
	 * Adds a Content-Range, for a 206 (RFC 9110 §14.4): the octets from `start` up to `end`, which is not among them, of a
	 * representation of `length`. Throws RangeError when there are no such octets, and as `setField`.
	 */
	setContentRange(start: number, end: number, length: number): boolean {
		if (!(Number.isSafeInteger(length) && Number.isInteger(start) && start >= 0 && start < end && end <= length)) {
			throw new RangeError(`there is no range from ${start} to ${end} in ${length}`);
		}
		if (this.sink === null) return false;
		this.sink.setContentRange(start, end, length);
		return true;
	}

	/** Answers with text in UTF-8. Here and below, a Content-Type set by `setField` goes before `type`. */
	text(content: string, type = TYPE_TEXT): boolean {
		if (this.sink === null) return false;
		if (!isString(content)) throw new TypeError(`text() takes a string, not ${typeof content}`);
		this.sink.sendText(content, type);
		return true;
	}

	/** Answers with a value as JSON. Throws TypeError for a value that JSON cannot hold. */
	json(value: unknown): boolean {
		if (this.sink === null) return false;
		const content: string | undefined = JSON.stringify(value);
		if (content === undefined) throw new TypeError("the value has no JSON form");
		this.sink.sendText(content, TYPE_JSON);
		return true;
	}

	/** Answers with octets. They are sent as the client takes them, and must not change until `onDone`. */
	octets(content: Uint8Array, type = TYPE_OCTETS): boolean {
		if (this.sink === null) return false;
		if (!(content instanceof Uint8Array)) throw new TypeError("octets() takes a Uint8Array");
		this.sink.sendOctets(content, type);
		return true;
	}

	/** Answers without content. */
	empty(): boolean {
		if (this.sink === null) return false;
		this.sink.sendEmpty();
		return true;
	}

	/**
	 * Answers with a response made by `prebuild`. Its status stands, whatever was set before; fields that were set go with it,
	 * behind its own: one that is in both is sent twice, and none replaces another. Throws Error when a Content-Type was set
	 * before, RangeError when the head outgrows the send buffer.
	 */
	send(prebuilt: Prebuilt): boolean {
		if (this.sink === null) return false;
		this.sink.sendPrebuilt(prebuilt);
		return true;
	}

	/**
	 * Sends an interim response, 102 to 199 (RFC 9110 §15.2), with fields of its own; nothing for an HTTP/1.0 client. "100" is
	 * sent by the server.
	 */
	interim(status: number, fields: Readonly<Record<string, string>> = {}): boolean {
		if (!Number.isInteger(status) || status < 102 || status > 199)
			throw new RangeError(`${status} is no interim status`);
		if (this.sink === null) return false;
		this.sink.sendInterim(status, fields);
		return true;
	}

	/**
	 * Begins a response whose content is written in pieces: of `length` octets, or, without it, chunked (and for HTTP/1.0
	 * ended by the close). To HEAD, and with a status that has no content, the response is complete with its head: `write` and
	 * `end` then do nothing and return false.
	 */
	begin(length: number = LENGTH_UNKNOWN): boolean {
		if (length !== LENGTH_UNKNOWN && !(Number.isSafeInteger(length) && length >= 0)) {
			throw new RangeError(`${length} is no content length`);
		}
		if (this.sink === null) return false;
		this.sink.beginStream(length);
		return true;
	}

	/** How many octets `write` takes now; 0 before `begin`. */
	get room(): number {
		return this.sink === null ? 0 : this.sink.room;
	}

	/** How many octets are missing of the length given to `begin`; 0 without one. */
	get missing(): number {
		return this.sink === null ? 0 : this.sink.missing;
	}

	/**
	 * Writes a piece of content, all of it or nothing; of octets those from `start` to `end`. Throws RangeError when it is more than
	 * `room`: wait for `onWritable`.
	 */
	write(content: Uint8Array | string): boolean;
	write(content: Uint8Array, start: number, end?: number): boolean;
	write(content: Uint8Array | string, start = 0, end?: number): boolean {
		if (this.sink === null) return false;
		if (isString(content)) {
			if (start !== 0 || end !== undefined) throw new TypeError("write() takes all of a string: write a slice of it");
			return this.sink.writeText(content);
		}
		if (!(content instanceof Uint8Array)) throw new TypeError("write() takes a string or a Uint8Array");
		return this.sink.writeOctets(content, start, end === undefined ? content.length : end);
	}

	/**
	 * Writes a piece of content without copying it, of any length, to a response that was begun with its length. It is sent from
	 * where it is, and must not change until `onWritable` is called again, or `onDone`; until then there is no room. Throws Error
	 * while another piece waits, and for a response without a length.
	 */
	attach(content: Uint8Array, start = 0, end: number = content.length): boolean {
		if (this.sink === null) return false;
		if (!(content instanceof Uint8Array)) throw new TypeError("attach() takes a Uint8Array");
		return this.sink.attachOctets(content, start, end);
	}

	/** Ends a response that was begun. Throws RangeError when octets of its length are missing. */
	end(): boolean {
		return this.sink === null ? false : this.sink.end();
	}

	/** Closes the connection after this response, whose head says so: it must not have been sent. */
	setLast(): boolean {
		if (this.sink === null) return false;
		this.sink.setLast();
		return true;
	}

	/**
	 * Lets the handler answer later. The ticket is all it keeps: `ticket.response` is the response as long as somebody waits
	 * for it. Allocates the ticket.
	 */
	defer(): Ticket {
		this.sink?.defer();
		return new Ticket(this);
	}

	/**
	 * Hands the connection to another protocol, after the head of this response (status 101 and its Upgrade field, as
	 * RFC 9110 §7.8 has it). `timeoutMs`: the longest silence, 0 for ever. Throws RangeError for one that is no whole number up to
	 * 2^30 − 1.
	 */
	detach(protocol: DetachedProtocol, timeoutMs: number): boolean {
		if (this.sink === null) return false;
		checkSilence(timeoutMs);
		this.sink.detach(protocol, timeoutMs);
		return true;
	}
}

/** Throws RangeError for what is no longest silence under another protocol. */
export function checkSilence(timeoutMs: number): void {
	if (Number.isInteger(timeoutMs) && timeoutMs >= 0 && timeoutMs <= TIME_MAX) return;
	throw new RangeError(`a silence of ${timeoutMs} ms: 0 is for ever, and ${TIME_MAX} the longest that ends`);
}

/** The right to answer a request later. */
export class Ticket {
	readonly #response: Response;

	/** For `Response.defer`. */
	constructor(response: Response) {
		this.#response = response;
	}

	/** The response, or undefined when it is complete or the client has gone: then there is nothing to do. */
	get response(): Response | undefined {
		return this.#response.isOpen ? this.#response : undefined;
	}
}
