// Runs the corpus on an engine and says what was seen, case by case: hashes, to be held against another engine's. Bundled;
// no platform is named here.

import { readCorpus } from "../support/corpus-files.js";
import type { CorpusCase } from "../support/corpus-format.js";
import { CorpusRunner, everyCut } from "../support/corpus-run.js";
import { type Fingerprint, TraceHash } from "./trace-hash.js";

/** What came of a case. */
export interface CaseResult {
	/** What the corpus says should be otherwise; empty where nothing. */
	readonly failure: string;
	readonly hash: Fingerprint;
	readonly lines: readonly string[];
}

const CASES = readCorpus();

/** Some cuts of each case, at other places in each: about `count` of them, spread over all of it. */
function someCuts(count: number, index: number): (length: number) => Iterable<number> {
	return function* (length) {
		const step = Math.max(1, Math.floor(length / count));
		for (let cut = 1 + (index % step); cut < length; cut += step) yield cut;
	};
}

/**
 * Runs the cases from `start` to before `end`, whole, octet by octet, and cut in two: `cutCount` times each, or at every
 * point where it is 0. `keepsLines`: whether the lines behind the hash are wanted.
 */
export function run(start: number, end: number, cutCount: number, keepsLines: boolean): CaseResult[] {
	return CASES.slice(start, end).map((one, offset) => runCase(one, start + offset, cutCount, keepsLines));
}

let trace = new TraceHash(false);
// One for all cases: making a server costs more than running a case.
const runner = new CorpusRunner((how, lines) => {
	trace.see(how);
	for (const line of lines) trace.see(line);
});

function runCase(one: CorpusCase, index: number, cutCount: number, keepsLines: boolean): CaseResult {
	trace = new TraceHash(keepsLines);
	const unwatch = trace.watch();
	let failure = "";
	try {
		runner.runWhole(one);
		runner.runCut(one, cutCount === 0 ? everyCut : someCuts(cutCount, index));
	} catch (error) {
		failure = error instanceof Error ? error.message : String(error);
	}
	unwatch();
	return { failure, hash: trace.fingerprint, lines: trace.lines };
}
