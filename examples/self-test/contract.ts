// What the server relies on of the SDK's sockets, stated as checks: each rule says where in the SDK it comes from, and is
// tried on whatever sockets it is given: a board's own, with the board as its own client over loopback, or the double of
// them (host-sim/sdk) on Node and on XS. It needs nothing but the language.

import type { Bench, Report } from "./contract-bench.js";
import { type Rule, SETTLE_MS, Trial } from "./contract-trial.js";
import { CONNECTION_RULES } from "./rules-connection.js";
import { END_RULES } from "./rules-end.js";
import { TIME_RULES } from "./rules-time.js";
import { WAITING_RULES } from "./rules-waiting.js";

const RULES: readonly Rule[] = [...CONNECTION_RULES, ...WAITING_RULES, ...END_RULES, ...TIME_RULES];

/** Tries each rule that `bench` is meant for, one after the other, and reports; then calls `done`. */
export function runContract(bench: Bench, report: Report, done: () => void): void {
	tryRule(bench, report, done, 0);
}

function tryRule(bench: Bench, report: Report, done: () => void, index: number): void {
	const rule = RULES[index];
	if (rule === undefined) return done();
	const next = () => tryRule(bench, report, done, index + 1);
	if (rule.only !== undefined && !rule.only.includes(bench.kind)) return bench.wait(0, next);
	const trial = new Trial(bench);
	const steps = rule.run(trial);
	const step = () => {
		let wait: number | null = null;
		try {
			const missing = missingFor(rule, bench);
			if (missing !== undefined) report.skipped(rule.name, `the client cannot ${missing}`);
			else {
				const result = steps.next();
				if (result.done !== true) wait = result.value;
				else report.passed(rule.name);
			}
		} catch (error) {
			report.failed(rule.name, error);
		}
		if (wait !== null) return bench.wait(wait, step);
		trial.end();
		// Everything that was closed is gone before the next rule.
		bench.wait(2 * SETTLE_MS, next);
	};
	bench.wait(0, step);
}

function missingFor(rule: Rule, bench: Bench): string | undefined {
	return rule.needs?.find((ability) => !bench.abilities.includes(ability));
}
