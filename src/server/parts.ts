// A message written part by part. For the transports of platforms that have no better way.

import type { Transport } from "./platform.js";

/** What `writeMessage` of a transport does, by its `write`: it takes all parts, also when the connection is lost with one. */
export function writeParts(
	transport: Pick<Transport, "write">,
	head: Uint8Array,
	headEnd: Uint8Array,
	content: Uint8Array,
): void {
	transport.write(head, 0, head.length);
	transport.write(headEnd, 0, headEnd.length);
	if (content.length > 0) transport.write(content, 0, content.length);
}
