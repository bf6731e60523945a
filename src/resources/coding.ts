// Accept-Encoding (RFC 9110 §12.5.3), read where it stands. Pure, but for the lines of the request. For resources that are
// there in more than one content coding.
//
//     Accept-Encoding = [ ( codings [ weight ] ) *( OWS "," OWS ( codings [ weight ] ) ) ]
//     codings         = content-coding / "identity" / "*"
//     weight          = OWS ";" OWS "q=" qvalue

import type { Request } from "../app/request.js";
import { ASTERISK, COMMA, DIGIT_0, DOT, EQUALS, HTAB, SEMICOLON, SP } from "../octets/ascii.js";
import { TOKEN_LOWER } from "../octets/classes.js";
import { ascii } from "../octets/text.js";

export const ACCEPT_ENCODING = "accept-encoding";

/** In place of a weight: the coding is not in the list. */
export const NOT_LISTED = -1;
/** The weight of what has none. */
const WEIGHT_MAX = 1000;
const LOWER_Q = 0x71;

const GZIP = ascii("gzip");
const X_GZIP = ascii("x-gzip");
const IDENTITY = ascii("identity");
const ANY = Uint8Array.of(ASTERISK);

// What `chooseCoding` chooses.
export const CODING_IDENTITY = 0;
export const CODING_GZIP = 1;
export const CODING_NONE = -1;

/**
 * Which coding to send: the one that the client likes best, gzip where it likes both alike; CODING_NONE when it has refused
 * all there are. Without the field, and from an empty one, a client gets what is not coded.
 */
export function chooseCoding(request: Request, hasGzip: boolean): number {
	if (request.findField(ACCEPT_ENCODING) < 0) return CODING_IDENTITY;
	let gzip = NOT_LISTED;
	if (hasGzip) {
		gzip = weightIn(request, GZIP);
		if (gzip === WEIGHT_MAX) return CODING_GZIP;
		if (gzip === NOT_LISTED) gzip = weightIn(request, X_GZIP);
	}
	const any = weightIn(request, ANY);
	if (hasGzip && gzip === NOT_LISTED) gzip = any;
	let identity = weightIn(request, IDENTITY);
	if (identity === NOT_LISTED) identity = any;
	if (gzip > 0 && gzip >= identity) return CODING_GZIP;
	// What is not coded may always be sent, unless it was refused.
	return identity === 0 ? CODING_NONE : CODING_IDENTITY;
}

function weightIn(request: Request, coding: Uint8Array): number {
	let row = request.findField(ACCEPT_ENCODING);
	while (row >= 0) {
		const weight = weightOf(request.octets, request.valueStart(row), request.valueEnd(row), coding);
		if (weight !== NOT_LISTED) return weight;
		row = request.findField(ACCEPT_ENCODING, row + 1);
	}
	return NOT_LISTED;
}

/**
 * The weight of `coding`, in lower case, in the list from `start` to `end`: 0 to 1,000, or NOT_LISTED. An element with a
 * weight that is none is passed over.
 */
export function weightOf(octets: Uint8Array, start: number, end: number, coding: Uint8Array): number {
	let at = start;
	while (at < end) {
		let index = 0;
		while (at < end && isSpace(octets[at] as number)) at += 1;
		while (at < end && index < coding.length && TOKEN_LOWER[octets[at] as number] === coding[index]) {
			at += 1;
			index += 1;
		}
		const isIt = index === coding.length && (at === end || TOKEN_LOWER[octets[at] as number] === 0);
		const next = elementEnd(octets, at, end);
		if (isIt) {
			const weight = weightAt(octets, at, next);
			if (weight !== NOT_LISTED) return weight;
		}
		at = next + 1;
	}
	return NOT_LISTED;
}

function elementEnd(octets: Uint8Array, start: number, end: number): number {
	let at = start;
	while (at < end && octets[at] !== COMMA) at += 1;
	return at;
}

/** The weight behind a coding, up to the end of its element. */
function weightAt(octets: Uint8Array, start: number, end: number): number {
	let at = pastSpace(octets, start, end);
	if (at === end) return WEIGHT_MAX;
	if (octets[at] !== SEMICOLON) return NOT_LISTED;
	at = pastSpace(octets, at + 1, end);
	if (at + 2 >= end || ((octets[at] as number) | 0x20) !== LOWER_Q || octets[at + 1] !== EQUALS) return NOT_LISTED;
	at += 2;
	// qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )
	let weight = ((octets[at] as number) - DIGIT_0) * WEIGHT_MAX;
	at += 1;
	if (at < end && octets[at] === DOT) {
		at += 1;
		for (let unit = 100; unit >= 1 && at < end; unit = unit === 1 ? 0 : unit / 10) {
			const digit = (octets[at] as number) - DIGIT_0;
			if (digit < 0 || digit > 9) break;
			weight += digit * unit;
			at += 1;
		}
	}
	const isOver = pastSpace(octets, at, end) === end;
	return isOver && weight >= 0 && weight <= WEIGHT_MAX ? weight : NOT_LISTED;
}

function pastSpace(octets: Uint8Array, start: number, end: number): number {
	let at = start;
	while (at < end && isSpace(octets[at] as number)) at += 1;
	return at;
}

function isSpace(octet: number): boolean {
	return octet === SP || octet === HTAB;
}
