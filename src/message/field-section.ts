// *( field-line CRLF ) CRLF (RFC 9112 §5, §7.1.2), read as its octets arrive: the fields of a head and, after chunked
// content, the trailers. For the head reader.
//
// Every line is validated to its last octet. What the registry names is kept (its place goes into the table) or, where
// the protocol itself needs it, understood on the way; all else is dropped, and its octets may leave the buffer.

import { COLON, CR, DIGIT_0, DIGIT_9, HTAB, LF, SP } from "../octets/ascii.js";
import { FIELD_VALUE, TOKEN_LOWER } from "../octets/classes.js";
import { NO_CANDIDATE, NO_NAME } from "../octets/names.js";
import { isText, SPACES, trailingSpaces } from "../octets/words.js";
import {
	CONTENT_LENGTH_FIELD,
	EXPECT_FIELD,
	type FieldRegistry,
	HOST_FIELD,
	PLAIN_FIELD,
	TRANSFER_ENCODING_FIELD,
} from "./field-registry.js";
import { type FieldTable, NAME_UNREGISTERED } from "./field-table.js";
import type { AuthorityScanner } from "./host.js";
import type { ListScanner } from "./list-scanner.js";
import { refuse, VALID, Violation } from "./violation.js";

// Where the reader stands, in the order of the octets.
const LINE_START = 0;
const NAME = 1;
const VALUE_START = 2; // optional whitespace before the value
const VALUE = 3;
const LINE_LF = 4;
const END_LF = 5;
const COMPLETE = 6;

/** A length that no Content-Length field gave. */
export const LENGTH_ABSENT = -1;
/** A length too large to count: whatever the limit is, it is over it. */
const LENGTH_COUNTABLE = 1e14;

export class FieldSection {
	/** Content-Length (RFC 9110 §8.6), or LENGTH_ABSENT. */
	contentLength = LENGTH_ABSENT;
	hasHost = false;
	hasTransferEncoding = false;

	readonly #registry: FieldRegistry;
	readonly #table: FieldTable;
	readonly #authority: AuthorityScanner;
	readonly #lists: ListScanner;
	readonly #linesMax: number;
	readonly #words: Int32Array;
	readonly #wordsEnd: number;
	#state = LINE_START;
	#isTrailer = false;
	#isOldVersion = false;
	#lines = 0;
	#base = 0;
	// The current line.
	/** Where the octets of the name have led among the registry's, and what they were in the end. */
	#cursor = NO_NAME;
	#nameIndex = NO_CANDIDATE;
	#meaning = PLAIN_FIELD;
	#isKept = false;
	#nameStart = 0;
	#nameLength = 0;
	#valueStart = 0;
	/** The last run of whitespace in the value: trailing, if the value ends behind it. */
	#spaceStart = 0;
	#spaceEnd = 0;
	/** Whether a Content-Length has a digit. */
	#hasDigits = false;

	constructor(
		registry: FieldRegistry,
		table: FieldTable,
		authority: AuthorityScanner,
		lists: ListScanner,
		linesMax: number,
		words: Int32Array,
	) {
		this.#words = words;
		this.#wordsEnd = words.length * 4;
		this.#registry = registry;
		this.#table = table;
		this.#authority = authority;
		this.#lists = lists;
		this.#linesMax = linesMax;
	}

	/** Before the fields of a head. `base`: where the receive buffer begins. */
	begin(base: number, isOldVersion: boolean): void {
		this.contentLength = LENGTH_ABSENT;
		this.hasHost = false;
		this.hasTransferEncoding = false;
		this.#lists.begin();
		this.#table.clear();
		this.#isOldVersion = isOldVersion;
		this.#isTrailer = false;
		this.#beginLines(base);
	}

	/** Before the trailers; the head's rows stay in the table. No trailer means anything to the protocol (RFC 9110 §6.5.1). */
	beginTrailers(base: number): void {
		this.#isTrailer = true;
		this.#beginLines(base);
	}

	#beginLines(base: number): void {
		this.#base = base;
		this.#lines = 0;
		this.#state = LINE_START;
	}

	get isComplete(): boolean {
		return this.#state === COMPLETE;
	}

	/** The first octet of the current line that has to stay, or −1 when none has. */
	get lineKeptStart(): number {
		const state = this.#state;
		if (state < NAME || state > VALUE || !this.#isKept) return -1;
		if (this.#registry.keepsAll) return this.#nameStart;
		return state === VALUE ? this.#valueStart : -1;
	}

	/** The current line's octets have moved by `distance`. */
	relocateLine(distance: number): void {
		this.#nameStart += distance;
		this.#valueStart += distance;
		this.#spaceStart += distance;
		this.#spaceEnd += distance;
	}

	/** Reads octets from `start` to `end`. Returns the offset behind the last octet taken, or a refusal. */
	scan(octets: Uint8Array, start: number, end: number): number {
		let index = start;
		// Each of these goes on to the end of its line as long as there are octets, so that this loop runs once a line.
		while (index >= 0 && index < end && this.#state !== COMPLETE) {
			const state = this.#state;
			if (state === LINE_START) index = this.#beginLine(octets, index, end);
			else if (state === NAME) index = this.#scanName(octets[index] as number, octets, index, end);
			else if (state <= VALUE) index = this.#scanValue(octets, index, end);
			else index = this.#endLine(octets, index, end);
		}
		return index;
	}

	/** The LF of a line end, or of the empty line. */
	#endLine(octets: Uint8Array, index: number, end: number): number {
		if (index === end) return end;
		if (octets[index] !== LF) return refuse(Violation.lineEndMalformed);
		this.#state = this.#state === LINE_LF ? LINE_START : COMPLETE;
		return index + 1;
	}

	#beginLine(octets: Uint8Array, index: number, end: number): number {
		const octet = octets[index] as number;
		if (octet === CR) {
			this.#state = END_LF;
			return this.#endLine(octets, index + 1, end);
		}
		const lower = TOKEN_LOWER[octet] as number;
		if (lower === 0) {
			if (octet === SP || octet === HTAB) return refuse(Violation.lineFolded);
			return refuse(octet === LF ? Violation.lineEndMalformed : Violation.fieldNameMalformed);
		}
		if (this.#lines === this.#linesMax) return refuse(Violation.fieldLinesTooMany);
		this.#lines += 1;
		this.#nameStart = index;
		this.#isKept = this.#registry.keepsAll;
		this.#cursor = this.#registry.names.begin(lower);
		this.#state = NAME;
		if (index + 1 === end) return end;
		return this.#scanName(octets[index + 1] as number, octets, index + 1, end);
	}

	#scanName(first: number, octets: Uint8Array, start: number, end: number): number {
		const names = this.#registry.names;
		const expected = names.octets;
		let cursor = this.#cursor;
		let index = start;
		let octet = first;
		let lower = TOKEN_LOWER[octet] as number;
		while (lower !== 0 && cursor !== NO_NAME) {
			if (expected[cursor] === lower) cursor += 1;
			else cursor = names.divert(cursor, lower);
			index += 1;
			if (index === end) break;
			octet = octets[index] as number;
			lower = TOKEN_LOWER[octet] as number;
		}
		this.#cursor = cursor;
		if (index === end) return end;
		// A name that is none of the registry's has to be made of the right octets, no more.
		while (lower !== 0) {
			index += 1;
			if (index === end) return end;
			octet = octets[index] as number;
			lower = TOKEN_LOWER[octet] as number;
		}
		if (octet !== COLON) return refuse(Violation.fieldNameMalformed);
		this.#nameLength = index - this.#nameStart;
		const violation = this.#endName(names.end(cursor));
		if (violation !== VALID) return refuse(violation);
		return index + 1 === end ? end : this.#scanValue(octets, index + 1, end);
	}

	/** The name is known: decides what the value is read for. */
	#endName(nameIndex: number): number {
		const registry = this.#registry;
		this.#nameIndex = nameIndex;
		this.#state = VALUE_START;
		this.#meaning = PLAIN_FIELD;
		if (nameIndex === NO_CANDIDATE) return VALID;
		if (registry.kept[nameIndex] === 1) this.#isKept = true;
		if (this.#isTrailer) return VALID;
		const meaning = registry.meanings[nameIndex] as number;
		this.#meaning = meaning;
		switch (meaning) {
			case PLAIN_FIELD:
				return VALID;
			case HOST_FIELD:
				if (this.hasHost) return Violation.hostRepeated;
				this.hasHost = true;
				this.#authority.begin();
				return VALID;
			case CONTENT_LENGTH_FIELD:
				if (this.contentLength !== LENGTH_ABSENT) return Violation.contentLengthRepeated;
				this.contentLength = 0;
				this.#hasDigits = false;
				return VALID;
			case TRANSFER_ENCODING_FIELD:
				this.hasTransferEncoding = true;
				break;
			case EXPECT_FIELD:
				// RFC 9110 §10.1.1: a server ignores the expectation of an HTTP/1.0 request.
				if (this.#isOldVersion) this.#meaning = PLAIN_FIELD;
				break;
		}
		this.#lists.beginValue(meaning);
		return VALID;
	}

	#scanValue(octets: Uint8Array, start: number, end: number): number {
		let index = start;
		let octet = octets[index] as number;
		if (this.#state === VALUE_START) {
			while (octet === SP || octet === HTAB) {
				index += 1;
				if (index === end) return end;
				octet = octets[index] as number;
			}
			this.#valueStart = index;
			this.#spaceEnd = -1;
			this.#state = VALUE;
		}
		switch (this.#meaning) {
			case PLAIN_FIELD:
				return this.#scanPlain(octet, octets, index, end);
			case HOST_FIELD:
				return this.#scanHost(octet, octets, index, end);
			case CONTENT_LENGTH_FIELD:
				return this.#scanLength(octet, octets, index, end);
			default:
				return this.#scanList(octet, octets, index, end);
		}
	}

	// Each of these takes `octets[start]`, already read, as `first`, so that no octet is looked at twice.

	#scanPlain(first: number, octets: Uint8Array, start: number, end: number): number {
		const words = this.#words;
		const wordsEnd = (end < this.#wordsEnd ? end : this.#wordsEnd) >> 2;
		let octet = first;
		let index = start;
		for (;;) {
			const kind = FIELD_VALUE[octet];
			if (kind !== 1) {
				if (kind === 0) return this.#endValue(octet, octets, index, end);
				this.#space(index, 1);
			}
			index += 1;
			while ((index & 3) === 0 && index >> 2 < wordsEnd) {
				let at = index >> 2;
				let word = words[at] as number;
				let passed = 0;
				while (isText(word) && word !== SPACES) {
					passed = word;
					at += 1;
					if (at === wordsEnd) break;
					word = words[at] as number;
				}
				index = at << 2;
				if (passed >>> 24 === SP) this.#space(index - trailingSpaces(passed), trailingSpaces(passed));
				if (at === wordsEnd) break;
				const count = this.#scanWord(word, index);
				if (count < 4) return this.#endValue((word >>> (count << 3)) & 0xff, octets, index + count, end);
				index += 4;
			}
			if (index === end) return end;
			octet = octets[index] as number;
		}
	}

	/** Looks at the octets of a word, which stands at `index`, one by one; returns how many come before one that ends the value. */
	#scanWord(word: number, index: number): number {
		let rest = word;
		for (let count = 0; count < 4; count += 1) {
			const kind = FIELD_VALUE[rest & 0xff];
			if (kind === 0) return count;
			if (kind === 2) this.#space(index + count, 1);
			rest >>>= 8;
		}
		return 4;
	}

	/** `count` whitespace octets stand at `index`. */
	#space(index: number, count: number): void {
		if (this.#spaceEnd !== index) this.#spaceStart = index;
		this.#spaceEnd = index + count;
	}

	#scanHost(first: number, octets: Uint8Array, start: number, end: number): number {
		if (this.#spaceEnd === start) return this.#scanTail(first, octets, start, end, Violation.hostMalformed);
		const index = this.#authority.scan(first, octets, start, end);
		if (index === end) return end;
		return this.#scanTail(this.#authority.stop, octets, index, end, Violation.hostMalformed);
	}

	/** Content-Length = 1*DIGIT (RFC 9110 §8.6): no sign, no list, whatever a sender meant by it. */
	#scanLength(first: number, octets: Uint8Array, start: number, end: number): number {
		let octet = first;
		let index = start;
		if (this.#spaceEnd !== start) {
			while (octet >= DIGIT_0 && octet <= DIGIT_9) {
				this.#hasDigits = true;
				if (this.contentLength < LENGTH_COUNTABLE) this.contentLength = this.contentLength * 10 + octet - DIGIT_0;
				index += 1;
				if (index === end) return end;
				octet = octets[index] as number;
			}
		}
		return this.#scanTail(octet, octets, index, end, Violation.contentLengthMalformed);
	}

	/** Whitespace behind a value that holds none; anything else there is `violation`. */
	#scanTail(first: number, octets: Uint8Array, start: number, end: number, violation: number): number {
		let octet = first;
		let index = start;
		for (;;) {
			const kind = FIELD_VALUE[octet];
			if (kind === 0) return this.#endValue(octet, octets, index, end);
			if (kind === 1) return refuse(violation);
			this.#space(index, 1);
			index += 1;
			if (index === end) return end;
			octet = octets[index] as number;
		}
	}

	#scanList(first: number, octets: Uint8Array, start: number, end: number): number {
		const lists = this.#lists;
		const index = lists.scan(first, octets, start, end);
		if (index < 0 || index === end) return index;
		this.#spaceEnd = index;
		this.#spaceStart = index - lists.trailing;
		return this.#endValue(lists.stop, octets, index, end);
	}

	/** At the octet that no value holds: the CR of the line end, if all is well. */
	#endValue(octet: number, octets: Uint8Array, index: number, end: number): number {
		if (octet !== CR) return refuse(octet === LF ? Violation.lineEndMalformed : Violation.fieldValueMalformed);
		if (this.#meaning !== PLAIN_FIELD) {
			const violation = this.#endMeaning();
			if (violation !== VALID) return refuse(violation);
		}
		this.#state = LINE_LF;
		if (this.#isKept && !this.#keep(index)) return refuse(Violation.fieldsKeptTooLong);
		return this.#endLine(octets, index + 1, end);
	}

	/** Notes the field, whose value ends at `index`, in the table; false when that is full. */
	#keep(index: number): boolean {
		const valueEnd = this.#spaceEnd === index ? this.#spaceStart : index;
		const keepsName = this.#registry.keepsAll;
		return this.#table.add(
			this.#nameIndex === NO_CANDIDATE ? NAME_UNREGISTERED : this.#nameIndex,
			keepsName ? this.#nameStart - this.#base : 0,
			keepsName ? this.#nameLength : 0,
			this.#valueStart - this.#base,
			valueEnd - this.#valueStart,
		);
	}

	#endMeaning(): number {
		switch (this.#meaning) {
			case HOST_FIELD:
				return this.#authority.isWhole ? VALID : Violation.hostMalformed;
			case CONTENT_LENGTH_FIELD:
				if (!this.#hasDigits) return Violation.contentLengthMalformed;
				// A length nobody can count is refused where it stands (RFC 9110 §8.6), whatever a route would take.
				return this.contentLength < LENGTH_COUNTABLE ? VALID : Violation.contentTooLarge;
			default:
				return this.#lists.end();
		}
	}
}
