// A receive buffer that counts: how often each received octet is looked at, and how many octets are moved. With it a
// connection is driven as a slot drives it, and answers every request without content. For test/counting.test.ts.

import { Connection } from "../../src/connection/connection.js";
import {
	EVENT_CONTENT,
	EVENT_CONTENT_END,
	EVENT_LAST,
	EVENT_NONE,
	EVENT_PERSISTED,
	EVENT_REFUSED,
	EVENT_REQUEST,
} from "../../src/connection/events.js";
import { connectionLimits } from "../../src/connection/waits.js";
import { completeLimits, headOptions, type Limits } from "../../src/limits.js";
import { ContentReader } from "../../src/message/content.js";
import { FieldRegistry } from "../../src/message/field-registry.js";
import { Head } from "../../src/message/head.js";

import { type ViolationName, violationName } from "../../src/message/violation.js";
import { COLON, CR, LF } from "../../src/octets/ascii.js";
import { WORD_LENGTH, type WordReader, wordsOf } from "../../src/octets/words.js";
import { DateLine } from "../../src/response/date.js";
import { prebuild } from "../../src/response/prebuilt.js";
import { ResponseWriter } from "../../src/response/response-writer.js";

const EMPTY = prebuild({ status: 204 });

/** Octets that count. What is read through `octets` is looked at; what arrives through `arrive` begins anew. */
export class CountingOctets {
	/** The octets, for the code that is watched. */
	readonly octets: Uint8Array;
	/**
	 * The same, four at a time: a look at a word is a look at its octets, as far as the name or the value goes in which it
	 * begins. What stands behind that in the same word is left for the next look.
	 */
	readonly words: WordReader;
	/** How many looks there were in all. */
	looks = 0;
	/** How many times eight octets were compared with what is remembered. */
	compares = 0;
	/** How many octets were moved within the buffer. */
	moves = 0;
	/** The most that one received octet was looked at. */
	looksMax = 0;
	readonly #plain: Uint8Array;
	/** How often the octet that stands here was looked at; it moves along with its octet. */
	readonly #counts: Uint8Array;
	/** 1 for the octet that a name or a value ends with: the first colon of a line, and every CR. */
	readonly #ends: Uint8Array;
	#isBehindColon = false;

	/** `own`: how many octets at the beginning are the readers' own, to be written and read without being counted. */
	constructor(length: number, own = 0) {
		this.#plain = new Uint8Array(length);
		this.#counts = new Uint8Array(length);
		this.#ends = new Uint8Array(length);
		const plain = this.#plain;
		const copyWithin = (target: number, start: number, end: number = plain.length) => {
			this.moves += Math.max(0, end - start);
			this.#counts.copyWithin(target, start, end);
			this.#ends.copyWithin(target, start, end);
			return plain.copyWithin(target, start, end);
		};
		const reader = wordsOf(plain);
		this.words = {
			buffer: plain.buffer,
			byteOffset: plain.byteOffset,
			getInt32: (offset, isLittleEndian) => {
				for (let octet = offset; octet < offset + WORD_LENGTH; octet += 1) {
					this.#look(octet);
					if (this.#ends[octet] === 1) break;
				}
				return reader.getInt32(offset, isLittleEndian);
			},
			getUint16: (offset, isLittleEndian) => {
				this.#look(offset);
				this.#look(offset + 1);
				return reader.getUint16(offset, isLittleEndian);
			},
			getFloat64: (offset, isLittleEndian) => {
				if (offset >= own) this.compares += 1;
				return reader.getFloat64(offset, isLittleEndian);
			},
		};
		this.octets = new Proxy(plain, {
			get: (_, key) => {
				if (key === "length") return plain.length;
				if (key === "copyWithin") return copyWithin;
				if (key === "indexOf") return plain.indexOf.bind(plain);
				if (typeof key === "string" && Number(key) < own) return plain[Number(key)];
				if (typeof key === "string" && /^\d+$/.test(key)) return this.#look(Number(key));
				throw new Error(`a reader asks for ${String(key)}`);
			},
			set: (_, key, value) => {
				if (Number(key) >= own) throw new Error("a reader writes into what was received");
				plain[Number(key)] = value;
				return true;
			},
		});
	}

	#look(index: number): number | undefined {
		this.looks += 1;
		const count = (this.#counts[index] ?? 0) + 1;
		this.#counts[index] = count;
		this.looksMax = Math.max(this.looksMax, count);
		return this.#plain[index];
	}

	arrive(octets: Uint8Array, at: number): void {
		this.#plain.set(octets, at);
		this.#counts.fill(0, at, at + octets.length);
		octets.forEach((octet, index) => {
			const isColon = octet === COLON && !this.#isBehindColon;
			this.#isBehindColon = octet !== LF && (this.#isBehindColon || isColon);
			this.#ends[at + index] = isColon || octet === CR ? 1 : 0;
		});
	}
}

/** What counting gave. */
export interface Counts {
	readonly looks: number;
	readonly looksMax: number;
	/** How many times eight octets were compared with what is remembered. */
	readonly compares: number;
	readonly moves: number;
	/** How many octets were received. */
	readonly received: number;
	/** How many octets of content were handed on. */
	readonly content: number;
	readonly requests: number;
	/** The first refusal, or null. */
	readonly refused: ViolationName | null;
}

/** Drives a connection with `segments` and counts. `fields`: as in an app. Remembers fields only if `given` says so. */
export function count(
	segments: Iterable<Uint8Array>,
	fields: readonly string[] | "all",
	given: Partial<Limits> = {},
): Counts {
	return new Drive(fields, completeLimits(given), given).run(segments);
}

class Drive {
	readonly #counting: CountingOctets;
	readonly #connection: Connection;
	readonly #limits: Limits;
	#received = 0;
	#content = 0;
	#requests = 0;
	#refused: ViolationName | null = null;
	#hasEnded = false;

	constructor(fields: readonly string[] | "all", limits: Limits, given: Partial<Limits>) {
		this.#limits = limits;
		// What stands in front of the buffer is remembered of the last head.
		const start = given.rememberedLength === undefined ? 0 : limits.rememberedLength;
		this.#counting = new CountingOctets(limits.receiveLength, start);
		const { octets, words } = this.#counting;
		const receive = new ContentReader(octets, start, limits.receiveLength - start, 0, words);
		this.#connection = new Connection(
			connectionLimits(limits),
			new Head(receive, 1, new FieldRegistry(fields), headOptions(limits, false, false)),
			receive,
			new ResponseWriter(new Uint8Array(limits.sendLength), 0, limits.sendLength, new DateLine()),
		);
	}

	run(segments: Iterable<Uint8Array>): Counts {
		this.#connection.open(0);
		for (const segment of segments) this.#arrive(segment);
		const { looks, looksMax, compares, moves } = this.#counting;
		const received = this.#received;
		return {
			looks,
			looksMax,
			compares,
			moves,
			received,
			content: this.#content,
			requests: this.#requests,
			refused: this.#refused,
		};
	}

	/** Fills the buffer as far as it has room, lets the connection work, and goes on until the segment is taken. */
	#arrive(segment: Uint8Array): void {
		const connection = this.#connection;
		let offset = 0;
		while (offset < segment.length && !this.#hasEnded) {
			const length = Math.min(connection.receiveRoom, segment.length - offset);
			if (length === 0) throw new Error("the buffer is full and nothing moves");
			this.#counting.arrive(segment.subarray(offset, offset + length), connection.receive.received);
			connection.received(length, 0);
			offset += length;
			this.#received += length;
			this.#work();
		}
	}

	#work(): void {
		const connection = this.#connection;
		for (;;) {
			const event = connection.next(0);
			if (event === EVENT_NONE) {
				if (connection.response.isEmpty) return;
				connection.response.rewind();
				connection.progressed(0);
			} else if (!this.#act(event)) return;
		}
	}

	#act(event: number): boolean {
		const connection = this.#connection;
		switch (event) {
			case EVENT_REQUEST:
				this.#requests += 1;
				if (!connection.limitContent(this.#limits.contentLengthMax)) return this.#act(EVENT_REFUSED);
				connection.wantContent();
				if (connection.isContentComplete) this.#answer();
				return true;
			case EVENT_CONTENT:
				this.#content += connection.receive.available;
				connection.consumed(connection.receive.available);
				return true;
			case EVENT_CONTENT_END:
				this.#answer();
				return true;
			case EVENT_PERSISTED:
				connection.beginNext();
				return true;
			case EVENT_REFUSED:
				this.#refused = violationName(connection.violation);
				this.#hasEnded = true;
				return false;
			case EVENT_LAST:
				this.#hasEnded = true;
				return false;
			default:
				throw new Error(`an unexpected event ${event}`);
		}
	}

	#answer(): void {
		this.#connection.writePrebuilt(EMPTY, false);
		this.#connection.endResponse();
	}
}
