// The three list-based fields the protocol itself reads: Connection, Transfer-Encoding, Expect (RFC 9110 §5.6.1), scanned
// as their octets go by. For the field section.

import { COMMA } from "../octets/ascii.js";
import { FIELD_VALUE, TOKEN_LOWER } from "../octets/classes.js";
import { NameSet, NO_NAME } from "../octets/names.js";
import { CONNECTION_FIELD, TRANSFER_ENCODING_FIELD } from "./field-registry.js";
import { refuse, VALID, Violation } from "./violation.js";

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
	/** The octet that ended the last scan before its `end`. */
	stop = 0;
	/** How many whitespace octets stand at the end of what was scanned of the value. */
	trailing = 0;

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
		this.trailing = 0;
	}

	/**
	 * Scans from `start`, whose octet is `first`; returns the index of the first octet that no field value holds, `end`, or
	 * a refusal.
	 */
	scan(first: number, octets: Uint8Array, start: number, end: number): number {
		const expected = KEYWORDS.octets;
		let octet = first;
		let index = start;
		for (;;) {
			let lower = TOKEN_LOWER[octet] as number;
			if (lower !== 0) {
				if (this.#state === BEHIND) return refuse(this.#malformed());
				this.trailing = 0;
				// A token, as far as it has come.
				let cursor = this.#state === BETWEEN ? KEYWORDS.begin(lower) : KEYWORDS.step(this.#cursor, lower);
				for (;;) {
					index += 1;
					if (index === end) break;
					octet = octets[index] as number;
					lower = TOKEN_LOWER[octet] as number;
					if (lower === 0) break;
					if (expected[cursor] === lower) cursor += 1;
					else cursor = KEYWORDS.divert(cursor, lower);
				}
				this.#cursor = cursor;
				this.#state = TOKEN;
				if (index === end) return end;
			}
			const kind = FIELD_VALUE[octet];
			if (kind === 0) {
				this.stop = octet;
				return index;
			}
			const violation = this.end();
			if (violation !== VALID) return refuse(violation);
			if (kind === 2) this.trailing += 1;
			else if (octet === COMMA) {
				this.#state = BETWEEN;
				this.trailing = 0;
			} else return refuse(this.#malformed());
			index += 1;
			if (index === end) return end;
			octet = octets[index] as number;
		}
	}

	/** At the end of the value. Returns a violation or `none`. */
	end(): number {
		return this.#state === TOKEN ? this.#endToken() : VALID;
	}

	#endToken(): number {
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

	#malformed(): number {
		if (this.#field === CONNECTION_FIELD) return Violation.connectionMalformed;
		return this.#field === TRANSFER_ENCODING_FIELD ? Violation.transferCodingMalformed : Violation.expectationUnknown;
	}
}
