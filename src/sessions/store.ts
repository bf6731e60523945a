// Sessions in fixed memory: so many, found by ids that are compared without telling how much of one was right. For Sessions.

import { type Clock, Moment } from "../app/moment.js";
import type { RandomSource } from "../crypto.js";

/** Octets of an id: 128 bits (RFC 6265bis §8.5 asks for what cannot be guessed). */
export const ID_LENGTH = 16;
/** Its hexadecimal digits. */
export const ID_DIGITS = 32;

/** A session. Used again for another one when it has ended: ask for it anew in each request. */
export class Session<T> {
	/** What the app keeps in it. */
	value: T;
	/** For the store: whether it is one, and since when, and when it was last used. */
	isOpen = false;
	readonly begun: Moment = new Moment();
	readonly used: Moment = new Moment();

	constructor(value: T) {
		this.value = value;
	}
}

/** What bounds a store. Times in milliseconds. */
export interface StoreLimits {
	readonly count: number;
	readonly idleTimeoutMs: number;
	readonly lifeTimeoutMs: number;
}

export class SessionStore<T> {
	readonly #limits: StoreLimits;
	readonly #sessions: Session<T | undefined>[] = [];
	readonly #ids: Uint8Array;
	/** An id on its way. */
	readonly #id: Uint8Array = new Uint8Array(ID_LENGTH);

	constructor(limits: StoreLimits) {
		this.#limits = limits;
		this.#ids = new Uint8Array(limits.count * ID_LENGTH);
		for (let index = 0; index < limits.count; index += 1) this.#sessions.push(new Session<T | undefined>(undefined));
	}

	/** How many sessions there are. */
	countAt(clock: Clock): number {
		let count = 0;
		for (let index = 0; index < this.#sessions.length; index += 1) if (this.isOpenAt(index, clock)) count += 1;
		return count;
	}

	/**
	 * Begins a session, in the place of the one that was not used for longest if there is none; its id goes into `digits`. Where
	 * `random` throws, nothing has changed: no session is ever open under the id of the one before it.
	 */
	begin(value: T, clock: Clock, random: RandomSource, digits: Uint8Array): Session<T> {
		random(this.#id);
		const index = this.place(clock);
		this.#ids.set(this.#id, index * ID_LENGTH);
		for (let at = 0; at < ID_LENGTH; at += 1) {
			digits[at * 2] = digitOf((this.#id[at] as number) >> 4);
			digits[at * 2 + 1] = digitOf((this.#id[at] as number) & 0xf);
		}
		const session = this.#sessions[index] as Session<T>;
		session.value = value;
		session.begun.set(clock);
		session.used.set(clock);
		session.isOpen = true;
		return session;
	}

	/** The session of the id in `digits`, which is used with that; null without one. Nothing is allocated. */
	find(digits: Uint8Array, clock: Clock): Session<T> | null {
		const id = this.#id;
		for (let at = 0; at < ID_LENGTH; at += 1) {
			const high = digitValue(digits[at * 2] as number);
			const low = digitValue(digits[at * 2 + 1] as number);
			if (high < 0 || low < 0) return null;
			id[at] = (high << 4) | low;
		}
		let found = -1;
		// Each id is looked at to its end, so that the time this takes says nothing.
		for (let index = 0; index < this.#sessions.length; index += 1) {
			let difference = 0;
			for (let at = 0; at < ID_LENGTH; at += 1) {
				difference |= (this.#ids[index * ID_LENGTH + at] as number) ^ (id[at] as number);
			}
			if (this.isOpenAt(index, clock) && difference === 0) found = index;
		}
		if (found < 0) return null;
		const session = this.#sessions[found] as Session<T>;
		session.used.set(clock);
		return session;
	}

	end(session: Session<T>): void {
		session.isOpen = false;
		(session as Session<T | undefined>).value = undefined;
	}

	/** A place that is free, or that of the session not used for longest. */
	private place(clock: Clock): number {
		let oldest = 0;
		let oldestAge = -1;
		for (let index = 0; index < this.#sessions.length; index += 1) {
			if (!this.isOpenAt(index, clock)) return index;
			const age = (this.#sessions[index] as Session<T>).used.ageAt(clock);
			if (age <= oldestAge) continue;
			oldest = index;
			oldestAge = age;
		}
		return oldest;
	}

	/** Whether there is a session; one whose time has run out ends. */
	private isOpenAt(index: number, clock: Clock): boolean {
		const session = this.#sessions[index] as Session<T>;
		if (!session.isOpen) return false;
		const { idleTimeoutMs, lifeTimeoutMs } = this.#limits;
		const isOver = session.used.ageAt(clock) >= idleTimeoutMs || session.begun.ageAt(clock) >= lifeTimeoutMs;
		if (isOver) this.end(session);
		return !isOver;
	}
}

function digitOf(value: number): number {
	return value < 10 ? 0x30 + value : 0x57 + value;
}

/** The value of a digit as they are written here, lower-case letters; −1 for any other octet. */
function digitValue(octet: number): number {
	if (octet >= 0x30 && octet <= 0x39) return octet - 0x30;
	return octet >= 0x61 && octet <= 0x66 ? octet - 0x57 : -1;
}
