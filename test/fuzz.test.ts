// A bounded part of the fuzzing (tools/fuzz.mjs does as much as one likes).

import { describe, expect, test, vi } from "vitest";
import { FieldMemo } from "../src/message/field-memo.js";
import { FieldSection } from "../src/message/field-section.js";
import { RequestLineOctets } from "../src/message/request-line-octets.js";
import { fuzzers } from "./support/fuzzers.js";
import type { Fuzzer } from "./support/fuzzing.js";

/** How many rounds take about a second or two. */
const ROUNDS: Readonly<Record<string, number>> = { corpus: 5000, memory: 1200, sharing: 1500 };

/** A fault that each has to find. */
const FAULTS: Readonly<Record<string, () => { mockRestore(): void }>> = {
	// Offsets that stay where they are when the octets move: what is kept hangs on how the head is cut.
	corpus: () => vi.spyOn(FieldSection.prototype, "relocateLine").mockImplementation(() => {}),
	// The octets of a head move, and what the memory knows of their places stays.
	memory: () => vi.spyOn(FieldMemo.prototype, "moved").mockImplementation(() => {}),
	// What one connection has read of its request line is lost when it is another's turn.
	sharing: () => vi.spyOn(RequestLineOctets.prototype, "save").mockImplementation(() => {}),
};

describe.each(Object.entries(fuzzers()))("fuzzing: %s", (name, make) => {
	const rounds = ROUNDS[name] as number;

	test(`finds nothing in ${rounds} rounds`, () => {
		const fuzzer = make();
		for (let seed = 0; seed < rounds; seed += 1) {
			const finding = fuzzer.round(seed);
			expect(finding, `node tools/fuzz.mjs --only ${name} --count 1 --seed ${seed}\n${finding?.what}`).toBeNull();
		}
		// It meets both: what is accepted and what is refused.
		expect(fuzzer.accepted).toBeGreaterThan(rounds / 4);
		expect(fuzzer.refused).toBeGreaterThan(rounds / 4);
	});

	test("does the same again from the same seed", () => {
		const met = ({ accepted, refused }: Fuzzer) => [accepted, refused];
		const [one, other] = [make(), make()];
		for (let seed = 0; seed < 100; seed += 1) {
			one.round(seed);
			other.round(seed);
			expect(met(one)).toEqual(met(other));
		}
	});

	test("finds a fault that is there", () => {
		const fault = (FAULTS[name] as () => { mockRestore(): void })();
		const fuzzer = make();
		let found = 0;
		for (let seed = 0; seed < rounds && found === 0; seed += 1) if (fuzzer.round(seed) !== null) found += 1;
		fault.mockRestore();
		expect(found).toBeGreaterThan(0);
	});
});
