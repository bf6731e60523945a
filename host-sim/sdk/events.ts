// What is going to happen in the double's network, in virtual time. An event is used again once it has happened, so that
// the double leaves no garbage while a server is measured on it. For the double.

import type { Segment } from "./segment.js";

/** Who an event happens to. `kind` is the receiver's own. */
export interface EventTarget {
	happen(kind: number, count: number, segment: Segment | null): void;
}

class Event {
	time = 0;
	/** Which came first of those that are due at the same time. */
	order = 0;
	target: EventTarget | null = null;
	kind = 0;
	count = 0;
	segment: Segment | null = null;

	isBefore(other: Event): boolean {
		return this.time < other.time || (this.time === other.time && this.order < other.order);
	}
}

export class EventQueue {
	/** How many have happened. */
	happened = 0;
	/** A heap: no event is before the one at half its index. Those from `#count` on are free. The first place is unused. */
	readonly #events: Event[] = [new Event()];
	#count = 0;
	#order = 0;

	/** When the first is due; Infinity when nothing is. */
	get next(): number {
		return this.#count === 0 ? Number.POSITIVE_INFINITY : (this.#events[1] as Event).time;
	}

	/** How many are to come. */
	get count(): number {
		return this.#count;
	}

	/** What is due at the same time happens in the order it was added. */
	add(time: number, target: EventTarget, kind: number, count: number, segment: Segment | null): void {
		const events = this.#events;
		this.#count += 1;
		let index = this.#count;
		if (index === events.length) events.push(new Event());
		const event = events[index] as Event;
		event.time = time;
		event.order = this.#order;
		this.#order += 1;
		event.target = target;
		event.kind = kind;
		event.count = count;
		event.segment = segment;
		while (index > 1) {
			const parent = events[index >> 1] as Event;
			if (!event.isBefore(parent)) break;
			events[index] = parent;
			index >>= 1;
		}
		events[index] = event;
	}

	/** Lets the first one happen. */
	happen(): void {
		if (this.#count === 0) return;
		const event = this.#events[1] as Event;
		const { target, kind, count, segment } = event;
		event.target = null;
		event.segment = null;
		this.#removeFirst(event);
		this.happened += 1;
		target?.happen(kind, count, segment);
	}

	/** The last takes the place of the first and sinks; the first is free. */
	#removeFirst(first: Event): void {
		const events = this.#events;
		const last = events[this.#count] as Event;
		events[this.#count] = first;
		this.#count -= 1;
		const count = this.#count;
		if (count === 0) return;
		let index = 1;
		for (let child = 2; child <= count; child = 2 * index) {
			if (child < count && (events[child + 1] as Event).isBefore(events[child] as Event)) child += 1;
			if (!(events[child] as Event).isBefore(last)) break;
			events[index] = events[child] as Event;
			index = child;
		}
		events[index] = last;
	}
}
