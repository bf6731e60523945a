// uri-host [ ":" port ] (RFC 9110 §4.2.1, RFC 3986 §3.2.2), scanned as its octets go by: the value of Host and the
// authority of a request target. For the head reader.

import { COLON, DIGIT_0, DIGIT_9, DOT, LEFT_BRACKET, LOWER_V, PERCENT, RIGHT_BRACKET } from "../octets/ascii.js";
import { HEX_DIGIT, IP_FUTURE, REG_NAME } from "../octets/classes.js";

// Where the scanner stands.
const START = 0;
const NAME = 1;
const PERCENT_1 = 2;
const PERCENT_2 = 3;
const PORT = 4;
const ADDRESS = 5; // inside "[", an IPv6 address
const FUTURE_VERSION = 6; // inside "[v", before the dot
const FUTURE = 7;
const CLOSED = 8; // behind "]"
const BROKEN = 9;

const PORT_MAX = 65_535;

/** Scans one authority. Reset with `begin`, feed with `scan`, ask `isWhole` at its end. */
export class AuthorityScanner {
	/** The octet that ended the last scan before its `end`, so that nobody has to look at it again. */
	stop = 0;
	#state = START;
	#hasPort = false;
	#isEmpty = true;
	#port = 0;
	#portDigits = 0;
	// The IPv6 address: groups finished, digits of the current group, "::" seen, and the IPv4 part at its end.
	#groups = 0;
	#digits = 0;
	#elided = false;
	#colons = 0;
	#dots = 0;
	#decimal = 0;

	begin(): void {
		this.#state = START;
		this.#hasPort = false;
		this.#isEmpty = true;
		this.#port = 0;
		this.#portDigits = 0;
	}

	/** Scans from `start`, whose octet is `first`; returns the index of the first octet that does not belong, or `end`. */
	scan(first: number, octets: Uint8Array, start: number, end: number): number {
		let octet = first;
		let index = start;
		for (;;) {
			if (this.#state <= NAME && REG_NAME[octet] === 1) {
				this.#state = NAME;
				this.#isEmpty = false;
				do {
					index += 1;
					if (index === end) return end;
					octet = octets[index] as number;
				} while (REG_NAME[octet] === 1);
			}
			if (!this.take(octet)) {
				this.stop = octet;
				return index;
			}
			index += 1;
			if (index === end) return end;
			octet = octets[index] as number;
		}
	}

	/** Whether what was scanned is a whole authority. An empty one is (reg-name may be empty); ask `isEmpty`. */
	get isWhole(): boolean {
		const state = this.#state;
		return state === START || state === NAME || state === PORT || state === CLOSED;
	}

	/** Whether no host was given. */
	get isEmpty(): boolean {
		return this.#isEmpty;
	}

	/** Whether a port was given that TCP knows, as a CONNECT has to (RFC 9110 §9.3.6). */
	get hasValidPort(): boolean {
		return this.#hasPort && this.#portDigits > 0 && this.#port <= PORT_MAX;
	}

	/** Takes one octet; false when it does not belong. */
	take(octet: number): boolean {
		switch (this.#state) {
			case START:
				if (octet !== LEFT_BRACKET) return this.inName(octet);
				this.beginAddress();
				return true;
			case NAME:
				return this.inName(octet);
			case PERCENT_1:
			case PERCENT_2:
				if (HEX_DIGIT[octet] === 0) return this.broken();
				this.#state = this.#state === PERCENT_1 ? PERCENT_2 : NAME;
				return true;
			case PORT:
				return this.inPort(octet);
			case ADDRESS:
				return this.inAddress(octet);
			case FUTURE_VERSION:
				if (octet === DOT && this.#digits > 0) {
					this.#state = FUTURE;
					this.#digits = 0;
					return true;
				}
				if (HEX_DIGIT[octet] === 0) return this.broken();
				this.#digits += 1;
				return true;
			case FUTURE:
				if (octet === RIGHT_BRACKET && this.#digits > 0) {
					this.#state = CLOSED;
					return true;
				}
				if (IP_FUTURE[octet] === 0) return this.broken();
				this.#digits = 1;
				return true;
			case CLOSED:
				return this.beginPort(octet);
			default:
				return false;
		}
	}

	private broken(): boolean {
		this.#state = BROKEN;
		return false;
	}

	private inName(octet: number): boolean {
		if (REG_NAME[octet] === 1) this.#state = NAME;
		else if (octet === PERCENT) this.#state = PERCENT_1;
		else return this.beginPort(octet);
		this.#isEmpty = false;
		return true;
	}

	/** port = *DIGIT (RFC 3986 §3.2.3): it may be empty, and the grammar knows no highest. */
	private inPort(octet: number): boolean {
		if (octet < DIGIT_0 || octet > DIGIT_9) return false;
		this.#portDigits += 1;
		if (this.#port <= PORT_MAX) this.#port = this.#port * 10 + octet - DIGIT_0;
		return true;
	}

	private beginPort(octet: number): boolean {
		if (octet !== COLON) return false;
		this.#state = PORT;
		this.#hasPort = true;
		return true;
	}

	private beginAddress(): void {
		this.#state = ADDRESS;
		this.#isEmpty = false;
		this.#groups = 0;
		this.#digits = 0;
		this.#elided = false;
		this.#colons = 0;
		this.#dots = 0;
		this.#decimal = 0;
	}

	/** IPv6address: eight groups of up to four HEXDIG, one "::" for one or more of them, an IPv4address as the last two. */
	private inAddress(octet: number): boolean {
		const digit = HEX_DIGIT[octet] as number;
		if (digit !== 0) return this.digitOfAddress(digit - 1);
		if (octet === COLON) return this.colonOfAddress();
		if (octet === DOT) return this.endDecimal() && this.#dots < 3 && this.countDot();
		if (octet === RIGHT_BRACKET) {
			if (!this.endAddress()) return this.broken();
			this.#state = CLOSED;
			this.#digits = 0;
			return true;
		}
		if ((octet | 0x20) === LOWER_V && this.#groups === 0 && this.#digits === 0 && this.#colons === 0) {
			this.#state = FUTURE_VERSION;
			return true;
		}
		return this.broken();
	}

	private digitOfAddress(value: number): boolean {
		// A single colon at the very start (":1") begins no address.
		if (this.#colons === 1 && this.#groups === 0) return this.broken();
		if (this.#digits === 4 || (this.#dots > 0 && value > 9)) return this.broken();
		// dec-octet has no leading zero; a hexadecimal group may, and only becomes decimal at its first dot.
		this.#decimal = value > 9 || (this.#digits > 0 && this.#decimal === 0) ? 1000 : this.#decimal * 10 + value;
		this.#digits += 1;
		this.#colons = 0;
		return true;
	}

	private colonOfAddress(): boolean {
		if (this.#dots > 0) return this.broken();
		if (this.#digits > 0) this.#groups += 1;
		this.#digits = 0;
		this.#decimal = 0;
		this.#colons += 1;
		if (this.#colons === 2) {
			if (this.#elided) return this.broken();
			this.#elided = true;
		} else if (this.#colons > 2) return this.broken();
		return this.#groups <= 8 || this.broken();
	}

	/** dec-octet "." (RFC 3986 §3.2.2): the digits so far were decimal and at most 255. */
	private endDecimal(): boolean {
		if (this.#digits === 0 || this.#decimal > 255) return this.broken();
		return true;
	}

	private countDot(): boolean {
		this.#dots += 1;
		this.#digits = 0;
		this.#decimal = 0;
		return true;
	}

	private endAddress(): boolean {
		if (this.#dots > 0) {
			if (this.#dots !== 3 || this.#digits === 0 || this.#decimal > 255) return false;
			this.#groups += 2;
		} else if (this.#digits > 0) this.#groups += 1;
		else if (this.#colons === 1) return false;
		return this.#elided ? this.#groups <= 7 : this.#groups === 8;
	}
}
