// The simulation on XS: the same seed gives the same trace as on V8, on every profile.

import { expect, test } from "vitest";
import type { SimProfileName } from "../host-sim/virtual/profiles.js";
import { bundle } from "./xs/bundle.js";
import { describeOnXs, firstDifference, onV8, onXs } from "./xs/sides.js";
import type { SimResult } from "./xs/sim-traces.js";

const CONTENTS = 'export * from "./test/xs/sim-traces.ts";';

await describeOnXs("simulations on XS", async () => {
	test("leave the traces they leave on V8", async () => {
		const v8 = onV8(await bundle(CONTENTS, "src"));
		const xs = await onXs(await bundle(CONTENTS, "src"), "src");
		try {
			const hashes = new Set<string>();
			for (const profile of await v8.call<SimProfileName[]>("profiles")) {
				for (const seed of [1, 2]) {
					const one = await v8.call<SimResult>("runOne", profile, seed, false);
					const other = await xs.call<SimResult>("runOne", profile, seed, false);
					expect(other.statuses).toEqual(one.statuses);
					expect(one.statuses.join()).toContain("200");
					if (one.hash !== other.hash) {
						const [again, otherAgain] = await Promise.all([
							v8.call<SimResult>("runOne", profile, seed, true),
							xs.call<SimResult>("runOne", profile, seed, true),
						]);
						throw new Error(`${profile}, seed ${seed}: ${firstDifference(again.lines, otherAgain.lines)}`);
					}
					hashes.add(one.hash);
				}
			}
			// Some chips have the same figures, and so the same traces.
			expect(hashes.size).toBe(2 * 7);
		} finally {
			await xs.close();
		}
	}, 120_000);
});
