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

/** Behind the waits, again by their numbers: the least rate at which what is waited for comes or goes. */
export const RATE_MIN: number = WAITS.length;

// And what else bounds a connection, as Limits has it.
export const CHUNK_EXTENSION_LENGTH_MAX: number = RATE_MIN + WAITS.length;
export const DISCARD_LENGTH_MAX: number = CHUNK_EXTENSION_LENGTH_MAX + 1;
export const REQUESTS_MAX: number = DISCARD_LENGTH_MAX + 1;

/**
 * What bounds a connection: how long each wait may last, in milliseconds, by its number; 0: for ever. How many octets a second have
 * to come or go meanwhile; 0: any. And the others.
 */
export function connectionLimits(limits: Limits): readonly number[] {
	const bounds = [...WAITS, ...WAITS].map(() => 0);
	bounds[WAIT_HEAD] = limits.headTimeoutMs;
	bounds[WAIT_REQUEST] = limits.idleTimeoutMs;
	bounds[WAIT_CONTENT] = limits.contentIdleTimeoutMs;
	bounds[WAIT_HANDLER] = limits.handlerTimeoutMs;
	bounds[WAIT_RESPONSE] = limits.responseIdleTimeoutMs;
	bounds[WAIT_SEND] = limits.sendTimeoutMs;
	bounds[WAIT_LINGER] = limits.lingerTimeoutMs;
	bounds[RATE_MIN + WAIT_CONTENT] = limits.contentRateMin;
	bounds[RATE_MIN + WAIT_SEND] = limits.responseRateMin;
	bounds[CHUNK_EXTENSION_LENGTH_MAX] = limits.chunkExtensionLengthMax;
	bounds[DISCARD_LENGTH_MAX] = limits.discardLengthMax;
	bounds[REQUESTS_MAX] = limits.requestsMax;
	return freeze(bounds);
}
