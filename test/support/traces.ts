// Traces written by hand, for what draws them: each step says what is different from the one before. Nothing here simulates.

import type { SegmentKind, Side, StateEvent, Trace, TraceEvent } from "../../host-sim/virtual/trace.js";
import { octetsOf } from "./octets.js";

const LATENCY_MS = 1;
const WINDOW = 8192;
const NOTHING = new Uint8Array(0);

/** What a segment has beside its kind. */
interface SegmentParts {
	readonly text?: string;
	readonly octets?: Uint8Array;
	readonly window?: number;
	/** Default: a millisecond after it left. */
	readonly arrived?: number;
}

export class TraceWriter implements Trace {
	readonly profile: string;
	readonly seed: number;
	readonly segmentLength: number;
	readonly events: TraceEvent[] = [];
	time = 0;
	connection = 1;
	#state: StateEvent = {
		kind: "state",
		connection: 1,
		time: 0,
		slot: 0,
		phase: "free",
		wait: "nothing",
		deadline: -1,
		received: 0,
		receiveLength: 1536,
		unsent: 0,
		sendLength: 2048,
	};

	constructor(profile = "esp32", seed = 7, segmentLength = 1460) {
		this.profile = profile;
		this.seed = seed;
		this.segmentLength = segmentLength;
	}

	/** The time of what follows. */
	at(time: number): this {
		this.time = time;
		return this;
	}

	/** The connection of what follows. */
	of(connection: number): this {
		this.connection = connection;
		return this;
	}

	segment(from: Side, segment: SegmentKind, parts: SegmentParts = {}): this {
		const { time, connection } = this;
		const octets = parts.octets ?? (parts.text === undefined ? NOTHING : octetsOf(parts.text));
		const { window = WINDOW, arrived = time + LATENCY_MS } = parts;
		this.events.push({ kind: "segment", connection, from, segment, time, arrived, octets, window });
		return this;
	}

	state(changes: Partial<StateEvent>): this {
		const { time, connection } = this;
		this.#state = { ...this.#state, connection, time, ...changes };
		this.events.push(this.#state);
		return this;
	}

	message(kind: "request" | "response", text: string): this {
		this.events.push({ kind, connection: this.connection, time: this.time, text });
		return this;
	}

	remark(text: string): this {
		this.events.push({ kind: "remark", connection: this.connection, time: this.time, text });
		return this;
	}

	/** SYN, SYN-ACK, ACK, from the time set; afterwards it is two milliseconds later. */
	open(): this {
		const { time } = this;
		this.segment("client", "syn", { window: 65_535 });
		this.at(time + 1).segment("server", "syn-ack");
		return this.at(time + 2).segment("client", "ack", { window: 65_535 });
	}
}

/** One request over one connection, which idles until its deadline and is closed then. */
export function idleTrace(): TraceWriter {
	const trace = new TraceWriter();
	trace.open();
	trace.at(3).state({ phase: "first", wait: "head", deadline: 10_003 });
	trace.at(4).segment("client", "data", { text: "GET /api/readings HTTP/1.1\r\nHost: x\r\n\r\n", window: 65_535 });
	trace.at(5).state({ phase: "head", received: 41 });
	trace.state({ phase: "exchange", wait: "handler", deadline: 15_005 });
	trace.message("request", "GET /api/readings");
	trace.state({ phase: "flush", wait: "send", deadline: 20_005, received: 0, unsent: 112 });
	trace.message("response", "200");
	trace.segment("server", "data", {
		text: 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{"celsius":21}\n',
		window: WINDOW - 41,
	});
	trace.state({ phase: "idle", wait: "request", deadline: 15_005, unsent: 0 });
	trace.at(6).segment("client", "ack", { window: 65_535 });
	trace.at(15_005).segment("server", "fin");
	trace.state({ phase: "free", wait: "nothing", deadline: -1 });
	trace.at(15_006).segment("client", "fin", { window: 65_535 });
	trace.at(15_007).segment("server", "ack");
	return trace;
}
