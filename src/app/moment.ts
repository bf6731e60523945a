// When something was, for features that remember it beyond a request. The platform's milliseconds wrap after 49 days, and what is
// older would look young again: where the date is known, it tells. Without a date only what somebody asks for in the 24 days
// behind half the range is seen to be over.

import { since } from "../clock.js";

/** What time it is: a Request. */
export interface Clock {
	readonly now: number;
	readonly date: number;
}

/** The age of what is older than can be told. */
const LONG_AGO = Number.POSITIVE_INFINITY;
/** Half the range of the milliseconds, in seconds. */
const AGE_MAX_SECONDS = 2_147_483;

export class Moment {
	#ms = 0;
	/** Below zero where nobody knew. */
	#date = -1;

	/** It is now. */
	set(clock: Clock): void {
		this.#ms = clock.now;
		this.#date = clock.date;
	}

	/** How many milliseconds ago it was; more than any number of them when that was 24 days or more. */
	ageAt(clock: Clock): number {
		const age = since(this.#ms, clock.now);
		if (age < 0) return LONG_AGO;
		const { date } = clock;
		return this.#date >= 0 && date - this.#date > AGE_MAX_SECONDS ? LONG_AGO : age;
	}
}
