// uri-host [ ":" port ] (RFC 9110 §4.2.1, RFC 3986 §3.2.2), scanned as its octets go by: the value of Host and the
// authority of a request target. All that is known in between is one integer, which the request line and the field section
// keep where they keep what they know of a name.

import { COLON, DIGIT_0, DIGIT_9, DOT, LEFT_BRACKET, LOWER_V, PERCENT, RIGHT_BRACKET } from "../octets/ascii.js";
import { HEX_DIGIT, IP_FUTURE, REG_NAME } from "../octets/classes.js";
import { ADDRESS_BROKEN, ADDRESS_START, isWholeAddress, stepAddress } from "./ip-address.js";

/** Nothing was scanned yet. */
export const AUTHORITY_START = 0;
/** So far it is a name: one octet or more of REG_NAME, which alone lead here. */
export const AUTHORITY_NAME = 1;
/** The octet does not belong to the authority: then what was scanned before it may be whole. */
export const AUTHORITY_OVER = -1;

// The other places where it may stand.
const PERCENT_1 = 2;
const PERCENT_2 = 3;
const PORT = 4; // behind a host
const LONE_PORT = 5; // behind none
const ADDRESS = 6; // inside "[", an IPv6 address
const FUTURE_VERSION = 7; // inside "[v", before the dot
const FUTURE = 8;
const CLOSED = 9; // behind "]"
const PLACE = 0xf;

/**
 * Behind these bits. In a port: its value so far, and one more, so that 0 is a port without digits. In an address: where
 * that stands. In IPvFuture: 1 once its part is not empty.
 */
const DETAIL_SHIFT = 4;

const PORT_MAX = 65_535;

/** What is known behind one octet more, or AUTHORITY_OVER. */
export function stepAuthority(authority: number, octet: number): number {
	const detail = authority >> DETAIL_SHIFT;
	switch (authority & PLACE) {
		case AUTHORITY_START:
			return octet === LEFT_BRACKET ? at(ADDRESS, ADDRESS_START) : stepName(octet, LONE_PORT);
		case AUTHORITY_NAME:
			return stepName(octet, PORT);
		case PERCENT_1:
			return HEX_DIGIT[octet] === 0 ? AUTHORITY_OVER : PERCENT_2;
		case PERCENT_2:
			return HEX_DIGIT[octet] === 0 ? AUTHORITY_OVER : AUTHORITY_NAME;
		case PORT:
		case LONE_PORT:
			return stepPort(authority, detail, octet);
		case ADDRESS:
			return stepInBrackets(detail, octet);
		case FUTURE_VERSION:
			return stepFuture(FUTURE_VERSION, detail, octet, DOT, FUTURE);
		case FUTURE:
			return stepFuture(FUTURE, detail, octet, RIGHT_BRACKET, CLOSED);
		default: // CLOSED
			return octet === COLON ? PORT : AUTHORITY_OVER;
	}
}

function at(place: number, detail: number): number {
	return place | (detail << DETAIL_SHIFT);
}

function stepName(octet: number, port: number): number {
	if (REG_NAME[octet] === 1) return AUTHORITY_NAME;
	if (octet === PERCENT) return PERCENT_1;
	return octet === COLON ? port : AUTHORITY_OVER;
}

/** port = *DIGIT (RFC 3986 §3.2.3): it may be empty, and the grammar knows no highest. */
function stepPort(authority: number, detail: number, octet: number): number {
	if (octet < DIGIT_0 || octet > DIGIT_9) return AUTHORITY_OVER;
	if (detail > PORT_MAX + 1) return authority;
	const port = detail === 0 ? 0 : detail - 1;
	return at(authority & PLACE, port * 10 + octet - DIGIT_0 + 1);
}

function stepInBrackets(address: number, octet: number): number {
	if (octet === RIGHT_BRACKET) return isWholeAddress(address) ? CLOSED : AUTHORITY_OVER;
	if ((octet | 0x20) === LOWER_V && address === ADDRESS_START) return FUTURE_VERSION;
	const next = stepAddress(address, octet);
	return next === ADDRESS_BROKEN ? AUTHORITY_OVER : at(ADDRESS, next);
}

/** IPvFuture = "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" ) (RFC 3986 §3.2.2): a part of it, up to `end`. */
function stepFuture(place: number, detail: number, octet: number, end: number, next: number): number {
	if (detail > 0 && octet === end) return next;
	return (place === FUTURE ? IP_FUTURE : HEX_DIGIT)[octet] === 0 ? AUTHORITY_OVER : at(place, 1);
}

/** Whether what was scanned is a whole authority. An empty one is (reg-name may be empty); ask `isEmptyAuthority`. */
export function isWholeAuthority(authority: number): boolean {
	const place = authority & PLACE;
	return place <= AUTHORITY_NAME || place === PORT || place === LONE_PORT || place === CLOSED;
}

/** Whether no host was given. */
export function isEmptyAuthority(authority: number): boolean {
	const place = authority & PLACE;
	return place === AUTHORITY_START || place === LONE_PORT;
}

/** Whether a whole authority has a port that TCP knows, as a CONNECT has to (RFC 9110 §9.3.6). */
export function hasValidPort(authority: number): boolean {
	// Only ports leave a detail behind.
	const detail = authority >> DETAIL_SHIFT;
	return detail > 0 && detail <= PORT_MAX + 1;
}
