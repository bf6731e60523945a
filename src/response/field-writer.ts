// Checks and writes the field lines that an app gives as strings (RFC 9110 §5). For the response writer.

import { fieldName } from "../message/field-registry.js";
import { COLON, CR, LF, SP } from "../octets/ascii.js";
import { FIELD_VALUE, TOKEN_LOWER } from "../octets/classes.js";
import { isString } from "../octets/is-string.js";
import { NameSet, NO_NAME } from "../octets/names.js";

// On XS every property access on a primitive string, `length` too, leaves two slots behind; `call` leaves none, and where a
// string ends `charCodeAt` answers NaN.
const charCodeAt = String.prototype.charCodeAt;

// What `checkField` returns: what the server has to know of the field.
export const FIELD_OTHER = 0;
export const FIELD_UPGRADE = 1;
export const FIELD_CONTENT_TYPE = 2;

// The others frame a message and are the server's to write: an app that set one could split a response (RFC 9112 §11.1).
const NAMES = new NameSet([
	"connection",
	"content-length",
	"content-type",
	"date",
	"keep-alive",
	"trailer",
	"transfer-encoding",
	"upgrade",
]);
const CONTENT_TYPE = NAMES.indexOf("content-type");
const UPGRADE = NAMES.indexOf("upgrade");

/** Which field it is: one of FIELD_…. Throws TypeError unless an app may set a field of this name to this value. */
export function checkField(name: string, value: string): number {
	const known = NAMES.end(cursorOf(name));
	if (known >= 0 && known !== CONTENT_TYPE && known !== UPGRADE) {
		throw new TypeError(`${name} is written by the server; see the docstring of Response.setField`);
	}
	checkFieldValue(name, value);
	if (known < 0) return FIELD_OTHER;
	return known === UPGRADE ? FIELD_UPGRADE : FIELD_CONTENT_TYPE;
}

/** Checks fields that are set together: what the server has to know of them, added up. Throws TypeError as `checkField`. */
export function checkFields(lines: readonly (readonly [string, string])[]): number {
	let known = 0;
	for (const [name, value] of lines) {
		const field = checkField(name, value);
		if ((known & field & FIELD_CONTENT_TYPE) !== 0) throw secondType();
		known |= field;
	}
	return known;
}

/** What is thrown for a second Content-Type, which no list could hold (RFC 9110 §5.3, §8.3). */
export function secondType(): TypeError {
	return new TypeError("a response has one Content-Type");
}

/**
 * Checks all fields of a head that is written at once, and adds the connection option that an Upgrade comes with (RFC 9110 §7.8).
 * Throws TypeError as `checkFields`.
 */
export function completeFields(lines: [string, string][]): void {
	if ((checkFields(lines) & FIELD_UPGRADE) !== 0) lines.push(["Connection", "upgrade"]);
}

/** Where the name leads among NAMES. Throws TypeError when it is no field name. */
function cursorOf(name: string): number {
	let cursor = NO_NAME;
	let index = 0;
	let code = 0;
	if (isString(name)) {
		for (;;) {
			code = charCodeAt.call(name, index);
			if (!(code < 0x80)) break;
			code = TOKEN_LOWER[code] as number;
			if (code === 0) break;
			if (index === 0) cursor = NAMES.begin(code);
			else if (cursor !== NO_NAME) cursor = NAMES.step(cursor, code);
			index += 1;
		}
		if (index > 0 && !(code >= 0)) return cursor;
	}
	// Says what is wrong with it.
	fieldName(name);
	return NO_NAME;
}

/** Throws TypeError unless a field may have this value. */
export function checkFieldValue(name: string, value: string): void {
	if (!isString(value)) throw new TypeError(`the value of ${name} must be a string, not ${typeof value}`);
	let index = 0;
	let code = 0;
	for (;;) {
		code = charCodeAt.call(value, index);
		if (!(code <= 0xff) || FIELD_VALUE[code] === 0) break;
		index += 1;
	}
	if (!(code >= 0)) return;
	throw new TypeError(`the value of ${name} holds U+${code.toString(16)}, which no field value may (RFC 9110 §5.5)`);
}

/** The length of the line `name: value` with its CRLF. Leaves slots on XS: for definitions, and what allocates anyway. */
export function fieldLineLength(name: string, value: string): number {
	return name.length + value.length + 4;
}

/**
 * Writes a checked field line at `offset`, before `limit`; returns the offset behind it, or −1 when it does not fit: then
 * what stands there, up to `limit`, is undefined.
 */
export function writeFieldLine(octets: Uint8Array, offset: number, limit: number, name: string, value: string): number {
	let end = writeLatin1(octets, offset, limit, name);
	if (end < 0 || end + 2 > limit) return -1;
	octets[end] = COLON;
	octets[end + 1] = SP;
	end = writeLatin1(octets, end + 2, limit, value);
	if (end < 0 || end + 2 > limit) return -1;
	octets[end] = CR;
	octets[end + 1] = LF;
	return end + 2;
}

function writeLatin1(octets: Uint8Array, offset: number, limit: number, text: string): number {
	let end = offset;
	let index = 0;
	let code = charCodeAt.call(text, 0);
	while (code >= 0) {
		// The offset may be behind the limit from the first: where fields would begin behind an interim response that is long.
		if (end >= limit) return -1;
		octets[end] = code;
		end += 1;
		index += 1;
		code = charCodeAt.call(text, index);
	}
	return end;
}
