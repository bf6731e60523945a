// What the network between clients and board is like: latency, bandwidth, Wi-Fi that loses segments in bursts. What is lost
// is sent again, as TCP does, so loss shows as delay and never as octets that are missing. All that is drawn is drawn from
// the seed. For the simulation.

import type { Link } from "../sdk/network.js";
import type { Random } from "./random.js";

/** What the network is like. */
export interface Conditions {
	/** How long a segment is on its way, in milliseconds. Default 1. */
	readonly latencyMs?: number;
	/** How much longer it may be, in milliseconds, drawn for each segment. Default 0. */
	readonly jitterMs?: number;
	/** What the network carries, both ways together, in kilobits a second; 0, the default: as much as there is. */
	readonly bandwidthKbitPerS?: number;
	/**
	 * How often Wi-Fi loses everything for a while, in milliseconds from one burst to the next, on average: 1 at least, and more
	 * than `lossMs`; 0, the default: never.
	 */
	readonly lossEveryMs?: number;
	/** How long it then does, in milliseconds, on average. Default 200. */
	readonly lossMs?: number;
}

/** How long a burst of loss lasts, in milliseconds, where nobody says. */
export const LOSS_MS = 200;

/** How long TCP waits before it sends a segment again, in milliseconds; doubled each time. */
const RETRANSMISSION_MS = 300;

/** What a segment carries beside its octets: the heads of IP and TCP (RFC 791, RFC 9293). */
const HEADS_LENGTH = 40;

/** When a segment that was sent first at `time` is sent again, the first time it is not before `until`. */
export function retransmission(time: number, until: number): number {
	let sent = time;
	for (let wait = RETRANSMISSION_MS; sent < until; wait *= 2) sent += wait;
	return sent;
}

export class Air implements Link {
	readonly #latency: number;
	#jitter: number;
	/** How long an octet takes, in milliseconds. */
	#octetMs: number;
	#lossEvery: number;
	readonly #loss: number;
	readonly #random: Random;
	/** Until when the air is taken by what was sent before. */
	#busyUntil = 0;
	/** The burst that is now, or comes next. */
	#burstStart: number;
	#burstEnd: number;

	/** `conditions`: such as `optionsFault` finds nothing wrong with. */
	constructor(conditions: Conditions, random: Random) {
		const { latencyMs = 1, jitterMs = 0, bandwidthKbitPerS = 0, lossEveryMs = 0, lossMs = LOSS_MS } = conditions;
		this.#latency = latencyMs;
		this.#jitter = jitterMs;
		this.#octetMs = bandwidthKbitPerS === 0 ? 0 : 8 / bandwidthKbitPerS;
		this.#lossEvery = lossEveryMs;
		this.#loss = lossMs;
		this.#random = random;
		this.#burstStart = Number.POSITIVE_INFINITY;
		this.#burstEnd = 0;
		if (lossEveryMs > 0) this.#nextBurst(0);
	}

	/** From now on nothing is lost, and there is room for everything. */
	clear(): void {
		this.#jitter = 0;
		this.#octetMs = 0;
		this.#lossEvery = 0;
	}

	arrival(time: number, length: number): number {
		let sent = this.#lossEvery === 0 ? time : this.#sentAt(time);
		if (this.#octetMs > 0) {
			if (this.#busyUntil > sent) sent = this.#busyUntil;
			sent += (length + HEADS_LENGTH) * this.#octetMs;
			this.#busyUntil = sent;
		}
		const jitter = this.#jitter === 0 ? 0 : this.#random.below(this.#jitter + 1);
		return sent + this.#latency + jitter;
	}

	/** When it is sent without being lost. */
	#sentAt(time: number): number {
		while (this.#burstEnd <= time) this.#nextBurst(this.#burstEnd);
		return time < this.#burstStart ? time : retransmission(time, this.#burstEnd);
	}

	#nextBurst(after: number): void {
		const rest = this.#lossEvery - this.#loss;
		this.#burstStart = after + rest / 2 + this.#random.below(rest + 1);
		this.#burstEnd = this.#burstStart + this.#loss / 2 + this.#random.below(this.#loss + 1);
	}
}
