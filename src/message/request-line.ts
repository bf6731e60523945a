// request-line = method SP request-target SP HTTP-version CRLF (RFC 9112 §3), read as its octets arrive. For the head
// reader.
//
// Here is what reads what is common, in larger steps: GET, paths and queries without anything to think about, "HTTP/1.1".
// What such a reader does not understand it hands to request-line-octets.ts, the octets it has looked at included, so that
// none is read from the buffer a second time.

import { CR, DOT, LF, QUESTION, SLASH, SP } from "../octets/ascii.js";
import { WORD_LENGTH, type WordReader, word } from "../octets/words.js";
import type { HeadOptions } from "./head-options.js";
import { METHOD_GET } from "./method.js";
import type { ReceiveBuffer } from "./receive-buffer.js";
import {
	BLANK,
	COMPLETE,
	LINE_CR,
	ORIGIN_FORM,
	PATH,
	QUERY,
	RequestLineOctets,
	TARGET_FIRST,
	VERSION,
} from "./request-line-octets.js";
import { refuse, Violation } from "./violation.js";

export {
	ABSOLUTE_FORM,
	ASTERISK_FORM,
	AUTHORITY_FORM,
	ORIGIN_FORM,
	VERSION,
} from "./request-line-octets.js";

const GET = word("GET ");
/** "HTTP/1.1" and the line end. */
const VERSION_LENGTH = 10;
const HTTP = word("HTTP");
const ONE_ONE = word("/1.1");
const LINE_END = CR | (LF << 8);

export class RequestLine extends RequestLineOctets {
	private octets: Uint8Array;
	private words: WordReader;

	constructor(options: HeadOptions, buffer: ReceiveBuffer) {
		super(options);
		this.octets = buffer.octets;
		this.words = buffer.words;
	}

	/** It is another connection's turn. */
	select(buffer: ReceiveBuffer): void {
		this.octets = buffer.octets;
		this.words = buffer.words;
	}

	/**
	 * Reads the empty lines before a request, and the line, from `start` to `end`. Returns the offset behind the last octet
	 * taken, or a refusal. Behind a target (VERSION) it may stop: `scanVersion` goes on.
	 */
	scan(start: number, end: number): number {
		let index = start;
		if (this.state === BLANK && start + WORD_LENGTH < end) {
			const first = this.words.getInt32(start, true);
			if (first === GET) {
				index = start + WORD_LENGTH;
				this.methodStart = start;
				this.method = METHOD_GET;
				this.placeTarget(index);
				const octet = this.octets[index] as number;
				if (octet === SLASH) {
					this.form = ORIGIN_FORM;
					this.state = PATH;
					this.segmentStart = index + 1;
					index = this.scanPlain(index + 1, end);
					if (this.state === VERSION) return index;
				} else {
					this.state = TARGET_FIRST;
					index = this.takeOctet(octet, index);
				}
			} else index = (first & 0xff) === CR ? this.takeOctet(CR, start) : this.takeWord(first, start);
		}
		return this.readOn(index, end);
	}

	/** Reads from `start`, or a refusal, on, wherever the reader stands. */
	private readOn(start: number, end: number): number {
		let index = start;
		for (;;) {
			const state = this.state;
			// One octet more than may be is the SP behind the target, or one too many.
			if (state < VERSION && index > this.targetLimit) return refuse(Violation.targetTooLong);
			if (index < 0 || index >= end || state === COMPLETE) return index;
			if (state === PATH || state === QUERY) index = this.scanPlain(index, end);
			else if (state === VERSION && this.cursor === 0 && index + VERSION_LENGTH <= end)
				return this.scanVersion(index, end);
			else index = this.takeOctet(this.octets[index] as number, index);
		}
	}

	/** The line before this one, a GET of HTTP/1.1 that nothing has moved since, is there again, octet for octet. */
	repeat(): void {
		this.method = METHOD_GET;
		this.isComplete = true;
		this.state = COMPLETE;
	}

	/** Version and line end have come, which nobody need read. */
	end(): void {
		this.state = COMPLETE;
		this.isComplete = true;
	}

	/** A path or a query, up to what needs thought, or behind the SP that ends it. */
	private scanPlain(start: number, end: number): number {
		const octets = this.octets;
		const limit = this.targetLimit + 1;
		const stop = end < limit ? end : limit;
		const last = stop - 4;
		let isPath = this.state === PATH;
		let odd = isPath ? this.options.pathOdd : this.options.queryOdd;
		let index = start;
		let first = 0;
		let second = 0;
		let third = 0;
		// The octet before the next four: where a segment begins, it is as good as a "/".
		let fourth = index === this.segmentStart ? SLASH : 0;
		let before = 0;
		let octet = 0;
		for (;;) {
			stretch: for (;;) {
				while (index <= last) {
					first = octets[index] as number;
					if (odd[first]) {
						before = fourth;
						octet = first;
						break stretch;
					}
					second = octets[index + 1] as number;
					if (odd[second]) {
						index += 1;
						before = first;
						octet = second;
						break stretch;
					}
					third = octets[index + 2] as number;
					if (odd[third]) {
						index += 2;
						before = second;
						octet = third;
						break stretch;
					}
					fourth = octets[index + 3] as number;
					if (odd[fourth]) {
						index += 3;
						before = third;
						octet = fourth;
						break stretch;
					}
					index += 4;
				}
				while (index < stop) {
					octet = octets[index] as number;
					before = fourth;
					if (odd[octet]) break stretch;
					fourth = octet;
					index += 1;
				}
				if (isPath && fourth === SLASH) this.segmentStart = index;
				return index;
			}
			if (octet === SP || !isPath) break;
			if (octet === QUESTION) {
				this.beginQuery(index);
				isPath = false;
				odd = this.options.queryOdd;
			} else if (octet !== DOT || before === SLASH) break;
			fourth = octet;
			index += 1;
		}
		if (octet !== SP || this.form !== ORIGIN_FORM) {
			if (before === SLASH) this.segmentStart = index;
			return this.takeOctet(octet, index);
		}
		if (isPath) this.pathEnd = index;
		this.targetEnd = index;
		this.state = VERSION;
		this.cursor = 0;
		return index + 1;
	}

	/** "HTTP/1.1" and the line end, behind a target. Returns what `scan` does. */
	scanVersion(start: number, end: number): number {
		if (start + VERSION_LENGTH > end) return this.readOn(start, end);
		const first = this.words.getInt32(start, true);
		if (first !== HTTP) return this.takeWord(first, start);
		const second = this.words.getInt32(start + WORD_LENGTH, true);
		if (second !== ONE_ONE) {
			this.takeWord(first, start);
			return this.readOn(this.takeWord(second, start + WORD_LENGTH), end);
		}
		const lineEnd = this.words.getUint16(start + 2 * WORD_LENGTH, true);
		if (lineEnd !== LINE_END) {
			this.state = LINE_CR;
			const next = this.takeOctet(lineEnd & 0xff, start + 2 * WORD_LENGTH);
			return next < 0 ? next : this.takeOctet(lineEnd >> 8, next);
		}
		this.state = COMPLETE;
		this.isComplete = true;
		return start + VERSION_LENGTH;
	}
}
