// Whether a connection outlives a request (RFC 9112 §9.3), decided once, when its head is complete. Pure.

import type { Head } from "./head.js";

/** Whether the client is ready for another response on this connection after this one. */
export function clientPersists(head: Head): boolean {
	const lists = head.lists;
	if (lists.hasClose) return false;
	return head.requestLine.minorVersion > 0 || lists.hasKeepAlive;
}
