// thimble-http/crypto: the hashes of RFC 7616 and random octets, on Node, and by the face of the SDK's module.

import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type Crypt, hashBy, random as randomOfSdk } from "../platform/moddable/digest.js";
import { hash, random } from "../platform/node/crypto.js";
import type { HashFunction } from "../src/crypto.js";
import { hash as hashOfTests } from "./support/hashes.js";

const EMPTY = {
	"SHA-256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	MD5: "d41d8cd98f00b204e9800998ecf8427e",
} as const;
const ABC = {
	"SHA-256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	MD5: "900150983cd24fb0d6963f7d28e17f72",
} as const;

/** The SDK's module as modules/crypt/digest/modCrypt.c has it: names to the letter, `write` takes all of a view. */
const CRYPT: Crypt = {
	Digest: class {
		readonly #hash;

		constructor(name: string) {
			if (name !== "MD5" && name !== "SHA256") throw new Error("crypt: unsupported digest");
			this.#hash = createHash(name);
		}

		write(octets: Uint8Array): void {
			this.#hash.update(octets);
		}

		close(): ArrayBuffer {
			return new Uint8Array(this.#hash.digest()).buffer;
		}
	},
};

describe("hashes", () => {
	test.each(["SHA-256", "MD5"] as const)("%s", (name) => {
		const hex = (text: string, by: HashFunction) => {
			const octets = new Uint8Array([...Buffer.from(text), 0, 0, 0]);
			const to = new Uint8Array(40).fill(7);
			by(name, octets, text.length, to);
			const length = EMPTY[name].length / 2;
			expect([...to.subarray(length)]).toEqual(Array.from({ length: 40 - length }, () => 7));
			return Buffer.from(to.subarray(0, length)).toString("hex");
		};
		for (const by of [hash, hashBy(CRYPT), hashOfTests]) {
			expect(hex("", by)).toBe(EMPTY[name]);
			expect(hex("abc", by)).toBe(ABC[name]);
			for (const length of [1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000]) {
				const text = "x".repeat(length);
				expect(hex(text, by)).toBe(createHash(name.replace("-", "")).update(text).digest("hex"));
			}
		}
	});
});

test.each([random, randomOfSdk])("random octets fill what they are given, and are others each time", (source) => {
	const seen = new Set<string>();
	for (let turn = 0; turn < 100; turn += 1) {
		const octets = new Uint8Array(16);
		source(octets);
		expect(octets.filter((octet) => octet === 0).length).toBeLessThan(6);
		seen.add(octets.join());
	}
	expect(seen.size).toBe(100);
});
