// The answer to a client past the last slot: "503 Service Unavailable" with Retry-After (RFC 9110 §10.2.3), made
// beforehand, so that turning somebody away takes no slot and next to no time.

import { ascii } from "../octets/text.js";
import type { DateLine } from "../response/date.js";
import type { Transport } from "./platform.js";

const STATUS_LINE = ascii("HTTP/1.1 503 Service Unavailable\r\n");

export class Refusal {
	private readonly withDate: Uint8Array;
	private readonly withoutDate: Uint8Array;

	constructor(retryAfterSeconds: number) {
		const rest = `Retry-After: ${retryAfterSeconds}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
		this.withoutDate = ascii(`HTTP/1.1 503 Service Unavailable\r\n${rest}`);
		this.withDate = ascii(`HTTP/1.1 503 Service Unavailable\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n${rest}`);
	}

	/** Sends it and closes. What the client has sent is dropped first (into `scratch`), so that no reset eats the answer. */
	send(transport: Transport, date: DateLine, scratch: Uint8Array): void {
		let answer = this.withoutDate;
		if (date.isKnown) {
			answer = this.withDate;
			answer.set(date.octets, STATUS_LINE.length);
		}
		let budget = READS_MAX;
		while (budget > 0 && transport.read(scratch, 0, scratch.length) > 0) budget -= 1;
		if (transport.room >= answer.length) transport.write(answer, 0, answer.length);
		transport.close();
	}
}

/** How often the octets of a client that is turned away are read, at the most. */
const READS_MAX = 8;
