// A server in a process of its own (net-process.ts, with --expose-gc), whose heap is measured. Asked "port", it answers
// with the port; asked "heap", with a HeapUse, taken when no connection is left and everything unused is collected.

import { setTimeout as sleep } from "node:timers/promises";
import { listen } from "../../platform/node/listen.js";
import { fixtureApp } from "./net-app.js";

/** What a process holds, in octets. */
export interface HeapUse {
	readonly heapUsed: number;
	/** Buffers outside the heap. */
	readonly arrayBuffers: number;
}

/** Collections go on until two in a row leave the same, give or take this. */
const STEADY_LENGTH = 1024;

const COLLECTION_INTERVAL_MS = 100;
const COLLECTIONS_MAX = 50;

const server = listen(fixtureApp(), { port: 0, address: "127.0.0.1" });

async function heapUse(): Promise<HeapUse> {
	let before = 0;
	for (let count = 0; count < COLLECTIONS_MAX; count += 1) {
		// Closed sockets leave the process only after a while.
		await sleep(COLLECTION_INTERVAL_MS);
		globalThis.gc?.();
		const { heapUsed, arrayBuffers } = process.memoryUsage();
		const isSteady = Math.abs(heapUsed - before) < STEADY_LENGTH && server.connectionCount === 0;
		if (isSteady) return { heapUsed, arrayBuffers };
		before = heapUsed;
	}
	throw new Error(`the heap is not steady after ${COLLECTIONS_MAX} collections`);
}

process.on("message", async (question) => {
	if (question === "port") {
		while (server.port === 0) await sleep(1);
		process.send?.(server.port);
	} else process.send?.(await heapUse());
});
process.on("disconnect", () => process.exit());
