// *( field-line CRLF ) CRLF (RFC 9112 §5, §7.1.2), read as its octets arrive: the fields of a head and, after chunked
// content, the trailers. For the head reader.
//
// Every line is validated to its last octet. What the registry names is kept (its place goes into the table) or, where
// the protocol itself needs it, understood on the way; all else is dropped, and its octets may leave the buffer.
//
// `#take` reads any line, octet by octet. Beside it there are readers for what is common, four octets at a time: names as
// clients spell them, values that only have to be text, "keep-alive". Such a reader may give up wherever it likes: it hands
// the octets it has looked at by then to `#take`, so that none is read from the buffer a second time.

import { COLON, CR, DIGIT_0, DIGIT_9, HTAB, LF, SP } from "../octets/ascii.js";
import { FIELD_VALUE, REG_NAME, TOKEN_LOWER } from "../octets/classes.js";
import { END_FOURTH } from "../octets/name-words.js";
import { NO_CANDIDATE, NO_NAME } from "../octets/names.js";
import { HIGHS, notText, ONES, SPACES, trailingSpaces, WORD_LENGTH, type WordReader, word } from "../octets/words.js";
import { AUTHORITY_NAME, AUTHORITY_OVER, AUTHORITY_START, isWholeAuthority, stepAuthority } from "./authority.js";
import { type FieldMemo, MEMO_HOST, MEMO_KEEP_ALIVE } from "./field-memo.js";
import {
	CONTENT_LENGTH_FIELD,
	EXPECT_FIELD,
	type FieldRegistry,
	HOST_FIELD,
	PLAIN_FIELD,
	ROLE_CONNECTION,
	ROLE_DROPPED,
	ROLE_HOST,
	ROLE_KEPT,
	TRANSFER_ENCODING_FIELD,
} from "./field-registry.js";
import { type FieldTable, NAME_UNREGISTERED } from "./field-table.js";
import { endList, LIST_KEEP_ALIVE, stepList } from "./lists.js";
import { refuse, refused, VALID, Violation } from "./violation.js";

// Where the reader stands, in the order of the octets.
const LINE_START = 0;
const NAME = 1;
const VALUE_START = 2; // optional whitespace before the value
const VALUE = 3;
const LINE_LF = 4;
const END_LF = 5;
const COMPLETE = 6;

// " keep-alive" and its CR.
const KEEP = word(" kee");
const ALIVE = word("p-al");
const ALIVE_END = word("ive\r");
const KEEP_ALIVE_LENGTH = 12;

/** A length that no Content-Length field gave. */
export const LENGTH_ABSENT = -1;
/** A length too large to count: whatever the limit is, it is over it. */
const LENGTH_COUNTABLE = 1e14;

export class FieldSection {
	/** Content-Length (RFC 9110 §8.6), or LENGTH_ABSENT. */
	contentLength = LENGTH_ABSENT;
	hasHost = false;
	hasTransferEncoding = false;
	/** What was found in lists (lists.ts): LIST_… added up, once the section is complete. */
	lists = 0;
	isComplete = false;

	readonly #registry: FieldRegistry;
	readonly #table: FieldTable;
	readonly #linesMax: number;
	readonly #words: WordReader;
	readonly #memo: FieldMemo;
	#state = LINE_START;
	#isTrailer = false;
	#isOldVersion = false;
	#lines = 0;
	#base = 0;
	// The current line.
	/** Where the octets of the name have led among the registry's; in the value of Host what is known of that. */
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

	constructor(registry: FieldRegistry, table: FieldTable, linesMax: number, words: WordReader, memo: FieldMemo) {
		this.#words = words;
		this.#memo = memo;
		this.#registry = registry;
		this.#table = table;
		this.#linesMax = linesMax;
	}

	/** Before the fields of a head, which begin at `start`. `base`: where the receive buffer begins. */
	begin(base: number, start: number, isOldVersion: boolean): void {
		this.#memo.begin(start);
		this.contentLength = LENGTH_ABSENT;
		this.hasHost = false;
		this.hasTransferEncoding = false;
		this.lists = 0;
		this.#table.clear();
		this.#isOldVersion = isOldVersion;
		this.#isTrailer = false;
		this.beginLines(base);
	}

	/** Before the trailers; the head's rows stay in the table. No trailer means anything to the protocol (RFC 9110 §6.5.1). */
	beginTrailers(base: number): void {
		this.#isTrailer = true;
		this.#memo.next = -1;
		this.beginLines(base);
	}

	private beginLines(base: number): void {
		this.#base = base;
		this.#lines = 0;
		this.#state = LINE_START;
		this.isComplete = false;
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
		while (index >= 0 && index < end && !this.isComplete) {
			if (this.#memo.next >= 0 && this.#state === LINE_START) {
				index = this.recall(index, end);
				if (this.isComplete || index === end) break;
			}
			const hasWord = index + WORD_LENGTH <= end;
			if (hasWord && this.#state === LINE_START) index = this.scanLines(octets, index, end);
			else if (hasWord && this.#state === VALUE && this.#meaning === PLAIN_FIELD) index = this.scanText(index, end);
			else index = this.takeOctet(octets[index] as number, index);
		}
		return index;
	}

	/** Takes over the lines at `index` that repeat those of the last head. Returns the offset behind them. */
	private recall(index: number, end: number): number {
		const memo = this.#memo;
		const next = memo.recall(index, end, this.hasHost);
		this.#lines += memo.taken;
		if ((memo.flags & MEMO_HOST) !== 0) this.hasHost = true;
		if ((memo.flags & MEMO_KEEP_ALIVE) !== 0) this.lists |= LIST_KEEP_ALIVE;
		if (memo.isComplete) {
			this.isComplete = true;
			this.#state = COMPLETE;
		}
		return next;
	}

	/** The section of a head is complete and ends at `end`: its lines may come again. */
	conclude(end: number): void {
		// What HTTP/1.0 ignores, the next head may have to understand.
		const isUnderstood = this.#isOldVersion || this.contentLength !== LENGTH_ABSENT || this.hasTransferEncoding;
		// "keep-alive" alone is known by its line.
		const hasOptions = this.lists !== (this.#memo.connectionLine < 0 ? 0 : LIST_KEEP_ALIVE);
		this.#memo.conclude(end, this.#lines, !isUnderstood && !hasOptions);
	}

	// ---- By words ----

	/** Reads lines from `start` to `end` as long as nothing about them is unusual. */
	private scanLines(octets: Uint8Array, start: number, end: number): number {
		const reader = this.#words;
		const memo = this.#memo;
		const { words } = this.#registry;
		const roles = this.#isTrailer ? this.#registry.trailerRoles : this.#registry.roles;
		const { elsewhere, first } = words;
		const spaces = SPACES;
		const ones = ONES;
		const highs = HIGHS;
		const linesMax = this.#linesMax;
		const stop = end - WORD_LENGTH;
		let index = start;
		// Declared out here: a `let` in a loop costs XS three byte codes a turn.
		let expected = words.usual;
		let lineStart = 0;
		let word = 0;
		let next = 0;
		let cursor = 0;
		let group = 0;
		let flags = 0;
		let role = 0;
		while (index <= stop) {
			// The name. `cursor` is where it is looked for, `group` where that began: octets may agree where words do not.
			lineStart = index;
			word = reader.getInt32(index, true);
			cursor = first.getUint16((word & 0x1f) << 1, true);
			// Whether there may be one line more is seen to octet by octet: this may be the empty one.
			if (cursor === NO_NAME || this.#lines === linesMax) return this.takeWord(word, index);
			expected = (word & 0x20) === 0 ? words.usual : words.lower;
			group = cursor;
			for (;;) {
				next = expected.getInt32(cursor, true);
				flags = words.shifts[cursor >> 2] as number;
				// A word that a name ends in is none to go on behind, even if it is the same to its last octet.
				if (next === word && flags === 0) {
					index += WORD_LENGTH;
					cursor += WORD_LENGTH;
					group = cursor;
					if (index > stop) return this.leaveName(group, lineStart, index);
					word = reader.getInt32(index, true);
				} else {
					if ((next ^ word) << flags === 0 && (flags !== END_FOURTH || word >>> 24 === COLON)) break;
					cursor = elsewhere.getUint16(cursor >> 1, true);
					if (cursor === NO_NAME) {
						if (index > lineStart) this.leaveName(group, lineStart, index);
						return this.takeWord(word, index);
					}
				}
			}
			cursor >>= 2;
			index += words.ends[cursor] as number;
			cursor = words.indexes[cursor] as number;
			this.#lines += 1;
			role = roles[cursor] as number;
			if (role !== ROLE_DROPPED) {
				this.#nameStart = lineStart;
				this.#nameLength = index - 1 - lineStart;
				if (role === ROLE_CONNECTION) index = this.readConnection(cursor, index, end);
				else if (role === ROLE_HOST) index = this.readHost(cursor, octets, index, end);
				else if (role === ROLE_KEPT) index = this.readKept(cursor, octets, index, end);
				else index = this.beginValue(cursor, index);
				if (index < 0 || this.#state !== LINE_LF) return index;
				this.#state = LINE_START;
			} else {
				// The value: text up to a CR. The test of `notText`, without its call.
				flags = 0;
				while (index <= stop) {
					word = reader.getInt32(index, true);
					flags = ((word - spaces) | (word + ones)) & highs;
					if (flags !== 0) break;
					index += WORD_LENGTH;
					if (index > stop) break;
					word = reader.getInt32(index, true);
					flags = ((word - spaces) | (word + ones)) & highs;
					if (flags !== 0) break;
					index += WORD_LENGTH;
				}
				if (flags === 0) return this.leaveText(index);
				lineStart = index;
				while ((flags & 0x80) === 0) {
					flags >>>= 8;
					index += 1;
				}
				if (((word >>> ((index - lineStart) << 3)) & 0xff) !== CR) {
					this.leaveText(lineStart);
					return this.takeWord(word, lineStart);
				}
				index += 1;
			}
			if (index === end) {
				this.#state = LINE_LF;
				return end;
			}
			if (octets[index] !== LF) return refuse(Violation.lineEndMalformed);
			index += 1;
			if (memo.next >= 0) return index;
		}
		if (index + 2 === end) index = this.readEnd(octets, index);
		return index;
	}

	/** The empty line, if nothing comes behind it. */
	private readEnd(octets: Uint8Array, start: number): number {
		const octet = octets[start] as number;
		if (octet !== CR) return this.takeOctet(octet, start);
		if (octets[start + 1] !== LF) return refuse(Violation.lineEndMalformed);
		this.#state = COMPLETE;
		this.isComplete = true;
		return start + 2;
	}

	/**
	 * Takes the octets of a word, which stand at `start`, one by one, as far as the name or the value goes that they begin in.
	 * Returns the offset behind the last one taken, or a refusal.
	 */
	private takeWord(word: number, start: number): number {
		const isName = this.#state <= NAME;
		let index = this.takeOctet(word & 0xff, start);
		let rest = word;
		while (index >= 0 && index < start + WORD_LENGTH) {
			if (this.#state >= LINE_LF || (this.#state === NAME) !== isName) break;
			rest >>>= 8;
			index = this.takeOctet(rest & 0xff, index);
		}
		return index;
	}

	/** Leaves a line in its name: what comes at `index` is looked for from `cursor`, octet by octet. */
	private leaveName(cursor: number, lineStart: number, index: number): number {
		this.#lines += 1;
		this.#nameStart = lineStart;
		this.#isKept = this.#registry.keepsAll;
		this.#cursor = cursor;
		this.#state = NAME;
		return index;
	}

	/** Leaves the line of a dropped field in its value. */
	private leaveText(index: number): number {
		this.#isKept = false;
		this.#meaning = PLAIN_FIELD;
		this.#valueStart = index;
		this.#spaceEnd = -1;
		this.#state = VALUE;
		return index;
	}

	/** The value of a field that is read, behind the colon of its name at `index`. Returns `index`, or a refusal. */
	private beginValue(nameIndex: number, index: number): number {
		this.#isKept = this.#registry.keepsAll;
		const violation = this.endName(nameIndex);
		return violation === VALID ? index : refuse(violation);
	}

	/** A text that is kept, if it has one space before it and none behind. */
	private readKept(nameIndex: number, octets: Uint8Array, start: number, end: number): number {
		const reader = this.#words;
		const stop = end - WORD_LENGTH;
		this.#nameIndex = nameIndex;
		this.#meaning = PLAIN_FIELD;
		this.#isKept = true;
		this.#state = VALUE_START;
		let index = start + 1;
		if (index > stop) return start;
		const space = octets[start] as number;
		if (space !== SP) return this.takeOctet(space, start);
		let word = reader.getInt32(index, true);
		if ((word & 0xff) <= SP) return this.takeWord(word, index);
		this.#valueStart = index;
		this.#spaceEnd = -1;
		this.#state = VALUE;
		let passed = 0;
		let flags = notText(word);
		while (flags === 0 && word !== SPACES) {
			passed = word;
			index += WORD_LENGTH;
			if (index > stop) break;
			word = reader.getInt32(index, true);
			flags = ((word - SPACES) | (word + ONES)) & HIGHS;
		}
		if (passed >>> 24 === SP) this.space(index - trailingSpaces(passed), trailingSpaces(passed));
		if (index > stop) return index;
		const wordStart = index;
		let last = this.#spaceEnd === index ? SP : 0;
		let rest = word;
		while (flags !== 0 && (flags & 0x80) === 0) {
			last = rest & 0xff;
			rest >>>= 8;
			flags >>>= 8;
			index += 1;
		}
		if ((rest & 0xff) !== CR || last === SP) return this.takeWord(word, wordStart);
		const violation = this.endValue(CR, index);
		return violation === VALID ? index + 1 : refuse(violation);
	}

	/** A host, if it has one space before it and none behind. */
	private readHost(nameIndex: number, octets: Uint8Array, start: number, end: number): number {
		const index = this.beginValue(nameIndex, start);
		if (index < 0 || start + 1 >= end) return index;
		const space = octets[start] as number;
		const first = octets[start + 1] as number;
		if (space !== SP || first <= SP) {
			const next = this.takeOctet(space, start);
			return next < 0 ? next : this.takeOctet(first, next);
		}
		this.#valueStart = start + 1;
		this.#spaceEnd = -1;
		this.#state = VALUE;
		let octet = first;
		let stop = start + 1;
		while (REG_NAME[octet] === 1) {
			stop += 1;
			if (stop === end) break;
			octet = octets[stop] as number;
		}
		if (stop > start + 1) this.#cursor = AUTHORITY_NAME;
		while (stop < end && octet !== CR) {
			const next = stepAuthority(this.#cursor, octet);
			if (next === AUTHORITY_OVER) break;
			this.#cursor = next;
			stop += 1;
			if (stop < end) octet = octets[stop] as number;
		}
		if (stop === end) return end;
		if (octet !== CR || !isWholeAuthority(this.#cursor)) return this.takeOctet(octet, stop);
		this.#memo.hostLine = this.#lines - 1;
		this.#state = LINE_LF;
		return stop + 1;
	}

	/** What nearly every client says of its connection. */
	private readConnection(nameIndex: number, start: number, end: number): number {
		if (start + KEEP_ALIVE_LENGTH > end) return this.beginValue(nameIndex, start);
		const reader = this.#words;
		const first = reader.getInt32(start, true);
		const second = first === KEEP ? reader.getInt32(start + WORD_LENGTH, true) : 0;
		const third = second === ALIVE ? reader.getInt32(start + 2 * WORD_LENGTH, true) : 0;
		if (third === ALIVE_END) {
			this.lists |= LIST_KEEP_ALIVE;
			this.#memo.sawKeepAlive(this.#lines - 1);
			this.#state = LINE_LF;
			return start + KEEP_ALIVE_LENGTH;
		}
		let index = this.beginValue(nameIndex, start);
		index = this.takeWord(first, index);
		if (first === KEEP) index = this.takeWord(second, index);
		return second === ALIVE ? this.takeWord(third, index) : index;
	}

	/** Text of a field whose value means nothing to the protocol. */
	private scanText(start: number, end: number): number {
		const reader = this.#words;
		let index = start;
		let word = 0;
		let passed = 0;
		let isText = true;
		while (index + WORD_LENGTH <= end) {
			word = reader.getInt32(index, true);
			isText = (((word - SPACES) | (word + ONES)) & HIGHS) === 0 && word !== SPACES;
			if (!isText) break;
			passed = word;
			index += WORD_LENGTH;
		}
		if (passed >>> 24 === SP) this.space(index - trailingSpaces(passed), trailingSpaces(passed));
		return isText ? index : this.takeWord(word, index);
	}

	// ---- Octet by octet ----

	/** Takes the octet that stands at `index`. Returns the offset behind it, or a refusal. */
	private takeOctet(octet: number, index: number): number {
		const violation = this.take(octet, index);
		return violation === VALID ? index + 1 : refuse(violation);
	}

	/** Takes the octet that stands at `index`. Returns a violation or VALID. */
	private take(octet: number, index: number): number {
		switch (this.#state) {
			case LINE_START:
				return this.beginLine(octet, index);
			case NAME:
				return this.takeName(octet, index);
			case VALUE_START:
				if (octet === SP || octet === HTAB) return VALID;
				this.#valueStart = index;
				this.#spaceEnd = -1;
				this.#state = VALUE;
				return this.takeValue(octet, index);
			case VALUE:
				return this.takeValue(octet, index);
			default:
				if (octet !== LF) return Violation.lineEndMalformed;
				this.isComplete = this.#state === END_LF;
				this.#state = this.isComplete ? COMPLETE : LINE_START;
				return VALID;
		}
	}

	private beginLine(octet: number, index: number): number {
		if (octet === CR) {
			this.#state = END_LF;
			return VALID;
		}
		const lower = TOKEN_LOWER[octet] as number;
		if (lower === 0) {
			if (octet === SP || octet === HTAB) return Violation.lineFolded;
			return octet === LF ? Violation.lineEndMalformed : Violation.fieldNameMalformed;
		}
		this.#cursor = this.#registry.names.begin(lower);
		return this.openLine(index);
	}

	/** Opens a line whose first octet stands at `index`. */
	private openLine(index: number): number {
		if (this.#lines === this.#linesMax) return Violation.fieldLinesTooMany;
		this.#lines += 1;
		this.#nameStart = index;
		this.#isKept = this.#registry.keepsAll;
		this.#state = NAME;
		return VALID;
	}

	private takeName(octet: number, index: number): number {
		const names = this.#registry.names;
		const lower = TOKEN_LOWER[octet] as number;
		if (lower !== 0) {
			// A name that is none of the registry's has to be made of the right octets, no more.
			if (this.#cursor !== NO_NAME) this.#cursor = names.step(this.#cursor, lower);
			return VALID;
		}
		if (octet !== COLON) return Violation.fieldNameMalformed;
		this.#nameLength = index - this.#nameStart;
		return this.endName(names.end(this.#cursor));
	}

	/** The name is known: decides what the value is read for. */
	private endName(nameIndex: number): number {
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
				this.#cursor = AUTHORITY_START;
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
		return VALID;
	}

	private takeValue(octet: number, index: number): number {
		const kind = FIELD_VALUE[octet] as number;
		if (kind === 0) return this.endValue(octet, index);
		if (kind === 2) this.space(index, 1);
		switch (this.#meaning) {
			case PLAIN_FIELD:
				return VALID;
			case HOST_FIELD:
				// Whitespace ends a host, and nothing but whitespace may follow it.
				if (kind === 2) return VALID;
				return this.takeHost(octet);
			case CONTENT_LENGTH_FIELD:
				return kind === 2 ? VALID : this.takeDigit(octet);
			default:
				return this.know(stepList(this.lists, this.#meaning, octet));
		}
	}

	private takeHost(octet: number): number {
		const next = this.#spaceEnd < 0 ? stepAuthority(this.#cursor, octet) : AUTHORITY_OVER;
		if (next === AUTHORITY_OVER) return Violation.hostMalformed;
		this.#cursor = next;
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
		if (octet < DIGIT_0 || octet > DIGIT_9 || this.#spaceEnd >= 0) return Violation.contentLengthMalformed;
		this.#hasDigits = true;
		if (this.contentLength < LENGTH_COUNTABLE) this.contentLength = this.contentLength * 10 + octet - DIGIT_0;
		return VALID;
	}

	/** `count` whitespace octets stand at `index`. */
	private space(index: number, count: number): void {
		if (this.#spaceEnd !== index) this.#spaceStart = index;
		this.#spaceEnd = index + count;
	}

	/** At the octet that no value holds: the CR of the line end, if all is well. */
	private endValue(octet: number, index: number): number {
		if (octet !== CR) return octet === LF ? Violation.lineEndMalformed : Violation.fieldValueMalformed;
		if (this.#meaning !== PLAIN_FIELD) {
			const violation = this.endMeaning();
			if (violation !== VALID) return violation;
		}
		this.#state = LINE_LF;
		return this.#isKept && !this.keep(index) ? Violation.fieldsKeptTooLong : VALID;
	}

	/** Notes the field, whose value ends at `index`, in the table; false when that is full. */
	private keep(index: number): boolean {
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

	private endMeaning(): number {
		switch (this.#meaning) {
			case HOST_FIELD:
				return isWholeAuthority(this.#cursor) ? VALID : Violation.hostMalformed;
			case CONTENT_LENGTH_FIELD:
				if (!this.#hasDigits) return Violation.contentLengthMalformed;
				// A length nobody can count is refused where it stands (RFC 9110 §8.6), whatever a route would take.
				return this.contentLength < LENGTH_COUNTABLE ? VALID : Violation.contentTooLarge;
			default:
				return this.know(endList(this.lists, this.#meaning));
		}
	}
}
