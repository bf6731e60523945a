// `simulate` and its clients: what a client can do, what it hears, what a test can assert.

import { describe, expect, test } from "vitest";
import { SIM_PROFILE_NAMES } from "../host-sim/virtual/profiles.js";
import { simulate } from "../host-sim/virtual/simulation.js";
import { EventStream } from "../src/events/index.js";
import { defineApp } from "../src/index.js";
import { app, uploads } from "./support/sim-app.js";

const GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

describe.each(SIM_PROFILE_NAMES)("a client on %s", (profile) => {
	test("an answer that comes later; a stalled reader is cut off", () => {
		const sim = simulate(app, { profile, seed: 7 });
		const client = sim.connect();
		client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
		sim.advance(3000);
		expect(client.connection?.waitsFor).toBe("handler");
		sim.advance(6000);
		expect(client.responses[0].status).toBe(200);
		client.request("GET", "/long");
		sim.advance(300);
		client.stall();
		sim.advance(2000);
		expect(client.connection).toMatchObject({ phase: "exchange", waitsFor: "send" });
		expect(client.closed).toBe(null);
		sim.advance(20_000);
		expect(client.closed).toBe("aborted");
		expect(client.responses[1].isComplete).toBe(false);
		expect(sim.connections).toEqual([]);
	});

	test("a stream of events does not hold up a shutdown", async () => {
		const stream = new EventStream();
		const sim = simulate(defineApp({ routes: { "GET /events": stream.route } }), { profile, seed: 8 });
		const clients = [sim.connect(), sim.connect()];
		for (const client of clients) client.request("GET", "/events");
		sim.advance(3000);
		stream.send("news");
		sim.advance(3000);
		const start = sim.time;
		let endedAt = Number.POSITIVE_INFINITY;
		void sim.shutDown().then(() => {
			endedAt = sim.time;
		});
		await sim.advanceAsync(9000);
		expect(endedAt - start).toBeLessThan(1000);
		for (const client of clients) {
			expect(client.responses[0].isComplete).toBe(true);
			expect(client.responses[0].text).toContain("data: news\n\n");
		}
		expect(sim.connections).toEqual([]);
	});

	test("requests in one segment, in many, and octet by octet", () => {
		const texts: string[] = [];
		for (const options of [{}, { segmentLength: 1 }, { cuts: [3, 30, 31, 77] }]) {
			const sim = simulate(app, { profile, seed: 1 });
			const client = sim.connect().send(GET + GET + GET, options);
			sim.advance(9000);
			expect(client.responses.map(({ status, text, isComplete }) => [status, text, isComplete])).toEqual([
				[200, "hello\n", true],
				[200, "hello\n", true],
				[200, "hello\n", true],
			]);
			expect(client.owed).toBe(0);
			texts.push(client.received.replace(/Date: .*/g, ""));
		}
		expect(texts).toEqual([texts[0], texts[0], texts[0]]);
	});

	test("a reader that stalls and goes on loses nothing", () => {
		const sim = simulate(app, { profile, seed: 2 });
		const client = sim.connect().stall(900).request("GET", "/big");
		sim.advance(9000);
		expect(client.receivedLength).toBe(900);
		expect(client.connection?.waitsFor).toBe("send");
		client.resume();
		sim.advance(60_000);
		expect(client.responses[0].content.length).toBe(120_000);
		expect(client.responses[0].isComplete).toBe(true);
	});

	test("a reset in the middle of a chunk", () => {
		const sim = simulate(app, { profile, seed: 3 });
		const client = sim.connect().resetAt({ sentLength: 300 });
		sim.advance(400);
		client.request("PUT", "/upload", { content: "y".repeat(1000), chunkLength: 500 });
		sim.advance(3000);
		expect(client.closed).toBe("left");
		expect(uploads.at(-1)?.isOver).toBe(false);
		expect(sim.pool).toMatchObject({ used: 0, waiting: 0, controlBlocks: 0 });
		expect(sim.network.faults).toEqual([]);
	});

	test("garbage costs its own connection only", () => {
		const sim = simulate(app, { profile, seed: 4 });
		const client = sim.connect().garbage(200);
		const other = sim.connect().send(GET);
		sim.advance(30_000);
		expect(client.closed).not.toBe(null);
		expect(other.responses[0].status).toBe(200);
		expect(client.violations).toEqual([]);
		expect(sim.escaped).toEqual([]);
	});

	test("the responses end where the reader says, HEAD included", () => {
		const sim = simulate(app, { profile, seed: 5 });
		const client = sim.connect();
		client.send(`HEAD / HTTP/1.1\r\nHost: x\r\n\r\n${GET}`);
		client.request("GET", "/nowhere", { fields: { Connection: "close" } });
		sim.advance(9000);
		expect(client.responses.map(({ method, status, text }) => [method, status, text])).toEqual([
			["HEAD", 200, ""],
			["GET", 200, "hello\n"],
			["GET", 404, "404 Not Found\n"],
		]);
		expect(client.violations).toEqual([]);
		expect(client.closed).toBe("ended");
	});
});

describe("what a client can do", () => {
	test("trickle: slowly enough, a head is too late", () => {
		const sim = simulate(app);
		const fast = sim.connect().trickle(GET, { intervalMs: 50 });
		const slow = sim.connect().trickle(GET, { intervalMs: 1000 });
		sim.advance(9000);
		expect(fast.responses[0].status).toBe(200);
		expect(slow.connection).toMatchObject({ phase: "head", waitsFor: "head" });
		sim.advance(9000);
		expect(slow.responses[0].status).toBe(408);
	});

	test("trickle, then end: in that order", () => {
		const sim = simulate(app, { profile: "node" });
		const client = sim.connect().trickle(GET, { segmentLength: 5, intervalMs: 10 }).end();
		sim.advance(1000);
		expect(client.responses[0].status).toBe(200);
		expect(client.closed).toBe("ended");
	});

	test("half-close: answered where one side can be closed alone, and not on lwIP", () => {
		for (const [profile, count] of [
			["node", 1],
			["esp32", 0],
		] as const) {
			const sim = simulate(app, { profile });
			const client = sim.connect();
			sim.advance(300);
			client.request("GET", "/wait").end();
			sim.advance(9000);
			expect(client.responses.length).toBe(count);
		}
	});

	test("reset at an octet that it receives", () => {
		const sim = simulate(app);
		const client = sim.connect().resetAt({ receivedLength: 1000 }).request("GET", "/big");
		sim.advance(2000);
		expect(client.receivedLength).toBe(1000);
		expect(client.closed).toBe("left");
		expect(sim.pool.used).toBe(0);
	});

	test("read slowly", () => {
		const sim = simulate(app);
		const client = sim.connect().readSlowly({ length: 100, intervalMs: 10 }).request("GET", "/big");
		sim.advance(1010);
		expect(client.receivedLength).toBeGreaterThan(5000);
		expect(client.receivedLength).toBeLessThanOrEqual(10_000);
		sim.advance(12_000);
		expect(client.responses[0].isComplete).toBe(true);
	});

	test("change its mind on how it reads", () => {
		const sim = simulate(app);
		const client = sim.connect().readSlowly({ length: 1, intervalMs: 1000 }).request("GET", "/big");
		client.resume();
		client.readSlowly({ length: 10, intervalMs: 100 });
		sim.advance(10_050);
		// The one that was planned first came after a second, the others each a tenth of one later.
		expect(client.receivedLength).toBe(10 + 90 * 10);
		client.stall();
		sim.advance(1000);
		expect(client.receivedLength).toBe(10 + 90 * 10);
	});

	test("send on when the server has closed its side", () => {
		const sim = simulate(app, { profile: "node" });
		const client = sim.connect();
		client.request("PUT", "/nowhere", { content: "z", fields: { "Content-Length": "500", Connection: "close" } });
		sim.advance(100);
		expect(client.closed).toBe("ended");
		expect(client.connection?.phase).toBe("linger");
		client.send("zzz").trickle("zz", { intervalMs: 10 });
		sim.advance(100);
		expect(client.wire).toMatch(/→ 3 octets\n +zzz\n(.*\n){4}.*$/);
		expect(client.closed).toBe("ended");
	});

	test("close in good order, with a response on its way", () => {
		const sim = simulate(app);
		const client = sim.connect().request("GET", "/long");
		sim.advance(300);
		client.close();
		sim.advance(20_000);
		expect(client.closed).toBe("left");
		expect(sim.pool).toMatchObject({ used: 0, controlBlocks: 0 });
	});

	test("be refused", () => {
		const sim = simulate(app);
		const client = sim.connect({ port: 81 });
		sim.advance(10);
		expect(client.closed).toBe("refused");
	});

	test("six browsers and one more: the longest idle yields", () => {
		const sim = simulate(app);
		const idle = [0, 1, 2, 3, 4, 5].map(() => {
			const client = sim.connect().send(GET);
			sim.advance(400);
			return client;
		});
		expect(sim.pool).toMatchObject({ slots: 6, used: 6, waiting: 0, controlBlocks: 6 });
		const seventh = sim.connect().send(GET);
		sim.advance(300);
		expect(seventh.responses[0].status).toBe(200);
		expect(idle.map(({ closed }) => closed)).toEqual(["ended", null, null, null, null, null]);
	});
});

describe("what can be asserted", () => {
	test("phases, waits and deadlines", () => {
		const sim = simulate(app);
		const client = sim.connect();
		expect(client.connection).toBe(null);
		client.send("GET / HT");
		sim.advance(300);
		expect(client.connection).toMatchObject({ client: 1, slot: 0, phase: "head", waitsFor: "head", receivedLength: 8 });
		expect(client.connection?.leftMs).toBe(9950);
		client.send("TP/1.1\r\nHost: x\r\n\r\n");
		sim.advance(10);
		expect(client.connection).toMatchObject({ phase: "idle", waitsFor: "request", requestCount: 1 });
		expect(client.connection?.leftMs).toBe(15_000 - 9);
		sim.advance(15_000);
		expect(client.connection).toBe(null);
		expect(client.closed).toBe("ended");
	});

	test("a wait without a limit", () => {
		const silent = defineApp({
			limits: { responseIdleTimeoutMs: 0 },
			routes: {
				"GET /": {
					onRequest: (_request, response) => {
						response.begin();
					},
					onWritable: () => {},
				},
			},
		});
		const sim = simulate(silent);
		const client = sim.connect().send(GET);
		sim.advance(500);
		expect(client.connection).toMatchObject({ phase: "exchange", waitsFor: "response", leftMs: null });
		expect(() => client.responses[1]).toThrow('waits without limit for "response"');
	});

	test("the wire, in a snapshot", () => {
		const sim = simulate(app, { profile: "node", epochMs: Date.UTC(2026, 4, 1) });
		const client = sim.connect();
		client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", { cuts: [10] });
		sim.advance(100);
		expect(client.wire).toMatchInlineSnapshot(`
			"0 ms      → SYN
			1 ms      ← SYN-ACK
			2 ms      → 10 octets
			          GET / HTTP
			2 ms      → 36 octets
			          /1.1␍␊
			          Host: x␍␊
			          Connection: close␍␊
			          ␍␊
			3 ms      ← 140 octets
			          HTTP/1.1 200 OK␍␊
			          Content-Type: text/plain;charset=utf-8␍␊
			          Content-Length: 6␍␊
			          Connection: close␍␊
			          Date: Fri, 01 May 2026 00:00:00 GMT␍␊
			          ␍␊
			          hello␊
			3 ms      ← FIN
			"
		`);
	});

	test("errors that the app was told, and those that escaped", () => {
		const told: unknown[] = [];
		const sim = simulate({ ...app, onError: (error) => told.push(error) });
		sim.connect().request("GET", "/throw");
		sim.connect().request("GET", "/throw-later");
		sim.advance(1000);
		expect(sim.errors.map(String)).toEqual(["Error: a handler's own fault"]);
		expect(told).toEqual(sim.errors);
		expect(sim.escaped.map(String)).toEqual(["Error: a timer's own fault"]);
	});

	test("a response that is not there says why", () => {
		const sim = simulate(app);
		const client = sim.connect();
		expect(() => client.responses[0]).toThrow("it is not connected yet");
		sim.advance(300);
		expect(() => client.response).toThrow("it has sent nothing");
		client.request("GET", "/wait");
		sim.advance(300);
		expect(() => client.responses[0]).toThrow('in phase "exchange" and waits for 29701 ms at most for "handler"');
		client.reset();
		expect(() => client.responses[0]).toThrow("its connection is over (left)");
		expect(client.responses).toHaveLength(0);
	});

	test("a client that is used too late says so", () => {
		const sim = simulate(app);
		const client = sim.connect().end();
		expect(() => client.send(GET)).toThrow("client 1 at 0 ms: it has ended its side");
		client.reset();
		expect(() => client.send(GET)).toThrow("it has left");
		expect(() => client.reset()).toThrow("it has left already");
		expect(() => sim.connect().send("\u0100")).toThrow("character 0 is no octet");
		expect(() => simulate(app, { profile: "esp31" as "esp32" })).toThrow("there is no profile");
	});

	test("the trace", () => {
		const sim = simulate(app, { seed: 9 });
		sim.connect().request("GET", "/nowhere", { fields: { Connection: "close" } });
		sim.advance(3000);
		const { profile, seed, events } = sim.trace;
		expect([profile, seed]).toEqual(["esp32", 9]);
		expect(events.flatMap((event) => (event.kind === "segment" ? [`${event.from} ${event.segment}`] : []))).toEqual([
			"client syn",
			"server syn-ack",
			"client ack",
			"client data",
			"server window",
			"server data",
			"client ack",
			"server fin",
		]);
		const states = events.flatMap((event) => (event.kind === "state" ? [`${event.phase} ${event.wait}`] : []));
		expect(states).toEqual(["first nothing", "flush nothing", "free nothing"]);
		expect(
			events.flatMap((event) => (event.kind === "request" || event.kind === "response" ? [event.text] : [])),
		).toEqual(["GET /nowhere", "404"]);
		expect(() => simulate(app, { isRecorded: false }).trace).toThrow("isRecorded is false");
	});

	test("an app that opens no port has no clients", () => {
		const sim = simulate(defineApp({ routes: {} }), { isUp: false });
		const client = sim.connect();
		sim.advance(500);
		expect(client.isConnected).toBe(false);
		sim.restoreNetwork();
		sim.advance(1000);
		expect(client.isConnected).toBe(true);
	});
});
