// The field section of the last head, remembered: a client that polls sends the same fields again and again, and octets that
// repeat what was found right need only be compared, eight at a time. For the field section.
//
// It stands in front of the receive buffer, in the same memory, so that it is copied there without garbage: a table of its
// lines, then its octets. An entry of the table is where a line begins (two octets) and what had come before it: how many
// kept fields, and which fields of the protocol. A section with fields that have to be understood is not remembered.

import { CR, LF } from "../octets/ascii.js";
import type { WordReader } from "../octets/words.js";
import type { FieldTable } from "./field-table.js";

/** More lines are not remembered. */
const LINES_MAX = 31;
const ENTRY_LENGTH = 4;
/** Where the octets stand. */
export const MEMO_START: number = (LINES_MAX + 1) * ENTRY_LENGTH;

// What has come before a line.
export const MEMO_HOST = 1;
export const MEMO_KEEP_ALIVE = 2;

const SAID_TWICE = -2;

/** How many octets are compared at once. */
const STEP = 8;
/** How often in a section it is tried in vain whether its lines repeat. */
const FRUITLESS_MAX = 2;
/** Remembering is tried again after at most this many heads and one more. */
const MISSES_MASK = 31;

export class FieldMemo {
	/** The remembered line that may come next, or −1 when nothing is expected to repeat any more. */
	next = -1;
	/** What `recall` has taken over: how many lines, which of MEMO_…, and whether the section is complete with them. */
	taken = 0;
	flags = 0;
	isComplete = false;
	/** Which line of the present section Host was, or −1. */
	hostLine = -1;
	/** Which line "Connection: keep-alive" was, or −1; SAID_TWICE when there was more than one. */
	connectionLine = -1;

	readonly #octets: Uint8Array;
	readonly #words: WordReader;
	readonly #table: FieldTable;
	/** Where the receive buffer begins; the memory in front of it is the memo's. */
	readonly #base: number;
	/** How many lines are remembered; 0: nothing is. */
	#lineCount = 0;
	/** Behind the remembered octets, the empty line included. */
	#end = 0;
	/** Where the section stood of which the kept fields are in the table. */
	#origin = 0;
	/** Where the present section began, or −1 when its octets do not stand together any more. */
	#start = -1;
	#recalled = 0;
	#fruitless = 0;
	/** How many heads in a row were not recalled. */
	#misses = 0;

	constructor(octets: Uint8Array, words: WordReader, table: FieldTable, base: number) {
		this.#octets = octets;
		this.#words = words;
		this.#table = table;
		this.#base = base;
	}

	/** Before a section, which begins at `start`. */
	begin(start: number): void {
		this.#start = start;
		this.#recalled = 0;
		this.#fruitless = 0;
		this.next = this.#lineCount > 0 ? 0 : -1;
		this.hostLine = -1;
		this.connectionLine = -1;
	}

	/** "Connection: keep-alive" is line `line`. What is said twice cannot be told apart by what had come before a line. */
	sawKeepAlive(line: number): void {
		this.connectionLine = this.connectionLine === -1 ? line : SAID_TWICE;
	}

	/** Another client: nobody is to learn from the time a head takes what somebody else has sent. */
	forget(): void {
		this.#lineCount = 0;
		this.#misses = 0;
	}

	/** Octets of the head are moving: what is known of their places is void. */
	forgetPlaces(): void {
		this.#start = -1;
		if (this.#lineCount > 0 && this.rowsBefore(this.#lineCount) > 0) this.#lineCount = 0;
	}

	/**
	 * Takes over the lines at `index` that repeat what is remembered, from `next` on. Returns the offset behind them. The line
	 * that stands there is to be read; then `next` may come. So there are never more lines than in the head that is remembered.
	 */
	recall(index: number, end: number, hasHost: boolean): number {
		const words = this.#words;
		const first = this.next;
		const from = this.lineStart(first);
		const ahead = index - from;
		const memoEnd = this.#end;
		const stop = memoEnd < end - ahead ? memoEnd : end - ahead;
		const last = stop - STEP;
		const lastPair = last - STEP;
		let at = from;
		// A number that is none (NaN) equals nothing: such octets are read as if they were others.
		while (at <= lastPair && words.getFloat64(at, true) === words.getFloat64(at + ahead, true)) {
			at += STEP;
			if (words.getFloat64(at, true) !== words.getFloat64(at + ahead, true)) break;
			at += STEP;
		}
		if (at <= last && words.getFloat64(at, true) === words.getFloat64(at + ahead, true)) at += STEP;
		// Fewer than eight octets are left: with some of those before them they are eight again.
		if (at > last && at < stop && last >= from) {
			if (words.getFloat64(last, true) === words.getFloat64(last + ahead, true)) at = stop;
		}
		const isWhole = at === memoEnd;
		let line = first;
		if (isWhole) line = this.#lineCount;
		else while (line < this.#lineCount && this.lineStart(line + 1) <= at) line += 1;
		this.taken = 0;
		this.flags = 0;
		this.isComplete = false;
		this.next = -1;
		if (!this.mayTake(first, line, isWhole)) return index;
		const flags = this.flagsBefore(line) & ~this.flagsBefore(first);
		if (hasHost && (flags & MEMO_HOST) !== 0) return index;
		this.flags = flags;
		this.taken = line - first;
		this.#recalled += this.taken;
		if (isWhole) {
			this.isComplete = true;
			if (first === 0) this.takeRows(MEMO_START + ahead);
			return at + ahead;
		}
		if (line < this.#lineCount) this.next = line + 1;
		return this.lineStart(line) + ahead;
	}

	/** Whether the remembered lines from `first` to before `line` may be taken over. */
	private mayTake(first: number, line: number, isWhole: boolean): boolean {
		// Kept fields only together with everything else: their places are known for the whole section alone.
		if (this.rowsBefore(this.#lineCount) > 0 && (first > 0 || !isWhole)) return false;
		if (line > first || isWhole) return true;
		this.#fruitless += 1;
		return this.#fruitless <= FRUITLESS_MAX;
	}

	/** The kept fields are those of the section that began at `#origin`, which begins at `start` now. */
	private takeRows(start: number): void {
		const table = this.#table;
		const distance = start - this.#origin;
		table.count = this.rowsBefore(this.#lineCount);
		this.#origin = start;
		if (distance === 0) return;
		for (let row = 0; row < table.count; row += 1) table.relocate(row, distance);
	}

	/**
	 * The section is complete, of `lines` lines up to `end`: decides whether to remember it. `isRepeatable`: whether nothing in
	 * it would have to be understood again.
	 */
	conclude(end: number, lines: number, isRepeatable: boolean): void {
		const lineCount = this.#lineCount;
		if (lineCount > 0 && this.#recalled === lineCount && lines === lineCount) {
			this.#misses = 0;
			return;
		}
		// The places of kept fields are those of this head now.
		if (lineCount > 0 && this.rowsBefore(lineCount) > 0) this.#lineCount = 0;
		if (this.#recalled * 2 > lines) {
			this.#misses = 0;
			return;
		}
		// Remembering costs as much as comparing: with a client that never repeats itself it is tried ever more rarely.
		this.#misses += 1;
		if ((this.#misses & (this.#misses - 1)) !== 0 && (this.#misses & MISSES_MASK) !== 0) return;
		this.#lineCount = 0;
		if (isRepeatable && this.#recalled === 0 && this.#start >= 0 && this.hostLine >= 0) this.remember(end);
	}

	private remember(end: number): void {
		const start = this.#start;
		const table = this.#table;
		if (end - start > this.#base - MEMO_START || table.count > 0xff) return;
		const octets = this.#octets;
		octets.copyWithin(MEMO_START, start, end);
		this.#end = MEMO_START + end - start;
		this.#origin = start;
		const moved = MEMO_START - start + this.#base;
		let at: number = MEMO_START;
		let line = 0;
		let row = 0;
		for (;;) {
			while (row < table.count && table.valueStart(row) + moved < at) row += 1;
			const entry = line * ENTRY_LENGTH;
			octets[entry] = at & 0xff;
			octets[entry + 1] = at >> 8;
			octets[entry + 2] = row;
			octets[entry + 3] = this.flagsOf(line);
			if (octets[at] === CR) break;
			if (line === LINES_MAX) return;
			at = octets.indexOf(LF, at) + 1;
			line += 1;
		}
		this.#lineCount = line;
	}

	private flagsOf(line: number): number {
		const hasKeepAlive = this.connectionLine >= 0 && line > this.connectionLine;
		return (line > this.hostLine ? MEMO_HOST : 0) | (hasKeepAlive ? MEMO_KEEP_ALIVE : 0);
	}

	/** Where a line begins; for `#lineCount`, the empty line. */
	private lineStart(line: number): number {
		return this.#words.getUint16(line * ENTRY_LENGTH, true);
	}

	/** How many kept fields came before a line. */
	private rowsBefore(line: number): number {
		return this.#octets[line * ENTRY_LENGTH + 2] as number;
	}

	/** Which of MEMO_… came before a line. */
	private flagsBefore(line: number): number {
		return this.#octets[line * ENTRY_LENGTH + 3] as number;
	}
}
