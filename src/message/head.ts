// The head of a request: its request line and its field section, read from the receive buffer as the octets arrive,
// with what is kept of it at hand until the response is complete. For the connections.
//
// All connections of a server share one: only one of them is read at a time. When it is another's turn (`select`), what is
// known of the present head is noted in a few cells and taken up again when its turn comes.
//
// A head may be larger than its buffer: when the buffer is full, what is kept moves together at its start, what was
// dropped is overwritten, and reading goes on. Only what has to stay and does not fit is refused.

import { FIELDS_STAND, LINE_STANDS, MEMO_CELLS, NOTHING_STANDS } from "./field-memo.js";
import { SECTION_CELLS } from "./field-octets.js";
import type { FieldRegistry } from "./field-registry.js";
import { FieldSection } from "./field-section.js";
import { FIELD_ROW_LENGTH, FieldTable } from "./field-table.js";
import type { HeadOptions } from "./head-options.js";
import { METHOD_GET } from "./method.js";
import type { ReceiveBuffer } from "./receive-buffer.js";
import { RequestLine, VERSION } from "./request-line.js";
import { LINE_CELLS } from "./request-line-octets.js";
import { refused, VALID, Violation } from "./violation.js";

// What `read` returns.
export const HEAD_PARTIAL = 0;
export const HEAD_COMPLETE = 1;
export const HEAD_REFUSED = 2;
/** It is complete, and has the fields of the head before it: of HTTP/1.1, with Host, no content and nothing against going on. */
export const HEAD_REPEATED = 3;

/**
 * Of the receive buffer, what a head may not fill: content and trailers need somewhere to arrive while the head is kept.
 */
export const CONTENT_ROOM_MIN = 64;

// The cells of a connection: what is known of the head itself, of its line and of its section, and of the last head's section.
/** How many rows came with the head, and one more; 0: there is nothing to take up. */
const HEAD_FIELDS = 0;
const LENGTH_END = 1;
const KEPT_END = 2;
const LINE = 3;
const SECTION = LINE + LINE_CELLS;
const MEMO = SECTION + SECTION_CELLS;

/** How many cells a connection has. `remembers`: whether anything of its last head is remembered. */
function cellsOf(remembers: boolean): number {
	return remembers ? MEMO + MEMO_CELLS : MEMO;
}

/** The octets that a connection's share in a head takes, those of its kept fields not counted. */
export function headShareLength(remembers: boolean): number {
	return 4 * cellsOf(remembers);
}

/** The octets that the kept fields of a connection take. */
export function fieldsLength(fieldsKeptMax: number): number {
	return fieldsKeptMax * FIELD_ROW_LENGTH;
}

export class Head {
	readonly requestLine: RequestLine;
	readonly fieldSection: FieldSection;
	/** Whose head it is. */
	buffer: ReceiveBuffer;
	/** The first rule that was broken. */
	violation = VALID;
	/** How many of the table's rows came with the head; the rest are trailers. */
	headFieldCount = 0;
	/** Whether the request line is, octet for octet, that of the head read before, which was this connection's. */
	repeatsLine = false;

	private readonly cells: Int32Array;
	/** How many of them belong to each connection. */
	private readonly stride: number;
	/** Where the head, or its trailer section, has to end at the latest. */
	private lengthEnd = 0;
	/** Behind the kept octets of a complete head, once they stand together at the start of the buffer; else −1. */
	private keptEnd = -1;

	/** `buffer`: of the first connection. */
	constructor(buffer: ReceiveBuffer, connections: number, registry: FieldRegistry, options: HeadOptions) {
		this.buffer = buffer;
		this.stride = cellsOf(buffer.base > 0);
		this.cells = new Int32Array(connections * this.stride);
		const table = new FieldTable(connections, registry.keepsAny ? options.fieldsKeptMax : 0);
		this.requestLine = new RequestLine(options, buffer);
		this.fieldSection = new FieldSection(registry, table, options.fieldLinesMax, this.cells, MEMO, buffer);
	}

	/** It is the turn of the connection with this buffer. */
	select(buffer: ReceiveBuffer): void {
		this.save();
		this.buffer = buffer;
		this.requestLine.select(buffer);
		this.fieldSection.select(buffer, buffer.index * this.stride + MEMO);
		this.fieldSection.table.select(buffer.index);
		this.load();
	}

	private save(): void {
		const cells = this.cells;
		const { buffer, requestLine } = this;
		const at = buffer.index * this.stride;
		cells[at + HEAD_FIELDS] = 0;
		// Between two requests there is nothing to note.
		if (requestLine.isUntouched) return;
		cells[at + HEAD_FIELDS] = this.headFieldCount + 1;
		cells[at + LENGTH_END] = this.lengthEnd;
		cells[at + KEPT_END] = this.keptEnd;
		requestLine.save(cells, at + LINE);
		this.fieldSection.save(cells, at + SECTION);
	}

	private load(): void {
		this.begin();
		const cells = this.cells;
		const { buffer } = this;
		const at = buffer.index * this.stride;
		const rows = cells[at + HEAD_FIELDS] as number;
		if (rows === 0) return;
		this.headFieldCount = rows - 1;
		this.lengthEnd = cells[at + LENGTH_END] as number;
		this.keptEnd = cells[at + KEPT_END] as number;
		this.requestLine.load(cells, at + LINE);
		this.fieldSection.load(cells, at + SECTION);
	}

	/** Another client: nothing is known of it. */
	open(): void {
		this.fieldSection.memo.forget();
		this.begin();
	}

	/** Before the next request, whose first octet stands at `consumed` or will. */
	begin(): void {
		this.requestLine.begin();
		this.violation = VALID;
		this.headFieldCount = 0;
		this.repeatsLine = false;
		this.keptEnd = -1;
	}

	/** Before the trailers of the same request. */
	beginTrailers(): void {
		const section = this.fieldSection;
		section.beginTrailers();
		this.headFieldCount = section.table.count;
		this.keptEnd = -1;
		// The empty line that ends the section is not counted.
		this.lengthEnd = this.buffer.scanned + this.requestLine.options.trailerSectionLengthMax + 2;
	}

	/** Whether no octet of a request has been read, empty lines aside. */
	get isBlank(): boolean {
		return this.requestLine.isBlank;
	}

	/** Reads what was received. HEAD_PARTIAL: all of it, and more is needed. */
	read(): number {
		const buffer = this.buffer;
		const line = this.requestLine;
		const section = this.fieldSection;
		const received = buffer.received;
		let index = buffer.scanned;
		if (!line.isComplete) {
			const memo = section.memo;
			if (memo.stands >= LINE_STANDS) {
				if (index === buffer.base) {
					const repeated = memo.compare(received);
					if (repeated > 0) return this.repeat(repeated, received);
				}
				memo.leaveLine();
			}
			// No line is longer than a head may be: what bounds targets and methods bounds it.
			index = line.scan(index, received);
			if (line.state === VERSION && index >= 0) {
				if (memo.stands === FIELDS_STAND && this.repeatsFields(index, received)) return HEAD_REPEATED;
				index = line.scanVersion(index, received);
			}
			if (index < 0) return this.refuse(refused(index));
			const methodStart = line.methodStart;
			buffer.scanned = index;
			// Empty lines belong to no request and count for nothing.
			if (!line.isComplete) {
				buffer.consumed = line.isBlank ? index : methodStart;
				return HEAD_PARTIAL;
			}
			buffer.consumed = methodStart;
			this.lengthEnd = methodStart + line.options.headLengthMax;
			memo.stands = NOTHING_STANDS;
			// What has arrived in front of the buffer's base is there no more when a section is remembered.
			const isOld = line.minorVersion === 0;
			const isRepeatable = methodStart === buffer.base && line.method === METHOD_GET && !isOld;
			section.begin(methodStart < buffer.base ? -1 : index, isRepeatable ? methodStart : -1, isOld);
		}
		return this.readFields(index, received);
	}

	/** The first `repeated` octets at the buffer's base, the request line among them, are those of the head before. */
	private repeat(repeated: number, received: number): number {
		const buffer = this.buffer;
		const section = this.fieldSection;
		const memo = section.memo;
		const line = this.requestLine;
		line.repeat();
		this.repeatsLine = true;
		if (memo.repeatsAll(repeated)) {
			buffer.scanned = buffer.base + repeated;
			buffer.consumed = buffer.scanned;
			this.headFieldCount = section.table.count;
			return HEAD_REPEATED;
		}
		section.begin(buffer.base + memo.lineLength, buffer.base, false);
		this.lengthEnd = buffer.base + line.options.headLengthMax;
		const index = memo.resume(repeated, received);
		// What stands behind the empty line is no field line, whatever it is.
		return section.isComplete ? this.end(index) : this.readFields(index, received);
	}

	/**
	 * Whether all that has come behind the target, from `start` to `end`, is what came there in the head before, which stands: then
	 * what it says is known. What is too long, or too close to the end of the buffer, is left to those who read.
	 */
	private repeatsFields(start: number, end: number): boolean {
		const buffer = this.buffer;
		const line = this.requestLine;
		const methodStart = line.methodStart;
		const length = end - methodStart;
		if (length > line.options.headLengthMax || length > buffer.limit - CONTENT_ROOM_MIN) return false;
		const section = this.fieldSection;
		const isRepeatable = methodStart === buffer.base && line.method === METHOD_GET;
		if (!section.memo.repeatsFields(start, end, isRepeatable ? methodStart : -1)) return false;
		buffer.scanned = end;
		buffer.consumed = end;
		this.headFieldCount = section.table.count;
		line.end();
		return true;
	}

	private readFields(start: number, received: number): number {
		const buffer = this.buffer;
		const section = this.fieldSection;
		let index = start;
		const lengthEnd = this.lengthEnd;
		index = section.scan(index, received < lengthEnd ? received : lengthEnd);
		if (index < 0) return this.refuse(refused(index));
		if (section.isComplete) return this.end(index);
		buffer.scanned = index;
		if (received <= lengthEnd) return HEAD_PARTIAL;
		return this.refuse(section.isTrailer ? Violation.trailerSectionTooLong : Violation.fieldSectionTooLong);
	}

	private end(index: number): number {
		const buffer = this.buffer;
		const section = this.fieldSection;
		buffer.scanned = index;
		buffer.consumed = index;
		if (section.isTrailer) return HEAD_COMPLETE;
		this.headFieldCount = section.table.count;
		section.memo.conclude(index);
		return buffer.limit - index >= CONTENT_ROOM_MIN ? HEAD_COMPLETE : this.makeContentRoom(index);
	}

	/** The head is complete, and its end, at `index`, is close to the end of the buffer. */
	private makeContentRoom(index: number): number {
		const buffer = this.buffer;
		// Without content, a head that is not too long as it stands may stay there.
		if (this.fieldSection.hasContent || index - this.requestLine.methodStart > buffer.limit - CONTENT_ROOM_MIN) {
			this.compact(0);
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
		if (this.isBlank) {
			this.buffer.clear();
			return HEAD_PARTIAL;
		}
		this.compact(0);
		if (this.buffer.room > 0) return HEAD_PARTIAL;
		return this.refuse(this.requestLine.isComplete ? Violation.fieldsKeptTooLong : Violation.targetTooLong);
	}

	/** When everything behind a complete head is consumed: lets what comes next arrive right behind what is kept. */
	rewind(): void {
		const buffer = this.buffer;
		// Content gets all the room there is; the beginning of another head leaves what is remembered of this one.
		if (this.keptEnd < 0) this.compact(this.fieldSection.hasContent ? 0 : buffer.base);
		buffer.moveDown(buffer.consumed, this.keptEnd);
	}

	/** Moves what is kept of the head to `target`, and what is still to be read behind it. */
	private compact(target: number): void {
		const buffer = this.buffer;
		const line = this.requestLine;
		const before = buffer.scanned;
		if (line.isBlank) {
			buffer.moveDown(buffer.consumed, buffer.base);
			return;
		}
		const octets = buffer.octets;
		const start = line.methodStart < target ? line.methodStart : target;
		const lineKeptEnd = line.keptEnd(before);
		let kept = start + lineKeptEnd - line.methodStart;
		this.fieldSection.memo.moved(start);
		if (line.methodStart !== start) {
			octets.copyWithin(start, line.methodStart, lineKeptEnd);
			line.relocate(start - line.methodStart);
		}
		if (!line.isComplete) {
			// Of a line without its end everything is kept.
			buffer.moveDown(before, kept);
		} else {
			const section = this.fieldSection;
			const table = section.table;
			for (let row = 0; row < table.count; row += 1) kept = this.compactRow(row, kept);
			const lineStart = section.isComplete ? -1 : section.lineKeptStart;
			const rest = lineStart >= 0 ? lineStart : section.isComplete ? buffer.consumed : before;
			section.relocateLine(kept - rest);
			buffer.moveDown(rest, kept);
			this.keptEnd = section.isComplete ? kept : -1;
		}
		this.lengthEnd += buffer.scanned - before;
	}

	private compactRow(row: number, target: number): number {
		const fields = this.fieldSection.table;
		const start = this.fieldSection.registry.keepsAll ? fields.nameStart(row) : fields.valueStart(row);
		const end = fields.valueStart(row) + fields.valueLength(row);
		if (start !== target) {
			this.buffer.octets.copyWithin(target, start, end);
			fields.relocate(row, target - start);
		}
		return target + end - start;
	}
}
