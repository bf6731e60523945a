// How long a connection has been waiting for what it waits for, and until when it may. A layer of the connection: one object
// for the sake of memory.

import { since } from "../clock.js";
import { CONTENT_RATE_MIN, WAIT_CONTENT, WAIT_DETACHED, WAIT_NOTHING } from "./waits.js";

// In how many turns a deadline has to be found passed until the wait is over.
const NO_DEADLINE = 0;
/** Another turn was given, or content has come too slowly for so long that another arrival changes nothing. */
const AT_ONCE = 1;
/** What would have met the deadline may have arrived and not been told of yet. */
const WITH_GRACE = 2;

export class Waiting {
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
	 * How long the content of the current request has been waited for, all waits together; while it is waited for, when that
	 * would have begun without a break. The time since the one is the other.
	 */
	private contentTime = 0;

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

	/** Before the content of the next request. */
	protected resetContentTime(): void {
		this.contentTime = 0;
	}

	/** What is waited for next, even if it is the same again, has its own time. */
	protected forgetWait(): void {
		this.wait = WAIT_NOTHING;
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

	/** `wait`, which needs nothing but its time, has that time anew if it was waited for; what else was is forgotten. */
	protected renewWait(wait: number, now: number): void {
		if (this.wait !== wait) {
			this.wait = WAIT_NOTHING;
			return;
		}
		this.turns = WITH_GRACE;
		this.deadline = (now + (this.limits[wait] as number)) | 0;
	}

	/** What is waited for has made progress: its time begins anew. */
	protected restartWait(now: number): void {
		if (this.wait === WAIT_CONTENT) this.turnContentTime(now);
		this.wait = WAIT_NOTHING;
	}

	/** Content is waited for from now on, or no longer. */
	private turnContentTime(now: number): void {
		this.contentTime = since(this.contentTime, now);
	}

	/**
	 * From now on `wait` is waited for, which was not. `receivedLength`: how much content has come, for its least rate. Returns
	 * true.
	 */
	protected waitFor(wait: number, receivedLength: number, now: number): boolean {
		if (this.wait === WAIT_CONTENT) this.turnContentTime(now);
		this.wait = wait;
		let limit = this.limits[wait] as number;
		if (wait === WAIT_DETACHED) limit = this.detachedTimeoutMs;
		this.turns = limit > 0 ? WITH_GRACE : NO_DEADLINE;
		if (wait === WAIT_CONTENT) {
			limit = this.contentLimit(limit, receivedLength);
			this.turnContentTime(now);
		}
		this.deadline = (now + limit) | 0;
		return true;
	}

	/** The time content may still be waited for: its idle limit, or less when it comes too slowly. */
	private contentLimit(idleLimit: number, receivedLength: number): number {
		const rate = this.limits[CONTENT_RATE_MIN] as number;
		if (rate === 0) return idleLimit;
		const allowed = idleLimit + (receivedLength * 1000) / rate - this.contentTime;
		if (allowed < 1) this.turns = AT_ONCE;
		return allowed < idleLimit ? Math.max(1, Math.floor(allowed)) : idleLimit;
	}
}
