// IPv6address (RFC 3986 §3.2.2): eight groups of up to four HEXDIG, one "::" for one or more of them, an IPv4address as the
// last two. Scanned octet by octet; all that is known in between is one integer. For the authority scanner.

import { COLON, DOT } from "../octets/ascii.js";
import { HEX_DIGIT } from "../octets/classes.js";

// The integer, from its lowest bits: the value of the current group read as a decimal, its digits, the colons just read,
// whether "::" has been read, the dots, the groups that are finished.
const DECIMAL_MASK = 0x1ff;
const DIGIT = 1 << 9;
const DIGITS_MASK = 7 << 9;
const ONE_COLON = 1 << 12;
const COLONS_MASK = 3 << 12;
const ELIDED = 1 << 14;
const ONE_DOT = 1 << 15;
const DOTS_MASK = 3 << 15;
const GROUP = 1 << 17;
const GROUPS_SHIFT = 17;

/** The group is no dec-octet: too large, with a zero in front, or hexadecimal. */
const NOT_DECIMAL = 256;

/** Behind "[". */
export const ADDRESS_START = 0;
/** No address begins so. */
export const ADDRESS_BROKEN = -1;

/** Where the address stands behind one octet more, or ADDRESS_BROKEN. */
export function stepAddress(state: number, octet: number): number {
	const digit = HEX_DIGIT[octet] as number;
	if (digit !== 0) return withDigit(state, digit - 1);
	if (octet === COLON) return withColon(state);
	return octet === DOT ? withDot(state) : ADDRESS_BROKEN;
}

function withDigit(state: number, value: number): number {
	// A single colon at the very start (":1") begins no address.
	if ((state & COLONS_MASK) === ONE_COLON && state >> GROUPS_SHIFT === 0) return ADDRESS_BROKEN;
	const hasDigits = (state & DIGITS_MASK) !== 0;
	if ((state & DIGITS_MASK) === 4 * DIGIT || ((state & DOTS_MASK) !== 0 && value > 9)) return ADDRESS_BROKEN;
	// dec-octet has no leading zero; a hexadecimal group may, and only becomes decimal at its first dot.
	const before = state & DECIMAL_MASK;
	const decimal = value > 9 || (hasDigits && before === 0) ? NOT_DECIMAL : before * 10 + value;
	return (state & ~(DECIMAL_MASK | COLONS_MASK)) + DIGIT + (decimal > 255 ? NOT_DECIMAL : decimal);
}

function withColon(state: number): number {
	if ((state & DOTS_MASK) !== 0) return ADDRESS_BROKEN;
	let next = (state & ~(DECIMAL_MASK | DIGITS_MASK)) + ONE_COLON;
	if ((state & DIGITS_MASK) !== 0) next += GROUP;
	const colons = next & COLONS_MASK;
	if (colons === 2 * ONE_COLON) {
		if ((state & ELIDED) !== 0) return ADDRESS_BROKEN;
		next |= ELIDED;
	} else if (colons > 2 * ONE_COLON) return ADDRESS_BROKEN;
	return next >> GROUPS_SHIFT > 8 ? ADDRESS_BROKEN : next;
}

function withDot(state: number): number {
	if (!endsInDecimal(state) || (state & DOTS_MASK) === 3 * ONE_DOT) return ADDRESS_BROKEN;
	return (state & ~(DECIMAL_MASK | DIGITS_MASK)) + ONE_DOT;
}

/** Whether the current group is a dec-octet (RFC 3986 §3.2.2). */
function endsInDecimal(state: number): boolean {
	return (state & DIGITS_MASK) !== 0 && (state & DECIMAL_MASK) <= 255;
}

/** Whether the address may end here. */
export function isWholeAddress(state: number): boolean {
	let groups = state >> GROUPS_SHIFT;
	if ((state & DOTS_MASK) !== 0) {
		if ((state & DOTS_MASK) !== 3 * ONE_DOT || !endsInDecimal(state)) return false;
		groups += 2;
	} else if ((state & DIGITS_MASK) !== 0) groups += 1;
	else if ((state & COLONS_MASK) === ONE_COLON) return false;
	return (state & ELIDED) !== 0 ? groups <= 7 : groups === 8;
}
