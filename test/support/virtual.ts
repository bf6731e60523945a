// A platform in memory and virtual time: sockets are arrays of octets, the clock stands still until it is told to move.
// It keeps to the transport's contract strictly: it throws when the server writes more than the room, reads after a
// close, or lets an owner go on after one.

import { writeParts } from "../../src/server/parts.js";
import type {
	ListenerHandle,
	ListenerOwner,
	ListenOptions,
	Platform,
	TimerOwner,
	Transport,
	TransportOwner,
} from "../../src/server/platform.js";
import { octetsOf, textOf } from "./octets.js";

/** Is told of everything that passes between servers and virtual platforms, in order. The octets are its own to keep. */
export type Witness = (event: string, octets?: Uint8Array) => void;

let witness: Witness | null = null;

/** From now on `next` is told; returns who was told before. */
export function watchPlatforms(next: Witness | null): Witness | null {
	const before = witness;
	witness = next;
	return before;
}

/** When the code that runs now has returned. */
function afterwards(job: () => void): void {
	void Promise.resolve().then(job);
}

/** The client's end of a virtual connection. */
export class VirtualClient {
	/** "open"; "ended": the server has closed its side; "closed": both; "aborted": cut off. */
	state: "open" | "ended" | "closed" | "aborted" = "open";
	/** How many octets the client will still take before it stalls. */
	room = Number.POSITIVE_INFINITY;
	readonly transport: VirtualTransport;
	/** What the server has sent: as text as far as somebody has looked, and what came since. */
	#received = "";
	#pieces: string[] = [];

	constructor() {
		this.transport = new VirtualTransport(this);
	}

	/** Everything the server has sent, one character for each octet. */
	get received(): string {
		if (this.#pieces.length > 0) {
			this.#received += this.#pieces.join("");
			this.#pieces = [];
		}
		return this.#received;
	}

	/** For the transport: the server has sent these. */
	receive(octets: Uint8Array): void {
		this.#pieces.push(textOf(octets));
	}

	/** Sends octets in one segment. */
	send(octets: Uint8Array | string): void {
		this.transport.arrive(typeof octets === "string" ? octetsOf(octets) : octets);
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
	copiesParts = false;
	/** Whether everything is acknowledged, which is at once unless somebody says otherwise. */
	isDrained = true;
	readCount = 0;
	readonly #client: VirtualClient;
	/** What has arrived, and how much of its first segment has been read. */
	readonly #inbox: Uint8Array[] = [];
	#taken = 0;
	#unread = 0;
	#hasEnded = false;
	#hasToldEnd = false;
	#isClosed = false;

	constructor(client: VirtualClient) {
		this.#client = client;
	}

	get room(): number {
		return this.#client.state === "open" ? Math.min(this.#client.room, this.roomMax, 65_536) : 0;
	}

	get unread(): number {
		return this.#unread;
	}

	arrive(octets: Uint8Array): void {
		if (this.#isClosed) return;
		witness?.("arrives", octets.slice());
		if (octets.length > 0) this.#inbox.push(octets.slice());
		this.#unread += octets.length;
		this.owner?.readable();
	}

	arriveEnd(): void {
		if (this.#isClosed) return;
		this.#hasEnded = true;
		this.#tellEnd();
	}

	#tellEnd(): void {
		if (!this.#hasEnded || this.#hasToldEnd || this.#unread > 0 || this.owner === null) return;
		this.#hasToldEnd = true;
		witness?.("ended");
		this.owner.ended();
	}

	fail(): void {
		if (this.#isClosed) return;
		this.#isClosed = true;
		this.#client.state = "aborted";
		witness?.("failed");
		this.owner?.failed();
	}

	#check(): void {
		if (this.#isClosed) throw new Error("a closed transport was used");
	}

	read(octets: Uint8Array, start: number, length: number): number {
		this.#check();
		this.readCount += 1;
		const count = Math.min(length, this.#unread);
		witness?.(`read ${count}`);
		for (let rest = count; rest > 0; ) rest -= this.#take(octets, start + count - rest, rest);
		if (count > 0 && this.#hasEnded) afterwards(() => this.#tellEnd());
		return count;
	}

	/** Takes what it can of the first segment; returns how much. */
	#take(octets: Uint8Array, start: number, length: number): number {
		const segment = this.#inbox[0] as Uint8Array;
		const count = Math.min(length, segment.length - this.#taken);
		octets.set(segment.subarray(this.#taken, this.#taken + count), start);
		this.#taken += count;
		this.#unread -= count;
		if (this.#taken === segment.length) {
			this.#inbox.shift();
			this.#taken = 0;
		}
		return count;
	}

	write(octets: Uint8Array, start: number, length: number): void {
		this.#check();
		if (this.#client.state !== "open") throw new Error("a write after the end");
		if (length > this.room) throw new Error("would block");
		this.#client.room -= length;
		const written = octets.slice(start, start + length);
		witness?.("write", written);
		this.#client.receive(written);
	}

	writeMessage(head: Uint8Array, headEnd: Uint8Array, content: Uint8Array): void {
		if (head.length + headEnd.length + content.length > this.room) throw new Error("would block");
		writeParts(this, head, headEnd, content);
	}

	flush(): void {
		this.#check();
	}

	end(): boolean {
		this.#check();
		witness?.("end");
		if (this.canEnd) this.#client.state = "ended";
		return this.canEnd;
	}

	close(): void {
		this.#check();
		witness?.("close");
		this.#isClosed = true;
		this.#client.state = "closed";
	}

	abort(): void {
		this.#check();
		witness?.("abort");
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

	allocateReceive(start: number, length: number): Uint8Array {
		return new Uint8Array(start + length);
	}

	allocateSend(length: number): Uint8Array {
		return new Uint8Array(length);
	}

	allocateScratch(length: number): Uint8Array {
		return new Uint8Array(length);
	}

	setTimer(owner: TimerOwner, delayMs: number): void {
		witness?.(`timer ${delayMs}`);
		this.#timer = { owner, due: this.#time + delayMs };
	}

	clearTimer(): void {
		witness?.("no timer");
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
			witness?.("timeout");
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
		witness?.(`listen ${options.port}`);
		this.#listener = owner;
		const failure = this.listenFailure;
		afterwards(() => (failure === null ? owner.listening() : owner.listenerFailed(failure)));
		return {
			port: options.port,
			close: () => {
				witness?.("listen no more");
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
		witness?.("connect");
		this.#listener.accepted(client.transport);
		return client;
	}
}
