// Status codes: their status lines as octets (RFC 9112 §4), and what each says about content (RFC 9110 §15).

import { CR, LF, SP } from "../octets/ascii.js";
import { writeDecimal } from "../octets/decimal.js";
import { freeze } from "../octets/freeze.js";
import { ascii } from "../octets/text.js";

/** "HTTP/1.1 " stands before the status code of every status line. */
const VERSION = ascii("HTTP/1.1 ");

// RFC 9110 §15, and RFC 8297, 6585, 4918, 7725 for the rest. In ascending order.
const REASONS: readonly (readonly [number, string])[] = freeze([
	[100, "Continue"],
	[101, "Switching Protocols"],
	[103, "Early Hints"],
	[200, "OK"],
	[201, "Created"],
	[202, "Accepted"],
	[203, "Non-Authoritative Information"],
	[204, "No Content"],
	[205, "Reset Content"],
	[206, "Partial Content"],
	[207, "Multi-Status"],
	[300, "Multiple Choices"],
	[301, "Moved Permanently"],
	[302, "Found"],
	[303, "See Other"],
	[304, "Not Modified"],
	[307, "Temporary Redirect"],
	[308, "Permanent Redirect"],
	[400, "Bad Request"],
	[401, "Unauthorized"],
	[403, "Forbidden"],
	[404, "Not Found"],
	[405, "Method Not Allowed"],
	[406, "Not Acceptable"],
	[408, "Request Timeout"],
	[409, "Conflict"],
	[410, "Gone"],
	[411, "Length Required"],
	[412, "Precondition Failed"],
	[413, "Content Too Large"],
	[414, "URI Too Long"],
	[415, "Unsupported Media Type"],
	[416, "Range Not Satisfiable"],
	[417, "Expectation Failed"],
	[421, "Misdirected Request"],
	[422, "Unprocessable Content"],
	[425, "Too Early"],
	[426, "Upgrade Required"],
	[428, "Precondition Required"],
	[429, "Too Many Requests"],
	[431, "Request Header Fields Too Large"],
	[451, "Unavailable For Legal Reasons"],
	[500, "Internal Server Error"],
	[501, "Not Implemented"],
	[502, "Bad Gateway"],
	[503, "Service Unavailable"],
	[504, "Gateway Timeout"],
	[505, "HTTP Version Not Supported"],
	[507, "Insufficient Storage"],
	[511, "Network Authentication Required"],
]);

const LINES: readonly Uint8Array[] = freeze(
	REASONS.map(([status, reason]) => ascii(`HTTP/1.1 ${status} ${reason}\r\n`)),
);

/** The longest status line there is. */
export const STATUS_LINE_LENGTH_MAX: number = LINES.reduce((most, line) => Math.max(most, line.length), 0);

const OK_LINE: Uint8Array = ascii("HTTP/1.1 200 OK\r\n");

/** The status line of `status` with its CRLF, or null for a code without a registered reason phrase. */
function lineOf(status: number): Uint8Array | null {
	// What nearly every response says.
	if (status === 200) return OK_LINE;
	let low = 0;
	let high = REASONS.length - 1;
	while (low <= high) {
		const middle = (low + high) >> 1;
		const found = (REASONS[middle] as readonly [number, string])[0];
		if (found === status) return LINES[middle] as Uint8Array;
		if (found < status) low = middle + 1;
		else high = middle - 1;
	}
	return null;
}

/** Writes the status line of `status` at `offset`; returns the offset behind it. */
export function writeStatusLine(octets: Uint8Array, offset: number, status: number): number {
	const line = lineOf(status);
	if (line !== null) {
		octets.set(line, offset);
		return offset + line.length;
	}
	// status-line = HTTP-version SP status-code SP [ reason-phrase ]: the second SP stays without a phrase.
	octets.set(VERSION, offset);
	const end = writeDecimal(octets, offset + VERSION.length, status);
	octets[end] = SP;
	octets[end + 1] = CR;
	octets[end + 2] = LF;
	return end + 3;
}

/** "404 Not Found", for a registered status. */
export function statusText(status: number): string {
	const [, reason] = REASONS.find(([code]) => code === status) ?? [0, "Unknown"];
	return `${status} ${reason}`;
}

/** How long the status line is. */
export function statusLineLength(status: number): number {
	const line = lineOf(status);
	// Without a phrase: the version, a space each side of three digits, and the line end.
	return line === null ? VERSION.length + 6 : line.length;
}

/** Whether a response with this status has no content, whatever its fields say (RFC 9110 §6.4.1), or must have none (205). */
export function forbidsContent(status: number): boolean {
	return status < 200 || status === 204 || status === 205 || status === 304;
}

/** Whether Content-Length must not be sent (RFC 9110 §8.6), or, for 304, would describe a response we do not have. */
export function forbidsContentLength(status: number): boolean {
	return status < 200 || status === 204 || status === 304;
}
