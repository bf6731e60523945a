// The octets of a case as JSON: text for what people read, runs of one octet by their length, base64 for the rest. For
// case.ts.

import { COUNT, type Range, rangeFault } from "../virtual/ranges.js";

/** A string holds an octet for each character, U+0000 to U+00FF; JSON's own escapes are all there are. */
export type ContentPart = string | { readonly text: string; readonly times: number } | { readonly base64: string };

/** What is sent: one part, or several in a row. */
export type Content = ContentPart | readonly ContentPart[];

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** So many equal octets in a row are written by their number. */
const RUN_LENGTH_MIN = 48;

/** What is not text is base64 from so many octets on; fewer of them are escaped within the text. */
const BINARY_LENGTH_MIN = 12;

const LF = 10;

/** The most that one step sends, in octets. */
export const CONTENT_LENGTH_MAX = 0x400_0000;
const TIMES: Range = {
	words: "a whole number from 0 to 67,108,864",
	isOne: (value) => COUNT.isOne(value) && (value as number) <= CONTENT_LENGTH_MAX,
};

/** What a part of a case's content says is wrong with it; "" for nothing. */
export function contentFault(part: unknown): string {
	if (typeof part === "string") return textFault(part);
	if (typeof part !== "object" || part === null) return "must be a string, or {text, times}, or {base64}";
	const { text, times, base64 } = part as Record<string, unknown>;
	const keys = Object.keys(part).sort().join();
	if (keys === "text,times" && typeof text === "string") {
		return TIMES.isOne(times) ? textFault(text) : rangeFault("times", TIMES, String(times));
	}
	if (keys === "base64" && typeof base64 === "string") {
		return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(base64) ? "" : "is no base64";
	}
	return "must be a string, or {text, times}, or {base64}";
}

function textFault(text: string): string {
	for (let index = 0; index < text.length; index += 1) {
		const code = text.charCodeAt(index);
		if (code > 0xff) return `has U+${code.toString(16).toUpperCase().padStart(4, "0")} at ${index}, which is no octet`;
	}
	return "";
}

/** How many octets a part stands for. It has no fault. */
export function contentLength(part: ContentPart): number {
	if (typeof part === "string") return part.length;
	return "base64" in part ? base64Length(part.base64) : part.text.length * part.times;
}

/** The octets that a content stands for. It has no fault. */
export function contentOctets(content: Content): Uint8Array {
	const parts = (Array.isArray(content) ? content : [content]).map(partOctets);
	const octets = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
	let length = 0;
	for (const part of parts) {
		octets.set(part, length);
		length += part.length;
	}
	return octets;
}

function partOctets(part: ContentPart): Uint8Array {
	if (typeof part === "string") return textOctets(part);
	if ("base64" in part) return fromBase64(part.base64);
	const once = textOctets(part.text);
	const octets = new Uint8Array(once.length * part.times);
	for (let index = 0; index < part.times; index += 1) octets.set(once, index * once.length);
	return octets;
}

function textOctets(text: string): Uint8Array {
	const octets = new Uint8Array(text.length);
	for (let index = 0; index < text.length; index += 1) octets[index] = text.charCodeAt(index);
	return octets;
}

/** The content that stands for these octets, as a person would write it: a line a string. */
export function contentOf(octets: Uint8Array): Content {
	const parts: ContentPart[] = [];
	let start = 0;
	while (start < octets.length) {
		const run = runLength(octets, start);
		if (run >= RUN_LENGTH_MIN) {
			parts.push({ text: latin1(octets, start, start + 1), times: run });
			start += run;
			continue;
		}
		const binary = binaryLength(octets, start);
		if (binary >= BINARY_LENGTH_MIN) {
			parts.push({ base64: toBase64(octets, start, start + binary) });
			start += binary;
			continue;
		}
		const end = lineEnd(octets, start);
		parts.push(latin1(octets, start, end));
		start = end;
	}
	const [only] = parts;
	return parts.length === 1 && only !== undefined ? only : parts;
}

function runLength(octets: Uint8Array, start: number): number {
	let end = start + 1;
	while (end < octets.length && octets[end] === octets[start]) end += 1;
	return end - start;
}

function isText(octet: number): boolean {
	return (octet >= 0x20 && octet < 0x7f) || octet === 0x0a || octet === 0x0d || octet === 0x09;
}

/** How long what is not text goes on: up to so many octets of text in a row. */
function binaryLength(octets: Uint8Array, start: number): number {
	if (isText(octets[start] as number)) return 0;
	let end = start;
	let text = 0;
	while (end < octets.length && text < RUN_LENGTH_MIN) {
		text = isText(octets[end] as number) ? text + 1 : 0;
		end += 1;
	}
	return end - text - start;
}

/** Where a line of text ends: behind its line feed, or before a run or what is not text. */
function lineEnd(octets: Uint8Array, start: number): number {
	let end = start;
	while (end < octets.length) {
		end += 1;
		if (octets[end - 1] === LF || end === octets.length) break;
		if (runLength(octets, end) >= RUN_LENGTH_MIN || binaryLength(octets, end) >= BINARY_LENGTH_MIN) break;
	}
	return end;
}

function latin1(octets: Uint8Array, start: number, end: number): string {
	let text = "";
	for (let index = start; index < end; index += 1) text += String.fromCharCode(octets[index] as number);
	return text;
}

function toBase64(octets: Uint8Array, start: number, end: number): string {
	let text = "";
	for (let index = start; index < end; index += 3) {
		const count = Math.min(3, end - index);
		const bits =
			((octets[index] as number) << 16) |
			(count > 1 ? (octets[index + 1] as number) << 8 : 0) |
			(count > 2 ? (octets[index + 2] as number) : 0);
		for (let digit = 0; digit < 4; digit += 1) {
			text += digit <= count ? ALPHABET[(bits >> (18 - 6 * digit)) & 63] : "=";
		}
	}
	return text;
}

/** How many octets `text` stands for, which is base64, with its padding. */
function base64Length(text: string): number {
	const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
	return (text.length / 4) * 3 - padding;
}

/** `text` is base64, with its padding. */
function fromBase64(text: string): Uint8Array {
	const octets = new Uint8Array(base64Length(text));
	let length = 0;
	for (let index = 0; index < text.length; index += 4) {
		let bits = 0;
		for (let digit = 0; digit < 4; digit += 1) {
			bits = (bits << 6) | Math.max(0, ALPHABET.indexOf(text[index + digit] as string));
		}
		for (let octet = 0; octet < 3 && length < octets.length; octet += 1) {
			octets[length] = bits >> (16 - 8 * octet);
			length += 1;
		}
	}
	return octets;
}
