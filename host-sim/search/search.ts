// Searches a range of seeds: draws each one's plan, plays it, cuts it otherwise and plays it again, and says what came of it.
// For the command line, the tests, and XS.

import { traceText } from "../picture/text.js";
import type { SimProfileName } from "../virtual/profiles.js";
import { Random } from "../virtual/random.js";
import { SearchedApp } from "./app.js";
import { Coverage } from "./coverage.js";
import { Hash } from "./hash.js";
import type { Failure } from "./invariants.js";
import * as invariants from "./invariants.js";
import { type ClientPlan, drawPlan, type Plan, streamOf } from "./plan.js";
import { Play } from "./play.js";

/** The profiles that are searched. */
export const PROFILES: readonly SimProfileName[] = ["esp32", "esp32c3", "esp8266", "pico-w", "lin", "node", "hostile"];

/** A plan that failed. */
export interface Finding {
	readonly plan: Plan;
	readonly failure: Failure;
}

export class Search {
	readonly coverage = new Coverage();
	/** The sum of all traces. */
	readonly hash = Hash.sum();
	connectionCount = 0;
	requestCount = 0;
	readonly #searched = new SearchedApp();
	readonly #profiles: readonly SimProfileName[];

	/** `profiles`: those that plans are drawn for. */
	constructor(profiles: readonly SimProfileName[] = PROFILES) {
		this.#profiles = profiles;
	}

	/** The plan of a seed. */
	plan(seed: number): Plan {
		return drawPlan(seed, this.#profiles);
	}

	/** Plays one seed; null: nothing is wrong. */
	seed(seed: number): Finding | null {
		const plan = this.plan(seed);
		const failure = this.judge(plan);
		return failure === null ? null : { plan, failure };
	}

	/** Plays a plan, and once more with its octets cut in another way. */
	judge(plan: Plan): Failure | null {
		const played = new Play(plan, this.#searched, this.coverage).run();
		this.hash.add(played.hash);
		this.connectionCount += played.connectionCount;
		if (played.failure !== null) return played.failure;
		if (!played.isComparable) return null;
		const other = new Play(cutOtherwise(plan), this.#searched, this.coverage, { readings: played.readings }).run();
		this.hash.add(other.hash);
		this.connectionCount += other.connectionCount;
		if (other.failure !== null) return other.failure;
		if (!other.isComparable) return null;
		for (const [client, digest] of played.digests.entries()) {
			const what = invariants.segmentation(digest, other.digests[client] ?? []);
			if (what !== "") return { invariant: 1, what, client, timeMs: 0 };
		}
		return null;
	}

	/** Plays a plan and writes down what happens, a line for each event. */
	trace(plan: Plan): { readonly failure: Failure | null; readonly text: string } {
		const { failure, trace } = new Play(plan, this.#searched, new Coverage(), { isRecorded: true }).run();
		return { failure, text: trace === null ? "" : traceText(trace) };
	}
}

/** The same octets in other pieces. */
function cutOtherwise(plan: Plan): Plan {
	const random = new Random(plan.seed, 1);
	return { ...plan, clients: plan.clients.map((client) => recut(random, client)) };
}

function recut(random: Random, client: ClientPlan): ClientPlan {
	// What was sent whole is cut; what was cut is sent whole, or at one octet.
	const { length } = streamOf(client);
	if (client.sends.length > 0 && random.chance(0.5)) return { ...client, sends: [] };
	if (random.chance(0.3)) return { ...client, sends: [{ delayMs: 0, length: random.below(length + 1) }] };
	const longest = random.chance(0.04) ? 1 : Math.ceil(length / 20);
	const sends = [];
	for (let rest = length; rest > 0; ) {
		const count = Math.min(rest, random.between(1, longest));
		sends.push({ delayMs: 0, length: count });
		rest -= count;
	}
	return { ...client, sends };
}
