// The head of a request: its request line and its field section, read from the receive buffer as the octets arrive,
// with what is kept of it at hand until the response is complete. For the connection.
//
// A head may be larger than its buffer: when the buffer is full, what is kept moves together at its start, what was
// dropped is overwritten, and reading goes on. Only what has to stay and does not fit is refused.

import { FieldMemo } from "./field-memo.js";
import type { FieldRegistry } from "./field-registry.js";
import { FieldSection } from "./field-section.js";
import type { FieldTable } from "./field-table.js";
import type { ReceiveBuffer } from "./receive-buffer.js";
import { RequestLine, type RequestLineOptions } from "./request-line.js";
import { refused, VALID, Violation } from "./violation.js";

/** What bounds a head. */
export interface HeadOptions extends RequestLineOptions {
	/** The longest head in octets, from the method to the empty line, whatever of it is kept; else 431. */
	readonly headLengthMax: number;
	/** The most field lines in a head, and in a trailer section; else 431. */
	readonly fieldLinesMax: number;
	/** The longest trailer section in octets; else 431. */
	readonly trailerSectionLengthMax: number;
}

// What `read` returns.
export const HEAD_PARTIAL = 0;
export const HEAD_COMPLETE = 1;
export const HEAD_REFUSED = 2;

/**
 * Of the receive buffer, what a head may not fill: content and trailers need somewhere to arrive while the head is kept.
 */
export const CONTENT_ROOM_MIN = 64;

export class Head {
	readonly requestLine: RequestLine;
	readonly fieldSection: FieldSection;
	readonly fields: FieldTable;
	readonly memo: FieldMemo;
	/** The first rule that was broken. */
	violation = VALID;
	/** How many of the table's rows came with the head; the rest are trailers. */
	headFieldCount = 0;

	readonly #buffer: ReceiveBuffer;
	readonly #options: HeadOptions;
	readonly #keepsAll: boolean;
	#lengthMax = 0;
	#length = 0;
	#isTrailer = false;
	/** Behind the kept octets of a complete head, once they stand together at the start of the buffer; else −1. */
	#keptEnd = -1;

	constructor(buffer: ReceiveBuffer, fields: FieldTable, registry: FieldRegistry, options: HeadOptions) {
		this.#buffer = buffer;
		this.#options = options;
		this.#keepsAll = registry.keepsAll;
		this.fields = fields;
		this.memo = new FieldMemo(buffer.octets, buffer.words, fields, buffer.base);
		this.requestLine = new RequestLine(options, buffer.words);
		this.fieldSection = new FieldSection(registry, fields, options.fieldLinesMax, buffer.words, this.memo);
	}

	/** Before the next request, whose first octet stands at `consumed` or will. */
	begin(): void {
		this.requestLine.begin();
		this.violation = VALID;
		this.headFieldCount = 0;
		this.#isTrailer = false;
		this.#keptEnd = -1;
		this.#length = 0;
		this.#lengthMax = this.#options.headLengthMax;
	}

	/** Before the trailers of the same request. */
	beginTrailers(): void {
		this.fieldSection.beginTrailers(this.#buffer.base);
		this.headFieldCount = this.fields.count;
		this.#isTrailer = true;
		this.#keptEnd = -1;
		this.#length = 0;
		// The empty line that ends the section is not counted.
		this.#lengthMax = this.#options.trailerSectionLengthMax + 2;
	}

	/** Whether no octet of a request has been read, empty lines aside. */
	get isBlank(): boolean {
		return this.requestLine.isBlank;
	}

	/** Reads what was received. HEAD_PARTIAL: all of it, and more is needed. */
	read(): number {
		const buffer = this.#buffer;
		const line = this.requestLine;
		const section = this.fieldSection;
		if (line.isBlank) {
			const index = line.scanBlank(buffer.octets, buffer.scanned, buffer.received);
			if (index < 0) return this.refuse(refused(index));
			// Empty lines belong to no request and count for nothing.
			buffer.scanned = index;
			buffer.consumed = line.isBlank ? index : index - 1;
			if (line.isBlank) return HEAD_PARTIAL;
			this.#length = 1;
		}
		const start = buffer.scanned;
		const allowed = this.#lengthMax - this.#length;
		const isTooLong = buffer.received - start > allowed;
		const end = isTooLong ? start + allowed : buffer.received;
		let index = start;
		if (!line.isComplete) {
			index = line.scan(buffer.octets, index, end);
			if (index >= 0 && line.isComplete) section.begin(buffer.base, index, line.minorVersion === 0);
		}
		if (index >= 0 && line.isComplete) index = section.scan(buffer.octets, index, end);
		if (index < 0) return this.refuse(refused(index));
		buffer.scanned = index;
		this.#length += index - start;
		if (line.isComplete && section.isComplete) return this.end();
		if (!isTooLong) return HEAD_PARTIAL;
		return this.refuse(this.#isTrailer ? Violation.trailerSectionTooLong : Violation.fieldSectionTooLong);
	}

	private end(): number {
		const buffer = this.#buffer;
		buffer.consumed = buffer.scanned;
		if (this.#isTrailer) return HEAD_COMPLETE;
		this.headFieldCount = this.fields.count;
		this.fieldSection.conclude(buffer.scanned);
		if (buffer.limit - buffer.consumed < CONTENT_ROOM_MIN) {
			this.compact();
			if (buffer.limit - buffer.consumed < CONTENT_ROOM_MIN) return this.refuse(Violation.fieldsKeptTooLong);
		}
		return HEAD_COMPLETE;
	}

	private refuse(violation: number): number {
		this.violation = violation;
		return HEAD_REFUSED;
	}

	/**
	 * Makes room in a full buffer for more of the head. HEAD_REFUSED when what has to stay fills it.
	 */
	makeRoom(): number {
		this.compact();
		if (this.#buffer.room > 0) return HEAD_PARTIAL;
		return this.refuse(this.requestLine.isComplete ? Violation.fieldsKeptTooLong : Violation.targetTooLong);
	}

	/** When everything behind a complete head is consumed: lets what comes next arrive right behind what is kept. */
	rewind(): void {
		const buffer = this.#buffer;
		if (this.#keptEnd < 0) this.compact();
		buffer.moveDown(buffer.consumed, this.#keptEnd);
	}

	/** Moves what is kept of the head to the start of the buffer, and what is still to be read behind it. */
	compact(): void {
		const buffer = this.#buffer;
		const line = this.requestLine;
		if (line.isBlank) {
			buffer.moveDown(buffer.consumed, buffer.base);
			return;
		}
		this.memo.forgetPlaces();
		const octets = buffer.octets;
		const lineKeptEnd = line.keptEnd(buffer.scanned);
		let kept = buffer.base + lineKeptEnd - line.methodStart;
		if (line.methodStart !== buffer.base) {
			octets.copyWithin(buffer.base, line.methodStart, lineKeptEnd);
			line.relocate(buffer.base - line.methodStart);
		}
		if (!line.isComplete) {
			// The rest of the request line stands right behind what is kept of it, or is not needed.
			buffer.moveDown(buffer.scanned, kept);
			return;
		}
		for (let row = 0; row < this.fields.count; row += 1) kept = this.compactRow(row, kept);
		const lineStart = this.fieldSection.isComplete ? -1 : this.fieldSection.lineKeptStart;
		const start = lineStart >= 0 ? lineStart : this.fieldSection.isComplete ? buffer.consumed : buffer.scanned;
		this.fieldSection.relocateLine(kept - start);
		buffer.moveDown(start, kept);
		this.#keptEnd = this.fieldSection.isComplete ? kept : -1;
	}

	private compactRow(row: number, target: number): number {
		const buffer = this.#buffer;
		const fields = this.fields;
		const start = buffer.base + (this.#keepsAll ? fields.nameStart(row) : fields.valueStart(row));
		const end = buffer.base + fields.valueStart(row) + fields.valueLength(row);
		if (start !== target) {
			buffer.octets.copyWithin(target, start, end);
			fields.relocate(row, target - start);
		}
		return target + end - start;
	}
}
