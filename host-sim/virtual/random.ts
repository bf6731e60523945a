// Numbers drawn from a seed: the same on every engine. For the simulator.

export class Random {
	#a: number;
	#b: number;
	#c: number;
	#counter = 1;

	/** `seed`: any whole number. `stream`: another sequence of the same seed. */
	constructor(seed: number, stream = 0) {
		this.#a = seed | 0;
		this.#b = Math.floor(seed / 0x1_0000_0000) | 0;
		this.#c = stream | 0;
		for (let count = 0; count < 12; count += 1) this.next();
	}

	/** 32 random bits, as an integer of either sign: sfc32 by Chris Doty-Humphrey (PractRand). */
	next(): number {
		const sum = (this.#a + this.#b + this.#counter) | 0;
		this.#counter = (this.#counter + 1) | 0;
		this.#a = this.#b ^ (this.#b >>> 9);
		this.#b = (this.#c + (this.#c << 3)) | 0;
		this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
		this.#c |= 0;
		return sum;
	}

	/** From 0 to below `count`, whole. */
	below(count: number): number {
		return Math.floor(((this.next() >>> 0) / 0x1_0000_0000) * count);
	}

	/** From `least` to `most`, both included, whole. */
	between(least: number, most: number): number {
		return least + this.below(most - least + 1);
	}

	/** True with this probability. */
	chance(probability: number): boolean {
		return (this.next() >>> 0) / 0x1_0000_0000 < probability;
	}

	/** One of them. */
	pick<T>(list: readonly T[]): T {
		return list[this.below(list.length)] as T;
	}
}
