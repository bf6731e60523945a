// A platform in memory and virtual time: sockets are arrays of octets, the clock stands still until it is told to move.
// It keeps to the transport's contract strictly: it throws when the server writes more than the room, reads after a
// close, or lets an owner go on after one.

import type {
	ListenerHandle,
	ListenerOwner,
	ListenOptions,
	Platform,
	TimerOwner,
	Transport,
	TransportOwner,
} from "../../src/server/platform.js";

/** The client's end of a virtual connection. */
export class VirtualClient {
	/** Everything the server has sent, as one string of octets. */
	received = "";
	/** "open"; "ended": the server has closed its side; "closed": both; "aborted": cut off. */
	state: "open" | "ended" | "closed" | "aborted" = "open";
	/** How many octets the client will still take before it stalls. */
	room = Number.POSITIVE_INFINITY;
	readonly transport: VirtualTransport;

	constructor() {
		this.transport = new VirtualTransport(this);
	}

	/** Sends octets in one segment. */
	send(octets: Uint8Array | string): void {
		this.transport.arrive(typeof octets === "string" ? Buffer.from(octets, "latin1") : octets);
	}

	/** Closes the client's side. */
	end(): void {
		this.transport.arriveEnd();
	}

	/** Cuts the connection off. */
	reset(): void {
		this.transport.fail();
	}

	/** Takes `count` more octets. */
	take(count: number): void {
		this.room += count;
		this.transport.owner?.writable();
	}
}

export class VirtualTransport implements Transport {
	owner: TransportOwner | null = null;
	readonly remoteAddress = "192.0.2.1";
	/** The most octets one write may hold, whatever the client takes. */
	roomMax = Number.POSITIVE_INFINITY;
	/** Whether one side can be closed alone. */
	canEnd = true;
	readCount = 0;
	readonly #client: VirtualClient;
	#inbox: number[] = [];
	#hasEnded = false;
	#hasToldEnd = false;
	#isClosed = false;

	constructor(client: VirtualClient) {
		this.#client = client;
	}

	get room(): number {
		return this.#client.state === "open" ? Math.min(this.#client.room, this.roomMax, 65_536) : 0;
	}

	get isDrained(): boolean {
		return true;
	}

	get unread(): number {
		return this.#inbox.length;
	}

	arrive(octets: Uint8Array): void {
		if (this.#isClosed) return;
		for (const octet of octets) this.#inbox.push(octet);
		this.owner?.readable();
	}

	arriveEnd(): void {
		if (this.#isClosed) return;
		this.#hasEnded = true;
		this.#tellEnd();
	}

	#tellEnd(): void {
		if (!this.#hasEnded || this.#hasToldEnd || this.#inbox.length > 0 || this.owner === null) return;
		this.#hasToldEnd = true;
		this.owner.ended();
	}

	fail(): void {
		if (this.#isClosed) return;
		this.#isClosed = true;
		this.#client.state = "aborted";
		this.owner?.failed();
	}

	#check(): void {
		if (this.#isClosed) throw new Error("a closed transport was used");
	}

	read(octets: Uint8Array, start: number, length: number): number {
		this.#check();
		this.readCount += 1;
		const count = Math.min(length, this.#inbox.length);
		octets.set(this.#inbox.splice(0, count), start);
		if (count > 0 && this.#hasEnded) queueMicrotask(() => this.#tellEnd());
		return count;
	}

	write(octets: Uint8Array, start: number, length: number): void {
		this.#check();
		if (this.#client.state !== "open") throw new Error("a write after the end");
		if (length > this.room) throw new Error("would block");
		this.#client.room -= length;
		this.#client.received += Buffer.from(octets.subarray(start, start + length)).toString("latin1");
	}

	flush(): void {
		this.#check();
	}

	end(): boolean {
		this.#check();
		if (this.canEnd) this.#client.state = "ended";
		return this.canEnd;
	}

	close(): void {
		this.#check();
		this.#isClosed = true;
		this.#client.state = "closed";
	}

	abort(): void {
		this.#check();
		this.#isClosed = true;
		this.#client.state = "aborted";
	}
}

export class VirtualPlatform implements Platform {
	timersRunFirst = false;
	spareConnections = 8;
	/** Seconds since 1970; negative while nobody knows. */
	seconds = 784_111_777;
	/** Why the next `listen` fails; null when it does not. */
	listenFailure: Error | null = null;
	listenCount = 0;
	#time: number;
	#timer: { owner: TimerOwner; due: number } | null = null;
	#listener: ListenerOwner | null = null;

	/** `start`: where the clock begins; near 2^31 it wraps soon. */
	constructor(start = 0) {
		this.#time = start;
	}

	now(): number {
		return this.#time | 0;
	}

	date(): number {
		return this.seconds;
	}

	setTimer(owner: TimerOwner, delayMs: number): void {
		this.#timer = { owner, due: this.#time + delayMs };
	}

	clearTimer(): void {
		this.#timer = null;
	}

	/** Whether a timer is set. */
	get hasTimer(): boolean {
		return this.#timer !== null;
	}

	/** Lets `ms` pass, timers and all. */
	advance(ms: number): void {
		const end = this.#time + ms;
		for (;;) {
			const timer = this.#timer;
			if (timer === null || timer.due > end) break;
			this.#time = Math.max(this.#time, timer.due);
			this.#timer = null;
			timer.owner.timeout();
		}
		this.#time = end;
	}

	/** Lets `ms` pass without running anything, as when the platform is busy. */
	stall(ms: number): void {
		this.#time += ms;
	}

	listen(options: ListenOptions, owner: ListenerOwner): ListenerHandle {
		this.listenCount += 1;
		this.#listener = owner;
		const failure = this.listenFailure;
		queueMicrotask(() => (failure === null ? owner.listening() : owner.listenerFailed(failure)));
		return {
			port: options.port,
			close: () => {
				this.#listener = null;
			},
		};
	}

	/** The network goes. */
	loseListener(error: Error): void {
		this.#listener?.listenerFailed(error);
	}

	/** A client connects. `prepare`: what it is like from the start. */
	connect(prepare?: (client: VirtualClient) => void): VirtualClient {
		const client = new VirtualClient();
		prepare?.(client);
		if (this.#listener === null) throw new Error("nobody listens");
		this.#listener.accepted(client.transport);
		return client;
	}
}
