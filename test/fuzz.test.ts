// A bounded part of the fuzzing (tools/fuzz.mjs does as much as one likes).

import { describe, expect, test, vi } from "vitest";
import { FieldSection } from "../src/message/field-section.js";
import { readCorpus } from "./support/corpus-files.js";
import { escapeOctets } from "./support/corpus-format.js";
import { Fuzzer } from "./support/corpus-fuzz.js";

const ROUNDS = 5000;

describe("fuzzing", () => {
	test(`finds nothing in ${ROUNDS} rounds`, () => {
		const fuzzer = new Fuzzer(readCorpus());
		for (let seed = 0; seed < ROUNDS; seed += 1) {
			const finding = fuzzer.round(seed);
			const octets = finding === null ? "" : escapeOctets(finding.octets, 4000);
			expect(finding, `node tools/fuzz.mjs --count 1 --seed ${seed}\n${octets}`).toBeNull();
		}
		// It meets both: what is accepted and what is refused.
		expect(fuzzer.accepted).toBeGreaterThan(ROUNDS / 4);
		expect(fuzzer.refused).toBeGreaterThan(ROUNDS / 4);
	});

	test("does the same again from the same seed", () => {
		const [one, other] = [new Fuzzer(readCorpus()), new Fuzzer(readCorpus())];
		for (let seed = 0; seed < 100; seed += 1) {
			one.round(seed);
			other.round(seed);
		}
		expect([one.accepted, one.refused]).toEqual([other.accepted, other.refused]);
	});

	test("finds a fault that is there", () => {
		// Offsets that stay where they are when the octets move: what is kept hangs on how the head is cut.
		const relocate = vi.spyOn(FieldSection.prototype, "relocateLine").mockImplementation(() => {});
		const fuzzer = new Fuzzer(readCorpus());
		let found = 0;
		for (let seed = 0; seed < ROUNDS; seed += 1) if (fuzzer.round(seed) !== null) found += 1;
		relocate.mockRestore();
		expect(found).toBeGreaterThan(0);
	});
});
