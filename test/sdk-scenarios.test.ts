// The double of the SDK's sockets takes every scenario the course that the SDK's own sockets have taken
// (examples/self-test/transcripts).

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { runScenarios } from "../examples/self-test/scenario-run.js";
import { scenarios } from "../examples/self-test/scenarios.js";
import { Network } from "../host-sim/sdk/network.js";
import { LIN } from "../host-sim/sdk/profiles.js";
import { DoubleBench } from "./support/sdk-bench.js";

const TRANSCRIPT = new URL("../examples/self-test/transcripts/lin-scenarios.txt", import.meta.url);

/** What stands under each scenario's heading. */
function coursesOf(text: string): Map<string, string> {
	const courses = new Map<string, string>();
	for (const part of text.split(/^# /m).slice(1)) {
		const end = part.indexOf("\n");
		courses.set(part.slice(0, end), part.slice(end + 1).trimEnd());
	}
	return courses;
}

const real = coursesOf(readFileSync(TRANSCRIPT, "utf8").replace(/^## .*\n/gm, ""));
const lines: string[] = [];
const bench = new DoubleBench(new Network(LIN));
let isDone = false;
runScenarios(
	bench,
	(line) => lines.push(line),
	() => {
		isDone = true;
	},
);
bench.run();
const played = coursesOf(lines.join("\n"));

describe("on lin", () => {
	test.each(scenarios().map(({ name }) => name))("%s", (name) => {
		expect(played.get(name)).toBe(real.get(name));
	});

	test("every scenario was played, here and there", () => {
		expect(isDone).toBe(true);
		expect([...played.keys()]).toEqual(scenarios().map(({ name }) => name));
		expect([...real.keys()]).toEqual([...played.keys()]);
	});
});
