// What is known of one connection while a plan is played: what its client sends and what of it is a request, what the
// server has read and written, what handlers saw. For the play and its invariants.

import { ResponseReader } from "../virtual/response-reader.js";
import type { Sighting } from "./behaviour.js";
import type { ClientStream } from "./client-stream.js";
import type { OracleReading } from "./oracle.js";
import type { WatchedTransport } from "./watched.js";

/** How many requests a connection carries at least that the figures of the search speak of. */
const LADEN_MIN = 3;

/** A method, behind no more empty lines than a server passes over. */
const METHOD = /^(?:\r\n){0,4}([^ \r\n]+) /;

export class Record {
	readonly index: number;
	/** All the client sends. */
	readonly stream: string;
	/** The same, as octets. */
	readonly octets: Uint8Array;
	readonly reading: OracleReading;
	/** Reads what the server writes. */
	readonly reader = new ResponseReader();
	readonly sightings: Sighting[] = [];
	transport: WatchedTransport | null = null;
	/** How many octets the server has read of it. */
	readLength = 0;
	/** How many requests the server has found so far. */
	requestCount = 0;
	/** Whether it has had a slot. */
	wasServed = false;
	/** The rule the server says it has broken, how many requests and responses there were before. */
	violation = "";
	wasRefused = false;
	/** How many octets the server had read when it refused: a method that comes behind them is not known to what it answers. */
	refusedLength = Number.POSITIVE_INFINITY;
	requestsBefore = 0;
	responsesBefore = 0;
	/** What time it is in: the phase, when that began, and when anything last moved. */
	phase = "";
	since = 0;
	moved = 0;
	/** The waits whose deadlines have passed. */
	readonly expired: string[] = [];
	/** How far the clock had jumped at `since`. */
	jumpedBefore = 0;
	/** Whether the device has lost its power since: nobody remembers the connection. */
	isForgotten = false;
	wasEvicted = false;
	/** How it came to its end, as far as it has. */
	over: "" | "close" | "abort" | "failed" = "";

	constructor(index: number, { text, octets, reading }: ClientStream) {
		this.index = index;
		this.stream = text;
		this.octets = octets;
		this.reading = reading;
	}

	/** Whether three requests or more were answered in full, one of them with content. */
	get isLaden(): boolean {
		let count = 0;
		let hasContent = false;
		for (const [index, response] of this.reader.responses.entries()) {
			const request = this.reading.requests[index];
			if (request === undefined || !response.isComplete) break;
			count += 1;
			hasContent ||= request.content !== "";
		}
		return hasContent && count >= LADEN_MIN;
	}

	/** What the request method is that the next final response answers; "" as long as the server cannot know it. */
	nextMethod(): string {
		const { requests } = this.reading;
		const index = this.reader.responses.length;
		if (index > requests.length) return "";
		const start = index === 0 ? 0 : (requests[index - 1]?.end ?? 0);
		const known = this.stream.slice(start, Math.min(this.readLength, this.refusedLength));
		return METHOD.exec(known)?.[1] ?? "";
	}
}
