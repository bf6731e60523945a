// Fuzzes what is remembered of heads: a stream of requests that repeat each other is read the same with the memory and without,
// whole and cut, alone and in turn with others. For tools/fuzz.mjs and test/fuzz.test.ts.

import { Random } from "../../host-sim/virtual/random.js";
import type { CaseOptions } from "./corpus-format.js";
import { checkTrace } from "./corpus-fuzz.js";
import { CorpusServer } from "./corpus-run.js";
import { KEPT_FIELDS, requestStream, streamSegments, TIGHT_LIMITS } from "./fuzz-requests.js";
import { difference, type Finding, type Fuzzer, thrownText } from "./fuzzing.js";
import { octetsOf } from "./octets.js";

/** One way to read the stream. */
interface Way {
	readonly how: string;
	readonly options: CaseOptions;
	readonly segments: readonly Uint8Array[];
	readonly takesTurns: boolean;
}

export class MemoryFuzzer implements Fuzzer {
	readonly #servers = new Map<string, CorpusServer>();
	accepted = 0;
	refused = 0;

	round(seed: number): Finding | null {
		const random = new Random(seed);
		const options = optionsOf(random);
		const stream = requestStream(random);
		const ways = waysOf(random, options, stream);
		let expected = "";
		for (const way of ways) {
			let what: string;
			try {
				const trace = this.#read(way);
				if (way === ways[0]) expected = trace;
				what = difference(expected, trace);
			} catch (error) {
				// Whatever state they are in, nobody else is to meet it.
				this.#servers.clear();
				what = thrownText(error);
			}
			if (what === "") continue;
			const segments = way.segments.map(({ length }) => length).join(" ");
			const made = [
				`options  ${JSON.stringify(way.options)}`,
				`segments ${segments}`,
				`stream   ${JSON.stringify(stream)}`,
			];
			return { seed, what: `${way.how}: ${what}`, made };
		}
		return null;
	}

	/** The trace of the stream, as text. Throws Error for one that must not be. */
	#read({ options, segments, takesTurns }: Way): string {
		const key = JSON.stringify(options);
		const server = this.#servers.get(key) ?? new CorpusServer(options);
		this.#servers.set(key, server);
		const lines = server.run(segments, takesTurns);
		checkTrace(lines);
		if (lines.includes("complete")) this.accepted += 1;
		if (lines.some((line) => line.startsWith("refused "))) this.refused += 1;
		return lines.join("\n");
	}
}

function optionsOf(random: Random): CaseOptions {
	const fields = random.pick([undefined, ...KEPT_FIELDS]);
	return {
		limits: random.pick(TIGHT_LIMITS),
		...(fields !== undefined && { fields }),
		...(random.below(8) === 0 && { trustedGateway: true, targetCharacters: "visible" }),
		...(random.below(4) === 0 && { fin: true }),
	};
}

/** The first is what the others are held against. */
function waysOf(random: Random, options: CaseOptions, stream: readonly string[]): Way[] {
	const forgetful = { ...options, limits: { ...options.limits, rememberedLength: 0 } };
	const whole = [octetsOf(stream.join(""))];
	const requests = stream.map((request) => octetsOf(request));
	const drawn = () => streamSegments(random, stream);
	const takesTurns = false;
	return [
		{ how: "without memory, whole", options: forgetful, segments: whole, takesTurns },
		{ how: "without memory, cut", options: forgetful, segments: drawn(), takesTurns },
		{ how: "whole", options, segments: whole, takesTurns },
		{ how: "request by request", options, segments: requests, takesTurns },
		{ how: "cut", options, segments: drawn(), takesTurns },
		{ how: "cut, in turn with others", options, segments: drawn(), takesTurns: true },
	];
}
