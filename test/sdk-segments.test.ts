// A board whose lwIP has memory for two segments, the Pico W: connections take turns, and nothing is lost.

import { describe, expect, test } from "vitest";
import type { SdkClient } from "../host-sim/sdk/client.js";
import { PICO_W } from "../host-sim/sdk/profiles.js";
import { readResponse } from "./support/reader.js";
import { type Board, serveOn } from "./support/sdk.js";

const LENGTH = 20_000;
const CONTENT = new Uint8Array(LENGTH).map((_octet, index) => 97 + (index % 26));
const CLIENTS = 4;

/** What `manifests/manifest_limits.json` says of the board. */
const LIMITS = { connections: CLIENTS, receiveLength: 1460, sendLength: 1460 };

function board(segmentsMax?: number, latencyMs = 1): Board {
	return serveOn(
		PICO_W,
		{
			limits: LIMITS,
			routes: {
				"GET /": (_request, response) => response.octets(CONTENT),
				"GET /short": (_request, response) => response.text("short"),
				"GET /little": {
					onRequest(request, response) {
						request.state = 0;
						response.begin();
					},
					onWritable(request, response) {
						const count = (request.state as number) + 1;
						request.state = count;
						response.write(CONTENT, 0, 3);
						if (count === 200) response.end();
					},
				},
			},
		},
		segmentsMax === undefined ? { latencyMs } : { latencyMs, segmentsMax },
	);
}

function ask({ network }: Board, count: number, path: string): SdkClient[] {
	const clients = Array.from({ length: count }, () => network.connect(80));
	for (const client of clients) client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
	return clients;
}

function contentOf(client: SdkClient): string | undefined {
	return readResponse(client.text, 0, false, false)?.content;
}

const WHOLE = String.fromCharCode(...CONTENT);

describe("on the Pico W", () => {
	test("without turns, clients together lose their responses", () => {
		const free = board();
		const clients = ask(free, CLIENTS, "/");
		free.network.advance(10_000);
		expect(clients.filter((client) => contentOf(client) === WHOLE).length).toBeLessThan(CLIENTS);
	});

	test.each([
		["/", WHOLE],
		["/little", "abc".repeat(200)],
	])("with turns, all of them get %s, again and again", (path, expected) => {
		const fair = board(2);
		const { network } = fair;
		const clients = ask(fair, CLIENTS, path);
		let most = 0;
		for (let round = 0; round < 3; round += 1) {
			for (let time = 0; time < 5000; time += 1) {
				network.advance(1);
				most = Math.max(most, network.memoryUsed);
			}
			expect(clients.map(contentOf)).toEqual(clients.map(() => expected));
			for (const client of clients) {
				client.clear();
				client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
			}
		}
		// Two places are used, and no third one.
		expect(most).toBeGreaterThan(1540);
		expect(most).toBeLessThanOrEqual(2 * 1540);
		expect(fair.faults).toEqual([]);
	});

	test("what is written while something is on its way waits, and is no segment more", () => {
		const fair = board(2, 50);
		const { network } = fair;
		const clients = [network.connect(80), network.connect(80)];
		let most = 0;
		for (let time = 0; time < 3000; time += 1) {
			if (time >= 500 && time < 520 && time % 4 === 0) {
				for (const client of clients) client.send("GET /short HTTP/1.1\r\nHost: a\r\n\r\n");
			}
			network.advance(1);
			most = Math.max(most, network.memoryUsed);
		}
		expect(clients.map(({ text }) => text.split("\r\n\r\nshort").length - 1)).toEqual([5, 5]);
		expect(most).toBe(2 * 1540);
	});

	test("a client that takes nothing keeps its place no longer than its connection", () => {
		const fair = board(2);
		const { network } = fair;
		const stalled = ask(fair, 2, "/");
		network.advance(20);
		for (const client of stalled) client.stop();
		// The other's time ends later than theirs.
		network.advance(500);
		const [other] = ask(fair, 1, "/") as [SdkClient];
		network.advance(200_000);
		expect(contentOf(other)).toBe(WHOLE);
		expect(fair.server.connectionCount).toBeLessThanOrEqual(1);
		for (const client of [other, ...stalled]) client.reset();
		network.advance(200_000);
		expect(network.memoryUsed).toBe(0);
	});

	test("a client that comes while another sends gets its place when the server is told of it", () => {
		const fair = board(2);
		const { network } = fair;
		const sending = network.connect(80);
		// What it sends with its connection is told of 250 ms later (tcp_fasttmr).
		const early = ask(fair, 1, "/short")[0] as SdkClient;
		network.advance(5);
		sending.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
		network.advance(200);
		expect(contentOf(sending)).toBe(WHOLE);
		network.advance(200);
		expect(contentOf(early)).toBe("short");
	});

	test("a client that resets gives its place back", () => {
		const fair = board(2);
		const { network } = fair;
		const gone = ask(fair, 2, "/");
		network.advance(20);
		for (const client of gone) client.stop();
		network.advance(20);
		for (const client of gone) client.reset();
		network.advance(20);
		const [other] = ask(fair, 1, "/") as [SdkClient];
		network.advance(5000);
		expect(contentOf(other)).toBe(WHOLE);
	});

	test("where a write fails all the same, the connection ends, and its place is free", () => {
		const fair = board(2);
		const { network } = fair;
		const clients = ask(fair, 2, "/");
		network.writeFailures = 2;
		network.advance(5000);
		expect(clients.map(({ state }) => state)).toEqual(["reset", "reset"]);
		const [other] = ask(fair, 1, "/") as [SdkClient];
		network.advance(5000);
		expect(contentOf(other)).toBe(WHOLE);
	});
});
