// Reads what a server sends, octet by octet, by the letter of RFC 9112: status line, fields, framing, content. It shares no
// code with the server that it judges. What breaks a rule is kept as a violation and nothing behind it is read; nothing is
// forgiven. For the simulator's client and for the search.

import { latin1Text } from "./octets.js";

/** How the end of a response's content is found (RFC 9112 §6.3). */
export type Framing = "none" | "length" | "chunked" | "close" | "tunnel";

/** A response, as far as it has come. */
export interface ReadResponse {
	/** The method of the request it answers; "" when the reader was not told of any. */
	readonly method: string;
	readonly status: number;
	readonly reason: string;
	/** Names as they were sent, values without the white space around them. */
	readonly fields: readonly (readonly [name: string, value: string])[];
	readonly framing: Framing;
	/** The content so far, without its framing. */
	readonly content: Uint8Array;
	/** The content as text, in UTF-8. */
	readonly text: string;
	/** The lengths of its chunks, when it has any; the last one of 0 is not among them. */
	readonly chunkLengths: readonly number[];
	readonly trailers: readonly (readonly [name: string, value: string])[];
	/** The interim responses before it. */
	readonly interims: readonly ReadResponse[];
	/** Whether all of it has come. */
	readonly isComplete: boolean;
	/** The value of the first field of that name, in any case. */
	field(name: string): string | undefined;
}

/** What it is to those who judge it, and look at it several times. */
export interface JudgedResponse extends ReadResponse {
	/** The content so far, a character for each octet. */
	readonly octetText: string;
}

/** A rule that was broken. */
export interface ReaderViolation {
	/** Where: how many octets of the connection were read before. */
	readonly offset: number;
	readonly text: string;
}

const CR = 13;
const LF = 10;

/** The longest line and the most content that a reader keeps: a server in a simulation sends no more. */
const LINE_LENGTH_MAX = 65_536;
const LINE_LENGTH_MIN = 128;

// What is read next.
const STATUS_LINE = 0;
const FIELD_LINE = 1;
const CONTENT = 2;
const CHUNK_SIZE = 3;
const CHUNK = 4;
const CHUNK_END = 5;
const TRAILER_LINE = 6;
const UNTIL_CLOSE = 7;
const TUNNEL = 8;
/** Nothing more may come: the last response said so. */
const OVER = 9;
const BROKEN = 10;

class Message implements JudgedResponse {
	readonly method: string;
	readonly status: number;
	readonly reason: string;
	readonly fields: [string, string][] = [];
	readonly trailers: [string, string][] = [];
	readonly chunkLengths: number[] = [];
	readonly interims: readonly ReadResponse[];
	framing: Framing = "none";
	isComplete = false;
	#content: Uint8Array = NOTHING;
	#length = 0;
	/** What `octetText` was, until more came. */
	#octetText: string | null = null;

	constructor(method: string, status: number, reason: string, interims: readonly ReadResponse[]) {
		this.method = method;
		this.status = status;
		this.reason = reason;
		this.interims = interims;
	}

	field(name: string): string | undefined {
		const wanted = name.toLowerCase();
		return this.fields.find(([one]) => one.toLowerCase() === wanted)?.[1];
	}

	get content(): Uint8Array {
		return this.#content.subarray(0, this.#length);
	}

	get text(): string {
		return utf8Text(this.#content, this.#length);
	}

	get octetText(): string {
		this.#octetText ??= latin1Text(this.#content, this.#length);
		return this.#octetText;
	}

	add(octets: Uint8Array, start: number, end: number): void {
		this.#octetText = null;
		const length = this.#length + end - start;
		if (length > this.#content.length) {
			const longer = new Uint8Array(Math.max(length, 2 * this.#content.length, 64));
			longer.set(this.#content);
			this.#content = longer;
		}
		for (let index = start; index < end; index += 1) {
			this.#content[this.#length + index - start] = octets[index] as number;
		}
		this.#length = length;
	}
}

const NOTHING = new Uint8Array(0);

export class ResponseReader {
	/** The final responses, in order; the last one may still be on its way. */
	readonly responses: JudgedResponse[] = [];
	readonly violations: ReaderViolation[] = [];
	/** How many octets it was given. */
	length = 0;
	/** Whether the connection has ended in the middle of a response. */
	isCutOff = false;
	/** What another protocol has sent after 101, or after 2xx to CONNECT. */
	readonly tunnel: number[] = [];
	readonly #methods: string[] = [];
	#interims: ReadResponse[] = [];
	#message: Message | null = null;
	#state = STATUS_LINE;
	/** The beginning of a line that comes in pieces. */
	#line: Uint8Array = NOTHING;
	#lineLength = 0;
	#remaining = 0;

	/** A request was sent: the response to it is read by the rules for this method. */
	asked(method: string): void {
		this.#methods.push(method);
	}

	/** How many requests were asked and have no final response yet. */
	get owed(): number {
		return this.#methods.length;
	}

	/** Whether the server is in the middle of a response, or of the interim ones before it. */
	get isInResponse(): boolean {
		return this.#message !== null || this.#lineLength > 0 || this.#interims.length > 0;
	}

	/** Reads what has come. */
	read(octets: Uint8Array, start = 0, end: number = octets.length): void {
		for (let index = start; index < end; ) {
			switch (this.#state) {
				case CONTENT:
				case CHUNK:
					index = this.#readContent(octets, index, end);
					break;
				case UNTIL_CLOSE:
					this.#message?.add(octets, index, end);
					index = end;
					break;
				case TUNNEL:
					for (; index < end; index += 1) this.tunnel.push(octets[index] as number);
					break;
				case OVER:
					this.#violate(this.length + index - start, "octets behind the last response");
					break;
				case BROKEN:
					index = end;
					break;
				default:
					index = this.#readLine(octets, index, end, this.length + index - start);
			}
		}
		this.length += end - start;
	}

	/** The server has closed its side; or (`isReset`) the connection was cut off. */
	end(isReset = false): void {
		if (this.#state === BROKEN || this.#state === TUNNEL) return;
		if (this.#state === UNTIL_CLOSE && !isReset) this.#complete();
		else if (this.isInResponse) this.isCutOff = true;
	}

	#violate(offset: number, text: string): void {
		this.violations.push({ offset, text });
		this.#state = BROKEN;
	}

	// ---- Lines ----

	/** RFC 9112 §2.2: a sender ends lines with CR LF, and puts neither anywhere else. */
	#readLine(octets: Uint8Array, start: number, end: number, offset: number): number {
		if (this.#lineLength > 0) return this.#readPieces(octets, start, end, offset);
		let at = start;
		while (at < end && octets[at] !== CR && octets[at] !== LF) at += 1;
		const isWhole = at + 1 < end && octets[at] === CR && octets[at + 1] === LF && at - start < LINE_LENGTH_MAX;
		if (!isWhole) return this.#readPieces(octets, start, end, offset);
		this.#readWhole(latin1Text(octets, at, start), offset + at + 1 - start);
		return at + 2;
	}

	/** A line of which more has come, or is to come. */
	#readPieces(octets: Uint8Array, start: number, end: number, offset: number): number {
		for (let index = start; index < end; index += 1) {
			const octet = octets[index] as number;
			const before = this.#lineLength > 0 ? (this.#line[this.#lineLength - 1] as number) : 0;
			if (octet === LF) {
				if (before !== CR) {
					this.#violate(offset + index - start, "a line that ends in a bare LF");
					return end;
				}
				this.#lineLength -= 1;
				const line = latin1Text(this.#line, this.#lineLength);
				this.#lineLength = 0;
				this.#readWhole(line, offset + index - start);
				return index + 1;
			}
			if (before === CR) {
				this.#violate(offset + index - start, "a bare CR");
				return end;
			}
			this.#keep(octet);
			if (this.#lineLength > LINE_LENGTH_MAX) {
				this.#violate(offset + index - start, "a line without end");
				return end;
			}
		}
		return end;
	}

	#keep(octet: number): void {
		if (this.#lineLength === this.#line.length) {
			const longer = new Uint8Array(Math.max(LINE_LENGTH_MIN, 2 * this.#line.length));
			longer.set(this.#line);
			this.#line = longer;
		}
		this.#line[this.#lineLength] = octet;
		this.#lineLength += 1;
	}

	#readWhole(line: string, offset: number): void {
		switch (this.#state) {
			case STATUS_LINE:
				return this.#readStatusLine(line, offset);
			case FIELD_LINE:
				return line === "" ? this.#endHead(offset) : this.#readField(line, offset);
			case TRAILER_LINE:
				return line === "" ? this.#complete() : this.#readField(line, offset);
			case CHUNK_SIZE:
				return this.#readChunkSize(line, offset);
			default:
				if (line !== "") this.#violate(offset, "octets between a chunk and its CR LF");
				else this.#state = CHUNK_SIZE;
		}
	}

	/** RFC 9112 §4: HTTP-version SP status-code SP [ reason-phrase ] */
	#readStatusLine(line: string, offset: number): void {
		const match = /^HTTP\/1\.1 ([1-5][0-9][0-9]) ([\t\x20-\x7e\x80-\xff]*)$/.exec(line);
		if (match === null) return this.#violate(offset, `no status line: ${JSON.stringify(line)}`);
		const status = Number(match[1]);
		const isInterim = status < 200;
		const method = this.#methods[0] ?? "";
		if (isInterim) this.#message = new Message(method, status, match[2] as string, []);
		else {
			this.#message = new Message(method, status, match[2] as string, this.#interims);
			this.#interims = [];
			this.#methods.shift();
			this.responses.push(this.#message);
		}
		this.#state = FIELD_LINE;
	}

	/** RFC 9112 §5: field-name ":" OWS field-value OWS */
	#readField(line: string, offset: number): void {
		const match =
			/^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[\t ]*((?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?)[\t ]*$/.exec(
				line,
			);
		if (match === null) return this.#violate(offset, `no field line: ${JSON.stringify(line)}`);
		const message = this.#message as Message;
		const fields = this.#state === FIELD_LINE ? message.fields : message.trailers;
		fields.push([match[1] as string, match[2] as string]);
	}

	// ---- Framing ----

	/** RFC 9112 §6.3, and what a server must not send (RFC 9110 §8.6, RFC 9112 §6.1). */
	#endHead(offset: number): void {
		const message = this.#message as Message;
		const { status, method } = message;
		const lengths = valuesOf(message, "content-length");
		const codings = valuesOf(message, "transfer-encoding");
		if (lengths.length > 1) return this.#violate(offset, "two Content-Length fields");
		if (codings.length > 0 && lengths.length > 0) {
			return this.#violate(offset, "Content-Length and Transfer-Encoding together");
		}
		if (status < 200 || status === 204) {
			if (lengths.length > 0) return this.#violate(offset, `a ${status} response with Content-Length`);
			if (codings.length > 0) return this.#violate(offset, `a ${status} response with Transfer-Encoding`);
		}
		const [length] = lengths;
		if (length !== undefined && !/^[0-9]{1,15}$/.test(length)) {
			return this.#violate(offset, `a Content-Length of ${JSON.stringify(length)}`);
		}
		if (codings.length > 1 || (codings[0] !== undefined && codings[0].toLowerCase() !== "chunked")) {
			return this.#violate(offset, `a Transfer-Encoding of ${JSON.stringify(codings.join(", "))}`);
		}
		if (status === 101 || (method === "CONNECT" && status >= 200 && status < 300)) {
			message.framing = "tunnel";
			this.#complete();
			this.#state = TUNNEL;
		} else if (status < 200 || status === 204 || status === 304 || method === "HEAD") this.#complete();
		else if (codings.length > 0) {
			message.framing = "chunked";
			this.#state = CHUNK_SIZE;
		} else if (length !== undefined) {
			message.framing = "length";
			this.#remaining = Number(length);
			if (this.#remaining === 0) this.#complete();
			else this.#state = CONTENT;
		} else {
			message.framing = "close";
			this.#state = UNTIL_CLOSE;
		}
	}

	/** RFC 9112 §7.1: chunk-size [ chunk-ext ] */
	#readChunkSize(line: string, offset: number): void {
		const match = /^([0-9A-Fa-f]{1,13})(?:[\t ]*;[\t\x20-\x7e\x80-\xff]*)?$/.exec(line);
		if (match === null) return this.#violate(offset, `no chunk size: ${JSON.stringify(line)}`);
		const message = this.#message as Message;
		this.#remaining = Number.parseInt(match[1] as string, 16);
		if (this.#remaining === 0) this.#state = TRAILER_LINE;
		else {
			message.chunkLengths.push(this.#remaining);
			this.#state = CHUNK;
		}
	}

	#readContent(octets: Uint8Array, start: number, end: number): number {
		const count = Math.min(this.#remaining, end - start);
		this.#message?.add(octets, start, start + count);
		this.#remaining -= count;
		if (this.#remaining > 0) return start + count;
		if (this.#state === CHUNK) this.#state = CHUNK_END;
		else this.#complete();
		return start + count;
	}

	#complete(): void {
		const message = this.#message as Message;
		message.isComplete = true;
		this.#message = null;
		if (message.status < 200 && message.status !== 101) {
			this.#interims.push(message);
			this.#state = STATUS_LINE;
			return;
		}
		if (message.status === 101) {
			this.#methods.shift();
			this.responses.push(message);
		}
		this.#state = message.framing === "close" || isLast(message) ? OVER : STATUS_LINE;
	}
}

function valuesOf(message: Message, name: string): string[] {
	const values: string[] = [];
	for (const field of message.fields) {
		if (field[0].length === name.length && field[0].toLowerCase() === name) values.push(field[1]);
	}
	return values;
}

/** RFC 9112 §9.6: whether it says that the connection ends with it. */
function isLast(message: Message): boolean {
	return valuesOf(message, "connection").some((value) => /(^|[,\t ])close([,\t ]|$)/i.test(value));
}

/** UTF-8 (RFC 3629); what is none of it becomes U+FFFD. */
function utf8Text(octets: Uint8Array, length: number = octets.length): string {
	let text = "";
	for (let index = 0; index < length; ) {
		const first = octets[index] as number;
		index += 1;
		const count = first < 0x80 ? 0 : first >= 0xc2 && first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
		if (count === 0 || first < 0xc2 || first > 0xf4) {
			text += count === 0 ? String.fromCharCode(first) : "\ufffd";
			continue;
		}
		let point = first & (0x3f >> count);
		let read = 0;
		for (; read < count && index < length; read += 1) {
			const next = octets[index] as number;
			if ((next & 0xc0) !== 0x80) break;
			point = (point << 6) | (next & 0x3f);
			index += 1;
		}
		const least = count === 1 ? 0x80 : count === 2 ? 0x800 : 0x10000;
		const isScalar = read === count && point >= least && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
		text += isScalar ? String.fromCodePoint(point) : "\ufffd";
	}
	return text;
}
