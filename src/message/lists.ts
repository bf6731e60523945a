// The three list-based fields the protocol itself reads: Connection, Transfer-Encoding, Expect (RFC 9110 §5.6.1), scanned
// as their octets go by: all that is known is one integer. For the field section, which keeps it.

import { COMMA, HTAB, SP } from "../octets/ascii.js";
import { TOKEN_LOWER } from "../octets/classes.js";
import { NameSet } from "../octets/names.js";
import { CONNECTION_FIELD, TRANSFER_ENCODING_FIELD } from "./field-registry.js";
import { refuse, Violation } from "./violation.js";

const KEYWORDS = new NameSet(["100-continue", "chunked", "close", "keep-alive"]);
const CONTINUE = KEYWORDS.indexOf("100-continue");
const CHUNKED = KEYWORDS.indexOf("chunked");
const CLOSE = KEYWORDS.indexOf("close");
const KEEP_ALIVE = KEYWORDS.indexOf("keep-alive");

// What was found in the lists of a head, a bit for each.
/** Connection: "close" was an option. */
export const LIST_CLOSE = 1;
/** Connection: "keep-alive" was an option. */
export const LIST_KEEP_ALIVE = 2;
/** Transfer-Encoding: "chunked" was the last coding so far. */
export const LIST_CHUNKED = 4;
/** Transfer-Encoding: a coding that nobody here knows came before. */
export const LIST_UNKNOWN_CODING = 8;
/** Expect: "100-continue". */
export const LIST_CONTINUE = 16;

const FOUND = 0xff;

// Behind these bits: where the list being read stands.
const BETWEEN = 0; // before an element; empty ones are ignored (RFC 9110 §5.6.1.2)
const BEHIND = 1; // behind an element's token
const TOKEN = 2; // and so much more as the octets of a token have led among the keywords
const PLACE_SHIFT = 8;

/**
 * What is known behind one octet more (FIELD_VALUE) of a value of `field`, or a refusal. `lists`: what was known before it;
 * at first 0, and at the beginning of a value what `endList` gave, since several lines of one field make one list.
 */
export function stepList(lists: number, field: number, octet: number): number {
	const lower = TOKEN_LOWER[octet] as number;
	const place = lists >> PLACE_SHIFT;
	if (lower !== 0) {
		if (place === BEHIND) return malformed(field);
		const cursor = place === BETWEEN ? KEYWORDS.begin(lower) : KEYWORDS.step(place - TOKEN, lower);
		return (lists & FOUND) | ((cursor + TOKEN) << PLACE_SHIFT);
	}
	const found = endList(lists, field);
	if (found < 0 || octet === COMMA) return found;
	if (octet !== SP && octet !== HTAB) return malformed(field);
	return place === BETWEEN ? found : found | (BEHIND << PLACE_SHIFT);
}

/** What was found by the end of a value of `field`, or a refusal. */
export function endList(lists: number, field: number): number {
	const found = lists & FOUND;
	const place = lists >> PLACE_SHIFT;
	return place < TOKEN ? found : withKeyword(found, field, KEYWORDS.end(place - TOKEN));
}

function withKeyword(found: number, field: number, keyword: number): number {
	if (field === CONNECTION_FIELD) {
		if (keyword === CLOSE) return found | LIST_CLOSE;
		return keyword === KEEP_ALIVE ? found | LIST_KEEP_ALIVE : found;
	}
	if (field === TRANSFER_ENCODING_FIELD) {
		// "chunked" has to be the last coding and comes once; after it nothing is right (RFC 9112 §6.1, §7.1).
		if ((found & LIST_CHUNKED) !== 0) return refuse(Violation.transferCodingNotFinal);
		return found | (keyword === CHUNKED ? LIST_CHUNKED : LIST_UNKNOWN_CODING);
	}
	return keyword === CONTINUE ? found | LIST_CONTINUE : refuse(Violation.expectationUnknown);
}

function malformed(field: number): number {
	if (field === CONNECTION_FIELD) return refuse(Violation.connectionMalformed);
	const isCoding = field === TRANSFER_ENCODING_FIELD;
	return refuse(isCoding ? Violation.transferCodingMalformed : Violation.expectationUnknown);
}
