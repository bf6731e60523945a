// The conformance corpus as pack-corpus.mjs has packed it: cases are unpacked one at a time, when they are run.

/** What the server under a case is made with, beside the defaults. */
export interface PackedOptions {
	readonly limits?: Readonly<Record<string, number>>;
	readonly fields?: readonly string[];
	readonly trustedGateway?: boolean;
	readonly targetCharacters?: "rfc3986" | "visible";
}

export interface PackedCase {
	readonly name: string;
	/** Which of the option sets. */
	readonly optionsIndex: number;
	/** Whether the client closes its side behind the last octet. */
	readonly endsWithFin: boolean;
	/** A character for each octet. */
	readonly octets: string;
	/** What the app is told. */
	readonly told: readonly string[];
	/** What the client sees: "interim 100", "200 keep", "closed"; with " head" or " old" for what it asked. */
	readonly received: readonly string[];
}

const PARTS_PER_CASE = 4;
const RUN_BASE = 0x100;
const LINE_END = "\u0101";

/** How many cases `parts` holds. */
export function caseCount(parts: readonly string[]): number {
	return parts.length / PARTS_PER_CASE;
}

/** The case at `index`. */
export function unpackCase(parts: readonly string[], index: number): PackedCase {
	const start = index * PARTS_PER_CASE;
	const [options = "", fin, ...name] = (parts[start] as string).split(" ");
	return {
		name: name.join(" "),
		optionsIndex: Number(options),
		endsWithFin: fin === "1",
		octets: unpackRuns(parts[start + 1] as string),
		told: linesOf(unpackRuns(parts[start + 2] as string)),
		received: linesOf(parts[start + 3] as string),
	};
}

function linesOf(text: string): string[] {
	return text === "" ? [] : text.split(LINE_END);
}

function unpackRuns(packed: string): string {
	const [first = "", ...runs] = packed.split("\u0100");
	return first + runs.map((run) => run.charAt(0).repeat(run.charCodeAt(1) - RUN_BASE) + run.slice(2)).join("");
}
