// What Basic and Digest have in common: their options, the Authorization field, and what is answered to those who are not let
// in. For the links of this folder.

import { refuse } from "../app/refuse.js";
import type { Request } from "../app/request.js";
import type { Response } from "../app/response.js";
import type { HashFunction } from "../crypto.js";
import { isWord } from "../message/parameters.js";
import { SP } from "../octets/ascii.js";
import { type PrebuiltFields, prebuildFields } from "../response/prebuilt.js";
import type { GuessLimits } from "./guesses.js";
import { checkSecrets, type Users } from "./secrets.js";

/** What both take. */
export interface AuthOptions extends Partial<GuessLimits> {
	/** What is logged in to, as browsers show it. Part of the hashes that are kept. */
	readonly realm: string;
	readonly users: Users;
	/** `hash` of thimble-http/crypto. */
	readonly hash: HashFunction;
}

/** The field that both read. */
export const FIELDS: readonly string[] = Object.freeze(["authorization"]);

/** Half the range in which two times of the wrapping clock can be compared. */
const TIME_MAX = 0x3fff_ffff;

/** The limits on guessing: five at a time, then a minute. Throws for options that are wrong. */
export function guessLimits(options: AuthOptions): GuessLimits {
	checkSecrets(options.realm, options.users);
	const { guessesMax = 5, lockMs = 60_000 } = options;
	if (!Number.isInteger(guessesMax) || guessesMax < 1)
		throw new RangeError(`guessesMax is 1 at least, not ${guessesMax}`);
	if (!Number.isInteger(lockMs) || lockMs < 1 || lockMs > TIME_MAX)
		throw new RangeError(`lockMs is 1 at least, not ${lockMs}`);
	return Object.freeze({ guessesMax, lockMs });
}

/** The field that says when to come back. */
export function retryFields({ lockMs }: GuessLimits): PrebuiltFields {
	return prebuildFields({ "Retry-After": String(Math.ceil(lockMs / 1000)) });
}

/** Answers 429 to whoever has to wait. Nothing is hashed or allocated. */
export function refuseLocked(response: Response, retry: PrebuiltFields): false {
	response.setFields(retry);
	return refuse(response, 429, "too many wrong passwords: wait\n");
}

/**
 * Where the credentials of this scheme, in lower case, begin in `request.octets`; −1 without any, or with more than one
 * Authorization.
 */
export function credentialsStart(request: Request, scheme: string): number {
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

/** Where they end. */
export function credentialsEnd(request: Request): number {
	return request.valueEnd(request.findField("authorization"));
}
