// A response made at definition time: its status line and fields are octets already, its content too. The cheapest way to
// answer, and one that lives in flash.

import { freeze } from "../octets/freeze.js";
import { ascii, utf8 } from "../octets/text.js";
import { checkFields, completeFields, fieldLineLength, writeFieldLine } from "./field-writer.js";
import { forbidsContent, forbidsContentLength, STATUS_LINE_LENGTH_MAX, writeStatusLine } from "./status.js";

/** What `prebuild` takes. */
export interface PrebuiltOptions {
	/** The status code, 200 to 599. Default 200. */
	readonly status?: number;
	/** The Content-Type. Default `text/plain;charset=utf-8` for a string, `application/octet-stream` for octets. */
	readonly type?: string;
	/** The content: octets, or a string that is sent in UTF-8. Default none. */
	readonly content?: string | Uint8Array;
	/** Further fields, by name; a Content-Type only where there is no content. An Upgrade gets its connection option (RFC 9110 §7.8). */
	readonly fields?: Readonly<Record<string, string>>;
}

/** A response that `prebuild` made. */
export interface Prebuilt {
	readonly status: number;
	/** Status line and fields but for Date and Connection, without the empty line. */
	readonly head: Uint8Array;
	readonly content: Uint8Array;
}

/** Field lines that `prebuildFields` made. */
export interface PrebuiltFields {
	readonly lines: Uint8Array;
	/** What they have of what the server has to know: FIELD_… added up. */
	readonly known: number;
}

const NOTHING = new Uint8Array(0);

/** `prebuilt` with one more field line, which has been checked. For definitions. */
export function withField(prebuilt: Prebuilt, name: string, value: string): Prebuilt {
	const head = new Uint8Array(prebuilt.head.length + fieldLineLength(name, value));
	head.set(prebuilt.head);
	writeFieldLine(head, prebuilt.head.length, head.length, name, value);
	return freeze({ status: prebuilt.status, head, content: prebuilt.content });
}

/**
 * Makes field lines of fixed octets, for `response.setFields`. Throws TypeError for a field that is malformed, the server's own,
 * or a second Content-Type.
 */
export function prebuildFields(fields: Readonly<Record<string, string>>): PrebuiltFields {
	const entries = Object.entries(fields);
	const known = checkFields(entries);
	let length = 0;
	for (const [name, value] of entries) length += fieldLineLength(name, value);
	const lines = new Uint8Array(length);
	let end = 0;
	for (const [name, value] of entries) end = writeFieldLine(lines, end, length, name, value);
	return freeze({ lines, known });
}

/**
 * Makes a response of fixed octets, for `response.send` or as a route of its own.
 *
 * Throws RangeError for a status outside 200 to 599 or content that its status forbids (RFC 9110 §6.4.1), TypeError for a
 * field that is malformed, the server's own, or a second Content-Type.
 */
export function prebuild(options: PrebuiltOptions): Prebuilt {
	const status = options.status ?? 200;
	if (!Number.isInteger(status) || status < 200 || status > 599) throw new RangeError(`${status} is no final status`);
	const given = options.content ?? NOTHING;
	const content = typeof given === "string" ? utf8(given) : given;
	if (content.length > 0 && forbidsContent(status)) throw new RangeError(`a ${status} response has no content`);
	const fields = Object.entries(options.fields ?? {});
	if (content.length > 0) {
		const type = options.type ?? (typeof given === "string" ? "text/plain;charset=utf-8" : "application/octet-stream");
		fields.unshift(["Content-Type", type]);
	}
	completeFields(fields);
	let length = STATUS_LINE_LENGTH_MAX;
	for (const [name, value] of fields) length += fieldLineLength(name, value);
	const lengthLine = forbidsContentLength(status) ? NOTHING : ascii(`Content-Length: ${content.length}\r\n`);
	const octets = new Uint8Array(length + lengthLine.length);
	let end = writeStatusLine(octets, 0, status);
	for (const [name, value] of fields) end = writeFieldLine(octets, end, octets.length, name, value);
	octets.set(lengthLine, end);
	return freeze({ status, head: octets.slice(0, end + lengthLine.length), content });
}
