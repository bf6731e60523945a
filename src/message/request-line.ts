// request-line = method SP request-target SP HTTP-version CRLF (RFC 9112 §3), read as its octets arrive. For the head
// reader.
//
// Every octet is looked at once, wherever the input was cut: the state below and the offsets say all that is known.
// Offsets are into the receive buffer; when the buffer is compacted, `relocate` moves them along.

import { ASTERISK, COLON, CR, DIGIT_0, DIGIT_9, DOT, HTAB, LF, PERCENT, QUESTION, SLASH, SP } from "../octets/ascii.js";
import { HEX_DIGIT, PATH_PLAIN, PATH_VISIBLE, QUERY_PLAIN, QUERY_VISIBLE, TOKEN_LOWER } from "../octets/classes.js";
import { NameSet, NO_CANDIDATE, NO_NAME } from "../octets/names.js";
import { ascii } from "../octets/text.js";
import type { AuthorityScanner } from "./host.js";
import { METHOD_CONNECT, METHOD_LENGTH_MAX, METHOD_OPTIONS, METHOD_UNREGISTERED, METHODS } from "./method.js";
import { refuse, VALID, Violation } from "./violation.js";

// The four forms of a request target (RFC 9112 §3.2).
export const ORIGIN_FORM = 0;
export const ABSOLUTE_FORM = 1;
export const AUTHORITY_FORM = 2;
export const ASTERISK_FORM = 3;

/** How many empty lines before a request are ignored; RFC 9112 §2.2 asks for one at least. */
const EMPTY_LINES_MAX = 4;

const VERSION_NAME = ascii("HTTP/");
const SCHEMES = new NameSet(["http", "https"]);
const SCHEME_HTTP = SCHEMES.indexOf("http");

// Where the reader stands, in the order of the octets.
const BLANK = 0;
const EMPTY_LINE_LF = 1;
const METHOD = 2;
const TARGET_FIRST = 3;
const SCHEME = 4;
const SCHEME_SLASH_1 = 5;
const SCHEME_SLASH_2 = 6;
const AUTHORITY = 7;
const PATH = 8;
const PATH_PERCENT_1 = 9;
const PATH_PERCENT_2 = 10;
const QUERY = 11;
const QUERY_PERCENT_1 = 12;
const QUERY_PERCENT_2 = 13;
const TARGET_END = 14; // behind "*"
const VERSION = 15; // "HTTP/" and the two digits
const LINE_CR = 16;
const LINE_LF = 17;
const COMPLETE = 18;

/** What a server may choose about request lines. */
export interface RequestLineOptions {
	/** The longest request target in octets; a longer one is answered 414. */
	readonly targetLengthMax: number;
	/** Whether path and query may hold every visible ASCII octet, not only those of RFC 3986. */
	readonly allowsVisible: boolean;
	/** Whether an "https" target is taken, because a gateway before us has ended TLS (RFC 9110 §7.4). */
	readonly allowsHttps: boolean;
}

export class RequestLine {
	/** Index in METHODS, or METHOD_UNREGISTERED. */
	method = METHOD_UNREGISTERED;
	methodStart = 0;
	methodLength = 0;
	form = ORIGIN_FORM;
	targetStart = 0;
	targetEnd = 0;
	/** The path without its query; `pathStart === pathEnd` when an absolute-form has none, which means "/". */
	pathStart = 0;
	pathEnd = 0;
	/** The first octet behind "?", or −1 without a query. It ends with the target. */
	queryStart = -1;
	/** Whether the path holds neither "%" nor a segment that begins with a dot: its octets are the path as they stand. */
	isPathPlain = true;
	/** 0 for HTTP/1.0, 1 for HTTP/1.1 and any later minor version (RFC 9110 §2.5). */
	minorVersion = 1;

	readonly #options: RequestLineOptions;
	readonly #pathClass: Uint8Array;
	readonly #queryClass: Uint8Array;
	readonly #authority: AuthorityScanner;
	#state = BLANK;
	#emptyLines = 0;
	/** Where the octets of the method, then of the scheme, have led among those known. */
	#cursor = NO_NAME;
	#scheme = NO_CANDIDATE;
	#segmentStart = 0;
	#digit = 0;
	#major = 0;
	#position = 0;

	/** `authority` is shared with the field section: a request line is over before its fields begin. */
	constructor(options: RequestLineOptions, authority: AuthorityScanner) {
		this.#options = options;
		this.#pathClass = options.allowsVisible ? PATH_VISIBLE : PATH_PLAIN;
		this.#queryClass = options.allowsVisible ? QUERY_VISIBLE : QUERY_PLAIN;
		this.#authority = authority;
	}

	begin(): void {
		this.#state = BLANK;
		this.#emptyLines = 0;
		this.method = METHOD_UNREGISTERED;
		this.minorVersion = 1;
	}

	/** Whether nothing but empty lines has been seen. */
	get isBlank(): boolean {
		return this.#state <= EMPTY_LINE_LF;
	}

	get isComplete(): boolean {
		return this.#state === COMPLETE;
	}

	/** Where the octets end that have to stay: those of method and target. */
	keptEnd(scanned: number): number {
		return this.#state >= VERSION ? this.targetEnd : scanned;
	}

	/** Moves all offsets by `distance`, with the octets. */
	relocate(distance: number): void {
		this.methodStart += distance;
		this.targetStart += distance;
		this.targetEnd += distance;
		this.pathStart += distance;
		this.pathEnd += distance;
		this.#segmentStart += distance;
		if (this.queryStart >= 0) this.queryStart += distance;
	}

	/**
	 * Reads the empty lines before a request and the first octet of its method. Returns the offset behind the last octet
	 * taken, or a refusal; `isBlank` tells which it was.
	 */
	scanBlank(octets: Uint8Array, start: number, end: number): number {
		for (let index = start; index < end; index += 1) {
			const octet = octets[index] as number;
			if (this.#state === EMPTY_LINE_LF) {
				if (octet !== LF) return refuse(Violation.lineEndMalformed);
				this.#emptyLines += 1;
				this.#state = BLANK;
			} else if (octet === CR) {
				if (this.#emptyLines === EMPTY_LINES_MAX) return refuse(Violation.emptyLinesTooMany);
				this.#state = EMPTY_LINE_LF;
			} else {
				if (TOKEN_LOWER[octet] === 0) return refuse(firstOctetViolation(octet));
				this.methodStart = index;
				this.#cursor = METHODS.begin(octet);
				this.#state = METHOD;
				return index + 1;
			}
		}
		return end;
	}

	/**
	 * Reads the rest of the line from `start` to `end`. Returns the offset behind the last octet taken, or a refusal.
	 */
	scan(octets: Uint8Array, start: number, end: number): number {
		let index = start;
		while (index < end && this.#state !== COMPLETE) {
			const state = this.#state;
			if (state < TARGET_FIRST) index = this.#scanMethod(octets, index, end);
			else if (state < VERSION) {
				// One octet more than may be: it is the SP behind the target, or one too many.
				const limit = this.targetStart + this.#options.targetLengthMax + 1;
				index = this.#scanTarget(octets, index, end < limit ? end : limit);
				if (index === limit && this.#state < VERSION) return refuse(Violation.targetTooLong);
			} else index = this.#scanVersion(octets, index, end);
			if (index < 0) return index;
		}
		return index;
	}

	#scanMethod(octets: Uint8Array, start: number, end: number): number {
		let index = start;
		const limit = this.methodStart + METHOD_LENGTH_MAX + 1;
		const stop = end < limit ? end : limit;
		let cursor = this.#cursor;
		for (; index < stop; index += 1) {
			const octet = octets[index] as number;
			if (octet === SP) {
				this.methodLength = index - this.methodStart;
				this.method = METHODS.end(cursor);
				this.#beginTarget(index + 1);
				return index + 1;
			}
			if (TOKEN_LOWER[octet] === 0) return refuse(Violation.methodMalformed);
			if (cursor !== NO_NAME) cursor = METHODS.step(cursor, octet);
		}
		this.#cursor = cursor;
		return index === limit ? refuse(Violation.methodTooLong) : index;
	}

	#scanTarget(octets: Uint8Array, start: number, end: number): number {
		let index = start;
		while (index < end && this.#state < VERSION) {
			const state = this.#state;
			if (state === PATH) index = this.#scanPath(octets, index, end);
			else if (state === QUERY) index = this.#scanQuery(octets, index, end);
			else if (state === AUTHORITY) index = this.#scanAuthority(octets, index, end);
			else {
				const violation = this.#targetOctet(octets[index] as number, index);
				if (violation !== VALID) return refuse(violation);
				index += 1;
			}
			if (index < 0) return index;
		}
		return index;
	}

	/** Takes one octet of the target's rarer states; returns a violation or `none`. */
	#targetOctet(octet: number, index: number): number {
		switch (this.#state) {
			case TARGET_FIRST:
				return this.#firstOctet(octet, index);
			case SCHEME:
				return this.#schemeOctet(octet, false);
			case SCHEME_SLASH_1:
			case SCHEME_SLASH_2:
				if (octet !== SLASH) return Violation.targetMalformed;
				this.#state += 1;
				return VALID;
			case PATH_PERCENT_1:
			case QUERY_PERCENT_1:
				this.#digit = HEX_DIGIT[octet] as number;
				this.#state += 1;
				return this.#digit === 0 ? Violation.percentEncodingMalformed : VALID;
			case PATH_PERCENT_2:
				// "%00" would end a string in many a file system, so no path holds it.
				if (HEX_DIGIT[octet] === 0 || (this.#digit === 1 && octet === DIGIT_0)) {
					return Violation.percentEncodingMalformed;
				}
				this.#state = PATH;
				return VALID;
			case QUERY_PERCENT_2:
				if (HEX_DIGIT[octet] === 0) return Violation.percentEncodingMalformed;
				this.#state = QUERY;
				return VALID;
			default: // TARGET_END
				if (octet !== SP) return Violation.targetMalformed;
				this.pathEnd = index;
				return this.#endTarget(index);
		}
	}

	#beginTarget(start: number): void {
		this.targetStart = start;
		this.pathStart = start;
		this.pathEnd = start;
		this.queryStart = -1;
		this.isPathPlain = true;
		if (this.method === METHOD_CONNECT) {
			this.form = AUTHORITY_FORM;
			this.#authority.begin();
			this.#state = AUTHORITY;
		} else this.#state = TARGET_FIRST;
	}

	#firstOctet(octet: number, index: number): number {
		if (octet === SLASH) {
			this.form = ORIGIN_FORM;
			this.#segmentStart = index + 1;
			this.#state = PATH;
			return VALID;
		}
		if (octet === ASTERISK) {
			this.form = ASTERISK_FORM;
			this.#state = TARGET_END;
			return this.method === METHOD_OPTIONS ? VALID : Violation.targetMalformed;
		}
		this.form = ABSOLUTE_FORM;
		this.#cursor = NO_NAME;
		this.#state = SCHEME;
		return this.#schemeOctet(octet, true);
	}

	#schemeOctet(octet: number, isFirst: boolean): number {
		if (octet === COLON) {
			this.#scheme = SCHEMES.end(this.#cursor);
			this.#state = SCHEME_SLASH_1;
			this.#authority.begin();
			return this.#scheme === NO_CANDIDATE ? Violation.targetMalformed : VALID;
		}
		const lower = TOKEN_LOWER[octet] as number;
		if (lower === 0) return Violation.targetMalformed;
		this.#cursor = isFirst ? SCHEMES.begin(lower) : SCHEMES.step(this.#cursor, lower);
		return VALID;
	}

	#scanAuthority(octets: Uint8Array, start: number, end: number): number {
		const authority = this.#authority;
		const index = authority.scan(octets[start] as number, octets, start, end);
		if (index === end) return end;
		const octet = authority.stop;
		if (this.form === AUTHORITY_FORM && (octet === SLASH || octet === QUESTION))
			return refuse(Violation.targetMalformed);
		if (!authority.isWhole || authority.isEmpty) return refuse(Violation.authorityMalformed);
		if (this.form === AUTHORITY_FORM) {
			if (octet !== SP || !authority.hasValidPort) return refuse(Violation.authorityMalformed);
			this.#endTarget(index);
			return index + 1;
		}
		this.pathStart = index;
		this.pathEnd = index;
		if (octet === SLASH) {
			this.#segmentStart = index + 1;
			this.#state = PATH;
		} else if (octet === QUESTION) this.#beginQuery(index);
		else if (octet !== SP) return refuse(Violation.authorityMalformed);
		else {
			const violation = this.#endTarget(index);
			if (violation !== VALID) return refuse(violation);
		}
		return index + 1;
	}

	#scanPath(octets: Uint8Array, start: number, end: number): number {
		const plain = this.#pathClass;
		for (let index = start; index < end; index += 1) {
			const octet = octets[index] as number;
			if (plain[octet] === 1) continue;
			if (octet === SLASH) this.#segmentStart = index + 1;
			else if (octet === DOT) {
				if (index === this.#segmentStart) this.isPathPlain = false;
			} else if (octet === SP) {
				this.pathEnd = index;
				const violation = this.#endTarget(index);
				return violation === VALID ? index + 1 : refuse(violation);
			} else if (octet === QUESTION) {
				this.#beginQuery(index);
				return index + 1;
			} else if (octet === PERCENT) {
				this.isPathPlain = false;
				this.#state = PATH_PERCENT_1;
				return index + 1;
			} else return refuse(Violation.targetMalformed);
		}
		return end;
	}

	#beginQuery(index: number): void {
		this.pathEnd = index;
		this.queryStart = index + 1;
		this.#state = QUERY;
	}

	#scanQuery(octets: Uint8Array, start: number, end: number): number {
		const plain = this.#queryClass;
		for (let index = start; index < end; index += 1) {
			const octet = octets[index] as number;
			if (plain[octet] === 1) continue;
			if (octet === SP) {
				const violation = this.#endTarget(index);
				return violation === VALID ? index + 1 : refuse(violation);
			}
			if (octet !== PERCENT) return refuse(Violation.targetMalformed);
			this.#state = QUERY_PERCENT_1;
			return index + 1;
		}
		return end;
	}

	#endTarget(index: number): number {
		this.targetEnd = index;
		this.#state = VERSION;
		this.#position = 0;
		if (this.form === ABSOLUTE_FORM && this.#scheme !== SCHEME_HTTP && !this.#options.allowsHttps) {
			return Violation.schemeNotSecured;
		}
		return VALID;
	}

	#scanVersion(octets: Uint8Array, start: number, end: number): number {
		let index = start;
		// The name, then what follows it, octet by octet.
		let position = this.#position;
		for (; position < VERSION_NAME.length && index < end; index += 1) {
			if (octets[index] !== VERSION_NAME[position]) return refuse(Violation.versionMalformed);
			position += 1;
		}
		this.#position = position;
		for (; index < end; index += 1) {
			const octet = octets[index] as number;
			if (this.#state === VERSION) {
				const violation = this.#versionOctet(octet);
				if (violation !== VALID) return refuse(violation);
			} else if (this.#state === LINE_CR) {
				if (octet === LF) return refuse(Violation.lineEndMalformed);
				if (octet !== CR) return refuse(Violation.versionMalformed);
				this.#state = LINE_LF;
			} else {
				if (octet !== LF) return refuse(Violation.lineEndMalformed);
				this.#state = COMPLETE;
				return index + 1;
			}
		}
		return end;
	}

	/** HTTP-version = HTTP-name "/" DIGIT "." DIGIT, case-sensitive (RFC 9112 §2.3): an octet of what follows the slash. */
	#versionOctet(octet: number): number {
		const position = this.#position;
		this.#position = position + 1;
		if (position === VERSION_NAME.length + 1) return octet === DOT ? VALID : Violation.versionMalformed;
		if (octet < DIGIT_0 || octet > DIGIT_9) return Violation.versionMalformed;
		if (position === VERSION_NAME.length) {
			this.#major = octet - DIGIT_0;
			return VALID;
		}
		this.minorVersion = octet === DIGIT_0 ? 0 : 1;
		this.#state = LINE_CR;
		// Not at the line end: another major version need not have one.
		return this.#major === 1 ? VALID : Violation.versionUnsupported;
	}
}

function firstOctetViolation(octet: number): number {
	if (octet === LF) return Violation.lineEndMalformed;
	if (octet >= SP && octet < 0x7f) return Violation.methodMalformed;
	if (octet === HTAB) return Violation.methodMalformed;
	return Violation.notHttp;
}
