// The field section of the last head, remembered: a client that polls sends the same fields again and again, and octets that
// repeat what was found right need only be compared, eight at a time. Where a line differs in text that nobody reads, reading
// goes on where it differs. For the field section, and the head.
//
// It stands in front of the receive buffer, in the same memory, so that it is copied there without garbage; where its lines
// are stands in the server's cells. A section with fields that have to be understood is not remembered.
//
// The version stands before it, never that of HTTP/1.0, and the whole request line, if there is room for both and it is
// a GET's. As long as nobody has read anything else and nothing has moved, what the readers know stands as well: of a head that
// is the same, at the same place, all; of one with another target, what the fields have said.

import { COLON, CR, LF } from "../octets/ascii.js";
import type { WordReader } from "../octets/words.js";
import { COMPLETE, type FieldOctets, LENGTH_ABSENT, LINE_LF, TEXT } from "./field-octets.js";
import { LIST_KEEP_ALIVE } from "./lists.js";
import type { ReceiveBuffer } from "./receive-buffer.js";

/** A section of more lines is not remembered. */
const LINES_MAX = 15;
/** A cell for each line, and one for the empty line: where it begins, and above, from where on it may differ and is text. */
const TEXT_SHIFT = 16;
const START_MASK = 0x7fff;
/** A line whose text has differed: it is likely to do so again, and only its name is compared. */
const HAS_DIFFERED = 0x8000;

// Behind those cells, what is known of the whole.
const LINE_COUNT = LINES_MAX + 1;
const END = LINE_COUNT + 1;
const HOST_LINE = END + 1;
const CONNECTION_LINE = HOST_LINE + 1;
const ROW_COUNT = CONNECTION_LINE + 1;
const ORIGIN = ROW_COUNT + 1;
const MISSES = ORIGIN + 1;
/** How long the last head was that had the same fields under another request line. */
const LAST_LENGTH = MISSES + 1;
/** How many cells a connection has. */
export const MEMO_CELLS: number = LAST_LENGTH + 1;

// What the readers still know of the head that is remembered: nothing, its fields, its request line, or all.
export const NOTHING_STANDS = 0;
export const FIELDS_STAND = 1;
export const LINE_STANDS = 2;
const ALL_STANDS = 3;

/** "HTTP/1.1" and the line end, which are compared together with the fields. */
const VERSION_LENGTH = 10;

const NO_LINE = -1;
const SAID_TWICE = -2;

/** How often in a section it is tried in vain whether its lines repeat. */
const FRUITLESS_MAX = 2;
/** Remembering is tried again after at most this many heads and one more. */
const MISSES_MASK = 31;

export class FieldMemo {
	/** The remembered line that may come next, or −1 when nothing is expected to repeat any more. */
	next = NO_LINE;
	/** Which line of the present section Host was, or −1. */
	hostLine = NO_LINE;
	/** Which line "Connection: keep-alive" was, or −1; SAID_TWICE when there was more than one line of Connection. */
	connectionLine = NO_LINE;
	/** What still stands. */
	stands = NOTHING_STANDS;

	private readonly section: FieldOctets;
	private readonly cells: Int32Array;
	/** Where the cells of the present connection begin. */
	private base: number;
	private buffer: ReceiveBuffer;
	/** Its words. */
	private words: WordReader;
	/** How much can be remembered: what is in front of the buffer's base. */
	private room: number;
	/** Where the request line of the present head stands, or −1 when it cannot be remembered. */
	private lineStart = -1;
	/** Whether the present section is the one that is remembered. */
	private isWhole = false;
	/** Where the present section began, or −1 when its octets do not stand together any more. */
	private start = -1;
	private recalled = 0;
	private fruitless = 0;
	/** Whether fields of the section that is remembered are kept. */
	private hasRows = false;
	/** How many lines that has; 0: nothing is remembered. */
	private lineCount = 0;

	/** `cells`: those of the server; MEMO_CELLS of them belong to this connection, from `base` on. */
	constructor(section: FieldOctets, cells: Int32Array, base: number, buffer: ReceiveBuffer) {
		this.section = section;
		this.cells = cells;
		this.base = base;
		this.buffer = buffer;
		this.words = buffer.words;
		this.room = buffer.base;
	}

	/** It is another connection's turn. A head in whose middle that is loses its comparison with the last one. */
	select(buffer: ReceiveBuffer, base: number): void {
		this.base = base;
		this.buffer = buffer;
		this.words = buffer.words;
		this.room = buffer.base;
		this.stands = NOTHING_STANDS;
		this.start = -1;
		this.lineStart = -1;
		this.isWhole = false;
		this.recalled = 0;
		this.next = NO_LINE;
		this.connectionLine = NO_LINE;
		this.lineCount = this.cells[base + LINE_COUNT] as number;
		this.hasRows = this.cells[base + ROW_COUNT] !== 0;
	}

	/** Before a section, which begins at `start`, and the request line at `lineStart`, or −1: it cannot be remembered. */
	begin(start: number, lineStart: number): void {
		this.start = start;
		this.lineStart = lineStart;
		this.isWhole = false;
		this.recalled = 0;
		this.fruitless = 0;
		this.next = this.lineCount > 0 ? 0 : NO_LINE;
		this.hostLine = NO_LINE;
		this.connectionLine = NO_LINE;
	}

	/** "Connection: keep-alive" is line `line`. What is said twice cannot be told apart by what had come before a line. */
	sawKeepAlive(line: number): void {
		this.connectionLine = this.connectionLine === NO_LINE ? line : SAID_TWICE;
	}

	/** Another line of Connection, whatever it says: what that was is not known by one line. */
	sawConnection(): void {
		this.connectionLine = SAID_TWICE;
	}

	/** Another client: nobody is to learn from the time a head takes what somebody else has sent. */
	forget(): void {
		this.drop();
		this.cells[this.base + MISSES] = 0;
	}

	/** Octets of the head are moving to `target`: what is known of their places is void. */
	moved(target: number): void {
		this.stands = NOTHING_STANDS;
		this.start = -1;
		this.lineStart = -1;
		this.next = NO_LINE;
		const isOverwritten = target < this.room;
		if (isOverwritten || this.cells[this.base + ROW_COUNT] !== 0) this.drop();
	}

	/** Where the fields begin in the head that is remembered; 0 when its request line is not. */
	get lineLength(): number {
		return (this.cells[this.base] as number) & START_MASK;
	}

	/**
	 * How many octets from the buffer's base on are those of the head that is remembered, whose request line stands: all of
	 * that at least, or 0. `end`: of what has come; all of a head, or nothing is compared.
	 */
	compare(end: number): number {
		const length = this.cells[this.base + END] as number;
		if (end - this.room < length) return 0;
		const repeated = this.buffer.agreementAtBase(length);
		return repeated < this.lineLength ? 0 : repeated;
	}

	/** The request line is another one. */
	leaveLine(): void {
		this.stands = this.stands === ALL_STANDS ? FIELDS_STAND : NOTHING_STANDS;
	}

	/**
	 * Whether all that has come, from `start` to `end`, is the version and the fields that are remembered, which stand: then this
	 * head has them, too. `start`: behind a target. `lineStart`: as `begin` has it.
	 */
	repeatsFields(start: number, end: number, lineStart: number): boolean {
		const cells = this.cells;
		const base = this.base;
		const from = ((cells[base] as number) & START_MASK) - VERSION_LENGTH;
		const memoEnd = cells[base + END] as number;
		const ahead = start - from;
		if (memoEnd + ahead !== end || this.buffer.agreement(from, ahead, memoEnd) !== memoEnd) return false;
		if (this.hasRows) this.takeRows(base, ahead);
		if (lineStart < 0) return true;
		const length = end - lineStart;
		if (length === cells[base + LAST_LENGTH] || length === memoEnd) this.concludeLine(lineStart, end);
		else {
			cells[base + LAST_LENGTH] = length;
			cells[base + MISSES] = 0;
		}
		return true;
	}

	/** Whether the first `repeated` octets are all of the head that is remembered, and all that was known of it stands. */
	repeatsAll(repeated: number): boolean {
		const cells = this.cells;
		const base = this.base;
		if (this.stands !== ALL_STANDS || repeated !== cells[base + END]) return false;
		cells[base + MISSES] = 0;
		return true;
	}

	/**
	 * Before the first line of a head whose first `repeated` octets are those of the head that is remembered, its request line
	 * among them: `recall` for the fields in them.
	 */
	resume(repeated: number, end: number): number {
		this.stands = LINE_STANDS;
		const start = this.start;
		if (repeated === this.cells[this.base + END]) return this.recallAll(0, start, this.room);
		return this.recallSome(0, this.room, repeated, end);
	}

	/**
	 * At the beginning of a line at `start`: takes over the lines that repeat what is remembered, from `next` on, and of the line
	 * behind them the text that does. Returns the offset behind what was taken; the section knows how it stands there.
	 */
	recall(start: number, end: number): number {
		const line = this.next;
		const cell = this.cells[this.base + line] as number;
		if (!(cell & HAS_DIFFERED)) return this.recallLines(start, end);
		const words = this.words;
		const text = cell >>> TEXT_SHIFT;
		const ahead = start - (cell & START_MASK);
		const last = text + ahead - 8;
		let index = start;
		if (last >= start && last + 8 <= end) {
			while (index < last) {
				if (words.getFloat64(index - ahead, true) !== words.getFloat64(index, true))
					return this.recallLines(start, end);
				index += 8;
			}
			index = last;
			if (words.getFloat64(text - 8, true) !== words.getFloat64(index, true)) return this.recallLines(start, end);
		} else {
			// A short name, or the end of what has come.
			if (last + 4 < start || last + 8 > end || words.getInt32(index - ahead, true) !== words.getInt32(index, true))
				return this.recallLines(start, end);
			if (words.getInt32(text - 4, true) !== words.getInt32(last + 4, true)) return this.recallLines(start, end);
		}
		this.next = line + 1 < this.lineCount ? line + 1 : NO_LINE;
		this.recalled += 1;
		this.section.lines += 1;
		this.section.state = TEXT;
		return text + ahead;
	}

	/** `recall` for whole lines. */
	private recallLines(start: number, end: number): number {
		const first = this.next;
		const from = (this.cells[this.base + first] as number) & START_MASK;
		const ahead = start - from;
		const memoEnd = this.cells[this.base + END] as number;
		const at = this.buffer.agreement(from, ahead, memoEnd + ahead < end ? memoEnd : end - ahead);
		return at === memoEnd ? this.recallAll(first, start, ahead) : this.recallSome(first, ahead, at, end);
	}

	/** The lines from `first` on repeat up to `at`. Returns the offset behind what was taken. */
	private recallSome(first: number, ahead: number, at: number, end: number): number {
		const cells = this.cells;
		let cell = this.base + first;
		this.next = NO_LINE;
		// Kept fields only together with everything else: their places are known for the whole section alone.
		if (this.hasRows) return ((cells[cell] as number) & START_MASK) + ahead;
		const last = this.base + this.lineCount;
		while (cell < last && ((cells[cell + 1] as number) & START_MASK) <= at) cell += 1;
		const line = cell - this.base;
		if (line > first && !this.takeLines(first, line))
			return ((cells[this.base + first] as number) & START_MASK) + ahead;
		const known = cells[cell] as number;
		const lineStart = known & START_MASK;
		if (cell === last) return lineStart + ahead;
		if (at === lineStart) {
			// Nothing of the line has come.
			if (at + ahead === end) {
				this.next = line;
				return end;
			}
			if (line === first) this.fruitless += 1;
		}
		// The line that differs is one of this head's as well, so there are never more lines than in the one that is remembered.
		if (this.fruitless <= FRUITLESS_MAX && cell + 1 < last) this.next = line + 1;
		const lineEnd = (cells[cell + 1] as number) & START_MASK;
		const text = known >>> TEXT_SHIFT;
		let from = at;
		if (at < text) {
			// The eight octets that differ may begin with the end of the name.
			if (at < text - 8 || text < 8 || text === lineEnd || text + ahead > end) return lineStart + ahead;
			if (this.words.getFloat64(text - 8, true) !== this.words.getFloat64(text + ahead - 8, true))
				return lineStart + ahead;
			from = text;
		}
		cells[cell] = known | HAS_DIFFERED;
		this.recalled += 1;
		this.section.lines += 1;
		// It may be that only the LF of the line could not be compared any more.
		this.section.state = from + 1 === lineEnd ? LINE_LF : TEXT;
		return from + ahead;
	}

	/** All lines from `first` on, which begins at `start`, repeat. Returns the offset behind the section. */
	private recallAll(first: number, start: number, ahead: number): number {
		const cells = this.cells;
		const base = this.base;
		const section = this.section;
		this.next = NO_LINE;
		if (this.hasRows) {
			if (first > 0) return start;
			this.takeRows(base, ahead);
		}
		if (!this.takeLines(first, this.lineCount)) return start;
		section.state = COMPLETE;
		section.isComplete = true;
		this.isWhole = first === 0;
		return (cells[base + END] as number) + ahead;
	}

	/** Takes over what the lines from `first` to before `line` have said. False when they cannot be taken over. */
	private takeLines(first: number, line: number): boolean {
		const section = this.section;
		const hostLine = this.cells[this.base + HOST_LINE] as number;
		if (hostLine >= first && hostLine < line) {
			if (section.hasHost) return false;
			section.hasHost = true;
		}
		const connectionLine = this.cells[this.base + CONNECTION_LINE] as number;
		if (connectionLine >= first && connectionLine < line) section.lists |= LIST_KEEP_ALIVE;
		section.lines += line - first;
		this.recalled += line - first;
		return true;
	}

	/** The kept fields are those of the section that is remembered, which stands `ahead` octets behind it now. */
	private takeRows(base: number, ahead: number): void {
		const cells = this.cells;
		const { table } = this.section;
		const distance = ahead - (cells[base + ORIGIN] as number);
		table.count = cells[base + ROW_COUNT] as number;
		cells[base + ORIGIN] = ahead;
		if (distance === 0) return;
		for (let row = 0; row < table.count; row += 1) table.relocate(row, distance);
	}

	/** The section is complete, up to `end`: decides whether to remember it. */
	conclude(end: number): void {
		const recalled = this.recalled;
		if (this.isWhole) {
			if (this.stands === NOTHING_STANDS) this.stands = FIELDS_STAND;
			return this.concludeLine(this.lineStart, end);
		}
		if (recalled * 2 > this.section.lines) {
			this.cells[this.base + MISSES] = 0;
			return;
		}
		// The places of kept fields are those of this head now.
		if (this.lineCount > 0 && this.hasRows) this.drop();
		const isRepeatable = this.isRepeatable;
		// Remembering costs as much as comparing: with a client that never repeats itself it is tried ever more rarely.
		if (!this.isDue()) return;
		this.drop();
		if (isRepeatable && recalled === 0 && this.start >= 0) this.remember(end);
	}

	/** Whether it is time to remember something else. */
	private isDue(): boolean {
		const at = this.base + MISSES;
		const misses = (this.cells[at] as number) + 1;
		this.cells[at] = misses;
		return (misses & (misses - 1)) === 0 || (misses & MISSES_MASK) === 0;
	}

	/** Nothing is remembered. */
	private drop(): void {
		this.stands = NOTHING_STANDS;
		this.lineCount = 0;
		this.cells[this.base + LINE_COUNT] = 0;
	}

	/**
	 * The section is the one that is remembered: decides whether its request line, at `lineStart`, is, too, or is to be.
	 */
	private concludeLine(lineStart: number, end: number): void {
		if (lineStart < 0) return;
		const cells = this.cells;
		const base = this.base;
		const length = end - lineStart;
		// The fields are the same: heads of one length have lines of one length.
		if (this.stands === LINE_STANDS || (length === cells[base + END] && this.repeatsLine(lineStart))) {
			this.stands = ALL_STANDS;
			cells[base + MISSES] = 0;
			return;
		}
		this.stands = FIELDS_STAND;
		if (cells[base + LAST_LENGTH] !== length) {
			cells[base + LAST_LENGTH] = length;
			cells[base + MISSES] = 0;
		}
		// As long as the last one: it may be that, and will come again.
		else if (length <= this.room && this.isDue()) this.exchangeLine(lineStart, end);
	}

	private repeatsLine(lineStart: number): boolean {
		const length = this.lineLength;
		return length > VERSION_LENGTH && lineStart === this.room && this.buffer.agreementAtBase(length) === length;
	}

	/** What is remembered gets the request line of this head, which stands from `lineStart` to `end`. */
	private exchangeLine(lineStart: number, end: number): void {
		const cells = this.cells;
		const base = this.base;
		const distance = end - lineStart - (cells[base + END] as number);
		this.buffer.octets.copyWithin(0, lineStart, end);
		for (let line = 0; line <= this.lineCount; line += 1) {
			cells[base + line] = (cells[base + line] as number) + distance + distance * (1 << TEXT_SHIFT);
		}
		cells[base + END] = end - lineStart;
		cells[base + ORIGIN] = lineStart;
		this.stands = ALL_STANDS;
	}

	/** Whether nothing in the section would have to be understood again. */
	private get isRepeatable(): boolean {
		const section = this.section;
		// What HTTP/1.0 ignores, the next head may have to understand.
		if (section.isOldVersion || section.contentLength !== LENGTH_ABSENT || section.hasTransferEncoding) return false;
		// "keep-alive" alone is known by its line.
		return this.hostLine >= 0 && section.lists === (this.connectionLine < 0 ? 0 : LIST_KEEP_ALIVE);
	}

	private remember(end: number): void {
		const section = this.section;
		const hasLine = this.lineStart >= 0 && end - this.lineStart <= this.room;
		const start = hasLine ? this.lineStart : this.start - VERSION_LENGTH;
		const length = end - start;
		if (length > this.room || section.lines > LINES_MAX) return;
		const octets = this.buffer.octets;
		const cells = this.cells;
		const base = this.base;
		octets.copyWithin(0, start, end);
		let at = this.start - start;
		let line = 0;
		while (octets[at] !== CR) {
			const next = octets.indexOf(LF, at) + 1;
			const text = (section.linesRead & (1 << line)) === 0 ? octets.indexOf(COLON, at) + 1 : next;
			cells[base + line] = at | (text << TEXT_SHIFT);
			at = next;
			line += 1;
		}
		cells[base + line] = at;
		cells[base + LINE_COUNT] = line;
		cells[base + END] = length;
		cells[base + HOST_LINE] = this.hostLine;
		cells[base + CONNECTION_LINE] = this.connectionLine;
		cells[base + ROW_COUNT] = section.table.count;
		cells[base + ORIGIN] = start;
		this.lineCount = line;
		this.hasRows = section.table.count > 0;
		this.stands = hasLine ? ALL_STANDS : FIELDS_STAND;
	}
}
