// A limit on guessing: after some wrong passwords in a row, an address has to wait. As many addresses are remembered as said; the
// one that was wrong longest ago makes place. For the sign-in.

/** Wrong passwords in a row before an address has to wait. */
const GUESSES_MAX = 5;
const LOCK_MS = 60_000;
const ADDRESSES_MAX = 8;

interface Guesser {
	readonly count: number;
	readonly untilMs: number;
}

export class Guesses {
	/** In the order of their last guess. */
	readonly #guessers = new Map<string, Guesser>();

	/** How long this address has still to wait, in milliseconds. */
	waitMs(address: string, nowMs: number): number {
		const guesser = this.#guessers.get(address);
		return guesser === undefined || guesser.count < GUESSES_MAX ? 0 : Math.max(0, guesser.untilMs - nowMs);
	}

	failed(address: string, nowMs: number): void {
		const before = this.#guessers.get(address);
		const count = before === undefined || before.untilMs <= nowMs ? 1 : before.count + 1;
		this.#guessers.delete(address);
		this.#guessers.set(address, { count, untilMs: nowMs + LOCK_MS });
		const [oldest] = this.#guessers.keys();
		if (this.#guessers.size > ADDRESSES_MAX && oldest !== undefined) this.#guessers.delete(oldest);
	}

	succeeded(address: string): void {
		this.#guessers.delete(address);
	}
}
