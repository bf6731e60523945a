// What the self-test tries, one part after the other. A part is given a report and calls its `done` after its last check.

import { boardBench } from "./board-bench.js";
import { type Report, runContract } from "./contract.js";

/** Runs everything. */
export function run(report: Report): void {
	runContract(boardBench(), report);
}
