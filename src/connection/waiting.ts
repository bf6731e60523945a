// How long a connection has been waiting for what it waits for, and until when it may. A layer of the connection: one object
// for the sake of memory.

import { since } from "../clock.js";
import { RATE_MIN, WAIT_DETACHED, WAIT_NOTHING } from "./waits.js";

// In how many turns a deadline has to be found passed until the wait is over.
const NO_DEADLINE = 0;
/** Another turn was given, or content has come or gone too slowly for so long that some more of it changes nothing. */
const AT_ONCE = 1;
/** What would have met the deadline may have arrived and not been told of yet. */
const WITH_GRACE = 2;

export abstract class Waiting {
	/** What is waited for: one of WAIT_…. */
	wait = WAIT_NOTHING;
	/** When the wait is over; meaningless without `hasDeadline`. */
	deadline = 0;
	/** The longest silence under another protocol, in milliseconds; 0: for ever. */
	protected detachedTimeoutMs = 0;

	protected readonly limits: readonly number[];
	/** One of NO_DEADLINE, AT_ONCE and WITH_GRACE. */
	private turns = NO_DEADLINE;
	/**
	 * How long the client of the current request has been waited for, to send content or to take it, where a least rate holds: all
	 * such waits together. During one of them, when that would have begun without a break. The time since the one is the other.
	 */
	private transferTime = 0;

	/** `limits`: what `connectionLimits` gives. */
	constructor(limits: readonly number[]) {
		this.limits = limits;
	}

	/** Whether there is a deadline. */
	get hasDeadline(): boolean {
		return this.turns > NO_DEADLINE;
	}

	/** The deadline has passed. Whether it is given another turn all the same. */
	spendGrace(): boolean {
		if (this.turns < WITH_GRACE) return false;
		this.turns = AT_ONCE;
		return true;
	}

	/** How long it may take to send and to take, at the least rates, what of content the client has sent and taken, in milliseconds. */
	protected abstract get earnedMs(): number;

	/** What is waited for next, even if it is the same again, has its own time, and so has its content. */
	protected forgetWait(): void {
		this.wait = WAIT_NOTHING;
		this.transferTime = 0;
	}

	/** Nothing is waited for: the slot is free. */
	protected stopWaiting(): void {
		this.wait = WAIT_NOTHING;
		this.turns = NO_DEADLINE;
	}

	/** The deadline is over, whatever comes of it. */
	protected dropDeadline(): void {
		this.turns = NO_DEADLINE;
	}

	/**
	 * The request is over: `wait`, which needs nothing but its time, has that time anew if nothing else was waited for meanwhile;
	 * what else was is forgotten.
	 */
	protected renewWait(wait: number, now: number): void {
		if (this.wait !== wait) return this.forgetWait();
		this.turns = WITH_GRACE;
		this.deadline = (now + (this.limits[wait] as number)) | 0;
	}

	/** What is waited for has made progress: its time begins anew. */
	protected restartWait(now: number): void {
		if ((this.limits[RATE_MIN + this.wait] as number) > 0) this.turnTransferTime(now);
		this.wait = WAIT_NOTHING;
	}

	/** The client is waited for from now on, or no longer. */
	private turnTransferTime(now: number): void {
		this.transferTime = since(this.transferTime, now);
	}

	/** From now on `wait` is waited for, which was not. Returns true. */
	protected waitFor(wait: number, now: number): boolean {
		const limits = this.limits;
		if ((limits[RATE_MIN + this.wait] as number) > 0) this.turnTransferTime(now);
		this.wait = wait;
		let limit = limits[wait] as number;
		if (wait === WAIT_DETACHED) limit = this.detachedTimeoutMs;
		this.turns = limit > 0 ? WITH_GRACE : NO_DEADLINE;
		if ((limits[RATE_MIN + wait] as number) > 0) {
			limit = this.transferLimit(limit);
			this.turnTransferTime(now);
		}
		this.deadline = (now + limit) | 0;
		return true;
	}

	/** The time that content may still be waited for, to come or to go: its idle limit, or less when that is too slow. */
	private transferLimit(idleLimit: number): number {
		const allowed = idleLimit + this.earnedMs - this.transferTime;
		if (allowed < 1) this.turns = AT_ONCE;
		return allowed < idleLimit ? Math.max(1, Math.floor(allowed)) : idleLimit;
	}
}
