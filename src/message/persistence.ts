// Whether a connection outlives a request (RFC 9112 §9.3), decided once, when its head is complete. Pure.

import type { Head } from "./head.js";
import { LIST_CLOSE, LIST_KEEP_ALIVE } from "./lists.js";

/** Whether the client is ready for another response on this connection after this one. */
export function clientPersists(head: Head): boolean {
	const found = head.fieldSection.lists;
	if ((found & LIST_CLOSE) !== 0) return false;
	return head.requestLine.minorVersion > 0 || (found & LIST_KEEP_ALIVE) !== 0;
}
