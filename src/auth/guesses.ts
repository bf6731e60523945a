// A limit on guessing: whoever was wrong too often has to wait, and is answered without another look. For the links of this
// folder. As many addresses are remembered as fit; the one that was wrong longest ago makes place.

import { type Clock, Moment } from "../app/moment.js";

/** How many addresses are remembered. */
const ADDRESSES_MAX = 8;

/** What bounds guessing. */
export interface GuessLimits {
	/** Wrong passwords in a row from one address before it has to wait. */
	readonly guessesMax: number;
	/** How long it has to wait, in milliseconds from the last of them. */
	readonly lockMs: number;
}

class Guesser {
	address = "";
	failures = 0;
	readonly last: Moment = new Moment();
}

export class Guesses {
	readonly #limits: GuessLimits;
	readonly #guessers: Guesser[] = [];

	constructor(limits: GuessLimits) {
		this.#limits = limits;
		for (let index = 0; index < ADDRESSES_MAX; index += 1) this.#guessers.push(new Guesser());
	}

	/** Whether this address has to wait. */
	isLocked(address: string, clock: Clock): boolean {
		const guesser = this.find(address, clock);
		return guesser !== null && guesser.failures >= this.#limits.guessesMax;
	}

	failed(address: string, clock: Clock): void {
		const guesser = this.find(address, clock) ?? this.oldest(clock);
		if (guesser.address !== address) guesser.failures = 0;
		guesser.address = address;
		guesser.failures += 1;
		guesser.last.set(clock);
	}

	succeeded(address: string, clock: Clock): void {
		const guesser = this.find(address, clock);
		if (guesser !== null) guesser.failures = 0;
	}

	/** The guesser at this address, unless it has been quiet for long enough. */
	private find(address: string, clock: Clock): Guesser | null {
		for (let index = 0; index < ADDRESSES_MAX; index += 1) {
			const guesser = this.#guessers[index] as Guesser;
			if (guesser.failures === 0 || guesser.address !== address) continue;
			if (guesser.last.ageAt(clock) < this.#limits.lockMs) return guesser;
			guesser.failures = 0;
			return null;
		}
		return null;
	}

	private oldest(clock: Clock): Guesser {
		let oldest = this.#guessers[0] as Guesser;
		for (let index = 1; index < ADDRESSES_MAX; index += 1) {
			const guesser = this.#guessers[index] as Guesser;
			if (oldest.failures === 0) break;
			if (guesser.failures === 0 || guesser.last.ageAt(clock) > oldest.last.ageAt(clock)) oldest = guesser;
		}
		return oldest;
	}
}
