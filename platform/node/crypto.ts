// thimble-http/crypto on Node: random octets and hashes by node:crypto.

import { createHash, randomFillSync } from "node:crypto";
import type { HashFunction, HashName, RandomSource } from "../../src/crypto.js";

export type { HashFunction, HashName, RandomSource };

/** Random octets, fit for secrets. */
export const random: RandomSource = (octets) => {
	randomFillSync(octets);
};

/** SHA-256 and MD5. */
export const hash: HashFunction = (name, octets, length, to) => {
	const digest = createHash(name === "MD5" ? "md5" : "sha256");
	to.set(digest.update(octets.subarray(0, length)).digest());
};
