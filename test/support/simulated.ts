// Simulations of what networks and clients do to a server, one of each kind, for those who look at their traces.

import type { SimProfileName } from "../../host-sim/virtual/profiles.js";
import { type SimulateOptions, type Simulation, simulate } from "../../host-sim/virtual/simulation.js";
import type { Trace, TraceEvent } from "../../host-sim/virtual/trace.js";
import { type App, defineApp } from "../../src/index.js";

/**
 * Answers at once, later, at length; takes any content. `isHostile`: for a network that takes an octet at a time. Less is long there, and Wireshark gives up on chunks in such pieces.
 */
function sampleApp(isHostile: boolean): App {
	const longLength = isHostile ? HOSTILE_LONG_LENGTH : LONG_LENGTH;
	return defineApp({
		limits: { connections: 3, waitingMax: 1 },
		routes: {
			"GET /": (_request, response) => response.text("hello\n"),
			"GET /late": (_request, response) => {
				const ticket = response.defer();
				setTimeout(() => ticket.response?.text("late\n"), 700);
			},
			"GET /long": {
				onRequest: (request, response) => {
					request.state = longLength;
					response.begin(isHostile ? longLength : undefined);
				},
				onWritable: (request, response, room) => {
					const length = Math.min(room, request.state as number);
					request.state = (request.state as number) - length;
					response.write("0123456789".repeat(Math.ceil(length / 10)).slice(0, length));
					if (request.state === 0) response.end();
				},
			},
			"POST /count": {
				onRequest: () => {},
				onReadable: (request, response) => {
					const octets = new Uint8Array(500);
					while (request.read(octets) > 0);
					if (request.isContentComplete) response.text("taken\n");
				},
			},
		},
	});
}

/** More than all buffers on the way hold. */
const LONG_LENGTH = 120_000;
const HOSTILE_LONG_LENGTH = 3000;

const HOST = "Host: x\r\n\r\n";

function get(path: string): string {
	return `GET ${path} HTTP/1.1\r\n${HOST}`;
}

/** A simulation that has run, and what it is of. */
export interface Simulated {
	readonly name: string;
	readonly sim: Simulation;
}

type Script = (sim: Simulation) => void;

const SCRIPTS: Readonly<Record<string, readonly [Script, SimulateOptions?]>> = {
	"keep-alive until the server closes": [
		(sim) => {
			const client = sim.connect();
			for (const path of ["/", "/late", "/nowhere"]) {
				client.send(get(path));
				sim.advance(1000);
			}
		},
	],
	"pipelined, then trickled, then half-closed": [
		(sim) => {
			const client = sim.connect();
			client.send(get("/") + get("/long") + get("/"));
			sim.advance(500);
			client.trickle(get("/"), { intervalMs: 40 });
			sim.advance(2000);
			client.end();
		},
	],
	"an upload that is reset": [
		(sim) => {
			const client = sim.connect();
			client.resetAt({ sentLength: 12_345 });
			client.send(`POST /count HTTP/1.1\r\nContent-Length: 60000\r\n${HOST}${"u".repeat(60_000)}`);
		},
	],
	"an upload in chunks, and one that is cut off by its deadline": [
		(sim) => {
			const chunked = sim.connect();
			chunked.send(`POST /count HTTP/1.1\r\nTransfer-Encoding: chunked\r\n${HOST}`);
			for (let count = 0; count < 5; count += 1) {
				sim.advance(30);
				chunked.send(`7d0\r\n${"c".repeat(2000)}\r\n`);
			}
			chunked.send("0\r\n\r\n");
			sim.connect().send(`POST /count HTTP/1.1\r\nContent-Length: 100\r\n${HOST}half`);
		},
	],
	"a client that stalls, and one that reads on": [
		(sim) => {
			const [stalled, slow] = [sim.connect(), sim.connect()];
			for (const client of [stalled, slow]) client.send(get("/long"));
			stalled.stall(3000);
			slow.readSlowly({ length: 900, intervalMs: 25 });
			sim.advance(700);
			slow.resume();
		},
	],
	"more clients than slots": [
		(sim) => {
			for (let count = 0; count < 8; count += 1) {
				sim.connect().send(get("/late"));
				sim.advance(5);
			}
		},
	],
	garbage: [
		(sim) => {
			sim.connect().garbage(300);
			sim.connect().send("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n");
			sim.connect().send("\x16\x03\x01\x00\x01");
		},
	],
	"a network that loses and jitters": [
		(sim) => {
			for (let count = 0; count < 3; count += 1) {
				const client = sim.connect();
				client.send(get("/long"));
				sim.advance(400);
				client.send(get("/"), { segmentLength: 3 });
			}
		},
		{ latencyMs: 8, jitterMs: 20, bandwidthKbitPerS: 2000, lossEveryMs: 300, lossMs: 80 },
	],
	"the network goes away and comes back": [
		(sim) => {
			const client = sim.connect();
			client.send(get("/long"));
			sim.advance(4);
			sim.loseNetwork();
			sim.advance(800);
			sim.restoreNetwork();
		},
	],
};

const PROFILES: readonly SimProfileName[] = ["esp32", "esp8266", "pico-w", "lin", "node", "hostile"];

/** Each script on each profile, until nothing is left to happen. */
export function simulations(): Simulated[] {
	return Object.entries(SCRIPTS).flatMap(([name, [script, options]]) =>
		PROFILES.map((profile) => {
			const app = sampleApp(profile === "hostile");
			const sim = simulate(app, { profile, seed: 11, ...options });
			script(sim);
			sim.advance(90_000);
			return { name: `${name}, ${profile}`, sim };
		}),
	);
}

/** All of them as one trace: one begins when the one before has ended, with connections of its own. */
export function together(simulated: readonly Simulated[]): Trace {
	const events: TraceEvent[] = [];
	let time = 0;
	let connection = 0;
	for (const { sim } of simulated) {
		for (const event of sim.trace.events) {
			const moved = {
				...event,
				time: event.time + time,
				connection: event.connection && event.connection + connection,
			};
			if (moved.kind === "segment" && moved.arrived >= 0) moved.arrived += time;
			events.push(moved);
		}
		time += sim.time;
		connection += sim.clients.length;
	}
	const segmentLength = Math.max(...simulated.map(({ sim }) => sim.trace.segmentLength));
	return { profile: "all", seed: 11, segmentLength, events };
}
