// What Basic and Digest have in common: their options, the Authorization field, who was let in, and what is answered to those who
// are not. For the links of this folder.

import { lazily } from "../app/lazily.js";
import { REFUSAL_LENGTH_MAX, refuse } from "../app/refuse.js";
import type { Request } from "../app/request.js";
import type { Response } from "../app/response.js";
import { TIME_MAX } from "../clock.js";
import type { HashFunction } from "../crypto.js";
import { isWord } from "../message/parameters.js";
import type { Middleware } from "../middleware.js";
import { SP } from "../octets/ascii.js";
import { freeze } from "../octets/freeze.js";
import { type PrebuiltFields, prebuildFields } from "../response/prebuilt.js";
import { Admissions } from "./admissions.js";
import { Guesses, type GuessLimits } from "./guesses.js";
import { checkSecrets, type Users, unchanging } from "./secrets.js";

/** What both take. */
export interface AuthOptions extends Partial<GuessLimits> {
	/** What is logged in to, as browsers show it. Part of the hashes that are kept. */
	readonly realm: string;
	readonly users: Users;
	/** `hash` of thimble-http/crypto. */
	readonly hash: HashFunction;
}

/** The field that both read. */
const FIELDS: readonly string[] = freeze(["authorization"]);

// What credentials are.
/** None, or none that could be looked at. */
export const NONE = 0;
export const WRONG = 1;
/** Right, but not any more. */
export const STALE = 2;
export const RIGHT = 3;

/** The limits on guessing: five at a time, then a minute. Throws for options that are wrong. */
function guessLimits(options: AuthOptions): GuessLimits {
	checkSecrets(options.realm, options.users);
	const { guessesMax = 5, lockMs = 60_000 } = options;
	if (!Number.isInteger(guessesMax) || guessesMax < 1)
		throw new RangeError(`guessesMax is 1 at least, not ${guessesMax}`);
	if (!Number.isInteger(lockMs) || lockMs < 1 || lockMs > TIME_MAX)
		throw new RangeError(`lockMs must be from 1 to ${TIME_MAX}, not ${lockMs}`);
	return freeze({ guessesMax, lockMs });
}

/** The field that says when to come back. */
function retryFields({ lockMs }: GuessLimits): PrebuiltFields {
	return prebuildFields({ "Retry-After": String(Math.ceil(lockMs / 1000)) });
}

/** What changes: made when the first request comes. */
class State {
	readonly guesses: Guesses;
	readonly admissions = new Admissions();

	constructor(limits: GuessLimits) {
		this.guesses = new Guesses(limits);
	}
}

/** A login by one scheme. */
export abstract class Login implements Middleware {
	readonly fields: readonly string[] = FIELDS;
	readonly headLengthMax: number;
	readonly onRequest: (request: Request, response: Response) => boolean;
	readonly onDone: (request: Request) => void;
	readonly onError: (request: Request) => void;
	protected readonly realm: string;
	protected readonly users: Users;
	protected readonly hash: HashFunction;
	readonly #scheme: string;
	readonly #retry: PrebuiltFields;
	readonly #state: () => State;

	/** `scheme`: its name in lower case. `challengeLength`: the most octets of the lines that `challenge` adds. */
	constructor(scheme: string, options: AuthOptions, challengeLength: number) {
		const limits = guessLimits(options);
		this.realm = options.realm;
		this.users = unchanging(options.users);
		this.hash = options.hash;
		this.#scheme = scheme;
		this.#retry = retryFields(limits);
		this.headLengthMax = REFUSAL_LENGTH_MAX + Math.max(challengeLength, this.#retry.lines.length);
		this.#state = lazily(() => new State(limits));
		this.onRequest = (request, response) => this.check(request, response);
		this.onDone = (request) => this.#state().admissions.end(request);
		this.onError = this.onDone;
	}

	/** What the credentials are, which stand in `request.octets` from `start` to `end`. */
	protected abstract judge(request: Request, start: number, end: number): number;
	/** Whose they are. Asked right behind `judge`. */
	protected abstract nameIn(request: Request): string;
	/** Adds the challenge. */
	protected abstract challenge(request: Request, response: Response, isStale: boolean): void;

	/** Who was let in with this request, in the chain; "" where nobody was, or not yet. */
	user(request: Request): string {
		return this.#state().admissions.nameOf(request);
	}

	private check(request: Request, response: Response): boolean {
		const { guesses, admissions } = this.#state();
		const { remoteAddress } = request;
		const start = credentialsStart(request, this.#scheme);
		let outcome = NONE;
		if (start >= 0) {
			// Nothing is hashed or allocated.
			if (guesses.isLocked(remoteAddress, request)) return this.refuseLocked(response);
			outcome = this.judge(request, start, request.valueEnd(request.findField("authorization")));
		}
		if (outcome === RIGHT) {
			guesses.succeeded(remoteAddress, request);
			admissions.begin(request, this.nameIn(request));
			return true;
		}
		if (outcome === WRONG) guesses.failed(remoteAddress, request);
		this.challenge(request, response, outcome === STALE);
		return refuse(response, 401, "log in\n");
	}

	private refuseLocked(response: Response): false {
		response.setFields(this.#retry);
		return refuse(response, 429, "too many wrong passwords: wait\n");
	}
}

/**
 * Where the credentials of this scheme, in lower case, begin in `request.octets`; −1 without any, or with more than one
 * Authorization.
 */
function credentialsStart(request: Request, scheme: string): number {
	const row = request.findField("authorization");
	if (row < 0 || request.findField("authorization", row + 1) >= 0) return -1;
	const { octets } = request;
	const start = request.valueStart(row);
	const end = request.valueEnd(row);
	let index = start;
	while (index < end && octets[index] !== SP) index += 1;
	if (!isWord(octets, start, index, scheme)) return -1;
	while (index < end && octets[index] === SP) index += 1;
	return index;
}
