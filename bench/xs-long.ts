// A long run on the double: mixed requests, and connections cut off at random in the middle of anything. Afterwards nobody is
// connected, and what is left in the heap is what was there before. For test/xs-long.test.ts, on XS.

import type { SdkClient } from "../host-sim/sdk/client.js";
import type { Network } from "../host-sim/sdk/network.js";
import { DEFAULT_LIMITS } from "../src/limits.js";
import { machineOf } from "./xs-null-reader.js";
import { Stage, serve } from "./xs-stage.js";
import {
	appWith,
	BROKEN_HEAD,
	JSON_HEADS,
	LATE_HEAD,
	MISSING,
	NEW_HEADS,
	SHORT_HEAD,
	SHORT_UPLOAD,
} from "./xs-traffic.js";

/** More than the server has slots: some wait, some are turned away. */
const CLIENTS = 6;
/** Until everything is over that has an end: the deadlines of connections nobody answers, in virtual milliseconds. */
const END_MS = 120_000;

/** Whatever a client may send. */
const REQUESTS: readonly Uint8Array[] = [
	...NEW_HEADS,
	...MISSING.slice(0, 4),
	...JSON_HEADS.slice(0, 4),
	SHORT_HEAD,
	SHORT_HEAD,
	SHORT_UPLOAD,
	SHORT_UPLOAD,
	BROKEN_HEAD,
	LATE_HEAD,
];

/** More than there ever are at once. */
const STOCK = 512;

/**
 * The double keeps segments and events for their next use, and makes one more whenever there are more at once than ever
 * before: so that this does not happen late in a run, it has them from the beginning.
 */
function stock(network: Network): void {
	const segments = Array.from({ length: STOCK }, () => network.segments.take(SHORT_HEAD, 0, 1));
	for (const segment of segments) network.segments.give(segment);
	const nobody = { happen() {} };
	for (let count = 0; count < STOCK; count += 1) network.after(0, nobody, 0);
	network.advance(0);
}

/** As many clients at once as there are control blocks: the adapter makes a transport for each, and keeps it. */
function crowd(network: Network): void {
	const clients = Array.from({ length: network.profile.controlBlocks }, () => network.connect(80));
	network.advance(END_MS);
	for (const client of clients) client.close();
	network.advance(END_MS);
}

/** What came of a run. */
export interface LongResult {
	readonly requests: number;
	readonly aborted: number;
	readonly answered: number;
	/** What the program did that would have crashed a board. */
	readonly faults: number;
	readonly connectionCount: number;
	readonly objectCount: number;
}

export class LongRun {
	readonly #stage = new Stage();
	readonly #server;
	readonly #clients: (SdkClient | null)[] = Array.from({ length: CLIENTS }, () => null);
	#seed: number;
	#requests = 0;
	#aborted = 0;
	#answered = 0;

	constructor(seed: number) {
		this.#seed = seed;
		// Times as a server has them, for the answer that never comes sooner.
		const { headTimeoutMs, idleTimeoutMs, contentIdleTimeoutMs, sendTimeoutMs, lingerTimeoutMs } = DEFAULT_LIMITS;
		const times = { headTimeoutMs, idleTimeoutMs, contentIdleTimeoutMs, sendTimeoutMs, lingerTimeoutMs };
		const app = appWith({ ...times, handlerTimeoutMs: 500 });
		stock(this.#stage.network);
		this.#server = serve(machineOf(this.#stage.network), app, 1);
		crowd(this.#stage.network);
	}

	/** Sends so many requests, or parts of them; closes everything in the end, and waits until all is over. */
	run(count: number): LongResult {
		const { network } = this.#stage;
		for (let sent = 0; sent < count; sent += 1) {
			const at = this.#below(CLIENTS);
			const client = this.#clients[at] ?? null;
			if (client === null || client.state === "ended" || client.state === "reset") {
				client?.close();
				this.#clients[at] = network.connect(80);
				network.advance(this.#below(8) === 0 ? 300 : 5);
			}
			this.#ask(this.#clients[at] as SdkClient, at);
		}
		for (let at = 0; at < CLIENTS; at += 1) {
			this.#clients[at]?.close();
			this.#clients[at] = null;
		}
		network.advance(END_MS);
		return {
			requests: this.#requests,
			aborted: this.#aborted,
			answered: this.#answered,
			faults: network.faults.length,
			connectionCount: this.#server.connectionCount + this.#server.waitingCount,
			objectCount: network.objectCount,
		};
	}

	#ask(client: SdkClient, at: number): void {
		const { network } = this.#stage;
		const octets = REQUESTS[this.#below(REQUESTS.length)] as Uint8Array;
		this.#requests += 1;
		client.clear();
		const isCut = this.#below(8) === 0;
		client.send(isCut ? octets.subarray(0, this.#below(octets.length)) : octets);
		network.advance(isCut ? this.#below(6) : 20);
		// "HTTP/1.1 ": the octet at 9 begins a status.
		if (client.receivedLength > 9) this.#answered += 1;
		if (!isCut && this.#below(16) !== 0) return;
		this.#aborted += 1;
		if (this.#below(2) === 0) client.reset();
		else client.close();
		network.advance(this.#below(40));
		this.#clients[at] = null;
	}

	/** A whole number from 0, below `limit`. */
	#below(limit: number): number {
		// xorshift32
		let seed = this.#seed;
		seed ^= seed << 13;
		seed ^= seed >>> 17;
		seed ^= seed << 5;
		this.#seed = seed;
		return (seed >>> 1) % limit;
	}
}
