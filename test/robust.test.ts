// A crowd of hostile clients over real sockets: an ordinary one is served all the same, and in time.

import { describe, expect, test } from "vitest";
import { DEFAULT_LIMITS } from "../src/limits.js";
import { get, serving, until } from "./support/net.js";
import { fixtureApp } from "./support/net-app.js";
import type { CrowdCount } from "./support/net-crowd.js";
import { startProcess } from "./support/net-process.js";

const CROWD = 1000;

describe("1,000 clients against 6 slots", () => {
	async function surrounded(kind: "dribble" | "silent"): Promise<void> {
		await serving(fixtureApp(), async (server) => {
			const crowd = await startProcess("net-crowd", [], [String(server.port), String(CROWD), kind]);
			try {
				await crowd.ask("open");
				const latencies: number[] = [];
				const before = await crowd.ask<CrowdCount>("count");
				for (let count = 0; count < 20; count += 1) {
					const { status, latencyMs } = await get(server.port);
					expect(status).toBe(200);
					expect(latencyMs).toBeLessThan(DEFAULT_LIMITS.headTimeoutMs);
					latencies.push(latencyMs);
				}
				const after = await crowd.ask<CrowdCount>("count");
				const worst = Math.max(...latencies);
				const mean = latencies.reduce((sum, latency) => sum + latency, 0) / latencies.length;
				const returned = after.connections - before.connections;
				console.log(
					`${CROWD} ${kind} clients, ${returned} more connections of theirs meanwhile: 20 of 20 answered 200, ` +
						`worst ${Math.round(worst)} ms, mean ${Math.round(mean)} ms; theirs: ${JSON.stringify(after.statuses)}`,
				);
				// The crowd was there all the time, and was kept moving.
				expect(after.open).toBeGreaterThan(CROWD / 2);
				expect(returned).toBeGreaterThan(20);
			} finally {
				await crowd.end();
			}
			await until("every slot is free again", () => server.connectionCount + server.waitingCount === 0);
		});
	}

	test(
		"that dribble a head and come back at once: an ordinary client is answered 200",
		() => surrounded("dribble"),
		240_000,
	);

	test(
		"that say nothing and come back at once: an ordinary client is answered 200",
		() => surrounded("silent"),
		240_000,
	);
});
