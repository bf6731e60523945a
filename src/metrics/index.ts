// thimble-http/metrics: what a server has done and does, in counters of fixed size, as Prometheus reads them; and an access
// log. Both are observers: `listen(app, { observer })` (docs/metrics.md).

import type { RouteHandlers } from "../app/app.js";
import { lazily } from "../app/lazily.js";
import type { Request } from "../app/request.js";
import type { Response } from "../app/response.js";
import { WAITS } from "../connection/waits.js";
import { freeze } from "../octets/freeze.js";
import { prebuildFields } from "../response/prebuilt.js";
import { STATUS_LINE_LENGTH_MAX } from "../response/status.js";
import type { Server, ServerObserver } from "../server/server.js";
import type { Slot } from "../server/slot.js";

export { AccessLog, type LogSink } from "./access-log.js";

/** How many status codes are told apart; the rest is counted under "other". */
const STATUSES_MAX = 32;

/** What is counted. Made at the first use, once. */
class Counters {
	server: Server | null = null;
	readonly statuses: Uint16Array = new Uint16Array(STATUSES_MAX);
	readonly responses: number[] = [];
	statusCount = 0;
	otherResponses = 0;
	cutOffs = 0;
	contentSent = 0;
	contentReceived = 0;
	/** By what was waited for. */
	readonly timeouts: number[] = WAITS.map(() => 0);
	evictions = 0;
	refusals = 0;

	countResponse(status: number): void {
		for (let index = 0; index < this.statusCount; index += 1) {
			if (this.statuses[index] !== status) continue;
			this.responses[index] = (this.responses[index] as number) + 1;
			return;
		}
		if (this.statusCount === STATUSES_MAX) {
			this.otherResponses += 1;
			return;
		}
		this.statuses[this.statusCount] = status;
		this.responses.push(1);
		this.statusCount += 1;
	}
}

const FIELDS = prebuildFields({
	"Content-Type": "text/plain; version=0.0.4; charset=utf-8",
	"Cache-Control": "no-store",
});

/** Counts what a server does. Give it to `listen` as the observer, and `metrics.route` to the app as a route. */
export class Metrics implements ServerObserver {
	readonly #counters = lazily(() => new Counters());
	/** Answers with all counters in Prometheus' text format, version 0.0.4, through whatever room there is. */
	readonly route: RouteHandlers;

	constructor() {
		const counters = this.#counters;
		this.route = Object.freeze({
			headLengthMax: STATUS_LINE_LENGTH_MAX + FIELDS.lines.length,
			onRequest(request: Request, response: Response): void {
				request.state = 0;
				response.setFields(FIELDS);
				response.begin();
			},
			onWritable(request: Request, response: Response): void {
				for (;;) {
					const line = lineOf(counters(), request.state as number);
					if (line === null) {
						response.end();
						return;
					}
					if (line.length > response.room) return;
					response.write(line);
					request.state = (request.state as number) + 1;
				}
			},
		});
		Object.freeze(this);
	}

	// ---- ServerObserver ----

	serving(server: Server): void {
		this.#counters().server = server;
	}

	changed(_slot: Slot): void {}

	crowded(isRefused: boolean): void {
		if (isRefused) this.#counters().refusals += 1;
	}

	answered({ connection }: Slot): void {
		const counters = this.#counters();
		counters.countResponse(connection.response.status);
		counters.contentSent += connection.response.sentLength;
		counters.contentReceived += connection.receive.receivedLength;
	}

	cutOff({ connection }: Slot): void {
		const counters = this.#counters();
		counters.cutOffs += 1;
		counters.contentSent += connection.response.takenLength;
		counters.contentReceived += connection.receive.receivedLength;
	}

	expired({ connection }: Slot): void {
		const { timeouts } = this.#counters();
		const { wait } = connection;
		timeouts[wait] = (timeouts[wait] as number) + 1;
	}

	evicted(_slot: Slot): void {
		this.#counters().evictions += 1;
	}
}

/**
 * A line of the answer by its number; null behind the last. One at a time, so that no more than one is in memory. Statuses come
 * last: one that is new while the answer is sent moves none of the others.
 */
function lineOf(counters: Counters, number: number): string | null {
	const single = SINGLE.length * 2;
	if (number < single) {
		const { name, type, read } = SINGLE[number >> 1] as Single;
		return (number & 1) === 0 ? `# TYPE ${name} ${type}\n` : `${name} ${read(counters)}\n`;
	}
	return timeoutLine(counters, number - single);
}

function timeoutLine(counters: Counters, number: number): string | null {
	if (number === 0) return "# TYPE thimble_timeouts_total counter\n";
	// What is waited for without a deadline is never timed out.
	if (number < WAITS.length) return `thimble_timeouts_total{wait="${WAITS[number]}"} ${counters.timeouts[number]}\n`;
	return responseLine(counters, number - WAITS.length);
}

function responseLine(counters: Counters, number: number): string | null {
	if (number === 0) return "# TYPE thimble_responses_total counter\n";
	if (number === 1) return `thimble_responses_total{status="other"} ${counters.otherResponses}\n`;
	const index = number - 2;
	if (index >= counters.statusCount) return null;
	return `thimble_responses_total{status="${counters.statuses[index]}"} ${counters.responses[index]}\n`;
}

/** What has one value: its name, its type, and where it comes from. */
interface Single {
	readonly name: string;
	readonly type: string;
	readonly read: (counters: Counters) => number;
}

const SINGLE: readonly Single[] = freeze([
	{ name: "thimble_connections", type: "gauge", read: connectionsOf },
	{ name: "thimble_connections_max", type: "gauge", read: connectionsMaxOf },
	{ name: "thimble_clients_waiting", type: "gauge", read: waitingOf },
	{ name: "thimble_clients_refused_total", type: "counter", read: refusalsOf },
	{ name: "thimble_evictions_total", type: "counter", read: evictionsOf },
	{ name: "thimble_responses_cut_off_total", type: "counter", read: cutOffsOf },
	{ name: "thimble_content_sent_octets_total", type: "counter", read: sentOf },
	{ name: "thimble_content_received_octets_total", type: "counter", read: receivedOf },
]);

function connectionsOf({ server }: Counters): number {
	return server === null ? 0 : server.connectionCount;
}

function connectionsMaxOf({ server }: Counters): number {
	return server === null ? 0 : server.slots.length;
}

function waitingOf({ server }: Counters): number {
	return server === null ? 0 : server.waitingCount;
}

function refusalsOf(counters: Counters): number {
	return counters.refusals;
}

function evictionsOf(counters: Counters): number {
	return counters.evictions;
}

function cutOffsOf(counters: Counters): number {
	return counters.cutOffs;
}

function sentOf(counters: Counters): number {
	return counters.contentSent;
}

function receivedOf(counters: Counters): number {
	return counters.contentReceived;
}

/** Observers that see the same: `listen(app, { observer: observers(metrics, log) })`. */
export function observers(...all: readonly ServerObserver[]): ServerObserver {
	return Object.freeze({
		serving: (server: Server) => {
			for (let index = 0; index < all.length; index += 1) all[index]?.serving?.(server);
		},
		changed: (slot: Slot) => {
			for (let index = 0; index < all.length; index += 1) all[index]?.changed(slot);
		},
		crowded: (isRefused: boolean) => {
			for (let index = 0; index < all.length; index += 1) all[index]?.crowded(isRefused);
		},
		cutOff: (slot: Slot) => {
			for (let index = 0; index < all.length; index += 1) all[index]?.cutOff?.(slot);
		},
		answered: (slot: Slot) => {
			for (let index = 0; index < all.length; index += 1) all[index]?.answered?.(slot);
		},
		expired: (slot: Slot) => {
			for (let index = 0; index < all.length; index += 1) all[index]?.expired?.(slot);
		},
		evicted: (slot: Slot) => {
			for (let index = 0; index < all.length; index += 1) all[index]?.evicted?.(slot);
		},
	});
}
