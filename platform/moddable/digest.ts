// Hashes and random octets on the Moddable SDK, by what they are handed: for crypto.ts, and for its tests.
//
// On the ESP32 and the ESP8266 each Math.random asks the hardware (c_rand in xs/platforms/esp/xsHost.h is esp_random). The
// SDK's own generator (modules/crypt/etc/rng.c) begins with as many, and nothing is gained by going on with RC4. Elsewhere
// c_rand is the C library's rand, which can be guessed: firmware for such a board hands its features a source of its own.

import type { HashFunction, RandomSource } from "../../src/crypto.js";

/** The module "crypt", as far as it is used (modules/crypt/digest/crypt.js in the SDK). */
export interface Crypt {
	readonly Digest: new (
		name: string,
	) => {
		write(octets: Uint8Array): void;
		close(): ArrayBuffer;
	};
}

/** Random octets: on the ESP32 and the ESP8266 from the hardware, fit for secrets while Wi-Fi or Bluetooth is on. */
export const random: RandomSource = (octets) => {
	for (let index = 0; index < octets.length; index += 1) octets[index] = Math.random() * 256;
};

/** The hash function by this module "crypt". */
export function hashBy({ Digest }: Crypt): HashFunction {
	return (name, octets, length, to) => {
		const digest = new Digest(name === "MD5" ? "MD5" : "SHA256");
		digest.write(new Uint8Array(octets.buffer, octets.byteOffset, length));
		to.set(new Uint8Array(digest.close()));
	};
}
