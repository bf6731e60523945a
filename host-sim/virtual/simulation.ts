// An app on a simulated board with a simulated network, in virtual time: the production code, driven by a test. Nothing
// happens but in `advance` and its kin, always in the same order, and everything that is drawn is drawn from the seed.

import { ModdablePlatform } from "../../platform/moddable/platform.js";
import type { Sockets } from "../../platform/moddable/sockets.js";
import type { App } from "../../src/app/app.js";
import type { Transport } from "../../src/server/platform.js";
import { Server } from "../../src/server/server.js";
import type { Slot } from "../../src/server/slot.js";
import type { SdkClient } from "../sdk/client.js";
import { Network } from "../sdk/network.js";
import { AppTime } from "./app-time.js";
import { SimClient } from "./client.js";
import { type ConnectionState, connectionState, type PoolState } from "./connection-state.js";
import { type SimProfile, type SimProfileName, simProfile } from "./profiles.js";
import { Random } from "./random.js";
import { Recorder } from "./recorder.js";
import type { Trace } from "./trace.js";

export interface SimulateOptions {
	/** What the app runs on. Default "esp32". */
	readonly profile?: SimProfileName;
	/** What everything is drawn from that is drawn: any whole number. Default 0. */
	readonly seed?: number;
	/** How long a segment is on its way, in milliseconds. Default 1. */
	readonly latencyMs?: number;
	/** Where the board's clock (`Time.ticks`) stands in the beginning, in milliseconds: near 2^31 it wraps soon. Default 0. */
	readonly ticksMs?: number;
	/** What `Date` says in the beginning, in milliseconds since 1970. Default 2026-01-01T00:00:00Z. */
	readonly epochMs?: number;
	/** Whether what happens is written down, for `trace` and `wire`. Default true. */
	readonly isRecorded?: boolean;
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

export class Simulation {
	readonly app: App;
	readonly profile: SimProfile;
	readonly seed: number;
	/** The network, the board and its sockets: the double. */
	readonly network: Network;
	/** For what a test wants to draw. */
	readonly random: Random;
	/** What the app's error hook was told, and what was thrown in its timers. */
	readonly errors: unknown[] = [];
	/** What was thrown where nothing may throw: on a board it would abort the program. */
	readonly escaped: unknown[] = [];
	readonly clients: SimClient[] = [];
	readonly #appTime: AppTime;
	readonly #recorder: Recorder | null;
	readonly #clientOf = new Map<unknown, SdkClient>();
	#server: Server;
	#isAdvancing = false;

	/** For `simulate`. */
	constructor(app: App, options: SimulateOptions = {}) {
		const { profile = "esp32", seed = 0, latencyMs = 1, ticksMs = 0, epochMs = EPOCH_MS, isRecorded = true } = options;
		this.profile = simProfile(profile);
		this.seed = seed;
		this.random = new Random(seed, CLIENT_STREAM);
		this.network = new Network(this.profile.sockets, { latencyMs, ticks: ticksMs });
		this.network.takenOver = (target, client) => this.#clientOf.set(target, client);
		this.#appTime = new AppTime(this.network, epochMs, (error) => this.#escape(error));
		this.#recorder = isRecorded ? new Recorder(this.network, (slot) => this.#numberOf(slot)) : null;
		this.network.tap = this.#recorder;
		this.app = { ...app, onError: (error, request) => this.#told(error, request) };
		this.#ownOnError = app.onError;
		this.#server = this.#start();
	}

	readonly #ownOnError: App["onError"];

	#told(error: unknown, request: Parameters<NonNullable<App["onError"]>>[1]): void {
		this.errors.push(error);
		this.#recorder?.remark(0, `the app is told: ${String(error)}`);
		this.#ownOnError?.(error, request);
	}

	#escape(error: unknown): void {
		this.escaped.push(error);
		this.#recorder?.remark(0, `escaped: ${String(error)}`);
	}

	#start(): Server {
		const { app } = this;
		const { receiveLength, sendLength } = app.limits;
		const platform = new ModdablePlatform(this.network as unknown as Sockets, {
			canSendFlash: this.profile.board?.canSendFlash ?? true,
			segmentsMax: this.profile.board?.segmentsMax,
			bufferLength: Math.max(receiveLength, sendLength),
			onFault: (error) => this.#escape(error),
		});
		const observer = this.#recorder;
		const server = new Server(app, platform, observer === null ? { port: PORT } : { port: PORT, observer });
		this.#recorder?.follow(server);
		this.#inside(() => server.reopen());
		return server;
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

	/** Virtual milliseconds since the beginning. */
	get time(): number {
		return this.network.time;
	}

	/**
	 * Lets `ms` pass: network, server and the app's timers. Promises do not go on meanwhile, since no job of the engine runs
	 * before this returns; `advanceAsync` lets them.
	 */
	advance(ms: number): void {
		this.#checkStill();
		const { network } = this;
		const end = network.time + ms;
		const recorder = this.#recorder;
		this.#isAdvancing = true;
		this.#appTime.enter();
		try {
			while (network.step(end)) recorder?.look();
		} finally {
			this.#appTime.leave();
			this.#isAdvancing = false;
		}
	}

	/** The same, with the engine's jobs done after each event, so that promises go on in virtual time, too. */
	async advanceAsync(ms: number): Promise<void> {
		this.#checkStill();
		const { network } = this;
		const end = network.time + ms;
		const recorder = this.#recorder;
		this.#isAdvancing = true;
		this.#appTime.enter();
		try {
			do {
				recorder?.look();
				for (let turn = 0; turn < JOB_TURNS; turn += 1) await undefined;
				recorder?.look();
			} while (network.step(end));
		} finally {
			this.#appTime.leave();
			this.#isAdvancing = false;
		}
	}

	#checkStill(): void {
		if (this.#isAdvancing)
			throw new Error("the simulation advances already: await advanceAsync() before the next step");
	}

	/** Calls `callback` in `delayMs`, in virtual time. */
	after(delayMs: number, callback: () => void): void {
		this.network.after(delayMs, { happen: () => callback() }, 0);
	}

	// ---- Clients ----

	/** A client connects: its SYN leaves now. */
	connect(options: ConnectOptions = {}): SimClient {
		const { address = "192.0.2.1", port = PORT } = options;
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
			.filter((slot) => !slot.isFree)
			.map((slot) => connectionState(server, slot, this.#numberOf(slot)));
	}

	get pool(): PoolState {
		const { slots, connectionCount, waitingCount } = this.#server;
		const controlBlocks = this.network.connectionCount;
		return { slots: slots.length, used: connectionCount, waiting: waitingCount, controlBlocks };
	}

	/** What has happened, for drawings and captures. */
	get trace(): Trace {
		if (this.#recorder === null) throw new Error("nothing was written down: isRecorded is false");
		return { profile: this.profile.name, seed: this.seed, events: this.#recorder.events };
	}

	/** Writes a line into the trace. */
	remark(text: string, client = 0): void {
		this.#recorder?.remark(client, text);
	}

	#numberOf(slot: Slot): number {
		return this.clientOf(slot.transport)?.number ?? 0;
	}

	/** For checks: whose connection a transport is. */
	clientOf(transport: Transport | null): SdkClient | undefined {
		return this.#clientOf.get(transport);
	}
}

/** Serves an app on a simulated board. */
export function simulate(app: App, options: SimulateOptions = {}): Simulation {
	return new Simulation(app, options);
}
