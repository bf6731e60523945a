// `detach`: another protocol takes a connection over (RFC 9110 §7.8), with the octets that came already, and keeps the
// slot, its buffers and a deadline.

import { describe, expect, test, vi } from "vitest";
import type { DetachedConnection, DetachedProtocol, Response, Ticket } from "../src/index.js";
import { answer, promises, request, serve, statuses, sure } from "./support/exchange.js";
import { octetsOf, textOf } from "./support/octets.js";
import type { VirtualClient } from "./support/virtual.js";

const UPGRADE = request("GET /", ["Connection: upgrade", "Upgrade: echo"]);

/** A route that hands its connection to `protocol`. */
function serveProtocol(protocol: DetachedProtocol, timeoutMs = 0, limits = {}) {
	return serve({
		limits,
		routes: {
			"GET /": (one, response) => {
				one.state = "state";
				response.setField("Upgrade", "echo");
				response.detach(protocol, timeoutMs);
			},
			"GET /plain": (_request, response) => response.text("plain"),
		},
	});
}

/** What came after the head of the 101. */
function detached(client: VirtualClient): string {
	return client.received.slice(client.received.indexOf("\r\n\r\n") + 4);
}

/** Everything there is, as text. */
function readAll(connection: DetachedConnection): string {
	const buffer = new Uint8Array(100);
	let text = "";
	for (let count = connection.read(buffer); count > 0; count = connection.read(buffer)) {
		text += textOf(buffer.subarray(0, count));
	}
	return text;
}

const echo: DetachedProtocol = {
	onReadable: (connection) => {
		const text = readAll(connection);
		connection.write(octetsOf(text));
	},
};

describe("the handshake", () => {
	test("is 101 with the app's Upgrade, Connection: upgrade and neither length nor coding", () => {
		const client = serveProtocol({}).connect();
		client.send(UPGRADE);
		const response = answer(client);
		expect(response).toMatchObject({ status: 101, reason: "Switching Protocols" });
		expect(response.field("upgrade")).toBe("echo");
		expect(response.field("connection")).toBe("upgrade");
		expect(response.field("content-length")).toBeUndefined();
		expect(response.field("transfer-encoding")).toBeUndefined();
		expect(response.field("date")).toBe("Sun, 06 Nov 1994 08:49:37 GMT");
	});

	test("can be made later, with a ticket", () => {
		let ticket: Ticket | undefined;
		const served = serve({
			routes: {
				"GET /": (_request, response) => {
					ticket = response.defer();
				},
			},
		});
		const client = served.connect();
		client.send(`${UPGRADE}early`);
		const response = sure(ticket?.response);
		response.setField("Upgrade", "echo");
		expect(response.detach(echo, 0)).toBe(true);
		expect(detached(client)).toBe("early");
		expect(ticket?.response).toBeUndefined();
	});

	test("can be made by an async handler", async () => {
		const served = serve({
			routes: {
				"GET /": async (_request, response) => {
					await Promise.resolve();
					response.setField("Upgrade", "echo");
					response.detach(echo, 0);
				},
			},
		});
		const client = served.connect();
		client.send(`${UPGRADE}early`);
		await promises();
		expect(detached(client)).toBe("early");
		client.send("late");
		expect(detached(client)).toBe("earlylate");
		expect(served.errors).toEqual([]);
	});

	test("tells the handler that its request is done", () => {
		const onDone = vi.fn();
		const served = serve({
			routes: {
				"GET /": {
					onRequest: (_request, response) => {
						response.setField("Upgrade", "echo");
						response.detach({}, 0);
					},
					onDone,
				},
			},
		});
		served.connect().send(UPGRADE);
		expect(onDone).toHaveBeenCalledTimes(1);
	});

	test.each([
		["without the Upgrade field that names the protocol", request("GET /none", ["Upgrade: echo"])],
		["for an HTTP/1.0 client, which knows no upgrade", request("GET / HTTP/1.0", ["Upgrade: echo"])],
		["before the content of the request is read", request("GET /", ["Upgrade: echo", "Content-Length: 5"])],
	])("is refused %s; the handler may answer otherwise", (_what, octets) => {
		const refuse = (response: Response) => {
			expect(() => response.detach(echo, 0)).toThrow(Error);
			response.status = 400;
			response.empty();
		};
		const served = serve({
			routes: {
				"GET /": (_request, response) => {
					response.setField("Upgrade", "echo");
					refuse(response);
				},
				"GET /none": (_request, response) => refuse(response),
			},
		});
		const client = served.connect();
		client.send(octets);
		expect(statuses(client)).toEqual([400]);
		expect(served.errors).toEqual([]);
	});

	test("of a handler that throws behind it ends the connection, of which the protocol was never told", () => {
		const error = new Error("on purpose");
		const protocol = { onReadable: vi.fn(), onClose: vi.fn() };
		const served = serve({
			routes: {
				"GET /": (_request, response) => {
					response.setField("Upgrade", "echo");
					response.detach(protocol, 0);
					throw error;
				},
			},
		});
		const client = served.connect();
		client.send(`${UPGRADE}x`);
		expect(client.state).toBe("aborted");
		expect(served.errors).toEqual([error]);
		expect(protocol.onReadable).not.toHaveBeenCalled();
		expect(protocol.onClose).not.toHaveBeenCalled();
	});

	test("is not made after the head of another response", () => {
		const served = serve({
			routes: {
				"GET /": (_request, response) => {
					response.begin();
					expect(() => response.detach({}, 0)).toThrow(Error);
					response.end();
				},
			},
		});
		const client = served.connect();
		client.send(UPGRADE);
		expect(statuses(client)).toEqual([200]);
		expect(served.errors).toEqual([]);
	});
});

describe("the protocol", () => {
	test("gets the octets that came with the request, then those that come", () => {
		const counts: number[] = [];
		let text = "";
		const client = serveProtocol({
			onReadable: (connection, count) => {
				counts.push(count);
				text += readAll(connection);
			},
		}).connect();
		client.send(`${UPGRADE}early`);
		client.send("late");
		expect(text).toBe("earlylate");
		expect(counts).toEqual([5, 4]);
	});

	test("begins with the state of the request, and keeps its own", () => {
		let state: unknown;
		const client = serveProtocol({
			onReadable: (connection) => {
				state ??= connection.state;
				connection.state = readAll(connection);
			},
			onClose: (connection) => {
				state = [state, connection.state, connection.remoteAddress];
			},
		}).connect();
		client.send(UPGRADE);
		client.send("mine");
		client.end();
		expect(state).toEqual(["state", "mine", "192.0.2.1"]);
	});

	test("answers octets in both directions for as long as it takes", () => {
		const client = serveProtocol(echo).connect();
		client.send(UPGRADE);
		let sent = "";
		for (let count = 0; count < 500; count += 1) {
			const piece = `${count}\r\n\r\nGET / HTTP/1.1 `;
			sent += piece;
			client.send(piece);
		}
		expect(detached(client)).toBe(sent);
	});

	test("that leaves octets unread holds the client back and loses nothing", () => {
		let connection: DetachedConnection | undefined;
		const served = serveProtocol({
			onReadable: (one) => {
				connection = one;
			},
		});
		const client = served.connect();
		client.send(UPGRADE);
		const text = Array.from({ length: 2000 }, (_, index) => `${index},`).join("");
		client.send(text);
		expect(client.transport.unread).toBeGreaterThan(5000);
		let read = "";
		for (let count = 0; count < 100 && read.length < text.length; count += 1) {
			read += readAll(sure(connection));
			served.platform.advance(0);
		}
		expect(read).toBe(text);
		expect(client.transport.unread).toBe(0);
	});

	test("reads and writes parts of buffers, and no more than there are", () => {
		const seen: unknown[] = [];
		const served = serveProtocol({
			onReadable: (connection) => {
				const buffer = new Uint8Array(6).fill(0x2e);
				seen.push(connection.read(buffer, 1, 4), textOf(buffer));
				expect(() => connection.read(buffer, 0, 7)).toThrow(RangeError);
				expect(() => connection.read(buffer, -1, 7)).toThrow(RangeError);
				expect(() => connection.write(buffer, 5, 2)).toThrow(RangeError);
				expect(() => connection.write(buffer, 0, 7)).toThrow(RangeError);
				expect(connection.write(buffer, 1, 3)).toBe(true);
				seen.push(readAll(connection));
			},
		});
		const client = served.connect();
		client.send(`${UPGRADE}hello`);
		expect(seen).toEqual([3, ".hel..", "lo"]);
		expect(detached(client)).toBe("he");
		expect(served.errors).toEqual([]);
	});

	test("writes no more than the room, and is told of more", () => {
		let connection: DetachedConnection | undefined;
		const rooms: number[] = [];
		const served = serveProtocol({
			onReadable: (one) => {
				connection = one;
				readAll(one);
			},
			onWritable: (_connection, room) => rooms.push(room),
		});
		const client = served.connect();
		client.send(`${UPGRADE}x`);
		const one = sure(connection);
		client.room = 0;
		rooms.length = 0;
		const { room } = one;
		expect(room).toBeGreaterThan(1000);
		expect(() => one.write(new Uint8Array(room + 1))).toThrow(RangeError);
		expect(one.write(new Uint8Array(room))).toBe(true);
		expect(one.room).toBe(0);
		expect(() => one.write(Uint8Array.of(1))).toThrow(RangeError);
		expect(rooms).toEqual([]);
		client.take(room);
		expect(rooms.at(-1)).toBe(room);
		expect(detached(client).length).toBe(room);
	});

	test("keeps its slot: no other client gets it, and it is never idle to the pool", () => {
		const served = serveProtocol(echo, 0, { connections: 1 });
		const client = served.connect();
		client.send(UPGRADE);
		const next = served.connect();
		next.send(request("GET /plain"));
		served.platform.advance(2000);
		expect(client.state).toBe("open");
		expect(next.received).toBe("");
		client.end();
		expect(statuses(next)).toEqual([200]);
	});

	test("that throws costs its own connection, and is reported", () => {
		const error = new Error("on purpose");
		const onClose = vi.fn();
		const served = serveProtocol({
			onReadable: () => {
				throw error;
			},
			onClose,
		});
		const client = served.connect();
		client.send(`${UPGRADE}x`);
		expect(client.state).toBe("aborted");
		expect(served.errors[0]).toBe(error);
		expect(onClose).toHaveBeenCalledTimes(1);
	});

	test("that throws in onClose is reported", () => {
		const error = new Error("on purpose");
		const served = serveProtocol({
			onClose: () => {
				throw error;
			},
		});
		const client = served.connect();
		client.send(UPGRADE);
		client.end();
		expect(served.errors).toEqual([error]);
		expect(served.server.connectionCount).toBe(0);
	});
});

describe("the end", () => {
	/** A protocol that keeps its connection and counts how it ends. */
	function serveKept(timeoutMs = 0, limits = {}) {
		const closed: unknown[] = [];
		let connection: DetachedConnection | undefined;
		const served = serveProtocol(
			{
				onReadable: (one) => {
					connection = one;
					readAll(one);
				},
				onClose: (_connection, error) => closed.push(error),
			},
			timeoutMs,
			limits,
		);
		const client = served.connect();
		client.send(`${UPGRADE}x`);
		return { ...served, closed, client, connection: sure(connection) };
	}

	test("by close() sends what was written first, however slowly the client takes it", () => {
		const { client, closed, connection } = serveKept();
		client.room = 10;
		connection.write(octetsOf("x".repeat(500)));
		connection.close();
		for (let count = 0; count < 100; count += 1) client.take(10);
		expect(detached(client)).toBe("x".repeat(500));
		expect(client.state).not.toBe("open");
		expect(closed).toEqual([undefined]);
	});

	test("by close() tells nothing more and takes nothing more", () => {
		const { client, closed, connection, server } = serveKept();
		connection.close();
		expect(client.state).toBe("closed");
		expect(closed).toEqual([undefined]);
		expect(connection.write(Uint8Array.of(1))).toBe(false);
		expect(connection.read(new Uint8Array(1))).toBe(0);
		expect(connection.room).toBe(0);
		connection.limitSilence(1);
		connection.close();
		expect(closed.length).toBe(1);
		expect(server.connectionCount).toBe(0);
	});

	test("by the client's close is in good order, once everything was read", () => {
		const { client, closed } = serveKept();
		client.end();
		expect(closed).toEqual([undefined]);
		expect(client.state).toBe("closed");
	});

	test("by the client's reset is an error", () => {
		const { client, closed } = serveKept();
		client.reset();
		expect(closed).toEqual([expect.any(Error)]);
	});

	test("by a client that takes nothing is an error", () => {
		const { client, closed, connection, platform } = serveKept(0, { sendTimeoutMs: 1000 });
		client.room = 0;
		connection.write(Uint8Array.of(1));
		platform.advance(999);
		expect(closed).toEqual([]);
		platform.advance(1);
		expect(closed).toEqual([expect.any(Error)]);
		expect(client.state).toBe("aborted");
	});

	test("by the rate at which its client takes never comes: that is the protocol's affair", () => {
		const { client, closed, connection, platform } = serveKept(0, { sendTimeoutMs: 1000, responseRateMin: 1000 });
		client.room = 0;
		connection.write(new Uint8Array(100));
		for (let count = 0; count < 50; count += 1) {
			platform.advance(900);
			client.take(1);
		}
		expect(closed).toEqual([]);
		expect(client.state).toBe("open");
	});

	test("by silence comes exactly at its limit, counted from the last arrival", () => {
		const { client, closed, platform } = serveKept(1000);
		platform.advance(999);
		client.send("y");
		platform.advance(999);
		expect(closed).toEqual([]);
		platform.advance(1);
		expect(closed.length).toBe(1);
		expect(client.state).not.toBe("open");
	});

	test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 0x4000_0000])(
		"by a silence of %d ms there is none",
		(timeoutMs) => {
			const { closed, connection, platform } = serveKept(1000);
			expect(() => connection.limitSilence(timeoutMs)).toThrow(RangeError);
			platform.advance(999);
			expect(closed).toEqual([]);
			platform.advance(1);
			expect(closed.length).toBe(1);
			const served = serveProtocol({}, timeoutMs);
			served.connect().send(UPGRADE);
			expect(String(served.errors[0])).toContain("RangeError: a silence of");
		},
	);

	test("by silence comes as late as setTimeout says, or never", () => {
		const { closed, connection, platform } = serveKept(1000);
		platform.advance(500);
		connection.limitSilence(5000);
		platform.advance(4999);
		expect(closed).toEqual([]);
		platform.advance(1);
		expect(closed.length).toBe(1);
		const forever = serveKept(0);
		forever.platform.advance(1_000_000_000);
		expect(forever.closed).toEqual([]);
	});

	test("by the server's abort is an error; by its close, the end of the shutdown", async () => {
		const aborted = serveKept();
		aborted.server.abort();
		expect(aborted.closed).toEqual([expect.any(Error)]);
		const closing = serveKept(0, { shutdownTimeoutMs: 1000 });
		const done = vi.fn();
		void closing.server.close().then(done);
		closing.platform.advance(999);
		expect(closing.closed).toEqual([]);
		closing.platform.advance(1);
		expect(closing.closed).toEqual([expect.any(Error)]);
		await promises();
		expect(done).toHaveBeenCalled();
	});

	test("leaves a slot like any other for the next client", () => {
		const served = serveProtocol(echo, 0, { connections: 1 });
		const client = served.connect();
		client.send(`${UPGRADE}x`);
		client.end();
		const next = served.connect();
		next.send(request("GET /plain"));
		expect(answer(next).content).toBe("plain");
	});
});
