// A client on the double's network, to be scripted: it connects, sends in the segments it is told to, closes its side,
// resets, stops reading. Its own TCP is a plain one: it keeps to the server's window, acknowledges what it takes. For the
// double and its tests.

import type { EventTarget } from "./events.js";
import type { Network, SegmentRecord } from "./network.js";
import { type Segment, type SegmentPool, SegmentQueue } from "./segment.js";
import {
	SERVER_ACKNOWLEDGED,
	SERVER_END,
	SERVER_ESTABLISHED,
	SERVER_RESET,
	SERVER_SEGMENT,
	SERVER_WINDOW,
	type ServerEnd,
} from "./server-end.js";

// What happens to a client.
export const CLIENT_CONNECTED = 0;
export const CLIENT_SEGMENT = 1;
export const CLIENT_END = 2;
export const CLIENT_RESET = 3;
export const CLIENT_WINDOW = 4;
/** Its SYN was dropped: it tries again. */
export const CLIENT_RETRY = 5;
/** Its SYN is where it was sent to. */
export const CLIENT_SYN_ARRIVES = 6;

/** How long a client waits before it sends its SYN again, in milliseconds. */
const RETRY_MS = 1000;

const NOTHING = new Uint8Array(0);
const RECEIVED_LENGTH_MIN = 1024;

/** Who is told what happens to a client, at once. */
export interface SdkClientOwner {
	connected(): void;
	/** `length` octets have come, in `octets` from `start`, for as long as the call lasts. */
	arrived(octets: Uint8Array, start: number, length: number): void;
	/** The server has closed its side. */
	ended(): void;
	/** The connection is cut off, or was refused. */
	wasReset(): void;
}

export class SdkClient implements EventTarget {
	/** "connecting"; "open"; "ended": the server has closed its side; "reset": the connection is gone. */
	state: "connecting" | "open" | "ended" | "reset" = "connecting";
	/** How many octets its stack still takes. */
	room: number = Number.POSITIVE_INFINITY;
	/** How many octets of the server's window are free, as far as it knows. */
	window = 0;
	/** The server's end, when there is one. */
	end: ServerEnd | null = null;
	/** How many octets it has received since `clear`. */
	receivedLength = 0;
	/** Whether the network went away under it: nothing it sends arrives, nothing reaches it. */
	isLost = false;
	/** What was written down of its latest SYN. */
	syn: SegmentRecord | null = null;
	/** When the last segment that left for the server arrives, and for the client. */
	arrivesAtServer = 0;
	arrivesAtClient = 0;
	readonly port: number;
	readonly address: string;
	/** Which of the network's clients, from 1. */
	readonly number: number;
	readonly #owner: SdkClientOwner | null;
	readonly #network: Network;
	readonly #segments: SegmentPool;
	#isLeaving = false;
	#isResetDue = false;
	readonly #waiting: SegmentQueue = new SegmentQueue();
	/** What it has received since `clear`, if nobody else is told: as long as it has had to be so far. */
	#received: Uint8Array = NOTHING;
	#hasEnded = false;
	#isEndSent = false;

	constructor(
		network: Network,
		segments: SegmentPool,
		port: number,
		address: string,
		number: number,
		owner: SdkClientOwner | null,
	) {
		this.number = number;
		this.#owner = owner;
		this.#network = network;
		this.#segments = segments;
		this.port = port;
		this.address = address;
		network.syn(this);
	}

	/** Sends octets, in segments of at most `segmentLength`: each call makes its own. A string is octets, too. */
	send(octets: Uint8Array | string, segmentLength: number = this.#network.profile.segmentLength): void {
		const all = typeof octets === "string" ? latin1(octets) : octets;
		this.sendPart(all, 0, all.length, segmentLength);
	}

	/** Sends the octets from `start` to before `end`. */
	sendPart(
		octets: Uint8Array,
		start: number,
		end: number,
		segmentLength: number = this.#network.profile.segmentLength,
	): void {
		const length = Math.min(segmentLength, this.#network.profile.segmentLength);
		for (let index = start; index < end; index += length) {
			this.#waiting.add(this.#segments.take(octets, index, Math.min(length, end - index)));
		}
		this.#pump();
	}

	/** Closes its side once everything is sent. */
	close(): void {
		this.#hasEnded = true;
		this.#pump();
	}

	/** Closes both sides: what comes from now on is answered with a reset. */
	leave(): void {
		this.#isLeaving = true;
		this.close();
	}

	/** Cuts the connection off once everything is sent. */
	resetWhenSent(): void {
		this.#isResetDue = true;
		this.#pump();
	}

	/** Cuts the connection off. What it has not sent is never sent. */
	reset(): void {
		if (this.state === "reset") return;
		this.state = "reset";
		this.#segments.giveAll(this.#waiting);
		if (this.end !== null) this.#network.toServer(this.end, SERVER_RESET, 0, null);
	}

	/** Its stack takes `count` more octets; 0 and more: after a stop, so many. */
	take(count: number): void {
		this.room += count;
		if (this.end !== null) this.#network.toServer(this.end, SERVER_WINDOW, 0, null);
	}

	/** Takes nothing more, until `take`. */
	stop(): void {
		this.room = 0;
	}

	/** What it has received since `clear`, a character for each octet. */
	get text(): string {
		let text = "";
		for (let index = 0; index < this.receivedLength; index += 1) {
			text += String.fromCharCode(this.#received[index] as number);
		}
		return text;
	}

	/** The octet at `index` of what it has received since `clear`. */
	octetAt(index: number): number {
		return this.#received[index] as number;
	}

	/** Forgets what it has received. */
	clear(): void {
		this.receivedLength = 0;
	}

	#pump(): void {
		if (this.end === null || (this.state !== "open" && this.state !== "ended")) return;
		for (let next = this.#waiting.first; next !== null && next.length <= this.window; next = this.#waiting.first) {
			this.window -= next.length;
			this.#waiting.shift();
			this.#network.toServer(this.end, SERVER_SEGMENT, 0, next);
		}
		if (this.#waiting.first !== null) return;
		if (this.#isResetDue) return this.reset();
		if (!this.#hasEnded || this.#isEndSent) return;
		this.#isEndSent = true;
		this.#network.toServer(this.end, SERVER_END, 0, null);
	}

	happen(kind: number, count: number, segment: Segment | null): void {
		if (this.isLost) return;
		switch (kind) {
			case CLIENT_CONNECTED:
				// Who has given up meanwhile answers with a reset.
				if (this.state === "reset") return this.#network.toServer(this.end as ServerEnd, SERVER_RESET, 0, null);
				this.state = "open";
				this.#network.toServer(this.end as ServerEnd, SERVER_ESTABLISHED, 0, null);
				this.#owner?.connected();
				return this.#pump();
			case CLIENT_SEGMENT:
				return this.#receive(segment as Segment);
			case CLIENT_END:
				if (this.state !== "open") return;
				this.state = "ended";
				this.#owner?.ended();
				return;
			case CLIENT_RESET:
				if (this.state === "reset") return;
				this.state = "reset";
				this.#segments.giveAll(this.#waiting);
				this.#owner?.wasReset();
				return;
			case CLIENT_WINDOW:
				this.window += count;
				return this.#pump();
			case CLIENT_RETRY:
				if (this.state === "connecting") this.#network.syn(this);
				return;
			case CLIENT_SYN_ARRIVES:
				this.#network.synArrived(this);
		}
	}

	#receive(segment: Segment): void {
		const { length } = segment;
		const end = this.end as ServerEnd;
		// Octets in flight before a reset may be lost with it, and here they are.
		if (this.state === "reset" || end.isAborted) return this.#segments.give(segment);
		if (this.#isLeaving) {
			this.#segments.give(segment);
			return this.reset();
		}
		if (this.#owner === null) this.#keep(segment);
		else this.#owner.arrived(segment.octets, segment.start, length);
		this.#segments.give(segment);
		this.#network.toServer(end, SERVER_ACKNOWLEDGED, length, null);
	}

	#keep({ octets, start, length }: Segment): void {
		while (this.receivedLength + length > this.#received.length) {
			const longer = new Uint8Array(Math.max(RECEIVED_LENGTH_MIN, 2 * this.#received.length));
			longer.set(this.#received);
			this.#received = longer;
		}
		for (let index = 0; index < length; index += 1) {
			this.#received[this.receivedLength + index] = octets[start + index] as number;
		}
		this.receivedLength += length;
	}

	/** For the network: nobody has a control block for it. */
	dropped(): void {
		this.#network.toClientAfter(RETRY_MS, this, CLIENT_RETRY);
	}
}

/** A character for each octet. */
export function latin1(text: string): Uint8Array {
	const octets = new Uint8Array(text.length);
	for (let index = 0; index < text.length; index += 1) octets[index] = text.charCodeAt(index);
	return octets;
}
