// A head: empty lines before it, the request line and the field section (RFC 9112 §2, §5). For the oracle.

import type { OracleLimits } from "./oracle.js";
import { HEAD_ENDS, inevitable, LINE_ENDS, PERHAPS } from "./oracle-ends.js";
import { readFields } from "./oracle-fields.js";
import { partialLineProblems, readRequestLine } from "./oracle-request-line.js";
import { FIELD_LINE } from "./oracle-tokens.js";

/** The connection ends without an answer. */
export const SILENCE = 0;

const EMPTY_LINES_MAX = 4;

const NO_LIMITS: OracleLimits = {
	targetLengthMax: Number.POSITIVE_INFINITY,
	headLengthMax: Number.POSITIVE_INFINITY,
	fieldLinesMax: Number.POSITIVE_INFINITY,
	chunkExtensionLengthMax: Number.POSITIVE_INFINITY,
	trailerSectionLengthMax: Number.POSITIVE_INFINITY,
	contentLengthMax: () => Number.POSITIVE_INFINITY,
};

/** A head, as it was read. */
export interface HeadReading {
	/** The statuses of the rules it breaks. */
	readonly problems: readonly number[];
	readonly method: string;
	readonly target: string;
	readonly minorVersion: number;
	readonly fields: readonly (readonly [string, string])[];
	readonly isChunked: boolean;
	/** 0 without one. */
	readonly contentLength: number;
	readonly expectsContinue: boolean;
	readonly persists: boolean;
	readonly end: number;
}

/** A head that is not whole, and breaks rules already. */
function broken(problems: readonly number[], end: number): HeadReading {
	return {
		problems,
		method: "",
		target: "",
		minorVersion: 1,
		fields: [],
		isChunked: false,
		contentLength: 0,
		expectsContinue: false,
		persists: false,
		end,
	};
}

/** Reads the head that begins at `from`; "open" where none does, "partial" where it is not whole and may still be right. */
export function readHead(stream: string, from: number, limits: OracleLimits): HeadReading | "open" | "partial" {
	let start = from;
	let emptyLines = 0;
	while (stream.startsWith("\r\n", start)) {
		start += 2;
		emptyLines += 1;
		if (emptyLines > EMPTY_LINES_MAX) return broken([400], start);
	}
	const rest = stream.slice(start);
	// One empty line more begins with its CR.
	if (rest === "\r" && emptyLines === EMPTY_LINES_MAX) return broken([400], start);
	if (rest === "" || rest === "\r") return "open";
	const first = rest.charCodeAt(0);
	// What cannot begin a request: TLS above all. A CR or LF out of place is a line end.
	if (rest[0] === "\r" || rest[0] === "\n") return broken([400], start);
	if (first < 0x20 || first > 0x7e) return broken([SILENCE, 400], start);
	const headLength = rest.indexOf("\r\n\r\n") + 4;
	const isWhole = headLength >= 4;
	const head = isWhole ? rest.slice(0, headLength) : rest;
	const problems: number[] = [];
	if (head.length > limits.headLengthMax) problems.push(431);
	// RFC 9112 §2.2: a CR and an LF stand nowhere but together.
	if (/\r(?!\n|$)|(?:^|[^\r])\n/.test(head)) problems.push(400);
	const fieldLines = head.split("\r\n");
	const last = fieldLines.pop() as string;
	// Behind the empty line that ends a head there is nothing.
	if (isWhole) fieldLines.pop();
	const requestLine = fieldLines.shift();
	if (requestLine === undefined) {
		problems.push(...partialLineProblems(last, limits));
		return partialHead(problems, inevitableOfHead(last, LINE_ENDS), start);
	}
	const line = readRequestLine(requestLine, limits);
	problems.push(...line.problems);
	const lineCount = fieldLines.length + (last === "" ? 0 : 1);
	if (lineCount > limits.fieldLinesMax) problems.push(431);
	const fields: (readonly [string, string])[] = [];
	for (const text of fieldLines) {
		const match = FIELD_LINE.exec(text);
		if (match === null) problems.push(400, ...valueProblems(text));
		else fields.push([(match[1] as string).toLowerCase(), match[2] ?? ""]);
	}
	if (!isWhole) return partialHead(problems, inevitableOfHead(head, HEAD_ENDS), start);
	const meaning = readFields(fields, line.minorVersion, line.isAuthorityForm);
	problems.push(...meaning.problems);
	// Not by spreading, which V8 does property by property, at the cost of all the rest.
	return {
		problems,
		method: line.method,
		target: line.target,
		minorVersion: line.minorVersion,
		fields,
		isChunked: meaning.isChunked,
		contentLength: meaning.contentLength,
		expectsContinue: meaning.expectsContinue,
		persists: meaning.persists,
		end: start + headLength,
	};
}

/** Which refusals a value may meet before the octet that makes its line none. */
function valueProblems(text: string): number[] {
	if (/^expect:/i.test(text)) return [417];
	if (/^transfer-encoding:/i.test(text)) return [501];
	return /^content-length:/i.test(text) ? [413] : [];
}

/** What is wrong with a beginning of one, however it goes on. */
function inevitableOfHead(beginning: string, ends: readonly string[]): number[] {
	return inevitable(beginning, ends, (whole) => {
		const head = readHead(whole, 0, NO_LIMITS);
		return typeof head === "string" ? [400] : head.problems;
	});
}

/** A head that is not whole: what is wrong already, or nothing. `certain`: what has to be said, whatever follows. */
function partialHead(certain: readonly number[], possible: readonly number[], start: number): HeadReading | "partial" {
	if (certain.length > 0) return broken([...certain, ...possible], start);
	return possible.length > 0 ? broken([...possible, PERHAPS], start) : "partial";
}
