// `npm run bench:sim`: how fast the simulator is, in processor time.
//
//     npm run bench:sim                     everything, in about half a minute
//     npm run bench:sim -- --seeds 6000     how many seeds are measured
//     npm run bench:sim -- --from 1000000   and where they begin
//
// Connections are those of the search, with all its invariants, in one thread. The time is the processor's for the whole
// process, the engine's compiler and collector included, so that it tells what one core does, whatever else the machine
// does. The engine compiles while it runs: the first seeds are not measured, for a search of a million they do not count.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { isMainThread, Worker } from "node:worker_threads";
import { defineApp } from "../dist/index.js";
import { SIM_PROFILE_NAMES, simulate } from "../dist/sim.js";
import { bundleSearch } from "../tools/search-bundle.mjs";
import { RESOURCE_LIMITS, setUpEngine } from "../tools/search-engine.mjs";
import { aligned } from "./report.mjs";

const { values: options } = parseArgs({
	options: {
		seeds: { type: "string", default: "6000" },
		from: { type: "string", default: "1000000" },
	},
});

/** How long the engine has to make up its mind, in seeds. */
const WARM_SEEDS = 4000;
const HOUR_MS = 3_600_000;
/** How many clients are idle. */
const POOL = 6;

/** How many seconds of processor time `run` takes. */
function seconds(run) {
	const start = process.cpuUsage();
	run();
	const { user, system } = process.cpuUsage(start);
	return (user + system) / 1e6;
}

async function load() {
	const folder = mkdtempSync(join(tmpdir(), "thimble-bench-sim-"));
	try {
		const file = join(folder, "search.mjs");
		await bundleSearch(file);
		return await import(pathToFileURL(file).href);
	} finally {
		rmSync(folder, { recursive: true });
	}
}

/** Judges the plan of each seed, as `planOf` makes it of the search's; null: there is none. */
function measure(Search, first, count, planOf) {
	const search = new Search();
	const failing = [];
	const cost = seconds(() => {
		for (let seed = first; seed < first + count; seed += 1) {
			const plan = planOf(search.plan(seed));
			if (plan !== null && search.judge(plan) !== null) failing.push(seed);
		}
	});
	const { connectionCount, ladenCount, secondCount } = search;
	return { connectionCount, ladenCount, secondCount, failing, cost };
}

const NUMBER = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

function line(work, { connectionCount, ladenCount, secondCount, failing, cost }) {
	return [
		work,
		NUMBER.format(connectionCount),
		`${((100 * secondCount) / connectionCount).toFixed(0)} %`,
		`${((100 * ladenCount) / connectionCount).toFixed(0)} %`,
		NUMBER.format(connectionCount / cost),
		NUMBER.format(ladenCount / cost),
		failing.length === 0 ? "none" : failing.join(" "),
	];
}

const HEADER = ["work", "connections", "played again", "laden", "connections/s", "laden/s", "seeds that fail"];

/**
 * Half of the connections that the search draws are cut off, refused or turned away before their third answer. The first
 * row has those alone that are not: what is drawn is the same, but for the clients left out.
 */
function searchRows(Search) {
	const first = Number(options.from);
	const count = Number(options.seeds);
	// By their numbers: thousands of plans that are kept would be looked through by the collector all the time.
	const chosen = new Map();
	const planner = new Search();
	for (let seed = first; seed < first + count; seed += 1) {
		const plan = planner.plan(seed);
		const part = planner.ladenPart(plan);
		if (part !== null)
			chosen.set(
				seed,
				part.clients.map((client) => plan.clients.indexOf(client)),
			);
	}
	const asDrawn = (plan) => plan;
	const laden = (plan) => {
		const numbers = chosen.get(plan.seed);
		if (numbers === undefined) return null;
		// Not a copy, which would be an object unlike those that a search has.
		return Object.assign(plan, { clients: numbers.map((number) => plan.clients[number]) });
	};
	measure(Search, first - WARM_SEEDS, WARM_SEEDS, asDrawn);
	return [
		line("clients with three answers or more, one of them to content", measure(Search, first, count, laden)),
		line("the search as it is drawn", measure(Search, first, count, asDrawn)),
	];
}

/** A virtual hour in which nobody does anything. */
function idleRow(profile) {
	const app = defineApp({
		limits: { connections: POOL, idleTimeoutMs: 2 * HOUR_MS },
		routes: {
			"GET /": (_request, response) => {
				response.empty();
			},
		},
	});
	const cost = [];
	let idleCount = 0;
	// The engine knows the first one's code as little as anybody's.
	for (let round = 0; round < 3; round += 1) {
		const sim = simulate(app, { profile });
		for (let index = 0; index < POOL; index += 1) sim.connect().request("GET", "/");
		sim.advance(2000);
		cost.push(seconds(() => sim.advance(HOUR_MS)));
		idleCount = sim.connections.filter(({ phase }) => phase === "idle").length;
	}
	return [profile, String(idleCount), (1000 * cost[0]).toFixed(1), (1000 * Math.min(...cost)).toFixed(1)];
}

async function run() {
	const rows = searchRows((await load()).Search);
	console.log("Connections of the search, all invariants on, a second being one of processor time.");
	console.log("Laden: three requests or more were answered in full, one of them with content.\n");
	console.log(aligned(HEADER, rows, [false, true, true, true, true, true, true]));
	console.log(`\nA virtual hour of ${POOL} idle connections, in milliseconds of processor time.\n`);
	const idle = SIM_PROFILE_NAMES.map(idleRow);
	console.log(
		aligned(["profile", "idle at its end", "the first time", "the best of three"], idle, [false, true, true, true]),
	);
}

if (isMainThread) {
	// As the workers of a search are.
	setUpEngine();
	new Worker(fileURLToPath(import.meta.url), { argv: process.argv.slice(2), resourceLimits: RESOURCE_LIMITS });
} else await run();
