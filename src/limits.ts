// Everything that bounds a server, in one object: memory, messages, time. `listen` allocates by it, once.

import { TIME_MAX } from "./clock.js";
import { CONTENT_ROOM_MIN } from "./message/head.js";
import type { HeadOptions } from "./message/head-options.js";
import { METHOD_LENGTH_MAX } from "./message/method.js";
import { PATH_ODD, PATH_VISIBLE_ODD, QUERY_ODD, QUERY_VISIBLE_ODD } from "./octets/classes.js";
import { freeze } from "./octets/freeze.js";

/** The bounds of a server. Lengths are in octets, times in milliseconds. Whole numbers, all of them. */
export interface Limits {
	/** Connections served at once, each with its buffers. 1 to 1,000. */
	readonly connections: number;
	/** The receive buffer of a connection: what is kept of a head, and content on its way. 256 to 65,535. */
	readonly receiveLength: number;
	/**
	 * How much at the front of the receive buffer may hold the fields of the connection's last head, so that those that repeat
	 * are compared and not read again: at most half of it, whatever is given; 0: nothing. A larger head, and content, get all of
	 * the buffer. 0 to 32,767.
	 */
	readonly rememberedLength: number;
	/** The send buffer of a connection. 512 to 65,535. */
	readonly sendLength: number;
	/** The longest request target; a longer one is answered 414. */
	readonly targetLengthMax: number;
	/** The longest head, kept or not, from its method to its empty line; a longer one is answered 431. */
	readonly headLengthMax: number;
	/** The most field lines of a head, and of a trailer section; more are answered 431. */
	readonly fieldLinesMax: number;
	/** The most fields kept of one request; more are answered 431. */
	readonly fieldsKeptMax: number;
	/** The most content of a request; more is answered 413. A route may have a limit of its own. */
	readonly contentLengthMax: number;
	/** The chunk extensions of one request together; longer ones are answered 400. */
	readonly chunkExtensionLengthMax: number;
	/** The longest trailer section; a longer one is answered 431. */
	readonly trailerSectionLengthMax: number;
	/** Content a handler did not want that is read and dropped to keep a connection; with more, the connection closes. */
	readonly discardLengthMax: number;
	/** The most requests on one connection; the last response says `Connection: close`. 0: no limit. */
	readonly requestsMax: number;
	/** Clients that may wait for a connection slot, as far as the platform has connections to spare. */
	readonly waitingMax: number;

	/** For a whole head: from accept for the first, from its first octet for the others. Then 408. */
	readonly headTimeoutMs: number;
	/** Between two requests of a connection. Then it closes. */
	readonly idleTimeoutMs: number;
	/** Between two arrivals of content that is waited for. Then 408. */
	readonly contentIdleTimeoutMs: number;
	/** The least rate of content, in octets a second, averaged over the time it was waited for; 0: none. Then 408. */
	readonly contentRateMin: number;
	/** For the handler's first octet, once nothing else is waited for. Then 503. */
	readonly handlerTimeoutMs: number;
	/**
	 * Between two pieces of a response that has begun; 0: for ever. Then the connection is aborted. With 0 nobody may notice that
	 * a client is gone: lwIP tells of it when everything has been read that came before, and what was pipelined never is.
	 */
	readonly responseIdleTimeoutMs: number;
	/** For a client that takes nothing of what waits to be sent. Then the connection is aborted. */
	readonly sendTimeoutMs: number;
	/**
	 * The least rate at which a client takes the content of a response, in octets a second, averaged over the time it was waited
	 * for; 0: none. Then the connection is aborted.
	 */
	readonly responseRateMin: number;
	/** For a client to close after the last response, so that a reset does not eat it. */
	readonly lingerTimeoutMs: number;
	/** A client in the waiting line without a slot. Then 503. */
	readonly waitTimeoutMs: number;
	/** How long a request may take to arrive, at the least, before it can be evicted for a client that waits. */
	readonly tenureMs: number;
	/** For responses in flight when the server closes. Then their connections are aborted. */
	readonly shutdownTimeoutMs: number;
}

/** What holds where an app says nothing. A board's preset changes the memory, not the times. */
export const DEFAULT_LIMITS: Limits = freeze({
	connections: 6,
	// One Ethernet segment's worth: what a board receives or sends at once.
	receiveLength: 1536,
	rememberedLength: 496,
	sendLength: 1536,
	targetLengthMax: 512,
	headLengthMax: 8192,
	fieldLinesMax: 100,
	fieldsKeptMax: 16,
	contentLengthMax: 65_536,
	chunkExtensionLengthMax: 256,
	trailerSectionLengthMax: 1024,
	discardLengthMax: 65_536,
	// A connection that goes on costs nothing more: while somebody waits, responses say close anyway.
	requestsMax: 0,
	waitingMax: 1024,

	headTimeoutMs: 10_000,
	idleTimeoutMs: 15_000,
	contentIdleTimeoutMs: 10_000,
	contentRateMin: 100,
	handlerTimeoutMs: 30_000,
	responseIdleTimeoutMs: 120_000,
	sendTimeoutMs: 15_000,
	responseRateMin: 100,
	lingerTimeoutMs: 2000,
	waitTimeoutMs: 5000,
	tenureMs: 250,
	shutdownTimeoutMs: 10_000,
});

/** The head's share of the limits, with the named options. */
export function headOptions(limits: Limits, allowsVisible: boolean, allowsHttps: boolean): HeadOptions {
	const { targetLengthMax, headLengthMax, fieldLinesMax, fieldsKeptMax, trailerSectionLengthMax } = limits;
	return freeze({
		targetLengthMax,
		headLengthMax,
		fieldLinesMax,
		fieldsKeptMax,
		trailerSectionLengthMax,
		pathOdd: allowsVisible ? PATH_VISIBLE_ODD : PATH_ODD,
		queryOdd: allowsVisible ? QUERY_VISIBLE_ODD : QUERY_ODD,
		allowsHttps,
	});
}

/**
 * The limits with the defaults for what is not given. Throws RangeError, saying what to do, for a value out of its range
 * and for values that do not go together.
 */
export function completeLimits(given: Partial<Limits>): Limits {
	const limits: { -readonly [Name in keyof Limits]: Limits[Name] } = { ...DEFAULT_LIMITS };
	for (const [name, value] of Object.entries(given)) {
		if (!Object.hasOwn(DEFAULT_LIMITS, name)) throw new RangeError(`there is no limit named ${name}`);
		if (value !== undefined) limits[name as keyof Limits] = value;
	}
	for (const [name, value] of Object.entries(limits)) {
		const isWhole = Number.isInteger(value) || (name === "contentLengthMax" && value === Number.POSITIVE_INFINITY);
		if (!isWhole || value < 0) throw new RangeError(`limits.${name} must be a whole number, not ${value}`);
	}
	within(limits, "connections", 1, 1000);
	within(limits, "receiveLength", 256, 65_535);
	within(limits, "rememberedLength", 0, 32_767);
	within(limits, "sendLength", 512, 65_535);
	within(limits, "fieldsKeptMax", 1, 1000);
	within(limits, "fieldLinesMax", 1, 10_000);
	within(limits, "targetLengthMax", 1, limits.receiveLength - METHOD_LENGTH_MAX - CONTENT_ROOM_MIN - 2);
	within(limits, "headLengthMax", limits.targetLengthMax + METHOD_LENGTH_MAX + 32, 1_048_576);
	within(limits, "chunkExtensionLengthMax", 0, 65_535);
	within(limits, "trailerSectionLengthMax", 0, 1_048_576);
	for (const name of TIMES)
		within(limits, name, name === "responseIdleTimeoutMs" || name === "tenureMs" ? 0 : 1, TIME_MAX);
	return freeze(limits);
}

const TIMES: readonly (keyof Limits)[] = freeze([
	"headTimeoutMs",
	"idleTimeoutMs",
	"contentIdleTimeoutMs",
	"handlerTimeoutMs",
	"responseIdleTimeoutMs",
	"sendTimeoutMs",
	"lingerTimeoutMs",
	"waitTimeoutMs",
	"tenureMs",
	"shutdownTimeoutMs",
]);

function within(limits: Limits, name: keyof Limits, least: number, most: number): void {
	const value = limits[name];
	if (value < least || value > most) {
		throw new RangeError(`limits.${name} is ${value}; with the other limits it must be from ${least} to ${most}`);
	}
}
