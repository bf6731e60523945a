// Reads multipart/form-data (RFC 7578, RFC 2046 §5.1.1) as its octets go by: octets in, events out, nothing looked at twice
// and nothing kept but the head of a part. For the multipart route.
//
//     --boundary CRLF  head CRLF CRLF  content  CRLF --boundary CRLF  …  CRLF --boundary--
//
// A delimiter is CRLF "--" boundary. CR begins it and stands nowhere else in it, so that wherever it turns out not to be one,
// what was taken for its beginning is content, and is found in the delimiter itself.

import { CR, HTAB, LF, SP } from "../octets/ascii.js";
import { PartHead } from "./part-head.js";

// What `next` finds.
/** The octets are used up. */
export const MULTIPART_NONE = 0;
/** A part begins: `head` says which. */
export const MULTIPART_PART = 1;
/** Content of the part: `data[dataStart, dataEnd)`, until the next call. */
export const MULTIPART_DATA = 2;
/** The part is whole. */
export const MULTIPART_PART_END = 3;
/** It is no form: `problem` says why. */
export const MULTIPART_MALFORMED = 4;
/** It is more than the limits allow: `problem` says which. */
export const MULTIPART_TOO_LARGE = 5;

// Where the next octet belongs.
const PREAMBLE = 0; // before the first delimiter: nobody's
const CONTENT = 1;
const BEHIND = 2; // behind a delimiter
const PADDING = 3; // white space behind it (transport-padding)
const LINE_END = 4; // the LF of the line it ends
const CLOSING = 5; // the second "-" of the last one
const HEAD = 6;
const EPILOGUE = 7; // behind the last one: nobody's
const FAILED = 8;

const DASH = 0x2d;
const CRLF_LENGTH = 2;

/** What bounds the reading of a form. */
export interface MultipartLimits {
	readonly partsMax: number;
	/** The longest head of a part, with the empty line that ends it. */
	readonly partHeadLengthMax: number;
}

export class MultipartReader {
	readonly head: PartHead;
	data: Uint8Array;
	dataStart = 0;
	dataEnd = 0;
	problem = "";
	/** How many parts have begun. */
	partCount = 0;
	readonly #delimiter: Uint8Array;
	readonly #partsMax: number;
	#state = PREAMBLE;
	/** How much of the delimiter has been seen: at the very beginning a line begins, and so behind a part's head. */
	#matched = CRLF_LENGTH;
	/** How much of that is no content, being the end of the part's head. */
	#ownStart = CRLF_LENGTH;
	#octets: Uint8Array;
	#at = 0;
	#end = 0;

	/** `delimiter`: CRLF "--" and the boundary. */
	constructor(delimiter: Uint8Array, limits: MultipartLimits) {
		this.#delimiter = delimiter;
		this.#partsMax = limits.partsMax;
		this.head = new PartHead(limits.partHeadLengthMax);
		this.#octets = delimiter;
		this.data = delimiter;
	}

	/** Gives the next octets to be read. They stay as they are until `next` has used them up. */
	feed(octets: Uint8Array, start: number, end: number): void {
		this.#octets = octets;
		this.#at = start;
		this.#end = end;
	}

	/** Whether the last delimiter has been read. */
	get isComplete(): boolean {
		return this.#state === EPILOGUE;
	}

	/** Reads on to the next event: one of MULTIPART_…. */
	next(): number {
		while (this.#at < this.#end) {
			let event = MULTIPART_NONE;
			switch (this.#state) {
				case PREAMBLE:
				case CONTENT:
					event = this.readContent();
					break;
				case HEAD:
					event = this.readHead();
					break;
				case FAILED:
				case EPILOGUE:
					this.#at = this.#end;
					break;
				default:
					event = this.readDelimiterEnd(this.#octets[this.#at] as number);
					this.#at += 1;
			}
			if (event !== MULTIPART_NONE) return event;
		}
		return MULTIPART_NONE;
	}

	private readContent(): number {
		const octets = this.#octets;
		const end = this.#end;
		if (this.#matched > 0) return this.readDelimiter();
		const start = this.#at;
		let index = start;
		while (index < end && octets[index] !== CR) index += 1;
		this.#at = index;
		if (index < end) {
			this.#at = index + 1;
			this.#matched = 1;
			this.#ownStart = 0;
		}
		return this.content(octets, start, index);
	}

	/** Compares with the delimiter as far as there are octets. */
	private readDelimiter(): number {
		const octets = this.#octets;
		const delimiter = this.#delimiter;
		const end = this.#end;
		let index = this.#at;
		let matched = this.#matched;
		while (index < end && matched < delimiter.length && octets[index] === delimiter[matched]) {
			index += 1;
			matched += 1;
		}
		this.#at = index;
		this.#matched = matched;
		if (matched === delimiter.length) {
			this.#state = BEHIND;
			this.#matched = 0;
			return MULTIPART_NONE;
		}
		if (index === end) return MULTIPART_NONE;
		this.#matched = 0;
		return this.content(delimiter, this.#ownStart, matched);
	}

	private content(octets: Uint8Array, start: number, end: number): number {
		if (start >= end || this.#state !== CONTENT) return MULTIPART_NONE;
		this.data = octets;
		this.dataStart = start;
		this.dataEnd = end;
		return MULTIPART_DATA;
	}

	/** An octet between a boundary and the line behind it. */
	private readDelimiterEnd(octet: number): number {
		if (this.#state === BEHIND && octet === DASH) this.#state = CLOSING;
		else if (this.#state === CLOSING && octet === DASH) {
			this.#state = EPILOGUE;
			return this.endPart();
		} else if (this.#state === LINE_END && octet === LF) {
			this.#state = HEAD;
			this.head.length = 0;
			return this.endPart();
		} else if ((this.#state === BEHIND || this.#state === PADDING) && (octet === SP || octet === HTAB)) {
			this.#state = PADDING;
		} else if ((this.#state === BEHIND || this.#state === PADDING) && octet === CR) this.#state = LINE_END;
		// RFC 2046 §5.1.1: no line of a part begins with the boundary, whatever follows it.
		else return this.fail(MULTIPART_MALFORMED, "a line begins with the boundary and is no delimiter");
		return MULTIPART_NONE;
	}

	/** A part is whole once what ends it has turned out to be a delimiter. The first delimiter ends none. */
	private endPart(): number {
		return this.partCount === 0 ? MULTIPART_NONE : MULTIPART_PART_END;
	}

	private readHead(): number {
		const { head } = this;
		const { octets } = head;
		while (this.#at < this.#end) {
			if (head.length === octets.length) {
				return this.fail(MULTIPART_TOO_LARGE, `the head of a part is longer than ${octets.length} octets`);
			}
			octets[head.length] = this.#octets[this.#at] as number;
			head.length += 1;
			this.#at += 1;
			if (!head.isWhole) continue;
			if (this.partCount === this.#partsMax) {
				return this.fail(MULTIPART_TOO_LARGE, `there are more than ${this.#partsMax} parts`);
			}
			this.partCount += 1;
			const problem = head.read();
			if (problem !== "") return this.fail(MULTIPART_MALFORMED, problem);
			this.#state = CONTENT;
			// The line that ended the head may be the one that begins a delimiter: then the part is empty.
			this.#matched = CRLF_LENGTH;
			this.#ownStart = CRLF_LENGTH;
			return MULTIPART_PART;
		}
		return MULTIPART_NONE;
	}

	private fail(event: number, problem: string): number {
		this.#state = FAILED;
		this.problem = problem;
		return event;
	}
}
