// An access log in the Common Log Format, one line for each response, put together in one buffer: nothing is allocated.
//
//     192.0.2.1 - - [06/Nov/1994:08:49:37 +0000] "GET /a?b HTTP/1.1" 200 1024

import { lazily } from "../app/lazily.js";
import { METHODS } from "../message/method.js";
import { BACKSLASH, COLON, DOT, DQUOTE, LEFT_BRACKET, LF, SLASH, SP } from "../octets/ascii.js";
import { copyOctets } from "../octets/copy.js";
import { writeDecimal } from "../octets/decimal.js";
import { freeze } from "../octets/freeze.js";
import { ascii } from "../octets/text.js";
import { DateLine } from "../response/date.js";
import type { Server, ServerObserver } from "../server/server.js";
import type { Slot } from "../server/slot.js";

/** Takes a line, its LF included: `octets[0, length)`, until it returns. */
export type LogSink = (octets: Uint8Array, length: number) => void;

// On XS `charCodeAt` called like this leaves no slots; where a string ends it answers NaN.
const charCodeAt = String.prototype.charCodeAt;

const DASH = 0x2d;
const BETWEEN = ascii(" - - ");
const VERSIONS: readonly Uint8Array[] = freeze([ascii(" HTTP/1.0"), ascii(" HTTP/1.1")]);
const ZONE = ascii(" +0000] ");

/** What a line has beside its target and the address: method, date, status and length at their longest. */
const REST_LENGTH = 192;
const TARGET_LENGTH_MAX = 256;
const LINE_LENGTH_MAX: number = REST_LENGTH + TARGET_LENGTH_MAX;

/** What changes: made at the first line. */
class Line {
	readonly octets: Uint8Array = new Uint8Array(LINE_LENGTH_MAX);
	readonly date: DateLine = new DateLine();
	server: Server | null = null;
}

/** Writes a line for each response, with the content that has gone of it. Give it to `listen` as the observer. */
export class AccessLog implements ServerObserver {
	readonly #sink: LogSink;
	readonly #line = lazily(() => new Line());

	/** A sink that throws fails the server's own work: catch what it may throw. */
	constructor(sink: LogSink) {
		this.#sink = sink;
		Object.freeze(this);
	}

	serving(server: Server): void {
		this.#line().server = server;
	}

	changed(_slot: Slot): void {}

	crowded(_isRefused: boolean): void {}

	answered(slot: Slot): void {
		this.write(slot, slot.connection.response.sentLength);
	}

	cutOff(slot: Slot): void {
		this.write(slot, slot.connection.response.takenLength);
	}

	private write(slot: Slot, length: number): void {
		const { octets, date, server } = this.#line();
		const { connection } = slot;
		date.update(server === null ? -1 : server.date());
		let end = putText(octets, 0, slot.remoteAddress);
		end = putOctets(octets, end, BETWEEN, 0, BETWEEN.length);
		end = putDate(octets, end, date);
		octets[end] = DQUOTE;
		end = putRequestLine(octets, end + 1, slot);
		octets[end] = DQUOTE;
		octets[end + 1] = SP;
		end = writeDecimal(octets, end + 2, connection.response.status);
		octets[end] = SP;
		end = writeDecimal(octets, end + 1, length);
		octets[end] = LF;
		this.#sink(octets, end + 1);
	}
}

/** "[06/Nov/1994:08:49:37 +0000] ", from the octets of "Date: Sun, 06 Nov 1994 08:49:37 GMT"; "- " without a clock. */
function putDate(to: Uint8Array, at: number, date: DateLine): number {
	if (!date.isKnown) {
		to[at] = DASH;
		to[at + 1] = SP;
		return at + 2;
	}
	to[at] = LEFT_BRACKET;
	let end = putOctets(to, at + 1, date, 11, 13);
	to[end] = SLASH;
	end = putOctets(to, end + 1, date, 14, 17);
	to[end] = SLASH;
	end = putOctets(to, end + 1, date, 18, 22);
	to[end] = COLON;
	end = putOctets(to, end + 1, date, 23, 31);
	return putOctets(to, end, ZONE, 0, ZONE.length);
}

/** The request line of a head that was understood; "-" for any other. A long target ends in "...". */
function putRequestLine(to: Uint8Array, at: number, { connection }: Slot): number {
	const { requestLine: line, fieldSection: section } = connection.head;
	// By how far the readers came: which rule was broken is forgotten when another connection is read meanwhile, and octets that
	// nobody has checked may be anything. Trailers are read by the section that the head has completed.
	if (!line.isComplete || !(section.isComplete || section.isTrailer)) {
		to[at] = DASH;
		return at + 1;
	}
	const { octets } = connection.receive;
	let end = at;
	if (line.method >= 0) end = putText(to, end, METHODS.names[line.method] as string);
	else end = putOctets(to, end, octets, line.methodStart, line.methodStart + line.methodLength);
	to[end] = SP;
	end += 1;
	const limit = end + TARGET_LENGTH_MAX - 4;
	for (let index = line.targetStart; index < line.targetEnd; index += 1) {
		const octet = octets[index] as number;
		// Nothing in a target may end the quotes.
		const isQuoted = octet === DQUOTE || octet === BACKSLASH;
		if (end + (isQuoted ? 2 : 1) > limit) {
			to[end] = DOT;
			to[end + 1] = DOT;
			to[end + 2] = DOT;
			end += 3;
			break;
		}
		if (isQuoted) {
			to[end] = BACKSLASH;
			end += 1;
		}
		to[end] = octet;
		end += 1;
	}
	const version = VERSIONS[line.minorVersion === 0 ? 0 : 1] as Uint8Array;
	return putOctets(to, end, version, 0, version.length);
}

function putOctets(to: Uint8Array, at: number, from: Uint8Array, start: number, end: number): number {
	copyOctets(from, start, end, to, at);
	return at + end - start;
}

/** An ASCII text of at most 64 characters. */
function putText(to: Uint8Array, at: number, text: string): number {
	let end = at;
	let code = charCodeAt.call(text, 0);
	while (code >= 0 && end - at < 64) {
		to[end] = code;
		end += 1;
		code = charCodeAt.call(text, end - at);
	}
	return end;
}
