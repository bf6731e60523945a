// thimble-http/crypto on Node: random octets and hashes by the crypto that Node has.

import { createHash } from "node:crypto";
import type { HashFunction, HashName, RandomSource } from "../../src/crypto.js";

export type { HashFunction, HashName, RandomSource };

/** How many octets `getRandomValues` takes at once, by the Web Cryptography API. */
const RANDOM_LENGTH_MAX = 65_536;

/** Random octets, fit for secrets. By the global, which a simulation has another for: there they come from its seed. */
export const random: RandomSource = (octets) => {
	for (let start = 0; start < octets.length; start += RANDOM_LENGTH_MAX)
		crypto.getRandomValues(octets.subarray(start, start + RANDOM_LENGTH_MAX) as Uint8Array<ArrayBuffer>);
};

/** SHA-256 and MD5. */
export const hash: HashFunction = (name, octets, length, to) => {
	const digest = createHash(name === "MD5" ? "md5" : "sha256");
	to.set(digest.update(octets.subarray(0, length)).digest());
};
