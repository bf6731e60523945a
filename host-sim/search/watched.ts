// A platform between the server and its platform that sees all that passes, holds both to their contract
// (src/server/platform.ts), and lets somebody look at the server after each event. For the search.

import type {
	ListenerHandle,
	ListenerOwner,
	ListenOptions,
	Platform,
	TimerOwner,
	Transport,
	TransportOwner,
} from "../../src/server/platform.js";

/** Is told what passes. */
export interface Watcher {
	/** A client was handed to the server; it is about to be told. */
	accepting(transport: WatchedTransport): void;
	/** The server has read `count` octets, which stand in `octets` from `start`. */
	read(transport: WatchedTransport, octets: Uint8Array, start: number, count: number): void;
	wrote(transport: WatchedTransport, octets: Uint8Array, start: number, count: number): void;
	/** How a connection came to its end: by the server's `close` or `abort`, or told by the platform. */
	over(transport: WatchedTransport, how: "close" | "abort" | "failed"): void;
	/** Something else that passes, for the trace. */
	note(what: number, value: number): void;
	/** The contract was broken. */
	broken(what: string): void;
	/** The server has returned from an event; `isInside` another, which it caused by closing a connection. */
	happened(isInside: boolean): void;
}

// What `note` speaks of.
export const NOTE_READABLE = 1;
export const NOTE_WRITABLE = 2;
export const NOTE_ENDED = 3;
export const NOTE_TIMEOUT = 4;
export const NOTE_TIMER = 5;
export const NOTE_END = 6;
export const NOTE_LISTEN = 7;

/** How many connections are being closed just now. */
interface Depth {
	count: number;
}

export class WatchedTransport implements Transport, TransportOwner {
	/** Which connection of the run, from 0. */
	readonly number: number;
	/** The watcher's own. */
	record: unknown = null;
	readonly inner: Transport;
	readonly #watcher: Watcher;
	readonly #depth: Depth;
	#owner: TransportOwner | null = null;
	#isOver = false;
	#hasEnded = false;
	/** The room that the server was last told of in this turn, less what it has written since. */
	#roomLeft = 0;

	constructor(inner: Transport, number: number, watcher: Watcher, depth: Depth) {
		this.#depth = depth;
		this.inner = inner;
		this.number = number;
		this.#watcher = watcher;
	}

	get owner(): TransportOwner | null {
		return this.#owner;
	}

	set owner(owner: TransportOwner | null) {
		this.#owner = owner;
		if (!this.#isOver) this.inner.owner = owner === null ? null : this;
	}

	// ---- What the server does ----

	get remoteAddress(): string {
		return this.inner.remoteAddress;
	}

	get room(): number {
		this.#roomLeft = this.inner.room;
		return this.#roomLeft;
	}

	get unread(): number {
		return this.inner.unread;
	}

	get copiesParts(): boolean {
		return this.inner.copiesParts;
	}

	get isDrained(): boolean {
		return this.inner.isDrained;
	}

	#check(call: string): void {
		if (this.#isOver) this.#watcher.broken(`${call} on a connection that is over`);
	}

	read(octets: Uint8Array, start: number, length: number): number {
		this.#check("read");
		if (length <= 0 || start < 0 || start + length > octets.length) {
			this.#watcher.broken(`read of ${length} octets to ${start} of ${octets.length}`);
		}
		const count = this.inner.read(octets, start, length);
		if (!(count >= 0 && count <= length)) this.#watcher.broken(`read gave ${count} octets of ${length}`);
		this.#watcher.read(this, octets, start, count);
		return count;
	}

	#checkWrite(length: number): void {
		this.#check("write");
		// Where the connection was lost with the write before this one, what was told holds for the turn.
		const room = this.inner.room || this.#roomLeft;
		if (length <= 0 || length > room) this.#watcher.broken(`write of ${length} octets into a room of ${room}`);
		this.#roomLeft -= length;
		if (this.#hasEnded) this.#watcher.broken("write behind the end of our side");
	}

	write(octets: Uint8Array, start: number, length: number): void {
		this.#checkWrite(length);
		this.#watcher.wrote(this, octets, start, length);
		this.inner.write(octets, start, length);
	}

	writeMessage(head: Uint8Array, headEnd: Uint8Array, content: Uint8Array): void {
		this.#checkWrite(head.length + headEnd.length + content.length);
		this.#watcher.wrote(this, head, 0, head.length);
		this.#watcher.wrote(this, headEnd, 0, headEnd.length);
		if (content.length > 0) this.#watcher.wrote(this, content, 0, content.length);
		this.inner.writeMessage(head, headEnd, content);
	}

	flush(): void {
		this.#check("flush");
		this.inner.flush();
	}

	end(): boolean {
		this.#check("end");
		if (this.#hasEnded) this.#watcher.broken("a second end of our side");
		this.#hasEnded = this.inner.end();
		this.#watcher.note(NOTE_END, this.#hasEnded ? 1 : 0);
		return this.#hasEnded;
	}

	close(): void {
		this.#check("close");
		this.#leave("close");
		this.#depth.count += 1;
		this.inner.close();
		this.#depth.count -= 1;
	}

	abort(): void {
		this.#check("abort");
		this.#leave("abort");
		this.#depth.count += 1;
		this.inner.abort();
		this.#depth.count -= 1;
	}

	#leave(how: "close" | "abort" | "failed"): void {
		if (this.#isOver) return;
		this.#watcher.over(this, how);
		this.#isOver = true;
	}

	// ---- What the platform tells ----

	#tell(what: number): TransportOwner | null {
		this.#roomLeft = 0;
		this.#watcher.note(what, this.number);
		if (this.#isOver) this.#watcher.broken("the platform told of a connection that is over");
		return this.#owner;
	}

	readable(): void {
		this.#tell(NOTE_READABLE)?.readable();
		this.#watcher.happened(this.#depth.count > 0);
	}

	writable(): void {
		this.#tell(NOTE_WRITABLE)?.writable();
		this.#watcher.happened(this.#depth.count > 0);
	}

	ended(): void {
		this.#tell(NOTE_ENDED)?.ended();
		this.#watcher.happened(this.#depth.count > 0);
	}

	failed(): void {
		const owner = this.#tell(NOTE_ENDED);
		this.#leave("failed");
		owner?.failed();
		this.#watcher.happened(this.#depth.count > 0);
	}
}

export class WatchedPlatform implements Platform, ListenerOwner, TimerOwner {
	readonly #inner: Platform;
	readonly #watcher: Watcher;
	#listenerOwner: ListenerOwner | null = null;
	#timerOwner: TimerOwner | null = null;
	#connectionCount = 0;
	readonly #depth: Depth = { count: 0 };

	constructor(inner: Platform, watcher: Watcher) {
		this.#inner = inner;
		this.#watcher = watcher;
	}

	now(): number {
		return this.#inner.now();
	}

	date(): number {
		return this.#inner.date();
	}

	get timersRunFirst(): boolean {
		return this.#inner.timersRunFirst;
	}

	get spareConnections(): number {
		return this.#inner.spareConnections;
	}

	allocateReceive(start: number, length: number): Uint8Array {
		return this.#inner.allocateReceive(start, length);
	}

	allocateSend(length: number): Uint8Array {
		return this.#inner.allocateSend(length);
	}

	allocateScratch(length: number): Uint8Array {
		return this.#inner.allocateScratch(length);
	}

	setTimer(owner: TimerOwner, delayMs: number): void {
		if (!(delayMs >= 0)) this.#watcher.broken(`a timer of ${delayMs} ms`);
		this.#timerOwner = owner;
		this.#watcher.note(NOTE_TIMER, delayMs);
		this.#inner.setTimer(this, delayMs);
	}

	clearTimer(_owner: TimerOwner): void {
		this.#timerOwner = null;
		this.#inner.clearTimer(this);
	}

	timeout(): void {
		this.#watcher.note(NOTE_TIMEOUT, 0);
		this.#timerOwner?.timeout();
		this.#watcher.happened(this.#depth.count > 0);
	}

	listen(options: ListenOptions, owner: ListenerOwner): ListenerHandle {
		this.#listenerOwner = owner;
		this.#watcher.note(NOTE_LISTEN, options.port);
		return this.#inner.listen(options, this);
	}

	accepted(inner: Transport): void {
		const transport = new WatchedTransport(inner, this.#connectionCount, this.#watcher, this.#depth);
		this.#connectionCount += 1;
		this.#watcher.accepting(transport);
		this.#listenerOwner?.accepted(transport);
		this.#watcher.happened(this.#depth.count > 0);
	}

	listenerFailed(error: unknown): void {
		this.#listenerOwner?.listenerFailed(error);
		this.#watcher.happened(this.#depth.count > 0);
	}

	listening(): void {
		this.#listenerOwner?.listening();
		this.#watcher.happened(this.#depth.count > 0);
	}
}
