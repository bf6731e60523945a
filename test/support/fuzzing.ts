// What the fuzzers have in common: a round is made of its seed alone, so that what it finds can be found again. For
// tools/fuzz.mjs and test/fuzz.test.ts.

/** What one round found wrong. */
export interface Finding {
	readonly seed: number;
	readonly what: string;
	/** What it was made of, a line for each part. */
	readonly made: readonly string[];
}

export interface Fuzzer {
	/** One input, made of `seed`; null when nothing is wrong. */
	round(seed: number): Finding | null;
	/** How many requests were accepted and refused so far: a fuzzer that only meets one of them is no good. */
	readonly accepted: number;
	readonly refused: number;
}

/** What a thrown error says of itself. */
export function thrownText(error: unknown): string {
	return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Where `got` leaves `expected`, with what stands around; "" where they are the same. */
export function difference(expected: string, got: string): string {
	if (expected === got) return "";
	let at = 0;
	while (at < expected.length && expected[at] === got[at]) at += 1;
	const around = (text: string) => JSON.stringify(text.slice(Math.max(0, at - 200), at + 200));
	return `at octet ${at} it is\n  …${around(got)}\nand should be\n  …${around(expected)}`;
}
