// The content of the request that is being answered: how far it is, and how it comes to the handler, or is dropped. A layer of the
// connection: one object for the sake of memory.

import {
	CONTENT_AVAILABLE,
	CONTENT_COMPLETE,
	CONTENT_TRAILERS,
	CONTENT_WAITING,
	type ContentReader,
} from "../message/content.js";
import { CONTENT_NONE } from "../message/framing.js";
import { HEAD_PARTIAL, HEAD_REFUSED, type Head } from "../message/head.js";
import { LIST_CONTINUE } from "../message/lists.js";
import { refused, VALID, Violation } from "../message/violation.js";
import type { ResponseWriter } from "../response/response-writer.js";
import { EVENT_CONTENT, EVENT_CONTENT_END, EVENT_CUT_OFF, EVENT_NONE, EVENT_REFUSED } from "./events.js";
import { AWAITS_CONTINUE, PEER_ENDED, PERSISTS, WANTS_CONTENT } from "./marks.js";
import { EXCHANGE, FREE } from "./states.js";
import { Waiting } from "./waiting.js";
import { CHUNK_EXTENSION_LENGTH_MAX, DISCARD_LENGTH_MAX, WAIT_CONTENT } from "./waits.js";

// Beside what the content reader says, how far the content is.
/** Its last chunk is over, and the trailers are read. */
export const IN_TRAILERS: number = CONTENT_COMPLETE + 1;
/** It has been read to its end, by the handler or to be dropped, or there is none. */
export const CONTENT_ENDED: number = IN_TRAILERS + 1;

export abstract class RequestContent extends Waiting {
	/** What was received, and the content in it. */
	readonly receive: ContentReader;
	/** What is sent, and how it is written. */
	readonly response: ResponseWriter;
	phase = FREE;
	/** The rule that EVENT_REFUSED speaks of. */
	violation = VALID;
	/** How far the content is: what the content reader said last, or one of IN_TRAILERS and CONTENT_ENDED. */
	contentState = CONTENT_ENDED;
	/** After EVENT_CONTENT: how many octets of content can be read. */
	announced = 0;
	/** The head of whichever connection has its turn: `next` gives this one its turn, and `head` does. */
	readonly sharedHead: Head;
	/** PERSISTS and the like. */
	protected marks = 0;
	private discarded = 0;

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

	/** Whether the handler will read the content. */
	get wantsContent(): boolean {
		return (this.marks & WANTS_CONTENT) !== 0;
	}

	/** The handler will read the content. */
	wantContent(): void {
		this.marks |= WANTS_CONTENT;
	}

	protected refuse(violation: number): number {
		this.violation = violation;
		return EVENT_REFUSED;
	}

	/** Whether a handler reads the content, and gets it from where it arrives. */
	protected get passesContent(): boolean {
		// Nothing is passed any more once a reader has found the end, the trailers, or a rule that was broken.
		if ((this.marks & WANTS_CONTENT) === 0 || this.phase !== EXCHANGE || this.response.port === null) return false;
		return this.contentState === CONTENT_AVAILABLE || this.contentState === CONTENT_WAITING;
	}

	/** How much content for the handler waits in the transport. */
	protected get unreadContent(): number {
		const port = this.response.port;
		if (port === null || !this.passesContent) return 0;
		const ahead = this.receive.ahead;
		const unread = port.unread;
		return unread < ahead ? unread : ahead;
	}

	protected beginContent(framing: number): void {
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

	protected nextContent(now: number): number {
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
	protected discardContent(now: number): number {
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

	/** Writes "100 Continue", once, when the client waits for it (RFC 9110 §10.1.1). */
	sendContinue(): void {
		if ((this.marks & AWAITS_CONTINUE) === 0) return;
		this.marks &= ~AWAITS_CONTINUE;
		this.response.writeContinue();
	}

	/** Whether content that the handler does not read may never come, or is more than we would read to keep the connection. */
	protected leavesTooMuch(): boolean {
		if ((this.marks & AWAITS_CONTINUE) !== 0) return true;
		if ((this.marks & WANTS_CONTENT) !== 0) return false;
		return this.receive.isChunked || this.receive.remaining > (this.limits[DISCARD_LENGTH_MAX] as number);
	}
}
