// Prints each check on the board's console as it is done, and at the end how many passed: what transcripts/ keeps. For
// board.ts.

import type { Report } from "./contract-bench.js";

/** The SDK's own, in every module. */
declare function trace(text: string): void;

export class ConsoleReport implements Report {
	#passedCount = 0;
	#failedCount = 0;
	#skippedCount = 0;

	passed(name: string): void {
		this.#passedCount += 1;
		trace(`ok ${name}\n`);
	}

	failed(name: string, error: unknown): void {
		this.#failedCount += 1;
		trace(`NOT ${name}\n\t${error instanceof Error ? error.message : String(error)}\n`);
	}

	skipped(name: string): void {
		this.#skippedCount += 1;
		trace(`skip ${name}\n`);
	}

	/** A line of a transcript. */
	note(line: string): void {
		trace(`${line}\n`);
	}

	/** After the last. */
	done(): void {
		trace(`${this.#passedCount} passed, ${this.#failedCount} failed, ${this.#skippedCount} skipped\n`);
	}
}
