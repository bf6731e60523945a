// Packed resources, made without thimble-pack, for tests that also run on XS.

import { type PackedContent, type PackedResource, PIECE_LENGTH } from "../../src/resources/packed.js";
import { octetsOf } from "./octets.js";

export function contentOf(tag: string, text: string): PackedContent {
	const octets = octetsOf(text);
	const count = Math.ceil(octets.length / PIECE_LENGTH);
	const pieces = Array.from({ length: count }, (_, index) =>
		octets.slice(index * PIECE_LENGTH, (index + 1) * PIECE_LENGTH),
	);
	return { tag, length: octets.length, pieces };
}

/** A text file of this content, last modified on Sun, 09 Sep 2001 01:46:40 GMT. */
export function resourceOf(path: string, text: string, more: Partial<PackedResource> = {}): PackedResource {
	return {
		path,
		type: "text/plain",
		lastModified: 1_000_000_000,
		isImmutable: false,
		identity: contentOf('"1"', text),
		gzip: null,
		...more,
	};
}

/** A text in which no stretch of some length is twice, of `length` octets. */
export function textOfLength(length: number): string {
	let text = "";
	for (let index = 0; text.length < length; index += 1) text += `${index},`;
	return text.slice(0, length);
}

export interface Part {
	readonly type: string;
	/** Its Content-Encoding; undefined without one. */
	readonly coding: string | undefined;
	readonly start: number;
	readonly end: number;
	readonly length: number;
	readonly text: string;
}

/** What a part begins with, and its octets. */
const HEAD =
	/^\r\nContent-Type: (.*)\r\n(?:Content-Encoding: (.*)\r\n)?Content-Range: bytes (\d+)-(\d+)\/(\d+)\r\n\r\n([\s\S]*)$/;

/** The parts of a multipart/byteranges content (RFC 9110 §14.6), read strictly by its boundary. */
export function partsOf(type: string, content: string): Part[] {
	const boundary = /^multipart\/byteranges; boundary=([\w.+-]+)$/.exec(type)?.[1];
	if (boundary === undefined) throw new Error(`no multipart/byteranges: ${type}`);
	const [before, ...rest] = `\r\n${content}`.split(`\r\n--${boundary}`);
	if (before !== "" || rest.pop() !== "--\r\n") throw new Error(`not delimited as it should be: ${content}`);
	return rest.map((part) => {
		const found = HEAD.exec(part);
		if (found === null) throw new Error(`no part: ${part}`);
		const [, type = "", coding, start, last, length, text = ""] = found;
		return { type, coding, start: Number(start), end: Number(last) + 1, length: Number(length), text };
	});
}
