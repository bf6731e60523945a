// What a search has reached: every transition of a connection, every wait whose deadline passed, every rule that was broken,
// every limit. A row without a count is a hole in the search. For the search and whoever prints it.

import { CAUSES, PHASES, transition } from "../../src/connection/states.js";
import { WAITS } from "../../src/connection/waits.js";
import { Violation } from "../../src/message/violation.js";
import { BEHAVIOURS } from "./behaviours.js";

/** Limits that show in no transition, no wait and no rule. */
export const OTHER_LIMITS = [
	"waitTimeoutMs or waitingMax: turned away with 503",
	"tenureMs: evicted from first",
	"tenureMs: evicted from head",
	"tenureMs: evicted from idle",
	"tenureMs: evicted from linger",
	"shutdownTimeoutMs: cut off",
	"requestsMax: the last request allowed",
	"discardLengthMax: content left unread",
] as const;

/** Waits that no deadline ends. */
const ENDLESS = ["nothing"];

function transitions(): string[] {
	const rows: string[] = [];
	for (const [phase, from] of PHASES.entries()) {
		for (const [cause, by] of CAUSES.entries()) {
			try {
				transition(phase, cause);
				rows.push(`${from} × ${by}`);
			} catch {
				// It cannot happen.
			}
		}
	}
	return rows;
}

export class Coverage {
	/** How often each row was reached; all rows there are stand in it. */
	readonly counts: Map<string, number>;

	constructor() {
		const rows = [
			...transitions(),
			...WAITS.filter((wait) => !ENDLESS.includes(wait)).map((wait) => `timeout: ${wait}`),
			...Object.keys(Violation)
				.filter((name) => name !== "valid")
				.map((name) => `rule: ${name}`),
			...OTHER_LIMITS.map((name) => `limit: ${name}`),
			...BEHAVIOURS.map((one) => `handler: ${one.name}`),
		];
		this.counts = new Map(rows.map((row) => [row, 0]));
	}

	reach(row: string): void {
		this.counts.set(row, (this.counts.get(row) ?? 0) + 1);
	}

	add(counts: Iterable<readonly [string, number]>): void {
		for (const [row, count] of counts) this.counts.set(row, (this.counts.get(row) ?? 0) + count);
	}

	/** The rows that were never reached. */
	get empty(): string[] {
		return [...this.counts].filter(([, count]) => count === 0).map(([row]) => row);
	}

	/** A line for each state with its causes, and the rows that are neither. */
	table(): { readonly states: readonly string[]; readonly rows: readonly (readonly [string, number])[] } {
		const width = Math.max(...CAUSES.map((cause) => cause.length)) + 1;
		const states = ["".padEnd(width) + CAUSES.map((cause) => cause.padStart(width)).join("")];
		for (const phase of PHASES) {
			const cells = CAUSES.map((cause) => this.counts.get(`${phase} × ${cause}`) ?? "");
			states.push(phase.padEnd(width) + cells.map((cell) => String(cell).padStart(width)).join(""));
		}
		return { states, rows: [...this.counts].filter(([row]) => !row.includes(" × ")) };
	}
}
