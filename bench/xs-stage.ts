// A board on the double for `npm run bench:xs`: clients, and a program that serves them, which is the server, or a player in
// its place (xs-null-reader.ts). Runs on XS.

import type { SdkClient } from "../host-sim/sdk/client.js";
import { Network } from "../host-sim/sdk/network.js";
import { LWIP } from "../host-sim/sdk/profiles.js";
import { ModdablePlatform } from "../platform/moddable/platform.js";
import type { App, Route } from "../src/app/app.js";
import type { Limits } from "../src/limits.js";
import { Server } from "../src/server/server.js";
import {
	idleMachine,
	isSame,
	type Machine,
	machineOf,
	Player,
	Recorder,
	STANDING,
	type Steps,
} from "./xs-null-reader.js";
import { appWith } from "./xs-traffic.js";

/** Until everything that a segment sets off has happened, acknowledgements included, in virtual milliseconds. */
const ROUND_MS = 5;
/** Until a new client's first octets would have been told of, and its connection is handed to the server. */
const SETTLE_MS = 300;

/** Traffic: begins on a stage, and returns what is done again and again. */
export type Traffic = (stage: Stage) => () => void;

/** What is measured. */
export interface Work {
	readonly traffic: Traffic;
	readonly limits?: Partial<Limits>;
	readonly spareConnections?: number;
	/** In place of the routes that most works ask. */
	readonly routes?: Readonly<Record<string, Route>>;
}

/** The clients' side. */
export class Stage {
	readonly network: Network;
	/** What clients have received, as long as somebody wants to know. */
	seen: string[] | null = null;

	constructor() {
		this.network = new Network(LWIP);
	}

	/** A client that the server has heard of. */
	connect(): SdkClient {
		const client = this.network.connect(80);
		this.network.advance(SETTLE_MS);
		return client;
	}

	/** Lets a client send something, each segment by itself, and everything happen that follows. */
	send(client: SdkClient, segments: readonly Uint8Array[]): void {
		for (let index = 0; index < segments.length; index += 1) {
			client.send(segments[index] as Uint8Array);
			this.network.advance(ROUND_MS);
		}
		this.forget(client);
	}

	/** Octets that take many segments. */
	stream(client: SdkClient, octets: Uint8Array, ms: number): void {
		client.send(octets);
		this.network.advance(ms);
		this.forget(client);
	}

	close(client: SdkClient): void {
		client.close();
		this.network.advance(ROUND_MS);
	}

	forget(client: SdkClient): void {
		this.seen?.push(client.text);
		client.clear();
	}
}

/** Serves an app as `listen` does (platform/moddable/listen.ts). */
export function serve(machine: Machine, app: App, spareConnections = 2): Server {
	const fail = (error: unknown) => {
		throw error;
	};
	const bufferLength = Math.max(app.limits.receiveLength, app.limits.sendLength);
	const platform = new ModdablePlatform(machine, { spareConnections, bufferLength, onFault: fail });
	const server = new Server(app, platform, { port: 80, onListenerError: fail });
	server.reopen();
	return server;
}

/** How often traffic is repeated before its turns are all the same. */
const WARM_UPS = 2;

/** What the server does under some traffic. */
export interface Recording {
	readonly turns: readonly Steps[];
	/** Where in `turns` the part begins that repeats. */
	readonly loopStart: number;
	/** What clients received in one turn of the traffic. */
	readonly seen: readonly string[];
}

function serveWork(machine: Machine, { limits, spareConnections, routes }: Work): void {
	serve(machine, appWith(limits, routes), spareConnections);
}

/** Writes down what the server does. Throws Error when one turn of the traffic is not like the other. */
export function record(work: Work): Recording {
	return follow(work, (machine) => serveWork(machine, work));
}

function follow(work: Work, start: (machine: Machine) => void): Recording {
	const stage = new Stage();
	const recorder = new Recorder(machineOf(stage.network));
	Date.now = recorder.machine.Date.now;
	start(recorder.machine);
	stage.network.advance(ROUND_MS);
	const turn = work.traffic(stage);
	for (let count = 0; count < WARM_UPS; count += 1) turn();
	const loopStart = recorder.turns.length;
	stage.seen = [];
	turn();
	const { seen } = stage;
	const turns = recorder.turns.slice();
	stage.seen = null;
	turn();
	Date.now = STANDING.now;
	if (!isSame(turns.slice(loopStart), recorder.turns.slice(turns.length))) {
		throw new Error("the server does not do the same in each turn");
	}
	if (stage.network.faults.length > 0) throw new Error(stage.network.faults.join());
	return { turns, loopStart, seen };
}

/** Whether a player does on the double what was recorded of the server. */
export function isFaithful(work: Work, recording: Recording): boolean {
	const again = follow(work, (machine) => new Player(machine, recording.turns, recording.loopStart).turn());
	return again.loopStart === recording.loopStart && isSame(again.turns, recording.turns);
}

/** A turn of the traffic, warmed up, on a board whose program is `start`ed. */
function play(work: Work, start: (machine: Machine) => void): () => void {
	const stage = new Stage();
	start(machineOf(stage.network));
	stage.network.advance(ROUND_MS);
	const turn = work.traffic(stage);
	for (let count = 0; count < WARM_UPS; count += 1) turn();
	return turn;
}

export function playServer(work: Work): () => void {
	return play(work, (machine) => serveWork(machine, work));
}

export function playNull(work: Work, { turns, loopStart }: Recording): () => void {
	return play(work, (machine) => new Player(machine, turns, loopStart).turn());
}

/**
 * The same for what is held: app, network and player are there before; `begin` starts the program, lets clients come as the
 * work's traffic begins, and returns what keeps all of it.
 */
export function holdServer(work: Work): () => unknown {
	const app = appWith(work.limits);
	return hold(work, (machine) => () => serve(machine, app, work.spareConnections));
}

export function holdNull(work: Work, { turns, loopStart }: Recording): () => unknown {
	return hold(work, (machine) => {
		const player = new Player(machine, turns, loopStart);
		return () => player.turn();
	});
}

function hold(work: Work, prepare: (machine: Machine) => () => unknown): () => unknown {
	const stage = new Stage();
	const start = prepare(machineOf(stage.network));
	return () => {
		const program = start();
		stage.network.advance(ROUND_MS);
		return [stage, program, work.traffic(stage)];
	};
}

/** What the player itself takes for a turn: it plays over sockets that do nothing. */
export function playIdle({ turns, loopStart }: Recording): () => void {
	const player = new Player(idleMachine(), turns, loopStart);
	for (let index = 0; index < turns.length; index += 1) player.turn();
	return callsOf(player.callback, player, turns.length - loopStart);
}

function nothing(): void {}

/** As many calls of nothing as there are callbacks in a turn. */
export function playNothing({ turns, loopStart }: Recording): () => void {
	return callsOf(nothing, null, turns.length - loopStart);
}

function callsOf(callback: (this: never) => void, target: unknown, count: number): () => void {
	const self = { target } as never;
	return () => {
		for (let index = 0; index < count; index += 1) callback.call(self);
	};
}
