// A client of a simulated server, as a test scripts it: what it sends, in which segments and when; what it reads; how it
// leaves. And what it has heard: octets, responses, the end. Made by `sim.connect()`.

import type { SdkClient, SdkClientOwner } from "../sdk/client.js";
import type { EventTarget } from "../sdk/events.js";
import type { ConnectionState } from "./connection-state.js";
import { latin1Text, octetsOf } from "./octets.js";
import { COUNT, checkOption, checkRange, INTERVAL, POSITIVE, SPAN } from "./ranges.js";
import { RequestFollower } from "./request-follower.js";
import { type RequestOptions, requestOctets } from "./request-octets.js";
import { type ResponseList, responseList } from "./response-list.js";
import { type ReaderViolation, type ReadResponse, ResponseReader } from "./response-reader.js";
import type { Simulation } from "./simulation.js";

/**
 * How a connection ended, as its client sees it. "ended": the server has closed in good order, behind the last response.
 * "aborted": it was cut off, by a reset, or in the middle of a response; a client that has stalled would see that if it
 * read on. "refused": nobody listens. "left": the client itself has reset or closed it.
 */
export type Closed = "ended" | "aborted" | "refused" | "left";

export interface SendOptions {
	/** The longest segment, in octets; never longer than the simulation's. Default: the simulation's. */
	readonly segmentLength?: number;
	/** Where else it is cut: how many octets stand before each cut. */
	readonly cuts?: readonly number[];
}

export interface TrickleOptions {
	/** How many octets are sent at a time. Default 1. */
	readonly segmentLength?: number;
	/** How long it waits between them, in milliseconds. Default 100. */
	readonly intervalMs?: number;
}

export interface SlowReadOptions {
	/** How many octets it takes at a time. */
	readonly length: number;
	/** How long it waits before each time, in milliseconds: 1 at least. */
	readonly intervalMs: number;
}

/** When a client resets its connection: at the octet that comes first. Lengths are counted from the connection's beginning. */
export interface ResetPoint {
	/** How many octets it has sent. */
	readonly sentLength?: number;
	/** How many octets it has received. */
	readonly receivedLength?: number;
}

// What a client plans to do.
const TRICKLE = 0;
const TAKE = 1;

export class SimClient {
	/** Which of the simulation's clients, from 1. */
	readonly number: number;
	/** What it has received, response by response. The last may not be complete. */
	readonly responses: ResponseList;
	readonly #sim: Simulation;
	readonly #socket: SdkClient;
	readonly #reader = new ResponseReader();
	readonly #follower = new RequestFollower((method) => this.#reader.asked(method));
	#received: Uint8Array = new Uint8Array(512);
	#receivedLength = 0;
	#sentLength = 0;
	#closed: Closed | null = null;
	#isStalled = false;
	#hasEnded = false;
	#resetAtSent = Number.POSITIVE_INFINITY;
	#resetAtReceived = Number.POSITIVE_INFINITY;
	/** What is still to be trickled. */
	readonly #trickle: {
		readonly octets: Uint8Array;
		start: number;
		readonly length: number;
		readonly intervalMs: number;
	}[] = [];
	#slowRead: SlowReadOptions | null = null;
	#isTaking = false;
	readonly #plans: EventTarget = { happen: (kind) => (kind === TRICKLE ? this.#trickleOn() : this.#takeOn()) };

	/** For the simulation. `open`: sends the SYN. */
	constructor(sim: Simulation, open: (owner: SdkClientOwner) => SdkClient) {
		this.#sim = sim;
		this.#socket = open({
			connected() {},
			arrived: (octets, start, length) => this.#arrived(octets, start, length),
			ended: () => this.#heardEnd(),
			wasReset: () => this.#heardReset(),
		});
		this.number = this.#socket.number;
		this.responses = responseList(this.#reader.responses, () => this.#explain());
	}

	get address(): string {
		return this.#socket.address;
	}

	// ---- Sending ----

	/** Sends octets, or a string of one character for each. At once, as far as the server's window has room. */
	send(content: Uint8Array | string, options: SendOptions = {}): this {
		const octets = typeof content === "string" ? octetsOf(content) : content;
		checkOption("segmentLength", options.segmentLength, POSITIVE);
		for (const cut of options.cuts ?? []) checkRange("a cut", cut, COUNT);
		this.#check();
		if (this.#trickle.length > 0) throw this.#misuse("it still trickles: advance the simulation first");
		let start = 0;
		for (const cut of [...(options.cuts ?? [])].sort((a, b) => a - b)) {
			if (cut <= start || cut >= octets.length) continue;
			this.#sendOctets(octets.subarray(start, cut), options.segmentLength);
			start = cut;
		}
		this.#sendOctets(octets.subarray(start), options.segmentLength);
		return this;
	}

	/** Sends a request that is written as it should be. */
	request(method: string, target: string, options: RequestOptions & SendOptions = {}): this {
		return this.send(requestOctets(method, target, options), options);
	}

	#sendOctets(octets: Uint8Array, segmentLength?: number): void {
		if (this.#closed === "left") return;
		const count = Math.min(octets.length, this.#resetAtSent - this.#sentLength);
		const sent = count < octets.length ? octets.subarray(0, count) : octets;
		this.#sentLength += sent.length;
		this.#follower.sent(sent);
		this.#socket.send(sent, segmentLength);
		if (this.#sentLength < this.#resetAtSent) return;
		this.#closed = "left";
		this.#socket.resetWhenSent();
	}

	/** Sends octets a few at a time, from now on. */
	trickle(content: Uint8Array | string, options: TrickleOptions = {}): this {
		this.#check();
		const octets = typeof content === "string" ? octetsOf(content) : content;
		const { segmentLength = 1, intervalMs = 100 } = options;
		checkRange("segmentLength", segmentLength, POSITIVE);
		checkRange("intervalMs", intervalMs, SPAN);
		if (octets.length === 0) return this;
		this.#trickle.push({ octets, start: 0, length: segmentLength, intervalMs });
		if (this.#trickle.length === 1) this.#trickleOn();
		return this;
	}

	#trickleOn(): void {
		const [one] = this.#trickle;
		if (one === undefined || (this.#closed !== null && this.#closed !== "ended")) return;
		const end = Math.min(one.octets.length, one.start + one.length);
		this.#sendOctets(one.octets.subarray(one.start, end));
		one.start = end;
		if (end === one.octets.length) this.#trickle.shift();
		const next = this.#trickle[0];
		if (next !== undefined) this.#sim.network.after(one.intervalMs, this.#plans, TRICKLE);
		else if (this.#hasEnded) this.#socket.close();
	}

	/** Sends so many octets that the seed chooses. */
	garbage(length: number): this {
		checkRange("length", length, COUNT);
		const octets = new Uint8Array(length);
		for (let index = 0; index < length; index += 1) octets[index] = this.#sim.random.below(256);
		return this.send(octets);
	}

	/** Closes its side once everything is sent: a half-close. It still reads. */
	end(): this {
		this.#check();
		this.#hasEnded = true;
		if (this.#trickle.length === 0) this.#socket.close();
		return this;
	}

	/** Leaves in good order: what still comes is answered with a reset. */
	close(): this {
		this.#leave();
		this.#socket.leave();
		return this;
	}

	/** Cuts the connection off. What has not left is never sent. */
	reset(): this {
		this.#leave();
		this.#socket.reset();
		return this;
	}

	#leave(): void {
		if (this.#closed === "left") throw this.#misuse("it has left already");
		this.#closed ??= "left";
	}

	/** Cuts the connection off at an octet: what would have come behind it is not sent, or not received. */
	resetAt(point: ResetPoint): this {
		checkOption("sentLength", point.sentLength, COUNT);
		checkOption("receivedLength", point.receivedLength, COUNT);
		this.#check();
		this.#resetAtSent = point.sentLength ?? this.#resetAtSent;
		this.#resetAtReceived = point.receivedLength ?? this.#resetAtReceived;
		if (this.#sentLength > this.#resetAtSent) throw this.#misuse(`it has sent ${this.#sentLength} octets already`);
		if (this.#sentLength === this.#resetAtSent || this.#receivedLength >= this.#resetAtReceived) this.reset();
		return this;
	}

	// ---- Reading ----

	/** Stops reading: its stack takes `length` more octets, then the server can send no more. */
	stall(length = 0): this {
		checkRange("length", length, COUNT);
		this.#isStalled = true;
		this.#slowRead = null;
		this.#socket.stop();
		if (length > 0) this.#socket.take(length);
		return this;
	}

	/** Reads on after `stall`, or after `readSlowly`. */
	resume(): this {
		this.#isStalled = false;
		this.#slowRead = null;
		this.#socket.take(Number.POSITIVE_INFINITY);
		return this;
	}

	/** From now on it takes so many octets at a time. */
	readSlowly(options: SlowReadOptions): this {
		checkRange("length", options.length, POSITIVE);
		checkRange("intervalMs", options.intervalMs, INTERVAL);
		this.#socket.stop();
		this.#isStalled = false;
		this.#slowRead = options;
		this.#takeLater();
		return this;
	}

	#takeLater(): void {
		if (this.#isTaking || this.#slowRead === null || this.#closed !== null) return;
		this.#isTaking = true;
		this.#sim.network.after(this.#slowRead.intervalMs, this.#plans, TAKE);
	}

	#takeOn(): void {
		this.#isTaking = false;
		if (this.#slowRead !== null) this.#socket.take(this.#slowRead.length);
		this.#takeLater();
	}

	get isStalled(): boolean {
		return this.#isStalled;
	}

	// ---- What it has heard ----

	/** All it has received, a character for each octet. */
	get received(): string {
		return latin1Text(this.#received, this.#receivedLength);
	}

	/** How many octets it has received. */
	get receivedLength(): number {
		return this.#receivedLength;
	}

	/** The latest response. Throws, saying what the connection waits for, while there is none. */
	get response(): ReadResponse {
		return this.responses[this.responses.length - 1] ?? this.responses[0];
	}

	/** Where the server broke a rule. */
	get violations(): readonly ReaderViolation[] {
		return this.#reader.violations;
	}

	/** How many of its requests have no response yet. */
	get owed(): number {
		return this.#reader.owed;
	}

	/** Whether its connection is made. */
	get isConnected(): boolean {
		return this.#socket.state !== "connecting" && this.#closed !== "refused";
	}

	/** How the connection ended; null while it is open, or not made yet. */
	get closed(): Closed | null {
		if (this.#closed === null && this.#socket.end?.isGivenUp && this.#isStalled) return "aborted";
		return this.#closed;
	}

	/** What the server has of this connection; null when it has none, or not yet. */
	get connection(): ConnectionState | null {
		return this.#sim.connections.find(({ client }) => client === this.number) ?? null;
	}

	/** What went over its wire, as text for a snapshot: see also `sim.wire`. */
	get wire(): string {
		return this.#sim.wire(this.number);
	}

	// ---- What its socket tells ----

	#arrived(octets: Uint8Array, start: number, length: number): void {
		const end = start + Math.min(length, this.#resetAtReceived - this.#receivedLength);
		while (this.#receivedLength + length > this.#received.length) {
			const longer = new Uint8Array(2 * this.#received.length);
			longer.set(this.#received);
			this.#received = longer;
		}
		for (let index = start; index < end; index += 1) {
			this.#received[this.#receivedLength] = octets[index] as number;
			this.#receivedLength += 1;
		}
		this.#reader.read(octets, start, end);
		if (this.#receivedLength < this.#resetAtReceived || this.#closed === "left") return;
		this.reset();
	}

	#heardEnd(): void {
		this.#reader.end();
		this.#closed ??= this.#reader.isCutOff ? "aborted" : "ended";
	}

	#heardReset(): void {
		const isRefused = this.#socket.end === null;
		this.#reader.end(true);
		this.#closed ??= isRefused ? "refused" : "aborted";
	}

	// ---- Misuse ----

	#check(): void {
		if (this.#closed === "left") throw this.#misuse("it has left: connect another one");
		if (this.#hasEnded) throw this.#misuse("it has ended its side: nothing can be sent behind that");
		if (this.#closed === "refused") throw this.#misuse("its connection was refused: nobody listens");
		if (this.#closed === "aborted") throw this.#misuse("its connection was cut off: connect another one");
	}

	#misuse(what: string): Error {
		return new Error(`client ${this.number} at ${this.#sim.time} ms: ${what}`);
	}

	/** Why there is no further response. */
	#explain(): string {
		const count = this.#reader.responses.length;
		const heard = `client ${this.number} has ${count === 0 ? "no response" : `${count} response${count === 1 ? "" : "s"}`}`;
		return `${heard} at ${this.#sim.time} ms: ${this.#why()}`;
	}

	#why(): string {
		if (this.closed !== null) return `its connection is over (${this.closed})`;
		if (!this.isConnected) return "it is not connected yet: sim.advance() lets time pass";
		if (this.#sentLength === 0) return "it has sent nothing";
		const { connection } = this;
		if (connection === null) return "the server has not taken its connection over, or has let it go";
		const left = connection.leftMs === null ? "without limit" : `for ${connection.leftMs} ms at most`;
		const promise = connection.hasPromise ? "; its handler has returned a promise: use await sim.advanceAsync()" : "";
		return `the connection is in phase "${connection.phase}" and waits ${left} for "${connection.waitsFor}"${promise}`;
	}
}
