// chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] ) (RFC 9112 §7.1.1), scanned octet by octet.
// Thimble knows no extension: each is checked and ignored, and their length is bounded. For the chunked reader, which keeps
// where the scan stands: one integer.

import { BACKSLASH, CR, DQUOTE, EQUALS, HTAB, SEMICOLON, SP } from "../octets/ascii.js";
import { QUOTED, TOKEN_LOWER } from "../octets/classes.js";

// Where the scan stands.
const BETWEEN = 0; // behind the size, a name or a value, and bad whitespace: ";" has to come
const NAME_START = 1;
const NAME = 2;
const BEHIND_NAME = 3; // whitespace behind a name: "=" or ";"
const VALUE_START = 4;
const VALUE = 5;
const QUOTED_VALUE = 6;
const QUOTED_PAIR = 7;
const QUOTED_END = 8;

/** Behind the size. */
export const EXTENSION_START: number = BETWEEN;
/** The grammar has no place for the octet. */
export const EXTENSION_BROKEN = -1;

/** Where the scan stands behind one octet more, or EXTENSION_BROKEN. A CR is taken where the line may end. */
export function stepExtension(state: number, octet: number): number {
	switch (state) {
		case BETWEEN:
			if (octet === SEMICOLON) return NAME_START;
			return isSpace(octet) ? BETWEEN : EXTENSION_BROKEN;
		case NAME_START:
			if (isSpace(octet)) return NAME_START;
			return TOKEN_LOWER[octet] === 0 ? EXTENSION_BROKEN : NAME;
		case NAME:
			return TOKEN_LOWER[octet] === 0 ? behindName(octet, true) : NAME;
		case BEHIND_NAME:
			return behindName(octet, false);
		case VALUE_START:
			if (isSpace(octet)) return VALUE_START;
			if (octet === DQUOTE) return QUOTED_VALUE;
			return TOKEN_LOWER[octet] === 0 ? EXTENSION_BROKEN : VALUE;
		case VALUE:
			return TOKEN_LOWER[octet] === 0 ? behindValue(octet) : VALUE;
		case QUOTED_VALUE:
			if (octet === DQUOTE) return QUOTED_END;
			if (octet === BACKSLASH) return QUOTED_PAIR;
			return QUOTED[octet] === 0 ? EXTENSION_BROKEN : QUOTED_VALUE;
		case QUOTED_PAIR:
			return QUOTED[octet] === 0 ? EXTENSION_BROKEN : QUOTED_VALUE;
		default: // QUOTED_END
			return behindValue(octet);
	}
}

function isSpace(octet: number): boolean {
	return octet === SP || octet === HTAB;
}

/** `mayEnd`: not behind whitespace, which only "=" or ";" may follow. */
function behindName(octet: number, mayEnd: boolean): number {
	if (octet === EQUALS) return VALUE_START;
	if (octet === SEMICOLON) return NAME_START;
	if (isSpace(octet)) return BEHIND_NAME;
	return octet === CR && mayEnd ? BETWEEN : EXTENSION_BROKEN;
}

function behindValue(octet: number): number {
	if (octet === SEMICOLON) return NAME_START;
	return isSpace(octet) || octet === CR ? BETWEEN : EXTENSION_BROKEN;
}
