// A message written part by part. For the transports of platforms that have no better way.

import type { Transport } from "./platform.js";

/** What `writeMessage` of a transport does, by its `write`: a connection that is lost with one part takes the others all the same. */
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
