// Basic (RFC 7617), as a link of a chain. The password goes over the network as it is: for what no TLS protects, Digest.

import { lazily } from "../app/lazily.js";
import type { Request } from "../app/request.js";
import type { Response } from "../app/response.js";
import { COLON } from "../octets/ascii.js";
import { Utf8Decoder } from "../octets/text.js";
import { fieldLineLength } from "../response/field-writer.js";
import { type PrebuiltFields, prebuildFields } from "../response/prebuilt.js";
import { decodeBase64 } from "./base64.js";
import { type AuthOptions, Login, NONE, RIGHT, WRONG } from "./link.js";
import { keptHash } from "./secrets.js";
import { HashText, isDigestText } from "./text.js";

/** The longest name and password in UTF-8, with the ":" between. */
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
export class BasicAuth extends Login {
	readonly #challenge: PrebuiltFields;
	readonly #work: () => Work;

	constructor(options: AuthOptions) {
		const { realm } = options;
		const value = `Basic realm="${realm}", charset="UTF-8"`;
		super("basic", options, fieldLineLength("WWW-Authenticate", value));
		this.#challenge = prebuildFields({ "WWW-Authenticate": value });
		this.#work = lazily(() => new Work(realm));
		Object.freeze(this);
	}

	protected challenge(_request: Request, response: Response): void {
		response.setFields(this.#challenge);
	}

	protected judge({ octets }: Request, start: number, end: number): number {
		const { pair, text, digest } = this.#work();
		const length = decodeBase64(octets, start, end, pair);
		const colon = colonIn(pair, length);
		if (colon < 0) return NONE;
		text.clear().put(pair, 0, colon).putColon().putText(this.realm).put(pair, colon, length);
		this.hash("SHA-256", text.octets, text.end, digest);
		const kept = keptHash(this.users, nameOf(pair, colon), "SHA-256");
		return isDigestText(digest, SHA256_LENGTH, kept) ? RIGHT : WRONG;
	}

	protected nameIn(): string {
		const { pair } = this.#work();
		return nameOf(pair, colonIn(pair, pair.length));
	}
}

/** Where the name in a pair of `length` octets ends; −1 for what is no pair. */
function colonIn(pair: Uint8Array, length: number): number {
	for (let index = 0; index < length; index += 1) if (pair[index] === COLON) return index;
	return -1;
}

function nameOf(pair: Uint8Array, colon: number): string {
	const decoder = new Utf8Decoder();
	for (let index = 0; index < colon; index += 1) decoder.push(pair[index] as number);
	return decoder.end();
}
