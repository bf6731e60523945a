// Digest (RFC 7616), as a link of a chain: SHA-256, and MD5 for clients that know nothing better; qop=auth, and the count of
// each nonce. The password never goes over the network; the content does, as it is.

import { lazily } from "../app/lazily.js";
import type { Request } from "../app/request.js";
import type { Response } from "../app/response.js";
import { TIME_MAX } from "../clock.js";
import type { HashName, RandomSource } from "../crypto.js";
import { isWord, Parameters } from "../message/parameters.js";
import { BACKSLASH, COMMA } from "../octets/ascii.js";
import { HEX_DIGIT } from "../octets/classes.js";
import { freeze } from "../octets/freeze.js";
import { latin1, Utf8Decoder } from "../octets/text.js";
import { fieldLineLength } from "../response/field-writer.js";
import { type PrebuiltFields, prebuildFields } from "../response/prebuilt.js";
import { type AuthOptions, Login, NONE, RIGHT, STALE, WRONG } from "./link.js";
import { NONCE_DIGITS, Nonces } from "./nonces.js";
import { hashLength, isSecret, keptHash } from "./secrets.js";
import { HashText, isDigest } from "./text.js";

export interface DigestOptions extends AuthOptions {
	/** Where nonces come from: `random` of thimble-http/crypto. */
	readonly random: RandomSource;
	/** Whether MD5 is offered too, to clients that do not know SHA-256. Default false. */
	readonly md5?: boolean;
	/** How many logins are remembered, one for each client. Default 8. */
	readonly noncesMax?: number;
	/** How long a nonce is good, in milliseconds; then clients log in again by themselves. Default 5 minutes; at most 12 days. */
	readonly nonceLifeMs?: number;
}

const ALGORITHMS: readonly HashName[] = freeze(["SHA-256", "MD5"]);

// The parameters of Authorization, by their place in Work.
const NAMES: readonly string[] = freeze([
	"username",
	"realm",
	"nonce",
	"uri",
	"response",
	"algorithm",
	"cnonce",
	"nc",
	"qop",
]);
const USERNAME = 0;
const REALM = 1;
const NONCE = 2;
const URI = 3;
const RESPONSE = 4;
const ALGORITHM = 5;
const CNONCE = 6;
const COUNT = 7;
const QOP = 8;
/** Those that are hashed. */
const HASHED: readonly number[] = freeze([URI, NONCE, COUNT, CNONCE, QOP]);

/** What is hashed is seldom longer: "method:uri", or what the response is made of. */
const TEXT_LENGTH = 512;
/** What stands in it beside the method and the parameters: two hashes in digits, and what is between them. */
const TEXT_LENGTH_MIN = 2 * 64 + 5;

/** Eight digits (RFC 7616 §3.4). */
const COUNT_DIGITS = 8;

/** What a line says that offers a login. In place of the nonce there are zeros. */
function challengeValue(realm: string, algorithm: HashName, isStale: boolean): string {
	const nonce = "0".repeat(NONCE_DIGITS);
	const stale = isStale ? ", stale=true" : "";
	return `Digest realm="${realm}", nonce="${nonce}", qop="auth", algorithm=${algorithm}, charset=UTF-8${stale}`;
}

/** How long the lines are that offer a login, at their longest. */
function challengeLength(realm: string, algorithms: readonly HashName[]): number {
	return algorithms.reduce(
		(length, algorithm) => length + fieldLineLength("WWW-Authenticate", challengeValue(realm, algorithm, true)),
		0,
	);
}

/** The lines that offer a login, one for each algorithm; the nonce is written into them. */
class Challenge {
	readonly fields: readonly PrebuiltFields[];
	readonly #starts: readonly number[];

	constructor(realm: string, algorithms: readonly HashName[], isStale: boolean) {
		const before = `WWW-Authenticate: Digest realm="${realm}", nonce="`.length;
		this.fields = algorithms.map((algorithm) =>
			prebuildFields({ "WWW-Authenticate": challengeValue(realm, algorithm, isStale) }),
		);
		this.#starts = algorithms.map(() => before);
	}

	offer(response: Response, digits: Uint8Array): void {
		for (let index = 0; index < this.fields.length; index += 1) {
			const fields = this.fields[index] as PrebuiltFields;
			const start = this.#starts[index] as number;
			for (let at = 0; at < NONCE_DIGITS; at += 1) fields.lines[start + at] = digits[at] as number;
			response.setFields(fields);
		}
	}
}

/** What changes: made at the first challenge. */
class Work {
	readonly fresh: Challenge;
	readonly stale: Challenge;
	readonly nonces: Nonces;
	readonly text = new HashText(TEXT_LENGTH);
	/** H(A2), then the response. */
	readonly digest = new Uint8Array(32);
	/** Where in the request's octets the parameters stand; −1: nowhere. */
	readonly starts: number[] = NAMES.map(() => -1);
	readonly ends: number[] = NAMES.map(() => -1);

	constructor(fresh: Challenge, stale: Challenge, nonces: Nonces) {
		this.fresh = fresh;
		this.stale = stale;
		this.nonces = nonces;
	}
}

/** Lets those in who prove that they know a name and its password. Throws TypeError and RangeError for wrong options. */
export class DigestAuth extends Login {
	readonly #offersMd5: boolean;
	readonly #work: () => Work;

	constructor(options: DigestOptions) {
		const { realm, random, md5 = false, noncesMax = 8, nonceLifeMs = 300_000 } = options;
		const algorithms = md5 ? ALGORITHMS : ALGORITHMS.slice(0, 1);
		super("digest", options, challengeLength(realm, algorithms));
		for (const [name, value] of Object.entries({ noncesMax, nonceLifeMs })) {
			if (!Number.isInteger(value) || value < 1) throw new RangeError(`${name} must be 1 at least, not ${value}`);
		}
		if (nonceLifeMs > TIME_MAX) throw new RangeError(`nonceLifeMs must be ${TIME_MAX} at most, not ${nonceLifeMs}`);
		this.#offersMd5 = md5;
		this.#work = lazily(
			() =>
				new Work(
					new Challenge(realm, algorithms, false),
					new Challenge(realm, algorithms, true),
					new Nonces(noncesMax, nonceLifeMs, random),
				),
		);
		Object.freeze(this);
	}

	protected challenge(request: Request, response: Response, isStale: boolean): void {
		const { nonces, stale, fresh } = this.#work();
		nonces.prepare(request);
		(isStale ? stale : fresh).offer(response, nonces.digits);
	}

	protected judge(request: Request, start: number, end: number): number {
		if (!this.readParameters(request, start, end)) return NONE;
		const { nonces, starts, ends } = this.#work();
		const algorithm = this.algorithm(request);
		const count = countIn(request.octets, starts[COUNT] as number, ends[COUNT] as number);
		if (algorithm === null || count < 0) return NONE;
		if (!this.isProof(request, algorithm)) return WRONG;
		return nonces.use(request.octets, starts[NONCE] as number, ends[NONCE] as number, count, request) ? RIGHT : STALE;
	}

	/** Finds the parameters; false when they are not those of RFC 7616 §3.4 with qop=auth, for this realm and this request. */
	private readParameters(request: Request, start: number, end: number): boolean {
		const { starts, ends } = this.#work();
		starts.fill(-1);
		const { octets } = request;
		const parameters = new Parameters(octets, start, end, COMMA);
		while (parameters.next()) {
			for (let index = 0; index < NAMES.length; index += 1) {
				if (!parameters.isNamed(NAMES[index] as string)) continue;
				if ((starts[index] as number) >= 0) return false;
				starts[index] = parameters.start;
				ends[index] = parameters.end;
			}
		}
		if (!parameters.isWellFormed) return false;
		for (let index = 0; index < NAMES.length; index += 1) {
			if (index === ALGORITHM) continue;
			if ((starts[index] as number) < 0 || hasBackslash(octets, starts[index] as number, ends[index] as number))
				return false;
		}
		return this.is(octets, REALM, this.realm) && this.is(octets, QOP, "auth") && this.is(octets, URI, request.target);
	}

	private is(octets: Uint8Array, index: number, text: string): boolean {
		const { starts, ends } = this.#work();
		return latin1(octets, starts[index] as number, ends[index] as number) === text;
	}

	/** The algorithm of the credentials, MD5 when they do not say (RFC 7616 §3.4); null for one that was not offered. */
	private algorithm({ octets }: Request): HashName | null {
		const { starts, ends } = this.#work();
		const start = starts[ALGORITHM] as number;
		const end = ends[ALGORITHM] as number;
		if (start >= 0 && isWord(octets, start, end, "sha-256")) return "SHA-256";
		const isMd5 = start < 0 || isWord(octets, start, end, "md5");
		return isMd5 && this.#offersMd5 ? "MD5" : null;
	}

	/** Whether the response is the right one (RFC 7616 §3.4.1). */
	private isProof(request: Request, algorithm: HashName): boolean {
		const { digest, starts, ends } = this.#work();
		const { octets } = request;
		const length = hashLength(algorithm);
		const text = this.textFor(request);
		this.put(text.clear().putText(request.method).putColon(), octets, URI);
		this.hash(algorithm, text.octets, text.end, digest);
		const kept = keptHash(this.users, this.nameIn(request), algorithm);
		text.clear().putText(kept).putColon();
		this.put(text, octets, NONCE).putColon();
		this.put(text, octets, COUNT).putColon();
		this.put(text, octets, CNONCE).putColon();
		this.put(text, octets, QOP).putColon().putHex(digest, length);
		this.hash(algorithm, text.octets, text.end, digest);
		const isRight = isDigest(digest, length, octets, starts[RESPONSE] as number, ends[RESPONSE] as number);
		return isRight && isSecret(kept, algorithm);
	}

	/** Room for what is hashed: that which is there, or for once as much as long parameters take. */
	private textFor(request: Request): HashText {
		const { text, starts, ends } = this.#work();
		let length = TEXT_LENGTH_MIN + request.method.length;
		for (const index of HASHED) length += (ends[index] as number) - (starts[index] as number);
		return length <= TEXT_LENGTH ? text : new HashText(length);
	}

	private put(text: HashText, octets: Uint8Array, index: number): HashText {
		const { starts, ends } = this.#work();
		return text.put(octets, starts[index] as number, ends[index] as number);
	}

	protected nameIn({ octets }: Request): string {
		const { starts, ends } = this.#work();
		const decoder = new Utf8Decoder();
		for (let index = starts[USERNAME] as number; index < (ends[USERNAME] as number); index += 1) {
			decoder.push(octets[index] as number);
		}
		return decoder.end();
	}
}

function hasBackslash(octets: Uint8Array, start: number, end: number): boolean {
	for (let index = start; index < end; index += 1) if (octets[index] === BACKSLASH) return true;
	return false;
}

/** The number in eight hexadecimal digits; −1 for anything else. */
function countIn(octets: Uint8Array, start: number, end: number): number {
	if (end - start !== COUNT_DIGITS) return -1;
	let count = 0;
	for (let index = start; index < end; index += 1) {
		const digit = HEX_DIGIT[octets[index] as number] as number;
		if (digit === 0) return -1;
		count = count * 16 + digit - 1;
	}
	return count;
}
