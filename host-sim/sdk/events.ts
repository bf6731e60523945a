// What is going to happen in the double's network, in virtual time. An event is used again once it has happened, so that
// the double leaves no garbage while a server is measured on it. For the double.

import type { Segment } from "./segment.js";

/** Who an event happens to. `kind` is the receiver's own. */
export interface EventTarget {
	happen(kind: number, count: number, segment: Segment | null): void;
}

class Event {
	time = 0;
	target: EventTarget | null = null;
	kind = 0;
	count = 0;
	segment: Segment | null = null;
	next: Event | null = null;
}

export class EventQueue {
	#first: Event | null = null;
	#free: Event | null = null;

	/** When the first is due; Infinity when nothing is. */
	get next(): number {
		return this.#first === null ? Number.POSITIVE_INFINITY : this.#first.time;
	}

	/** What is due at the same time happens in the order it was added. */
	add(time: number, target: EventTarget, kind: number, count: number, segment: Segment | null): void {
		const event = this.#take();
		event.time = time;
		event.target = target;
		event.kind = kind;
		event.count = count;
		event.segment = segment;
		let before: Event | null = null;
		let after = this.#first;
		while (after !== null && after.time <= time) {
			before = after;
			after = after.next;
		}
		event.next = after;
		if (before === null) this.#first = event;
		else before.next = event;
	}

	#take(): Event {
		const event = this.#free;
		if (event === null) return new Event();
		this.#free = event.next;
		return event;
	}

	/** Lets the first one happen. */
	happen(): void {
		const event = this.#first;
		if (event === null) return;
		const { target, kind, count, segment } = event;
		this.#first = event.next;
		event.next = this.#free;
		event.target = null;
		event.segment = null;
		this.#free = event;
		target?.happen(kind, count, segment);
	}

	/** Nothing of it will happen. */
	clear(): void {
		this.#first = null;
	}
}
