// The latest events, as the octets that subscribers are sent, in one buffer of fixed size: the oldest make place, whole ones, so
// that the buffer always begins with an event. Offsets count all octets there ever were. For the event stream.

import { LF } from "../octets/ascii.js";
import { encodeUtf8, type OctetSink, utf8Length } from "../octets/text.js";

export class History implements OctetSink {
	readonly octets: Uint8Array;
	/** Behind the last octet in the buffer. */
	end = 0;
	readonly limit: number;
	/** How many octets and events have made place. */
	droppedLength = 0;
	droppedCount = 0;
	/** How many events there are in the buffer. */
	count = 0;

	constructor(length: number) {
		this.octets = new Uint8Array(length);
		this.limit = length;
	}

	/** Behind the last octet there ever was. */
	get endOffset(): number {
		return this.droppedLength + this.end;
	}

	/** Adds the lines of an event, the empty one among them. False when they are more than the buffer takes. */
	add(lines: string): boolean {
		const length = utf8Length(lines);
		if (length > this.limit) return false;
		while (length > this.limit - this.end) this.drop();
		encodeUtf8(lines, 0, this);
		this.count += 1;
		return true;
	}

	/** Where the event behind the first `count` events begins: of those in the buffer, as an offset. */
	offsetBehind(count: number): number {
		let at = 0;
		for (let left = count; left > 0 && at < this.end; left -= 1) at = this.blockEnd(at);
		return this.droppedLength + at;
	}

	/** Drops the first event. */
	private drop(): void {
		const end = this.blockEnd(0);
		this.droppedCount += 1;
		this.count -= 1;
		this.octets.copyWithin(0, end, this.end);
		this.end -= end;
		this.droppedLength += end;
	}

	/** Behind the empty line that ends what begins at `start`. */
	private blockEnd(start: number): number {
		let index = start + 1;
		while (this.octets[index] !== LF || this.octets[index - 1] !== LF) index += 1;
		return index + 1;
	}
}
