// Fuzzes the server in virtual time: heads and chunked streams made of the corpus's, changed at random and cut at random.
// What it does is decided by a seed alone, so that a failure can be run again. For tools/fuzz.mjs and test/fuzz.test.ts.

import { mutated } from "../../host-sim/search/mutation.js";
import { Random } from "../../host-sim/virtual/random.js";
import type { CaseOptions, CorpusCase } from "./corpus-format.js";
import { escapeOctets } from "./corpus-format.js";
import { CorpusServer } from "./corpus-run.js";
import { type Finding, type Fuzzer, thrownText } from "./fuzzing.js";
import { octetsOf } from "./octets.js";

/** What is fuzzed with: each has a server of its own. */
const OPTIONS: readonly CaseOptions[] = [
	{},
	{ fields: ["host", "x-sum"] },
	{ fields: [], limits: { receiveLength: 256, targetLengthMax: 128 } },
	{ targetCharacters: "visible", trustedGateway: true },
	{ limits: { receiveLength: 256, targetLengthMax: 128, contentLengthMax: 40, chunkExtensionLengthMax: 12 } },
	{ fin: true },
	{ fin: true, limits: { requestsMax: 2, trailerSectionLengthMax: 30, fieldLinesMax: 4 } },
];

/** The longest input in octets. */
const LENGTH_MAX = 3000;

export class CorpusFuzzer implements Fuzzer {
	readonly #seeds: readonly string[];
	#servers = new Map<CaseOptions, CorpusServer>();
	accepted = 0;
	refused = 0;

	constructor(cases: readonly CorpusCase[]) {
		this.#seeds = cases.filter((one) => one.octets.length <= LENGTH_MAX).map((one) => one.octets);
	}

	round(seed: number): Finding | null {
		const random = new Random(seed);
		const options = random.pick(OPTIONS);
		const octets = this.#input(random);
		const cut = segmentsOf(random, octets.length);
		let segments = [octets.length];
		try {
			const whole = this.#check(options, octets, segments);
			segments = cut;
			const parts = this.#check(options, octets, segments);
			if (parts.join("\n") !== whole.join("\n")) {
				throw new Error(`the trace is\n${show(parts)}\nin segments, and whole\n${show(whole)}`);
			}
			return null;
		} catch (error) {
			// Whatever state it is in, nobody else is to meet it.
			this.#servers = new Map();
			const made = [
				`options  ${JSON.stringify(options)}`,
				`segments ${segments.join(" ")}`,
				`octets   ${escapeOctets(octets, 20_000)}`,
			];
			return { seed, what: thrownText(error), made };
		}
	}

	#input(random: Random): string {
		let octets = random.below(4) === 0 ? chunkedRequest(random) : random.pick(this.#seeds);
		if (random.below(4) === 0) octets += random.pick(this.#seeds);
		for (let count = random.below(4); count > 0; count -= 1) octets = this.#change(random, octets);
		return octets.slice(0, LENGTH_MAX);
	}

	#change(random: Random, octets: string): string {
		if (random.below(8) > 0) return mutated(random, octets);
		const other = random.pick(this.#seeds);
		return octets.slice(0, random.below(octets.length + 1)) + other.slice(random.below(other.length));
	}

	/** Runs the input and looks at what came of it. Throws Error for what must not be. */
	#check(options: CaseOptions, octets: string, segments: readonly number[]): readonly string[] {
		let server = this.#servers.get(options);
		if (server === undefined) {
			server = new CorpusServer(options);
			this.#servers.set(options, server);
		}
		const lines = server.run(cut(octetsOf(octets), segments));
		checkTrace(lines);
		if (lines.includes("complete")) this.accepted += 1;
		if (lines.some((line) => line.startsWith("refused "))) this.refused += 1;
		return lines;
	}
}

/** What holds of every trace: no fault, at most one refusal, its response the last, and nothing after a close. */
export function checkTrace(lines: readonly string[]): void {
	const fail = (what: string): never => {
		throw new Error(`${what}:\n${show(lines)}`);
	};
	if (lines.some((line) => line.startsWith("fault "))) fail("a fault");
	const refused = lines.findIndex((line) => line.startsWith("refused "));
	if (refused >= 0) {
		if (lines.length !== refused + 2) fail("a refusal is followed by one response and the end");
		if (!/^response [45]\d\d close$/.test(lines[refused + 1] as string)) fail("a refusal is answered 4xx or 5xx");
	}
	const close = lines.findIndex((line) => /^response \d+ close$/.test(line));
	if (close >= 0 && close !== lines.length - 1) fail("something comes after the last response");
	const responses = lines.filter((line) => line.startsWith("response ")).length;
	const requests = lines.filter((line) => line.startsWith("request ")).length;
	if (responses > requests + (refused >= 0 ? 1 : 0)) fail("more responses than requests");
}

function show(lines: readonly string[]): string {
	return lines.map((line) => `  ${escapeOctets(line, 200)}`).join("\n");
}

/** A chunked request with random chunks, extensions and trailers, valid but for the odd slip. */
function chunkedRequest(random: Random): string {
	let octets = `POST /${random.below(100)} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`;
	for (let count = random.below(6); count > 0; count -= 1) {
		const length = 1 + random.below(random.below(3) === 0 ? 400 : 12);
		octets += "0".repeat(random.below(3)) + length.toString(16) + extension(random);
		octets += `\r\n${random.pick(["x", "\r\n", "\0", "\xff"]).repeat(length).slice(0, length)}\r\n`;
	}
	octets += `${"0".repeat(1 + random.below(2))}${extension(random)}\r\n`;
	for (let count = random.below(3); count > 0; count -= 1) octets += `X-Sum:${" ".repeat(random.below(3))}1\r\n`;
	return `${octets}\r\n`;
}

function extension(random: Random): string {
	return random.pick(["", "", "", ";a", " ; a = b", ';a="b;\\""', ";a;b=c", "\t;a\t=\tb"]);
}

/** The lengths of random segments that make `length` together. */
export function segmentsOf(random: Random, length: number): number[] {
	const segments: number[] = [];
	const longest = random.pick([1, 2, 5, 30, 300, 3000]);
	for (let rest = length; rest > 0; ) {
		const segment = Math.min(rest, 1 + random.below(longest));
		segments.push(segment);
		rest -= segment;
	}
	return segments;
}

export function* cut(octets: Uint8Array, segments: readonly number[]): Iterable<Uint8Array> {
	let start = 0;
	for (const length of segments) {
		yield octets.subarray(start, start + length);
		start += length;
	}
}
