// A prebuilt response that leaves at once ends its request in one step (Connection.answerAtOnce). Nobody can tell: a handler
// that sends the same response goes the long way, and everything is the same.

import { describe, expect, test } from "vitest";
import { type AppOptions, type Limits, prebuild } from "../src/index.js";
import type { SlotObserver } from "../src/server/host.js";
import { request, type Served, serve, upload } from "./support/exchange.js";
import type { VirtualClient } from "./support/virtual.js";

const PAGE = prebuild({ content: "x".repeat(300), fields: { "X-Page": "1" } });

const HEAD_AND_CONTENT_LENGTH = 500;

/** An app whose page is a prebuilt route, or comes from a handler. */
function app(isPrebuilt: boolean, limits: Partial<Limits>): AppOptions {
	return { limits, routes: { "* /page": isPrebuilt ? PAGE : (_request, response) => response.send(PAGE) } };
}

/** What a client sees, and what is left of the connection, whichever way the page goes. */
function expectSame(
	act: (served: Served, client: VirtualClient) => void,
	limits: Partial<Limits> = {},
	room?: number,
): void {
	const [direct, handled] = [true, false].map((isPrebuilt) => {
		const served = serve(app(isPrebuilt, limits));
		const client = served.connect((one) => {
			if (room !== undefined) one.room = room;
		});
		act(served, client);
		const connection = served.server.slots[0]?.connection;
		return [
			client.received,
			client.state,
			served.server.connectionCount,
			connection?.phase,
			connection?.requestCount,
			connection?.wait,
			connection?.hasDeadline === true ? connection.deadline : "none",
			connection?.response.buffered,
			served.errors,
		];
	});
	expect(direct?.[0]).toContain("HTTP/1.");
	expect(direct).toEqual(handled);
}

const GET = request("GET /page");

describe("a prebuilt response goes out as a handler's does", () => {
	test.each([
		["to GET", [GET]],
		["to HEAD", [request("HEAD /page")]],
		["to HTTP/1.0", [request("GET /page HTTP/1.0")]],
		["to HTTP/1.0 that keeps the connection", [request("GET /page HTTP/1.0", ["Connection: keep-alive"])]],
		["to a client that closes", [request("GET /page", ["Connection: close"])]],
		["one after the other", [GET, GET, request("GET /page?x"), GET]],
		["to what was pipelined", [GET + GET + GET]],
		["to a head in pieces", [GET.slice(0, 20), GET.slice(20) + GET.slice(0, 5), GET.slice(5)]],
		["to content", [upload("PUT /page", "\r:\n"), GET]],
		["to content that has not come", [upload("PUT /page", "abc").slice(0, -1), `c${GET}`]],
		["before what is broken", [`${GET}GET\r\n\r\n`]],
	])("%s", (_name, pieces) => {
		expectSame((_served, client) => {
			for (const piece of pieces) client.send(piece);
		});
	});

	test("up to the last that the limit allows", () => {
		expectSame((_served, client) => client.send(GET + GET + GET), { requestsMax: 2 });
	});

	test.each([0, 1, 200, HEAD_AND_CONTENT_LENGTH])("where the transport takes %i octets, and then the rest", (room) => {
		expectSame(
			(_served, client) => {
				client.send(GET + GET);
				for (let count = 0; count < 1000; count += 1) client.take(1);
			},
			{},
			room,
		);
	});

	test("to a client that has closed its side", () => {
		expectSame((_served, client) => {
			client.send(GET.slice(0, -2));
			client.send("\r\n");
			client.end();
		});
	});

	test("while somebody waits for a slot", () => {
		expectSame(
			(served, client) => {
				client.send(GET.slice(0, 20));
				served.connect().send(GET);
				client.send(GET.slice(20));
			},
			{ connections: 1 },
		);
	});

	test("while the server closes", () => {
		expectSame((served, client) => {
			client.send(GET);
			client.send(GET.slice(0, 20));
			void served.server.close();
			client.send(GET.slice(20));
		});
	});

	test("and the connection has its idle time anew with each", () => {
		expectSame(
			(served, client) => {
				for (let count = 0; count < 5; count += 1) {
					served.platform.advance(900);
					client.send(GET);
				}
				served.platform.advance(999);
				expect(client.state).toBe("open");
				served.platform.advance(1);
				expect(client.state).toBe("closed");
			},
			{ idleTimeoutMs: 1000 },
		);
	});
});

test("whoever observes is told of it while the request can still be looked at", () => {
	const told: string[] = [];
	const observer: SlotObserver & { crowded(): void } = {
		changed: () => {},
		crowded: () => {},
		answered: (slot) => {
			const { head, response, receive } = slot.connection;
			const { targetStart, targetEnd } = head.requestLine;
			const target = String.fromCharCode(...receive.octets.subarray(targetStart, targetEnd));
			told.push(`${target} ${response.status} ${response.sentLength}`);
		},
	};
	const served = serve(app(true, {}), undefined, { observer });
	const client = served.connect();
	client.send(GET);
	client.send(request("GET /page?a") + request("HEAD /page?b"));
	expect(told).toEqual(["/page 200 300", "/page?a 200 300", "/page?b 200 0"]);
});
