// An app on a simulated board with a simulated network, in virtual time: the production code, driven by a test. Nothing
// happens but in `advance` and its kin, always in the same order, and everything that is drawn is drawn from the seed.

import type { App } from "../../src/app/app.js";
import { connectionLimits } from "../../src/connection/waits.js";
import type { Platform, Transport } from "../../src/server/platform.js";
import { Server } from "../../src/server/server.js";
import type { Slot } from "../../src/server/slot.js";
import type { SdkClient } from "../sdk/client.js";
import { Network } from "../sdk/network.js";
import { SegmentPool } from "../sdk/segment.js";
import { addChance } from "./app-chance.js";
import { AppTime } from "./app-time.js";
import type { BufferShelf } from "./buffer-shelf.js";
import { SimClient } from "./client.js";
import { Air, type Conditions, retransmission } from "./conditions.js";
import { type ConnectionState, connectionState, type PoolState } from "./connection-state.js";
import { hostileTicks } from "./manners.js";
import { Mischief, type Mishaps } from "./mishaps.js";
import { optionsFault } from "./option-ranges.js";
import { type SimProfile, type SimProfileName, simProfile } from "./profiles.js";
import { Random } from "./random.js";
import { checkRange, DATE, PORT as PORT_RANGE, SPAN, TICKS } from "./ranges.js";
import { Recorder } from "./recorder.js";
import { simPlatform } from "./sim-platform.js";
import type { Trace } from "./trace.js";
import { type WireOptions, wireText } from "./wire-text.js";

export interface SimulateOptions extends Conditions, Mishaps {
	/** What the app runs on. Default "esp32". */
	readonly profile?: SimProfileName;
	/** What everything is drawn from that is drawn: any whole number. Default 0. */
	readonly seed?: number;
	/**
	 * The longest segment, in octets (TCP's MSS): at most the profile's window and 65,495; on "pico-w", whose memory is for a few
	 * segments, from 536 to 1,460. Default: the profile's.
	 */
	readonly segmentLength?: number;
	/** Where the board's clock (`Time.ticks`) stands in the beginning, in milliseconds: near 2^31 it wraps soon. Default 0. */
	readonly ticksMs?: number;
	/** What `Date` says in the beginning, in milliseconds since 1970. Default 2026-01-01T00:00:00Z. */
	readonly epochMs?: number;
	/** Whether the network is there from the beginning. Default true. */
	readonly isUp?: boolean;
	/** Whether what happens is written down, for `trace` and `wire`. Default true. */
	readonly isRecorded?: boolean;
	/** How many connections a board says it can spare beside those that are served. Default: as the SDK's adapter has it. */
	readonly spareConnections?: number;
	/** What stands between the server and its platform; for the search. Default: nothing. */
	readonly between?: (platform: Platform) => Platform;
	/** Where the board's buffers come from; for the search. Default: they are made. */
	readonly shelf?: BufferShelf;
}

export interface ConnectOptions {
	/** The client's address. Default "192.0.2.1". */
	readonly address?: string;
	/** Where it connects to. Default: where the server listens. */
	readonly port?: number;
}

/** Where the server listens. */
const PORT = 80;

/** 2026-01-01T00:00:00Z */
const EPOCH_MS = 1_767_225_600_000;

/** How many turns the job queue is given after each event: a chain of so many awaits that wait for nothing else. */
const JOB_TURNS = 100;

/** Another sequence of the seed for each purpose, so that none disturbs another. */
const CLIENT_STREAM = 1;
const NETWORK_STREAM = 2;
const PLATFORM_STREAM = 3;
const MISHAP_STREAM = 4;
const CLOCK_STREAM = 5;
const APP_STREAM = 6;

/**
 * What an outage does to connections. "delays": they survive, and what was sent meanwhile is sent again when the network is
 * back. "forgets": neither end hears of the other any more. "resets": the board's address changes, and its stack cuts them
 * off; their clients hear nothing.
 */
export type Outage = "delays" | "forgets" | "resets";

const OUTAGE_WORDS: Readonly<Record<Outage, string>> = {
	delays: "connections may survive it",
	forgets: "connections do not survive it",
	resets: "the board's address changes",
};

const CONDITIONS = ["latencyMs", "jitterMs", "bandwidthKbitPerS", "lossEveryMs", "lossMs"] as const;

/** Who has the globals while promises go on: two at once would each put back the other's. */
let asyncOwner: Simulation | null = null;

/** The app where octets may leave as slowly as the platform likes: whose fault that is, no least rate can tell. */
function withoutResponseRate(app: App): App {
	const limits = { ...app.limits, responseRateMin: 0 };
	// A copy, as it is not frozen, is quicker on V8.
	return { ...app, limits, connectionLimits: connectionLimits(limits).slice() };
}

export class Simulation {
	readonly profile: SimProfile;
	readonly seed: number;
	/** The network, the board and its sockets: the double. */
	readonly network: Network;
	/** For what a test wants to draw. */
	readonly random: Random;
	/** What the app's error hook was told. */
	readonly errors: unknown[] = [];
	/** What was thrown where nothing may throw, in a timer of the app say: on a board it would abort the program. */
	readonly escaped: unknown[] = [];
	readonly clients: SimClient[] = [];
	readonly #appTime: AppTime;
	readonly #recorder: Recorder | null;
	#air: Air | null = null;
	#server: Server;
	#isAdvancing = false;
	readonly #ticksMs: number;
	/** The app as it is played: its errors are heard. */
	#app: App;
	readonly #spareConnections: number | undefined;
	readonly #between: ((platform: Platform) => Platform) | undefined;
	readonly #shelf: BufferShelf | null;
	#isInterrupted = false;
	#isBooting = false;
	#bootCount = 0;
	#stepCount = 0;

	/** For `simulate`. Throws RangeError for an option that is none. */
	constructor(app: App, options: SimulateOptions = {}) {
		const { profile = "esp32", seed = 0, epochMs = EPOCH_MS, isUp = true, isRecorded = true } = options;
		const fault = optionsFault(options);
		if (fault !== "") throw new RangeError(fault);
		this.profile = simProfile(profile);
		const hostile = this.profile.isHostile ? hostileTicks(new Random(seed, CLOCK_STREAM)) : 0;
		this.#ticksMs = options.ticksMs ?? hostile;
		this.seed = seed;
		this.random = new Random(seed, CLIENT_STREAM);
		this.network = this.#makeNetwork(options);
		this.network.isUp = isUp;
		this.#appTime = new AppTime(this.network, epochMs, (error) => this.#escape(error));
		addChance(this.#appTime.substitutes, () => new Random(seed, APP_STREAM));
		this.#recorder = isRecorded ? new Recorder(this.network, (slot) => this.#numberOf(slot)) : null;
		this.network.tap = this.#recorder;
		this.#app = this.#heard(app);
		this.#spareConnections = options.spareConnections;
		this.#between = options.between;
		this.#shelf = options.shelf ?? null;
		this.#server = this.#start();
		if ((options.outageEveryMs ?? 0) > 0 || (options.clockJumpEveryMs ?? 0) > 0) {
			new Mischief(options, this, this.network, new Random(seed, MISHAP_STREAM));
		}
	}

	#makeNetwork(options: SimulateOptions): Network {
		const { sockets } = this.profile;
		const { segmentLength = sockets.segmentLength } = options;
		const isPlain = !CONDITIONS.some((name) => options[name] !== undefined);
		this.#air = isPlain ? null : new Air(options, new Random(this.seed, NETWORK_STREAM));
		const own = segmentLength === sockets.segmentLength ? sockets : { ...sockets, segmentLength };
		const segments = options.shelf?.segments ?? new SegmentPool();
		const network = new Network(own, { link: this.#air, ticks: this.#ticksMs, fillsByView: true, segments });
		network.clients = new Map();
		return network;
	}

	/** What runs: the app that was given, or the last one that `reboot` was. */
	get app(): App {
		return this.#app;
	}

	#heard(app: App): App {
		const played = this.profile.isHostile ? withoutResponseRate(app) : app;
		return {
			...played,
			onError: (error, request) => {
				this.errors.push(error);
				this.#recorder?.remark(0, `the app is told: ${String(error)}`);
				app.onError?.(error, request);
			},
		};
	}

	#escape(error: unknown): void {
		this.escaped.push(error);
		this.#recorder?.remark(0, `escaped: ${String(error)}`);
	}

	#start(): Server {
		const observer = this.#recorder;
		const platform = simPlatform(this.profile, this.network, {
			limits: this.app.limits,
			random: new Random(this.seed, PLATFORM_STREAM),
			spareConnections: this.#spareConnections,
			shelf: this.#shelf,
			onFault: (error) => this.#escape(error),
		});
		const options = { port: PORT, onListenerError: (error: unknown) => this.#noPort(error) };
		const observed = observer === null ? options : { ...options, observer };
		const server = new Server(this.app, this.#between?.(platform) ?? platform, observed);
		observer?.follow(server);
		this.#inside(() => server.reopen());
		return server;
	}

	/** As firmware does that keeps its Wi-Fi: the port is opened when the network is there (platform/moddable/reconnect.ts). */
	#noPort(error: unknown): void {
		this.#recorder?.remark(0, `the port cannot be opened: ${String(error)}`);
	}

	/** Runs what belongs to the simulation in its time. */
	#inside<Result>(run: () => Result): Result {
		this.#appTime.enter();
		try {
			return run();
		} finally {
			this.#appTime.leave();
		}
	}

	// ---- Time ----

	/** How many steps the simulation has taken: times at which something happened. */
	get stepCount(): number {
		return this.#stepCount;
	}

	/** Virtual milliseconds since the beginning. */
	get time(): number {
		return this.network.time;
	}

	/**
	 * Lets `ms` pass: network, server and the app's timers. Promises do not go on meanwhile, since no job of the engine runs
	 * before this returns; `advanceAsync` lets them.
	 */
	advance(ms: number): void {
		checkRange("advance(): ms", ms, SPAN);
		this.#checkStill();
		const { network } = this;
		const end = network.time + ms;
		const recorder = this.#recorder;
		this.#isAdvancing = true;
		this.#appTime.enter();
		try {
			while (network.step(end)) {
				this.#stepCount += 1;
				recorder?.look();
			}
		} finally {
			this.#appTime.leave();
			this.#isAdvancing = false;
		}
	}

	/** The same, with the engine's jobs done after each event, so that promises go on in virtual time, too. */
	async advanceAsync(ms: number): Promise<void> {
		checkRange("advance(): ms", ms, SPAN);
		this.#checkStill();
		const { network } = this;
		const end = network.time + ms;
		const recorder = this.#recorder;
		if (asyncOwner !== null) throw new Error("another simulation is in advanceAsync(): await that first");
		asyncOwner = this;
		this.#isAdvancing = true;
		this.#appTime.enter();
		try {
			do {
				this.#stepCount += 1;
				recorder?.look();
				for (let turn = 0; turn < JOB_TURNS; turn += 1) await undefined;
				recorder?.look();
			} while (network.step(end));
		} finally {
			asyncOwner = null;
			this.#appTime.leave();
			this.#isAdvancing = false;
		}
	}

	#checkStill(): void {
		if (this.#isAdvancing)
			throw new Error("the simulation advances already: await advanceAsync() before the next step");
	}

	/** Lets `ms` pass while the board is busy: its program does not run, its network stack does where that is a task of its own. */
	stall(ms: number): void {
		checkRange("stall(): ms", ms, SPAN);
		this.#checkStill();
		this.remark(`the board is busy for ${ms} ms`);
		this.#inside(() => this.network.stall(ms));
	}

	/** The board's clock (`Time.ticks`) jumps, as after a deep sleep; its timers run on. */
	jumpTicks(ms: number): void {
		checkRange("jumpTicks(): ms", ms, TICKS);
		this.remark(`the clock jumps by ${ms} ms`);
		this.network.ticksStart += ms;
	}

	/** The board learns the date: what `Date` says from now on, in milliseconds since 1970. */
	setDate(epochMs: number): void {
		checkRange("epochMs", epochMs, DATE);
		this.remark("the date is set");
		this.#appTime.epochMs = epochMs - this.time;
	}

	/**
	 * Begins the server's shutdown in good order: no new connections, `Connection: close` from now on. The promise is fulfilled
	 * when none is left, in `advanceAsync`.
	 */
	shutDown(): Promise<void> {
		this.remark("the server shuts down");
		return this.#inside(() => this.#server.close());
	}

	/** Calls `callback` in `delayMs`, in virtual time: a step of a test that comes while the simulation advances. */
	after(delayMs: number, callback: () => void): void {
		checkRange("delayMs", delayMs, SPAN);
		this.network.after(delayMs, { happen: () => callback() }, 0);
	}

	/** Runs `script` with the globals of virtual time in place, which costs less than doing so for each `advance` in it. */
	run<Result>(script: (sim: this) => Result): Result {
		return this.#inside(() => script(this));
	}

	// ---- Network and power ----

	/** The weather clears up: no jitter, loss or want of bandwidth any more. */
	clearAir(): void {
		this.remark("the air is clear");
		this.#air?.clear();
	}

	/** The network goes away. If it is away already, that stays as it is. */
	loseNetwork(outage: Outage = "delays"): void {
		if (!this.network.isUp) return;
		this.remark(`the network goes away; ${OUTAGE_WORDS[outage]}`);
		this.#isInterrupted = outage === "delays";
		if (outage === "delays") this.network.interrupt();
		else this.#inside(() => this.network.lose(outage === "resets"));
	}

	/** The network is there again; a port that could not be opened without it is opened now. */
	restoreNetwork(): void {
		if (this.network.isUp || this.#isBooting) return;
		this.remark("the network is there again");
		this.network.restore(this.#isInterrupted ? retransmission : undefined);
		this.#isInterrupted = false;
		this.#inside(() => this.#server.reopen());
	}

	/**
	 * The board loses its power and boots again: its connections, its timers and all that waited are gone without a word.
	 * `bootMs`: how long nobody answers. `app`: what boots, made anew as the board makes it. Without it, the app is the same object:
	 * what its modules remember, who listens to an EventStream say, they still do.
	 */
	reboot(bootMs = 0, app?: App): void {
		this.#checkStill();
		checkRange("bootMs", bootMs, SPAN);
		if (app !== undefined && app?.router === undefined)
			throw new TypeError("reboot() takes an app: what defineApp returns");
		this.remark("the board reboots");
		const { network } = this;
		if (app !== undefined) this.#app = this.#heard(app);
		network.reset();
		this.#appTime.clearAll();
		network.ticksStart = this.#ticksMs - this.time;
		network.interrupt();
		this.#isBooting = true;
		this.#bootCount += 1;
		const count = this.#bootCount;
		const boot = () => {
			// It may have lost its power again meanwhile.
			if (count !== this.#bootCount) return;
			this.#isBooting = false;
			this.remark("the board is up again");
			network.ticksStart = this.#ticksMs - this.time;
			network.restore(retransmission);
			this.#server = this.#start();
		};
		if (bootMs === 0) boot();
		else this.after(bootMs, boot);
	}

	// ---- Clients ----

	/** A client connects: its SYN leaves now. */
	connect(options: ConnectOptions = {}): SimClient {
		const { address = "192.0.2.1", port = PORT } = options;
		checkRange("port", port, PORT_RANGE);
		const client = new SimClient(this, (owner) => this.network.connect(port, address, owner));
		this.clients.push(client);
		return client;
	}

	// ---- What there is ----

	get server(): Server {
		return this.#server;
	}

	/** The connections that have a slot, by slot. */
	get connections(): readonly ConnectionState[] {
		const server = this.#server;
		return server.slots
			.filter((slot) => !slot.isFree && !this.#isBooting)
			.map((slot) => connectionState(server, slot, this.#numberOf(slot)));
	}

	get pool(): PoolState {
		const { slots, connectionCount, waitingCount } = this.#server;
		const controlBlocks = this.network.connectionCount;
		if (this.#isBooting) return { slots: slots.length, used: 0, waiting: 0, controlBlocks };
		return { slots: slots.length, used: connectionCount, waiting: waitingCount, controlBlocks };
	}

	/** How many timers of the app wait, those it has set with `setTimeout` and its kin. */
	get timerCount(): number {
		return this.#appTime.timerCount;
	}

	/** What has happened, for drawings and captures. */
	get trace(): Trace {
		if (this.#recorder === null) throw new Error("nothing was written down: isRecorded is false");
		const { segmentLength } = this.network.profile;
		return { profile: this.profile.name, seed: this.seed, segmentLength, events: this.#recorder.events };
	}

	/** What went over the wire, as text for a snapshot. `client`: of which one; 0, the default: of all. */
	wire(client = 0, options: WireOptions = {}): string {
		return wireText(this.trace.events, client, options);
	}

	/** Writes a line into the trace. */
	remark(text: string, client = 0): void {
		this.#recorder?.remark(client, text);
	}

	#numberOf(slot: Slot): number {
		return this.clientOf(slot.transport)?.number ?? 0;
	}

	/** For checks: whose connection a transport is. One that stands between (`between`) has its `inner`. */
	clientOf(transport: (Transport & { readonly inner?: Transport }) | null): SdkClient | undefined {
		return this.network.clients?.get(transport?.inner ?? transport);
	}
}

/** Serves an app on a simulated board. */
export function simulate(app: App, options: SimulateOptions = {}): Simulation {
	return new Simulation(app, options);
}
