// A place for one connection: the connection machine, its transport, and the exchange with the app's handlers. All slots
// are made by `listen` and used over and over. For the server.
//
// Everything that can move a connection on ends in `run`, which does all there is to do: events, handlers, writing,
// reading, until none of them moves.

import type { DetachedProtocol } from "../app/response.js";
import {
	EVENT_CONTENT,
	EVENT_CONTENT_END,
	EVENT_CUT_OFF,
	EVENT_DETACHED_OCTETS,
	EVENT_ENDED,
	EVENT_HANDLER_LATE,
	EVENT_LAST,
	EVENT_NONE,
	EVENT_PERSISTED,
	EVENT_REFUSED,
	EVENT_REQUEST,
} from "../connection/events.js";
import { EXCHANGE, FIRST, FLUSH, HEAD, IDLE, LINGER } from "../connection/states.js";
import { PLAIN_ERRORS } from "../response/plain-errors.js";
import type { Prebuilt } from "../response/prebuilt.js";
import { RESPONSE_COMPLETE, RESPONSE_CONTENT } from "../response/response-head.js";
import { WHOLE_LENGTH_MAX } from "../response/send-buffer.js";
import { Detachment } from "./detachment.js";
import { Exchange } from "./exchange.js";
import { RequestError } from "./host.js";
import { DUE, ENDING, HELD, LEAVING, READABLE, RUNNING, TAKEN_OVER, TELLING } from "./marks.js";
import type { Transport, TransportOwner } from "./platform.js";

// Why a request came to a bad end. (A literal leaves a copy of itself on XS whenever it is met.)
const CLOSED = "the connection is closed";
const GONE = "the client has gone";
const SERVER_CLOSED = "the server has closed";
const CUT_OFF = "the connection was cut off, or the client took nothing";
const NO_ADDRESS = "";

export class Slot extends Exchange implements TransportOwner {
	generation = 0;
	transport: Transport | null = null;

	/** The connection as the protocol sees it that takes over, or has. */
	private detachment: Detachment | null = null;

	/** Which slot of the server it is, from 0 on. */
	get index(): number {
		return this.connection.receive.index;
	}

	get remoteAddress(): string {
		return this.transport === null ? NO_ADDRESS : this.transport.remoteAddress;
	}

	/** Whether `run` was put off to this turn. */
	get isDue(): boolean {
		return (this.marks & DUE) !== 0;
	}

	get isFree(): boolean {
		return this.transport === null;
	}

	/** Whether it may be given to somebody else: not while the app is told of something that concerns whoever has, or had, it. */
	get isAvailable(): boolean {
		return (this.marks & TELLING) === 0;
	}

	/** Whether a handler's promise is waited for, for logs and tests. */
	get hasPromise(): boolean {
		return this.isHolding;
	}

	// ---- The server ----

	/** A client was given this slot. */
	open(transport: Transport): void {
		this.transport = transport;
		this.connection.response.port = transport;
		this.marks |= READABLE;
		this.beginAnswer();
		transport.owner = this;
		this.connection.open(this.host.now());
		this.run();
	}

	/** The deadline has passed. */
	expire(): void {
		this.host.observer?.expired?.(this);
		this.act(this.connection.expire(this.host.now()));
		this.run();
	}

	/** Makes room for another client. A request that has begun is told 408, as far as that can be written at once. */
	evict(): void {
		const connection = this.connection;
		this.host.observer?.evicted?.(this);
		if (connection.phase === HEAD) {
			this.host.updateDate();
			connection.writePrebuilt(PLAIN_ERRORS[408] as Prebuilt, true);
			this.write(this.host.now());
		}
		this.release(false);
	}

	/** Ends the connection if no request of it is being answered, as a closing server does. */
	closeIfIdle(): void {
		const phase = this.connection.phase;
		if (phase === FIRST || phase === IDLE || phase === HEAD) this.release(false);
	}

	/** Cuts the connection off. */
	abort(): void {
		if (this.transport !== null) this.cutOff(SERVER_CLOSED);
	}

	// ---- TransportOwner ----

	/**
	 * What `run` does, without looking round, when octets of a head arrive: they are read, the request they complete is handed
	 * on, and the response, if it is there at once and all of it leaves, was the last thing to do. Whatever else comes of it is
	 * left to `run`.
	 */
	readable(): void {
		const connection = this.connection;
		const transport = this.transport;
		const marks = this.marks;
		const host = this.host;
		const phase = connection.phase;
		if (phase > HEAD || (marks & RUNNING) !== 0 || transport === null) {
			this.marks = marks | READABLE;
			return this.run();
		}
		const receive = connection.receive;
		const received = receive.received;
		const room = receive.limit - received;
		const now = host.now();
		this.marks = marks | RUNNING;
		const count = transport.read(receive.octets, received, room);
		receive.received = received + count;
		if (count === room) this.marks |= READABLE;
		const event = connection.nextHead(now);
		if (event === EVENT_NONE) {
			// Another piece of a head: neither what is waited for nor its deadline is another one.
			if (phase === HEAD && count < room) {
				this.marks &= ~RUNNING;
				return;
			}
		} else {
			if (event === EVENT_REQUEST) this.dispatch();
			else this.act(event);
			host.observer?.changed(this);
			if (connection.phase === FLUSH) this.conclude(now);
		}
		this.marks &= ~RUNNING;
		if (connection.phase > HEAD || (this.marks & READABLE) !== 0 || receive.received > receive.scanned)
			return this.run();
		if (this.transport === null) return;
		this.transport.flush();
		this.settle(now);
	}

	writable(): void {
		// Before a request is answered nothing waits to be sent.
		if (this.connection.phase > HEAD) this.run();
	}

	ended(): void {
		this.connection.peerEnded();
		this.run();
	}

	failed(): void {
		this.lose(GONE);
		this.free(true, null);
	}

	// ---- The exchange ----

	run(): void {
		// A handler that writes is inside the loop already, which goes on after it.
		if ((this.marks & (RUNNING | TELLING)) !== 0 || this.transport === null) return;
		this.marks |= RUNNING;
		this.marks &= ~DUE;
		const now = this.host.now();
		// A late answer may have moved something already.
		this.host.observer?.changed(this);
		while (this.transport !== null && this.step(now)) this.host.observer?.changed(this);
		this.marks &= ~RUNNING;
		if (this.transport === null) return;
		this.transport.flush();
		this.settle(this.host.now());
	}

	runSoon(): void {
		if ((this.marks & (RUNNING | DUE)) !== 0 || this.transport === null) return;
		this.marks |= DUE;
		this.host.due();
	}

	release(isAborted: boolean): void {
		this.lose(CLOSED);
		this.free(isAborted, this.transport);
	}

	/** Frees the slot. `transport`: what is still to be closed. */
	private free(isAborted: boolean, transport: Transport | null): void {
		// Whoever is told that it goes may want it to go.
		if (this.transport === null || (this.marks & LEAVING) !== 0) return;
		if (this.host.observer !== null && this.isResponding) this.tellOfResponse();
		this.transport.owner = null;
		this.transport = null;
		this.connection.response.port = null;
		const marks = this.marks;
		this.marks = marks & ~(DUE | ENDING | TAKEN_OVER);
		this.generation += 1;
		this.connection.release(isAborted, this.host.now());
		this.host.observer?.changed(this);
		if (isAborted) transport?.abort();
		else transport?.close();
		// A protocol that was never told of its connection is not told of its end.
		const detachment = (marks & TAKEN_OVER) === 0 ? this.detachment : null;
		this.detachment = null;
		detachment?.closed(isAborted ? new RequestError("the connection was cut off") : undefined);
		this.host.freed(this);
	}

	/** Whether a final response was begun, and nobody was told of its end. */
	private get isResponding(): boolean {
		const { phase, response } = this.connection;
		return (phase === EXCHANGE || phase === FLUSH) && response.state >= RESPONSE_CONTENT;
	}

	/** The connection goes. All of the response may have gone before, and only the request's content be missing. */
	private tellOfResponse(): void {
		const { response } = this.connection;
		const { observer } = this.host;
		this.marks |= TELLING | LEAVING;
		try {
			if (response.state === RESPONSE_COMPLETE && response.isEmpty) observer?.answered?.(this);
			else observer?.cutOff?.(this);
		} finally {
			this.marks &= ~(TELLING | LEAVING);
		}
	}

	// ---- Moving on ----

	/** Writes what waits, then does one thing; false when there was nothing at all to do. */
	private step(now: number): boolean {
		const marks = this.marks;
		if ((marks & (TAKEN_OVER | ENDING)) !== 0) return (marks & ENDING) !== 0 ? this.endDetached(now) : this.handOver();
		const response = this.connection.response;
		if (response.hasPassed) this.passed(now);
		const hasWritten = (response.end > response.start || response.piece !== null) && this.write(now);
		const event = this.isHolding ? EVENT_NONE : this.connection.next(now);
		if (event !== EVENT_NONE) {
			this.act(event);
			return true;
		}
		return hasWritten || this.callWriter() || ((this.marks & READABLE) !== 0 && this.read(now));
	}

	/** The transport has taken something that never waited. */
	private passed(now: number): void {
		this.connection.response.hasPassed = false;
		this.connection.progressed(now);
	}

	/** The response is complete: what is left of it is written, and the next request may come. */
	private conclude(now: number): void {
		const connection = this.connection;
		const response = connection.response;
		if (response.end > response.start || response.piece !== null) this.write(now);
		const event = connection.nextFlush(now);
		if (event === EVENT_PERSISTED) this.persist();
		else if (event !== EVENT_NONE) this.act(event);
		this.host.observer?.changed(this);
	}

	private settle(now: number): void {
		// A deadline that was put off needs no other timer; but whoever waits for a slot may have this one now.
		if (this.connection.settle(now) || this.host.mustClose) this.host.deadlineMoved(this);
	}

	private act(event: number): void {
		switch (event) {
			case EVENT_REQUEST:
				return this.dispatch();
			case EVENT_CONTENT:
				return this.callReader(this.connection.announced);
			case EVENT_CONTENT_END:
				return this.contentEnded();
			case EVENT_REFUSED:
				return this.refuse();
			case EVENT_PERSISTED:
				return this.persist();
			case EVENT_LAST:
				return this.endOurSide();
			case EVENT_ENDED:
				return this.release(false);
			case EVENT_CUT_OFF:
				return this.cutOff(CUT_OFF);
			case EVENT_HANDLER_LATE:
				return this.fail(503, new RequestError("the handler did not answer in time"));
			case EVENT_DETACHED_OCTETS:
				this.detachment?.readable(this.connection.receive.received - this.connection.receive.consumed);
		}
	}

	/** The response is sent and the next request may come. */
	private persist(): void {
		this.host.observer?.answered?.(this);
		if (this.isConcerned) {
			const generation = this.generation;
			this.finish();
			// onDone may have answered somebody else, and this idle connection gone for a client that waits.
			if (this.generation !== generation) return;
		}
		this.connection.beginNext();
		if (this.host.isClosing) this.closeIfIdle();
	}

	protected answeredAtOnce(): void {
		const observer = this.host.observer;
		if (observer !== null) {
			observer.changed(this);
			observer.answered?.(this);
		}
		this.connection.beginNext();
	}

	/** The last response is sent: close our side, and let the client finish talking (RFC 9112 §9.6). */
	private endOurSide(): void {
		const transport = this.transport;
		const connection = this.connection;
		const generation = this.generation;
		this.host.observer?.answered?.(this);
		this.finish();
		if (transport === null || this.generation !== generation) return;
		this.marks |= READABLE;
		// Where one side cannot be closed alone, the close itself has to do: at once, when it can destroy nothing, or when the
		// response has no other end.
		const isOver = !transport.end() && (connection.isAllRead || connection.response.isCloseDelimited);
		if (isOver || connection.hasPeerEnded) this.release(false);
	}

	/** The connection is gone or given up in the middle of something. */
	private cutOff(why: string): void {
		this.lose(why);
		this.release(true);
	}

	private handOver(): boolean {
		this.marks &= ~TAKEN_OVER;
		if (this.detachment !== null) this.detachment.state = this.state;
		this.host.observer?.answered?.(this);
		this.finish();
		return true;
	}

	/** Reads from the transport what there is room for; false when there was nothing. */
	private read(now: number): boolean {
		const transport = this.transport;
		const connection = this.connection;
		if (transport === null) return false;
		const receive = connection.receive;
		const isDropped = connection.phase === LINGER;
		const room = isDropped ? receive.limit - receive.base : connection.receiveRoom;
		if (room === 0) return false;
		const count = transport.read(receive.octets, isDropped ? receive.base : receive.received, room);
		// Fewer than were asked for are all there are.
		if (count < room) this.marks &= ~READABLE;
		if (count === 0) return false;
		if (!isDropped) connection.received(count, now);
		return true;
	}

	/** Gives the transport what waits, as far as it has room; false when nothing moved. */
	private write(now: number): boolean {
		const transport = this.transport;
		const connection = this.connection;
		if (transport === null) return false;
		const response = connection.response;
		if (response.hasOpenChunk) response.closeChunk();
		let hasMoved = false;
		let { room } = transport;
		while (room > 0) {
			const piece = response.piece;
			let count = response.end - response.start;
			if (count > 0) {
				if (count > room) count = room;
				transport.write(response.octets, response.start, count);
				response.sent(count);
				response.draw();
			} else if (piece !== null) {
				count = response.pieceEnd - response.pieceStart;
				if (count > room) {
					if (count <= WHOLE_LENGTH_MAX && transport.copiesParts && !transport.isDrained) break;
					count = room;
				}
				transport.write(piece, response.pieceStart, count);
				response.pieceSent(count);
			} else break;
			hasMoved = true;
			room = transport.room;
		}
		if (!hasMoved) return false;
		connection.progressed(now);
		this.detachment?.writable(this.roomDetached);
		return true;
	}

	// ---- What a protocol that took over does ----

	protected detached(protocol: DetachedProtocol): void {
		this.detachment = new Detachment(this, protocol);
		this.marks |= HELD | TAKEN_OVER;
		this.run();
	}

	get roomDetached(): number {
		return this.connection.response.limit - this.connection.response.end;
	}

	readDetached(buffer: Uint8Array, start: number, end: number): number {
		const count = this.connection.readDetached(buffer, start, end);
		// As for a handler: more is told when the protocol has seen to these.
		if (count > 0) this.runSoon();
		return count;
	}

	writeDetached(octets: Uint8Array, start: number, end: number): void {
		if (!this.connection.writeDetached(octets, start, end)) {
			throw new RangeError(`write() of ${end - start} octets is more than the room: go on in onWritable`);
		}
		this.run();
	}

	limitSilence(timeoutMs: number): void {
		this.connection.setDetachedTimeout(timeoutMs);
		this.settle(this.host.now());
	}

	closeDetached(): void {
		this.marks |= ENDING;
		this.run();
	}

	private endDetached(now: number): boolean {
		if (this.write(now)) return true;
		if (this.connection.response.isEmpty) this.release(false);
		return false;
	}

	reportDetached(error: unknown): void {
		this.host.report(error, null);
	}
}
