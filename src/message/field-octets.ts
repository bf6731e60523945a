// One field line after the other, octet by octet: what every octet means, wherever the input was cut. For the field section,
// which reads what is common in larger steps, and comes here with what it does not understand.

import { COLON, CR, DIGIT_0, DIGIT_9, HTAB, LF, SP } from "../octets/ascii.js";
import { FIELD_VALUE, TOKEN_LOWER } from "../octets/classes.js";
import { NO_CANDIDATE, NO_NAME } from "../octets/names.js";
import { firstOf, pair, secondOf } from "../octets/pairs.js";
import { WORD_LENGTH } from "../octets/words.js";
import { AUTHORITY_OVER, AUTHORITY_START, isWholeAuthority, stepAuthority } from "./authority.js";
import {
	CONTENT_LENGTH_FIELD,
	EXPECT_FIELD,
	type FieldRegistry,
	HOST_FIELD,
	PLAIN_FIELD,
	TRANSFER_ENCODING_FIELD,
} from "./field-registry.js";
import { type FieldTable, NAME_UNREGISTERED } from "./field-table.js";
import { endList, stepList } from "./lists.js";
import { refuse, refused, VALID, Violation } from "./violation.js";

// Where the reader stands, in the order of the octets.
export const LINE_START = 0;
export const NAME = 1;
/** In the value of a field that nobody reads, the whitespace before it included. */
export const TEXT = 2;
export const VALUE_START = 3; // optional whitespace before the value
export const VALUE = 4;
export const LINE_LF = 5;
export const END_LF = 6;
export const COMPLETE = 7;

/** A length that no Content-Length field gave. */
export const LENGTH_ABSENT = -1;
/** A length too large to count: whatever the limit is, it is over it. */
const LENGTH_COUNTABLE = 1e14;

/** A Content-Length may be longer than a cell: it is noted in two. */
const LENGTH_HALF = 0x4000_0000;

// What is known of a Content-Length.
const NO_DIGIT = 0;
const SOME_DIGITS = 1;

// What is noted in one cell: whether, and then how.
const HAS_HOST = 0x8;
const HAS_TRANSFER_ENCODING = 0x10;
const IS_TRAILER = 0x20;
const IS_OLD_VERSION = 0x40;
const IS_KEPT = 0x80;
const STATE = 0x7;
const MEANING = 0xf;
const MEANING_SHIFT = 8;
const NAME_SHIFT = 16;

/** How many cells `save` takes. */
export const SECTION_CELLS = 9;

/** What is known of a section, and of the line that is being read. */
export class FieldOctets {
	/** Content-Length (RFC 9110 §8.6), or LENGTH_ABSENT. */
	contentLength = LENGTH_ABSENT;
	hasHost = false;
	hasTransferEncoding = false;
	/** What was found in lists (lists.ts): LIST_… added up, once the section is complete. */
	lists = 0;
	isComplete = false;

	// For the readers of the section only.
	readonly registry: FieldRegistry;
	readonly table: FieldTable;
	readonly linesMax: number;
	state = LINE_START;
	isTrailer = false;
	isOldVersion = false;
	/** How many lines have begun. */
	lines = 0;
	/** A bit for each of the first 32 lines: its value is read, not only checked. */
	linesRead = 0;
	/**
	 * Where the octets of the name have led among the registry's; in the value of Host what is known of that; in that of
	 * Content-Length whether it has a digit.
	 */
	cursor = NO_NAME;
	nameIndex = NO_CANDIDATE;
	meaning = PLAIN_FIELD;
	isKept = false;
	nameStart = 0;
	nameLength = 0;
	valueStart = 0;
	/** The last run of whitespace in the value: trailing, if the value ends behind it. */
	spaceStart = 0;
	spaceEnd = 0;

	constructor(registry: FieldRegistry, table: FieldTable, linesMax: number) {
		this.registry = registry;
		this.table = table;
		this.linesMax = linesMax;
	}

	/** Notes all that is known in SECTION_CELLS cells from `at` on, while another connection has its turn. */
	save(cells: Int32Array, at: number): void {
		let first = this.state | (this.meaning << MEANING_SHIFT) | (this.nameIndex << NAME_SHIFT);
		if (this.hasHost) first |= HAS_HOST;
		if (this.hasTransferEncoding) first |= HAS_TRANSFER_ENCODING;
		if (this.isTrailer) first |= IS_TRAILER;
		if (this.isOldVersion) first |= IS_OLD_VERSION;
		if (this.isKept) first |= IS_KEPT;
		cells[at] = first;
		cells[at + 1] = this.contentLength / LENGTH_HALF;
		cells[at + 2] = this.contentLength % LENGTH_HALF;
		cells[at + 3] = this.lists;
		cells[at + 4] = this.cursor;
		cells[at + 5] = pair(this.lines, this.table.count);
		cells[at + 6] = pair(this.nameStart, this.nameLength);
		cells[at + 7] = pair(this.valueStart, this.spaceStart);
		cells[at + 8] = this.spaceEnd;
	}

	/** Takes up what `save` has noted. */
	load(cells: Int32Array, at: number): void {
		const first = cells[at] as number;
		this.state = first & STATE;
		this.meaning = (first >> MEANING_SHIFT) & MEANING;
		this.nameIndex = first >> NAME_SHIFT;
		this.hasHost = (first & HAS_HOST) !== 0;
		this.hasTransferEncoding = (first & HAS_TRANSFER_ENCODING) !== 0;
		this.isTrailer = (first & IS_TRAILER) !== 0;
		this.isOldVersion = (first & IS_OLD_VERSION) !== 0;
		this.isKept = (first & IS_KEPT) !== 0;
		this.contentLength = (cells[at + 1] as number) * LENGTH_HALF + (cells[at + 2] as number);
		this.lists = cells[at + 3] as number;
		this.cursor = cells[at + 4] as number;
		this.lines = firstOf(cells[at + 5] as number);
		this.table.count = secondOf(cells[at + 5] as number);
		this.nameStart = firstOf(cells[at + 6] as number);
		this.nameLength = secondOf(cells[at + 6] as number);
		this.valueStart = firstOf(cells[at + 7] as number);
		this.spaceStart = secondOf(cells[at + 7] as number);
		this.spaceEnd = cells[at + 8] as number;
		this.isComplete = this.state === COMPLETE;
	}

	/**
	 * Takes the octets of a word, which stand at `start`, one by one, as far as the name or the value goes that they begin in.
	 * Returns the offset behind the last one taken, or a refusal.
	 */
	takeWord(word: number, start: number): number {
		const isName = this.state <= NAME;
		let index = this.takeOctet(word & 0xff, start);
		let rest = word;
		while (index >= 0 && index < start + WORD_LENGTH) {
			if (this.state >= LINE_LF || (this.state === NAME) !== isName) break;
			rest >>>= 8;
			index = this.takeOctet(rest & 0xff, index);
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
			case LINE_START:
				return this.beginLine(octet, index);
			case NAME:
				return this.takeName(octet, index);
			case TEXT:
				return FIELD_VALUE[octet] === 0 ? this.endValue(octet, index) : VALID;
			case VALUE_START:
				if (octet === SP || octet === HTAB) return VALID;
				this.valueStart = index;
				this.spaceEnd = -1;
				this.state = VALUE;
				return this.takeValue(octet, index);
			case VALUE:
				return this.takeValue(octet, index);
			default:
				if (octet !== LF) return Violation.lineEndMalformed;
				this.isComplete = this.state === END_LF;
				this.state = this.isComplete ? COMPLETE : LINE_START;
				return VALID;
		}
	}

	private beginLine(octet: number, index: number): number {
		if (octet === CR) {
			this.state = END_LF;
			return VALID;
		}
		const lower = TOKEN_LOWER[octet] as number;
		if (lower === 0) {
			if (octet === SP || octet === HTAB) return Violation.lineFolded;
			return octet === LF ? Violation.lineEndMalformed : Violation.fieldNameMalformed;
		}
		if (this.lines === this.linesMax) return Violation.fieldLinesTooMany;
		this.lines += 1;
		this.leaveName(this.registry.names.begin(lower), index);
		return VALID;
	}

	/** What comes next belongs to the name of the line that began at `lineStart`, and is looked for from `cursor` on. */
	leaveName(cursor: number, lineStart: number): void {
		this.nameStart = lineStart;
		this.cursor = cursor;
		this.state = NAME;
	}

	private takeName(octet: number, index: number): number {
		const names = this.registry.names;
		const lower = TOKEN_LOWER[octet] as number;
		if (lower !== 0) {
			// A name that is none of the registry's has to be made of the right octets, no more.
			if (this.cursor !== NO_NAME) this.cursor = names.step(this.cursor, lower);
			return VALID;
		}
		if (octet !== COLON) return Violation.fieldNameMalformed;
		this.nameLength = index - this.nameStart;
		return this.endName(names.end(this.cursor));
	}

	/** The name is known: decides what the value is read for. */
	endName(nameIndex: number): number {
		const registry = this.registry;
		const isRegistered = nameIndex !== NO_CANDIDATE;
		const meaning = isRegistered && !this.isTrailer ? (registry.meanings[nameIndex] as number) : PLAIN_FIELD;
		this.isKept = registry.keepsAll || (isRegistered && registry.kept[nameIndex] === 1);
		if (meaning === PLAIN_FIELD && !this.isKept) {
			this.state = TEXT;
			return VALID;
		}
		this.linesRead |= 1 << (this.lines - 1);
		this.nameIndex = nameIndex;
		this.meaning = meaning;
		this.state = VALUE_START;
		switch (meaning) {
			case HOST_FIELD:
				if (this.hasHost) return Violation.hostRepeated;
				this.hasHost = true;
				this.cursor = AUTHORITY_START;
				return VALID;
			case CONTENT_LENGTH_FIELD:
				if (this.contentLength !== LENGTH_ABSENT) return Violation.contentLengthRepeated;
				this.contentLength = 0;
				this.cursor = NO_DIGIT;
				return VALID;
			case TRANSFER_ENCODING_FIELD:
				this.hasTransferEncoding = true;
				break;
			case EXPECT_FIELD:
				// RFC 9110 §10.1.1: a server ignores the expectation of an HTTP/1.0 request.
				if (this.isOldVersion) this.meaning = PLAIN_FIELD;
				break;
		}
		return VALID;
	}

	private takeValue(octet: number, index: number): number {
		const kind = FIELD_VALUE[octet] as number;
		if (kind === 0) return this.endValue(octet, index);
		if (kind === 2) this.space(index, 1);
		switch (this.meaning) {
			case PLAIN_FIELD:
				return VALID;
			case HOST_FIELD:
				// Whitespace ends a host, and nothing but whitespace may follow it.
				if (kind === 2) return VALID;
				return this.takeHost(octet);
			case CONTENT_LENGTH_FIELD:
				return kind === 2 ? VALID : this.takeDigit(octet);
			default:
				return this.know(stepList(this.lists, this.meaning, octet));
		}
	}

	private takeHost(octet: number): number {
		const next = this.spaceEnd < 0 ? stepAuthority(this.cursor, octet) : AUTHORITY_OVER;
		if (next === AUTHORITY_OVER) return Violation.hostMalformed;
		this.cursor = next;
		return VALID;
	}

	/** Keeps what is known of the lists, or gives the violation. */
	private know(lists: number): number {
		if (lists < 0) return refused(lists);
		this.lists = lists;
		return VALID;
	}

	/** Content-Length = 1*DIGIT (RFC 9110 §8.6): no sign, no list, whatever a sender meant by it. */
	private takeDigit(octet: number): number {
		if (octet < DIGIT_0 || octet > DIGIT_9 || this.spaceEnd >= 0) return Violation.contentLengthMalformed;
		this.cursor = SOME_DIGITS;
		if (this.contentLength < LENGTH_COUNTABLE) this.contentLength = this.contentLength * 10 + octet - DIGIT_0;
		return VALID;
	}

	/** `count` whitespace octets stand at `index`. */
	space(index: number, count: number): void {
		if (this.spaceEnd !== index) this.spaceStart = index;
		this.spaceEnd = index + count;
	}

	/** At the octet that no value holds: the CR of the line end, if all is well. */
	endValue(octet: number, index: number): number {
		if (octet !== CR) return octet === LF ? Violation.lineEndMalformed : Violation.fieldValueMalformed;
		const isText = this.state === TEXT;
		this.state = LINE_LF;
		if (isText) return VALID;
		if (this.meaning !== PLAIN_FIELD) {
			const violation = this.endMeaning();
			if (violation !== VALID) return violation;
		}
		return this.isKept && !this.keep(index) ? Violation.fieldsKeptTooLong : VALID;
	}

	/** Notes the field, whose value ends at `index`, in the table; false when that is full. */
	private keep(index: number): boolean {
		const valueEnd = this.spaceEnd === index ? this.spaceStart : index;
		const keepsName = this.registry.keepsAll;
		return this.table.add(
			this.nameIndex === NO_CANDIDATE ? NAME_UNREGISTERED : this.nameIndex,
			keepsName ? this.nameStart : 0,
			keepsName ? this.nameLength : 0,
			this.valueStart,
			valueEnd - this.valueStart,
		);
	}

	private endMeaning(): number {
		switch (this.meaning) {
			case HOST_FIELD:
				return isWholeAuthority(this.cursor) ? VALID : Violation.hostMalformed;
			case CONTENT_LENGTH_FIELD:
				if (this.cursor === NO_DIGIT) return Violation.contentLengthMalformed;
				// A length nobody can count is refused where it stands (RFC 9110 §8.6), whatever a route would take.
				return this.contentLength < LENGTH_COUNTABLE ? VALID : Violation.contentTooLarge;
			default:
				return this.know(endList(this.lists, this.meaning));
		}
	}
}
