// Basic (RFC 7617), as a link of a chain. The password goes over the network as it is: for what no TLS protects, Digest.

import { lazily } from "../app/lazily.js";
import { refuse } from "../app/refuse.js";
import type { Request } from "../app/request.js";
import type { Response } from "../app/response.js";
import type { HashFunction } from "../crypto.js";
import type { Middleware } from "../middleware.js";
import { COLON } from "../octets/ascii.js";
import { Utf8Decoder } from "../octets/text.js";
import { type PrebuiltFields, prebuildFields } from "../response/prebuilt.js";
import { decodeBase64 } from "./base64.js";
import { Guesses } from "./guesses.js";
import {
	type AuthOptions,
	credentialsEnd,
	credentialsStart,
	FIELDS,
	guessLimits,
	refuseLocked,
	retryFields,
} from "./link.js";
import { keptHash, type Users } from "./secrets.js";
import { HashText, isDigestText } from "./text.js";

/** The longest name and password, with the ":" between. */
const PAIR_LENGTH_MAX = 192;
const SHA256_LENGTH = 32;

/** What changes: made at the first login. */
class Work {
	readonly pair: Uint8Array = new Uint8Array(PAIR_LENGTH_MAX);
	readonly text: HashText;
	readonly digest: Uint8Array = new Uint8Array(SHA256_LENGTH);

	constructor(realm: string) {
		// In UTF-8 an ASCII realm has as many octets as characters.
		this.text = new HashText(PAIR_LENGTH_MAX + realm.length + 1);
	}
}

/** Lets those in who know a name and its password. Throws TypeError and RangeError for options that are wrong. */
export class BasicAuth implements Middleware {
	readonly fields: readonly string[] = FIELDS;
	readonly onRequest: (request: Request, response: Response) => boolean;
	readonly #realm: string;
	readonly #users: Users;
	readonly #hash: HashFunction;
	readonly #challenge: PrebuiltFields;
	readonly #retry: PrebuiltFields;
	readonly #work: () => Work;
	readonly #guesses: () => Guesses;

	constructor(options: AuthOptions) {
		const limits = guessLimits(options);
		const { realm, users, hash } = options;
		this.#realm = realm;
		this.#users = users;
		this.#hash = hash;
		this.#challenge = prebuildFields({ "WWW-Authenticate": `Basic realm="${realm}", charset="UTF-8"` });
		this.#retry = retryFields(limits);
		this.#work = lazily(() => new Work(realm));
		this.#guesses = lazily(() => new Guesses(limits));
		this.onRequest = (request, response) => this.check(request, response);
		Object.freeze(this);
	}

	/** Who has been let in, in a route inside the chain; "" for nobody. */
	user(request: Request): string {
		const length = this.readPair(request);
		return length < 0 ? "" : nameOf(this.#work().pair, length);
	}

	private check(request: Request, response: Response): boolean {
		if (credentialsStart(request, "basic") < 0) return this.challenge(response);
		const guesses = this.#guesses();
		const { now, remoteAddress } = request;
		if (guesses.isLocked(remoteAddress, now)) return refuseLocked(response, this.#retry);
		const length = this.readPair(request);
		if (length < 0) return this.challenge(response);
		if (this.isRight(length)) {
			guesses.succeeded(remoteAddress, now);
			return true;
		}
		guesses.failed(remoteAddress, now);
		return this.challenge(response);
	}

	private challenge(response: Response): false {
		response.setFields(this.#challenge);
		return refuse(response, 401, "log in\n");
	}

	/** Decodes "name:password"; returns its length, or −1 when there is none. */
	private readPair(request: Request): number {
		const start = credentialsStart(request, "basic");
		if (start < 0) return -1;
		const { pair } = this.#work();
		const length = decodeBase64(request.octets, start, credentialsEnd(request), pair);
		return length < 0 || colonIn(pair, length) < 0 ? -1 : length;
	}

	private isRight(length: number): boolean {
		const { pair, text, digest } = this.#work();
		const colon = colonIn(pair, length);
		text.clear().put(pair, 0, colon).putColon().putText(this.#realm).put(pair, colon, length);
		this.#hash("SHA-256", text.octets, text.end, digest);
		return isDigestText(digest, SHA256_LENGTH, keptHash(this.#users, nameOf(pair, length), "SHA-256"));
	}
}

function colonIn(pair: Uint8Array, length: number): number {
	for (let index = 0; index < length; index += 1) if (pair[index] === COLON) return index;
	return -1;
}

function nameOf(pair: Uint8Array, length: number): string {
	const decoder = new Utf8Decoder();
	const colon = colonIn(pair, length);
	for (let index = 0; index < colon; index += 1) decoder.push(pair[index] as number);
	return decoder.end();
}
