// SHA-256 (FIPS 180-4) and MD5 (RFC 1321) without a platform, so that what needs hashes is tested on XS as well. Held to
// node:crypto by test/crypto.test.ts.

import type { HashFunction } from "../../src/crypto.js";

/** The first 32 bits of the fractional part of a root of the nth prime. */
function fractions(count: number, root: (prime: number) => number): number[] {
	const found: number[] = [];
	for (let candidate = 2; found.length < count; candidate += 1) {
		let isPrime = true;
		for (let divisor = 2; divisor * divisor <= candidate; divisor += 1) if (candidate % divisor === 0) isPrime = false;
		if (isPrime) found.push(Math.floor((root(candidate) % 1) * 2 ** 32) | 0);
	}
	return found;
}

const SHA_K = fractions(64, Math.cbrt);
const SHA_H = fractions(8, Math.sqrt);
const MD5_K = Array.from({ length: 64 }, (_, index) => Math.floor(Math.abs(Math.sin(index + 1)) * 2 ** 32) | 0);
const MD5_SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];

/** The octets with what both hashes put behind them, the length in bits in this order of octets. */
function padded(octets: Uint8Array, length: number, isLittle: boolean): DataView {
	const total = (Math.floor((length + 8) / 64) + 1) * 64;
	const view = new DataView(new ArrayBuffer(total));
	for (let index = 0; index < length; index += 1) view.setUint8(index, octets[index] as number);
	view.setUint8(length, 0x80);
	view.setUint32(total - (isLittle ? 8 : 4), length * 8, isLittle);
	return view;
}

const right = (word: number, by: number) => (word >>> by) | (word << (32 - by));
const at = (words: readonly number[], index: number) => words[index] as number;

function sha256(octets: Uint8Array, length: number): number[] {
	const view = padded(octets, length, false);
	const state = [...SHA_H];
	for (let block = 0; block < view.byteLength; block += 64) {
		const words: number[] = [];
		for (let index = 0; index < 64; index += 1) {
			if (index < 16) {
				words.push(view.getInt32(block + index * 4, false));
				continue;
			}
			const [low, high] = [at(words, index - 15), at(words, index - 2)];
			const one = right(low, 7) ^ right(low, 18) ^ (low >>> 3);
			const other = right(high, 17) ^ right(high, 19) ^ (high >>> 10);
			words.push((at(words, index - 16) + one + at(words, index - 7) + other) | 0);
		}
		let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
		for (let index = 0; index < 64; index += 1) {
			const s1 = right(e, 6) ^ right(e, 11) ^ right(e, 25);
			const one = (h + s1 + ((e & f) ^ (~e & g)) + at(SHA_K, index) + at(words, index)) | 0;
			const s0 = right(a, 2) ^ right(a, 13) ^ right(a, 22);
			const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
			[h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
		}
		[a, b, c, d, e, f, g, h].forEach((word, index) => {
			state[index] = (at(state, index) + word) | 0;
		});
	}
	return state;
}

function md5(octets: Uint8Array, length: number): number[] {
	const view = padded(octets, length, true);
	const state = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476];
	for (let block = 0; block < view.byteLength; block += 64) {
		let [a = 0, b = 0, c = 0, d = 0] = state;
		for (let index = 0; index < 64; index += 1) {
			const round = index >> 4;
			const mixed = [(b & c) | (~b & d), (d & b) | (~d & c), b ^ c ^ d, c ^ (b | ~d)][round] as number;
			const word = [index, 5 * index + 1, 3 * index + 5, 7 * index][round] as number;
			const sum = (a + mixed + at(MD5_K, index) + view.getInt32(block + (word % 16) * 4, true)) | 0;
			const shift = at(MD5_SHIFTS, round * 4 + (index % 4));
			[a, d, c, b] = [d, c, b, (b + right(sum, 32 - shift)) | 0];
		}
		[a, b, c, d].forEach((word, index) => {
			state[index] = (at(state, index) + word) | 0;
		});
	}
	return state;
}

/** As `hash` of thimble-http/crypto. */
export const hash: HashFunction = (name, octets, length, to) => {
	const view = new DataView(to.buffer, to.byteOffset);
	const words = name === "MD5" ? md5(octets, length) : sha256(octets, length);
	words.forEach((word, index) => {
		view.setInt32(index * 4, word, name === "MD5");
	});
};
