// A request as octets, by the letter of RFC 9112 §3: for tests that are not about how a request is written. For the
// simulation's clients.

import { octetsOf } from "./octets.js";
import { checkRange, POSITIVE } from "./ranges.js";

export interface RequestOptions {
	/** Field lines, in order. Host is added, and Content-Length with content, unless they are given. */
	readonly fields?: Readonly<Record<string, string>>;
	/** Octets, or a string of one character for each. */
	readonly content?: Uint8Array | string;
	/** Sends the content in chunks of so many octets, in place of Content-Length. */
	readonly chunkLength?: number;
}

export function requestOctets(method: string, target: string, options: RequestOptions = {}): Uint8Array {
	const { fields = {}, content, chunkLength } = options;
	const octets = typeof content === "string" ? octetsOf(content) : content;
	const has = (name: string) => Object.keys(fields).some((one) => one.toLowerCase() === name);
	let head = `${method} ${target} HTTP/1.1\r\n`;
	if (!has("host")) head += "Host: device\r\n";
	for (const [name, value] of Object.entries(fields)) head += `${name}: ${value}\r\n`;
	if (chunkLength !== undefined) head += "Transfer-Encoding: chunked\r\n";
	else if (octets !== undefined && !has("content-length")) head += `Content-Length: ${octets.length}\r\n`;
	const pieces = [octetsOf(`${head}\r\n`)];
	if (chunkLength !== undefined) pieces.push(...chunksOf(octets ?? new Uint8Array(0), chunkLength));
	else if (octets !== undefined) pieces.push(octets);
	return joined(pieces);
}

/** RFC 9112 §7.1 */
function chunksOf(octets: Uint8Array, length: number): Uint8Array[] {
	checkRange("chunkLength", length, POSITIVE);
	const pieces: Uint8Array[] = [];
	for (let start = 0; start < octets.length; start += length) {
		const chunk = octets.subarray(start, start + length);
		pieces.push(octetsOf(`${chunk.length.toString(16)}\r\n`), chunk, octetsOf("\r\n"));
	}
	pieces.push(octetsOf("0\r\n\r\n"));
	return pieces;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
	const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
	let start = 0;
	for (const piece of pieces) {
		whole.set(piece, start);
		start += piece.length;
	}
	return whole;
}
