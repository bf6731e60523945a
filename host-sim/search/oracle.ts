// What was a request: a slow, obviously right reader of everything a client sends, written from RFC 9112 and RFC 9110 for
// the search alone. It sees the whole stream at once, looks at it as often as it likes, and shares no code with the server.
// Where the standards leave a choice, it takes the one that docs/supported-http.md tells.
//
// A character of a stream is an octet.
//
// Its parts stand beside it: oracle-request-line.ts, oracle-fields.ts, oracle-head.ts, oracle-content.ts; and oracle-ends.ts, for
// what was cut off.

import { readContent } from "./oracle-content.js";
import { readHead } from "./oracle-head.js";

/** What bounds a stream beside its grammar: of the app's limits, those that decide what is a request. */
export interface OracleLimits {
	readonly targetLengthMax: number;
	readonly headLengthMax: number;
	readonly fieldLinesMax: number;
	readonly chunkExtensionLengthMax: number;
	readonly trailerSectionLengthMax: number;
	/** The most content that a request with this target may have. */
	contentLengthMax(target: string): number;
}

/** A request whose head is whole and right. */
export interface OracleRequest {
	readonly method: string;
	readonly target: string;
	readonly minorVersion: number;
	/** Field lines, names in lower case. */
	readonly fields: readonly (readonly [name: string, value: string])[];
	/** The content, as far as the stream holds it. */
	readonly content: string;
	/** Whether the stream holds all of the content. */
	readonly isComplete: boolean;
	readonly isChunked: boolean;
	readonly expectsContinue: boolean;
	/** Whether the client is ready for another response after this one's. */
	readonly persists: boolean;
	/** Where its head ends, and where the next request would begin. */
	readonly headEnd: number;
	readonly end: number;
}

/**
 * How the stream ends. "open": between two requests. "partial": in the middle of one. "refused": a rule was broken.
 * "closed": the last request wants no other behind it, whatever follows.
 */
export type OracleEnd = "open" | "partial" | "refused" | "closed";

export interface OracleReading {
	readonly requests: readonly OracleRequest[];
	readonly end: OracleEnd;
	/**
	 * With "refused": the statuses that say so, one for each rule that was broken; SILENCE: the connection ends without an
	 * answer; PERHAPS: what was cut off may break a rule, or not.
	 */
	readonly statuses: readonly number[];
	/** Whether only the content of the last request broke a rule, its head being right. */
	readonly isInContent: boolean;
}

/** Reads everything that a client sends. */
export function readStream(stream: string, limits: OracleLimits): OracleReading {
	const requests: OracleRequest[] = [];
	let start = 0;
	for (;;) {
		const head = readHead(stream, start, limits);
		if (head === "open" || head === "partial") return { requests, end: head, statuses: [], isInContent: false };
		if (head.problems.length > 0) return { requests, end: "refused", statuses: head.problems, isInContent: false };
		const content = readContent(stream, head, limits);
		const { method, target, minorVersion, fields, isChunked, expectsContinue, end: headEnd } = head;
		// RFC 9110 §9.3.6: what follows a CONNECT is for its tunnel, which nobody opens.
		const persists = head.persists && method !== "CONNECT";
		requests.push({
			method,
			target,
			minorVersion,
			fields,
			content: content.octets,
			isComplete: content.isComplete,
			isChunked,
			expectsContinue,
			persists,
			headEnd,
			end: content.end,
		});
		if (content.problems.length > 0) {
			return { requests, end: "refused", statuses: content.problems, isInContent: true };
		}
		if (!content.isComplete) return { requests, end: "partial", statuses: [], isInContent: false };
		if (!persists) return { requests, end: "closed", statuses: [], isInContent: false };
		start = content.end;
	}
}
