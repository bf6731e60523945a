// How long the connection has been waiting for what it waits for, and until when it may. For the connection.

import { since } from "../clock.js";
import { CONTENT_RATE_MIN, WAIT_CONTENT, WAIT_DETACHED, WAIT_NOTHING } from "./waits.js";

export class Waiting {
	/** What is waited for: one of WAIT_…. */
	wait = WAIT_NOTHING;
	/** When the wait is over; meaningless without `hasDeadline`. */
	deadline = 0;
	/** Whether `deadline` means anything. */
	hasDeadline = false;
	/**
	 * Whether the deadline, once it has passed, may be given another turn. Not when it was given one, nor when content has come
	 * too slowly for so long that another arrival changes nothing.
	 */
	hasGrace = false;
	/** The longest silence under another protocol, in milliseconds; 0: for ever. */
	detachedTimeoutMs = 0;

	private readonly limits: readonly number[];
	private start = 0;
	/** How long the content of the current request has been waited for, all waits together. */
	private contentWaited = 0;

	/** `limits`: what `waitLimits` gives. */
	constructor(limits: readonly number[]) {
		this.limits = limits;
	}

	/** Before the content of the next request. */
	beginContent(): void {
		this.contentWaited = 0;
	}

	/** What is waited for next, even if it is the same again, has its own time. */
	forget(): void {
		this.wait = WAIT_NOTHING;
	}

	/** Nothing is waited for: the slot is free. */
	stop(): void {
		this.wait = WAIT_NOTHING;
		this.hasDeadline = false;
	}

	/** `wait`, which needs nothing but its time, has that time anew if it was waited for; what else was is forgotten. */
	renew(wait: number, now: number): void {
		if (this.wait !== wait) {
			this.wait = WAIT_NOTHING;
			return;
		}
		this.hasGrace = true;
		this.deadline = (now + (this.limits[wait] as number)) | 0;
	}

	/** What is waited for has made progress: its time begins anew. */
	restart(now: number): void {
		if (this.wait === WAIT_CONTENT) this.leave(now);
		this.wait = WAIT_NOTHING;
	}

	private leave(now: number): void {
		this.contentWaited += since(this.start, now);
	}

	/**
	 * From now on `wait` is waited for, which was not. `receivedLength`: how much content has come, for its least rate. Returns
	 * true.
	 */
	settle(wait: number, receivedLength: number, now: number): boolean {
		if (this.wait === WAIT_CONTENT) this.leave(now);
		this.wait = wait;
		this.start = now;
		this.hasGrace = true;
		let limit = this.limits[wait] as number;
		if (wait === WAIT_CONTENT) limit = this.contentLimit(limit, receivedLength);
		else if (wait === WAIT_DETACHED) limit = this.detachedTimeoutMs;
		this.hasDeadline = limit > 0;
		this.deadline = (now + limit) | 0;
		return true;
	}

	/** The time content may still be waited for: its idle limit, or less when it comes too slowly. */
	private contentLimit(idleLimit: number, receivedLength: number): number {
		const rate = this.limits[CONTENT_RATE_MIN] as number;
		if (rate === 0) return idleLimit;
		const allowed = idleLimit + (receivedLength * 1000) / rate - this.contentWaited;
		this.hasGrace = allowed >= 1;
		return allowed < idleLimit ? Math.max(1, Math.floor(allowed)) : idleLimit;
	}
}
