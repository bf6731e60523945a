// Octets on their way, and waiting to be read: a segment, which lwIP keeps as one chain of pbufs. Used over and over. For
// the double.

export class Segment {
	/** As long as it has had to be so far. */
	octets: Uint8Array;
	start = 0;
	end = 0;
	next: Segment | null = null;

	constructor(length: number) {
		this.octets = new Uint8Array(length);
	}

	get length(): number {
		return this.end - this.start;
	}
}

/** A simulation may have thousands of segments of an octet each. */
const LENGTH_MIN = 64;

/** Segments that are not in use. Networks that are used one after the other may have one in common. */
export class SegmentPool {
	#free: Segment | null = null;

	/** A segment with `count` octets of `octets` from `start`. */
	take(octets: Uint8Array, start: number, count: number): Segment {
		const segment = this.#free ?? new Segment(Math.max(count, LENGTH_MIN));
		this.#free = segment.next;
		if (segment.octets.length < count) segment.octets = new Uint8Array(Math.max(count, 2 * segment.octets.length));
		segment.next = null;
		segment.start = 0;
		segment.end = count;
		for (let index = 0; index < count; index += 1) segment.octets[index] = octets[start + index] as number;
		return segment;
	}

	give(segment: Segment): void {
		segment.next = this.#free;
		this.#free = segment;
	}

	/** Gives back all that are in `queue`. */
	giveAll(queue: SegmentQueue): void {
		for (let next = queue.shift(); next !== null; next = queue.shift()) this.give(next);
	}
}

/** Segments in the order they came. */
export class SegmentQueue {
	first: Segment | null = null;
	/** How many octets there are in all of them. */
	length = 0;
	#last: Segment | null = null;

	add(segment: Segment): void {
		segment.next = null;
		if (this.#last === null) this.first = segment;
		else this.#last.next = segment;
		this.#last = segment;
		this.length += segment.length;
	}

	/** Takes the first out; null when there is none. */
	shift(): Segment | null {
		const segment = this.first;
		if (segment === null) return null;
		this.first = segment.next;
		if (this.first === null) this.#last = null;
		segment.next = null;
		this.length -= segment.length;
		return segment;
	}
}
