// Entity tags and lists of them (RFC 9110 §8.8.3), read where they stand. For the evaluation of preconditions.
//
//     entity-tag = [ weak ] opaque-tag
//     weak       = %s"W/"
//     opaque-tag = DQUOTE *etagc DQUOTE
//     etagc      = %x21 / %x23-7E / obs-text

import { ASTERISK, COMMA, DQUOTE, HTAB, SLASH, SP } from "../octets/ascii.js";

// Called so, a string leaves no slot on XS; where it ends, the code is NaN.
const charCodeAt = String.prototype.charCodeAt;

const UPPER_W = 0x57;
const WEAK_LENGTH = 2;
const DELETE = 0x7f;

/** Throws TypeError for what is no entity tag: one that is sent as such could never be matched. */
export function checkTag(tag: string): void {
	const isWeak = charCodeAt.call(tag, 0) === UPPER_W && charCodeAt.call(tag, 1) === SLASH;
	let index = isWeak ? WEAK_LENGTH : 0;
	let code = charCodeAt.call(tag, index);
	if (code !== DQUOTE) throw new TypeError(`an entity tag has quotes: '"${tag}"'`);
	do {
		index += 1;
		code = charCodeAt.call(tag, index);
	} while (code > SP && code !== DQUOTE && code !== DELETE && code <= 0xff);
	if (code === DQUOTE && !(charCodeAt.call(tag, index + 1) >= 0)) return;
	throw new TypeError(`${tag} is no entity tag: between its quotes are no others, no spaces and no control characters`);
}

/** Whether `tag` is weak: it may stand for content that is only as good. */
export function isWeakTag(tag: string): boolean {
	return charCodeAt.call(tag, 0) === UPPER_W;
}

/** Whether a field value is "*", which stands for any tag. */
export function isAnyTag(octets: Uint8Array, start: number, end: number): boolean {
	return end === start + 1 && octets[start] === ASTERISK;
}

/**
 * Whether the list (1#entity-tag) from `start` to `end` holds `tag`. Strongly compared (§8.8.3.2) two tags are the same when
 * neither is weak, weakly whether they are or not. A list that is malformed, wherever it is, holds nothing: of both fields
 * that have one, this is the answer that does no harm.
 */
export function listHoldsTag(octets: Uint8Array, start: number, end: number, tag: string, isStrong: boolean): boolean {
	const tagStart = isWeakTag(tag) ? WEAK_LENGTH : 0;
	let isFound = false;
	let isBehindTag = false;
	let at = start;
	while (at < end) {
		const octet = octets[at] as number;
		if (octet === COMMA) isBehindTag = false;
		else if (octet !== SP && octet !== HTAB) {
			if (isBehindTag) return false;
			const isWeak = octet === UPPER_W;
			const open = isWeak ? at + WEAK_LENGTH : at;
			if (isWeak && octets[at + 1] !== SLASH) return false;
			const close = closingQuote(octets, open, end);
			if (close < 0) return false;
			const mayBe = !isStrong || !(isWeak || tagStart > 0);
			if (mayBe && isSame(octets, open, close + 1, tag, tagStart)) isFound = true;
			isBehindTag = true;
			at = close;
		}
		at += 1;
	}
	return isFound;
}

/** Whether what stands from `start` to `end` is one tag and, strongly compared, `tag`. */
export function isStronglyTag(octets: Uint8Array, start: number, end: number, tag: string): boolean {
	return !isWeakTag(tag) && isSame(octets, start, end, tag, 0);
}

/** Where the opaque-tag that begins at `open` ends, or −1. */
function closingQuote(octets: Uint8Array, open: number, end: number): number {
	if (open >= end || octets[open] !== DQUOTE) return -1;
	let at = open + 1;
	while (at < end) {
		const octet = octets[at] as number;
		if (octet === DQUOTE) return at;
		if (octet <= SP || octet === DELETE) return -1;
		at += 1;
	}
	return -1;
}

function isSame(octets: Uint8Array, start: number, end: number, tag: string, tagStart: number): boolean {
	let index = tagStart;
	let at = start;
	while (at < end) {
		if (charCodeAt.call(tag, index) !== octets[at]) return false;
		at += 1;
		index += 1;
	}
	return !(charCodeAt.call(tag, index) >= 0);
}
