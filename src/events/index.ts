// thimble-http/events: server-sent events (WHATWG HTML §9.2): many subscribers, one buffer. An event is written once; each
// subscriber is a place in that buffer. Who falls behind it is dropped, and comes back by itself (docs/events.md).

import type { RouteHandlers } from "../app/app.js";
import { lazily } from "../app/lazily.js";
import { REFUSAL_LENGTH_MAX, refuse } from "../app/refuse.js";
import type { Request } from "../app/request.js";
import type { Response, Ticket } from "../app/response.js";
import { freeze } from "../octets/freeze.js";
import { ascii } from "../octets/text.js";
import { prebuildFields } from "../response/prebuilt.js";
import { STATUS_LINE_LENGTH_MAX } from "../response/status.js";
import { History } from "./history.js";

/** What `EventStream` takes. */
export interface EventStreamOptions {
	/** How many may listen at once; one more is answered 503. Each has a connection: leave some for pages. Default 4. */
	readonly subscribersMax?: number;
	/** The buffer of the latest events, in octets, the lines around their data included. Default 1,024. */
	readonly historyLength?: number;
	/** How long a browser waits before it comes back, in milliseconds. Default 3,000. */
	readonly retryMs?: number;
	/**
	 * What tells this run of the device from others, as a boot count does: who comes back with the id of another run gets all
	 * there is. Visible ASCII without ".". Default "0".
	 */
	readonly run?: string;
}

const STREAM_FIELDS = prebuildFields({ "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
/** Of the 503. */
const RETRY_FIELDS = prebuildFields({ "Retry-After": "10" });
const COMMENT = ascii(":\n\n");

class Subscriber {
	ticket: Ticket | null = null;
	/** The offset of the next octet to be sent. */
	offset = 0;
}

/** What changes: made at the first use. */
class State {
	readonly history: History;
	readonly subscribers: Subscriber[] = [];

	constructor(historyLength: number, subscribersMax: number) {
		this.history = new History(historyLength);
		for (let index = 0; index < subscribersMax; index += 1) this.subscribers.push(new Subscriber());
	}
}

/** Events for whoever listens. `route` goes into the app. */
export class EventStream {
	readonly route: RouteHandlers;
	readonly #run: string;
	readonly #state: () => State;

	/** Throws RangeError and TypeError for options that are wrong. */
	constructor(options: EventStreamOptions = {}) {
		const { subscribersMax = 4, historyLength = 1024, retryMs = 3000, run = "0" } = options;
		for (const [name, value] of Object.entries({ subscribersMax, historyLength, retryMs })) {
			if (!Number.isInteger(value) || value < 1)
				throw new RangeError(`${name} must be a whole number above 0, not ${value}`);
		}
		if (!/^[!-\-/-~]*$/.test(run)) throw new TypeError(`the run "${run}" is not visible ASCII without "."`);
		this.#run = run;
		const state = lazily(() => new State(historyLength, subscribersMax));
		this.#state = state;
		const retry = `retry: ${retryMs}\n\n`;
		this.route = freeze({
			fields: freeze(["last-event-id"]),
			headLengthMax: Math.max(
				STATUS_LINE_LENGTH_MAX + STREAM_FIELDS.lines.length,
				REFUSAL_LENGTH_MAX + RETRY_FIELDS.lines.length,
			),
			onRequest: (request: Request, response: Response) => subscribe(request, response, state(), run, retry),
			onWritable: (request: Request) => {
				if (listens(request)) pump(request.state, state().history);
			},
			onClosing: (request: Request) => {
				if (listens(request)) end(request.state);
			},
			onDone: leave,
			onError: leave,
		});
		Object.freeze(this);
	}

	/** How many listen. */
	get subscriberCount(): number {
		let count = 0;
		const { subscribers } = this.#state();
		for (let index = 0; index < subscribers.length; index += 1) if (subscribers[index]?.ticket !== null) count += 1;
		return count;
	}

	/**
	 * Sends an event to all who listen: `data` as it is, line by line, and `event`, its type, "message" unless given. Throws
	 * RangeError for more than `historyLength` octets, TypeError for a type with a line end.
	 */
	send(data: string, event?: string): void {
		const { history } = this.#state();
		const id = history.droppedCount + history.count + 1;
		let lines = `id: ${this.#run}.${id}\n`;
		if (event !== undefined) {
			if (/[\r\n]/.test(event)) throw new TypeError("the type of an event is one line");
			lines += `event: ${event}\n`;
		}
		for (const line of data.split(/\r\n|\r|\n/)) lines += `data: ${line}\n`;
		if (!history.add(`${lines}\n`)) throw new RangeError("the event is longer than historyLength");
		this.pumpAll();
	}

	/**
	 * Sends a comment, so that no connection is silent for long: from a timer of the firmware's, while there are no events. Who has
	 * not taken all events yet gets none: there is something on its way.
	 */
	heartbeat(): void {
		const { history, subscribers } = this.#state();
		for (let index = 0; index < subscribers.length; index += 1) beat(subscribers[index] as Subscriber, history);
	}

	/** Ends the stream of everybody. Browsers come back after `retryMs`. */
	endAll(): void {
		const { subscribers } = this.#state();
		for (let index = 0; index < subscribers.length; index += 1) end(subscribers[index] as Subscriber);
	}

	private pumpAll(): void {
		const { history, subscribers } = this.#state();
		for (let index = 0; index < subscribers.length; index += 1) pump(subscribers[index] as Subscriber, history);
	}
}

/** Whether the request has a place: a handler around the route's may have called that later, or not at all. */
function listens(request: Request): request is Request & { readonly state: Subscriber } {
	return request.state instanceof Subscriber;
}

function subscribe(request: Request, response: Response, state: State, run: string, retry: string): void {
	const subscriber = freeSubscriber(state.subscribers);
	if (subscriber === null) {
		response.setFields(RETRY_FIELDS);
		refuse(response, 503, "everybody who may listen does\n");
		return;
	}
	// Throws where the app does not read the field: before a place is taken.
	const offset = offsetFor(request.field("last-event-id"), run, state.history);
	response.setFields(STREAM_FIELDS);
	response.begin();
	// HEAD is answered with that.
	if (!response.isOpen) return;
	response.write(retry);
	subscriber.ticket = response.defer();
	subscriber.offset = offset;
	request.state = subscriber;
	pump(subscriber, state.history);
}

function freeSubscriber(subscribers: readonly Subscriber[]): Subscriber | null {
	for (let index = 0; index < subscribers.length; index += 1) {
		const subscriber = subscribers[index] as Subscriber;
		if (subscriber.ticket === null) return subscriber;
	}
	return null;
}

/** Where a subscriber goes on: behind the event it had last, as far as there are octets of it; a new one at the end. */
function offsetFor(lastEventId: string | undefined, run: string, history: History): number {
	if (lastEventId === undefined || lastEventId === "") return history.endOffset;
	const last = lastEventId.startsWith(`${run}.`) ? Number(lastEventId.slice(run.length + 1)) : 0;
	const known = Number.isInteger(last) && last <= history.droppedCount + history.count ? last : 0;
	return history.offsetBehind(Math.max(0, known - history.droppedCount));
}

/** Sends a subscriber what it has room for; ends its stream if what comes next has made place. */
function pump(subscriber: Subscriber, history: History): void {
	const response = subscriber.ticket?.response;
	if (response === undefined) return;
	if (subscriber.offset < history.droppedLength) return end(subscriber);
	for (;;) {
		const start = subscriber.offset - history.droppedLength;
		const { room } = response;
		const count = history.end - start < room ? history.end - start : room;
		if (count === 0) return;
		// Before the write, which may lead here again.
		subscriber.offset += count;
		if (!response.write(history.octets, start, start + count)) return;
	}
}

function beat(subscriber: Subscriber, history: History): void {
	const response = subscriber.ticket?.response;
	if (response === undefined || subscriber.offset !== history.endOffset || response.room < COMMENT.length) return;
	response.write(COMMENT);
}

/** Ends a stream. Its place is free when it has gone: what the client does not take of it, the server's own deadline ends. */
function end(subscriber: Subscriber): void {
	subscriber.ticket?.response?.end();
}

/** The stream is over, whoever ended it. */
function leave(request: Request): void {
	if (listens(request)) request.state.ticket = null;
}
