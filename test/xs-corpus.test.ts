// The conformance corpus on XS: every case whole, octet by octet and cut in two, as the package is published and with every
// module frozen as preload freezes it. Every trace has to be what the corpus says, and all of them together, with every
// octet and every call between server and platform, the same as on V8. THIMBLE_LONG=1 cuts at every point.

import { beforeAll, describe, expect, test } from "vitest";
import { readCorpus } from "./support/corpus-files.js";
import { bundleCorpus, type Flavour } from "./xs/bundle.js";
import type { CaseResult } from "./xs/corpus-cases.js";
import { describeOnXs, firstDifference, onV8, onXs, type Side } from "./xs/sides.js";

const CASES = readCorpus();
const FLAVOURS: readonly Flavour[] = ["dist", "preloaded"];
const IS_LONG = process.env.THIMBLE_LONG === "1";
/** How many times each case is cut in two; 0: at every point. */
const CUT_COUNT = IS_LONG ? 0 : 3;
const TIMEOUT_MS = IS_LONG ? 3_600_000 : 300_000;
/** How many cases are run at a time: where XS has to hold all their results, it does little else than collect garbage. */
const PIECE_LENGTH = 100;

/** Runs all cases. */
async function runAll(side: Side): Promise<CaseResult[]> {
	const results: CaseResult[] = [];
	for (let from = 0; from < CASES.length; from += PIECE_LENGTH) {
		const to = Math.min(from + PIECE_LENGTH, CASES.length);
		results.push(...(await side.call<CaseResult[]>("run", from, to, CUT_COUNT, false)));
	}
	return results;
}

await describeOnXs("the corpus on XS", async () => {
	let v8: Side;
	let known: readonly CaseResult[] = [];
	const machines = new Map<Flavour, { readonly side: Side; readonly results: readonly CaseResult[] }>();

	beforeAll(async () => {
		const running = FLAVOURS.map(async (flavour) => {
			const side = await onXs(await bundleCorpus(flavour), flavour);
			machines.set(flavour, { side, results: await runAll(side) });
		});
		v8 = onV8(await bundleCorpus("src"));
		await Promise.all(running);
		known = await runAll(v8);
		return async () => {
			for (const { side } of machines.values()) await side.close();
		};
	}, TIMEOUT_MS);

	async function compare(flavour: Flavour, index: number): Promise<void> {
		const machine = machines.get(flavour);
		const [one, other] = [known[index], machine?.results[index]];
		if (machine === undefined || one === undefined || other === undefined) throw new Error("the case was not run");
		if (other.failure !== "") throw new Error(`on XS: ${other.failure}`);
		if (one.hash === other.hash) return;
		const again = (side: Side) => side.call<CaseResult[]>("run", index, index + 1, CUT_COUNT, true);
		const [[v8Again], [xsAgain]] = await Promise.all([again(v8), again(machine.side)]);
		throw new Error(`not the same as on V8, ${firstDifference(v8Again?.lines ?? [], xsAgain?.lines ?? [])}`);
	}

	describe.each(FLAVOURS)("%s", (flavour) => {
		test("every case was run", () => {
			expect(machines.get(flavour)?.results.length).toBe(CASES.length);
		});

		for (const [index, one] of CASES.entries()) {
			test(`${one.file}, ${one.section}: ${one.name}`, () => compare(flavour, index));
		}
	});
});
