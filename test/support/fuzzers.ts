// The fuzzers by name. For tools/fuzz.mjs and test/fuzz.test.ts.

import { readCorpus } from "./corpus-files.js";
import { CorpusFuzzer } from "./corpus-fuzz.js";
import type { Fuzzer } from "./fuzzing.js";
import { MemoryFuzzer } from "./memory-fuzz.js";
import { SharingFuzzer } from "./sharing-fuzz.js";

/** `corpus`: where the corpus is. */
export function fuzzers(corpus?: string): Readonly<Record<string, () => Fuzzer>> {
	return {
		corpus: () => new CorpusFuzzer(readCorpus(corpus)),
		memory: () => new MemoryFuzzer(),
		sharing: () => new SharingFuzzer(),
	};
}
