// The search on XS: the same seeds leave the same traces as on V8, every octet and every call between server and platform.

import { expect, test } from "vitest";
import { PROFILES } from "../host-sim/search/search.js";
import { bundle } from "./xs/bundle.js";
import { describeOnXs, onV8, onXs } from "./xs/sides.js";

/** How many seeds each profile is searched for. */
const SEEDS = 20;
const TIMEOUT_MS = 300_000;

const SCRIPT = `import { Search } from "./host-sim/search/search.ts";
	export function run(profile, from, count) {
		const search = new Search([profile]);
		const failures = [];
		for (let seed = from; seed < from + count; seed += 1) {
			const finding = search.seed(seed);
			if (finding !== null) failures.push(seed + ": " + finding.failure.what);
		}
		return { hash: search.hash.text, connectionCount: search.connectionCount, failures };
	}`;

interface Outcome {
	readonly hash: string;
	readonly connectionCount: number;
	readonly failures: readonly string[];
}

await describeOnXs("the search on XS", async () => {
	test.each(PROFILES)(
		"%s: the hash is the same as on V8",
		async (profile) => {
			const script = await bundle(SCRIPT, "src");
			const xs = await onXs(script, "src");
			try {
				const outcome = await xs.call<Outcome>("run", profile, 1, SEEDS);
				expect(outcome.failures).toEqual([]);
				expect(outcome.connectionCount).toBeGreaterThan(SEEDS);
				expect(outcome).toEqual(await onV8(script).call<Outcome>("run", profile, 1, SEEDS));
			} finally {
				await xs.close();
			}
		},
		TIMEOUT_MS,
	);
});
