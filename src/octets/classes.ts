// Which octet may stand where: one 256-entry table for each rule of the grammar that a scanner asks about.
// `Uint8Array`, because a table in flash has no alignment (docs/architecture.md, "Code in flash"). For the scanners.

import { HTAB, SP } from "./ascii.js";

/** The table that gives 1 for every octet of `members` (and `also`), 0 for the rest. */
function membersOf(members: string, also: Uint8Array | null): Uint8Array {
	const table = new Uint8Array(256);
	if (also !== null) table.set(also);
	for (let index = 0; index < members.length; index += 1) table[members.charCodeAt(index)] = 1;
	return table;
}

const DIGITS = "0123456789";
const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
// RFC 3986 §2.2 and §2.3
const SUB_DELIMS = "!$&'()*+,;=";
const UNRESERVED = `${LETTERS}${DIGITS}-._~`;

function lowerCaseOfTokens(): Uint8Array {
	const table = new Uint8Array(256);
	const tchar = `!#$%&'*+-.^_\`|~${DIGITS}${LETTERS}`;
	for (let index = 0; index < tchar.length; index += 1) {
		table[tchar.charCodeAt(index)] = (tchar[index] as string).toLowerCase().charCodeAt(0);
	}
	return table;
}

/** tchar (RFC 9110 §5.6.2) → the same octet in lower case; every other octet → 0. */
export const TOKEN_LOWER: Uint8Array = lowerCaseOfTokens();

/** A visible octet of a field value (VCHAR and obs-text, RFC 9110 §5.5) → 1; SP and HTAB → 2; all else → 0. */
export const FIELD_VALUE: Uint8Array = fieldValueClasses();

function fieldValueClasses(): Uint8Array {
	const table = new Uint8Array(256);
	table.fill(1, 0x21, 0x7f);
	table.fill(1, 0x80, 0x100);
	table[SP] = 2;
	table[HTAB] = 2;
	return table;
}

/** The table that gives 0 for every octet of `members`, 1 for the rest: a scanner that goes on at 0 saves a negation each. */
function othersThan(members: string): Uint8Array {
	return membersOf(members, null).map((isMember) => 1 - isMember);
}

// "/" and pchar without "%" and "." (RFC 3986 §3.3): what a path holds without further thought. And a query's octets but "%"
// (§3.4).
const PATH_PLAIN = `${LETTERS}${DIGITS}-_~${SUB_DELIMS}:@/`;
const QUERY_PLAIN = `${UNRESERVED}${SUB_DELIMS}:@/?`;
/** What the option `targetCharacters: "visible"` adds. "?" ends a path, "#" is plain. */
const VISIBLE = '"#<>[\\]^`{|}';

/** What a path does not hold without further thought. */
export const PATH_ODD: Uint8Array = othersThan(PATH_PLAIN);

/** What a query does not hold without further thought: "%", and what it must not hold. */
export const QUERY_ODD: Uint8Array = othersThan(QUERY_PLAIN);

/** PATH_ODD with the option `targetCharacters: "visible"`. */
export const PATH_VISIBLE_ODD: Uint8Array = othersThan(PATH_PLAIN + VISIBLE);

/** QUERY_ODD with the option `targetCharacters: "visible"`. */
export const QUERY_VISIBLE_ODD: Uint8Array = othersThan(QUERY_PLAIN + VISIBLE);

/** reg-name without "%" (RFC 3986 §3.2.2). An IPv4 address is one of these by its octets. */
export const REG_NAME: Uint8Array = membersOf(`${UNRESERVED}${SUB_DELIMS}`, null);

/** What follows "v" HEXDIG "." in an IPvFuture (RFC 3986 §3.2.2). */
export const IP_FUTURE: Uint8Array = membersOf(":", REG_NAME);

/** qdtext and the second octet of a quoted-pair (RFC 9110 §5.6.4): 1 for qdtext, 2 for what only a pair may hold. */
export const QUOTED: Uint8Array = quotedClasses();

function quotedClasses(): Uint8Array {
	const table = new Uint8Array(256);
	table.fill(1, 0x20, 0x7f);
	table.fill(1, 0x80, 0x100);
	table[HTAB] = 1;
	table[0x22] = 2;
	table[0x5c] = 2;
	return table;
}

/** HEXDIG → its value + 1; every other octet → 0. */
export const HEX_DIGIT: Uint8Array = hexDigits();

function hexDigits(): Uint8Array {
	const table = new Uint8Array(256);
	for (let value = 0; value < 16; value += 1) {
		const digit = value.toString(16);
		table[digit.charCodeAt(0)] = value + 1;
		table[digit.toUpperCase().charCodeAt(0)] = value + 1;
	}
	return table;
}
