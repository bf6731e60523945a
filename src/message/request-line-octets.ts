// request-line = method SP request-target SP HTTP-version CRLF (RFC 9112 §3), octet by octet: what every octet means, wherever
// the input was cut. For the request line, which reads what is common in larger steps, and comes here with what it does not
// understand.
//
// The state and the offsets say all that is known. Offsets are into the receive buffer; when the buffer is compacted,
// `relocate` moves them along.

import {
	ASTERISK,
	COLON,
	CR,
	DIGIT_0,
	DIGIT_1,
	DIGIT_9,
	DOT,
	HTAB,
	LF,
	PERCENT,
	QUESTION,
	SLASH,
	SP,
} from "../octets/ascii.js";
import { HEX_DIGIT, TOKEN_LOWER } from "../octets/classes.js";
import { NameSet, NO_CANDIDATE, NO_NAME } from "../octets/names.js";
import { firstOf, pair, secondOf } from "../octets/pairs.js";
import { ascii } from "../octets/text.js";
import { WORD_LENGTH } from "../octets/words.js";
import {
	AUTHORITY_OVER,
	AUTHORITY_START,
	hasValidPort,
	isEmptyAuthority,
	isWholeAuthority,
	stepAuthority,
} from "./authority.js";
import type { HeadOptions } from "./head-options.js";
import { METHOD_CONNECT, METHOD_LENGTH_MAX, METHOD_OPTIONS, METHOD_UNREGISTERED, METHODS } from "./method.js";
import { refuse, VALID, Violation } from "./violation.js";

// The four forms of a request target (RFC 9112 §3.2).
export const ORIGIN_FORM = 0;
export const ABSOLUTE_FORM = 1;
export const AUTHORITY_FORM = 2;
export const ASTERISK_FORM = 3;

/** How many empty lines before a request are ignored; RFC 9112 §2.2 asks for one at least. */
const EMPTY_LINES_MAX = 4;

const NO_LIMIT = 0x7fffffff;

const VERSION_NAME = ascii("HTTP/");
const SCHEMES = new NameSet(["http", "https"]);
const SCHEME_HTTP = SCHEMES.indexOf("http");

// Where the reader stands, in the order of the octets.
export const BLANK = 0;
export const EMPTY_LINE_LF = 1;
export const METHOD = 2;
export const TARGET_FIRST = 3;
export const SCHEME = 4;
const SCHEME_SLASH_1 = 5;
const SCHEME_SLASH_2 = 6;
export const AUTHORITY = 7;
export const PATH = 8;
const PATH_PERCENT_1 = 9;
const PATH_PERCENT_2 = 10;
export const QUERY = 11;
const QUERY_PERCENT_1 = 12;
const QUERY_PERCENT_2 = 13;
const TARGET_END = 14; // behind "*"
export const VERSION = 15; // "HTTP/" and the two digits
export const LINE_CR = 16;
const LINE_LF = 17;
export const COMPLETE = 18;

/** In `cursor`, inside the version: its major number is another than 1. */
const OTHER_MAJOR = 0x10;

// What is noted in one cell.
const STATE = 0x1f;
const FORM = 0x3;
const FORM_SHIFT = 5;
const IS_MINOR = 0x80;
const IS_PATH_PLAIN = 0x100;
const IS_SECURED = 0x200;
const METHOD_SHIFT = 16;

/** How many cells `save` takes. */
export const LINE_CELLS = 6;

export class RequestLineOctets {
	/** Index in METHODS, or METHOD_UNREGISTERED. */
	method = METHOD_UNREGISTERED;
	methodStart = 0;
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
	isComplete = false;

	// For the reader of the line only.
	readonly options: HeadOptions;
	state = BLANK;
	/**
	 * What is known of what is being read: how many empty lines there were; where the octets of the method, then of the scheme,
	 * have led among those known; how far the authority is; the first digit behind a "%"; how many octets the version has.
	 */
	cursor = NO_NAME;
	/** Whether the scheme is another than http. */
	isSecured = false;
	/** Where the target has to end at the latest. */
	targetLimit = NO_LIMIT;
	segmentStart = 0;

	constructor(options: HeadOptions) {
		this.options = options;
	}

	begin(): void {
		this.state = BLANK;
		this.isComplete = false;
		this.cursor = 0;
		this.method = METHOD_UNREGISTERED;
		this.minorVersion = 1;
		this.targetLimit = NO_LIMIT;
	}

	/** Whether nothing but empty lines has been seen. */
	get isBlank(): boolean {
		return this.state <= EMPTY_LINE_LF;
	}

	/** Whether no octet has been read. */
	get isUntouched(): boolean {
		return this.state === BLANK && this.cursor === 0;
	}

	/** Exactly one SP follows the method. Meaningless before. */
	get methodLength(): number {
		return this.targetStart - this.methodStart - 1;
	}

	/**
	 * Where the octets end that have to stay: those of method and target, and before the line has its end all of it, since how
	 * long the head is is counted from its first octet.
	 */
	keptEnd(scanned: number): number {
		return this.isComplete ? this.targetEnd : scanned;
	}

	/** Moves all offsets by `distance`, with the octets. */
	relocate(distance: number): void {
		this.methodStart += distance;
		this.targetStart += distance;
		this.targetEnd += distance;
		this.pathStart += distance;
		this.pathEnd += distance;
		this.segmentStart += distance;
		if (this.targetLimit !== NO_LIMIT) this.targetLimit += distance;
		if (this.queryStart >= 0) this.queryStart += distance;
	}

	/** Notes all that is known in LINE_CELLS cells from `at` on, while another connection has its turn. */
	save(cells: Int32Array, at: number): void {
		let first = this.state | (this.form << FORM_SHIFT) | (this.method << METHOD_SHIFT);
		if (this.minorVersion !== 0) first |= IS_MINOR;
		if (this.isPathPlain) first |= IS_PATH_PLAIN;
		if (this.isSecured) first |= IS_SECURED;
		cells[at] = first;
		cells[at + 1] = this.cursor;
		cells[at + 2] = pair(this.methodStart, this.segmentStart);
		cells[at + 3] = pair(this.targetStart, this.targetEnd);
		cells[at + 4] = pair(this.pathStart, this.pathEnd);
		cells[at + 5] = this.queryStart;
	}

	/** Takes up what `save` has noted. */
	load(cells: Int32Array, at: number): void {
		const first = cells[at] as number;
		this.state = first & STATE;
		this.form = (first >> FORM_SHIFT) & FORM;
		this.minorVersion = (first & IS_MINOR) === 0 ? 0 : 1;
		this.isPathPlain = (first & IS_PATH_PLAIN) !== 0;
		this.isSecured = (first & IS_SECURED) !== 0;
		this.method = first >> METHOD_SHIFT;
		this.cursor = cells[at + 1] as number;
		this.methodStart = firstOf(cells[at + 2] as number);
		this.segmentStart = secondOf(cells[at + 2] as number);
		this.targetStart = firstOf(cells[at + 3] as number);
		this.targetEnd = secondOf(cells[at + 3] as number);
		this.pathStart = firstOf(cells[at + 4] as number);
		this.pathEnd = secondOf(cells[at + 4] as number);
		this.queryStart = cells[at + 5] as number;
		this.targetLimit = this.state < TARGET_FIRST ? NO_LIMIT : this.targetStart + this.options.targetLengthMax;
		this.isComplete = this.state === COMPLETE;
	}

	/** Takes the octets of a word, which stand at `start`, one by one. Returns the offset behind the last one taken, or a refusal. */
	takeWord(word: number, start: number): number {
		let rest = word;
		let index = start;
		while (index >= 0 && index < start + WORD_LENGTH && this.state !== COMPLETE) {
			index = this.takeOctet(rest & 0xff, index);
			rest >>>= 8;
		}
		return index;
	}

	/** Takes the octet that stands at `index`. Returns the offset behind it, or a refusal. */
	takeOctet(octet: number, index: number): number {
		const violation = this.take(octet, index);
		return violation === VALID ? index + 1 : refuse(violation);
	}

	/** Takes the octet that stands at `index`. Returns a violation or VALID. */
	private take(octet: number, index: number): number {
		switch (this.state) {
			case BLANK:
				return this.blankOctet(octet, index);
			case EMPTY_LINE_LF:
				if (octet !== LF) return Violation.lineEndMalformed;
				this.cursor += 1;
				this.state = BLANK;
				return VALID;
			case METHOD:
				return this.methodOctet(octet, index);
			case TARGET_FIRST:
				return this.firstOctet(octet, index);
			case SCHEME:
				return this.schemeOctet(octet, false);
			case SCHEME_SLASH_1:
			case SCHEME_SLASH_2:
				if (octet !== SLASH) return Violation.targetMalformed;
				this.state += 1;
				return VALID;
			case AUTHORITY:
				return this.authorityOctet(octet, index);
			case PATH:
				return this.pathOctet(octet, index);
			case QUERY:
				return this.queryOctet(octet, index);
			case PATH_PERCENT_1:
			case QUERY_PERCENT_1:
				this.cursor = HEX_DIGIT[octet] as number;
				this.state += 1;
				return this.cursor === 0 ? Violation.percentEncodingMalformed : VALID;
			case PATH_PERCENT_2:
				// "%00" would end a string in many a file system, so no path holds it.
				if (HEX_DIGIT[octet] === 0 || (this.cursor === 1 && octet === DIGIT_0)) {
					return Violation.percentEncodingMalformed;
				}
				this.state = PATH;
				return VALID;
			case QUERY_PERCENT_2:
				if (HEX_DIGIT[octet] === 0) return Violation.percentEncodingMalformed;
				this.state = QUERY;
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
				this.state = LINE_LF;
				return VALID;
			default:
				if (octet !== LF) return Violation.lineEndMalformed;
				this.state = COMPLETE;
				this.isComplete = true;
				return VALID;
		}
	}

	/** The first octet of a method, or of an empty line. */
	private blankOctet(octet: number, index: number): number {
		if (octet === CR) {
			if (this.cursor === EMPTY_LINES_MAX) return Violation.emptyLinesTooMany;
			this.state = EMPTY_LINE_LF;
			return VALID;
		}
		if (TOKEN_LOWER[octet] === 0) return firstOctetViolation(octet);
		this.beginMethod(index);
		this.cursor = METHODS.begin(octet);
		return VALID;
	}

	/** The method begins at `index`. */
	beginMethod(index: number): void {
		this.methodStart = index;
		this.state = METHOD;
	}

	private methodOctet(octet: number, index: number): number {
		if (octet === SP) {
			this.method = METHODS.end(this.cursor);
			this.beginTarget(index + 1);
			return VALID;
		}
		if (TOKEN_LOWER[octet] === 0) return Violation.methodMalformed;
		if (index - this.methodStart === METHOD_LENGTH_MAX) return Violation.methodTooLong;
		if (this.cursor !== NO_NAME) this.cursor = METHODS.step(this.cursor, octet);
		return VALID;
	}

	/** The target begins at `start`; until its end is found it has no octet. */
	placeTarget(start: number): void {
		this.targetStart = start;
		this.targetEnd = start;
		this.targetLimit = start + this.options.targetLengthMax;
		this.pathStart = start;
		this.pathEnd = start;
		this.queryStart = -1;
		this.isPathPlain = true;
	}

	private beginTarget(start: number): void {
		this.placeTarget(start);
		if (this.method === METHOD_CONNECT) {
			this.form = AUTHORITY_FORM;
			this.cursor = AUTHORITY_START;
			this.state = AUTHORITY;
		} else this.state = TARGET_FIRST;
	}

	private firstOctet(octet: number, index: number): number {
		if (octet === SLASH) {
			this.form = ORIGIN_FORM;
			this.segmentStart = index + 1;
			this.state = PATH;
			return VALID;
		}
		if (octet === ASTERISK) {
			this.form = ASTERISK_FORM;
			this.state = TARGET_END;
			return this.method === METHOD_OPTIONS ? VALID : Violation.targetMalformed;
		}
		this.form = ABSOLUTE_FORM;
		this.cursor = NO_NAME;
		this.state = SCHEME;
		return this.schemeOctet(octet, true);
	}

	private schemeOctet(octet: number, isFirst: boolean): number {
		if (octet === COLON) {
			const scheme = SCHEMES.end(this.cursor);
			this.isSecured = scheme !== SCHEME_HTTP;
			this.state = SCHEME_SLASH_1;
			this.cursor = AUTHORITY_START;
			return scheme === NO_CANDIDATE ? Violation.targetMalformed : VALID;
		}
		const lower = TOKEN_LOWER[octet] as number;
		if (lower === 0) return Violation.targetMalformed;
		this.cursor = isFirst ? SCHEMES.begin(lower) : SCHEMES.step(this.cursor, lower);
		return VALID;
	}

	private authorityOctet(octet: number, index: number): number {
		const next = stepAuthority(this.cursor, octet);
		if (next === AUTHORITY_OVER) return this.endAuthority(octet, index);
		this.cursor = next;
		return VALID;
	}

	/** At the octet, which stands at `index`, that does not belong to the authority. */
	private endAuthority(octet: number, index: number): number {
		const authority = this.cursor;
		if (this.form === AUTHORITY_FORM && (octet === SLASH || octet === QUESTION)) return Violation.targetMalformed;
		if (!isWholeAuthority(authority) || isEmptyAuthority(authority)) return Violation.authorityMalformed;
		if (this.form === AUTHORITY_FORM) {
			return octet === SP && hasValidPort(authority) ? this.endTarget(index) : Violation.authorityMalformed;
		}
		this.pathStart = index;
		this.pathEnd = index;
		if (octet === SP) return this.endTarget(index);
		if (octet === SLASH) {
			this.segmentStart = index + 1;
			this.state = PATH;
		} else if (octet === QUESTION) this.beginQuery(index);
		else return Violation.authorityMalformed;
		return VALID;
	}

	private pathOctet(octet: number, index: number): number {
		if (octet === SP) {
			this.pathEnd = index;
			return this.endTarget(index);
		}
		if (octet === SLASH) this.segmentStart = index + 1;
		else if (this.options.pathOdd[octet] === 0) return VALID;
		else if (octet === DOT) {
			if (index === this.segmentStart) this.isPathPlain = false;
		} else if (octet === QUESTION) this.beginQuery(index);
		else if (octet === PERCENT) {
			this.isPathPlain = false;
			this.state = PATH_PERCENT_1;
		} else return Violation.targetMalformed;
		return VALID;
	}

	beginQuery(index: number): void {
		this.pathEnd = index;
		this.queryStart = index + 1;
		this.state = QUERY;
	}

	private queryOctet(octet: number, index: number): number {
		if (octet === SP) return this.endTarget(index);
		if (this.options.queryOdd[octet] === 0) return VALID;
		if (octet !== PERCENT) return Violation.targetMalformed;
		this.state = QUERY_PERCENT_1;
		return VALID;
	}

	endTarget(index: number): number {
		this.targetEnd = index;
		this.state = VERSION;
		this.cursor = 0;
		if (this.form === ABSOLUTE_FORM && this.isSecured && !this.options.allowsHttps) {
			return Violation.schemeNotSecured;
		}
		return VALID;
	}

	/** HTTP-version = HTTP-name "/" DIGIT "." DIGIT, case-sensitive (RFC 9112 §2.3). */
	private versionOctet(octet: number): number {
		const position = this.cursor;
		this.cursor = position + 1;
		if (position < VERSION_NAME.length) return octet === VERSION_NAME[position] ? VALID : Violation.versionMalformed;
		if ((position & ~OTHER_MAJOR) === VERSION_NAME.length + 1)
			return octet === DOT ? VALID : Violation.versionMalformed;
		if (octet < DIGIT_0 || octet > DIGIT_9) return Violation.versionMalformed;
		if (position === VERSION_NAME.length) {
			if (octet !== DIGIT_1) this.cursor |= OTHER_MAJOR;
			return VALID;
		}
		this.minorVersion = octet === DIGIT_0 ? 0 : 1;
		this.state = LINE_CR;
		// Not at the line end: another major version need not have one.
		return (position & OTHER_MAJOR) === 0 ? VALID : Violation.versionUnsupported;
	}
}

function firstOctetViolation(octet: number): number {
	if (octet === LF) return Violation.lineEndMalformed;
	if (octet >= SP && octet < 0x7f) return Violation.methodMalformed;
	if (octet === HTAB) return Violation.methodMalformed;
	return Violation.notHttp;
}
