// The preconditions of a request, evaluated against the validators of what it asks for (RFC 9110 §13.1). Nothing is
// allocated. For whoever answers conditional requests.

import type { Request } from "../app/request.js";
import { freeze } from "../octets/freeze.js";
import { isAnyTag, isStronglyTag, listHoldsTag } from "./entity-tag.js";
import { NO_DATE, readHttpDate } from "./http-date.js";
import { ABSENT, decide, FALSE, heedsRange, TRUE } from "./precondition.js";

/** What a route with preconditions reads. */
export const PRECONDITION_FIELDS: readonly string[] = freeze([
	"If-Match",
	"If-Modified-Since",
	"If-None-Match",
	"If-Unmodified-Since",
]);

/** What a route with ranges reads beside. */
export const RANGE_FIELDS: readonly string[] = freeze(["If-Range", "Range"]);

// Constants: a literal in a function is a string made each time, where code does not lie in flash.
const IF_MATCH = "if-match";
const IF_NONE_MATCH = "if-none-match";
const IF_MODIFIED_SINCE = "if-modified-since";
const IF_UNMODIFIED_SINCE = "if-unmodified-since";
const IF_RANGE = "if-range";
const RANGE = "range";
const GET = "GET";
const HEAD = "HEAD";

/** In place of an entity tag: there is none. */
export const NO_TAG = "";

/** Whether the request has a Range field. */
export function hasRange(request: Request): boolean {
	return request.findField(RANGE) >= 0;
}

function isRetrieval(method: string): boolean {
	return method === GET || method === HEAD;
}

/**
 * What comes of the preconditions: PROCEED, NOT_MODIFIED or PRECONDITION_FAILED. `tag`, `lastModified`: the validators of what
 * there is now, NO_TAG and NO_DATE where it has none. `isThere`: whether there is anything, which is what "*" asks.
 */
export function evaluate(request: Request, tag: string, lastModified: number, isThere = true): number {
	return decide(
		isRetrieval(request.method),
		tagCondition(request, IF_MATCH, tag, isThere, true),
		dateCondition(request, IF_UNMODIFIED_SINCE, lastModified, true),
		tagCondition(request, IF_NONE_MATCH, tag, isThere, false),
		dateCondition(request, IF_MODIFIED_SINCE, lastModified, false),
	);
}

/** If-Match (§13.1.1) is true when a tag is ours, strongly compared; If-None-Match (§13.1.2) when none is, weakly compared. */
function tagCondition(request: Request, name: string, tag: string, isThere: boolean, isMatch: boolean): number {
	let row = request.findField(name);
	if (row < 0) return ABSENT;
	const { octets } = request;
	while (row >= 0) {
		const start = request.valueStart(row);
		const end = request.valueEnd(row);
		const isHeld = tag !== NO_TAG && listHoldsTag(octets, start, end, tag, isMatch);
		if (isHeld || (isThere && isAnyTag(octets, start, end))) return isMatch ? TRUE : FALSE;
		row = request.findField(name, row + 1);
	}
	return isMatch ? FALSE : TRUE;
}

/**
 * If-Unmodified-Since (§13.1.4) is true when there was no change since, If-Modified-Since (§13.1.3) when there was. Without a
 * date of ours, without a valid one, or with more than one, both are ignored.
 */
function dateCondition(request: Request, name: string, lastModified: number, isUnmodified: boolean): number {
	const row = request.findField(name);
	if (row < 0 || lastModified === NO_DATE || request.findField(name, row + 1) >= 0) return ABSENT;
	const date = readHttpDate(request.octets, request.valueStart(row), request.valueEnd(row), lastModified);
	if (date === NO_DATE) return ABSENT;
	return lastModified <= date === isUnmodified ? TRUE : FALSE;
}

/**
 * The line of the Range field that is to be heeded, or −1. Whether its value is one that is to be heeded is not looked at.
 * `isDateStrong`: that nothing changes twice in the second of `lastModified` (§8.8.2.2).
 */
export function heededRange(request: Request, tag: string, lastModified: number, isDateStrong: boolean): number {
	const row = request.findField(RANGE);
	const isOne = row >= 0 && request.findField(RANGE, row + 1) < 0;
	const condition = isOne ? ifRange(request, tag, isDateStrong ? lastModified : NO_DATE) : ABSENT;
	return heedsRange(request.method === GET, isOne, condition) ? row : -1;
}

/** If-Range (§13.1.5): a tag, strongly compared, or the very date. */
function ifRange(request: Request, tag: string, lastModified: number): number {
	const row = request.findField(IF_RANGE);
	if (row < 0) return ABSENT;
	if (request.findField(IF_RANGE, row + 1) >= 0) return FALSE;
	const { octets } = request;
	const start = request.valueStart(row);
	const end = request.valueEnd(row);
	if (tag !== NO_TAG && isStronglyTag(octets, start, end, tag)) return TRUE;
	const isDate = lastModified !== NO_DATE && readHttpDate(octets, start, end, lastModified) === lastModified;
	return isDate ? TRUE : FALSE;
}
