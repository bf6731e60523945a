// Every way a request can break the rules, as a number that carries its status. One list, so that a new rule cannot be
// added without a status. The scanners return these; nothing throws.

import { freeze } from "../octets/freeze.js";

/** The rules, with the status of their refusal (RFC 9110 §15) and the clause they come from. */
const RULES = freeze([
	["valid", 0],
	// The first octet cannot begin a request, TLS to a plain port above all: the connection ends without an answer.
	["notHttp", 0],
	["emptyLinesTooMany", 400], // RFC 9112 §2.2
	["lineEndMalformed", 400], // RFC 9112 §2.2: a bare CR, a bare LF
	["methodMalformed", 400], // RFC 9110 §9.1
	["methodTooLong", 501], // RFC 9112 §3
	["targetMalformed", 400], // RFC 9112 §3.2
	["targetTooLong", 414], // RFC 9112 §3
	["percentEncodingMalformed", 400], // RFC 3986 §2.1
	["authorityMalformed", 400], // RFC 9110 §4.2.1, §4.2.4
	["schemeNotSecured", 421], // RFC 9110 §7.4
	["versionMalformed", 400], // RFC 9112 §2.3
	["versionUnsupported", 505], // RFC 9110 §2.5, §15.6.6
	["lineFolded", 400], // RFC 9112 §5.2
	["fieldNameMalformed", 400], // RFC 9112 §5.1
	["fieldValueMalformed", 400], // RFC 9110 §5.5
	["fieldSectionTooLong", 431], // RFC 6585 §5
	["fieldLinesTooMany", 431],
	["fieldsKeptTooLong", 431],
	["hostMissing", 400], // RFC 9112 §3.2
	["hostRepeated", 400],
	["hostMalformed", 400],
	["contentLengthMalformed", 400], // RFC 9112 §6.3
	["contentLengthRepeated", 400],
	["contentTooLarge", 413], // RFC 9110 §15.5.14
	["transferCodingMalformed", 400], // RFC 9112 §6.1, §7
	["transferCodingUnknown", 501], // RFC 9112 §6.1
	["transferCodingNotFinal", 400], // RFC 9112 §6.3
	["transferCodingInOldVersion", 400], // RFC 9112 §6.1
	["transferCodingWithLength", 400], // RFC 9112 §6.1, §6.3
	["connectionMalformed", 400], // RFC 9110 §7.6.1
	["expectationUnknown", 417], // RFC 9110 §10.1.1
	["chunkSizeMalformed", 400], // RFC 9112 §7.1
	["chunkSizeOverflow", 400],
	["chunkExtensionMalformed", 400], // RFC 9112 §7.1.1
	["chunkExtensionTooLong", 400],
	["chunkDataUnterminated", 400], // RFC 9112 §7.1
	["trailerSectionTooLong", 431], // RFC 9112 §7.1.2
	["requestTimedOut", 408], // RFC 9110 §15.5.9
] as const);

export type ViolationName = (typeof RULES)[number][0];

/** No rule was broken. */
export const VALID = 0;

/** A rule's number by its name. */
export const Violation = freeze(Object.fromEntries(RULES.map((rule, index) => [rule[0], index]))) as Readonly<
	Record<ViolationName, number>
>;

/** The rule's name, for logs and tests. */
export function violationName(violation: number): ViolationName {
	return (RULES[violation] as (typeof RULES)[number])[0];
}

/** The status that answers the violation; 0 where nothing is answered. */
export function violationStatus(violation: number): number {
	return (RULES[violation] as (typeof RULES)[number])[1];
}

/** Every status that answers a violation. */
export function violationStatuses(): readonly number[] {
	return RULES.map(([, status]) => status).filter((status) => status > 0);
}

/** A violation as scanners return it: below zero, where no offset is. */
export function refuse(violation: number): number {
	return -1 - violation;
}

/** The violation that `refuse` made a result of. */
export function refused(result: number): number {
	return -1 - result;
}
