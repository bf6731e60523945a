// Shutting down: responses in flight finish and say that they are the last, the rest closes, and none of it takes longer
// than its limit; and abort, which cuts everything off.

import { describe, expect, test, vi } from "vitest";
import type { RouteHandlers, Ticket } from "../src/index.js";
import { answer, answers, promises, request, serve, statuses, sure } from "./support/exchange.js";
import type { VirtualClient } from "./support/virtual.js";

function serveSlow() {
	const tickets: Ticket[] = [];
	const onError = vi.fn();
	const served = serve({
		limits: { connections: 4, waitingMax: 2, shutdownTimeoutMs: 1000, lingerTimeoutMs: 300 },
		routes: {
			"GET /": (_request, response) => response.text("x"),
			"GET /later": {
				onRequest: (_request, response) => {
					tickets.push(response.defer());
				},
				onError,
			},
			"PUT /": {
				onReadable: (one, response, count) => {
					const buffer = new Uint8Array(100);
					while (one.read(buffer) > 0);
					if (count === 0) response.text("read");
				},
			},
		},
	});
	/** Closes the server; the function says whether it is done. */
	function close() {
		const done = vi.fn();
		void served.server.close().then(done);
		return async () => {
			await promises();
			return done.mock.calls.length === 1;
		};
	}
	function send(octets: string) {
		const client = served.connect();
		client.send(octets);
		return client;
	}
	return { ...served, tickets, onError, close, send };
}

describe("close()", () => {
	test("with no connection is done at once", async () => {
		const served = serveSlow();
		const isDone = served.close();
		expect(await isDone()).toBe(true);
		expect(served.platform.hasTimer).toBe(false);
		expect(served.server.port).toBe(0);
	});

	test("closes connections that are idle, new, or in the middle of a head, in silence", async () => {
		const served = serveSlow();
		const idle = served.send(request("GET /"));
		const fresh = served.connect();
		const partial = served.send("GET / HT");
		const isDone = served.close();
		expect([idle.state, fresh.state, partial.state]).toEqual(["closed", "closed", "closed"]);
		expect(statuses(idle)).toEqual([200]);
		expect(fresh.received + partial.received).toBe("");
		expect(await isDone()).toBe(true);
	});

	test("lets a response in flight finish, with Connection: close, and waits for it", async () => {
		const served = serveSlow();
		const client = served.send(request("GET /later"));
		const isDone = served.close();
		served.platform.advance(500);
		expect(await isDone()).toBe(false);
		sure(served.tickets[0]?.response).text("finished");
		expect(answer(client)).toMatchObject({ status: 200, content: "finished" });
		expect(answer(client).field("connection")).toBe("close");
		expect(client.state).toBe("ended");
		client.end();
		expect(await isDone()).toBe(true);
	});

	test("lets a response that was begun before go on to its end, then closes", async () => {
		const served = serveSlow();
		const client = served.send(request("GET /later"));
		const response = sure(served.tickets[0]?.response);
		response.begin();
		response.write("a");
		const isDone = served.close();
		response.write("b");
		response.end();
		expect(answer(client).content).toBe("ab");
		// Its head promised nothing of a close; the connection closes all the same.
		expect(client.state).not.toBe("open");
		client.end();
		expect(await isDone()).toBe(true);
	});

	test("lets content that is arriving arrive", async () => {
		const served = serveSlow();
		const client = served.send(request("PUT /", ["Content-Length: 6"], "abc"));
		const isDone = served.close();
		client.send("def");
		expect(statuses(client)).toEqual([200]);
		client.end();
		expect(await isDone()).toBe(true);
	});

	test("answers no pipelined request behind the one in flight", () => {
		const served = serveSlow();
		const client = served.send(request("GET /later") + request("GET /"));
		served.close();
		sure(served.tickets[0]?.response).text("last");
		expect(answers(client).map((one) => one.content)).toEqual(["last"]);
		expect(client.state).not.toBe("open");
	});

	test("cuts off what is left at its limit, exactly then, and tells the handler", async () => {
		const served = serveSlow();
		const client = served.send(request("GET /later"));
		const isDone = served.close();
		served.platform.advance(999);
		expect(client.state).toBe("open");
		expect(await isDone()).toBe(false);
		served.platform.advance(1);
		expect(client.state).toBe("aborted");
		expect(served.onError).toHaveBeenCalledTimes(1);
		expect(await isDone()).toBe(true);
		expect(served.platform.hasTimer).toBe(false);
		expect(served.tickets[0]?.response).toBeUndefined();
	});

	test("does not wait longer for a client that lingers than lingering lasts", async () => {
		const served = serveSlow();
		const client = served.send(request("GET /", ["Connection: close"]));
		expect(client.state).toBe("ended");
		const isDone = served.close();
		served.platform.advance(299);
		expect(await isDone()).toBe(false);
		served.platform.advance(1);
		expect(await isDone()).toBe(true);
	});

	test("lets go of those who wait for a slot", () => {
		const served = serveSlow();
		for (let count = 0; count < 4; count += 1) served.send(request("GET /later"));
		const waiting = [served.connect(), served.send(request("GET /"))];
		served.close();
		expect(waiting.map((client) => client.state)).toEqual(["closed", "closed"]);
		expect(served.server.waitingCount).toBe(0);
	});

	test("called twice closes once; both are told", async () => {
		const served = serveSlow();
		const client = served.send(request("GET /later"));
		const first = served.close();
		served.platform.advance(600);
		const second = served.close();
		served.platform.advance(400);
		expect(client.state).toBe("aborted");
		expect(await first()).toBe(true);
		expect(await second()).toBe(true);
	});

	test("takes no new connection, and cannot be undone by reopen()", () => {
		const served = serveSlow();
		served.send(request("GET /later"));
		served.close();
		expect(() => served.connect()).toThrow("nobody listens");
		served.server.reopen();
		expect(served.platform.listenCount).toBe(1);
	});

	test("tells what is not answered yet, once, and is done when that has ended; what has an end of its own goes on", async () => {
		const calls: string[] = [];
		const tickets: Ticket[] = [];
		const onClosing: RouteHandlers["onClosing"] = (one, response) => {
			calls.push(one.path);
			if (one.path === "/begun") response.end();
			if (one.path === "/unanswered") response.text("no news");
		};
		const keep: RouteHandlers["onRequest"] = (one, response) => {
			if (one.path === "/begun" || one.path === "/on") {
				response.begin();
				response.write("some");
			}
			if (one.path === "/answered") response.text("x");
			else tickets.push(response.defer());
		};
		const served = serve({
			limits: { shutdownTimeoutMs: 1000 },
			routes: { "GET /*": { onRequest: keep, onClosing, onDone: (one) => void calls.push(`${one.path} done`) } },
		});
		const clients = ["/begun", "/unanswered", "/on", "/answered"].map((path) => {
			const client = served.connect((one) => {
				if (path === "/answered") one.room = 10;
			});
			client.send(request(`GET ${path}`));
			return client;
		});
		const done = vi.fn();
		void served.server.close().then(done);
		void served.server.close();
		expect(calls).toEqual(["/begun", "/begun done", "/unanswered", "/unanswered done", "/on"]);
		expect(answer(clients[0] as VirtualClient).content).toBe("some");
		expect(answer(clients[1] as VirtualClient)).toMatchObject({ status: 200, content: "no news" });
		expect(clients.map((client) => client.state)).toEqual(["closed", "ended", "open", "open"]);
		clients[3]?.take(1000);
		expect([calls.pop(), clients[3]?.state]).toEqual(["/answered done", "closed"]);
		clients[1]?.end();
		await promises();
		expect(done).toHaveBeenCalledTimes(0);
		sure(tickets[2]?.response).end();
		expect(answer(clients[2] as VirtualClient).content).toBe("some");
		await promises();
		expect(done).toHaveBeenCalledTimes(1);
		expect(served.errors).toEqual([]);
	});

	test("ends what throws when it is told, or rejects, and reports it", async () => {
		const closings: NonNullable<RouteHandlers["onClosing"]>[] = [
			() => {
				throw new Error("in vain");
			},
			async () => {
				throw new Error("in vain");
			},
		];
		for (const onClosing of closings) {
			const onRequest: RouteHandlers["onRequest"] = (_request, response) => {
				response.begin();
				response.defer();
			};
			const served = serve({ routes: { "GET /": { onRequest, onClosing } } });
			const client = served.connect();
			client.send(request("GET /"));
			const done = vi.fn();
			void served.server.close().then(done);
			await promises();
			expect(client.state).toBe("aborted");
			expect(String(served.errors)).toBe("Error: in vain");
			expect(done).toHaveBeenCalledTimes(1);
		}
	});

	test("called by the error hook does not tell a handler that has just failed", async () => {
		const onClosing = vi.fn();
		const served = serve({
			onError: () => void served.server.close(),
			routes: {
				"GET /": {
					onRequest: async () => {
						throw new Error("in vain");
					},
					onClosing,
				},
			},
		});
		const client = served.connect();
		client.send(request("GET /"));
		await promises();
		expect(statuses(client)).toEqual([500]);
		expect(onClosing).toHaveBeenCalledTimes(0);
	});

	test("called by a handler tells the others, not that handler", () => {
		const calls: string[] = [];
		const served = serve({
			routes: {
				"GET /:name": {
					onRequest: (one, response) => {
						response.begin();
						if (one.path === "/closes") void served.server.close();
						if (one.path === "/closes") response.end();
						else response.defer();
					},
					onClosing: (one, response) => {
						calls.push(one.path);
						response.end();
					},
				},
			},
		});
		const other = served.connect();
		other.send(request("GET /other"));
		const client = served.connect();
		client.send(request("GET /closes"));
		expect(calls).toEqual(["/other"]);
		expect([other, client].map((one) => answer(one).status)).toEqual([200, 200]);
		expect(served.errors).toEqual([]);
	});

	test("called by a handler lets that handler's own response finish", async () => {
		let isDone = async () => false;
		const served = serve({
			routes: {
				"GET /": (_request, response) => {
					const done = vi.fn();
					void served.server.close().then(done);
					isDone = async () => {
						await promises();
						return done.mock.calls.length === 1;
					};
					response.text("bye");
				},
			},
		});
		const client = served.connect();
		client.send(request("GET /"));
		expect(answer(client).content).toBe("bye");
		expect(answer(client).field("connection")).toBe("close");
		client.end();
		expect(await isDone()).toBe(true);
	});
});

describe("abort()", () => {
	test("cuts off every connection at once and tells the handlers", async () => {
		const served = serveSlow();
		const clients = [
			served.send(request("GET /later")),
			served.send(request("GET /")),
			served.connect(),
			served.send("GET /"),
		];
		served.server.abort();
		expect(clients.map((client) => client.state)).toEqual(["aborted", "aborted", "aborted", "aborted"]);
		expect(served.onError).toHaveBeenCalledTimes(1);
		expect(served.server.connectionCount).toBe(0);
		expect(served.platform.hasTimer).toBe(false);
		expect(served.server.port).toBe(0);
	});

	test("lets go of those who wait for a slot", () => {
		const served = serveSlow();
		for (let count = 0; count < 4; count += 1) served.send(request("GET /later"));
		const waiting = served.connect();
		served.server.abort();
		expect(waiting.state).toBe("closed");
		expect(served.onError).toHaveBeenCalledTimes(4);
	});

	test("ends a close() that still waits", async () => {
		const served = serveSlow();
		served.send(request("GET /later"));
		const isDone = served.close();
		served.server.abort();
		expect(await isDone()).toBe(true);
	});

	test("called by a handler ends its own connection, and nothing is thrown", () => {
		const served = serve({
			routes: {
				"GET /": (_request, response) => {
					served.server.abort();
					expect(response.text("x")).toBe(false);
				},
			},
		});
		const client = served.connect();
		client.send(request("GET /"));
		expect(client.state).toBe("aborted");
		expect(served.errors).toEqual([]);
	});

	test("called by onDone ends the connection, and nothing is thrown", () => {
		const served = serve({
			routes: {
				"GET /": {
					onRequest: (_request, response) => void response.text("x"),
					onDone: () => served.server.abort(),
				},
			},
		});
		const client = served.connect();
		client.send(request("GET /") + request("GET /"));
		expect(statuses(client)).toEqual([200]);
		expect(client.state).toBe("aborted");
	});
});
