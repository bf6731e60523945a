// Persistence and pipelining (RFC 9112 §9.3): when a connection goes on, in which order, and how much of what follows is
// taken in before its turn.

import { describe, expect, test } from "vitest";
import type { Limits, Ticket } from "../src/index.js";
import { answer, answers, request, serve, statuses, sure, upload } from "./support/exchange.js";

function serveNamed(limits: Partial<Limits> = {}) {
	const tickets: Ticket[] = [];
	const began: string[] = [];
	const served = serve({
		limits,
		routes: {
			"GET /at-once/:name": (one, response) => {
				began.push(one.parameter("name"));
				response.text(one.parameter("name"));
			},
			"* /later/:name": (one, response) => {
				began.push(one.parameter("name"));
				tickets.push(response.defer());
			},
			"PUT /later/upload": {
				onRequest: (_request, response) => {
					tickets.push(response.defer());
				},
				onReadable: (one) => {
					const buffer = new Uint8Array(100);
					while (one.read(buffer) > 0);
				},
			},
			"GET /large": (_request, response) => response.octets(new Uint8Array(10_000)),
		},
	});
	return { ...served, tickets, began };
}

const CLOSE = ["Connection: close"];
const KEEP_ALIVE = ["Connection: keep-alive"];

describe("a connection goes on", () => {
	test.each([
		// version, lines, persists, Connection of the response
		["1.1", [], true, undefined],
		["1.1", KEEP_ALIVE, true, undefined],
		["1.1", CLOSE, false, "close"],
		["1.1", ["Connection: Close"], false, "close"],
		["1.1", ["Connection: keep-alive, close"], false, "close"],
		["1.1", ["Connection: x", "Connection: close"], false, "close"],
		["1.0", [], false, "close"],
		["1.0", KEEP_ALIVE, true, "keep-alive"],
		["1.0", ["Connection: Keep-Alive"], true, "keep-alive"],
		["1.0", ["Connection: keep-alive, close"], false, "close"],
	])("HTTP/%s with %j: %s", (version, lines, persists, connection) => {
		const client = serveNamed().connect();
		client.send(request(`GET /at-once/a HTTP/${version}`, lines));
		expect(answer(client).field("connection")).toBe(connection);
		expect(client.state).toBe(persists ? "open" : "ended");
		client.send(request(`GET /at-once/b HTTP/${version}`, lines));
		expect(statuses(client)).toEqual(persists ? [200, 200] : [200]);
	});

	test("after 404, 405, 500 and 501, whose framing is sound", () => {
		const served = serve({
			routes: {
				"GET /": () => {
					throw new Error("on purpose");
				},
			},
		});
		const client = served.connect();
		for (const line of ["GET /nowhere", "PUT /", "GET /", "FROB /"]) client.send(request(line));
		expect(statuses(client)).toEqual([404, 405, 500, 501]);
		expect(client.state).toBe("open");
	});

	test("not after a broken rule", () => {
		const client = serveNamed().connect();
		client.send(`GET /at-once/a HTTP/1.1\r\n\r\n${request("GET /at-once/b")}`);
		expect(statuses(client)).toEqual([400]);
		expect(client.state).toBe("ended");
	});

	test("for requestsMax requests, the last of which says close", () => {
		const served = serveNamed({ requestsMax: 3 });
		const client = served.connect();
		client.send(request("GET /at-once/a").repeat(5));
		expect(answers(client).map((one) => one.field("connection"))).toEqual([undefined, undefined, "close"]);
		expect(client.state).toBe("ended");
		client.end();
		const again = served.connect();
		again.send(request("GET /at-once/a"));
		expect(answer(again).field("connection")).toBeUndefined();
	});

	test("for ever with a requestsMax of 0", () => {
		const client = serveNamed({ requestsMax: 0 }).connect();
		for (let count = 0; count < 2000; count += 1) client.send(request("GET /at-once/a"));
		expect(statuses(client).length).toBe(2000);
		expect(client.state).toBe("open");
	});
});

describe("pipelined requests", () => {
	test("are answered in order", () => {
		const client = serveNamed().connect();
		client.send(["a", "b", "c"].map((name) => request(`GET /at-once/${name}`)).join(""));
		expect(answers(client).map((one) => one.content)).toEqual(["a", "b", "c"]);
	});

	test("a deferred response holds its place, and the next request is not begun before it is complete", () => {
		const served = serveNamed();
		const client = served.connect();
		client.send(request("GET /later/a") + request("GET /at-once/b") + request("GET /later/c"));
		expect(served.began).toEqual(["a"]);
		expect(client.received).toBe("");
		const response = sure(served.tickets[0]?.response);
		response.begin();
		response.write("a");
		expect(served.began).toEqual(["a"]);
		response.end();
		expect(served.began).toEqual(["a", "b", "c"]);
		expect(answers(client).map((one) => one.content)).toEqual(["a", "b"]);
		sure(served.tickets[1]?.response).text("c");
		expect(answers(client).map((one) => one.content)).toEqual(["a", "b", "c"]);
	});

	test("the next head is not parsed before the last response is complete: its mistake is answered in its turn", () => {
		const served = serveNamed();
		const client = served.connect();
		client.send(`${request("GET /later/a")}bad request\r\n\r\n`);
		expect(client.received).toBe("");
		expect(served.server.slots[0]?.connection.requestCount).toBe(1);
		const { receive } = sure(served.server.slots[0]).connection;
		expect(receive.scanned).toBe(receive.consumed);
		sure(served.tickets[0]?.response).text("a");
		expect(statuses(client)).toEqual([200, 400]);
	});

	test("a head has its length, wherever in the buffer it begins", () => {
		const head = (length: number) => {
			const plain = request("GET /at-once/b", ["X: "]);
			return plain.replace("X: ", `X: ${"x".repeat(length - plain.length)}`);
		};
		for (let rest = 1; rest < 120; rest += 1) {
			for (const [length, status] of [
				[300, 200],
				[301, 431],
			] as const) {
				const limits = { receiveLength: 256, rememberedLength: 0, targetLengthMax: 100, headLengthMax: 300 };
				const client = serveNamed(limits).connect();
				const first = request("GET /at-once/a", ["X: "]);
				const start = `${first.replace("X: ", `X: ${"x".repeat(256 - rest - 2 * first.length)}`)}${first}`;
				client.send(start + head(length));
				expect(statuses(client), `${length} octets, ${rest} of them before the buffer's end`).toEqual([
					200,
					200,
					status,
				]);
			}
		}
	});

	test("the next one is not begun before the client has taken the last response", () => {
		const served = serveNamed();
		const client = served.connect((one) => {
			one.room = 5000;
		});
		client.send(request("GET /large") + request("GET /at-once/b"));
		expect(served.began).toEqual([]);
		client.take(100_000);
		expect(served.began).toEqual(["b"]);
		expect(statuses(client)).toEqual([200, 200]);
	});

	test("are bounded: what does not fit the receive buffer stays with the client", () => {
		const served = serveNamed({ receiveLength: 512, targetLengthMax: 128 });
		const client = served.connect();
		client.send(request("GET /later/a") + request("GET /at-once/b").repeat(500));
		expect(client.transport.unread).toBeGreaterThan(15_000);
		const { unread, readCount } = client.transport;
		served.platform.advance(1000);
		expect(client.transport).toMatchObject({ unread, readCount });
		sure(served.tickets[0]?.response).text("a");
		expect(statuses(client).length).toBe(501);
		expect(client.transport.unread).toBe(0);
	});

	test("after content keep their place too", () => {
		const served = serveNamed();
		const client = served.connect();
		client.send(upload("PUT /later/upload", "x".repeat(5000)) + request("GET /at-once/b"));
		expect(served.began).toEqual([]);
		sure(served.tickets[0]?.response).text("a");
		expect(answers(client).map((one) => one.content)).toEqual(["a", "b"]);
	});

	test("are all answered before a client that has closed its side is let go", () => {
		const served = serveNamed();
		const client = served.connect();
		client.send(request("GET /later/a") + request("GET /at-once/b"));
		client.end();
		sure(served.tickets[0]?.response).text("a");
		expect(answers(client).map((one) => one.content)).toEqual(["a", "b"]);
		expect(client.state).toBe("closed");
	});

	test("behind one that says close are dropped (RFC 9112 §9.6)", () => {
		const served = serveNamed();
		const client = served.connect();
		client.send(request("GET /at-once/a", CLOSE) + request("GET /at-once/b"));
		expect(served.began).toEqual(["a"]);
		expect(statuses(client)).toEqual([200]);
	});

	test("however they are cut, the answers are the same", () => {
		const octets = [
			request("GET /at-once/a"),
			upload("PUT /nowhere", "x".repeat(50)),
			"\r\n",
			request("HEAD /at-once/b"),
			request("GET /at-once/c?d", ["X-Dropped: e"]),
		].join("");
		const methods = ["GET", "PUT", "HEAD", "GET"];
		for (let cut = 0; cut <= octets.length; cut += 1) {
			const client = serveNamed().connect();
			client.send(octets.slice(0, cut));
			client.send(octets.slice(cut));
			expect(statuses(client, methods)).toEqual([200, 404, 200, 200]);
		}
	});
});
