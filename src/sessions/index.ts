// thimble-http/sessions: who is logged in, in fixed memory: so many sessions, the oldest out, found by a cookie
// (docs/sessions.md).

import { lazily } from "../app/lazily.js";
import type { Request } from "../app/request.js";
import type { Response } from "../app/response.js";
import { TIME_MAX } from "../clock.js";
import { Cookie } from "../cookies/index.js";
import type { RandomSource } from "../crypto.js";
import { latin1 } from "../octets/text.js";
import { ID_DIGITS, type Session, SessionStore } from "./store.js";

export type { Session };

/** What `Sessions` takes. */
export interface SessionOptions {
	/** How many there can be at once, 1 to 1,000. One more, and the one that was not used for longest ends. */
	readonly count: number;
	/** Where ids come from: `random` of thimble-http/crypto. */
	readonly random: RandomSource;
	/** How long a session may be left unused, in milliseconds. Default 30 minutes; at most 12 days. */
	readonly idleTimeoutMs?: number;
	/** How long it may last, in milliseconds. Default a day; at most 12 days. */
	readonly lifeTimeoutMs?: number;
	/** The cookie that holds the id. Default one named "sid", for the whole server, out of reach of scripts. */
	readonly cookie?: Cookie;
}

/**
 * The sessions of an app. Its memory is taken at the first call, and once. The app has "Cookie" among its `fields`.
 */
export class Sessions<T> {
	readonly #random: RandomSource;
	readonly #cookie: Cookie;
	readonly #store: () => SessionStore<T>;
	readonly #digits: () => Uint8Array;

	/** Throws RangeError for a number out of its range. */
	constructor(options: SessionOptions) {
		const { count, idleTimeoutMs = 1_800_000, lifeTimeoutMs = 86_400_000 } = options;
		within("count", count, 1000);
		within("idleTimeoutMs", idleTimeoutMs, TIME_MAX);
		within("lifeTimeoutMs", lifeTimeoutMs, TIME_MAX);
		this.#random = options.random;
		this.#cookie = options.cookie ?? new Cookie("sid");
		this.#store = lazily(() => new SessionStore<T>({ count, idleTimeoutMs, lifeTimeoutMs }));
		this.#digits = lazily(() => new Uint8Array(ID_DIGITS));
		Object.freeze(this);
	}

	/**
	 * Begins a session, whose cookie goes with the response; one that the request has ends, so that nobody can bring along an id
	 * that somebody else knows.
	 */
	begin(request: Request, response: Response, value: T): Session<T> {
		const store = this.#store();
		const digits = this.#digits();
		const old = this.find(request);
		if (old !== null) store.end(old);
		const session = store.begin(value, request, this.#random, digits);
		this.#cookie.set(response, latin1(digits, 0, ID_DIGITS));
		return session;
	}

	/** The session of the request, which counts as used; null without one. Nothing is allocated. */
	find(request: Request): Session<T> | null {
		const digits = this.#digits();
		return this.#cookie.copy(request, digits) ? this.#store().find(digits, request) : null;
	}

	/** Ends the session of the request, if there is one, and has the client forget it. */
	end(request: Request, response: Response): void {
		const session = this.find(request);
		if (session !== null) this.#store().end(session);
		this.#cookie.clear(response);
	}

	/** How many sessions there are. */
	count(request: Request): number {
		return this.#store().countAt(request);
	}
}

function within(name: string, value: number, most: number): void {
	if (Number.isInteger(value) && value >= 1 && value <= most) return;
	throw new RangeError(`${name} must be a whole number from 1 to ${most}, not ${value}`);
}
