// What an app draws while it is simulated: `Math.random` and `crypto.getRandomValues`, and with that `random` of
// thimble-http/crypto, draw from the simulation's seed. For the simulation.

import type { Random } from "./random.js";
import type { Substitutes } from "./substitutes.js";

/** Adds them, drawing from what `makeRandom` makes when somebody draws: few apps do. */
export function addChance(to: Substitutes, makeRandom: () => Random): void {
	let made: Random | null = null;
	const source = () => {
		made ??= makeRandom();
		return made;
	};
	to.add(Math, "random", () => (source().next() >>> 0) / 0x1_0000_0000);
	const { crypto } = globalThis as { crypto?: object };
	to.add(crypto, "getRandomValues", <T extends ArrayBufferView>(numbers: T): T => {
		const octets = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
		const random = source();
		for (let index = 0; index < octets.length; index += 1) octets[index] = random.below(256);
		return numbers;
	});
}
