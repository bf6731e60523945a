// What befalls a simulated board now and then: its network goes away and comes back, its clock jumps. When, and for how
// long, is drawn from the seed. For the simulation.

import type { EventTarget } from "../sdk/events.js";
import type { Network } from "../sdk/network.js";
import type { Random } from "./random.js";

/** What befalls a board. */
export interface Mishaps {
	/**
	 * How often the network goes away, in milliseconds from one outage to the next, on average: 1 at least; 0, the default:
	 * never.
	 */
	readonly outageEveryMs?: number;
	/** How long it is away then, in milliseconds, on average. Default 1,000. Connections survive it. */
	readonly outageMs?: number;
	/** How often the board's clock jumps, in milliseconds, on average: 1 at least; 0, the default: never. */
	readonly clockJumpEveryMs?: number;
	/** How far it jumps ahead then, in milliseconds, at the most. Default 1,000. */
	readonly clockJumpMs?: number;
}

/** What a mishap is about. */
export interface Misfortunate {
	loseNetwork(): void;
	restoreNetwork(): void;
	jumpTicks(ms: number): void;
}

// What is due.
const OUTAGE = 0;
const RESTORED = 1;
const JUMP = 2;

export class Mischief implements EventTarget {
	readonly #mishaps: Required<Mishaps>;
	readonly #board: Misfortunate;
	readonly #network: Network;
	readonly #random: Random;

	/** `mishaps`: such as `optionsFault` finds nothing wrong with. */
	constructor(mishaps: Mishaps, board: Misfortunate, network: Network, random: Random) {
		const { outageEveryMs = 0, outageMs = 1000, clockJumpEveryMs = 0, clockJumpMs = 1000 } = mishaps;
		this.#mishaps = { outageEveryMs, outageMs, clockJumpEveryMs, clockJumpMs };
		this.#board = board;
		this.#network = network;
		this.#random = random;
		if (outageEveryMs > 0) this.#plan(OUTAGE, outageEveryMs);
		if (clockJumpEveryMs > 0) this.#plan(JUMP, clockJumpEveryMs);
	}

	/** Between half of it and half as much again. */
	#plan(what: number, averageMs: number): void {
		this.#network.after(averageMs / 2 + this.#random.below(averageMs + 1), this, what);
	}

	happen(what: number): void {
		const { outageEveryMs, outageMs, clockJumpEveryMs, clockJumpMs } = this.#mishaps;
		if (what === OUTAGE) {
			this.#board.loseNetwork();
			this.#plan(RESTORED, outageMs);
		} else if (what === RESTORED) {
			this.#board.restoreNetwork();
			this.#plan(OUTAGE, outageEveryMs);
		} else {
			this.#board.jumpTicks(this.#random.between(1, Math.max(1, clockJumpMs)));
			this.#plan(JUMP, clockJumpEveryMs);
		}
	}
}
