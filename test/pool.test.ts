// The pool: memory that is allocated once, who gets a slot when there are more clients than slots, and who is turned away.

import { describe, expect, test, vi } from "vitest";
import type { Limits, Request, Response, Ticket } from "../src/index.js";
import { completeLimits, memoryCost } from "../src/index.js";
import { answer, answers, promises, request, serve, statuses, sure } from "./support/exchange.js";
import { VirtualPlatform } from "./support/virtual.js";

const LIMITS: Partial<Limits> = { connections: 2, waitingMax: 3, waitTimeoutMs: 5000, tenureMs: 250 };

function servePool(limits: Partial<Limits> = {}, platform = new VirtualPlatform()) {
	const tickets: Ticket[] = [];
	const crowded: boolean[] = [];
	const seen = { requests: new Set<Request>(), responses: new Set<Response>() };
	const served = serve(
		{
			limits: { ...LIMITS, ...limits },
			retryAfterSeconds: 7,
			routes: {
				"GET /": (one, response) => {
					seen.requests.add(one);
					seen.responses.add(response);
					response.text("x");
				},
				"GET /later": (_request, response) => {
					tickets.push(response.defer());
				},
			},
		},
		platform,
		{ observer: { changed: () => {}, crowded: (isRefused) => crowded.push(isRefused) } },
	);
	/** A client whose request is being answered. */
	function busy() {
		const client = served.connect();
		client.send(request("GET /later"));
		return client;
	}
	/** A client between two requests. */
	function idle() {
		const client = served.connect();
		client.send(request("GET /"));
		return client;
	}
	return { ...served, tickets, crowded, seen, busy, idle };
}

describe("memory", () => {
	test("is what memoryCost says, and no two buffers share an octet", () => {
		const { server } = servePool({ connections: 5, receiveLength: 1001, sendLength: 777 });
		const receives = server.slots.map(({ connection }) => connection.receive);
		const sends = server.slots.map(({ connection }) => connection.response);
		expect(new Set(receives.map(({ octets }) => octets.buffer)).size).toBe(5);
		// The front of each is for what is remembered of its last head.
		for (const { octets, base, limit } of receives) expect([base, limit, octets.length]).toEqual([496, 1001, 1001]);
		expect(new Set(sends.map(({ octets }) => octets.buffer)).size).toBe(1);
		sends.sort((left, right) => left.base - right.base);
		for (let index = 1; index < sends.length; index += 1) {
			expect(sure(sends[index]).base).toBeGreaterThanOrEqual(sure(sends[index - 1]).limit);
		}
		expect(sure(sends.at(-1)).limit).toBeLessThanOrEqual(sure(sends[0]).octets.length);
		const limits = completeLimits({ ...LIMITS, connections: 5, receiveLength: 1001, sendLength: 777 });
		// The app keeps no field.
		const cost = memoryCost(limits, false);
		expect(server.memory).toEqual(cost);
		expect(cost.totalLength).toBe(cost.sharedLength + 5 * cost.connectionLength);
		expect(5 * 1001 + sure(sends[0]).octets.length).toBeLessThanOrEqual(cost.totalLength);
	});

	test("every buffer begins at a multiple of eight", () => {
		const { server } = servePool({ receiveLength: 1001, sendLength: 777 });
		for (const { connection } of server.slots) {
			expect(connection.receive.base % 8).toBe(0);
			expect(connection.response.base % 8).toBe(0);
		}
	});

	test("is the same after a thousand requests: slots, buffers, and the request and response of each", () => {
		const served = servePool({ connections: 3 });
		const slots = [...served.server.slots];
		const buffers = slots.map(({ connection }) => [connection.receive.octets, connection.response.octets]);
		for (let round = 0; round < 100; round += 1) {
			const clients = [served.idle(), served.idle(), served.idle()];
			for (const client of clients) {
				for (let count = 0; count < 3; count += 1) client.send(request("GET /"));
				expect(statuses(client)).toEqual([200, 200, 200, 200]);
				if (round % 2 === 0) client.reset();
				else client.end();
			}
		}
		expect([...served.server.slots]).toEqual(slots);
		expect(slots.map(({ connection }) => [connection.receive.octets, connection.response.octets])).toEqual(buffers);
		expect(served.seen.requests.size).toBeLessThanOrEqual(3);
		expect(served.seen.responses.size).toBeLessThanOrEqual(3);
	});

	test("a slot that is free again is used again, under another generation", () => {
		const served = servePool({ connections: 1 });
		const slot = sure(served.server.slots[0]);
		const before = slot.generation;
		served.idle().reset();
		served.idle().reset();
		expect(slot.generation).toBe(before + 2);
	});

	test("what an earlier client left in a slot is not seen by the next", () => {
		const served = servePool({ connections: 1 });
		const first = served.connect();
		first.send("GET / HTTP/1.1\r\nHost: a\r\nX-Half: ");
		first.reset();
		const second = served.connect();
		second.send(request("GET /"));
		expect(statuses(second)).toEqual([200]);
	});
});

describe("when a client waits", () => {
	test("the connection that has been idle longest goes first", () => {
		const served = servePool();
		const older = served.idle();
		served.platform.advance(10);
		const younger = served.idle();
		served.platform.advance(10);
		// The older one asks again, and so is idle for the shorter time.
		older.send(request("GET /"));
		served.platform.advance(10);
		const next = served.idle();
		expect(younger.state).toBe("closed");
		expect(older.state).toBe("open");
		expect(statuses(next)).toEqual([200]);
	});

	test("idle goes before lingering, lingering before a head that is slow", () => {
		const served = servePool({ connections: 3 });
		const slow = served.connect();
		slow.send("GET /");
		served.platform.advance(500);
		const lingering = served.connect();
		lingering.send(request("GET /", ["Connection: close"]));
		served.platform.advance(10);
		const idle = served.idle();
		served.platform.advance(300);
		const one = served.busy();
		expect([idle.state, lingering.state, slow.state]).toEqual(["closed", "ended", "open"]);
		served.busy();
		expect([lingering.state, slow.state]).toEqual(["closed", "open"]);
		served.busy();
		expect(statuses(slow)).toEqual([408]);
		expect(one.state).toBe("open");
		expect(served.tickets.length).toBe(3);
	});

	test("a request that is being answered is let be", () => {
		const served = servePool();
		const clients = [served.busy(), served.busy()];
		const third = served.idle();
		served.platform.advance(1000);
		expect(clients.map((client) => client.state)).toEqual(["open", "open"]);
		expect(third.received).toBe("");
		expect(served.server.waitingCount).toBe(1);
		sure(served.tickets[0]?.response).text("done");
		clients[0]?.end();
		expect(statuses(third)).toEqual([200]);
		expect(served.server.waitingCount).toBe(0);
	});

	test("a connection that is done with yields, whether or not its client closes", () => {
		const served = servePool({ connections: 1 });
		const first = served.busy();
		const next = served.idle();
		sure(served.tickets[0]?.response).text("done");
		expect(first.state).toBe("ended");
		served.platform.advance(124);
		expect(next.received).toBe("");
		served.platform.advance(1);
		expect(first.state).toBe("closed");
		expect(statuses(next)).toEqual([200]);
	});

	test("a connection that becomes idle yields at once, though its head promised to go on", () => {
		const served = servePool({ connections: 1 });
		const first = served.busy();
		const response = sure(served.tickets[0]?.response);
		response.begin();
		const next = served.idle();
		response.end();
		expect(first.state).toBe("closed");
		expect(statuses(next)).toEqual([200]);
	});

	test("a head has its tenure first, then yields with 408; the more wait, the less it has", () => {
		const served = servePool({ connections: 1 });
		const slow = served.connect();
		slow.send("GET /");
		const next = served.idle();
		// Shared by the one who holds the slot and the one who waits.
		served.platform.advance(124);
		expect(slow.state).toBe("open");
		served.platform.advance(1);
		expect(statuses(slow)).toEqual([408]);
		expect(statuses(next)).toEqual([200]);
	});

	test("a client that has sent nothing yet has at least a moment for its first octet", () => {
		const served = servePool({ connections: 1, tenureMs: 0 });
		const silent = served.connect();
		const next = served.idle();
		served.platform.advance(19);
		expect(silent.state).toBe("open");
		served.platform.advance(1);
		expect(silent.state).toBe("closed");
		expect(silent.received).toBe("");
		expect(statuses(next)).toEqual([200]);
	});

	test("keep-alive is refused to those who are served meanwhile", () => {
		const served = servePool();
		const first = served.busy();
		served.busy();
		const third = served.idle();
		const fourth = served.idle();
		sure(served.tickets[0]?.response).text("done");
		expect(answer(first).field("connection")).toBe("close");
		first.end();
		// The third was let in with the fourth still waiting; the fourth was the last in the line.
		expect(answer(third).field("connection")).toBe("close");
		third.end();
		expect(answer(fourth).field("connection")).toBeUndefined();
		expect(fourth.state).toBe("open");
	});

	test("without anybody waiting keep-alive is kept, with all slots taken", () => {
		const served = servePool();
		const clients = [served.idle(), served.idle()];
		for (const client of clients) expect(answer(client).field("connection")).toBeUndefined();
	});

	test("a pool of idle browsers locks nobody out", () => {
		const served = servePool({ connections: 6, waitingMax: 16 });
		for (let count = 0; count < 100; count += 1) {
			const client = served.idle();
			expect(statuses(client)).toEqual([200]);
		}
	});

	test("an idle connection goes first even where nobody can be kept waiting", () => {
		for (const limits of [{ waitingMax: 0 }, {}]) {
			const platform = new VirtualPlatform();
			platform.spareConnections = limits.waitingMax === 0 ? 8 : 0;
			const served = servePool({ connections: 1, ...limits }, platform);
			const first = served.idle();
			expect(statuses(served.idle())).toEqual([200]);
			expect(first.state).toBe("closed");
		}
	});
});

describe("the waiting line", () => {
	test("who has sent something goes first, then who came first", () => {
		const served = servePool({ connections: 1 });
		const first = served.busy();
		const silent = served.connect();
		const talker = served.busy();
		expect(served.server.waitingCount).toBe(2);
		sure(served.tickets[0]?.response).text("done");
		first.end();
		expect(served.tickets.length).toBe(2);
		sure(served.tickets[1]?.response).text("talker");
		expect(answer(talker).content).toBe("talker");
		talker.end();
		silent.send(request("GET /"));
		expect(statuses(silent)).toEqual([200]);
	});

	test("keeps its order among those who have sent something", () => {
		const served = servePool({ connections: 1 });
		const order = [served.busy(), served.busy(), served.busy(), served.busy()];
		for (const [index, client] of order.entries()) {
			expect(served.tickets.length).toBe(index + 1);
			sure(served.tickets[index]?.response).text(`${index}`);
			client.end();
		}
		expect(order.map((client) => answer(client).content)).toEqual(["0", "1", "2", "3"]);
	});

	test("nothing of a client that waits is read before it has a slot", () => {
		const served = servePool({ connections: 1 });
		served.busy();
		const waiting = served.busy();
		expect(waiting.transport.readCount).toBe(0);
		expect(waiting.transport.unread).toBeGreaterThan(0);
	});

	test("a client that leaves it, by a close or a reset, is forgotten", () => {
		const served = servePool({ connections: 1 });
		const first = served.busy();
		const ends = served.connect();
		const resets = served.connect();
		const stays = served.busy();
		expect(served.server.waitingCount).toBe(3);
		ends.end();
		expect(ends.state).toBe("closed");
		resets.reset();
		expect(served.server.waitingCount).toBe(1);
		sure(served.tickets[0]?.response).text("done");
		first.end();
		sure(served.tickets[1]?.response).text("stayed");
		expect(answer(stays).content).toBe("stayed");
	});

	test("whose time is over is told 503 with Retry-After and Date, exactly then", () => {
		const served = servePool({ connections: 1 });
		served.busy();
		const first = served.busy();
		served.platform.advance(1000);
		const second = served.busy();
		served.platform.advance(3999);
		expect(first.received).toBe("");
		served.platform.advance(1);
		expect(answer(first)).toMatchObject({ status: 503, content: "" });
		expect(answer(first).field("retry-after")).toBe("7");
		expect(answer(first).field("date")).toBe("Sun, 06 Nov 1994 08:49:37 GMT");
		expect(answer(first).field("connection")).toBe("close");
		expect(first.state).toBe("closed");
		expect(second.received).toBe("");
		served.platform.advance(1000);
		expect(statuses(second)).toEqual([503]);
		expect(served.server.waitingCount).toBe(0);
	});

	test("that is full turns away at once, with 503, Retry-After and what the client sent read first", () => {
		const served = servePool({ connections: 1 });
		served.busy();
		const waiting = [served.busy(), served.busy(), served.busy()];
		const refused = served.connect((client) => client.send(request("GET /")));
		expect(answer(refused)).toMatchObject({ status: 503 });
		expect(answer(refused).field("retry-after")).toBe("7");
		expect(refused.transport.unread).toBe(0);
		expect(refused.state).toBe("closed");
		expect(waiting.map((client) => client.received)).toEqual(["", "", ""]);
		expect(served.crowded).toEqual([false, false, false, true]);
	});

	test("is no longer than the platform has connections to spare", () => {
		const platform = new VirtualPlatform();
		platform.spareConnections = 1;
		const served = servePool({ connections: 1 }, platform);
		served.busy();
		served.busy();
		expect(statuses(served.connect())).toEqual([503]);
	});

	test("a client that takes nothing is turned away all the same", () => {
		const served = servePool({ connections: 1, waitingMax: 0 });
		served.busy();
		const refused = served.connect((client) => {
			client.room = 0;
		});
		expect(refused.state).toBe("closed");
	});
});

describe("what is no HTTP", () => {
	test.each([
		["a TLS hello", "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03"],
		["a NUL", "\0"],
		["an octet above ASCII", "\xff\xfe"],
	])("%s holds no slot", (_what, octets) => {
		const served = servePool({ connections: 1 });
		const client = served.connect();
		client.send(octets);
		expect(client.received).toBe("");
		expect(client.state).not.toBe("open");
		expect(served.server.connectionCount).toBe(0);
	});

	test("a port scan, connections that close at once, holds no slot", () => {
		const served = servePool({ connections: 1 });
		for (let count = 0; count < 20; count += 1) served.connect().end();
		expect(served.server.connectionCount).toBe(0);
		expect(statuses(served.idle())).toEqual([200]);
	});
});

describe("the listener", () => {
	const routes = { "GET /": (_request: Request, response: Response) => void response.text("x") };

	test("says when it is open", async () => {
		const onListening = vi.fn();
		const { server } = serve({ routes }, undefined, { onListening, port: 8080 });
		await promises();
		expect(onListening.mock.calls).toEqual([[server]]);
		expect(server.port).toBe(8080);
	});

	test("says nothing when the server was closed meanwhile", async () => {
		const onListening = vi.fn();
		const { server } = serve({ routes }, undefined, { onListening });
		void server.close();
		await promises();
		expect(onListening).not.toHaveBeenCalled();
	});

	test("that fails is reported and can be opened again", async () => {
		const platform = new VirtualPlatform();
		const error = new Error("the port is taken");
		platform.listenFailure = error;
		const onListenerError = vi.fn();
		const { server } = serve({ routes }, platform, { onListenerError });
		await promises();
		expect(onListenerError.mock.calls).toEqual([[error, server]]);
		expect(server.port).toBe(0);
		platform.listenFailure = null;
		server.reopen();
		const client = platform.connect();
		client.send(request("GET /"));
		expect(statuses(client)).toEqual([200]);
		expect(platform.listenCount).toBe(2);
	});

	test("lost with the network leaves the connections that go on; it can be opened again from the callback", () => {
		const platform = new VirtualPlatform();
		const served = serve({ routes }, platform, { onListenerError: (_error, server) => server.reopen() });
		const before = served.connect();
		platform.loseListener(new Error("no network"));
		before.send(request("GET /"));
		expect(statuses(before)).toEqual([200]);
		const after = served.connect();
		after.send(request("GET /"));
		expect(statuses(after)).toEqual([200]);
	});

	test("that fails without anybody to tell is told to the error hook", () => {
		const platform = new VirtualPlatform();
		const served = serve({ routes }, platform);
		const error = new Error("no network");
		platform.loseListener(error);
		expect(served.errors).toEqual([error]);
	});

	test("open already is not opened twice", () => {
		const platform = new VirtualPlatform();
		const { server } = serve({ routes }, platform);
		server.reopen();
		expect(platform.listenCount).toBe(1);
	});
});

test("1,000 slow clients that come back again and again, and an ordinary one still gets its 200", () => {
	const served = servePool({ connections: 6, waitingMax: 1024, tenureMs: 250 }, sparePlatform(1024));
	const slow = Array.from({ length: 1000 }, () => served.connect());
	const ordinary = served.connect();
	let answeredAfterMs = 0;
	ordinary.send(request("GET /"));
	for (let ms = 0; ms < 5000 && answeredAfterMs === 0; ms += 10) {
		slow.forEach((client, index) => {
			if (client.state === "open") client.send("G");
			else slow[index] = served.connect();
		});
		served.platform.advance(10);
		if (ordinary.received !== "") answeredAfterMs = ms + 10;
	}
	expect(statuses(ordinary)).toEqual([200]);
	expect(answeredAfterMs).toBeLessThan(5000);
	expect(answers(ordinary).length).toBe(1);
});

function sparePlatform(spareConnections: number): VirtualPlatform {
	const platform = new VirtualPlatform();
	platform.spareConnections = spareConnections;
	return platform;
}
