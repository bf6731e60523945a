// One HTTP connection as a machine without I/O: octets in, events out; room out, octets written; time is an argument, and
// the machine names its next deadline. Every change of phase goes through the table in states.ts. For the server.
//
// The driver puts received octets at `receive.received` and tells `received`; calls `next` until it returns EVENT_NONE;
// sends what waits in `response` and tells `progressed`; calls `settle` when it has done all it can, and `expire` when the
// deadline has passed.

import {
	CONTENT_AVAILABLE,
	CONTENT_COMPLETE,
	CONTENT_TRAILERS,
	CONTENT_WAITING,
	type ContentReader,
} from "../message/content.js";
import { CONTENT_NONE, contentFraming } from "../message/framing.js";
import {
	HEAD_COMPLETE as HEAD_IS_COMPLETE,
	HEAD_PARTIAL,
	HEAD_REFUSED,
	HEAD_REPEATED,
	type Head,
} from "../message/head.js";
import { LIST_CONTINUE } from "../message/lists.js";
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
	type ResponseWriter,
} from "../response/response-writer.js";
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
import { Waiting } from "./waiting.js";
import {
	CHUNK_EXTENSION_LENGTH_MAX,
	DISCARD_LENGTH_MAX,
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

// What `next` and `expire` return.
export const EVENT_NONE = 0;
/** A request has begun: route it and call its handler. */
export const EVENT_REQUEST = 1;
/** More content can be read than was announced before. */
export const EVENT_CONTENT = 2;
/** The content is complete, trailers included. */
export const EVENT_CONTENT_END = 3;
/** A rule was broken (`violation`): answer with its status, or end the connection when it has none or it is too late. */
export const EVENT_REFUSED = 4;
/** The response is sent and the connection goes on. */
export const EVENT_PERSISTED = 5;
/** The response is sent and was the last: close our side. */
export const EVENT_LAST = 6;
/** The client has closed, and nothing is owed to it: close. */
export const EVENT_ENDED = 7;
/** The client has closed in the middle of its content, or takes nothing any more, or the handler is silent: abort. */
export const EVENT_CUT_OFF = 8;
/** The handler has not begun its response in time. */
export const EVENT_HANDLER_LATE = 9;
/** Octets for the protocol that took over. */
export const EVENT_DETACHED_OCTETS = 10;

/** How much is read at once where the size of a chunk has to be found: what comes behind it goes to the handler unread. */
const CHUNK_LOOK_LENGTH = 32;

// Beside what the content reader says, how far the content is.
/** Its last chunk is over, and the trailers are read. */
const IN_TRAILERS = CONTENT_COMPLETE + 1;
/** It has been read to its end, by the handler or to be dropped, or there is none. */
export const CONTENT_ENDED: number = IN_TRAILERS + 1;

// What is the case on a connection, one bit for each: a field of its own for each would take a heap slot.
/** It will go on after the current response. */
const PERSISTS = 1;
/** The client has closed its side. */
const PEER_ENDED = 2;
/** The client waits for an interim response before it sends its content. */
const AWAITS_CONTINUE = 4;
/** The handler will read the content. */
const WANTS_CONTENT = 8;

export class Connection extends Waiting {
	/** What was received, and the content in it. */
	readonly receive: ContentReader;
	/** What is sent, and how it is written. */
	readonly response: ResponseWriter;
	phase = FREE;
	/** The rule that EVENT_REFUSED speaks of. */
	violation = VALID;
	/** How far the content is: what the content reader said last, or one of IN_TRAILERS and CONTENT_ENDED. */
	contentState = CONTENT_ENDED;
	/** How many requests have been accepted on this connection. */
	requestCount = 0;
	/** When the phase or the request began, for the pool's choice. */
	phaseStart = 0;

	/** After EVENT_CONTENT: how many octets of content can be read. */
	announced = 0;

	/** The head of whichever connection has its turn: `next` gives this one its turn, and `head` does. */
	readonly sharedHead: Head;
	private discarded = 0;
	/** PERSISTS and the like. */
	private marks = 0;

	/** `limits`: what `connectionLimits` gives. `head`: the one that all connections of the server share. */
	constructor(limits: readonly number[], head: Head, receive: ContentReader, response: ResponseWriter) {
		super(limits);
		this.receive = receive;
		this.sharedHead = head;
		this.response = response;
	}

	/** The head of the present request, until another connection has its turn. What every request comes by does without the call. */
	get head(): Head {
		const head = this.sharedHead;
		if (head.buffer !== this.receive) head.select(this.receive);
		return head;
	}

	/** Whether the request's content has been read to its end, by the handler or to be dropped. */
	get isContentComplete(): boolean {
		return this.contentState === CONTENT_ENDED;
	}

	/** Whether the client has closed its side. */
	get hasPeerEnded(): boolean {
		return (this.marks & PEER_ENDED) !== 0;
	}

	/** Whether the handler will read the content. */
	get wantsContent(): boolean {
		return (this.marks & WANTS_CONTENT) !== 0;
	}

	/** The handler will read the content. */
	wantContent(): void {
		this.marks |= WANTS_CONTENT;
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

	/** Whether a handler reads the content, and gets it from where it arrives. */
	private get passesContent(): boolean {
		// Nothing is passed any more once a reader has found the end, the trailers, or a rule that was broken.
		if ((this.marks & WANTS_CONTENT) === 0 || this.phase !== EXCHANGE || this.response.port === null) return false;
		return this.contentState === CONTENT_AVAILABLE || this.contentState === CONTENT_WAITING;
	}

	/** How much content for the handler waits in the transport. */
	private get unreadContent(): number {
		const port = this.response.port;
		if (port === null || !this.passesContent) return 0;
		const ahead = this.receive.ahead;
		const unread = port.unread;
		return unread < ahead ? unread : ahead;
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

	private refuse(violation: number): number {
		this.violation = violation;
		return EVENT_REFUSED;
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

	private beginContent(framing: number): void {
		const fieldSection = this.head.fieldSection;
		this.receive.beginContent(framing, fieldSection.contentLength, this.limits[CHUNK_EXTENSION_LENGTH_MAX] as number);
		this.announced = 0;
		this.discarded = 0;
		if (framing !== CONTENT_NONE) {
			this.contentState = CONTENT_WAITING;
			if ((fieldSection.lists & LIST_CONTINUE) !== 0) this.marks |= AWAITS_CONTINUE;
		}
	}

	/** Sets the most content of this request. False when it has announced more. */
	limitContent(lengthMax: number): boolean {
		if (this.isContentComplete || this.receive.limitContent(lengthMax)) return true;
		this.violation = Violation.contentTooLarge;
		return false;
	}

	private nextContent(now: number): number {
		const isContentComplete = this.contentState === CONTENT_ENDED;
		if (isContentComplete || (this.marks & WANTS_CONTENT) === 0) {
			// Octets of the next request may arrive meanwhile, as far as there is room.
			if (isContentComplete && this.receive.received === this.receive.consumed) this.head.rewind();
			return EVENT_NONE;
		}
		return this.readContent(now);
	}

	private readContent(now: number): number {
		const receive = this.receive;
		if (this.contentState === IN_TRAILERS) return this.readTrailers();
		const result = this.advance();
		if (result < CONTENT_WAITING) return this.refuse(refused(result));
		if (result <= CONTENT_AVAILABLE) {
			const available = this.receive.available + this.unreadContent;
			if (available > this.announced) {
				this.announced = available;
				if (this.wait === WAIT_CONTENT) this.restartWait(now);
				return EVENT_CONTENT;
			}
			if (result === CONTENT_AVAILABLE || available > 0) return EVENT_NONE;
			if (receive.received === receive.consumed) this.head.rewind();
			return (this.marks & PEER_ENDED) !== 0 ? EVENT_CUT_OFF : EVENT_NONE;
		}
		if (result === CONTENT_TRAILERS) {
			this.contentState = IN_TRAILERS;
			this.head.beginTrailers();
			return this.readTrailers();
		}
		return this.endContent();
	}

	private readTrailers(): number {
		let result = this.head.read();
		if (result === HEAD_PARTIAL && this.receive.room === 0) result = this.head.makeRoom();
		if (result === HEAD_REFUSED) return this.refuse(this.head.violation);
		if (result === HEAD_PARTIAL) return (this.marks & PEER_ENDED) !== 0 ? EVENT_CUT_OFF : EVENT_NONE;
		return this.endContent();
	}

	private endContent(): number {
		this.contentState = CONTENT_ENDED;
		return EVENT_CONTENT_END;
	}

	/** The handler has taken `count` of the available octets. */
	consumed(count: number): void {
		this.receive.consumed += count;
		this.announced -= count;
	}

	/**
	 * For a handler that reads: makes more content available when all that was is consumed. Returns how many octets
	 * there are. The end of the content and its violations are left for `next`.
	 */
	advanceContent(): number {
		if (this.contentState >= IN_TRAILERS) return 0;
		const receive = this.receive;
		if (receive.available === 0 && this.advance() === CONTENT_AVAILABLE && (this.marks & WANTS_CONTENT) !== 0) {
			this.announced = receive.available + this.unreadContent;
		}
		return receive.available;
	}

	/**
	 * For a handler that has read all there is in the buffer: reads what waits in the transport right to where the handler
	 * wants it. Returns how many octets.
	 */
	passContent(octets: Uint8Array, start: number, end: number): number {
		const receive = this.receive;
		const port = this.response.port;
		if (port === null || !this.passesContent) return 0;
		// Where something is ahead, nothing of it stands in the buffer: that was all read.
		const ahead = receive.ahead;
		if (ahead === 0) return 0;
		const count = port.read(octets, start, ahead < end - start ? ahead : end - start);
		receive.passed(count);
		this.announced = this.unreadContent;
		return count;
	}

	/** Looks at the content that was received. What ends it is found once and remembered for `next`. */
	private advance(): number {
		const known = this.contentState;
		if (known !== CONTENT_WAITING && known !== CONTENT_AVAILABLE) return known;
		this.contentState = this.receive.advance();
		return this.contentState;
	}

	/** Reads and drops content that nobody wants, after the response. */
	private discardContent(now: number): number {
		// What was announced to the handler and not read by it is dropped as well.
		this.announced = 0;
		for (;;) {
			const event = this.readContent(now);
			if (event !== EVENT_CONTENT) return event;
			const count = this.receive.available;
			this.consumed(count);
			this.discarded += count;
			if (this.discarded > (this.limits[DISCARD_LENGTH_MAX] as number)) {
				this.marks &= ~PERSISTS;
				return EVENT_NONE;
			}
		}
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

	/** Writes "100 Continue", once, when the client waits for it (RFC 9110 §10.1.1). */
	sendContinue(): void {
		if ((this.marks & AWAITS_CONTINUE) === 0) return;
		this.marks &= ~AWAITS_CONTINUE;
		this.response.writeContinue();
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

	/** Whether content that the handler does not read may never come, or is more than we would read to keep the connection. */
	private leavesTooMuch(): boolean {
		if ((this.marks & AWAITS_CONTINUE) !== 0) return true;
		if ((this.marks & WANTS_CONTENT) !== 0) return false;
		return this.receive.isChunked || this.receive.remaining > (this.limits[DISCARD_LENGTH_MAX] as number);
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
