// The double of the SDK's sockets keeps the rules that the server relies on; a board's own sockets are held to the same ones
// (examples/self-test).

import { describe, expect, test } from "vitest";
import { runContract } from "../examples/self-test/contract.js";
import { Network } from "../host-sim/sdk/network.js";
import { SOCKET_PROFILES } from "../host-sim/sdk/profiles.js";
import { DoubleBench } from "./support/sdk-bench.js";

describe.each(SOCKET_PROFILES.map((profile) => [profile.name, profile] as const))("on %s", (_name, profile) => {
	const network = new Network(profile);
	const bench = new DoubleBench(network);
	const results: { name: string; error: unknown }[] = [];
	const skipped: string[] = [];
	let isDone = false;
	runContract(bench, {
		passed: (name) => results.push({ name, error: null }),
		failed: (name, error) => results.push({ name, error }),
		skipped: (name) => skipped.push(name),
		done: () => {
			isDone = true;
		},
	});
	bench.run();

	for (const { name, error } of results) {
		test(name, () => {
			if (error !== null) throw error;
		});
	}

	test("every rule was tried, none skipped", () => {
		expect(isDone).toBe(true);
		expect(skipped).toEqual([]);
		expect(results.length).toBeGreaterThan(20);
	});
});
