// One HTTP connection as a machine without I/O: octets in, events out; room out, octets written; time is an argument, and
// the machine names its next deadline. Every change of phase goes through the table in states.ts. For the server.
//
// The driver puts received octets at `receive.received` and tells `received`; calls `next` until it returns EVENT_NONE;
// sends what waits in `response` and tells `progressed`; calls `settle` when it has done all it can, and `expire` when the
// deadline has passed.

import { CONTENT_NONE, contentFraming } from "../message/framing.js";
import {
	HEAD_COMPLETE as HEAD_IS_COMPLETE,
	HEAD_PARTIAL,
	HEAD_REFUSED,
	HEAD_REPEATED,
	type Head,
} from "../message/head.js";
import { METHOD_HEAD } from "../message/method.js";
import { clientPersists } from "../message/persistence.js";
import { refused, VALID, Violation } from "../message/violation.js";
import { copyOctets } from "../octets/copy.js";
import type { Prebuilt } from "../response/prebuilt.js";
import {
	BY_CLOSE,
	BY_LENGTH,
	CHUNKED,
	CONNECTION_CLOSE,
	CONNECTION_IMPLIED,
	CONNECTION_KEEP_ALIVE,
	RESPONSE_CONTENT,
	RESPONSE_COMPLETE as RESPONSE_IS_COMPLETE,
} from "../response/response-head.js";
import {
	EVENT_CUT_OFF,
	EVENT_DETACHED_OCTETS,
	EVENT_ENDED,
	EVENT_HANDLER_LATE,
	EVENT_LAST,
	EVENT_NONE,
	EVENT_PERSISTED,
	EVENT_REFUSED,
	EVENT_REQUEST,
} from "./events.js";
import { PEER_ENDED, PERSISTS, WANTS_CONTENT } from "./marks.js";
import { CONTENT_ENDED, IN_TRAILERS, RequestContent } from "./request-content.js";
import {
	ABORTED,
	ACCEPTED,
	BEGUN,
	DETACHED,
	DETACHING,
	ENDED,
	EXCHANGE,
	FIRST,
	FLUSH,
	FREE,
	HEAD,
	HEAD_COMPLETE,
	IDLE,
	LAST,
	LINGER,
	PERSISTED,
	REFUSED,
	RESPONSE_COMPLETE,
	transition,
} from "./states.js";
import {
	RATE_MIN,
	REQUESTS_MAX,
	WAIT_CONTENT,
	WAIT_DETACHED,
	WAIT_HANDLER,
	WAIT_HEAD,
	WAIT_LINGER,
	WAIT_NOTHING,
	WAIT_REQUEST,
	WAIT_RESPONSE,
	WAIT_SEND,
} from "./waits.js";

/** How much is read at once where the size of a chunk has to be found: what comes behind it goes to the handler unread. */
const CHUNK_LOOK_LENGTH = 32;

export class Connection extends RequestContent {
	/** How many requests have been accepted on this connection. */
	requestCount = 0;
	/** When the phase or the request began, for the pool's choice. */
	phaseStart = 0;

	/** Whether the client has closed its side. */
	get hasPeerEnded(): boolean {
		return (this.marks & PEER_ENDED) !== 0;
	}

	private move(cause: number, now: number): void {
		this.phase = transition(this.phase, cause);
		this.phaseStart = now;
	}

	/** A client was accepted. */
	open(now: number): void {
		this.move(ACCEPTED, now);
		this.receive.clear();
		this.receive.receivedLength = 0;
		this.head.open();
		this.response.clear();
		this.violation = VALID;
		this.marks = 0;
		this.requestCount = 0;
		this.contentState = CONTENT_ENDED;
		this.forgetWait();
	}

	/** The transport is closed, by whom and however: the slot is free. `isAborted`: something was cut off. */
	release(isAborted: boolean, now: number): void {
		this.move(isAborted ? ABORTED : ENDED, now);
		this.stopWaiting();
	}

	/**
	 * How many octets are of use now: otherwise the transport is not read, and the client's window closes. What is sure to be
	 * content for a handler stays there until the handler reads it.
	 */
	get receiveRoom(): number {
		if (this.phase === FREE || (this.marks & PEER_ENDED) !== 0) return 0;
		const room = this.receive.room;
		if (!this.passesContent) return room;
		if (this.receive.ahead > 0) return 0;
		return room < CHUNK_LOOK_LENGTH ? room : CHUNK_LOOK_LENGTH;
	}

	/** The transport has put `count` octets at `receive.received`. */
	received(count: number, now: number): void {
		if (this.phase === LINGER) return;
		this.receive.received += count;
		const wait = this.wait;
		if (wait === WAIT_CONTENT || wait === WAIT_DETACHED) this.restartWait(now);
	}

	/** The client has closed its side: no octet will come. */
	peerEnded(): void {
		this.marks |= PEER_ENDED;
	}

	/** Does what can be done and returns what the driver has to do next. Call it until it returns EVENT_NONE. */
	next(now: number): number {
		const phase = this.phase;
		if (phase === IDLE || phase === HEAD || phase === FIRST) return this.nextHead(now);
		if (phase === FLUSH) return this.nextFlush(now);
		if (phase === EXCHANGE) return this.nextContent(now);
		if (phase === LINGER) return (this.marks & PEER_ENDED) !== 0 ? EVENT_ENDED : EVENT_NONE;
		return phase === DETACHED ? this.nextDetached() : EVENT_NONE;
	}

	/** `next` where no request is being answered. */
	nextHead(now: number): number {
		const receive = this.receive;
		if (receive.received > receive.scanned) {
			const head = this.sharedHead;
			if (head.buffer !== receive) head.select(receive);
			let result = head.read();
			if (result === HEAD_IS_COMPLETE) {
				const framing = contentFraming(head);
				if (framing < 0) return this.refuse(refused(framing));
				return this.beginExchange(framing, clientPersists(head));
			}
			if (result === HEAD_REPEATED) return this.beginExchange(CONTENT_NONE, true);
			// The first head's deadline runs from accept, as the wait is the same; the others' from their first octet.
			if (this.phase !== HEAD && !head.isBlank) this.move(BEGUN, now);
			if (result === HEAD_PARTIAL && receive.received === receive.limit) result = head.makeRoom();
			if (result === HEAD_REFUSED) return this.refuse(head.violation);
		}
		return (this.marks & PEER_ENDED) !== 0 ? EVENT_ENDED : EVENT_NONE;
	}

	private beginExchange(framing: number, persists: boolean): number {
		// How long a request is being answered matters to no wait and to nobody's choice: from here on the phase has no time.
		this.phase = transition(this.phase, HEAD_COMPLETE);
		this.requestCount += 1;
		const marks = this.marks & PEER_ENDED;
		this.marks = persists ? marks | PERSISTS : marks;
		if (framing !== CONTENT_NONE || this.receive.expectsContent) this.beginContent(framing);
		return EVENT_REQUEST;
	}

	/** `next` where the response is complete. */
	nextFlush(now: number): number {
		if (this.contentState !== CONTENT_ENDED && (this.marks & PERSISTS) !== 0) {
			const event = this.discardContent(now);
			if (event === EVENT_REFUSED || event === EVENT_CUT_OFF) this.marks &= ~PERSISTS;
		}
		const response = this.response;
		// As `isEmpty` has it, without its call.
		if (response.state !== RESPONSE_IS_COMPLETE || response.end > response.start || response.piece !== null)
			return EVENT_NONE;
		if ((this.marks & PERSISTS) === 0) {
			this.move(LAST, now);
			return EVENT_LAST;
		}
		if (this.contentState !== CONTENT_ENDED) return EVENT_NONE;
		this.phase = transition(this.phase, PERSISTED);
		this.phaseStart = now;
		this.renewWait(WAIT_REQUEST, now);
		return EVENT_PERSISTED;
	}

	/** Whether, at EVENT_LAST, nothing of the client's is left unread: then there is nothing to wait for before closing. */
	get isAllRead(): boolean {
		return this.isContentComplete && this.violation === VALID && this.receive.received === this.receive.consumed;
	}

	/** After EVENT_PERSISTED, once nobody looks at the request any more: makes ready for the next one. */
	beginNext(): void {
		const head = this.sharedHead;
		if (head.buffer !== this.receive) head.select(this.receive);
		if (this.receive.received === this.receive.consumed) this.receive.clear();
		head.begin();
		this.response.begin();
	}

	private nextDetached(): number {
		const receive = this.receive;
		receive.scanned = receive.received;
		const available = receive.received - receive.consumed;
		if (available > this.announced) {
			this.announced = available;
			return EVENT_DETACHED_OCTETS;
		}
		if (available === 0) this.head.rewind();
		return (this.marks & PEER_ENDED) !== 0 && available === 0 ? EVENT_ENDED : EVENT_NONE;
	}

	/** What the Connection field of the final response says; decides whether the connection persists after it. */
	private decidePersistence(head: Head, mustClose: boolean, framing: number): number {
		if (
			mustClose ||
			framing === BY_CLOSE ||
			this.requestCount === this.limits[REQUESTS_MAX] ||
			(this.contentState !== CONTENT_ENDED && this.leavesTooMuch())
		)
			this.marks &= ~PERSISTS;
		if ((this.marks & PERSISTS) === 0) return CONNECTION_CLOSE;
		return head.requestLine.minorVersion === 0 ? CONNECTION_KEEP_ALIVE : CONNECTION_IMPLIED;
	}

	/** How content of unknown length is framed for this client (RFC 9112 §6.1: no chunks for HTTP/1.0). */
	get streamFraming(): number {
		return this.head.requestLine.minorVersion === 0 ? BY_CLOSE : CHUNKED;
	}

	/** Writes the head of the response. False without the room for it. */
	writeHead(framing: number, length: number, mustClose: boolean): boolean {
		const head = this.head;
		return this.response.writeHead(
			framing,
			length,
			this.decidePersistence(head, mustClose, framing),
			head.requestLine.method === METHOD_HEAD,
		);
	}

	/** Writes a prebuilt response. False without the room for its head. */
	writePrebuilt(prebuilt: Prebuilt, mustClose: boolean): boolean {
		const head = this.sharedHead;
		if (head.buffer !== this.receive) head.select(this.receive);
		return this.response.writePrebuilt(
			prebuilt,
			this.decidePersistence(head, mustClose, BY_LENGTH),
			head.requestLine.method === METHOD_HEAD,
		);
	}

	/**
	 * Sends a prebuilt response to a request without content, where all of it leaves at once and the connection goes on: the request
	 * is over. False, and nothing has happened, where anything is otherwise.
	 */
	answerAtOnce(prebuilt: Prebuilt, now: number): boolean {
		const line = this.sharedHead.requestLine;
		const isPlain = this.marks === PERSISTS && line.minorVersion !== 0 && line.method !== METHOD_HEAD;
		if (!isPlain || this.contentState !== CONTENT_ENDED || this.requestCount === this.limits[REQUESTS_MAX])
			return false;
		if (!this.response.sendAtOnce(prebuilt)) return false;
		this.phase = transition(this.phase, PERSISTED);
		this.phaseStart = now;
		this.renewWait(WAIT_REQUEST, now);
		return true;
	}

	/** Writes a prebuilt response with the fields set so far behind its own. False without the room for its head. */
	writePrebuiltWithFields(prebuilt: Prebuilt, mustClose: boolean): boolean {
		const head = this.head;
		return this.response.writePrebuiltWithFields(
			prebuilt,
			this.decidePersistence(head, mustClose, BY_LENGTH),
			head.requestLine.method === METHOD_HEAD,
		);
	}

	/** Writes a whole response whose content is a string. False without the room for its head. */
	writeWholeText(text: string, mustClose: boolean): boolean {
		const head = this.head;
		return this.response.writeWholeText(
			text,
			this.decidePersistence(head, mustClose, BY_LENGTH),
			head.requestLine.method === METHOD_HEAD,
		);
	}

	/** The last octet of the response stands in the send buffer, or in what it draws from. */
	endResponse(): void {
		this.phase = transition(this.phase, RESPONSE_COMPLETE);
		if (this.contentState !== CONTENT_ENDED) this.marks |= WANTS_CONTENT;
	}

	/** An error response to a broken rule stands in the send buffer; the connection ends with it. */
	endRefusal(now: number): void {
		this.marks &= ~PERSISTS;
		this.move(REFUSED, now);
	}

	/** Writes "101 Switching Protocols" with the fields set so far. False without the room for it. */
	writeUpgrade(): boolean {
		this.response.status = 101;
		return this.response.writeHead(BY_CLOSE, 0, CONNECTION_IMPLIED, false);
	}

	/** For the protocol that took over: reads what was received; returns how many octets. */
	readDetached(buffer: Uint8Array, start: number, end: number): number {
		const receive = this.receive;
		const available = receive.received - receive.consumed;
		const count = available < end - start ? available : end - start;
		copyOctets(receive.octets, receive.consumed, receive.consumed + count, buffer, start);
		receive.scanned = receive.received;
		this.consumed(count);
		return count;
	}

	/** For the protocol that took over: writes all of it, or nothing and false when it is more than the room. */
	writeDetached(octets: Uint8Array, start: number, end: number): boolean {
		const response = this.response;
		if (end - start > response.limit - response.end) return false;
		copyOctets(octets, start, end, response.octets, response.end);
		response.end += end - start;
		return true;
	}

	/** Another protocol takes over; its octets begin with those already received. */
	detach(timeoutMs: number, now: number): void {
		this.move(DETACHING, now);
		this.announced = 0;
		this.contentState = CONTENT_ENDED;
		this.setDetachedTimeout(timeoutMs);
	}

	/** For the protocol that took over: the longest silence, in milliseconds; 0: for ever. */
	setDetachedTimeout(timeoutMs: number): void {
		this.detachedTimeoutMs = timeoutMs;
		this.forgetWait();
	}

	/** The transport has taken some of what waits to be sent. */
	progressed(now: number): void {
		const wait = this.wait;
		if (wait === WAIT_SEND || wait === WAIT_RESPONSE) this.restartWait(now);
	}

	/** Works out what is waited for now, and until when. Returns whether that is something else than before. */
	settle(now: number): boolean {
		const wait = this.phase === IDLE ? WAIT_REQUEST : this.currentWait();
		return wait !== this.wait && this.waitFor(wait, now);
	}

	protected get earnedMs(): number {
		// What another protocol makes its client wait for is its own affair.
		if (this.phase === DETACHED) return Number.POSITIVE_INFINITY;
		const limits = this.limits;
		const contentRate = limits[RATE_MIN + WAIT_CONTENT] as number;
		const responseRate = limits[RATE_MIN + WAIT_SEND] as number;
		let seconds = contentRate > 0 ? this.receive.receivedLength / contentRate : 0;
		if (responseRate > 0) seconds += this.response.takenLength / responseRate;
		return seconds * 1000;
	}

	private currentWait(): number {
		switch (this.phase) {
			case FIRST:
			case HEAD:
				return WAIT_HEAD;
			case LINGER:
				return WAIT_LINGER;
			case DETACHED:
				return this.response.isEmpty ? WAIT_DETACHED : WAIT_SEND;
			case EXCHANGE:
			case FLUSH:
				return this.exchangeWait();
			default:
				return WAIT_NOTHING;
		}
	}

	private exchangeWait(): number {
		if (!this.response.isEmpty) return WAIT_SEND;
		const isRead = this.contentState === IN_TRAILERS || this.receive.available + this.unreadContent === 0;
		if ((this.marks & WANTS_CONTENT) !== 0 && this.contentState !== CONTENT_ENDED && isRead) return WAIT_CONTENT;
		return this.response.state < RESPONSE_CONTENT ? WAIT_HANDLER : WAIT_RESPONSE;
	}

	/** The deadline has passed. Returns what the driver has to do. */
	expire(now: number): number {
		this.dropDeadline();
		switch (this.wait) {
			case WAIT_HEAD:
				// Silence where no request has begun, 408 where one has.
				return this.phase === HEAD ? this.refuse(Violation.requestTimedOut) : EVENT_ENDED;
			case WAIT_CONTENT:
				if (this.phase === EXCHANGE) return this.refuse(Violation.requestTimedOut);
				// The response is sent, only the rest of the content never came.
				this.marks &= ~PERSISTS;
				return this.next(now);
			case WAIT_HANDLER:
				return EVENT_HANDLER_LATE;
			case WAIT_RESPONSE:
			case WAIT_SEND:
			case WAIT_DETACHED:
				return EVENT_CUT_OFF;
			default:
				return EVENT_ENDED;
		}
	}
}
