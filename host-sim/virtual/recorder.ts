// Writes down what happens in a simulation (trace.ts): every segment, as the network tells of it, and what the server's
// connections do, as the server's observer tells. For the simulation.

import { since } from "../../src/clock.js";
import { FLUSH, FREE, PHASES } from "../../src/connection/states.js";
import { WAIT_NOTHING, WAITS } from "../../src/connection/waits.js";
import { VALID, violationName } from "../../src/message/violation.js";
import { RESPONSE_CONTENT } from "../../src/response/response-head.js";
import type { Server, ServerObserver } from "../../src/server/server.js";
import type { Slot } from "../../src/server/slot.js";
import { requestText } from "../request-text.js";
import {
	CLIENT_CONNECTED,
	CLIENT_END,
	CLIENT_RESET,
	CLIENT_SEGMENT,
	CLIENT_WINDOW,
	type SdkClient,
} from "../sdk/client.js";
import type { Network, NetworkTap, SegmentRecord } from "../sdk/network.js";
import type { Segment } from "../sdk/segment.js";
import {
	SERVER_ACKNOWLEDGED,
	SERVER_END,
	SERVER_ESTABLISHED,
	SERVER_RESET,
	SERVER_SEGMENT,
	SERVER_WINDOW,
	type ServerEnd,
} from "../sdk/server-end.js";
import type { SegmentEvent, SegmentKind, Side, StateEvent, TraceEvent } from "./trace.js";

/** What a window is announced as when its owner takes whatever comes. */
const WINDOW_MAX = 65_535;

const NOTHING = new Uint8Array(0);

const KINDS_TO_SERVER: Readonly<Record<number, SegmentKind>> = {
	[SERVER_ESTABLISHED]: "ack",
	[SERVER_SEGMENT]: "data",
	[SERVER_END]: "fin",
	[SERVER_RESET]: "rst",
	[SERVER_ACKNOWLEDGED]: "ack",
	[SERVER_WINDOW]: "window",
};

const KINDS_TO_CLIENT: Readonly<Record<number, SegmentKind>> = {
	[CLIENT_CONNECTED]: "syn-ack",
	[CLIENT_SEGMENT]: "data",
	[CLIENT_END]: "fin",
	[CLIENT_RESET]: "rst",
	[CLIENT_WINDOW]: "window",
};

/** What was written down of a slot last. */
class Seen {
	connection = 0;
	phase = FREE;
	requestCount = 0;
	violation = VALID;
	hasOpenRequest = false;
	status = 0;
	state: StateEvent | null = null;
}

export class Recorder implements NetworkTap, ServerObserver {
	readonly events: TraceEvent[] = [];
	readonly #network: Network;
	/** The number of the connection that a slot serves. */
	readonly #numberOf: (slot: Slot) => number;
	readonly #seen: Seen[] = [];
	#slots: readonly Slot[] = [];
	#server: Server | null = null;

	constructor(network: Network, numberOf: (slot: Slot) => number) {
		this.#network = network;
		this.#numberOf = numberOf;
	}

	/** From now on it is this server whose slots are looked at. */
	follow(server: Server): void {
		this.#server = server;
		this.#slots = server.slots;
		this.#seen.length = 0;
		for (let index = 0; index < server.slots.length; index += 1) this.#seen.push(new Seen());
	}

	remark(connection: number, text: string): void {
		this.events.push({ kind: "remark", connection, time: this.#network.time, text });
	}

	// ---- NetworkTap ----

	syn(client: SdkClient, arrives: number): SegmentRecord {
		return this.#segment(client, "client", "syn", null, arrives, client.room);
	}

	toServer(end: ServerEnd, kind: number, segment: Segment | null, arrives: number): SegmentRecord {
		const { client } = end;
		const isLost = client.isLost || end.isLost;
		const name = KINDS_TO_SERVER[kind] as SegmentKind;
		return this.#segment(client, "client", name, segment, isLost ? -1 : arrives, client.room);
	}

	toClient(client: SdkClient, kind: number, segment: Segment | null, arrives: number): SegmentRecord {
		const name = KINDS_TO_CLIENT[kind] as SegmentKind;
		return this.#segment(client, "server", name, segment, client.isLost ? -1 : arrives, client.end?.window ?? 0);
	}

	lost(client: SdkClient): void {
		for (const event of this.events) {
			const isOnItsWay = event.kind === "segment" && event.arrived > this.#network.time;
			if (isOnItsWay && event.connection === client.number) event.arrived = -1;
		}
	}

	#segment(
		client: SdkClient,
		from: Side,
		segment: SegmentKind,
		carried: Segment | null,
		arrived: number,
		room: number,
	): SegmentRecord {
		const event: SegmentEvent = {
			kind: "segment",
			connection: client.number,
			from,
			segment,
			time: this.#network.time,
			arrived,
			octets: carried === null ? NOTHING : carried.octets.slice(carried.start, carried.end),
			window: Math.min(room, WINDOW_MAX),
		};
		this.events.push(event);
		return event;
	}

	// ---- ServerObserver ----

	crowded(isRefused: boolean): void {
		this.remark(0, isRefused ? "a client is turned away with 503" : "a client waits for a slot");
	}

	changed(slot: Slot): void {
		const seen = this.#seen[slot.index] as Seen;
		const { connection } = slot;
		if (slot.transport !== null) seen.connection = this.#numberOf(slot);
		this.#followRequest(seen, slot);
		// What is waited for is settled when the slot has done all it can.
		if (connection.phase !== seen.phase) this.#state(seen, slot, false);
	}

	#followRequest(seen: Seen, { connection }: Slot): void {
		const { response, phase } = connection;
		const { time } = this.#network;
		if (connection.requestCount > seen.requestCount && phase !== FREE) {
			seen.hasOpenRequest = true;
			this.events.push({ kind: "request", connection: seen.connection, time, text: requestText(connection) });
		}
		if (phase !== FREE) seen.requestCount = connection.requestCount;
		const isNewViolation = connection.violation !== seen.violation && connection.violation !== VALID;
		seen.violation = connection.violation;
		const violation = isNewViolation ? ` ${violationName(connection.violation)}` : "";
		if (response.state >= RESPONSE_CONTENT) seen.status = response.status;
		if (phase === FLUSH && (seen.hasOpenRequest || isNewViolation)) {
			seen.hasOpenRequest = false;
			this.events.push({ kind: "response", connection: seen.connection, time, text: `${seen.status}${violation}` });
		} else if (phase === FREE) {
			const text = seen.status === 0 ? "no response" : `${seen.status}, cut off`;
			if (seen.hasOpenRequest) this.events.push({ kind: "response", connection: seen.connection, time, text });
			seen.hasOpenRequest = false;
			seen.requestCount = 0;
		}
		if (phase !== FLUSH && response.state < RESPONSE_CONTENT) seen.status = 0;
	}

	/** After each step of the simulation: what the slots wait for now. */
	look(): void {
		for (let index = 0; index < this.#slots.length; index += 1) {
			const slot = this.#slots[index] as Slot;
			const seen = this.#seen[index] as Seen;
			if (slot.isFree && seen.phase === FREE) continue;
			if (slot.transport !== null) seen.connection = this.#numberOf(slot);
			this.#state(seen, slot, true);
		}
	}

	#state(seen: Seen, slot: Slot, isAtRest: boolean): void {
		const { connection } = slot;
		const { receive, response: send } = connection;
		const phase = PHASES[connection.phase] as string;
		const wait = WAITS[isAtRest ? connection.wait : WAIT_NOTHING] as string;
		const now = this.#server?.now() ?? 0;
		const { time } = this.#network;
		const deadline = isAtRest && connection.hasDeadline ? Math.floor(time) + since(now, connection.deadline) : -1;
		const received = receive.held;
		const unsent = send.buffered;
		const last = seen.state;
		seen.phase = connection.phase;
		if (
			last !== null &&
			last.connection === seen.connection &&
			last.phase === phase &&
			last.wait === wait &&
			last.deadline === deadline &&
			last.received === received &&
			last.unsent === unsent
		) {
			return;
		}
		const event: StateEvent = {
			kind: "state",
			connection: seen.connection,
			time,
			slot: slot.index,
			phase,
			wait,
			deadline,
			received,
			receiveLength: receive.limit,
			unsent,
			sendLength: send.limit - send.base,
		};
		seen.state = event;
		this.events.push(event);
	}
}
