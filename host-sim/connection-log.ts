// What happens on the connections, one line for each event: who connects, through which states it goes, what is waited for
// and how long, how full the buffers are, each request with its answer. For the simulator.
//
// It looks at slots and never changes one. A server tells `changed` after each step; what is at rest then, and until when,
// is looked at when the server has done all it could, in a microtask.

import { since } from "../src/clock.js";
import type { Connection } from "../src/connection/connection.js";
import { DETACHED, EXCHANGE, FLUSH, FREE, HEAD, PHASES } from "../src/connection/states.js";
import { connectionLimits, WAIT_CONTENT, WAIT_DETACHED, WAIT_NOTHING, WAITS } from "../src/connection/waits.js";
import type { Limits } from "../src/limits.js";
import { VALID, violationName } from "../src/message/violation.js";
import { RESPONSE_CONTENT } from "../src/response/response-head.js";
import type { Transport } from "../src/server/platform.js";
import type { Server, ServerObserver } from "../src/server/server.js";
import type { Slot } from "../src/server/slot.js";
import type { PortObserver } from "./board-port.js";
import { type Colour, formatCount, formatSpan, type Log } from "./log.js";
import { requestText } from "./request-text.js";

/** A wait within one state is worth a line when it has lasted so long. */
const WAIT_WORTH_TELLING_MS = 250;

/** What is waited for, in words, by the name in src/connection/waits.ts. */
const WAIT_WORDS: Readonly<Record<(typeof WAITS)[number], string>> = {
	nothing: "nothing",
	head: "a request head",
	request: "the next request",
	content: "content",
	handler: "the handler",
	response: "the handler's next octets",
	send: "the client to take what is sent",
	linger: "the client to close",
	detached: "the protocol that took over",
};

interface RequestEntry {
	readonly text: string;
	readonly start: number;
	status: number;
	length: number;
}

class Entry {
	readonly id: number;
	readonly remote: string;
	readonly limits: Limits | null;
	readonly start = performance.now();
	hasSlot = false;
	isClosed = false;
	/** The states gone through since the last line. */
	path: string[] = [];
	phase = FREE;
	requestCount = 0;
	violation = VALID;
	/** When the first octets came that no request was made of yet; 0 when none have. */
	firstOctets = 0;
	request: RequestEntry | null = null;
	receivePeak = 0;
	sendPeak = 0;
	wait = WAIT_NOTHING;
	deadline = 0;
	hasDeadline = false;
	waitLength = 0;
	toldWait = WAIT_NOTHING;
	isLookDue = false;
	timer: NodeJS.Timeout | null = null;

	/** `limits`: those of the server that it comes to. */
	constructor(id: number, remote: string, limits: Limits | null) {
		this.id = id;
		this.remote = remote;
		this.limits = limits;
	}
}

export class ConnectionLog implements ServerObserver, PortObserver {
	readonly #log: Log;
	readonly #byTransport = new Map<Transport, Entry>();
	readonly #bySlot = new WeakMap<Slot, Entry>();
	#server: Server | null = null;
	#count = 0;

	constructor(log: Log) {
		this.#log = log;
	}

	/** New clients are this server's from now on. */
	follow(server: Server): void {
		this.#server = server;
	}

	// ---- PortObserver ----

	accepting(transport: Transport, remote: string): void {
		this.#count += 1;
		this.#byTransport.set(transport, new Entry(this.#count, remote, this.#server?.limits ?? null));
	}

	accepted(transport: Transport, isHeld: boolean): void {
		const entry = this.#byTransport.get(transport);
		if (entry === undefined) return;
		const from = `connected from ${entry.remote}`;
		if (isHeld) {
			this.#tell(entry, `${from}: no control block is free, so the board would not answer yet`, "yellow");
			return;
		}
		const slot = this.#server?.slots.find((candidate) => candidate.transport === transport);
		if (slot === undefined) {
			if (entry.hasSlot) return;
			this.#tell(entry, `${from}: waits, every slot is taken`, "yellow");
			return;
		}
		this.#enter(entry, slot, `${from}, `);
	}

	wrote(transport: Transport, length: number): void {
		const entry = this.#byTransport.get(transport);
		if (entry !== undefined) entry.sendPeak = Math.max(entry.sendPeak, length);
	}

	gone(transport: Transport): void {
		const entry = this.#byTransport.get(transport);
		this.#byTransport.delete(transport);
		if (entry !== undefined && !entry.hasSlot) this.#tell(entry, "gone; it never had a slot");
	}

	// ---- ServerObserver ----

	crowded(isRefused: boolean): void {
		if (isRefused) this.#log.event(this.#log.colour("every slot and every waiting place is taken: 503", "yellow"));
	}

	changed(slot: Slot): void {
		const { transport, connection } = slot;
		const entry = transport === null ? this.#bySlot.get(slot) : this.#byTransport.get(transport);
		if (entry === undefined || entry.isClosed) return;
		if (!entry.hasSlot) this.#enter(entry, slot, "");
		if (connection.phase === FREE) {
			this.#closed(entry, connection);
			return;
		}
		this.#measure(entry, connection);
		this.#followRequest(entry, connection);
		this.#followPhase(entry, connection);
		if (!entry.isLookDue) {
			entry.isLookDue = true;
			queueMicrotask(() => this.#look(entry, slot));
		}
	}

	#enter(entry: Entry, slot: Slot, before: string): void {
		entry.hasSlot = true;
		this.#bySlot.set(slot, entry);
		entry.phase = slot.connection.phase;
		this.#readWait(entry, slot.connection);
		this.#tell(entry, `${before}slot ${slot.index}${this.#waitText(entry)}`);
	}

	#measure(entry: Entry, { receive, response: send }: Connection): void {
		entry.receivePeak = Math.max(entry.receivePeak, receive.held);
		entry.sendPeak = Math.max(entry.sendPeak, send.buffered);
	}

	#followRequest(entry: Entry, connection: Connection): void {
		const { response, phase } = connection;
		const now = performance.now();
		if (connection.requestCount > entry.requestCount) {
			entry.requestCount = connection.requestCount;
			entry.request = { text: requestText(connection), start: entry.firstOctets || now, status: 0, length: 0 };
			entry.firstOctets = 0;
			// Head and exchange may have been over before anybody looked.
			if (entry.phase !== HEAD) entry.path.push("head");
			if (phase !== EXCHANGE) entry.path.push("exchange");
		}
		const { request } = entry;
		if (request === null) {
			if (connection.receive.held > 0) entry.firstOctets ||= now;
			if (connection.violation !== entry.violation) this.#refused(entry, connection);
			return;
		}
		if (phase === EXCHANGE || phase === FLUSH) {
			if (response.state >= RESPONSE_CONTENT) request.status = response.status;
			request.length = response.contentLength;
			return;
		}
		this.#answered(entry, connection, phase === DETACHED ? "another protocol takes over" : "");
	}

	#answered(entry: Entry, connection: Connection, remark: string): void {
		const { request } = entry;
		if (request === null) return;
		entry.request = null;
		const status = request.status === 0 ? "no answer" : String(request.status);
		const parts = [`${request.text} → ${status}`, `${formatCount(request.length)} octets`];
		parts.push(formatSpan(performance.now() - request.start));
		if (connection.violation !== entry.violation) {
			entry.violation = connection.violation;
			parts.push(violationName(connection.violation));
		}
		if (remark !== "") parts.push(remark);
		this.#tell(entry, parts.join(", "), statusColour(request.status));
	}

	/** A request was refused before it became one. */
	#refused(entry: Entry, connection: Connection): void {
		entry.violation = connection.violation;
		const { state, status } = connection.response;
		const answer = state >= RESPONSE_CONTENT ? String(status) : "no answer";
		this.#tell(entry, `refused: ${violationName(connection.violation)} → ${answer}`, "yellow");
	}

	#followPhase(entry: Entry, { phase }: Connection): void {
		if (phase === entry.phase) return;
		entry.phase = phase;
		entry.path.push(PHASES[phase] as string);
	}

	#closed(entry: Entry, connection: Connection): void {
		entry.isClosed = true;
		if (entry.timer !== null) clearTimeout(entry.timer);
		if (entry.request === null && connection.violation !== entry.violation) this.#refused(entry, connection);
		const isFinished = entry.phase === FLUSH && connection.response.isEmpty;
		this.#answered(entry, connection, isFinished ? "" : "cut off");
		const isLate = entry.hasDeadline && since(entry.deadline, performance.now() | 0) >= 0;
		const why = isLate
			? `: waited ${formatSpan(entry.waitLength)} for ${waitWords(entry.wait)}`
			: connection.hasPeerEnded
				? ": the client has closed"
				: "";
		const requests = `${entry.requestCount} request${entry.requestCount === 1 ? "" : "s"}`;
		const span = formatSpan(performance.now() - entry.start);
		this.#tell(entry, `closed${why}; ${requests} in ${span}; ${peakText(entry, connection)}`, "dim");
	}

	// ---- At rest ----

	#look(entry: Entry, slot: Slot): void {
		entry.isLookDue = false;
		if (entry.isClosed || this.#bySlot.get(slot) !== entry) return;
		this.#readWait(entry, slot.connection);
		if (entry.path.length > 0) this.#tellState(entry, slot);
		else if (entry.wait !== entry.toldWait && entry.timer === null) {
			entry.timer = setTimeout(() => {
				entry.timer = null;
				if (entry.isClosed || this.#bySlot.get(slot) !== entry) return;
				this.#readWait(entry, slot.connection);
				if (entry.wait !== entry.toldWait) this.#tellState(entry, slot);
			}, WAIT_WORTH_TELLING_MS).unref();
		}
	}

	#tellState(entry: Entry, { connection }: Slot): void {
		const path = entry.path.length > 0 ? entry.path : [PHASES[entry.phase] as string];
		const what = entry.request === null ? "" : ` (${entry.request.text})`;
		entry.path = [];
		const { receive, response: send } = connection;
		const receiveText = `receive ${receive.held}/${receive.limit}`;
		const sendText = `send ${send.buffered}/${send.limit - send.base}`;
		this.#tell(entry, `${path.join(" → ")}${what}${this.#waitText(entry)}; ${receiveText}, ${sendText}`, "dim");
	}

	#readWait(entry: Entry, { wait, deadline, hasDeadline }: Connection): void {
		if (wait !== entry.wait || deadline !== entry.deadline) {
			// These two depend on more than a limit; the others are told as they were set, however late this is.
			const isOwn = wait === WAIT_CONTENT || wait === WAIT_DETACHED;
			const rest = since(performance.now() | 0, deadline);
			entry.waitLength =
				isOwn || entry.limits === null ? Math.ceil(rest / 10) * 10 : (connectionLimits(entry.limits)[wait] ?? 0);
		}
		entry.wait = wait;
		entry.deadline = deadline;
		entry.hasDeadline = hasDeadline;
	}

	#waitText(entry: Entry): string {
		entry.toldWait = entry.wait;
		if (entry.wait === WAIT_NOTHING) return "";
		const limit = entry.hasDeadline ? `up to ${formatSpan(entry.waitLength)}` : "without limit";
		return `; waits ${limit} for ${waitWords(entry.wait)}`;
	}

	#tell(entry: Entry, text: string, colour: Colour = "plain"): void {
		this.#log.event(`${this.#log.colour(`#${entry.id}`, "cyan")} ${this.#log.colour(text, colour)}`);
	}
}

function waitWords(wait: number): string {
	return WAIT_WORDS[WAITS[wait] as (typeof WAITS)[number]];
}

function peakText(entry: Entry, { receive, response: send }: Connection): string {
	const received = `receive ${entry.receivePeak}/${receive.limit}`;
	return `at most ${received}, send ${entry.sendPeak}/${send.limit - send.base}`;
}

function statusColour(status: number): Colour {
	if (status === 0 || status >= 500) return "red";
	return status >= 400 ? "yellow" : "green";
}
