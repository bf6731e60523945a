// Checks and writes the field lines that an app gives as strings (RFC 9110 §5). For the response writer.

import { fieldName } from "../message/field-registry.js";
import { COLON, CR, LF, SP } from "../octets/ascii.js";
import { FIELD_VALUE } from "../octets/classes.js";
import { freeze } from "../octets/freeze.js";

// On XS every property access on a primitive string leaves two slots behind: `call` leaves none, and lengths are asked
// for once.
const charCodeAt = String.prototype.charCodeAt;

// The fields that frame a message are the server's to write: an app that set one could split a response (RFC 9112 §11.1).
const FRAMING_FIELDS: readonly string[] = freeze([
	"connection",
	"content-length",
	"date",
	"keep-alive",
	"transfer-encoding",
	"trailer",
]);

/** Throws TypeError unless an app may set a field of this name to this value. */
export function checkField(name: string, value: string): void {
	if (FRAMING_FIELDS.includes(fieldName(name))) {
		throw new TypeError(`${name} is written by the server; see the docstring of Response.setField`);
	}
	checkFieldValue(name, value);
}

/** Throws TypeError unless a field may have this value. */
export function checkFieldValue(name: string, value: string): void {
	if (typeof value !== "string") throw new TypeError(`the value of ${name} must be a string, not ${typeof value}`);
	const { length } = value;
	for (let index = 0; index < length; index += 1) {
		const code = charCodeAt.call(value, index);
		if (code > 0xff || FIELD_VALUE[code] === 0) {
			throw new TypeError(
				`the value of ${name} holds U+${code.toString(16)}, which no field value may (RFC 9110 §5.5)`,
			);
		}
	}
}

/** The length of the line `name: value` with its CRLF. */
export function fieldLineLength(name: string, value: string): number {
	return name.length + value.length + 4;
}

/** Writes a checked field line at `offset`; returns the offset behind it. The caller has made sure of the room. */
export function writeFieldLine(octets: Uint8Array, offset: number, name: string, value: string): number {
	let end = writeLatin1(octets, offset, name);
	octets[end] = COLON;
	octets[end + 1] = SP;
	end = writeLatin1(octets, end + 2, value);
	octets[end] = CR;
	octets[end + 1] = LF;
	return end + 2;
}

function writeLatin1(octets: Uint8Array, offset: number, text: string): number {
	const { length } = text;
	for (let index = 0; index < length; index += 1) octets[offset + index] = charCodeAt.call(text, index);
	return offset + length;
}
