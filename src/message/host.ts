// uri-host [ ":" port ] (RFC 9110 §4.2.1, RFC 3986 §3.2.2), scanned as its octets go by: the value of Host and the
// authority of a request target. For the head reader.

import { COLON, DIGIT_0, DIGIT_9, DOT, LEFT_BRACKET, LOWER_V, PERCENT, RIGHT_BRACKET } from "../octets/ascii.js";
import { HEX_DIGIT, IP_FUTURE, REG_NAME } from "../octets/classes.js";
import { ADDRESS_BROKEN, ADDRESS_START, isWholeAddress, stepAddress } from "./ip-address.js";

// Where the scanner stands.
const START = 0;
const NAME = 1;
const PERCENT_1 = 2;
const PERCENT_2 = 3;
const PORT = 4; // behind a host
const LONE_PORT = 5; // behind none
const ADDRESS = 6; // inside "[", an IPv6 address
const FUTURE_VERSION = 7; // inside "[v", before the dot
const FUTURE = 8;
const CLOSED = 9; // behind "]"
const BROKEN = 10;

const PORT_MAX = 65_535;
/** In place of a port without digits. */
const NO_PORT = -1;

/**
 * Scans one authority. Reset with `begin`, feed with `scan`, ask `isWhole` at its end. Each connection has one, so that
 * what is known of the part being scanned stands in one integer: a field costs a slot on XS.
 */
export class AuthorityScanner {
	/** The octet that ended the last scan before its `end`, so that nobody has to look at it again. */
	stop = 0;
	private place = START;
	/** In a port: its value so far. In an address: where that stands. In IPvFuture: 1 once its part is not empty. */
	private detail = NO_PORT;

	begin(): void {
		this.place = START;
		this.detail = NO_PORT;
	}

	/** Scans from `start`, whose octet is `first`; returns the index of the first octet that does not belong, or `end`. */
	scan(first: number, octets: Uint8Array, start: number, end: number): number {
		let octet = first;
		let index = start;
		for (;;) {
			if (this.place <= NAME && REG_NAME[octet] === 1) {
				this.place = NAME;
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
		const { place } = this;
		return place <= NAME || place === PORT || place === LONE_PORT || place === CLOSED;
	}

	/** Whether no host was given. */
	get isEmpty(): boolean {
		return this.place === START || this.place === LONE_PORT;
	}

	/** Whether a port was given that TCP knows, as a CONNECT has to (RFC 9110 §9.3.6). */
	get hasValidPort(): boolean {
		return this.place === PORT && this.detail >= 0 && this.detail <= PORT_MAX;
	}

	/** Takes one octet; false when it does not belong. */
	take(octet: number): boolean {
		switch (this.place) {
			case START:
				if (octet !== LEFT_BRACKET) return this.inName(octet);
				this.place = ADDRESS;
				this.detail = ADDRESS_START;
				return true;
			case NAME:
				return this.inName(octet);
			case PERCENT_1:
			case PERCENT_2:
				if (HEX_DIGIT[octet] === 0) return this.broken();
				this.place = this.place === PERCENT_1 ? PERCENT_2 : NAME;
				return true;
			case PORT:
			case LONE_PORT:
				return this.inPort(octet);
			case ADDRESS:
				return this.inAddress(octet);
			case FUTURE_VERSION:
			case FUTURE:
				return this.inFuture(octet);
			case CLOSED:
				return octet === COLON && this.beginPort(PORT);
			default:
				return false;
		}
	}

	private broken(): boolean {
		this.place = BROKEN;
		return false;
	}

	private inName(octet: number): boolean {
		if (REG_NAME[octet] === 1) this.place = NAME;
		else if (octet === PERCENT) this.place = PERCENT_1;
		else return octet === COLON && this.beginPort(this.place === START ? LONE_PORT : PORT);
		return true;
	}

	private beginPort(place: number): boolean {
		this.place = place;
		this.detail = NO_PORT;
		return true;
	}

	/** port = *DIGIT (RFC 3986 §3.2.3): it may be empty, and the grammar knows no highest. */
	private inPort(octet: number): boolean {
		if (octet < DIGIT_0 || octet > DIGIT_9) return false;
		const port = this.detail < 0 ? 0 : this.detail;
		if (port <= PORT_MAX) this.detail = port * 10 + octet - DIGIT_0;
		return true;
	}

	private inAddress(octet: number): boolean {
		if (octet === RIGHT_BRACKET) {
			if (!isWholeAddress(this.detail)) return this.broken();
			this.place = CLOSED;
			return true;
		}
		if ((octet | 0x20) === LOWER_V && this.detail === ADDRESS_START) {
			this.place = FUTURE_VERSION;
			this.detail = 0;
			return true;
		}
		this.detail = stepAddress(this.detail, octet);
		return this.detail !== ADDRESS_BROKEN || this.broken();
	}

	/** IPvFuture = "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" ) (RFC 3986 §3.2.2), behind its "v". */
	private inFuture(octet: number): boolean {
		const isVersion = this.place === FUTURE_VERSION;
		if (this.detail > 0 && octet === (isVersion ? DOT : RIGHT_BRACKET)) {
			this.place = isVersion ? FUTURE : CLOSED;
			this.detail = 0;
			return true;
		}
		if ((isVersion ? HEX_DIGIT : IP_FUTURE)[octet] === 0) return this.broken();
		this.detail = 1;
		return true;
	}
}
