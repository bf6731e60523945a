// Images of firmware as esptool makes them, with one segment. For the tests.

import type { HashFunction } from "../../src/crypto.js";

/**
 * An image of `length` octets, a multiple of 16, 48 at least: its segment holds octets that differ from place to place. With
 * `hash` it ends in its hash, and has 32 octets more.
 */
export function espImage(length: number, hash?: HashFunction): Uint8Array {
	if (length % 16 !== 0 || length < 48) throw new RangeError(`there is no image of ${length} octets`);
	const image = new Uint8Array(length + (hash === undefined ? 0 : 32));
	// Behind two heads comes the segment, and behind it padding that ends in the check octet.
	const segmentLength = length - 32 - 4;
	image.set([0xe9, 1]);
	new DataView(image.buffer).setUint32(28, segmentLength, true);
	let check = 0xef;
	for (let at = 32; at < 32 + segmentLength; at += 1) {
		const octet = (at * 31 + (at >> 8)) & 0xff;
		image[at] = octet;
		check ^= octet;
	}
	image[length - 1] = check;
	if (hash !== undefined) {
		image[23] = 1;
		hash("SHA-256", image, length, image.subarray(length));
	}
	return image;
}
