// What a search has reached: every transition of a connection, every wait whose deadline passed, every rule that was broken,
// every limit. A row without a count is a hole in the search. For the search and whoever prints it.

import { CAUSES, PHASES, transition } from "../../src/connection/states.js";
import { WAITS } from "../../src/connection/waits.js";
import { Violation } from "../../src/message/violation.js";
import { BEHAVIOURS } from "./behaviours.js";
import { MISHAPS } from "./plan.js";

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

/** What the network can be like, and the clock. */
export const WEATHER = ["jitter", "bandwidth", "bursts of loss", "a clock that wraps"] as const;

/** The phases in which a connection can be when something befalls the device. */
const BEFALLEN = ["first", "idle", "head", "exchange", "flush", "linger", "detached"] as const;

/** Waits that no deadline ends. */
const ENDLESS = ["nothing"];

/** The row of each transition: made once, since a transition happens at every step of every connection. */
const TRANSITION_ROWS: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map(
	PHASES.map((from) => [from, new Map(CAUSES.map((by) => [by, `${from} × ${by}`]))]),
);

/** The row of a transition: from a phase of PHASES, by a cause of CAUSES. */
export function transitionRow(phase: string, cause: string): string {
	return TRANSITION_ROWS.get(phase)?.get(cause) as string;
}

function transitions(): string[] {
	const rows: string[] = [];
	for (const [phase, from] of PHASES.entries()) {
		for (const [cause, by] of CAUSES.entries()) {
			try {
				transition(phase, cause);
				rows.push(transitionRow(from, by));
			} catch {
				// It cannot happen.
			}
		}
	}
	return rows;
}

/** The row of a mishap that befalls the device while a connection is in that phase. */
export function mishap(kind: string, phase: string): string {
	return `${phase} + ${kind}`;
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
			...WEATHER.map((name) => `weather: ${name}`),
			...MISHAPS.flatMap((kind) => BEFALLEN.map((phase) => mishap(kind, phase))),
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

	/** A line for each state with its causes, one with the mishaps that befell it, and the rows that are neither. */
	table(): {
		readonly states: readonly string[];
		readonly mishaps: readonly string[];
		readonly rows: readonly (readonly [string, number])[];
	} {
		return {
			states: this.#lines(PHASES, CAUSES, (phase, cause) => `${phase} × ${cause}`),
			mishaps: this.#lines(BEFALLEN, MISHAPS, (phase, kind) => mishap(kind, phase)),
			rows: [...this.counts].filter(([row]) => !/ [×+] /.test(row)),
		};
	}

	#lines(
		names: readonly string[],
		columns: readonly string[],
		rowOf: (name: string, column: string) => string,
	): readonly string[] {
		const width = Math.max(...columns.map((column) => column.length)) + 1;
		const lines = ["".padEnd(width) + columns.map((column) => column.padStart(width)).join("")];
		for (const name of names) {
			const cells = columns.map((column) => this.counts.get(rowOf(name, column)) ?? "");
			lines.push(name.padEnd(width) + cells.map((cell) => String(cell).padStart(width)).join(""));
		}
		return lines;
	}
}
