// The board's end of a connection as far as lwIP and the kernel have it in common: what was written and is not
// acknowledged, and how it leaves. For the double's stacks.

import { CLIENT_END, CLIENT_RESET, CLIENT_SEGMENT, type SdkClient } from "./client.js";
import type { EventTarget } from "./events.js";
import type { Network } from "./network.js";
import type { Segment } from "./segment.js";

// What happens to it.
export const SERVER_ESTABLISHED = 0;
export const SERVER_SEGMENT = 1;
export const SERVER_END = 2;
export const SERVER_RESET = 3;
export const SERVER_ACKNOWLEDGED = 4;
export const SERVER_WINDOW = 5;
/** The stack's own timer has run. */
export const SERVER_TIMER = 6;
/** The stack has waited long enough for a client that the network has lost. */
const SERVER_GIVEN_UP = 7;

/** How long lwIP waits for the end of a handshake (TCP_SYN_RCVD_TIMEOUT in lwip/priv/tcp_priv.h); the kernel, for a minute. */
const HANDSHAKE_MS = 20_000;
/**
 * How long what is closed may wait for its acknowledgement, about: the twelve retransmissions of lwIP (TCP_MAXRTX in lwip/opt.h)
 * and the fifteen of the kernel (net.ipv4.tcp_retries2) take a quarter of an hour.
 */
const ACKNOWLEDGEMENT_MS = 900_000;

/** How long the ring is in the beginning, in octets: as much as most responses need. */
const RING_LENGTH = 2048;

export abstract class ServerEnd implements EventTarget {
	readonly client: SdkClient;
	/** Whether the network went away under it. */
	isLost = false;
	/** Whether it was cut off from here. */
	isAborted = false;
	/** Whether the board that had it has lost its power. */
	protected isForgotten = false;
	/** Whether its control block is free again. */
	isGone = false;
	protected readonly network: Network;
	/** What was written and is not acknowledged, in a ring, which grows. */
	#ring: Uint8Array;
	#start = 0;
	#length = 0;
	#inFlight = 0;
	#isEnding = false;
	#isEndSent = false;
	#isEstablished = false;

	constructor(network: Network, client: SdkClient) {
		this.network = network;
		this.client = client;
		this.#ring = new Uint8Array(Math.min(network.profile.sendLength, RING_LENGTH));
	}

	/** How much may arrive before any of it is read. */
	abstract get window(): number;
	/** The client's handshake is complete. */
	protected abstract established(): void;
	protected abstract arrive(segment: Segment): void;
	protected abstract arriveEnd(): void;
	protected abstract arriveReset(): void;
	protected abstract timer(): void;
	/** There is more room to write. */
	protected abstract roomGrew(): void;
	/** The program closes it. */
	abstract close(): void;

	happen(kind: number, count: number, segment: Segment | null): void {
		if (kind === SERVER_GIVEN_UP) return this.isGone ? undefined : this.gone();
		if (this.isLost || this.isGone) {
			if (segment !== null) this.network.segments.give(segment);
			// Nobody is there any more who could take it.
			const isAnswered = kind === SERVER_SEGMENT || (this.isForgotten && kind !== SERVER_RESET);
			if (!this.isLost && isAnswered) this.network.toClient(this.client, CLIENT_RESET, 0, null);
			return;
		}
		switch (kind) {
			case SERVER_ESTABLISHED:
				this.#isEstablished = true;
				return this.established();
			case SERVER_SEGMENT:
				return this.arrive(segment as Segment);
			case SERVER_END:
				return this.arriveEnd();
			case SERVER_RESET:
				this.gone();
				return this.arriveReset();
			case SERVER_ACKNOWLEDGED:
				return this.#acknowledged(count);
			case SERVER_WINDOW:
				return this.transmit();
			case SERVER_TIMER:
				return this.timer();
		}
	}

	/** Whether the program has closed it, with octets that have not left: the client does not take them. */
	get isGivenUp(): boolean {
		return this.#isEnding && this.#length > this.#inFlight;
	}

	/** How many octets can be queued. */
	get free(): number {
		return this.network.profile.sendLength - this.#length;
	}

	/** How many octets are queued and not acknowledged. */
	get queued(): number {
		return this.#length;
	}

	/** Queues `count` octets from `start`, which fit. */
	protected queue(octets: Uint8Array, start: number, count: number): void {
		if (this.#length + count > this.#ring.length) this.#grow(this.#length + count);
		const ring = this.#ring;
		const target = (this.#start + this.#length) % ring.length;
		const untilEnd = ring.length - target;
		if (count > untilEnd) {
			this.network.fill(ring, target, octets, start, untilEnd);
			this.network.fill(ring, 0, octets, start + untilEnd, count - untilEnd);
		} else if (count === octets.length) ring.set(octets, target);
		else this.network.fill(ring, target, octets, start, count);
		this.#length += count;
	}

	#grow(length: number): void {
		const ring = this.#ring;
		const longer = new Uint8Array(Math.max(length, Math.min(2 * ring.length, this.network.profile.sendLength)));
		for (let index = 0; index < this.#length; index += 1) {
			longer[index] = ring[(this.#start + index) % ring.length] as number;
		}
		this.#ring = longer;
		this.#start = 0;
	}

	/** Sends what is queued, as far as the client's stack takes it, and the FIN behind it. */
	protected transmit(): void {
		if (this.isForgotten) return;
		const { client, network } = this;
		while (this.#length > this.#inFlight && client.room > 0) {
			const start = (this.#start + this.#inFlight) % this.#ring.length;
			const count = Math.min(
				this.#length - this.#inFlight,
				client.room,
				network.profile.segmentLength,
				this.#ring.length - start,
			);
			client.room -= count;
			this.#inFlight += count;
			network.toClient(client, CLIENT_SEGMENT, 0, network.segments.take(this.#ring, start, count));
		}
		if (!this.#isEnding || this.#isEndSent || this.#length > this.#inFlight) return;
		this.#isEndSent = true;
		network.toClient(client, CLIENT_END, 0, null);
		this.checkGone();
	}

	#acknowledged(count: number): void {
		this.#start = (this.#start + count) % this.#ring.length;
		this.#length -= count;
		this.#inFlight -= count;
		this.transmit();
		this.roomGrew();
		this.checkGone();
	}

	/** Whether the program has closed both sides. */
	protected get isOver(): boolean {
		return this.#isEnding;
	}

	/** A closed connection keeps its control block until everything has arrived. */
	protected checkGone(): void {
		if (this.isOver && this.#isEndSent && this.#length === 0 && !this.isGone) this.gone();
	}

	/** The control block is free. */
	protected gone(): void {
		this.isGone = true;
		this.network.gone(this);
	}

	/** The board has lost its power: it knows nothing of the connection any more. */
	forget(): void {
		this.isForgotten = true;
		this.gone();
	}

	/** The network has lost it: neither end hears of the other any more. What the program does not have, the stack gives up. */
	lose(): void {
		this.isLost = true;
		if (!this.#isEstablished) this.network.after(HANDSHAKE_MS, this, SERVER_GIVEN_UP);
		else if (this.isOver) this.network.after(ACKNOWLEDGEMENT_MS, this, SERVER_GIVEN_UP);
	}

	/** The stack cuts the connection off, and the program is told as of a reset. */
	cutOff(): void {
		this.isAborted = true;
		this.gone();
		this.arriveReset();
	}

	/** Sends a FIN behind everything that is queued. */
	protected sendEnd(): void {
		this.#isEnding = true;
		this.transmit();
	}

	/** Sends a reset; what is queued is dropped. */
	protected sendReset(): void {
		if (this.isGone) return;
		this.isAborted = true;
		this.#length = 0;
		this.#inFlight = 0;
		this.network.toClient(this.client, CLIENT_RESET, 0, null);
		this.gone();
	}
}
