// Searches a range of seeds: draws each one's plan, plays it, cuts it otherwise and plays it again, and says what came of it.
// For the command line, the tests, and XS.

import { traceText } from "../picture/text.js";
import type { SimProfileName } from "../virtual/profiles.js";
import { Random } from "../virtual/random.js";
import { SearchedApp } from "./app.js";
import type { ClientStream } from "./client-stream.js";
import { Coverage } from "./coverage.js";
import { Hash } from "./hash.js";
import type { Failure } from "./invariants.js";
import * as invariants from "./invariants.js";
import { drawPieces, drawPlan, type Plan, type Send } from "./plan.js";
import { Play, type Played, type PlayOptions } from "./play.js";

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
	/** How many connections were simulated, and how many of them were laden (record.ts). */
	connectionCount = 0;
	ladenCount = 0;
	/** How many were the second playing of a plan, cut otherwise. */
	secondCount = 0;
	readonly #searched: SearchedApp;
	readonly #profiles: readonly SimProfileName[];

	/** `profiles`: those that plans are drawn for. `searched`: one that was made before; its routes take longer than a plan. */
	constructor(profiles: readonly SimProfileName[] = PROFILES, searched = new SearchedApp()) {
		this.#profiles = profiles;
		this.#searched = searched;
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

	/** Plays a plan, and once more with its octets cut in another way. What is thrown is a failure, too. */
	judge(plan: Plan): Failure | null {
		try {
			return this.#judge(plan);
		} catch (error) {
			return thrown(error);
		}
	}

	#judge(plan: Plan): Failure | null {
		const played = this.#play(plan);
		if (played.failure !== null) return played.failure;
		if (!played.isComparable) return null;
		const { streams } = played;
		const other = this.#play(plan, { streams, cuts: cutOtherwise(plan, streams) });
		this.secondCount += other.connectionCount;
		if (other.failure !== null) return other.failure;
		if (!other.isComparable) return null;
		for (const [client, digest] of played.digests.entries()) {
			const what = invariants.segmentation(digest, other.digests[client] ?? []);
			if (what !== "") return { invariant: 1, what, client, timeMs: 0 };
		}
		return null;
	}

	/**
	 * The plan with those clients alone whose connections are laden when it is played, for measuring: what the network, the
	 * limits and the faults leave of them. Null: there are none.
	 */
	ladenPart(plan: Plan): Plan | null {
		const { laden } = new Play(plan, this.#searched, new Coverage()).run();
		if (laden.length === 0) return null;
		return { ...plan, clients: plan.clients.filter((_, index) => laden.includes(index)) };
	}

	#play(plan: Plan, options: PlayOptions = {}): Played {
		const played = new Play(plan, this.#searched, this.coverage, options).run();
		this.hash.add(played.hash);
		this.connectionCount += played.connectionCount;
		this.ladenCount += played.laden.length;
		return played;
	}

	/** Plays a plan and writes down what happens, a line for each event. */
	trace(plan: Plan): { readonly failure: Failure | null; readonly text: string } {
		const play = new Play(plan, this.#searched, new Coverage(), { isRecorded: true });
		let failure: Failure | null;
		try {
			failure = play.run().failure;
		} catch (error) {
			failure = thrown(error);
		}
		return { failure, text: traceText(play.trace) };
	}
}

function thrown(error: unknown): Failure {
	return { invariant: 0, what: `thrown: ${String(error)}`, client: -1, timeMs: 0 };
}

/** Other pieces of the same octets, client by client. */
function cutOtherwise(plan: Plan, streams: readonly ClientStream[]): (readonly Send[])[] {
	const random = new Random(plan.seed, 1);
	return plan.clients.map(({ sends }, index) => recut(random, sends, streams[index]?.octets.length ?? 0));
}

function recut(random: Random, sends: readonly Send[], length: number): readonly Send[] {
	// What was sent whole is cut; what was cut is sent whole, or at one octet.
	if (sends.length > 0 && random.chance(0.5)) return [];
	if (random.chance(0.3)) return [{ delayMs: 0, length: random.below(length + 1) }];
	const longest = random.chance(0.04) ? 1 : Math.ceil(length / 20);
	return drawPieces(random, length, longest, () => 0);
}
