// The answer to a client past the last slot: "503 Service Unavailable" with Retry-After (RFC 9110 §10.2.3), made with the app,
// so that turning somebody away takes no slot and next to no time. For the server.

import type { DateLine } from "../response/date.js";
import type { Prebuilt } from "../response/prebuilt.js";
import type { Transport } from "./platform.js";

/** How often the octets of a client that is turned away are read, at the most. */
const READS_MAX = 8;

/** Sends it and closes. What the client has sent is dropped first (into `scratch`), so that no reset eats the answer. */
export function turnAway(transport: Transport, refusal: Prebuilt, date: DateLine, scratch: Uint8Array): void {
	const end = date.headEnd;
	let budget = READS_MAX;
	while (budget > 0 && transport.read(scratch, 0, scratch.length) > 0) budget -= 1;
	if (transport.room >= refusal.head.length + end.length) transport.writeMessage(refusal.head, end, refusal.content);
	transport.close();
}
