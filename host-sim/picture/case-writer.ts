// Makes a case of what happens, step by step, each with its time. For `thimble-sim record`, and for whoever has a simulation
// that is worth keeping.

import type { Case, CaseStep } from "./case.js";

/** To the microsecond: finer than that, differences of times are noise. */
const UNITS_PER_MS = 1000;

export class CaseWriter {
	readonly #head: Omit<Case, "steps">;
	readonly #steps: CaseStep[] = [];
	/** In microseconds, so that the times add up. */
	#time = 0;

	constructor(head: Omit<Case, "steps">) {
		this.#head = head;
	}

	/** A step at `time`, in milliseconds since the beginning; not before the one before. */
	add(time: number, step: CaseStep): void {
		this.#advance(time);
		this.#steps.push(step);
	}

	/** The case, which goes on until `time`. */
	finish(time: number): Case {
		this.#advance(time);
		return { ...this.#head, steps: [...this.#steps] };
	}

	#advance(time: number): void {
		const units = Math.round(time * UNITS_PER_MS) - this.#time;
		if (units <= 0) return;
		this.#time += units;
		this.#steps.push({ do: "advance", ms: units / UNITS_PER_MS });
	}
}
