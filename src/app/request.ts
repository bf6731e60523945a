// The request as a handler sees it: accessors over what is kept in the receive buffer. Nothing is decoded, joined or
// allocated until it is asked for.

import type { Connection } from "../connection/connection.js";
import type { FieldRegistry } from "../message/field-registry.js";
import { type FieldTable, NAME_UNREGISTERED } from "../message/field-table.js";
import { METHODS } from "../message/method.js";
import { ABSOLUTE_FORM } from "../message/request-line.js";
import { SLASH } from "../octets/ascii.js";
import { copyOctets } from "../octets/copy.js";
import { latin1 } from "../octets/text.js";
import { decodeText } from "../router/path.js";
import { type PathPattern, parameterEnd, segmentStart } from "../router/pattern.js";
import { writePath } from "../router/router.js";
import { findPair, pairValue } from "../router/urlencoded.js";

// On XS a method of a primitive string leaves two slots behind; called like this it leaves none.
const toLowerCase = String.prototype.toLowerCase;

/** What a request reads from. The server's slot implements it. */
export interface RequestSource {
	readonly connection: Connection;
	readonly registry: FieldRegistry;
	readonly pattern: PathPattern;
	/** Where a path may be written for a moment. */
	readonly scratch: Uint8Array;
	readonly remoteAddress: string;
	/** Whether a handler is concerned with the request: from its first call until it was told of the end. */
	readonly isServing: boolean;
	/** Which connection of its slot it came over. */
	readonly generation: number;
	/** The platform's clocks, as Request has them. */
	readonly now: number;
	readonly date: number;
	/** The handler has read content: more may be wanted from the transport. */
	contentRead(): void;
}

const GONE = "the request is over; what a handler needs later it copies, or keeps in its own variables";

/**
 * A request. Valid from the handler's first call until its last, `onDone` or `onError`; afterwards every accessor throws
 * an Error, but for `state` and `read`. What has answered at once must not be kept: it serves the next request.
 */
export class Request {
	/** Whatever the handler wants to keep for this request. Undefined before the first call. */
	state: unknown = undefined;
	private source: RequestSource | null;

	/** For the server. */
	constructor(source: RequestSource) {
		this.source = source;
	}

	/** For the server: nothing is to be had from this request any more. */
	expire(): void {
		this.source = null;
	}

	private get live(): RequestSource {
		if (this.source === null || !this.source.isServing) throw new Error(GONE);
		return this.source;
	}

	/** The method, case-sensitive (RFC 9110 §9.1). */
	get method(): string {
		const { connection } = this.live;
		const line = connection.head.requestLine;
		if (line.method >= 0) return METHODS.names[line.method] as string;
		return latin1(connection.receive.octets, line.methodStart, line.methodStart + line.methodLength);
	}

	/** The request target as it was sent (RFC 9112 §3.2), in any of its four forms. */
	get target(): string {
		const { connection } = this.live;
		const line = connection.head.requestLine;
		return latin1(connection.receive.octets, line.targetStart, line.targetEnd);
	}

	/** The path: percent-decoded once as UTF-8, but for "%2F" and "%25", and without dot segments. */
	get path(): string {
		const { connection, scratch } = this.live;
		const line = connection.head.requestLine;
		const length = writePath(line, connection.receive.octets, scratch);
		let path = decodeText(scratch, 0, 0, false);
		// Decoded piece by piece around what stays encoded.
		let start = 0;
		for (let index = 0; index < length; index += 1) {
			if (scratch[index] !== 0x25) continue;
			path += decodeText(scratch, start, index, false) + latin1(scratch, index, index + 3);
			start = index + 3;
		}
		return path + decodeText(scratch, start, length, false);
	}

	/** What stands behind "?" in the target, as it was sent; undefined without a "?". */
	get query(): string | undefined {
		const { connection } = this.live;
		const line = connection.head.requestLine;
		if (line.queryStart < 0) return undefined;
		return latin1(connection.receive.octets, line.queryStart, line.targetEnd);
	}

	/**
	 * The first value of `name` in the query, decoded as forms encode it (percent-encoding, "+" for a space, UTF-8);
	 * undefined when it is not there, "" when it has no value.
	 */
	queryParameter(name: string): string | undefined {
		const { connection } = this.live;
		const line = connection.head.requestLine;
		if (line.queryStart < 0) return undefined;
		const { octets } = connection.receive;
		const pair = findPair(octets, line.queryStart, line.targetEnd, name);
		return pair < 0 ? undefined : pairValue(octets, pair, line.targetEnd);
	}

	/**
	 * The value of a parameter of the route, decoded: a "%2F" in it is a "/" again. Throws RangeError for a name that the
	 * route does not have.
	 */
	parameter(name: string): string {
		const { connection, scratch, pattern } = this.live;
		const line = connection.head.requestLine;
		const index = pattern.parameters.findIndex((parameter) => parameter.name === name);
		if (index < 0) throw new RangeError(`the route ${pattern.text} has no parameter ${name}`);
		const length = writePath(line, connection.receive.octets, scratch);
		const start = segmentStart(scratch, 0, length, (pattern.parameters[index] as { segment: number }).segment);
		const isRest = pattern.hasWildcard && index === pattern.parameters.length - 1;
		return decodeText(scratch, start, parameterEnd(scratch, start, length, isRest), false);
	}

	/** "1.0" or "1.1" (RFC 9110 §2.5: a later minor version is answered as 1.1). */
	get version(): string {
		return this.live.connection.head.requestLine.minorVersion === 0 ? "1.0" : "1.1";
	}

	/** The client's address, or the gateway's before us. */
	get remoteAddress(): string {
		return this.live.remoteAddress;
	}

	/** Which request of its connection it is, from 1. */
	get number(): number {
		return this.live.connection.requestCount;
	}

	/**
	 * Which of the connections that have used its slot it came over. With `number` it tells apart the requests that one Request is
	 * used for, one after the other.
	 */
	get connectionNumber(): number {
		return this.live.generation;
	}

	/** Milliseconds from an arbitrary start, a 32-bit integer that may wrap: subtract two of them, and take `| 0`. */
	get now(): number {
		return this.live.now;
	}

	/** Seconds since 1970-01-01T00:00:00Z, or a negative number while nobody knows. */
	get date(): number {
		return this.live.date;
	}

	/**
	 * The value of a request field the app registered, one character for each octet; several lines of it joined by ", "
	 * (RFC 9110 §5.3), Cookie by "; " (RFC 6265 §5.4). "host" is the authority of an absolute-form target. Undefined when the client did not send it. Throws RangeError for a field that is not
	 * registered in `fields` of the app.
	 */
	field(name: string): string | undefined {
		return this.joined(name, 0, this.live.connection.head.headFieldCount);
	}

	/** The value of a trailer field the app registered, once the content is complete; as `field`. */
	trailer(name: string): string | undefined {
		const { head } = this.live.connection;
		return this.joined(name, head.headFieldCount, head.fieldSection.table.count);
	}

	private joined(name: string, first: number, end: number): string | undefined {
		const { registry } = this.live;
		const lower = toLowerCase.call(name);
		const index = registry.names.indexOf(lower);
		if (!registry.keepsAll && (index < 0 || registry.kept[index] === 0)) {
			throw new RangeError(notRegistered(name));
		}
		if (lower === "host" && first === 0) {
			const authority = this.authorityOfTarget;
			if (authority !== undefined) return authority;
		}
		const fields = this.live.connection.head.fieldSection.table;
		let joined: string | undefined;
		for (let row = first; row < end; row += 1) {
			const isIt = index >= 0 ? fields.nameIndex(row) === index : this.nameAt(row).toLowerCase() === lower;
			if (!isIt) continue;
			const value = this.valueAt(row);
			joined = joined === undefined ? value : joined + (lower === "cookie" ? "; " : ", ") + value;
		}
		return joined;
	}

	/** The authority of an absolute-form target, which stands in place of any Host (RFC 9112 §3.2.2). */
	private get authorityOfTarget(): string | undefined {
		const { connection } = this.live;
		const line = connection.head.requestLine;
		if (line.form !== ABSOLUTE_FORM) return undefined;
		const { octets } = connection.receive;
		// Behind the "//" of "http://" or "https://".
		const start = indexOf(octets, SLASH, line.targetStart, line.targetEnd) + 2;
		return latin1(octets, start, line.pathStart);
	}

	/** How many field lines of the head were kept. */
	get fieldCount(): number {
		return this.live.connection.head.headFieldCount;
	}

	/** How many trailer lines were kept so far. They follow the head's in `fieldName` and `fieldValue`. */
	get trailerCount(): number {
		const { head } = this.live.connection;
		return head.fieldSection.table.count - head.headFieldCount;
	}

	/** The name of a kept field line, from 0 in the order they came: as sent where every field is kept, else in lower case. */
	fieldName(index: number): string {
		this.fieldsWith(index);
		return this.nameAt(index);
	}

	/** The value of a kept field line. */
	fieldValue(index: number): string {
		this.fieldsWith(index);
		return this.valueAt(index);
	}

	/**
	 * The first line from `start` on of a field that is registered, or −1. `name`: in lower case. Only the head's lines are
	 * looked at. With the three below, values are read where they are, and nothing is allocated. Throws RangeError for a field
	 * that neither the app's `fields` nor a route's registers.
	 */
	findField(name: string, start = 0): number {
		const { connection, registry } = this.live;
		const nameIndex = registry.names.names.indexOf(name);
		if (nameIndex < 0 || (registry.kept[nameIndex] === 0 && !registry.keepsAll)) {
			throw new RangeError(notRegistered(name));
		}
		const head = connection.head;
		const fields = head.fieldSection.table;
		const headFieldCount = head.headFieldCount;
		let row = start;
		while (row < headFieldCount && fields.nameIndex(row) !== nameIndex) row += 1;
		return row < headFieldCount ? row : -1;
	}

	/** Where the values of kept field lines stand. Read only, and only until the handler returns. */
	get octets(): Uint8Array {
		return this.live.connection.receive.octets;
	}

	/** Where in `octets` the value of a kept field line begins, until the handler returns. */
	valueStart(index: number): number {
		return this.fieldsWith(index).valueStart(index);
	}

	/** Where in `octets` the value of a kept field line ends: the offset behind its last octet. */
	valueEnd(index: number): number {
		const fields = this.fieldsWith(index);
		return fields.valueStart(index) + fields.valueLength(index);
	}

	/** The kept fields, this one among them. */
	private fieldsWith(index: number): FieldTable {
		const fields = this.live.connection.head.fieldSection.table;
		if (!(Number.isInteger(index) && index >= 0 && index < fields.count))
			throw new RangeError(`there is no field ${index}`);
		return fields;
	}

	private nameAt(row: number): string {
		const { connection, registry } = this.live;
		const fields = connection.head.fieldSection.table;
		const nameIndex = fields.nameIndex(row);
		if (!registry.keepsAll && nameIndex !== NAME_UNREGISTERED) return registry.names.names[nameIndex] as string;
		const start = fields.nameStart(row);
		return latin1(connection.receive.octets, start, start + fields.nameLength(row));
	}

	private valueAt(row: number): string {
		const { connection } = this.live;
		const fields = connection.head.fieldSection.table;
		const start = fields.valueStart(row);
		return latin1(connection.receive.octets, start, start + fields.valueLength(row));
	}

	/** The Content-Length of the request: 0 without content, −1 for chunked content. */
	get contentLength(): number {
		const { connection } = this.live;
		if (connection.receive.isChunked || connection.head.fieldSection.hasTransferEncoding) return -1;
		return Math.max(0, connection.head.fieldSection.contentLength);
	}

	/** Whether all content has been read. */
	get isContentComplete(): boolean {
		return this.live.connection.isContentComplete;
	}

	/**
	 * Reads content into `buffer`, from `start` (0) up to `end` (its length); returns how many octets, 0 when none are there
	 * now, or once the request is over. For routes with `onReadable`. Reading late holds the client back, and loses nothing.
	 */
	read(buffer: Uint8Array, start = 0, end: number = buffer.length): number {
		if (!(Number.isInteger(start) && Number.isInteger(end) && start >= 0 && end <= buffer.length))
			throw new RangeError(`there is no room from ${start} to ${end}`);
		// The octets read last may have been the end of it all: a loop that asks for more finds none.
		const source = this.source;
		if (source === null || !source.isServing) return 0;
		const connection = source.connection;
		let at = start;
		while (at < end) {
			const available = connection.advanceContent();
			if (available === 0) break;
			const count = available < end - at ? available : end - at;
			const from = connection.receive.consumed;
			copyOctets(connection.receive.octets, from, from + count, buffer, at);
			connection.consumed(count);
			at += count;
		}
		if (at < end) at += connection.passContent(buffer, at, end);
		if (at > start) source.contentRead();
		return at - start;
	}
}

function notRegistered(name: string): string {
	return `the field ${name} is not registered: add it to "fields" of the app or of a route`;
}

function indexOf(octets: Uint8Array, octet: number, start: number, end: number): number {
	let index = start;
	while (index < end && octets[index] !== octet) index += 1;
	return index;
}
