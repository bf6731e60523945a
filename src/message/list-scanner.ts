// The three list-based fields the protocol itself reads: Connection, Transfer-Encoding, Expect (RFC 9110 §5.6.1), scanned
// as their octets go by. For the field section.

import { COMMA, HTAB, SP } from "../octets/ascii.js";
import { TOKEN_LOWER } from "../octets/classes.js";
import { NameSet } from "../octets/names.js";
import { CONNECTION_FIELD, TRANSFER_ENCODING_FIELD } from "./field-registry.js";
import { VALID, Violation } from "./violation.js";

const KEYWORDS = new NameSet(["100-continue", "chunked", "close", "keep-alive"]);
const CONTINUE = KEYWORDS.indexOf("100-continue");
const CHUNKED = KEYWORDS.indexOf("chunked");
const CLOSE = KEYWORDS.indexOf("close");
const KEEP_ALIVE = KEYWORDS.indexOf("keep-alive");

// What was found in the lists of a head, a bit for each.
/** Connection: "close" was an option. */
export const LIST_CLOSE = 1;
/** Connection: "keep-alive" was an option. */
export const LIST_KEEP_ALIVE = 2;
/** Transfer-Encoding: "chunked" was the last coding so far. */
export const LIST_CHUNKED = 4;
/** Transfer-Encoding: a coding that nobody here knows came before. */
export const LIST_UNKNOWN_CODING = 8;
/** Expect: "100-continue". */
export const LIST_CONTINUE = 16;

// Where the scanner stands, if not in an element's token.
const BETWEEN = -1; // before an element; empty ones are ignored (RFC 9110 §5.6.1.2)
const BEHIND = -2; // behind an element's token

export class ListScanner {
	/** What was found in the head so far: LIST_… added up. */
	found = 0;
	private field = CONNECTION_FIELD;
	/** BETWEEN, BEHIND, or where the octets of a token have led among the keywords. */
	private place = BETWEEN;

	/** Before a head. */
	begin(): void {
		this.found = 0;
	}

	/** Before a value of `field`. Several lines of one field make one list. */
	beginValue(field: number): void {
		this.field = field;
		this.place = BETWEEN;
	}

	/** Takes one octet of a field value (FIELD_VALUE). Returns a violation or VALID. */
	take(octet: number): number {
		const lower = TOKEN_LOWER[octet] as number;
		if (lower !== 0) {
			if (this.place === BEHIND) return this.malformed();
			this.place = this.place === BETWEEN ? KEYWORDS.begin(lower) : KEYWORDS.step(this.place, lower);
			return VALID;
		}
		const violation = this.end();
		if (violation !== VALID) return violation;
		if (octet === COMMA) this.place = BETWEEN;
		else if (octet !== SP && octet !== HTAB) return this.malformed();
		return VALID;
	}

	/** At the end of the value. Returns a violation or VALID. */
	end(): number {
		return this.place >= 0 ? this.endToken() : VALID;
	}

	private endToken(): number {
		const keyword = KEYWORDS.end(this.place);
		this.place = BEHIND;
		if (this.field === CONNECTION_FIELD) {
			if (keyword === CLOSE) this.found |= LIST_CLOSE;
			else if (keyword === KEEP_ALIVE) this.found |= LIST_KEEP_ALIVE;
			return VALID;
		}
		if (this.field === TRANSFER_ENCODING_FIELD) {
			// "chunked" has to be the last coding and comes once; after it nothing is right (RFC 9112 §6.1, §7.1).
			if ((this.found & LIST_CHUNKED) !== 0) return Violation.transferCodingNotFinal;
			this.found |= keyword === CHUNKED ? LIST_CHUNKED : LIST_UNKNOWN_CODING;
			return VALID;
		}
		if (keyword !== CONTINUE) return Violation.expectationUnknown;
		this.found |= LIST_CONTINUE;
		return VALID;
	}

	private malformed(): number {
		if (this.field === CONNECTION_FIELD) return Violation.connectionMalformed;
		return this.field === TRANSFER_ENCODING_FIELD ? Violation.transferCodingMalformed : Violation.expectationUnknown;
	}
}
