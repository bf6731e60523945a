// Simulations whose traces are held against another engine's: for each profile and seed the same clients in the same
// weather. Bundled; no platform is named here.

import { SIM_PROFILE_NAMES, type SimProfileName } from "../../host-sim/virtual/profiles.js";
import { type Simulation, simulate } from "../../host-sim/virtual/simulation.js";
import type { TraceEvent } from "../../host-sim/virtual/trace.js";
import { defineApp } from "../../src/index.js";
import { TraceHash } from "./trace-hash.js";

/** What came of a simulation. */
export interface SimResult {
	readonly profile: SimProfileName;
	readonly seed: number;
	readonly hash: string;
	/** The statuses that the clients have seen. */
	readonly statuses: readonly string[];
	readonly lines: readonly string[];
}

/** The simulation that runs, for the app's timers: a bundle has none of an engine's. */
let running: Simulation | null = null;

const piece = new Uint8Array(64);

const app = defineApp({
	limits: { connections: 3 },
	routes: {
		"GET /": (_request, response) => {
			response.text("hello\n");
		},
		"GET /later": (_request, response) => {
			const ticket = response.defer();
			running?.after(700, () => ticket.response?.json({ later: true }));
		},
		"GET /big": (_request, response) => {
			response.octets(new Uint8Array(6000).fill(0x62));
		},
		"POST /size": {
			onRequest: (request) => {
				request.state = { length: 0 };
			},
			onReadable: (request, response, count) => {
				const size = request.state as { length: number };
				for (let length = request.read(piece); length > 0; length = request.read(piece)) size.length += length;
				if (count === 0) response.json(size);
			},
		},
	},
});

export function profiles(): readonly SimProfileName[] {
	return SIM_PROFILE_NAMES;
}

export function runOne(profile: SimProfileName, seed: number, keepsLines: boolean): SimResult {
	const sim = simulate(app, { profile, seed, jitterMs: 7, bandwidthKbitPerS: 900, lossEveryMs: 800, lossMs: 90 });
	running = sim;
	const { random } = sim;
	for (let count = 0; count < 5; count += 1) {
		const client = sim.connect({ address: `192.0.2.${count + 1}` });
		client.request("GET", "/", { segmentLength: random.between(1, 50) });
		client.request("POST", "/size", { content: "x".repeat(random.below(900)), chunkLength: random.between(1, 300) });
		client.request("GET", random.pick(["/big", "/later", "/nowhere"]));
		if (random.chance(0.2)) client.garbage(30);
		if (random.chance(0.3)) client.stall(random.below(500));
		sim.advance(random.below(1500));
		if (client.isStalled && random.chance(0.5)) client.resume();
	}
	sim.advance(90_000);
	const trace = new TraceHash(keepsLines);
	for (const event of sim.trace.events) see(trace, event);
	const statuses = sim.clients.map(
		({ responses, closed }) => `${responses.map(({ status }) => status).join()} ${closed}`,
	);
	return { profile, seed, hash: trace.fingerprint, statuses, lines: trace.lines };
}

function see(trace: TraceHash, event: TraceEvent): void {
	if (event.kind !== "segment") return trace.see(TraceHash.show(event));
	const { connection, from, segment, time, arrived, window, octets } = event;
	trace.seeOctets(`${connection} ${from} ${segment} ${time} ${arrived} ${window}`, octets);
}
