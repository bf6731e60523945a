// Content in its framing, and trailers (RFC 9112 §6, §7). For the oracle.

import type { OracleLimits } from "./oracle.js";
import { CHUNK_ENDS, FIELD_ENDS, inevitable, PERHAPS } from "./oracle-ends.js";
import type { HeadReading } from "./oracle-head.js";
import { FIELD_LINE, TOKEN } from "./oracle-tokens.js";

const QUOTED = '"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*"';
const CHUNK_LINE = new RegExp(
	`^([0-9A-Fa-f]+)((?:[\\t ]*;[\\t ]*${TOKEN}(?:[\\t ]*=[\\t ]*(?:${TOKEN}|${QUOTED}))?)*)$`,
);
const CHUNK_SIZE_MAX = 2 ** 31 - 1;
const CHUNK_DIGITS_MAX = 256;

interface ContentReading {
	readonly octets: string;
	readonly isComplete: boolean;
	readonly problems: readonly number[];
	readonly end: number;
}

/** Reads the content that belongs to `head`. */
export function readContent(stream: string, head: HeadReading, limits: OracleLimits): ContentReading {
	const lengthMax = limits.contentLengthMax(head.target);
	if (head.isChunked) return readChunks(stream, head.end, lengthMax, limits);
	const end = head.end + head.contentLength;
	const octets = stream.slice(head.end, end);
	const isComplete = octets.length === head.contentLength;
	if (head.contentLength > lengthMax) return { octets: "", isComplete, problems: [413], end };
	return { octets, isComplete, problems: [], end };
}

function readChunks(stream: string, from: number, lengthMax: number, limits: OracleLimits): ContentReading {
	let octets = "";
	let start = from;
	let extensionLength = 0;
	const partial = (): ContentReading => ({ octets, isComplete: false, problems: [], end: stream.length });
	const refused = (...problems: number[]): ContentReading => ({ octets, isComplete: false, problems, end: start });
	for (;;) {
		const lineEnd = stream.indexOf("\r\n", start);
		const line = lineEnd < 0 ? stream.slice(start) : stream.slice(start, lineEnd);
		const extensionMax = limits.chunkExtensionLengthMax - extensionLength;
		const problemsOf = (whole: string) => readChunkLine(whole, lengthMax - octets.length, extensionMax).problems;
		if (lineEnd < 0) {
			const possible = inevitable(line, CHUNK_ENDS, (whole) => problemsOf(whole.replace(/\r\n$/, "")));
			return possible.length > 0 ? refused(...possible, PERHAPS) : partial();
		}
		const { size, extension, problems } = readChunkLine(line, lengthMax - octets.length, extensionMax);
		if (problems.length > 0) return refused(...problems);
		extensionLength += extension.length;
		start = lineEnd + 2;
		if (size === 0) return readTrailers(stream, start, octets, limits);
		octets += stream.slice(start, start + size);
		start += size;
		const end = stream.slice(start, start + 2);
		if (!"\r\n".startsWith(end)) return refused(400);
		if (end.length < 2) return partial();
		start += 2;
	}
}

/** A line before a chunk. `sizeMax`, `extensionMax`: the most that is left. */
function readChunkLine(line: string, sizeMax: number, extensionMax: number) {
	const match = CHUNK_LINE.exec(line);
	if (match === null) return { size: 0, extension: "", problems: [400] };
	const [, digits = "", extension = ""] = match;
	const size = Number.parseInt(digits, 16);
	if (digits.length > CHUNK_DIGITS_MAX || size > CHUNK_SIZE_MAX) return { size, extension, problems: [400] };
	if (extension.length > extensionMax) return { size, extension, problems: [400] };
	return { size, extension, problems: size > sizeMax ? [413] : [] };
}

function readTrailers(stream: string, from: number, octets: string, limits: OracleLimits): ContentReading {
	const rest = stream.slice(from);
	const bare = rest.startsWith("\r\n");
	const length = bare ? 2 : rest.indexOf("\r\n\r\n") + 4;
	const isWhole = length >= 2 && (bare || length >= 4);
	const section = isWhole ? rest.slice(0, length) : rest;
	const problems: number[] = [];
	if (/\r(?!\n|$)|(?:^|[^\r])\n/.test(section)) problems.push(400);
	const lines = section.split("\r\n");
	const whole = isWhole ? lines.slice(0, -2) : lines.slice(0, -1);
	if (whole.some((line) => !FIELD_LINE.test(line))) problems.push(400);
	if (whole.length > limits.fieldLinesMax) problems.push(431);
	if (section.length > limits.trailerSectionLengthMax + 2) problems.push(431);
	const end = from + section.length;
	if (problems.length > 0) return { octets, isComplete: false, problems, end };
	if (isWhole) return { octets, isComplete: true, problems: [], end };
	const last = lines[lines.length - 1] as string;
	const possible = inevitable(last, FIELD_ENDS, (whole) => {
		const text = whole.replace(/\r\n$/, "");
		return text === "" || FIELD_LINE.test(text) ? [] : [400];
	});
	return { octets, isComplete: false, problems: possible.length > 0 ? [...possible, PERHAPS] : [], end };
}
