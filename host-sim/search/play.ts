// Plays a plan: the production code on a simulated board, the plan's clients around it, and somebody who looks after every
// event. First what was planned; then nothing more, until all deadlines have passed; then everything heals, and all has to
// end well. For the search.

import type { Request } from "../../src/app/request.js";
import { DEFAULT_LIMITS, type Limits } from "../../src/limits.js";
import type { Server } from "../../src/server/server.js";
import type { SdkClient } from "../sdk/client.js";
import { latin1Text } from "../virtual/octets.js";
import { type Simulation, simulate } from "../virtual/simulation.js";
import type { Trace } from "../virtual/trace.js";
import type { SearchedApp } from "./app.js";
import { Sighting, type Stage } from "./behaviour.js";
import { wishOf } from "./behaviours.js";
import { type Coverage, mishap, transitionRow } from "./coverage.js";
import { Hash } from "./hash.js";
import { POISON, type SlotListener, type SlotView, slotViews } from "./inside.js";
import type { Failure } from "./invariants.js";
import * as invariants from "./invariants.js";
import type { OracleReading } from "./oracle.js";
import { type ClientFault, type Plan, streamOf, type WorldFault } from "./plan.js";
import { Record } from "./record.js";
import { CLIENT_FAULT, CONNECT, SEND, type Step, scheduleOf } from "./schedule.js";
import { withoutStacks } from "./stacks.js";
import { readingOf } from "./stream-reading.js";
import { NOTE_TIMER, WatchedPlatform, type WatchedTransport, type Watcher } from "./watched.js";

/** Longer than the transport's own wait for a client that takes nothing when it is closed. */
const CLOSING_MS = 16_000;
/** How long a calm plan may stand still before all has been answered that will be. */
const CALM_MS = 1500;
/** How long a connection may need until the server knows of it, in milliseconds. */
const ARRIVAL_MS = 400;
/** How long the first look at what is to come takes, in milliseconds; each further one takes twice as long. */
const LOOK_MS = 20;
/** How long a response may take that leaves octet by octet, in milliseconds. */
const HOSTILE_OCTETS_MS = 600_000;
/** How long the stack keeps what it has lost, in milliseconds. */
const LOST_MS = 900_000;
/** How late a deadline may be noticed, in milliseconds: a turn of grace, and the timers' own; where timers are late, more. */
const SLACK_MS = 25;
const HOSTILE_SLACK_MS = 850;
/** How long after the device was busy deadlines may be late, in milliseconds. */
const RECOVERY_MS = 300;

/** Where a clock of 32 bits wraps. */
const TICKS_MAX = 0x7fff_ffff;

const PORT = 80;
const ADDRESS = "192.0.2.1";

/** What is sent last of all, and has to be answered; no limits that are drawn are too short for it. */
const PROBE = "GET /now/probe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
const PROBE_READING = readingOf(PROBE, DEFAULT_LIMITS);

// What the hash is told of, beside what the watched platform notes.
const HASH_READ = 101;
const HASH_WRITE = 102;
const HASH_OVER = 103;
const HASH_HANDLER = 104;

/** What came of a plan. */
export interface Played {
	readonly failure: Failure | null;
	readonly hash: Hash;
	/** How many connections were made. */
	readonly connectionCount: number;
	/** Which clients had laden connections: three answers or more, one of them to a request with content. */
	readonly laden: readonly number[];
	/** What must not depend on how the octets were cut, client by client. */
	readonly digests: readonly (readonly string[])[];
	/** What the oracle has read, client by client. */
	readonly readings: readonly OracleReading[];
	/** Whether a segmentation of the same octets can be compared. */
	readonly isComparable: boolean;
}

export interface PlayOptions {
	/** Whether what happens is written down. */
	readonly isRecorded?: boolean;
	/** What the oracle says of each client's octets, where it has read them before. */
	readonly readings?: readonly OracleReading[];
}

/** What a client hears is judged where the server writes it. */
const NOBODY = { connected() {}, arrived() {}, ended() {}, wasReset() {} };

export class Play implements Stage, Watcher, SlotListener {
	readonly #plan: Plan;
	readonly #limits: Limits;
	readonly #coverage: Coverage;
	readonly #records: Record[];
	readonly #clients: (SdkClient | null)[];
	readonly #circumstances: invariants.Circumstances;
	readonly #hash = new Hash();
	readonly #sim: Simulation;
	#server: Server | null = null;
	#views: readonly SlotView[] = [];
	#wasFree: boolean[] = [];
	readonly #slackMs: number;
	/** Which clients have closed their side, or cut the connection off: they send nothing more. */
	readonly #hasLeft: boolean[] = [];
	#failure: Failure | null = null;
	#busyUntil = 0;
	#probe: Record | null = null;
	#lastEvent = 0;
	#isClosing = false;
	/** When the server's timer fires that was set last. */
	#timerAt = 0;
	/** How far the clock has jumped ahead. */
	#jumped = 0;
	/** When the device has booted. */
	#upAt = 0;
	readonly #isRecorded: boolean;

	constructor(
		plan: Plan,
		searched: SearchedApp,
		coverage: Coverage,
		{ isRecorded = false, readings = [] }: PlayOptions = {},
	) {
		this.#plan = plan;
		this.#isRecorded = isRecorded;
		this.#coverage = coverage;
		this.#slackMs = plan.profile === "hostile" ? HOSTILE_SLACK_MS : SLACK_MS;
		this.#limits = { ...DEFAULT_LIMITS, ...plan.limits };
		this.#circumstances = { isCalm: plan.isCalm, limits: this.#limits, keepsFields: plan.keeps !== "none" };
		this.#records = plan.clients.map((client, index) => {
			const stream = streamOf(client);
			return new Record(index, client, stream, readings[index] ?? readingOf(stream, this.#limits));
		});
		this.#clients = plan.clients.map(() => null);
		searched.stage = this;
		this.#sim = simulate(searched.app(plan.limits, plan.keeps), {
			profile: plan.profile,
			seed: plan.seed,
			latencyMs: plan.latencyMs,
			...plan.weather,
			ticksMs: plan.ticks,
			isRecorded,
			spareConnections: plan.spareConnections,
			between: (platform) => new WatchedPlatform(platform, this),
		});
		this.#lookAtServer();
	}

	/** The server is another one after each boot. */
	#lookAtServer(): void {
		const { server } = this.#sim;
		if (server === this.#server) return;
		this.#server = server;
		this.#views = slotViews(server, this);
		this.#wasFree = this.#views.map(() => true);
	}

	// ---- The plan ----

	/** What has happened so far, where it is written down. */
	get trace(): Trace {
		return this.#sim.trace;
	}

	run(): Played {
		const run = () => this.#sim.run(() => this.#play());
		return this.#isRecorded ? run() : withoutStacks(run);
	}

	#play(): Played {
		this.#perform();
		if (this.#failure === null) this.#settle();
		const isComparable = this.#plan.isCalm && this.#failure === null && !this.#dependsOnTime();
		const digests = isComparable ? this.#records.map((record) => invariants.digest(record)) : [];
		if (this.#failure === null) this.#heal();
		this.#noteWeather();
		return {
			failure: this.#failure,
			hash: this.#hash,
			connectionCount: this.#records.length,
			laden: this.#records.filter((record) => record.isLaden).map(({ index }) => index),
			digests,
			readings: this.#records.map(({ reading }) => reading),
			isComparable,
		};
	}

	#noteWeather(): void {
		const { weather = {}, ticks } = this.#plan;
		if (weather.jitterMs) this.#coverage.reach("weather: jitter");
		if (weather.bandwidthKbitPerS) this.#coverage.reach("weather: bandwidth");
		if (weather.lossEveryMs) this.#coverage.reach("weather: bursts of loss");
		if (ticks + this.#jumped + this.#sim.time > TICKS_MAX) this.#coverage.reach("weather: a clock that wraps");
	}

	/**
	 * Whether something has come of when octets came, and not only of what they were: a deadline has passed all the same, or
	 * a handler has left unread what was there, and the rest was too much to drop.
	 */
	#dependsOnTime(): boolean {
		const { discardLengthMax } = this.#limits;
		return this.#records.some(
			({ reading, expired }) =>
				expired.includes("head") ||
				expired.includes("content") ||
				reading.requests.some((one) => one.content.length > discardLengthMax),
		);
	}

	/** What was planned. */
	#perform(): void {
		const lengths = this.#records.map(({ octets }) => octets.length);
		for (const step of scheduleOf(this.#plan, lengths)) {
			this.#advance(step.atMs - this.#sim.time);
			if (this.#failure !== null) return;
			this.#take(step);
		}
		this.#advance(Math.max(0, this.#upAt - this.#sim.time));
	}

	#take({ kind, client, start, end, fault }: Step): void {
		if (kind === CONNECT) this.#clients[client] = this.#sim.network.connect(PORT, ADDRESS, NOBODY);
		else if (kind === SEND) this.#send(client, start, end);
		else if (kind === CLIENT_FAULT) this.#clientFault(client, fault as ClientFault);
		else this.#worldFault(fault as WorldFault);
	}

	#send(index: number, start: number, end: number): void {
		const client = this.#clients[index];
		if (client === null || client === undefined || client.state === "reset" || this.#hasLeft[index] === true) return;
		client.sendPart((this.#records[index] as Record).octets, start, end);
	}

	#clientFault(index: number, { kind, count }: ClientFault): void {
		const client = this.#clients[index];
		if (client === null || client === undefined) return;
		if (kind === "stall") client.stop();
		else if (kind === "take") client.take(count);
		else {
			this.#hasLeft[index] = true;
			if (kind === "end") client.close();
			else client.reset();
		}
	}

	#worldFault({ kind, count }: WorldFault): void {
		const { network } = this.#sim;
		for (const view of this.#views) if (!view.isFree) this.#coverage.reach(mishap(kind, view.phase));
		if (kind === "busy") {
			network.stall(count);
			this.#busyUntil = Math.max(this.#busyUntil, network.time + RECOVERY_MS);
		} else if (kind === "fail") network.writeFailures += count;
		else if (kind === "jump") {
			this.#jumped += count;
			// The timer that is set runs on: until it fires, nobody notices.
			this.#busyUntil = Math.max(this.#busyUntil, this.#timerAt + this.#slackMs);
			this.#sim.jumpTicks(count);
		} else if (kind === "reboot") this.#reboot(count);
		else if (kind === "close") {
			this.#isClosing = true;
			void this.#sim.server.close();
			this.happened();
		} else {
			this.#sim.loseNetwork(kind);
			this.#sim.after(count, () => this.#sim.restoreNetwork());
		}
	}

	/** The program is gone, and nobody remembers its connections. */
	#reboot(bootMs: number): void {
		for (const record of this.#records) {
			if (record.transport === null || record.over !== "") continue;
			record.isForgotten = true;
			record.over = "failed";
			record.reader.end(true);
		}
		this.#views = [];
		this.#isClosing = false;
		this.#upAt = this.#sim.time + bootMs;
		this.#sim.reboot(bootMs);
		this.#lookAtServer();
	}

	#advance(ms: number): void {
		if (ms >= 0) this.#sim.advance(ms);
	}

	/** Nothing more is done to anybody: a calm plan is answered, and every other ends by its deadlines alone. */
	#settle(): void {
		const { isCalm } = this.#plan;
		if (isCalm) {
			let last = -1;
			while (this.#failure === null && last !== this.#lastEvent) {
				last = this.#lastEvent;
				this.#advance(CALM_MS);
			}
		} else {
			// Who has just connected has not reached the server yet: all slots are free, and nobody has left.
			this.#advance(ARRIVAL_MS);
			// A client whose SYN was dropped tries again every second, and begins when another has left.
			for (let round = 0; round <= this.#records.length && this.#failure === null; round += 1) {
				const isLeft = () => this.#views.every((view) => view.isFree || this.#mayStay(view));
				this.#advanceUntil(isLeft);
				if (isLeft()) break;
			}
			for (const view of this.#views) {
				if (view.isFree || this.#mayStay(view)) continue;
				this.#fail(7, `a connection outlives all deadlines in phase ${view.phase}, waiting for "${view.wait}"`, view);
			}
		}
		if (this.#failure === null) for (const record of this.#records) this.#judge(record, isCalm);
	}

	/** Lets time pass until it is so, or until all waits there are have passed twice. */
	#advanceUntil(isSo: () => boolean): void {
		const end = this.#sim.time + 2 * this.#longest();
		for (let step = LOOK_MS; this.#failure === null && !isSo() && this.#sim.time < end; step *= 2) {
			this.#advance(Math.min(step, end - this.#sim.time));
		}
	}

	/** Whether nothing is left to happen. */
	get #isQuiet(): boolean {
		const { network } = this.#sim;
		if (network.next === Number.POSITIVE_INFINITY) return true;
		// The Linux build's listener polls as long as it is open.
		return this.#plan.profile === "lin" && network.timers.count <= 1;
	}

	/** Whether nobody is there any more, and nothing is left to happen. */
	get #isOver(): boolean {
		const { network, server } = this.#sim;
		return server.connectionCount === 0 && network.connectionCount === 0 && this.#isQuiet;
	}

	/** Longer than all waits of a connection together. */
	#longest(): number {
		const { limits } = this.#circumstances;
		const { headTimeoutMs, idleTimeoutMs, contentIdleTimeoutMs, handlerTimeoutMs, responseIdleTimeoutMs } = limits;
		const { sendTimeoutMs, lingerTimeoutMs, waitTimeoutMs } = limits;
		const octets = this.#plan.profile === "hostile" ? HOSTILE_OCTETS_MS : 0;
		const lost = this.#plan.faults.some(({ kind }) => kind === "forgets") ? LOST_MS : 0;
		const one =
			lost + octets + headTimeoutMs + idleTimeoutMs + contentIdleTimeoutMs + handlerTimeoutMs + responseIdleTimeoutMs;
		return one + sendTimeoutMs + lingerTimeoutMs + waitTimeoutMs + CLOSING_MS;
	}

	/** Whether a connection has no deadline, and is not meant to have one. */
	#mayStay(view: SlotView): boolean {
		return Number.isNaN(view.overdue(0)) && (view.phase === "detached" || this.#limits.responseIdleTimeoutMs === 0);
	}

	/** Everything that was wrong is right again, and everybody goes home. */
	#heal(): void {
		const { network, server } = this.#sim;
		this.#sim.restoreNetwork();
		this.#sim.clearAir();
		network.writeFailures = 0;
		for (const client of this.#clients) {
			if (client === null) continue;
			client.take(Number.POSITIVE_INFINITY);
			client.close();
		}
		// Who has just connected has not reached the server yet.
		this.#advance(ARRIVAL_MS);
		// And whose SYN was lost, sends it again.
		const isComing = () => this.#clients.some((client) => client?.state === "connecting");
		this.#advanceUntil(() => server.connectionCount === 0 && server.waitingCount === 0 && !isComing());
		// What has no deadline ends with its client at the latest.
		for (const view of this.#views) {
			const record = view.isFree || !this.#mayStay(view) ? null : recordOf(view.transport);
			if (record !== null) this.#clients[record.index]?.reset();
		}
		this.#advanceUntil(() => this.#isOver);
		// lwIP tells nobody of the end before all is read that came, and without a deadline nobody reads: nothing more comes.
		if (this.#failure !== null || this.#views.some((view) => !view.isFree && this.#mayStay(view))) return;
		if (server.connectionCount > 0) this.#fail(9, "a connection does not end", null);
		else if (server.waitingCount > 0) this.#fail(9, "somebody waits in line for ever", null);
		else if (!this.#isClosing) this.#sendProbe();
		if (this.#failure !== null) return;
		for (const record of this.#records) this.#judgeEnds(record);
		if (network.connectionCount > 0) this.#fail(9, `${network.connectionCount} control blocks are never freed`, null);
		if (network.objectCount > 0) this.#fail(9, `${network.objectCount} sockets are never closed`, null);
		if (!this.#isQuiet) this.#fail(9, "an event is left", null);
		for (const fault of network.faults) this.#fail(5, `on a board the program would have crashed: ${fault}`, null);
		for (const error of this.#sim.escaped) this.#fail(0, `thrown: ${String(error)}`, null);
		for (const view of this.#views) if (!view.isUntouched()) this.#fail(6, "a free slot was written to", null);
	}

	#sendProbe(): void {
		const client = { atMs: this.#sim.time, messages: [PROBE], sends: [], faults: [] };
		const record = new Record(this.#records.length, client, PROBE, PROBE_READING);
		this.#probe = record;
		const probe = this.#sim.network.connect(PORT, ADDRESS, NOBODY);
		probe.send(PROBE);
		this.#advanceUntil(() => record.over !== "" || record.reader.responses[0]?.isComplete === true);
		const [response] = record.reader.responses;
		// Where octets come one by one, all limits may be too short.
		const hasNoTime = this.#plan.profile === "hostile" && (response?.isComplete !== true || response.status === 408);
		const isRight = response?.status === 200 && latin1Text(response.content) === "to probe";
		if (!isRight && !hasNoTime) this.#fail(9, `a fresh probe gets ${response?.status ?? "nothing"}`, null);
		probe.close();
		this.#advanceUntil(() => this.#isOver);
	}

	// ---- Judgement ----

	#fail(invariant: number, what: string, whose: SlotView | Record | null): void {
		if (this.#failure !== null || what === "") return;
		const record = whose instanceof Record ? whose : recordOf(whose?.transport ?? null);
		this.#failure = { invariant, what, client: record?.index ?? -1, timeMs: this.#sim.time };
	}

	/** What can be said of a connection when nothing more is done to it. */
	#judge(record: Record, isCalm: boolean): void {
		for (const [index] of record.reader.responses.entries()) {
			const target = record.reading.requests[index]?.target ?? "";
			if (wishOf(target)?.behaviour.name === "prebuilt") this.#coverage.reach("handler: prebuilt");
		}
		this.#fail(7, invariants.addressed(record), record);
		this.#fail(2, invariants.output(record, this.#circumstances), record);
		this.#fail(4, invariants.refusedOnce(record), record);
		if (!isCalm) return;
		this.#fail(8, invariants.upload(record, this.#circumstances), record);
		this.#fail(2, invariants.allAnswered(record, this.#circumstances), record);
	}

	#judgeEnds(record: Record): void {
		this.#fail(2, invariants.output(record, this.#circumstances), record);
		if (record.transport !== null && record.over === "") this.#fail(5, "a connection without an end", record);
		for (const sighting of record.sightings) {
			const isOver = sighting.overCount === 1 || (record.isForgotten && sighting.overCount === 0);
			if (!isOver) this.#fail(9, `"${sighting.tag}" was over ${sighting.overCount} times`, record);
		}
	}

	// ---- Watcher ----

	accepting(transport: WatchedTransport): void {
		this.#lookAtServer();
		for (const [index, view] of this.#views.entries()) {
			if (this.#wasFree[index] === true && !view.isUntouched()) this.#fail(6, "a free slot was written to", null);
		}
		const client = this.#sim.clientOf(transport);
		const index = client === undefined ? -1 : this.#clients.indexOf(client);
		const record = index < 0 ? this.#probe : this.#records[index];
		if (record === undefined || record === null) return;
		if (record.transport !== null) this.#fail(5, "a client was accepted twice", record);
		record.transport = transport;
		transport.record = record;
		record.moved = this.#sim.time;
	}

	read(transport: WatchedTransport, octets: Uint8Array, start: number, count: number): void {
		this.note(HASH_READ, transport.number);
		this.#hash.octets(octets, start, start + count);
		const record = transport.record as Record | null;
		if (record === null) return;
		record.readLength += count;
		record.moved = this.#sim.time;
	}

	wrote(transport: WatchedTransport, octets: Uint8Array, start: number, count: number): void {
		this.note(HASH_WRITE, transport.number);
		this.#hash.octets(octets, start, start + count);
		const record = transport.record as Record | null;
		if (record === null) return;
		record.moved = this.#sim.time;
		const { reader } = record;
		if (reader.owed === 0 && !reader.isInResponse) reader.asked(record.nextMethod());
		reader.read(octets, start, start + count);
		for (let index = start; index < start + count; index += 1) {
			if (octets[index] === POISON) this.#fail(6, "what stood in a free slot was sent", record);
		}
	}

	over(transport: WatchedTransport, how: "close" | "abort" | "failed"): void {
		this.note(HASH_OVER, how.length);
		const record = transport.record as Record | null;
		if (record === null) return;
		record.over = how;
		record.reader.end(how !== "close");
		if (!record.wasServed && record.reader.responses[0]?.status === 503) {
			this.#coverage.reach("limit: waitTimeoutMs or waitingMax: turned away with 503");
		}
	}

	note(what: number, value: number): void {
		this.#hash.number(what);
		this.#hash.number(value);
		const time = this.#sim === undefined ? 0 : this.#sim.time;
		this.#hash.number(time);
		if (what === NOTE_TIMER) this.#timerAt = time + value;
	}

	broken(what: string): void {
		this.#fail(5, what, null);
	}

	happened(isInside = false): void {
		if (this.#sim === undefined || this.#views === undefined) return;
		this.#lookAtServer();
		const { time } = this.#sim;
		this.#lastEvent += 1;
		const now = this.#sim.server.now();
		for (let index = 0; index < this.#views.length; index += 1) {
			const view = this.#views[index] as SlotView;
			const disorder = invariants.order(view);
			if (disorder !== "") this.#fail(6, disorder, view);
			if (view.isFree) {
				if (this.#wasFree[index] === false) view.poison();
				this.#wasFree[index] = true;
				continue;
			}
			this.#wasFree[index] = false;
			view.use();
			const record = recordOf(view.transport);
			if (record === null) continue;
			this.#look(view, record);
			if (time <= this.#busyUntil) continue;
			const late = invariants.deadline(view, record, now, time, this.#slackMs, this.#limits);
			if (late !== "") this.#fail(7, late, record);
		}
		const { server } = this.#sim;
		if (!isInside && server.waitingCount > 0 && server.connectionCount < this.#views.length) {
			this.#fail(9, "somebody waits in line while a slot is free", null);
		}
	}

	#look(view: SlotView, record: Record): void {
		record.wasServed = true;
		record.requestCount = view.requestCount;
		this.#noteViolation(view, record);
		const surplus = invariants.requestCount(record);
		if (surplus !== "") this.#fail(3, surplus, record);
		const again = invariants.refusedOnce(record);
		if (again !== "") this.#fail(4, again, record);
	}

	#noteViolation(view: SlotView, record: Record): void {
		if (record.violation !== "" || view.violation === "") return;
		record.violation = view.violation;
		record.requestsBefore = view.requestCount;
		// Without an error response there is none to come.
		if (!record.wasRefused) record.responsesBefore = view.requestCount - 1;
		this.#coverage.reach(`rule: ${view.violation}`);
	}

	// ---- SlotListener ----

	moved(view: SlotView, phase: string, cause: string): void {
		this.#coverage.reach(transitionRow(phase, cause));
		// What is not even answered has no response to be known by.
		if (cause === "ended" && phase !== "linger" && view.violation !== "") {
			this.#coverage.reach(`rule: ${view.violation}`);
		}
		const record = recordOf(view.transport);
		if (record === null) return;
		if (cause !== "accepted") record.requestCount = view.requestCount;
		if (cause === "refused") {
			if (record.wasRefused) this.#fail(4, "a second error response", record);
			record.wasRefused = true;
			this.#noteViolation(view, record);
			record.responsesBefore = record.reader.responses.length;
		}
		if (phase === "flush" && cause === "last" && record.requestCount === this.#limits.requestsMax) {
			this.#coverage.reach("limit: requestsMax: the last request allowed");
		}
		if (phase === "flush" && cause === "last" && view.hasContentLeft) {
			this.#coverage.reach("limit: discardLengthMax: content left unread");
		}
		if (cause === "ended" || cause === "aborted") this.#noteViolation(view, record);
		const isFirstHead = phase === "first" && cause === "begun";
		if (isFirstHead) return;
		record.since = this.#sim.time;
		record.jumpedBefore = this.#jumped;
	}

	expired(view: SlotView, wait: string): void {
		this.#coverage.reach(`timeout: ${wait}`);
		const record = recordOf(view.transport);
		if (record === null) return;
		record.expired.push(wait);
		this.#fail(7, invariants.notEarly(record, wait, this.#sim.time + this.#jumped, this.#limits), record);
	}

	evicted(view: SlotView, phase: string): void {
		this.#coverage.reach(`limit: tenureMs: evicted from ${phase}`);
		const record = recordOf(view.transport);
		if (record !== null) record.wasEvicted = true;
	}

	cutOff(): void {
		this.#coverage.reach("limit: shutdownTimeoutMs: cut off");
	}

	// ---- Stage ----

	seen(request: Request): Sighting {
		const view = this.#views.find((one) => {
			const record = recordOf(one.transport);
			return record !== null && one.isInExchange && one.requestCount > record.sightings.length && isNew(one, record);
		});
		const record = recordOf(view?.transport ?? null);
		const tag = request.parameter("tag");
		if (view === undefined || record === null) {
			this.#fail(3, `"${tag}" is a request of nobody`, null);
			return new Sighting(tag, null, -1);
		}
		record.requestCount = view.requestCount;
		record.wasServed = true;
		const index = view.requestCount - 1;
		const sighting = new Sighting(tag, record, index);
		record.sightings.push(sighting);
		this.#note(index, tag);
		const { method, target, version } = request;
		this.#fail(4, invariants.refusedOnce(record), record);
		this.#fail(3, invariants.request(record, index, method, target, version), record);
		this.#fail(3, invariants.fields(record, index, keptFields(request)), record);
		this.#coverage.reach(`handler: ${wishOf(target)?.behaviour.name ?? "other"}`);
		return sighting;
	}

	#note(what: number, text: string): void {
		this.note(HASH_HANDLER, what);
		for (let index = 0; index < text.length; index += 1) this.#hash.number(text.charCodeAt(index));
	}

	content(sighting: Sighting, buffer: Uint8Array, count: number): void {
		this.note(HASH_HANDLER, count);
		const record = sighting.owner as Record | null;
		if (record === null) return;
		this.#fail(3, invariants.content(record, sighting, buffer, count), record);
		sighting.add(buffer, count);
	}

	complete(sighting: Sighting): void {
		const record = sighting.owner as Record | null;
		sighting.isComplete = true;
		if (record === null) return;
		const isReader = wishOf(record.reading.requests[sighting.index]?.target ?? "")?.behaviour.name !== "early";
		this.#fail(3, invariants.wholeContent(record, sighting, isReader), record);
	}

	ended(sighting: Sighting | undefined, isFailed: boolean): void {
		this.#note(isFailed ? 1 : 0, sighting?.tag ?? "");
		if (sighting !== undefined) sighting.overCount += 1;
	}

	later(delayMs: number, task: () => void): void {
		// As a timer of the program: while the device is busy, nothing of it runs.
		this.#sim.network.Timer.set(() => {
			task();
			this.happened();
		}, delayMs);
	}

	wrong(what: string): void {
		this.#fail(7, what, null);
	}

	late(): void {
		this.#coverage.reach("handler: answered too late");
	}
}

function isNew(view: SlotView, record: Record): boolean {
	const last = record.sightings[record.sightings.length - 1];
	return last === undefined || last.index < view.requestCount - 1;
}

function recordOf(transport: unknown): Record | null {
	return transport === null ? null : ((transport as WatchedTransport).record as Record | null);
}

function keptFields(request: Request): [string, string][] {
	const fields: [string, string][] = [];
	for (let index = 0; index < request.fieldCount; index += 1) {
		fields.push([request.fieldName(index).toLowerCase(), request.fieldValue(index)]);
	}
	return fields;
}
