// Plays a plan: the production code on a simulated board, the plan's clients around it, and a referee who looks after every
// event. First what was planned; then nothing more, until all deadlines have passed; then everything heals, and all has to
// end well. For the search.

import { DEFAULT_LIMITS, type Limits } from "../../src/limits.js";
import type { SdkClient } from "../sdk/client.js";
import { LOSS_MS } from "../virtual/conditions.js";
import { type Simulation, simulate } from "../virtual/simulation.js";
import type { Trace } from "../virtual/trace.js";
import type { SearchedApp } from "./app.js";
import { type ClientStream, clientStream } from "./client-stream.js";
import { type Coverage, mishap } from "./coverage.js";
import type { Hash } from "./hash.js";
import type { SlotView } from "./inside.js";
import type { Failure } from "./invariants.js";
import * as invariants from "./invariants.js";
import { type ClientFault, type Plan, type Send, streamOf, type WorldFault } from "./plan.js";
import { Record } from "./record.js";
import { Referee, recordOf } from "./referee.js";
import { CLIENT_FAULT, CONNECT, SEND, type Step, scheduleOf } from "./schedule.js";
import { withoutStacks } from "./stacks.js";
import { WatchedPlatform } from "./watched.js";

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
/** How long after the device was busy deadlines may be late, in milliseconds. */
const RECOVERY_MS = 300;

/** Where a clock of 32 bits wraps. */
const TICKS_MAX = 0x7fff_ffff;

const PORT = 80;
const ADDRESS = "192.0.2.1";

/** What is sent last of all, and has to be answered; no limits that are drawn are too short for it. */
const PROBE = clientStream("GET /now/probe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", DEFAULT_LIMITS);

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
	/** What the clients have to send, one by one. */
	readonly streams: readonly ClientStream[];
	/** Whether a segmentation of the same octets can be compared. */
	readonly isComparable: boolean;
}

export interface PlayOptions {
	/** Whether what happens is written down. */
	readonly isRecorded?: boolean;
	/** What each client sends, where that is known from a play before; `cuts`: in which pieces, where not as planned. */
	readonly streams?: readonly ClientStream[];
	readonly cuts?: readonly (readonly Send[])[];
}

/** What a client hears is judged where the server writes it. */
const NOBODY = { connected() {}, arrived() {}, ended() {}, wasReset() {} };

export class Play {
	readonly #plan: Plan;
	readonly #limits: Limits;
	readonly #coverage: Coverage;
	readonly #cuts: readonly (readonly Send[])[];
	readonly #streams: readonly ClientStream[];
	readonly #records: readonly Record[];
	readonly #clients: (SdkClient | null)[];
	readonly #referee: Referee;
	readonly #sim: Simulation;
	readonly #isRecorded: boolean;
	/** Which clients have closed their side, or cut the connection off: they send nothing more. */
	readonly #hasLeft: boolean[] = [];
	#isClosing = false;
	/** When the device has booted. */
	#upAt = 0;

	constructor(
		plan: Plan,
		searched: SearchedApp,
		coverage: Coverage,
		{ isRecorded = false, streams, cuts = [] }: PlayOptions = {},
	) {
		this.#plan = plan;
		this.#coverage = coverage;
		this.#isRecorded = isRecorded;
		const app = searched.app(plan.limits, plan.keeps);
		this.#limits = app.limits;
		this.#cuts = cuts;
		this.#streams = streams ?? plan.clients.map((client) => clientStream(streamOf(client), this.#limits));
		this.#records = this.#streams.map((stream, index) => new Record(index, stream));
		this.#clients = plan.clients.map(() => null);
		const referee = new Referee(plan, this.#limits, this.#records, this.#clients, coverage);
		this.#referee = referee;
		searched.stage = referee;
		searched.shelf.takeBack();
		const { jitterMs = 0, bandwidthKbitPerS = 0, lossEveryMs = 0, lossMs = LOSS_MS } = plan.weather ?? {};
		this.#sim = simulate(app, {
			profile: plan.profile,
			seed: plan.seed,
			latencyMs: plan.latencyMs,
			jitterMs,
			bandwidthKbitPerS,
			lossEveryMs,
			lossMs,
			ticksMs: plan.ticks,
			isRecorded,
			spareConnections: plan.spareConnections,
			shelf: searched.shelf,
			between: (platform) => new WatchedPlatform(platform, referee),
		});
		referee.watch(this.#sim);
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
		if (this.#referee.failure === null) this.#settle();
		const isComparable = this.#plan.isCalm && this.#referee.failure === null && !this.#dependsOnTime();
		const digests = isComparable ? this.#records.map((record) => invariants.digest(record)) : [];
		if (this.#referee.failure === null) this.#heal();
		this.#noteWeather();
		return {
			failure: this.#referee.failure,
			hash: this.#referee.hash,
			connectionCount: this.#records.length,
			laden: this.#records.filter((record) => record.isLaden).map(({ index }) => index),
			digests,
			streams: this.#streams,
			isComparable,
		};
	}

	#noteWeather(): void {
		const { weather = {}, ticks } = this.#plan;
		if (weather.jitterMs) this.#coverage.reach("weather: jitter");
		if (weather.bandwidthKbitPerS) this.#coverage.reach("weather: bandwidth");
		if (weather.lossEveryMs) this.#coverage.reach("weather: bursts of loss");
		if (ticks + this.#referee.jumpedMs + this.#sim.time > TICKS_MAX)
			this.#coverage.reach("weather: a clock that wraps");
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
		for (const step of scheduleOf(this.#plan, lengths, this.#cuts)) {
			this.#advance(step.atMs - this.#sim.time);
			if (this.#referee.failure !== null) return;
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
		for (const view of this.#referee.views) if (!view.isFree) this.#coverage.reach(mishap(kind, view.phase));
		if (kind === "busy") {
			network.stall(count);
			this.#referee.wasBusy(RECOVERY_MS);
		} else if (kind === "fail") network.writeFailures += count;
		else if (kind === "jump") {
			this.#referee.jumped(count);
			this.#sim.jumpTicks(count);
		} else if (kind === "reboot") this.#reboot(count);
		else if (kind === "close") {
			this.#isClosing = true;
			void this.#sim.server.close();
			this.#referee.happened();
		} else {
			this.#sim.loseNetwork(kind);
			this.#sim.after(count, () => this.#sim.restoreNetwork());
		}
	}

	/** The program is gone, and nobody remembers its connections. */
	#reboot(bootMs: number): void {
		this.#referee.forget();
		this.#isClosing = false;
		this.#upAt = this.#sim.time + bootMs;
		this.#sim.reboot(bootMs);
		this.#referee.watch(this.#sim);
	}

	#advance(ms: number): void {
		if (ms >= 0) this.#sim.advance(ms);
	}

	/** Nothing more is done to anybody: a calm plan is answered, and every other ends by its deadlines alone. */
	#settle(): void {
		const { isCalm } = this.#plan;
		if (isCalm) {
			let last = -1;
			while (this.#referee.failure === null && last !== this.#referee.eventCount) {
				last = this.#referee.eventCount;
				this.#advance(CALM_MS);
			}
		} else {
			// Who has just connected has not reached the server yet: all slots are free, and nobody has left.
			this.#advance(ARRIVAL_MS);
			// A client whose SYN was dropped tries again every second, and begins when another has left.
			for (let round = 0; round <= this.#records.length && this.#referee.failure === null; round += 1) {
				const isLeft = () => this.#referee.views.every((view) => view.isFree || this.#mayStay(view));
				this.#advanceUntil(isLeft);
				if (isLeft()) break;
			}
			for (const view of this.#referee.views) {
				if (view.isFree || this.#mayStay(view)) continue;
				this.#referee.fail(
					7,
					`a connection outlives all deadlines in phase ${view.phase}, waiting for "${view.wait}"`,
					view,
				);
			}
		}
		if (this.#referee.failure === null) for (const record of this.#records) this.#referee.judge(record, isCalm);
	}

	/** Lets time pass until it is so, or until all waits there are have passed twice. */
	#advanceUntil(isSo: () => boolean): void {
		const end = this.#sim.time + 2 * this.#longest();
		for (let step = LOOK_MS; this.#referee.failure === null && !isSo() && this.#sim.time < end; step *= 2) {
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
		const { limits } = this.#referee.circumstances;
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
		for (const view of this.#referee.views) {
			const record = view.isFree || !this.#mayStay(view) ? null : recordOf(view.transport);
			if (record !== null) this.#clients[record.index]?.reset();
		}
		this.#advanceUntil(() => this.#isOver);
		// lwIP tells nobody of the end before all is read that came, and without a deadline nobody reads: nothing more comes.
		if (this.#referee.failure !== null || this.#referee.views.some((view) => !view.isFree && this.#mayStay(view)))
			return;
		if (server.connectionCount > 0) this.#referee.fail(9, "a connection does not end", null);
		else if (server.waitingCount > 0) this.#referee.fail(9, "somebody waits in line for ever", null);
		else if (!this.#isClosing) this.#sendProbe();
		if (this.#referee.failure !== null) return;
		for (const record of this.#records) this.#referee.judgeEnds(record);
		if (network.connectionCount > 0)
			this.#referee.fail(9, `${network.connectionCount} control blocks are never freed`, null);
		if (network.objectCount > 0) this.#referee.fail(9, `${network.objectCount} sockets are never closed`, null);
		if (!this.#isQuiet) this.#referee.fail(9, "an event is left", null);
		for (const fault of network.faults)
			this.#referee.fail(5, `on a board the program would have crashed: ${fault}`, null);
		for (const error of this.#sim.escaped) this.#referee.fail(0, `thrown: ${String(error)}`, null);
		for (const view of this.#referee.views)
			if (!view.isUntouched()) this.#referee.fail(6, "a free slot was written to", null);
	}

	#sendProbe(): void {
		const record = new Record(this.#records.length, PROBE);
		this.#referee.probe = record;
		const probe = this.#sim.network.connect(PORT, ADDRESS, NOBODY);
		probe.send(PROBE.octets);
		this.#advanceUntil(() => record.over !== "" || record.reader.responses[0]?.isComplete === true);
		const [response] = record.reader.responses;
		// Where octets come one by one, all limits may be too short.
		const hasNoTime = this.#plan.profile === "hostile" && (response?.isComplete !== true || response.status === 408);
		const isRight = response?.status === 200 && response.octetText === "to probe";
		if (!isRight && !hasNoTime) this.#referee.fail(9, `a fresh probe gets ${response?.status ?? "nothing"}`, null);
		probe.close();
		this.#advanceUntil(() => this.#isOver);
	}
}
