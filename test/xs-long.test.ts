// What only a long run on XS shows: that nothing is left behind, whatever happens to connections, and that requests need no
// garbage collection. Short in CI; THIMBLE_LONG=1 npx vitest run test/xs-long.test.ts takes a quarter of an hour.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { XsBench } from "../bench/xs-bench.mjs";
import type { LongResult } from "../bench/xs-long.js";
import { describeOnXs } from "./xs/sides.js";

const IS_LONG = process.env.THIMBLE_LONG === "1";
const TIMEOUT_MS = IS_LONG ? 3_600_000 : 120_000;

const SEED = 777;
const WARM_UP_REQUESTS = 3000;
const REQUESTS = IS_LONG ? 200_000 : 3000;

/** Requests without a collection, or as many as there is room for. */
const REQUESTS_WITHOUT_COLLECTION = IS_LONG ? 2_000_000 : 20_000;
/** Of the 32 MiB of chunks that XS has in the beginning, what can be left as garbage: the rest is the bench's own. */
const CHUNK_ROOM = 24 * 1024 * 1024;

interface Ceiling {
	readonly work: string;
	readonly chunkOctets: number;
}

/** What a request leaves in chunks, as bench/xs-ceilings.json has it. */
function chunkOctetsOf(work: string): number {
	const file = fileURLToPath(new URL("../bench/xs-ceilings.json", import.meta.url));
	const ceilings: readonly Ceiling[] = JSON.parse(readFileSync(file, "utf8"));
	const ceiling = ceilings.find((one) => one.work === work);
	if (ceiling === undefined) throw new Error(`"${work}" has no ceiling`);
	return ceiling.chunkOctets;
}

await describeOnXs("a long run on XS", async () => {
	describe("a long run on XS", () => {
		let bench: XsBench;

		beforeAll(async () => {
			bench = await XsBench.open();
		}, TIMEOUT_MS);

		afterAll(() => bench.close());

		test(
			`${REQUESTS} mixed requests, connections cut off at random: no slot more than after warm-up`,
			async () => {
				await bench.run(`beginLong(${SEED})`);
				await bench.run(`goOn(${WARM_UP_REQUESTS})`);
				const warm = await bench.slots();
				// What is left by asking.
				await bench.run("goOn(0)");
				const before = await bench.slots();
				await bench.run(`goOn(${REQUESTS})`);
				const after = await bench.slots();
				expect(after - before).toBe(before - warm);
				const result = (await bench.ask("goOn(0)")) as LongResult;
				expect(result).toMatchObject({ faults: 0, connectionCount: 0, objectCount: 0 });
				expect(result.requests).toBe(WARM_UP_REQUESTS + REQUESTS);
				// Enough of each kind that the run means something.
				expect(result.aborted).toBeGreaterThan(REQUESTS / 10);
				expect(result.answered).toBeGreaterThan(REQUESTS / 2);
			},
			TIMEOUT_MS,
		);

		test(
			`${REQUESTS_WITHOUT_COLLECTION} requests leave no more than their ceiling says, and no collection helps them`,
			async () => {
				const each = chunkOctetsOf("whole cycle, new head");
				const count = Math.min(REQUESTS_WITHOUT_COLLECTION, each === 0 ? Number.POSITIVE_INFINITY : CHUNK_ROOM / each);
				const rounds = Math.ceil(REQUESTS_WITHOUT_COLLECTION / count);
				for (let round = 0; round < rounds; round += 1) {
					expect(await bench.growth(Math.floor(count))).toEqual({ slots: 0, chunkOctets: Math.floor(count) * each });
				}
			},
			TIMEOUT_MS,
		);
	});
});
