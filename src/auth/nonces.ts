// The nonces of Digest (RFC 7616 §3.3), in fixed memory, and the counts with which each was used, so that nothing that was
// recorded can be sent again. For Digest.
//
// One nonce is pending: every challenge offers the same, until a client has proved with it that it knows the password. Only
// then it takes a place, and another becomes pending. So challenges, which anybody can ask for, cost no memory, and push
// nobody's nonce out.

import { type Clock, Moment } from "../app/moment.js";
import type { RandomSource } from "../crypto.js";
import { hexDigit } from "./text.js";

/** Octets of a nonce, and its digits. */
const NONCE_LENGTH = 16;
export const NONCE_DIGITS = 32;

/** How far behind the highest a count may be: requests on several connections overtake each other. */
const WINDOW = 32;

/** A nonce that somebody has logged in with. */
class Use {
	readonly begun: Moment = new Moment();
	readonly last: Moment = new Moment();
	isTaken = false;
	highest = 0;
	/** Which of the counts below the highest were used, a bit for each; the lowest is the highest's own. */
	seen = 0;
}

export class Nonces {
	/** The digits of the one that is pending, then those of each place. */
	readonly digits: Uint8Array;
	readonly #uses: Use[] = [];
	readonly #lifeMs: number;
	readonly #random: RandomSource;
	readonly #fresh: Uint8Array = new Uint8Array(NONCE_LENGTH);
	readonly #pendingSince = new Moment();
	#hasPending = false;

	constructor(count: number, lifeMs: number, random: RandomSource) {
		this.#lifeMs = lifeMs;
		this.#random = random;
		this.digits = new Uint8Array((count + 1) * NONCE_DIGITS);
		for (let index = 0; index < count; index += 1) this.#uses.push(new Use());
	}

	/** Sees to it that `digits` begins with a nonce to be offered. */
	prepare(clock: Clock): void {
		if (this.#hasPending && !this.isOver(this.#pendingSince, clock)) return;
		const fresh = this.#fresh;
		this.#random(fresh);
		for (let index = 0; index < NONCE_LENGTH; index += 1) {
			this.digits[2 * index] = hexDigit((fresh[index] as number) >> 4);
			this.digits[2 * index + 1] = hexDigit((fresh[index] as number) & 0xf);
		}
		this.#hasPending = true;
		this.#pendingSince.set(clock);
	}

	/**
	 * Whether the nonce `octets[start, end)` may be used with this count, which it then was. Only for whoever has proved with it
	 * that they know the password: others are not to learn which nonces there are, nor to use them up.
	 */
	use(octets: Uint8Array, start: number, end: number, count: number, clock: Clock): boolean {
		if (end - start !== NONCE_DIGITS) return false;
		if (this.#hasPending && this.isAt(0, octets, start)) {
			if (this.isOver(this.#pendingSince, clock)) return false;
			this.#hasPending = false;
			this.take(count, clock);
			return true;
		}
		for (let index = 0; index < this.#uses.length; index += 1) {
			const use = this.#uses[index] as Use;
			if (!use.isTaken || !this.isAt(index + 1, octets, start)) continue;
			use.isTaken = !this.isOver(use.begun, clock);
			return use.isTaken && countUse(use, count, clock);
		}
		return false;
	}

	/** The pending nonce takes a place: a free one, or that of the nonce not used for longest. */
	private take(count: number, clock: Clock): void {
		let at = 0;
		for (let index = 1; index < this.#uses.length; index += 1) {
			const best = this.#uses[at] as Use;
			const other = this.#uses[index] as Use;
			if (!best.isTaken) break;
			if (!other.isTaken || other.last.ageAt(clock) > best.last.ageAt(clock)) at = index;
		}
		this.digits.copyWithin((at + 1) * NONCE_DIGITS, 0, NONCE_DIGITS);
		const use = this.#uses[at] as Use;
		use.isTaken = true;
		use.begun.set(clock);
		use.last.set(clock);
		use.highest = count;
		use.seen = 1;
	}

	private isAt(place: number, octets: Uint8Array, start: number): boolean {
		const base = place * NONCE_DIGITS;
		let difference = 0;
		for (let index = 0; index < NONCE_DIGITS; index += 1) {
			difference |= (this.digits[base + index] as number) ^ (octets[start + index] as number);
		}
		return difference === 0;
	}

	private isOver(begun: Moment, clock: Clock): boolean {
		return begun.ageAt(clock) >= this.#lifeMs;
	}
}

function countUse(use: Use, count: number, clock: Clock): boolean {
	const ahead = count - use.highest;
	if (ahead > 0) {
		use.seen = ahead < WINDOW ? (use.seen << ahead) | 1 : 1;
		use.highest = count;
	} else {
		const bit = 1 << -ahead;
		if (-ahead >= WINDOW || (use.seen & bit) !== 0) return false;
		use.seen |= bit;
	}
	use.last.set(clock);
	return true;
}
