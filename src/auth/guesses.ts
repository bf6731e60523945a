// A limit on guessing: whoever was wrong too often has to wait, and is answered without another look. For the links of this
// folder. As many addresses are remembered as fit; the one that was wrong longest ago makes place.

import { since } from "../clock.js";

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
	lastMs = 0;
}

export class Guesses {
	readonly #limits: GuessLimits;
	readonly #guessers: Guesser[] = [];

	constructor(limits: GuessLimits) {
		this.#limits = limits;
		for (let index = 0; index < ADDRESSES_MAX; index += 1) this.#guessers.push(new Guesser());
	}

	/** Whether this address has to wait. */
	isLocked(address: string, now: number): boolean {
		const guesser = this.find(address, now);
		return guesser !== null && guesser.failures >= this.#limits.guessesMax;
	}

	failed(address: string, now: number): void {
		const guesser = this.find(address, now) ?? this.oldest(now);
		if (guesser.address !== address) guesser.failures = 0;
		guesser.address = address;
		guesser.failures += 1;
		guesser.lastMs = now;
	}

	succeeded(address: string, now: number): void {
		const guesser = this.find(address, now);
		if (guesser !== null) guesser.failures = 0;
	}

	/** The guesser at this address, unless it has been quiet for long enough. */
	private find(address: string, now: number): Guesser | null {
		for (let index = 0; index < ADDRESSES_MAX; index += 1) {
			const guesser = this.#guessers[index] as Guesser;
			if (guesser.failures === 0 || guesser.address !== address) continue;
			const quiet = since(guesser.lastMs, now);
			if (quiet >= 0 && quiet < this.#limits.lockMs) return guesser;
			guesser.failures = 0;
			return null;
		}
		return null;
	}

	private oldest(now: number): Guesser {
		let oldest = this.#guessers[0] as Guesser;
		for (let index = 1; index < ADDRESSES_MAX; index += 1) {
			const guesser = this.#guessers[index] as Guesser;
			if (oldest.failures === 0) break;
			if (guesser.failures === 0 || since(guesser.lastMs, now) > since(oldest.lastMs, now)) oldest = guesser;
		}
		return oldest;
	}
}
