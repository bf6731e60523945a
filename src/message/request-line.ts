// request-line = method SP request-target SP HTTP-version CRLF (RFC 9112 §3), read as its octets arrive. For the head
// reader.
//
// Every octet is looked at once, wherever the input was cut: the state below and the offsets say all that is known.
// `#take` reads any line, octet by octet; beside it there are readers for what is common and for long stretches.
// Offsets are into the receive buffer; when the buffer is compacted, `relocate` moves them along.

import { ASTERISK, COLON, CR, DIGIT_0, DIGIT_9, DOT, HTAB, LF, PERCENT, QUESTION, SLASH, SP } from "../octets/ascii.js";
import { HEX_DIGIT, PATH_PLAIN, PATH_VISIBLE, QUERY_PLAIN, QUERY_VISIBLE, TOKEN_LOWER } from "../octets/classes.js";
import { NameSet, NO_CANDIDATE, NO_NAME } from "../octets/names.js";
import { ascii } from "../octets/text.js";
import { WORD_LENGTH, type WordReader, word } from "../octets/words.js";
import {
	AUTHORITY_OVER,
	AUTHORITY_START,
	hasValidPort,
	isEmptyAuthority,
	isWholeAuthority,
	stepAuthority,
} from "./authority.js";
import {
	METHOD_CONNECT,
	METHOD_GET,
	METHOD_LENGTH_MAX,
	METHOD_OPTIONS,
	METHOD_UNREGISTERED,
	METHODS,
} from "./method.js";
import { refuse, VALID, Violation } from "./violation.js";

// The four forms of a request target (RFC 9112 §3.2).
export const ORIGIN_FORM = 0;
export const ABSOLUTE_FORM = 1;
export const AUTHORITY_FORM = 2;
export const ASTERISK_FORM = 3;

/** How many empty lines before a request are ignored; RFC 9112 §2.2 asks for one at least. */
const EMPTY_LINES_MAX = 4;

const VERSION_NAME = ascii("HTTP/");
// "GET" behind its first octet, with the octet that begins nearly every target; "HTTP/1.1".
const GET_SLASH = word("ET /");
const GET_LENGTH = 3;
const HTTP = word("HTTP");
const ONE_ONE = word("/1.1");
const SCHEMES = new NameSet(["http", "https"]);
const SCHEME_HTTP = SCHEMES.indexOf("http");

/** Where the first octet of "GET" leads. */
const GET_CURSOR = METHODS.begin("GET".charCodeAt(0));

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
	/** Whether nothing but empty lines has been seen. */
	isBlank = true;
	isComplete = false;

	readonly #options: RequestLineOptions;
	readonly #pathClass: Uint8Array;
	readonly #queryClass: Uint8Array;
	readonly #words: WordReader;
	#state = BLANK;
	#emptyLines = 0;
	/** Where the octets of the method, then of the scheme, have led among those known; then what is known of the authority. */
	#cursor = NO_NAME;
	#scheme = NO_CANDIDATE;
	#segmentStart = 0;
	#digit = 0;
	#major = 0;
	#position = 0;

	constructor(options: RequestLineOptions, words: WordReader) {
		this.#options = options;
		this.#words = words;
		this.#pathClass = options.allowsVisible ? PATH_VISIBLE : PATH_PLAIN;
		this.#queryClass = options.allowsVisible ? QUERY_VISIBLE : QUERY_PLAIN;
	}

	begin(): void {
		this.#state = BLANK;
		this.isBlank = true;
		this.isComplete = false;
		this.#emptyLines = 0;
		this.method = METHOD_UNREGISTERED;
		this.minorVersion = 1;
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
		if (start === end) return end;
		const first = octets[start] as number;
		if (this.#state === BLANK && TOKEN_LOWER[first] !== 0) return this.beginMethod(first, start);
		return this.skipEmptyLines(first, octets, start, end);
	}

	private beginMethod(octet: number, index: number): number {
		this.methodStart = index;
		this.#cursor = METHODS.begin(octet);
		this.#state = METHOD;
		this.isBlank = false;
		return index + 1;
	}

	private skipEmptyLines(first: number, octets: Uint8Array, start: number, end: number): number {
		let octet = first;
		let index = start;
		for (;;) {
			if (this.#state === EMPTY_LINE_LF) {
				if (octet !== LF) return refuse(Violation.lineEndMalformed);
				this.#emptyLines += 1;
				this.#state = BLANK;
			} else if (octet === CR) {
				if (this.#emptyLines === EMPTY_LINES_MAX) return refuse(Violation.emptyLinesTooMany);
				this.#state = EMPTY_LINE_LF;
			} else if (TOKEN_LOWER[octet] === 0) return refuse(firstOctetViolation(octet));
			else return this.beginMethod(octet, index);
			index += 1;
			if (index === end) return end;
			octet = octets[index] as number;
		}
	}

	/**
	 * Reads the rest of the line from `start` to `end`. Returns the offset behind the last octet taken, or a refusal.
	 */
	scan(octets: Uint8Array, start: number, end: number): number {
		let index = start;
		while (index >= 0 && index < end && this.#state !== COMPLETE) {
			const state = this.#state;
			if (state === METHOD) index = this.scanMethod(octets, index, end);
			else if (state < VERSION) {
				// One octet more than may be: it is the SP behind the target, or one too many.
				const limit = this.targetStart + this.#options.targetLengthMax + 1;
				index = this.scanTarget(octets, index, end < limit ? end : limit);
				if (index === limit && this.#state < VERSION) return refuse(Violation.targetTooLong);
			} else index = this.scanVersion(octets, index, end);
		}
		return index;
	}

	private scanMethod(octets: Uint8Array, start: number, end: number): number {
		if (start !== this.methodStart + 1 || start + WORD_LENGTH > end) {
			return this.takeOctet(octets[start] as number, start);
		}
		const word = this.#words.getInt32(start, true);
		if (word !== GET_SLASH || this.#cursor !== GET_CURSOR) return this.takeWord(word, start);
		this.method = METHOD_GET;
		this.methodLength = GET_LENGTH;
		this.beginTarget(start + GET_LENGTH);
		this.form = ORIGIN_FORM;
		this.#segmentStart = start + WORD_LENGTH;
		this.#state = PATH;
		return this.readPlain(octets, start + WORD_LENGTH, end);
	}

	/** The rest of a line whose path begins, as long as nothing in it has to be thought about. */
	private readPlain(octets: Uint8Array, start: number, end: number): number {
		const limit = this.targetStart + this.#options.targetLengthMax;
		const stop = end < limit ? end : limit;
		let plain = this.#pathClass;
		let index = start;
		let octet = 0;
		while (index < stop) {
			octet = octets[index] as number;
			if (plain[octet] !== 1) {
				if (this.#state !== PATH) break;
				if (octet === SLASH) this.#segmentStart = index + 1;
				else if (octet === QUESTION) {
					this.beginQuery(index);
					plain = this.#queryClass;
				} else break;
			}
			index += 1;
		}
		if (index === stop) return index;
		if (octet !== SP) return this.takeOctet(octet, index);
		if (this.#state === PATH) this.pathEnd = index;
		this.targetEnd = index;
		this.#position = 0;
		this.#state = VERSION;
		index += 1;
		return index < end ? this.scanVersion(octets, index, end) : index;
	}

	private scanTarget(octets: Uint8Array, start: number, end: number): number {
		let index = start;
		let state = this.#state;
		while (index >= 0 && index < end && state < VERSION) {
			if (state === PATH || state === QUERY) index = this.scanPlain(state, octets, index, end);
			else if (state === AUTHORITY) index = this.scanAuthority(octets, index, end);
			else index = this.takeOctet(octets[index] as number, index);
			state = this.#state;
		}
		return index;
	}

	/** A stretch of a path or a query that needs no thought, and the octet that ends it. */
	private scanPlain(state: number, octets: Uint8Array, start: number, end: number): number {
		const plain = state === PATH ? this.#pathClass : this.#queryClass;
		let index = start;
		let octet = octets[index] as number;
		while (plain[octet] === 1) {
			index += 1;
			if (index === end) return end;
			octet = octets[index] as number;
		}
		const violation = state === PATH ? this.pathOctet(octet, index) : this.queryOctet(octet, index);
		return violation === VALID ? index + 1 : refuse(violation);
	}

	private scanVersion(octets: Uint8Array, start: number, end: number): number {
		// "HTTP/1.1" and the line end.
		const lineEnd = start + 2 * WORD_LENGTH;
		if (this.#state !== VERSION || this.#position !== 0 || lineEnd + 1 >= end) {
			return this.takeOctet(octets[start] as number, start);
		}
		const first = this.#words.getInt32(start, true);
		if (first !== HTTP) return this.takeWord(first, start);
		const second = this.#words.getInt32(start + WORD_LENGTH, true);
		if (second !== ONE_ONE) {
			this.takeWord(first, start);
			return this.takeWord(second, start + WORD_LENGTH);
		}
		this.minorVersion = 1;
		this.#state = LINE_CR;
		const carriageReturn = octets[lineEnd] as number;
		if (carriageReturn !== CR) return this.takeOctet(carriageReturn, lineEnd);
		if (octets[lineEnd + 1] !== LF) return refuse(Violation.lineEndMalformed);
		this.#state = COMPLETE;
		this.isComplete = true;
		return lineEnd + 2;
	}

	/** Takes the octets of a word, which stand at `start`, one by one. Returns the offset behind the last one taken, or a refusal. */
	private takeWord(word: number, start: number): number {
		let rest = word;
		let index = start;
		while (index >= 0 && index < start + WORD_LENGTH && this.#state !== COMPLETE) {
			index = this.takeOctet(rest & 0xff, index);
			rest >>>= 8;
		}
		return index;
	}

	/** Takes the octet that stands at `index`. Returns the offset behind it, or a refusal. */
	private takeOctet(octet: number, index: number): number {
		const violation = this.take(octet, index);
		return violation === VALID ? index + 1 : refuse(violation);
	}

	/** Takes the octet that stands at `index`. Returns a violation or VALID. */
	private take(octet: number, index: number): number {
		switch (this.#state) {
			case METHOD:
				return this.methodOctet(octet, index);
			case TARGET_FIRST:
				return this.firstOctet(octet, index);
			case SCHEME:
				return this.schemeOctet(octet, false);
			case SCHEME_SLASH_1:
			case SCHEME_SLASH_2:
				if (octet !== SLASH) return Violation.targetMalformed;
				this.#state += 1;
				return VALID;
			case AUTHORITY:
				return this.authorityOctet(octet, index);
			case PATH:
				return this.pathOctet(octet, index);
			case QUERY:
				return this.queryOctet(octet, index);
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
			case TARGET_END:
				if (octet !== SP) return Violation.targetMalformed;
				this.pathEnd = index;
				return this.endTarget(index);
			case VERSION:
				return this.versionOctet(octet);
			case LINE_CR:
				if (octet === LF) return Violation.lineEndMalformed;
				if (octet !== CR) return Violation.versionMalformed;
				this.#state = LINE_LF;
				return VALID;
			default:
				if (octet !== LF) return Violation.lineEndMalformed;
				this.#state = COMPLETE;
				this.isComplete = true;
				return VALID;
		}
	}

	private methodOctet(octet: number, index: number): number {
		if (octet === SP) {
			this.methodLength = index - this.methodStart;
			this.method = METHODS.end(this.#cursor);
			this.beginTarget(index + 1);
			return VALID;
		}
		if (TOKEN_LOWER[octet] === 0) return Violation.methodMalformed;
		if (index - this.methodStart === METHOD_LENGTH_MAX) return Violation.methodTooLong;
		if (this.#cursor !== NO_NAME) this.#cursor = METHODS.step(this.#cursor, octet);
		return VALID;
	}

	private beginTarget(start: number): void {
		this.targetStart = start;
		this.pathStart = start;
		this.pathEnd = start;
		this.queryStart = -1;
		this.isPathPlain = true;
		if (this.method === METHOD_CONNECT) {
			this.form = AUTHORITY_FORM;
			this.#cursor = AUTHORITY_START;
			this.#state = AUTHORITY;
		} else this.#state = TARGET_FIRST;
	}

	private firstOctet(octet: number, index: number): number {
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
		return this.schemeOctet(octet, true);
	}

	private schemeOctet(octet: number, isFirst: boolean): number {
		if (octet === COLON) {
			this.#scheme = SCHEMES.end(this.#cursor);
			this.#state = SCHEME_SLASH_1;
			this.#cursor = AUTHORITY_START;
			return this.#scheme === NO_CANDIDATE ? Violation.targetMalformed : VALID;
		}
		const lower = TOKEN_LOWER[octet] as number;
		if (lower === 0) return Violation.targetMalformed;
		this.#cursor = isFirst ? SCHEMES.begin(lower) : SCHEMES.step(this.#cursor, lower);
		return VALID;
	}

	private scanAuthority(octets: Uint8Array, start: number, end: number): number {
		let violation = VALID;
		let index = start;
		while (index < end && this.#state === AUTHORITY && violation === VALID) {
			violation = this.authorityOctet(octets[index] as number, index);
			index += 1;
		}
		return violation === VALID ? index : refuse(violation);
	}

	private authorityOctet(octet: number, index: number): number {
		const next = stepAuthority(this.#cursor, octet);
		if (next === AUTHORITY_OVER) return this.endAuthority(octet, index);
		this.#cursor = next;
		return VALID;
	}

	/** At the octet, which stands at `index`, that does not belong to the authority. */
	private endAuthority(octet: number, index: number): number {
		const authority = this.#cursor;
		if (this.form === AUTHORITY_FORM && (octet === SLASH || octet === QUESTION)) return Violation.targetMalformed;
		if (!isWholeAuthority(authority) || isEmptyAuthority(authority)) return Violation.authorityMalformed;
		if (this.form === AUTHORITY_FORM) {
			return octet === SP && hasValidPort(authority) ? this.endTarget(index) : Violation.authorityMalformed;
		}
		this.pathStart = index;
		this.pathEnd = index;
		if (octet === SP) return this.endTarget(index);
		if (octet === SLASH) {
			this.#segmentStart = index + 1;
			this.#state = PATH;
		} else if (octet === QUESTION) this.beginQuery(index);
		else return Violation.authorityMalformed;
		return VALID;
	}

	private pathOctet(octet: number, index: number): number {
		if (octet === SP) {
			this.pathEnd = index;
			return this.endTarget(index);
		}
		if (this.#pathClass[octet] === 1) return VALID;
		if (octet === SLASH) this.#segmentStart = index + 1;
		else if (octet === DOT) {
			if (index === this.#segmentStart) this.isPathPlain = false;
		} else if (octet === QUESTION) this.beginQuery(index);
		else if (octet === PERCENT) {
			this.isPathPlain = false;
			this.#state = PATH_PERCENT_1;
		} else return Violation.targetMalformed;
		return VALID;
	}

	private beginQuery(index: number): void {
		this.pathEnd = index;
		this.queryStart = index + 1;
		this.#state = QUERY;
	}

	private queryOctet(octet: number, index: number): number {
		if (octet === SP) return this.endTarget(index);
		if (this.#queryClass[octet] === 1) return VALID;
		if (octet !== PERCENT) return Violation.targetMalformed;
		this.#state = QUERY_PERCENT_1;
		return VALID;
	}

	private endTarget(index: number): number {
		this.targetEnd = index;
		this.#state = VERSION;
		this.#position = 0;
		if (this.form === ABSOLUTE_FORM && this.#scheme !== SCHEME_HTTP && !this.#options.allowsHttps) {
			return Violation.schemeNotSecured;
		}
		return VALID;
	}

	/** HTTP-version = HTTP-name "/" DIGIT "." DIGIT, case-sensitive (RFC 9112 §2.3). */
	private versionOctet(octet: number): number {
		const position = this.#position;
		this.#position = position + 1;
		if (position < VERSION_NAME.length) return octet === VERSION_NAME[position] ? VALID : Violation.versionMalformed;
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
