// Fuzzes the server: random heads and chunked streams in random segments (corpus), requests that repeat each other, with the
// memory of heads and without (memory), and connections that share the reader of heads (sharing). See test/support/*-fuzz.ts.
//
//     node tools/fuzz.mjs [--only corpus|memory|sharing] [--count 300000] [--seed N]
//
// Without --only, each has so many rounds. Round i is made of the seed N + i alone, so a failure is run again as it is printed.

import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const ENTRY = `export { fuzzers } from "./test/support/fuzzers.ts";`;
/** How often the progress is told, in milliseconds. */
const PROGRESS_MS = 1000;
/** How many failures are shown before it gives up. */
const FAILURES_MAX = 5;

const HELP = "Usage: node tools/fuzz.mjs [--only corpus|memory|sharing] [--count 300000] [--seed N]";
const TEXT = { type: "string" };
const given = commandLine();

function commandLine() {
	try {
		return parseArgs({ options: { only: TEXT, count: TEXT, seed: TEXT, help: { type: "boolean" } } }).values;
	} catch (error) {
		return misused(error.message);
	}
}

function number(name, fallback) {
	const value = given[name];
	if (value === undefined) return fallback;
	if (!/^\d+$/.test(value) || !Number.isSafeInteger(Number(value)))
		misused(`--${name} takes a whole number, not ${value}`);
	return Number(value);
}

function misused(why) {
	console.error(`${why}\n\n${HELP}`);
	process.exit(2);
}

async function load() {
	const folder = await mkdtemp(join(tmpdir(), "thimble-fuzz-"));
	const outfile = join(folder, "fuzz.mjs");
	try {
		await build({
			stdin: { contents: ENTRY, resolveDir: root, loader: "ts" },
			bundle: true,
			format: "esm",
			platform: "node",
			target: "es2022",
			outfile,
			logLevel: "error",
		});
		return await import(pathToFileURL(outfile).href);
	} finally {
		rmSync(folder, { recursive: true });
	}
}

function tell(name, done, count, start, failures) {
	const seconds = (performance.now() - start) / 1000;
	const rate = done / seconds;
	const left = Math.ceil((count - done) / rate);
	const line = `${name}: ${done} of ${count} rounds, ${Math.round(rate)}/s, ${left} s left, ${failures} failures`;
	if (process.stdout.isTTY) process.stdout.write(`\r${line.padEnd(78)}`);
	else console.log(line);
}

/** Returns how many failures there were. */
function fuzz(name, fuzzer, count, seed) {
	const start = performance.now();
	let told = start;
	let failures = 0;
	let done = 0;
	for (; done < count && failures < FAILURES_MAX; done += 1) {
		const finding = fuzzer.round(seed + done);
		if (finding !== null) {
			failures += 1;
			console.log(`\nseed ${finding.seed} (node tools/fuzz.mjs --only ${name} --count 1 --seed ${finding.seed})`);
			for (const line of finding.made) console.log(`  ${line}`);
			console.log(finding.what);
		}
		if (performance.now() - told >= PROGRESS_MS * (process.stdout.isTTY ? 1 : 10)) {
			told = performance.now();
			tell(name, done + 1, count, start, failures);
		}
	}
	if (process.stdout.isTTY) process.stdout.write("\r");
	const seconds = ((performance.now() - start) / 1000).toFixed(1);
	console.log(
		`${name}: ${done} rounds from seed ${seed} in ${seconds} s: ${fuzzer.accepted} runs with an accepted request, ` +
			`${fuzzer.refused} with a refusal, ${failures} failures`,
	);
	return failures;
}

if (given.help) {
	console.log(HELP);
	process.exit(0);
}
const count = number("count", 300_000);
const seed = number("seed", 1);
const { only } = given;
const { fuzzers } = await load();
const all = Object.entries(fuzzers(join(root, "test", "corpus")));
const chosen = all.filter(([name]) => only === undefined || name === only);
if (chosen.length === 0) misused(`--only takes one of ${all.map(([name]) => name).join(", ")}, not ${only}`);
let failures = 0;
for (const [name, make] of chosen) failures += fuzz(name, make(), count, seed);
process.exitCode = failures === 0 ? 0 : 1;
