// How a platform of the simulator behaves where its contract (src/server/platform.ts) leaves it the choice: as Node does, or
// as badly as it may, drawn from the seed. For the contract's platform.

import type { Random } from "./random.js";

/** Of one connection. */
export interface ConnectionManners {
	/** How many octets become readable at a time. */
	readonly arrivalMax: number;
	/** How much room there is at the most, however much the network would take. */
	readonly roomMax: number;
	/** Whether our side can be closed alone. */
	readonly canEnd: boolean;
	readonly hidesAddress: boolean;
	/** Whether what is written leaves with `flush` only. */
	readonly holdsBack: boolean;
	/** Whether the rest of a buffer that is read into is overwritten. */
	readonly scribbles: boolean;
	/** Whether something is told now that has not happened, or room that is not there. */
	isSpurious(): boolean;
	/** How long the next thing waits until it is told, in milliseconds. */
	delayMs(): number;
}

/** Of a platform. */
export interface PlatformManners {
	readonly timersRunFirst: boolean;
	readonly spareConnections: number;
	/** How late a timer is, in milliseconds. */
	latenessMs(): number;
	/** What the clock of the date is off by now, in seconds; null: nobody knows the date. */
	dateOffset(): number | null;
	connection(): ConnectionManners;
}

const NODE_CONNECTION: ConnectionManners = {
	arrivalMax: Number.POSITIVE_INFINITY,
	roomMax: Number.POSITIVE_INFINITY,
	canEnd: true,
	hidesAddress: false,
	holdsBack: true,
	scribbles: false,
	isSpurious: () => false,
	delayMs: () => 0,
};

/** As platform/node has them, but for the waiting line: one of 1,024 places would cost more than all of a simulation. */
export const NODE_MANNERS: PlatformManners = {
	timersRunFirst: true,
	spareConnections: 32,
	latenessMs: () => 0,
	dateOffset: () => 0,
	connection: () => NODE_CONNECTION,
};

const LENGTHS = [1, 1, 2, 3, 7, 64, 600, Number.POSITIVE_INFINITY];

/** Where a clock begins that is to wrap soon: within the first requests, within the first minute, or not at all. */
export function hostileTicks(random: Random): number {
	return random.pick([0x7fff_ffff - random.below(3000), 0x7fff_ffff - random.below(60_000), -random.below(3000), 0]);
}

/** As bad as the contract lets them be. */
export class HostileManners implements PlatformManners {
	readonly timersRunFirst: boolean;
	readonly spareConnections: number;
	readonly #random: Random;
	readonly #latenessMax: number;
	#dateOffset: number | null = null;

	constructor(random: Random) {
		this.#random = random;
		this.timersRunFirst = random.chance(0.5);
		this.spareConnections = random.pick([0, 1, 2, 8]);
		this.#latenessMax = random.pick([0, 1, 20, 400]);
	}

	latenessMs(): number {
		return this.#random.below(this.#latenessMax + 1);
	}

	/** Unknown at first; then it is set, and set again: backwards, too. */
	dateOffset(): number | null {
		if (this.#random.chance(0.05)) this.#dateOffset = this.#random.between(-100_000, 100_000_000);
		return this.#dateOffset;
	}

	connection(): ConnectionManners {
		const random = this.#random;
		const spuriousness = random.pick([0, 0.1, 0.5]);
		const delayMax = random.pick([0, 0, 1, 30]);
		return {
			arrivalMax: random.pick(LENGTHS),
			roomMax: random.pick(LENGTHS),
			canEnd: random.chance(0.5),
			hidesAddress: random.chance(0.3),
			holdsBack: random.chance(0.5),
			scribbles: random.chance(0.5),
			isSpurious: () => spuriousness > 0 && random.chance(spuriousness),
			delayMs: () => random.below(delayMax + 1),
		};
	}
}
