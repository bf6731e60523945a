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

/** Behind the waits: the least rate of content, in octets a second; 0: none. */
export const CONTENT_RATE_MIN = 9;

/** How long each wait may last, in milliseconds, by its number; 0: for ever. And CONTENT_RATE_MIN. */
export function waitLimits(limits: Limits): readonly number[] {
	const times = WAITS.map(() => 0);
	times[WAIT_HEAD] = limits.headTimeoutMs;
	times[WAIT_REQUEST] = limits.idleTimeoutMs;
	times[WAIT_CONTENT] = limits.contentIdleTimeoutMs;
	times[WAIT_HANDLER] = limits.handlerTimeoutMs;
	times[WAIT_RESPONSE] = limits.responseIdleTimeoutMs;
	times[WAIT_SEND] = limits.sendTimeoutMs;
	times[WAIT_LINGER] = limits.lingerTimeoutMs;
	times[CONTENT_RATE_MIN] = limits.contentRateMin;
	return freeze(times);
}
