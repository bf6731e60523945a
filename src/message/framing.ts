// How the content of a request is delimited (RFC 9112 §6.3), decided once, when its head is complete. Pure.

import { LENGTH_ABSENT } from "./field-section.js";
import type { Head } from "./head.js";
import { LIST_CHUNKED, LIST_UNKNOWN_CODING } from "./lists.js";
import { AUTHORITY_FORM } from "./request-line.js";
import { refuse, Violation } from "./violation.js";

export const CONTENT_NONE = 0;
export const CONTENT_BY_LENGTH = 1;
export const CONTENT_CHUNKED = 2;

/** One of the three, or a refusal. Whatever two recipients could read in two ways is refused, never repaired. */
export function contentFraming(head: Head): number {
	const section = head.fieldSection;
	// RFC 9112 §3.2: a server answers 400 to any HTTP/1.1 request that lacks Host, absolute-form or not.
	if (!section.hasHost && head.requestLine.minorVersion > 0) return refuse(Violation.hostMissing);
	if (section.hasTransferEncoding) {
		const found = section.lists;
		const hasUnknownCoding = (found & LIST_UNKNOWN_CODING) !== 0;
		if ((found & LIST_CHUNKED) === 0)
			return refuse(hasUnknownCoding ? Violation.transferCodingNotFinal : Violation.transferCodingMalformed);
		if (head.requestLine.minorVersion === 0) return refuse(Violation.transferCodingInOldVersion);
		if (section.contentLength !== LENGTH_ABSENT) return refuse(Violation.transferCodingWithLength);
		if (hasUnknownCoding) return refuse(Violation.transferCodingUnknown);
		// RFC 9110 §9.3.6: CONNECT has no content; what follows would be the tunnel's.
		return head.requestLine.form === AUTHORITY_FORM ? CONTENT_NONE : CONTENT_CHUNKED;
	}
	return section.contentLength > 0 ? CONTENT_BY_LENGTH : CONTENT_NONE;
}
