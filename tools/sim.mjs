// The search (host-sim/search): draws a plan from each seed, plays it on the simulated boards, and looks after every event.
//
//     npm run sim -- [--seeds 10000] [--from 1] [--profile NAME] [--workers N]
//     npm run sim -- --seed N [--profile NAME]      plays one seed, and writes down what happens
//     npm run sim -- --mutants [--only TEXT]        has faults of our own found, each by its invariant
//
// A failure is shown with its seed, its profile, the smallest plan that still fails, and its trace. The last line is the hash
// of all traces: the same for the same seeds, however many workers share them. A search that is interrupted (Ctrl-C) says
// how to go on; the hash of the whole is the sum of the hashes of its parts.

import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { bundleSearch } from "./search-bundle.mjs";
import { RESOURCE_LIMITS, setUpEngine } from "./search-engine.mjs";
import { Progress } from "./search-progress.mjs";

/** How many seeds a worker is given at a time. */
const CHUNK = 100;
/** After so many failures it gives up. */
const FAILURES_MAX = 5;
/** In how many seeds a mutant has to be found. */
const MUTANT_SEEDS = 10_000;

// ---- In a worker ----

/** Searches what it is given; for a mutant, until its invariant has found it. */
async function work() {
	const { file, profiles, mutant } = workerData;
	const { Search, SearchedApp } = await import(pathToFileURL(file).href);
	if (mutant !== null) return parentPort.postMessage(hunt(Search, profiles, mutant));
	const app = new SearchedApp();
	parentPort.on("message", ({ from, count }) => {
		const search = new Search(profiles, app);
		const findings = [];
		for (let seed = from; seed < from + count; seed += 1) {
			const finding = search.seed(seed);
			if (finding !== null) findings.push(finding);
		}
		tell(search, count, findings);
	});
	tell(new Search(profiles, app), 0, []);
}

function tell({ coverage, hash, connectionCount, ladenCount, secondCount }, count, findings) {
	const counts = [...coverage.counts];
	parentPort.postMessage({ count, findings, counts, hash: hash.text, connectionCount, ladenCount, secondCount });
}

function hunt(Search, profiles, { invariant }) {
	const search = new Search(profiles);
	let before = null;
	for (let seed = 1; seed <= MUTANT_SEEDS; seed += 1) {
		const failure = search.seed(seed)?.failure ?? null;
		if (failure?.invariant === invariant) return { seed, what: failure.what, before };
		if (failure !== null) before ??= { seed, invariant: failure.invariant };
	}
	return { seed: 0, what: "", before };
}

// ---- On the command line ----

const HELP = `Usage: npm run sim -- [--seeds 10000] [--from 1] [--profile NAME] [--workers N]
       npm run sim -- --seed N [--profile NAME]      plays one seed, and writes down what happens
       npm run sim -- --mutants [--only TEXT]        has faults of our own found, each by its invariant
`;

const TEXT = { type: "string" };
const options = isMainThread ? commandLine() : {};

function commandLine() {
	try {
		const { values } = parseArgs({
			options: {
				seeds: TEXT,
				from: TEXT,
				profile: TEXT,
				workers: TEXT,
				seed: TEXT,
				only: TEXT,
				mutants: { type: "boolean" },
				help: { type: "boolean" },
			},
		});
		return values;
	} catch (error) {
		return misused(error.message);
	}
}

function misused(why) {
	console.error(`${why}\n\n${HELP}`);
	process.exit(2);
}

function option(name, fallback) {
	const value = options[name];
	if (value === undefined) return fallback;
	if (typeof fallback === "string") return value;
	const number = Number(value);
	if (Number.isSafeInteger(number) && number >= 0) return number;
	return misused(`--${name} takes a whole number, not ${value}`);
}

async function main() {
	if (options.help) {
		console.log(HELP);
		return;
	}
	const folder = mkdtempSync(join(tmpdir(), "thimble-search-"));
	try {
		const file = join(folder, "search.mjs");
		await bundleSearch(file);
		const library = await import(pathToFileURL(file).href);
		const profile = option("profile", "");
		const profiles = profile === "" ? library.PROFILES : [profile];
		if (options.mutants) await findMutants(library.MUTANTS, profiles, folder);
		else if (options.seed !== undefined) await playSeed(library, profiles, option("seed", 1));
		else await searchSeeds(library, profiles, file);
	} finally {
		rmSync(folder, { recursive: true });
	}
}

async function playSeed(library, profiles, seed) {
	const { Search } = library;
	const search = new Search(profiles);
	const finding = search.seed(seed);
	if (finding === null) {
		const plan = search.plan(seed);
		show(search, plan, null);
		console.log(`seed ${seed} on ${plan.profile}: nothing is wrong`);
		console.log(`hash ${search.hash.text}`);
		return;
	}
	await showFinding(library, profiles, finding);
	process.exitCode = 1;
}

/** A failure: its seed, the smallest plan that fails like it, and what happens in that. */
async function showFinding({ Search, shrink }, profiles, { plan, failure }) {
	const { invariant, what, client, timeMs } = failure;
	const where = client < 0 ? "" : `, client ${client}`;
	console.log(`\nseed ${plan.seed} on ${plan.profile}: invariant ${invariant}${where}, at ${timeMs} ms`);
	console.log(what);
	console.log(`again: npm run sim -- --seed ${plan.seed}${profiles.length === 1 ? ` --profile ${profiles[0]}` : ""}`);
	const search = new Search(profiles);
	const smallest = shrink(plan, failure, (one) => search.judge(one));
	show(search, smallest, search.judge(smallest));
}

function show(search, plan, failure) {
	console.log(`plan ${JSON.stringify(plan)}`);
	if (failure !== null) console.log(`fails by invariant ${failure.invariant}: ${failure.what}`);
	const { text } = search.trace(plan);
	console.log(text);
}

async function searchSeeds(library, profiles, file) {
	const { Coverage, Hash } = library;
	const from = option("from", 1);
	const count = option("seeds", 10_000);
	const workerCount = Math.max(1, Math.min(option("workers", availableParallelism()), Math.ceil(count / CHUNK)));
	const coverage = new Coverage();
	const hash = Hash.sum();
	const findings = [];
	const progress = new Progress(count);
	let next = from;
	let isStopped = false;
	const stop = () => {
		isStopped = true;
	};
	process.once("SIGINT", stop);
	setUpEngine();
	await Promise.all(
		Array.from({ length: workerCount }, () => {
			const worker = new Worker(fileURLToPath(import.meta.url), {
				workerData: { file, profiles, mutant: null },
				resourceLimits: RESOURCE_LIMITS,
			});
			return new Promise((resolve, reject) => {
				worker.on("error", reject);
				worker.on("exit", resolve);
				worker.on("message", (result) => {
					hash.add(Hash.fromText(result.hash));
					coverage.add(result.counts);
					for (const { plan, failure } of result.findings) {
						console.log(
							`\nseed ${plan.seed} on ${plan.profile} fails by invariant ${failure.invariant}: ${failure.what}`,
						);
					}
					findings.push(...result.findings);
					progress.add(result);
					if (isStopped || next >= from + count || findings.length >= FAILURES_MAX) return worker.terminate();
					const length = Math.min(CHUNK, from + count - next);
					worker.postMessage({ from: next, count: length });
					next += length;
				});
			});
		}),
	);
	process.off("SIGINT", stop);
	if (process.stdout.isTTY) process.stdout.write("\r");
	printCoverage(coverage);
	findings.sort((one, other) => one.plan.seed - other.plan.seed);
	const summary = progress.summary(from, workerCount);
	for (const finding of findings.slice(0, FAILURES_MAX)) await showFinding(library, profiles, finding);
	console.log(summary);
	if (next < from + count) console.log(`to go on: npm run sim -- --from ${next} --seeds ${from + count - next}`);
	console.log(`hash ${hash.text}`);
	process.exitCode = findings.length === 0 ? 0 : 1;
}

function printCoverage(coverage) {
	const { states, mishaps, rows } = coverage.table();
	console.log("\nstates × causes");
	for (const line of states) console.log(line);
	console.log("\nstates + what befell the device in them");
	for (const line of mishaps) console.log(line);
	console.log("\nwhat else was reached");
	for (const [row, count] of rows) console.log(`${String(count).padStart(10)}  ${row}`);
	const { empty } = coverage;
	console.log(empty.length === 0 ? "no row is empty\n" : `empty: ${empty.join("; ")}\n`);
}

/** Has every mutant found; says by which seed and invariant. */
async function findMutants(mutants, profiles, folder) {
	const only = option("only", "");
	const chosen = mutants.filter(({ name, file }) => `${file} ${name}`.includes(only));
	let next = 0;
	let missed = 0;
	setUpEngine();
	const one = async () => {
		for (let index = next++; index < chosen.length; index = next++) {
			const mutant = chosen[index];
			const file = join(folder, `mutant-${index}.mjs`);
			await bundleSearch(file, mutant);
			const worker = new Worker(fileURLToPath(import.meta.url), {
				workerData: { file, profiles, mutant },
				resourceLimits: RESOURCE_LIMITS,
			});
			const { seed, what, before } = await new Promise((resolve, reject) => {
				worker.on("error", reject);
				worker.on("message", resolve);
			});
			if (seed === 0) missed += 1;
			const found = seed === 0 ? "NOT FOUND" : `invariant ${mutant.invariant}, seed ${seed}`;
			const first = before === null ? "" : ` (by ${before.invariant} at seed ${before.seed} before)`;
			console.log(`${found.padEnd(26)} ${mutant.file.padEnd(36)} ${mutant.name}${first}`);
			if (seed > 0) console.log(`${"".padEnd(27)}${what.split("\n")[0].slice(0, 120)}`);
		}
	};
	if (chosen.length === 0) {
		console.error(`no mutant has "${only}" in its name`);
		process.exitCode = 2;
		return;
	}
	await Promise.all(Array.from({ length: Math.min(availableParallelism(), chosen.length) }, one));
	console.log(`${chosen.length} mutants: ${chosen.length - missed} found, ${missed} missed`);
	process.exitCode = missed === 0 ? 0 : 1;
}

if (isMainThread) await main();
else await work();
