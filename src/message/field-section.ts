// *( field-line CRLF ) CRLF (RFC 9112 §5, §7.1.2), read as its octets arrive: the fields of a head and, after chunked
// content, the trailers. For the head reader.
//
// Every line is validated to its last octet. What the registry names is kept (its place goes into the table) or, where
// the protocol itself needs it, understood on the way; all else is dropped, and its octets may leave the buffer.
//
// Here is what reads four octets at a time: names as clients spell them, values that only have to be text, "keep-alive".
// Such a reader may give up wherever it likes: it hands the octets it has looked at by then to field-octets.ts, so that none
// is read from the buffer a second time.

import { COLON, CR, LF, SP } from "../octets/ascii.js";
import { FIELD_VALUE, REG_NAME, TOKEN_LOWER } from "../octets/classes.js";
import { END_FOURTH } from "../octets/name-words.js";
import { NO_NAME } from "../octets/names.js";
import { HIGHS, notText, ONES, SPACES, trailingSpaces, WORD_LENGTH, type WordReader, word } from "../octets/words.js";
import { AUTHORITY_NAME, AUTHORITY_OVER, isWholeAuthority, stepAuthority } from "./authority.js";
import { FieldMemo } from "./field-memo.js";
import {
	COMPLETE,
	FieldOctets,
	LENGTH_ABSENT,
	LINE_LF,
	LINE_START,
	NAME,
	TEXT,
	VALUE,
	VALUE_START,
} from "./field-octets.js";
import {
	CONNECTION_FIELD,
	type FieldRegistry,
	HOST_FIELD,
	PLAIN_FIELD,
	ROLE_CONNECTION,
	ROLE_DROPPED,
	ROLE_HOST,
	ROLE_KEPT,
} from "./field-registry.js";
import type { FieldTable } from "./field-table.js";
import { LIST_KEEP_ALIVE } from "./lists.js";
import { type Memo, NO_MEMO } from "./no-memo.js";
import type { ReceiveBuffer } from "./receive-buffer.js";
import { refuse, VALID, Violation } from "./violation.js";

export { LENGTH_ABSENT } from "./field-octets.js";

// " keep-alive" and its CR.
const KEEP = word(" kee");
const ALIVE = word("p-al");
const ALIVE_END = word("ive\r");
const KEEP_ALIVE_LENGTH = 12;

export class FieldSection extends FieldOctets {
	readonly memo: Memo;
	private octets: Uint8Array;
	private words: WordReader;

	/** `cells`, `memoBase`: as FieldMemo has them. */
	constructor(
		registry: FieldRegistry,
		table: FieldTable,
		linesMax: number,
		cells: Int32Array,
		memoBase: number,
		buffer: ReceiveBuffer,
	) {
		super(registry, table, linesMax);
		this.memo = buffer.base > 0 ? new FieldMemo(this, cells, memoBase, buffer) : NO_MEMO;
		this.octets = buffer.octets;
		this.words = buffer.words;
	}

	/** It is another connection's turn. */
	select(buffer: ReceiveBuffer, memoBase: number): void {
		this.memo.select(buffer, memoBase);
		this.octets = buffer.octets;
		this.words = buffer.words;
	}

	/**
	 * Before the fields of a head, which begin at `start`; −1 when they cannot be remembered. `lineStart`: as FieldMemo has it.
	 */
	begin(start: number, lineStart: number, isOldVersion: boolean): void {
		this.memo.begin(start, lineStart);
		this.contentLength = LENGTH_ABSENT;
		this.hasHost = false;
		this.hasTransferEncoding = false;
		this.lists = 0;
		this.table.count = 0;
		this.isOldVersion = isOldVersion;
		this.isTrailer = false;
		this.lines = 0;
		this.linesRead = 0;
		this.state = LINE_START;
		this.isComplete = false;
	}

	/** Before the trailers; the head's rows stay in the table. No trailer means anything to the protocol (RFC 9110 §6.5.1). */
	beginTrailers(): void {
		this.isTrailer = true;
		this.memo.next = -1;
		this.lines = 0;
		this.state = LINE_START;
		this.isComplete = false;
	}

	/** Whether content follows the head. */
	get hasContent(): boolean {
		return this.contentLength > 0 || this.hasTransferEncoding;
	}

	/** The first octet of the current line that has to stay, or −1 when none has. */
	get lineKeptStart(): number {
		const state = this.state;
		if (this.registry.keepsAll) return state >= NAME && state <= VALUE ? this.nameStart : -1;
		return state === VALUE && this.isKept ? this.valueStart : -1;
	}

	/** The current line's octets have moved by `distance`. */
	relocateLine(distance: number): void {
		this.nameStart += distance;
		this.valueStart += distance;
		this.spaceStart += distance;
		this.spaceEnd += distance;
	}

	/**
	 * Reads octets from `start` to `end`. Returns the offset behind the last octet taken, or a refusal. Text that nobody reads,
	 * which is most of a head, is passed here.
	 */
	scan(start: number, end: number): number {
		const reader = this.words;
		const octets = this.octets;
		const memo = this.memo;
		const stop = end - 4;
		const runStop = end - 16;
		let index = start;
		let state = this.state;
		let word = 0;
		let flags = 0;
		lines: while (index < end) {
			if (state !== TEXT) {
				if (state !== LINE_START) index = this.takeRest(index, end);
				else {
					if (memo.next >= 0) index = memo.recall(index, end);
					if (this.state === LINE_START && index < end) index = this.beginLineAt(index, end);
				}
				state = this.state;
				if (state !== TEXT) {
					if (index < 0 || state === COMPLETE) return index;
					continue;
				}
				if (index < 0) return index;
			}
			// The test of `notText`, without its call. That it is truthy saves what a comparison with 0 would cost.
			text: for (;;) {
				while (index <= runStop) {
					word = reader.getInt32(index, true);
					if (((word - SPACES) | (word + ONES)) & HIGHS) break text;
					word = reader.getInt32(index + 4, true);
					if (((word - SPACES) | (word + ONES)) & HIGHS) {
						index += 4;
						break text;
					}
					word = reader.getInt32(index + 8, true);
					if (((word - SPACES) | (word + ONES)) & HIGHS) {
						index += 8;
						break text;
					}
					word = reader.getInt32(index + 12, true);
					if (((word - SPACES) | (word + ONES)) & HIGHS) {
						index += 12;
						break text;
					}
					index += 16;
				}
				while (index <= stop) {
					word = reader.getInt32(index, true);
					if (((word - SPACES) | (word + ONES)) & HIGHS) break text;
					index += 4;
				}
				// Fewer octets than a word has are all that have come.
				while (index < end) {
					word = octets[index] as number;
					if (FIELD_VALUE[word] === 0) {
						index = this.takeOctet(word, index);
						if (index < 0) return index;
						state = this.state;
						continue lines;
					}
					index += 1;
				}
				return end;
			}
			flags = ((word - SPACES) | (word + ONES)) & HIGHS;
			if (flags & 0x80) flags = 0;
			else if (flags & 0x8000) flags = 8;
			else flags = flags & 0x800000 ? 16 : 24;
			if (((word >>> flags) & 0xff) !== CR) {
				index = this.takeWord(word, index);
				if (index < 0) return index;
				state = this.state;
				continue;
			}
			index += (flags >> 3) + 1;
			if (index === end) {
				this.state = LINE_LF;
				return end;
			}
			if (octets[index] !== LF) return refuse(Violation.lineEndMalformed);
			state = LINE_START;
			this.state = LINE_START;
			index += 1;
		}
		return index;
	}

	/** Behind the CR of a line. Returns the offset behind its LF, if that has come, or a refusal. */
	private endLine(index: number, end: number): number {
		this.state = LINE_LF;
		if (index === end) return end;
		if (this.octets[index] !== LF) return refuse(Violation.lineEndMalformed);
		this.state = LINE_START;
		return index + 1;
	}

	/** What is neither the beginning of a line nor text. */
	private takeRest(index: number, end: number): number {
		const state = this.state;
		if (state === NAME) return this.passName(index, end);
		if (state === VALUE) {
			if (this.meaning === PLAIN_FIELD && index + WORD_LENGTH <= end)
				return this.passKept(this.words.getInt32(index, true), index, end);
			if (this.meaning === HOST_FIELD && !this.isKept && this.spaceEnd < 0)
				return this.passHost(this.octets[index] as number, index, end);
		}
		return this.takeOctet(this.octets[index] as number, index);
	}

	/** The rest of a name that was cut. */
	private passName(start: number, end: number): number {
		const octets = this.octets;
		const names = this.registry.names;
		const known = names.octets;
		let cursor = this.cursor;
		let index = start;
		let octet = 0;
		let lower = 0;
		while (index < end) {
			octet = octets[index] as number;
			lower = TOKEN_LOWER[octet] as number;
			if (lower === 0) break;
			if (cursor !== NO_NAME) cursor = known[cursor] === lower ? cursor + 1 : names.divert(cursor, lower);
			index += 1;
		}
		this.cursor = cursor;
		return index === end ? end : this.takeOctet(octet, index);
	}

	// ---- A line begins ----

	/** Reads the beginning of a line, or all of it. */
	private beginLineAt(index: number, end: number): number {
		// Whether there may be one line more is seen to octet by octet: this may be the empty one.
		if (index + WORD_LENGTH <= end && this.lines < this.linesMax) return this.readName(index, end);
		return index + 2 === end ? this.readEnd(index) : this.takeOctet(this.octets[index] as number, index);
	}

	/** The empty line, if nothing comes behind it. */
	private readEnd(start: number): number {
		const octet = this.octets[start] as number;
		if (octet !== CR) return this.takeOctet(octet, start);
		if (this.octets[start + 1] !== LF) return refuse(Violation.lineEndMalformed);
		this.state = COMPLETE;
		this.isComplete = true;
		return start + 2;
	}

	/** A name as clients spell it, and what its value begins with. */
	private readName(start: number, end: number): number {
		const reader = this.words;
		const words = this.registry.words;
		const elsewhere = words.elsewhere;
		const stop = end - WORD_LENGTH;
		let index = start;
		let word = reader.getInt32(index, true);
		// `cursor` is where the name is looked for, `group` where that began: octets may agree where words do not.
		let cursor = words.first.getUint16((word & 0x1f) << 1, true);
		if (cursor === NO_NAME) return this.takeWord(word, index);
		const expected = (word & 0x20) === 0 ? words.usual : words.lower;
		const shifts = words.shifts;
		let group = cursor;
		let next = 0;
		let shift = 0;
		for (;;) {
			next = expected.getInt32(cursor, true);
			shift = shifts[cursor >> 2] as number;
			// A word that a name ends in is none to go on behind, even if it is the same to its last octet.
			if (next === word && shift === 0) {
				index += WORD_LENGTH;
				cursor += WORD_LENGTH;
				group = cursor;
				if (index > stop) {
					this.lines += 1;
					this.leaveName(group, start);
					return index;
				}
				word = reader.getInt32(index, true);
			} else {
				if ((next ^ word) << shift === 0 && (shift !== END_FOURTH || word >>> 24 === COLON)) break;
				cursor = elsewhere.getUint16(cursor >> 1, true);
				if (cursor === NO_NAME) {
					if (index > start) {
						this.lines += 1;
						this.leaveName(group, start);
					}
					return this.takeWord(word, index);
				}
			}
		}
		cursor >>= 2;
		index += words.ends[cursor] as number;
		const roles = this.isTrailer ? this.registry.trailerRoles : this.registry.roles;
		const role = roles[words.indexes[cursor] as number] as number;
		this.lines += 1;
		if (role !== ROLE_DROPPED) return this.readValue(role, words.indexes[cursor] as number, start, index, end);
		this.state = TEXT;
		return index;
	}

	// ---- Values that are read ----

	/** The value of the field that began at `nameStart`, behind its colon at `index`. */
	private readValue(role: number, nameIndex: number, nameStart: number, index: number, end: number): number {
		this.nameStart = nameStart;
		this.nameLength = index - 1 - nameStart;
		if (role === ROLE_CONNECTION) return this.readConnection(nameIndex, index, end);
		if (role === ROLE_HOST) return this.readHost(nameIndex, index, end);
		if (role === ROLE_KEPT) return this.readKept(nameIndex, index, end);
		const violation = this.endName(nameIndex);
		return violation === VALID ? index : refuse(violation);
	}

	/** A text that is kept, if it has one space before it. */
	private readKept(nameIndex: number, start: number, end: number): number {
		this.nameIndex = nameIndex;
		this.meaning = PLAIN_FIELD;
		this.isKept = true;
		this.linesRead |= 1 << (this.lines - 1);
		this.state = VALUE_START;
		const index = start + 1;
		if (index + WORD_LENGTH > end) return start;
		const space = this.octets[start] as number;
		if (space !== SP) return this.takeOctet(space, start);
		const word = this.words.getInt32(index, true);
		if ((word & 0xff) <= SP) return this.takeWord(word, index);
		this.valueStart = index;
		this.spaceEnd = -1;
		this.state = VALUE;
		return this.passKept(word, index, end);
	}

	/** Text of a field that is kept, from the word on that stands at `start`, and the end of its line. */
	private passKept(wordAtStart: number, start: number, end: number): number {
		const reader = this.words;
		const stop = end - WORD_LENGTH;
		let index = start;
		let word = wordAtStart;
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
		let last = this.spaceEnd === index ? SP : 0;
		let rest = word;
		while (flags !== 0 && (flags & 0x80) === 0) {
			last = rest & 0xff;
			rest >>>= 8;
			flags >>>= 8;
			index += 1;
		}
		if ((rest & 0xff) !== CR || last === SP) return this.takeWord(word, wordStart);
		const violation = this.endValue(CR, index);
		return violation === VALID ? this.endLine(index + 1, end) : refuse(violation);
	}

	/** A host, if it has one space before it. */
	private readHost(nameIndex: number, start: number, end: number): number {
		const violation = this.endName(nameIndex);
		if (violation !== VALID) return refuse(violation);
		if (start + 1 >= end) return start;
		const space = this.octets[start] as number;
		const first = this.octets[start + 1] as number;
		if (space !== SP || first <= SP) {
			const next = this.takeOctet(space, start);
			return next < 0 ? next : this.takeOctet(first, next);
		}
		this.valueStart = start + 1;
		this.spaceEnd = -1;
		this.state = VALUE;
		return this.passHost(first, start + 1, end);
	}

	/** A host without whitespace behind it, from the octet at `start` on. */
	private passHost(octetAtStart: number, start: number, end: number): number {
		const octets = this.octets;
		const names = REG_NAME;
		let octet = octetAtStart;
		let index = start;
		if (this.cursor <= AUTHORITY_NAME) {
			while (names[octet]) {
				index += 1;
				if (index === end) break;
				octet = octets[index] as number;
			}
			if (index > start) this.cursor = AUTHORITY_NAME;
		}
		while (index < end && octet !== CR) {
			const next = stepAuthority(this.cursor, octet);
			if (next === AUTHORITY_OVER) break;
			this.cursor = next;
			index += 1;
			if (index < end) octet = octets[index] as number;
		}
		if (index === end) return end;
		if (octet !== CR || !isWholeAuthority(this.cursor)) return this.takeOctet(octet, index);
		this.memo.hostLine = this.lines - 1;
		return this.endLine(index + 1, end);
	}

	/** The memo knows of Connection what `readConnection` reads; a line that is read otherwise it is told of. */
	override endName(nameIndex: number): number {
		const violation = super.endName(nameIndex);
		if (this.state === VALUE_START && this.meaning === CONNECTION_FIELD) this.memo.sawConnection();
		return violation;
	}

	/** What nearly every client says of its connection. */
	private readConnection(nameIndex: number, start: number, end: number): number {
		const reader = this.words;
		const isThere = start + KEEP_ALIVE_LENGTH <= end;
		const first = isThere ? reader.getInt32(start, true) : 0;
		const second = first === KEEP ? reader.getInt32(start + WORD_LENGTH, true) : 0;
		const third = second === ALIVE ? reader.getInt32(start + 2 * WORD_LENGTH, true) : 0;
		if (third === ALIVE_END) {
			this.linesRead |= 1 << (this.lines - 1);
			this.lists |= LIST_KEEP_ALIVE;
			this.memo.sawKeepAlive(this.lines - 1);
			return this.endLine(start + KEEP_ALIVE_LENGTH, end);
		}
		this.endName(nameIndex);
		if (!isThere) return start;
		let index = this.takeWord(first, start);
		if (first === KEEP) index = this.takeWord(second, index);
		return second === ALIVE ? this.takeWord(third, index) : index;
	}
}
