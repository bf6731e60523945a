// The three list-based fields the protocol itself reads: Connection, Transfer-Encoding, Expect (RFC 9110 §5.6.1), scanned
// as their octets go by. For the field section.

import { COMMA, HTAB, SP } from "../octets/ascii.js";
import { TOKEN_LOWER } from "../octets/classes.js";
import { NameSet, NO_NAME } from "../octets/names.js";
import { CONNECTION_FIELD, TRANSFER_ENCODING_FIELD } from "./field-registry.js";
import { VALID, Violation } from "./violation.js";

const KEYWORDS = new NameSet(["100-continue", "chunked", "close", "keep-alive"]);
const CONTINUE = KEYWORDS.indexOf("100-continue");
const CHUNKED = KEYWORDS.indexOf("chunked");
const CLOSE = KEYWORDS.indexOf("close");
const KEEP_ALIVE = KEYWORDS.indexOf("keep-alive");

// Where the scanner stands.
const BETWEEN = 0; // before an element; empty ones are ignored (RFC 9110 §5.6.1.2)
const TOKEN = 1;
const BEHIND = 2; // behind an element's token

export class ListScanner {
	/** Connection: "close" was an option. */
	hasClose = false;
	/** Connection: "keep-alive" was an option. */
	hasKeepAlive = false;
	/** Transfer-Encoding: "chunked" was the last coding so far. */
	isChunked = false;
	/** Transfer-Encoding: a coding that nobody here knows came before. */
	hasUnknownCoding = false;
	/** Expect: "100-continue". */
	expectsContinue = false;

	#field = CONNECTION_FIELD;
	#state = BETWEEN;
	#cursor = NO_NAME;

	/** Before a head. */
	begin(): void {
		this.hasClose = false;
		this.hasKeepAlive = false;
		this.isChunked = false;
		this.hasUnknownCoding = false;
		this.expectsContinue = false;
	}

	/** Before a value of `field`. Several lines of one field make one list. */
	beginValue(field: number): void {
		this.#field = field;
		this.#state = BETWEEN;
	}

	/** Takes one octet of a field value (FIELD_VALUE). Returns a violation or VALID. */
	take(octet: number): number {
		const lower = TOKEN_LOWER[octet] as number;
		if (lower !== 0) {
			if (this.#state === BEHIND) return this.malformed();
			this.#cursor = this.#state === BETWEEN ? KEYWORDS.begin(lower) : KEYWORDS.step(this.#cursor, lower);
			this.#state = TOKEN;
			return VALID;
		}
		const violation = this.end();
		if (violation !== VALID) return violation;
		if (octet === COMMA) this.#state = BETWEEN;
		else if (octet !== SP && octet !== HTAB) return this.malformed();
		return VALID;
	}

	/** At the end of the value. Returns a violation or `none`. */
	end(): number {
		return this.#state === TOKEN ? this.endToken() : VALID;
	}

	private endToken(): number {
		const keyword = KEYWORDS.end(this.#cursor);
		this.#state = BEHIND;
		if (this.#field === CONNECTION_FIELD) {
			if (keyword === CLOSE) this.hasClose = true;
			else if (keyword === KEEP_ALIVE) this.hasKeepAlive = true;
			return VALID;
		}
		if (this.#field === TRANSFER_ENCODING_FIELD) {
			// "chunked" has to be the last coding and comes once; after it nothing is right (RFC 9112 §6.1, §7.1).
			if (this.isChunked) return Violation.transferCodingNotFinal;
			if (keyword === CHUNKED) this.isChunked = true;
			else this.hasUnknownCoding = true;
			return VALID;
		}
		if (keyword !== CONTINUE) return Violation.expectationUnknown;
		this.expectsContinue = true;
		return VALID;
	}

	private malformed(): number {
		if (this.#field === CONNECTION_FIELD) return Violation.connectionMalformed;
		return this.#field === TRANSFER_ENCODING_FIELD ? Violation.transferCodingMalformed : Violation.expectationUnknown;
	}
}
