// What the server holds does not grow with what it has served: its heap after 50,000 requests (a million with
// THIMBLE_LONG=1) is within 1 % of what it was after the first 1,000.
//
// How it is measured: the server runs in a Node process of its own, the clients here. V8 may neither compile (--jitless)
// nor drop byte code, and collects type feedback from the first call on: otherwise its own growth, over minutes, is
// larger than the bound. `heapUsed` is read when no connection is left, after forced collections, a tenth of a second
// apart, until two in a row leave the same. There is no warm-up beside the first 1,000 requests.

import { expect, test } from "vitest";
import { RawClient, until } from "./support/net.js";
import type { HeapUse } from "./support/net-heap.js";
import { startProcess } from "./support/net-process.js";

const FIRST = 1000;
const ALL = process.env.THIMBLE_LONG === "1" ? 1_000_000 : 50_000;
const TOLERANCE = 0.01;

/** Requests of one connection, pipelined; the last one is refused and ends it. */
const PER_CONNECTION = 100;

const V8_OPTIONS = ["--expose-gc", "--jitless", "--no-flush-bytecode", "--no-lazy-feedback-allocation"];

const KINDS: readonly ((index: number) => string)[] = [
	() => "GET / HTTP/1.1\r\nHost: a\r\nCookie: dropped=1\r\n\r\n",
	(index) => `GET /asset/${index} HTTP/1.1\r\nHost: a\r\n\r\n`,
	(index) => `POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: ${index % 700}\r\n\r\n${"x".repeat(index % 700)}`,
	() => "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n",
	() => "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
	() => "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n",
	() => "DELETE / HTTP/1.1\r\nHost: a\r\n\r\n",
];

async function serveConnection(port: number, first: number): Promise<void> {
	const client = await RawClient.connected(port);
	let requests = "";
	for (let index = first; index < first + PER_CONNECTION - 1; index += 1) {
		requests += KINDS[index % KINDS.length]?.(index);
	}
	client.send(`${requests}GET / HTTP/1.1\r\nHost : a\r\n\r\n`);
	await until("the last answer", () => client.hasEnded, 30_000);
	client.close();
	expect(client.received.split("HTTP/1.1 ")).toHaveLength(PER_CONNECTION + 1);
	expect(client.received).toContain("HTTP/1.1 400 Bad Request\r\n");
}

test(`${ALL.toLocaleString("en")} requests leave the heap as large as the first ${FIRST.toLocaleString("en")} did`, async () => {
	const server = await startProcess("net-heap", V8_OPTIONS, []);
	try {
		const port = await server.ask<number>("port");
		let sent = 0;
		const serve = async (count: number): Promise<HeapUse> => {
			const client = async (): Promise<void> => {
				while (sent < count) {
					const first = sent;
					sent += PER_CONNECTION;
					await serveConnection(port, first);
				}
			};
			await Promise.all([client(), client(), client(), client()]);
			return server.ask<HeapUse>("heap");
		};
		const before = await serve(FIRST);
		const after = await serve(ALL);
		const growth = after.heapUsed / before.heapUsed - 1;
		console.log(
			`heap after ${FIRST} requests: ${before.heapUsed}; after ${sent}: ${after.heapUsed} (${(growth * 100).toFixed(2)} %); ` +
				`buffers outside it: ${before.arrayBuffers}, ${after.arrayBuffers}`,
		);
		expect(Math.abs(growth)).toBeLessThan(TOLERANCE);
		expect(after.arrayBuffers).toBeLessThanOrEqual(before.arrayBuffers * (1 + TOLERANCE));
	} finally {
		await server.end();
	}
}, 600_000);
