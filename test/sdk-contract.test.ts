// The double of the SDK's sockets keeps the rules that the server relies on; a board's own sockets are held to the same ones
// (examples/self-test).

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { runContract } from "../examples/self-test/contract.js";
import type { Report } from "../examples/self-test/contract-bench.js";
import { messageOf } from "../examples/self-test/thrown.js";
import { Network } from "../host-sim/sdk/network.js";
import { LIN, SOCKET_PROFILES } from "../host-sim/sdk/profiles.js";
import { DoubleBench } from "./support/sdk-bench.js";

describe.each(SOCKET_PROFILES.map((profile) => [profile.name, profile] as const))("on %s", (_name, profile) => {
	const network = new Network(profile);
	const bench = new DoubleBench(network);
	const results: { name: string; error: unknown }[] = [];
	const skipped: string[] = [];
	let isDone = false;
	const report: Report = {
		passed: (name) => results.push({ name, error: null }),
		failed: (name, error) => results.push({ name, error }),
		skipped: (name) => skipped.push(name),
	};
	runContract(bench, report, () => {
		isDone = true;
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

	if (profile !== LIN) return;

	test("the SDK's own sockets have kept every rule that could be tried there", () => {
		const transcript = readFileSync(new URL("../examples/self-test/transcripts/lin.txt", import.meta.url), "utf8");
		const lines = transcript.split("\n").filter((line) => /^(ok|skip|NOT) /.test(line));
		const tried = lines.map((line) => line.slice(line.indexOf(" ") + 1));
		expect(lines.filter((line) => line.startsWith("NOT"))).toEqual([]);
		expect(tried).toEqual(results.map(({ name }) => name));
	});
});

test("what a build for the debugger adds to a message is no part of it", () => {
	expect(messageOf(new Error("would block (in write)"))).toBe("would block");
	expect(messageOf(new Error("would block"))).toBe("would block");
	expect(messageOf("text")).toBe("text");
});
