// The self-test's part with the conformance corpus: packed as for firmware, run on the double of the SDK's sockets.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { runCorpus } from "../examples/self-test/corpus-run.js";
import { Network } from "../host-sim/sdk/network.js";
import { LIN, SOCKET_PROFILES, type SocketProfile } from "../host-sim/sdk/profiles.js";
import type { AppOptions } from "../src/app/app.js";
import { readCorpus } from "./support/corpus-files.js";
import { serveOn } from "./support/sdk.js";
import { DoubleBench } from "./support/sdk-bench.js";

const folder = mkdtempSync(join(tmpdir(), "thimble-packed-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
execFileSync(process.execPath, [
	fileURLToPath(new URL("../examples/self-test/pack-corpus.mjs", import.meta.url)),
	folder,
]);
const { OPTIONS, PARTS } = (await import(
	pathToFileURL(join(folder, "corpus-cases.js")).href
)) as typeof import("../examples/self-test/corpus-cases.js");

interface Results {
	passed: number;
	readonly failures: string[];
	readonly skipped: string[];
}

function runOn(profile: SocketProfile, parts: readonly string[]): Results {
	const network = new Network(profile);
	const bench = new DoubleBench(network);
	const results: Results = { passed: 0, failures: [], skipped: [] };
	let isDone = false;
	runCorpus(
		{
			bench,
			options: OPTIONS,
			parts,
			// The types are those of the package, which is built of these sources.
			serve: (app, port) => serveOn(profile, app as unknown as AppOptions, { network, server: { port } }).server,
		},
		{
			passed: () => {
				results.passed += 1;
			},
			failed: (name, error) => results.failures.push(`${name}: ${String(error)}`),
			skipped: (name) => results.skipped.push(name),
		},
		() => {
			isDone = true;
		},
	);
	bench.run();
	expect(isDone).toBe(true);
	expect(network.faults).toEqual([]);
	return results;
}

describe("the packed corpus", () => {
	test.each(SOCKET_PROFILES.map((profile) => [profile.name, profile] as const))("passes on %s", (_name, profile) => {
		const { passed, failures, skipped } = runOn(profile, PARTS);
		const cases = readCorpus();
		expect(failures).toEqual([]);
		// Clients that close their side can be answered on Linux only.
		expect(skipped.length).toBe(profile === LIN ? 0 : 2 * cases.filter((one) => one.options.fin).length);
		expect(passed + skipped.length).toBe(2 * cases.length);
	});

	test.each([
		["what the app is told", 2, "request ", "request A"],
		["what the client gets", 3, "200 keep", "200 close"],
		["the octets", 1, "HTTP/1.1", "HTTP/2.1"],
	])("is seen to fail when %s is another", (_what, part, from, to) => {
		const [profile] = SOCKET_PROFILES as [SocketProfile];
		const start = PARTS.findIndex((text, index) => index % 4 === part && text.includes(from));
		const one = PARTS.slice(start - part, start - part + 4);
		expect(runOn(profile, one).failures).toEqual([]);
		const changed = one.map((text, index) => (index === part ? text.replace(from, to) : text));
		expect(runOn(profile, changed).failures).toHaveLength(2);
	});
});
