// The life of a connection: every state and every transition, in one table.
//
// A connection is in one of the phases below; a cause moves it to another. Within EXCHANGE two things go on side by side,
// the request's content and the response; how far each is, its reader and its writer know (src/message/content.ts,
// src/response/response-head.ts). What is not in the table cannot happen: `transition` reports it as a fault of ours.
//
//              accepted       begun         headComplete     responseComplete    persisted
//                             (a head that comes whole is complete at once)
//     FREE ───────────▶ FIRST ─────▶ HEAD ─────────────▶ EXCHANGE ───────────▶ FLUSH ──────────▶ IDLE ──begun──▶ HEAD
//                                     │  refused, timedOut                       │ last
//                                     └──────────────────────────────▶ FLUSH     └──────▶ LINGER ──ended──▶ FREE

import { freeze } from "../octets/freeze.js";

export const PHASES = freeze([
	/** The slot serves nobody. */
	"free",
	/** Accepted; no octet of a request has come. */
	"first",
	/** Between two requests. */
	"idle",
	/** A head is arriving. */
	"head",
	/** A handler has the request: content comes in, the response goes out. */
	"exchange",
	/** The response is complete; its last octets go out, unwanted content is dropped. */
	"flush",
	/** Our side is closed or about to be; the client's octets are dropped for a while, so that no reset eats the response. */
	"linger",
	/** Another protocol has the connection. */
	"detached",
] as const);

export const FREE = 0;
export const FIRST = 1;
export const IDLE = 2;
export const HEAD = 3;
export const EXCHANGE = 4;
export const FLUSH = 5;
export const LINGER = 6;
export const DETACHED = 7;

export const CAUSES = freeze([
	/** A client was given the slot. */
	"accepted",
	/** The first octet of a request line came. */
	"begun",
	/** The head is whole and by the rules. */
	"headComplete",
	/** A rule was broken, and an error response stands in the send buffer. */
	"refused",
	/** The last octet of the final response stands in the send buffer. */
	"responseComplete",
	/** The response is sent, the content read, and the connection goes on. */
	"persisted",
	/** The response is sent, and it was the last. */
	"last",
	/** Another protocol takes over. */
	"detached",
	/** The client has closed, or we close: nothing is owed to anybody. */
	"ended",
	/** Cut off: a reset, a stalled reader, a handler that broke the framing, the end of a shutdown. */
	"aborted",
] as const);

export const ACCEPTED = 0;
export const BEGUN = 1;
export const HEAD_COMPLETE = 2;
export const REFUSED = 3;
export const RESPONSE_COMPLETE = 4;
export const PERSISTED = 5;
export const LAST = 6;
export const DETACHING = 7;
export const ENDED = 8;
export const ABORTED = 9;

const CAUSE_COUNT: number = CAUSES.length;

/** No transition. */
const NO = 255;

// A row for each phase, a column for each cause, in the order above.
const TRANSITIONS = new Uint8Array([
	// accepted, begun, headComplete, refused, responseComplete, persisted, last, detached, ended, aborted
	...[FIRST, NO, NO, NO, NO, NO, NO, NO, NO, NO], // free
	...[NO, HEAD, EXCHANGE, FLUSH, NO, NO, NO, NO, FREE, FREE], // first: refused covers what cannot begin a request line
	...[NO, HEAD, EXCHANGE, FLUSH, NO, NO, NO, NO, FREE, FREE], // idle
	...[NO, NO, EXCHANGE, FLUSH, NO, NO, NO, NO, FREE, FREE], // head
	// exchange: refused covers broken or missing content; a response that leaves at once is complete and sent in one
	...[NO, NO, NO, FLUSH, FLUSH, IDLE, NO, DETACHED, NO, FREE],
	...[NO, NO, NO, NO, NO, IDLE, LINGER, NO, NO, FREE], // flush: as in an exchange, something is owed to the client
	...[NO, NO, NO, NO, NO, NO, NO, NO, FREE, FREE], // linger
	...[NO, NO, NO, NO, NO, NO, NO, NO, FREE, FREE], // detached
]);

/** The phase after `cause` in `phase`. Throws Error for a cause that the phase does not know. */
export function transition(phase: number, cause: number): number {
	const next = TRANSITIONS[phase * CAUSE_COUNT + cause] as number;
	// Nor is what stands outside the table less than this.
	if (!(next < NO)) throw new Error(`no transition from ${PHASES[phase]} by ${CAUSES[cause]}`);
	return next;
}
