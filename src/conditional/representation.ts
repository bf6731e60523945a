// A representation that is sent whole or in parts (RFC 9110 §14): the head of a 206 with one part or with several, or a 416.
// For whoever sends content of a known length.

import type { Request } from "../app/request.js";
import type { Response } from "../app/response.js";
import { fieldLineLength } from "../response/field-writer.js";
import type { PrebuiltFields } from "../response/prebuilt.js";
import { STATUS_LINE_LENGTH_MAX } from "../response/status.js";
import { heededRange } from "./evaluate.js";
import { Multipart, multipartType } from "./multipart.js";
import { collectRanges, countRanges, firstRange, rangeEnd, rangeStart } from "./ranges.js";

const TEXT_TYPE = "text/plain";
const PRECONDITION_FAILED_TEXT = "412 Precondition Failed\n";
const NOT_SATISFIABLE_TEXT = "416 Range Not Satisfiable\n";

/** What there is to send. */
export interface Representation {
	/** Its entity tag, or NO_TAG. */
	readonly tag: string;
	/** When it was last modified, in seconds since 1970, or NO_DATE. */
	readonly lastModified: number;
	/** Whether it never changes twice in the second of `lastModified` (§8.8.2.2). */
	readonly isDateStrong: boolean;
	/** How many octets it has. */
	readonly length: number;
	/** What its octets are: Content-Type, and Content-Encoding where they are coded. Each of several parts has them for itself. */
	readonly typeFields: PrebuiltFields;
	/** Adds to a response all other fields that a 200 has. */
	setFields(response: Response): void;
	/** Adds those that say which one it is, for a refusal: ETag, Vary. */
	setTag(response: Response): void;
	/**
	 * Sends some octets from `start` on, before `end`, to a response that was begun and has room; returns how many. What it has
	 * none of now it sends another time.
	 */
	send(response: Response, start: number, end: number): number;
}

/**
 * The longest head of the responses about a representation whose fields are known: that of a 206, with one part or with
 * several; a 304 and a refusal have less. For definitions.
 */
export function partHeadLength(
	fields: PrebuiltFields,
	{ typeFields, length, tag }: Pick<Representation, "typeFields" | "length" | "tag">,
): number {
	const range = fieldLineLength("Content-Range", `bytes ${length}-${length}/${length}`);
	const onePart = typeFields.lines.length + range;
	const severalParts = fieldLineLength("Content-Type", multipartType(tag));
	return STATUS_LINE_LENGTH_MAX + fields.lines.length + Math.max(onePart, severalParts);
}

// What `begin` returns in place of an offset.
/** There is no more to send: to nothing, or to a 416. */
export const ANSWERED = -1;
/** A response of several parts was begun: `request.state` is the Multipart that goes on with it. */
export const MULTIPART = -2;

/**
 * Begins a response with what was asked for: all of `one`, a part, or several. Returns where its content begins, which goes on
 * for `response.missing` octets, or one of ANSWERED and MULTIPART. Allocates for several parts and for a 416 only.
 */
export function begin(request: Request, response: Response, one: Representation): number {
	const { length } = one;
	// Of nothing there are no parts.
	const row = length > 0 ? heededRange(request, one.tag, one.lastModified, one.isDateStrong) : -1;
	if (row >= 0) {
		const { octets } = request;
		const start = request.valueStart(row);
		const end = request.valueEnd(row);
		const count = countRanges(octets, start, end);
		if (count === 1) {
			const at = firstRange(octets, start, end);
			return beginPart(response, one, rangeStart(octets, at, end, length), rangeEnd(octets, at, end, length));
		}
		if (count > 1) return beginParts(request, response, one, collectRanges(octets, start, end, length));
	}
	one.setFields(response);
	if (length > 0) response.setFields(one.typeFields);
	response.begin(length);
	if (length > 0) return 0;
	response.end();
	return ANSWERED;
}

function beginPart(response: Response, one: Representation, start: number, end: number): number {
	if (start >= end) return refuseRange(response, one);
	response.status = 206;
	one.setFields(response);
	response.setFields(one.typeFields);
	response.setContentRange(start, end, one.length);
	response.begin(end - start);
	return start;
}

function beginParts(request: Request, response: Response, one: Representation, pairs: readonly number[]): number {
	if (pairs.length <= 2) return beginPart(response, one, pairs[0] ?? 0, pairs[1] ?? 0);
	const parts = new Multipart(one, pairs);
	request.state = parts;
	response.status = 206;
	one.setFields(response);
	response.setField("Content-Type", parts.type);
	response.begin(parts.length);
	return MULTIPART;
}

/**
 * Answers that the preconditions have failed (RFC 9110 §15.5.13). It is nobody else's answer, so it has no Cache-Control as a 200
 * has.
 */
export function refusePrecondition(response: Response, one: Representation): void {
	response.status = 412;
	one.setTag(response);
	response.text(PRECONDITION_FAILED_TEXT, TEXT_TYPE);
}

/** RFC 9110 §15.5.17: how long it is, for whoever asks again. */
function refuseRange(response: Response, one: Representation): number {
	response.status = 416;
	one.setTag(response);
	response.setField("Content-Range", `bytes */${one.length}`);
	response.text(NOT_SATISFIABLE_TEXT, TEXT_TYPE);
	return ANSWERED;
}
