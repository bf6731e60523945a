// Clients that behave badly one by one, over real sockets: none of them keeps a slot it has no use for.

import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { defineApp } from "../src/app/app.js";
import { DEFAULT_LIMITS } from "../src/limits.js";
import type { Server } from "../src/server/server.js";
import { connectionsServed, get, RawClient, serving, until } from "./support/net.js";
import { fixtureApp, GREETING } from "./support/net-app.js";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/** What a TLS client says first. */
const TLS_HELLO = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";

async function many(count: number, port: number, each: (client: RawClient) => void): Promise<RawClient[]> {
	const clients = await Promise.all(Array.from({ length: count }, () => RawClient.connected(port)));
	clients.forEach(each);
	return clients;
}

async function isEmpty(server: Server): Promise<void> {
	await until("no connection is left", () => server.connectionCount + server.waitingCount === 0);
}

/** Numbers that look random and are the same in every run. */
function generator(seed: number): (below: number) => number {
	let state = seed;
	return (below) => {
		state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
		return (state >>> 8) % below;
	};
}

describe("six slots are not held by", () => {
	test("TLS clients: the first octet ends them, without an answer", async () => {
		await serving(fixtureApp(), async (server) => {
			const clients = await many(20, server.port, (client) => client.send(TLS_HELLO));
			await until("all are sent away", () => clients.every((client) => client.hasEnded), 1000);
			expect(clients.map((client) => client.received).join("")).toBe("");
			await until("all slots are free", () => server.connectionCount === 0, 1000);
			for (const client of clients) client.close();
		});
	});

	test("a port scan that connects and closes", async () => {
		await serving(fixtureApp(), async (server) => {
			for (const client of await many(100, server.port, () => {})) client.close();
			await isEmpty(server);
			expect((await get(server.port)).status).toBe(200);
		});
	});

	test("a port scan that connects and stays silent", async () => {
		await serving(fixtureApp(), async (server) => {
			const clients = await many(50, server.port, () => {});
			const { status, latencyMs } = await get(server.port);
			expect(status).toBe(200);
			expect(latencyMs).toBeLessThan(1000);
			for (const client of clients) client.close();
			await isEmpty(server);
		});
	});

	test("the six idle connections of a browser: a seventh client is served at once", async () => {
		await serving(fixtureApp(), async (server) => {
			const browser = await many(6, server.port, (client) => client.send(GET));
			await until("six answers", () => browser.every((client) => client.received.endsWith(GREETING)));
			expect(server.connectionCount).toBe(6);
			expect(browser.some((client) => client.hasEnded)).toBe(false);
			const { status, latencyMs } = await get(server.port);
			expect(status).toBe(200);
			expect(latencyMs).toBeLessThan(250);
			// One of the six made room, the others are as they were.
			await until("one is closed", () => browser.filter((client) => client.hasEnded).length === 1);
			const rest = browser.filter((client) => !client.hasEnded);
			for (const client of rest) client.send(GET);
			await until("five answers", () => rest.every((client) => client.received.split(GREETING).length === 3));
			for (const client of browser) client.close();
		});
	});

	test("silent clients, for longer than the head's deadline, when nobody else waits", async () => {
		await serving(fixtureApp({ headTimeoutMs: 300 }), async (server) => {
			const clients = await many(6, server.port, () => {});
			const start = performance.now();
			await isEmpty(server);
			expect(performance.now() - start).toBeGreaterThan(250);
			expect(clients.map((client) => client.received).join("")).toBe("");
			for (const client of clients) client.close();
		});
	});
});

describe("a client that does not read", () => {
	/** Answers with a stream that never ends by itself, and notes how the requests came to an end. */
	function endless(ends: unknown[]) {
		const piece = new Uint8Array(1000).fill(0x61);
		return defineApp({
			limits: { sendTimeoutMs: 500 },
			routes: {
				"GET /": (_request, response) => {
					response.text(GREETING);
				},
				"GET /endless": {
					onRequest: (_request, response) => {
						response.begin();
					},
					onWritable: (_request, response, room) => {
						response.write(piece, 0, Math.min(room, piece.length));
					},
					onError: (_request, error) => {
						ends.push(error);
					},
				},
			},
		});
	}

	test("is cut off after sendTimeoutMs, while others are served", async () => {
		const ends: unknown[] = [];
		await serving(endless(ends), async (server) => {
			const clients = await many(5, server.port, (client) => {
				client.socket.pause();
				client.send("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n");
			});
			await until("all five are served", () => server.connectionCount === 5);
			const start = performance.now();
			while (server.connectionCount >= 5) {
				const { status, latencyMs } = await get(server.port);
				expect(status).toBe(200);
				expect(latencyMs).toBeLessThan(500);
				expect(performance.now() - start).toBeLessThan(10_000);
				await sleep(20);
			}
			await isEmpty(server);
			expect(ends).toHaveLength(5);
			for (const client of clients) client.close();
		});
	});

	test("of pipelined answers holds back its own requests, and gets all of them once it reads", async () => {
		await serving(fixtureApp(), async (server) => {
			const client = await RawClient.connected(server.port);
			client.socket.pause();
			const count = 40;
			for (let index = 0; index < count; index += 1) client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
			await until("the server has begun", () => server.connectionCount === 1);
			await sleep(100);
			expect((await get(server.port)).status).toBe(200);
			client.socket.resume();
			const ends = (): number => client.received.split("\r\n0\r\n\r\n").length - 1;
			await until("every answer", () => ends() === count, 20_000);
			expect(client.received.match(/HTTP\/1\.1 200 OK\r\n/g)).toHaveLength(count);
			client.close();
		});
	});
});

describe("resets", () => {
	const REQUESTS = [
		GET,
		`${GET}${GET}${GET}`,
		"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3000\r\n\r\n".padEnd(3060, "x"),
		`POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${"5\r\nhello\r\n".repeat(50)}0\r\nX: y\r\n\r\n`,
		"PUT /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
		"GET /stream HTTP/1.1\r\nHost: a\r\n\r\n",
	];

	test("at random octets of 600 requests leave every slot free, and no complaint", async () => {
		const app = fixtureApp();
		const complaints: unknown[] = [];
		await serving({ ...app, onError: (error) => complaints.push(error) }, async (server) => {
			const random = generator(20_261_122);
			for (let round = 0; round < 100; round += 1) {
				const clients = await many(6, server.port, (client) => {
					const request = REQUESTS[random(REQUESTS.length)] as string;
					client.send(request.slice(0, random(request.length + 1)));
				});
				if (random(2) === 0) await sleep(random(4));
				for (const client of clients) client.reset();
			}
			await isEmpty(server);
			expect(connectionsServed(server)).toBeGreaterThan(100);
			expect(complaints).toEqual([]);
			expect(await get(server.port)).toMatchObject({ status: 200 });
		});
	});

	test("in the middle of an answer tell the handler", async () => {
		const ends: unknown[] = [];
		const app = defineApp({
			routes: {
				"GET /": {
					onRequest: (_request, response) => {
						response.begin(10);
						response.write("12345");
					},
					onWritable: () => {},
					onError: (_request, error) => {
						ends.push(error);
					},
				},
			},
		});
		await serving(app, async (server) => {
			const client = await RawClient.connected(server.port);
			client.send(GET);
			await until("half of the answer", () => client.received.endsWith("12345"));
			client.reset();
			await until("the handler is told", () => ends.length === 1, DEFAULT_LIMITS.headTimeoutMs);
			expect(String(ends[0])).toContain("the client has gone");
			await isEmpty(server);
		});
	});
});
