// A fingerprint of what was seen while something ran, the same on every engine: lines of text, hashed as they come. No
// platform is named here.

import { textOf } from "../support/octets.js";
import { watchPlatforms } from "../support/virtual.js";

/** 64 bits, as hexadecimal digits. */
export type Fingerprint = string;

const FNV_PRIME = 0x01000193;
const FNV_OFFSET = 0x811c9dc5;
/** The second half is a hash of the states that the first has gone through. */
const OTHER_FACTOR = 0x2545f491;
const SHOWN_DEPTH_MAX = 6;

// The engine's own, even where a bundle brings another for the tests (text-coders.ts): this one is fast.
const encoder = new globalThis.TextEncoder();

export class TraceHash {
	readonly #keepsLines: boolean;
	readonly #lines: string[] = [];
	#one = FNV_OFFSET;
	#other = 0;

	/** `keepsLines`: whether `lines` will hold what was seen. */
	constructor(keepsLines: boolean) {
		this.#keepsLines = keepsLines;
	}

	/** Takes one line. */
	see(line: string): void {
		if (this.#keepsLines) this.#lines.push(line);
		this.#hash(encoder.encode(line));
	}

	/** Takes octets, as what has gone by. */
	seeOctets(what: string, octets: Uint8Array): void {
		if (this.#keepsLines) this.#lines.push(`${what} ${textOf(octets)}`);
		this.#hash(encoder.encode(what));
		this.#hash(octets);
	}

	#hash(octets: Uint8Array): void {
		const { length } = octets;
		let one = this.#one;
		let other = this.#other;
		for (let index = 0; index < length; index += 1) {
			one = Math.imul(one ^ (octets[index] as number), FNV_PRIME);
			other = Math.imul(other, OTHER_FACTOR) ^ one;
		}
		// Where one ends and the next begins counts too.
		this.#one = Math.imul(one ^ length, FNV_PRIME);
		this.#other = Math.imul(other, OTHER_FACTOR) ^ this.#one;
	}

	/** From now on takes all that passes over virtual connections; returns what ends this. */
	watch(): () => void {
		const before = watchPlatforms((event, octets) => {
			if (octets === undefined) this.see(event);
			else this.seeOctets(event, octets);
		});
		return () => {
			watchPlatforms(before);
		};
	}

	get fingerprint(): Fingerprint {
		return hexadecimal(this.#one) + hexadecimal(this.#other);
	}

	get lines(): readonly string[] {
		return this.#lines;
	}

	/** A value as text, as far as every engine says the same of it: of errors and instances their class only. */
	static show(value: unknown, depth = 0): string {
		if (typeof value === "string") return JSON.stringify(value);
		if (typeof value === "function") return "function";
		if (typeof value !== "object" || value === null) return Object.is(value, -0) ? "-0" : String(value);
		if (value instanceof Error) return value.name;
		if (depth > SHOWN_DEPTH_MAX) return "…";
		if (Array.isArray(value) || value instanceof Uint8Array) {
			return `[${Array.from(value as ArrayLike<unknown>, (inner) => TraceHash.show(inner, depth + 1)).join()}]`;
		}
		const prototype: unknown = Object.getPrototypeOf(value);
		if (prototype !== Object.prototype && prototype !== null) return "instance";
		const entries = Object.entries(value).map(([key, inner]) => `${key}:${TraceHash.show(inner, depth + 1)}`);
		return `{${entries.join()}}`;
	}
}

function hexadecimal(word: number): string {
	return (word >>> 0).toString(16).padStart(8, "0");
}
