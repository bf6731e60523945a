// What a connection can be waiting for, and for how long: every wait has an end. For the connection.

import type { Limits } from "../limits.js";
import { freeze } from "../octets/freeze.js";

export const WAITS = freeze([
	/** For nobody: a response without an idle limit, or a free slot. */
	"nothing",
	/** For a whole head. */
	"head",
	/** For the next request. */
	"request",
	/** For content. */
	"content",
	/** For the handler's first octet. */
	"handler",
	/** For the handler's next octet. */
	"response",
	/** For the client to take what waits to be sent. */
	"send",
	/** For the client to close. */
	"linger",
	/** For whatever the protocol that took over said. */
	"detached",
] as const);

export const WAIT_NOTHING = 0;
export const WAIT_HEAD = 1;
export const WAIT_REQUEST = 2;
export const WAIT_CONTENT = 3;
export const WAIT_HANDLER = 4;
export const WAIT_RESPONSE = 5;
export const WAIT_SEND = 6;
export const WAIT_LINGER = 7;
export const WAIT_DETACHED = 8;

/** How long a wait may last, in milliseconds; 0: for ever. */
export function waitLimit(limits: Limits, wait: number): number {
	switch (wait) {
		case WAIT_HEAD:
			return limits.headTimeoutMs;
		case WAIT_REQUEST:
			return limits.idleTimeoutMs;
		case WAIT_CONTENT:
			return limits.contentIdleTimeoutMs;
		case WAIT_HANDLER:
			return limits.handlerTimeoutMs;
		case WAIT_RESPONSE:
			return limits.responseIdleTimeoutMs;
		case WAIT_SEND:
			return limits.sendTimeoutMs;
		case WAIT_LINGER:
			return limits.lingerTimeoutMs;
		default:
			return 0;
	}
}
