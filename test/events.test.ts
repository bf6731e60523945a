// Server-sent events (WHATWG HTML §9.2): what subscribers get, where they go on, and that a slow one costs nobody anything.

import { describe, expect, test } from "vitest";
import { EventStream, type EventStreamOptions } from "../src/events/index.js";
import type { Request, Response } from "../src/index.js";
import { ask, promises, request, type Served, serve, statuses, sure } from "./support/exchange.js";
import { fromUtf8 } from "./support/octets.js";
import type { VirtualClient } from "./support/virtual.js";

interface Streaming extends Served {
	readonly stream: EventStream;
	/** Subscribes. */
	listen(lastEventId?: string, prepare?: (client: VirtualClient) => void): VirtualClient;
}

function serveEvents(options: EventStreamOptions = {}, limits = {}): Streaming {
	const stream = new EventStream(options);
	const served = serve({
		limits: { responseIdleTimeoutMs: 60_000, ...limits },
		routes: { "GET /events": stream.route, "GET /": (_request, response) => response.text("page") },
	});
	return {
		...served,
		stream,
		listen: (lastEventId, prepare) => {
			const client = served.connect(prepare);
			client.send(request("GET /events", lastEventId === undefined ? [] : [`Last-Event-ID: ${lastEventId}`]));
			return client;
		},
	};
}

/** What a client has received of the stream: the content of its chunks. */
function contentOf(client: VirtualClient): string {
	let text = client.received.slice(client.received.indexOf("\r\n\r\n") + 4);
	let content = "";
	while (text !== "") {
		const lineEnd = text.indexOf("\r\n");
		const size = Number.parseInt(text.slice(0, lineEnd), 16);
		content += text.slice(lineEnd + 2, lineEnd + 2 + size);
		text = text.slice(lineEnd + 2 + size + 2);
	}
	return fromUtf8(content);
}

/** The events behind the retry line. */
function eventsOf(client: VirtualClient): string[] {
	const [first, ...events] = contentOf(client).split("\n\n");
	expect(first).toMatch(/^retry: \d+$/);
	expect(events.pop()).toBe("");
	return events;
}

describe("an event stream", () => {
	test("is what browsers read, and is stored nowhere", () => {
		const served = serveEvents({ retryMs: 1500 });
		const client = served.listen();
		expect(client.received).toContain("\r\nContent-Type: text/event-stream\r\n");
		expect(client.received).toContain("\r\nCache-Control: no-store\r\n");
		expect(contentOf(client)).toBe("retry: 1500\n\n");
		served.stream.send("21.5 °C");
		served.stream.send('{"a":1}', "reading");
		served.stream.heartbeat();
		expect(eventsOf(client)).toEqual(["id: 0.1\ndata: 21.5 °C", 'id: 0.2\nevent: reading\ndata: {"a":1}', ":"]);
		expect(served.errors).toEqual([]);
	});

	test("sends data of several lines, whatever they end in, line by line", () => {
		const served = serveEvents();
		const client = served.listen();
		served.stream.send("a\nb\r\nc\rd\n");
		served.stream.send("");
		served.stream.send("id: x\n\nevent: y");
		expect(eventsOf(client)).toEqual([
			"id: 0.1\ndata: a\ndata: b\ndata: c\ndata: d\ndata: ",
			"id: 0.2\ndata: ",
			"id: 0.3\ndata: id: x\ndata: \ndata: event: y",
		]);
	});

	test("sends the same to all who listen, as long as they do", () => {
		const served = serveEvents();
		const [one, other] = [served.listen(), served.listen()];
		served.stream.send("a");
		one.reset();
		served.stream.send("b");
		expect([eventsOf(one).length, eventsOf(other).length, served.stream.subscriberCount]).toEqual([1, 2, 1]);
		other.end();
		expect(served.errors).toEqual([]);
	});

	test("is for so many; one more is told to come back, and comes in when somebody has gone", () => {
		const served = serveEvents({ subscribersMax: 2 });
		const clients = [served.listen(), served.listen()];
		const late = served.listen();
		expect(statuses(late)).toEqual([503]);
		expect(ask(served, request("GET /")).content).toBe("page");
		clients[0]?.reset();
		expect(served.listen().received).toMatch(/^HTTP\/1.1 200 /);
	});

	test("to HEAD is a head, and takes no place", () => {
		const served = serveEvents({ subscribersMax: 1 });
		expect(ask(served, request("HEAD /events")).status).toBe(200);
		expect(served.stream.subscriberCount).toBe(0);
	});

	test("is ended for all, who come back", () => {
		const served = serveEvents();
		const client = served.listen();
		served.stream.send("a");
		served.stream.endAll();
		expect(client.received.endsWith("0\r\n\r\n")).toBe(true);
		expect([client.state, served.stream.subscriberCount]).toEqual(["open", 0]);
		served.stream.send("b");
		expect(eventsOf(served.listen("0.1"))).toEqual(["id: 0.2\ndata: b"]);
	});

	test("ends when the server closes, for all who take it, and holds nobody up", async () => {
		const served = serveEvents({ historyLength: 1024 }, { sendLength: 512, shutdownTimeoutMs: 8000 });
		const clients = [served.listen(), served.listen()];
		const old = served.connect();
		old.send(request("GET /events HTTP/1.0"));
		const slow = served.listen(undefined, (client) => {
			client.room = 250;
		});
		served.stream.send("x".repeat(200));
		let isClosed = false;
		void served.server.close().then(() => {
			isClosed = true;
		});
		for (const client of clients) {
			expect([client.state, client.received.endsWith("\n\n\r\n0\r\n\r\n")]).toEqual(["closed", true]);
			expect(eventsOf(client)).toHaveLength(1);
		}
		expect(old.state).toBe("ended");
		old.end();
		await promises();
		expect([slow.state, isClosed]).toEqual(["open", false]);
		slow.take(1000);
		await promises();
		expect([slow.state, isClosed]).toEqual(["closed", true]);
		expect([served.stream.subscriberCount, served.errors]).toEqual([0, []]);
	});

	test("may begin behind a check that takes time, and hears nothing before, of a server that closes neither", async () => {
		for (const state of [undefined, "the handler's own"]) {
			const stream = new EventStream();
			const checks: (() => void)[] = [];
			const onRequest = async (one: Request, response: Response) => {
				one.state = state;
				await new Promise<void>((resolve) => void checks.push(resolve));
				return stream.route.onRequest?.(one, response);
			};
			const served = serve({ routes: { "GET /events": { ...stream.route, onRequest } } });
			const clients = [served.connect(), served.connect(), served.connect()];
			for (const client of clients) client.send(request("GET /events"));
			clients[0]?.reset();
			checks[1]?.();
			await promises();
			stream.send("x");
			void served.server.close();
			expect(eventsOf(sure(clients[1]))).toEqual(["id: 0.1\ndata: x"]);
			checks[2]?.();
			await promises();
			stream.endAll();
			expect(sure(clients[2]).received).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n0\r\n\r\n$/);
			expect(stream.subscriberCount).toBe(0);
			expect(served.errors.filter((error) => error instanceof TypeError)).toEqual([]);
		}
	});

	test("takes no place where the app does not read the field that says where to go on", () => {
		const stream = new EventStream({ subscribersMax: 1 });
		const served = serve({ routes: { "GET /events": { ...stream.route, fields: [] } } });
		for (let count = 0; count < 3; count += 1) expect(ask(served, request("GET /events")).status).toBe(500);
		expect([stream.subscriberCount, served.errors.length]).toEqual([0, 3]);
	});

	test("stays open as long as there are heartbeats", () => {
		const served = serveEvents();
		const client = served.listen();
		for (let turn = 0; turn < 10; turn += 1) {
			served.platform.advance(50_000);
			served.stream.heartbeat();
		}
		expect(client.state).toBe("open");
		served.platform.advance(60_000);
		expect([client.state, served.stream.subscriberCount]).toEqual(["aborted", 0]);
	});
});

describe("who comes back", () => {
	test("gets what was sent since the event it had last", () => {
		const served = serveEvents();
		for (const data of ["a", "b", "c"]) served.stream.send(data);
		const datas = (lastEventId?: string) =>
			eventsOf(served.listen(lastEventId)).map((event) => event.slice(event.indexOf("data: ") + 6));
		expect(datas("0.1")).toEqual(["b", "c"]);
		served.stream.endAll();
		expect(datas("0.3")).toEqual([]);
		expect(datas()).toEqual([]);
		expect(datas("")).toEqual([]);
		served.stream.endAll();
		expect(datas("0.0")).toEqual(["a", "b", "c"]);
	});

	test("gets all there is, when its id is none of ours, or long gone", () => {
		for (const id of ["0.99", "1.2", "0.x", "0.-1", "0.1.5", "abc", "0."]) {
			const served = serveEvents();
			for (const data of ["a", "b"]) served.stream.send(data);
			expect(eventsOf(served.listen(id)), id).toHaveLength(2);
		}
		const short = serveEvents({ historyLength: 64, run: "boot-7" });
		for (let count = 1; count <= 20; count += 1) short.stream.send(`x${count}`);
		expect(eventsOf(short.listen("boot-7.3"))).toEqual(["id: boot-7.19\ndata: x19", "id: boot-7.20\ndata: x20"]);
		expect(eventsOf(short.listen("boot-7.19"))).toEqual(["id: boot-7.20\ndata: x20"]);
	});

	test("with heartbeats between, gets each event once, however many there were", () => {
		const served = serveEvents({ historyLength: 64 });
		served.stream.heartbeat();
		served.stream.send("a");
		for (let count = 0; count < 100; count += 1) served.stream.heartbeat();
		served.stream.send("b");
		for (let count = 0; count < 100; count += 1) served.stream.heartbeat();
		expect(eventsOf(served.listen("0.1"))).toEqual(["id: 0.2\ndata: b"]);
		expect(eventsOf(served.listen("0.0"))).toEqual(["id: 0.1\ndata: a", "id: 0.2\ndata: b"]);
	});
});

describe("a subscriber that takes nothing", () => {
	test("costs the others nothing: it is dropped when what it lacks has made place", () => {
		const served = serveEvents({ historyLength: 256 }, { sendLength: 512, sendTimeoutMs: 5000 });
		const slow = served.listen(undefined, (client) => {
			client.room = 200;
		});
		const fast = served.listen();
		for (let count = 0; count < 100; count += 1) {
			served.stream.send("x".repeat(20));
			served.platform.advance(10);
		}
		expect(eventsOf(fast)).toHaveLength(100);
		served.platform.advance(5000);
		expect([slow.state, served.stream.subscriberCount]).toEqual(["aborted", 1]);
		expect(served.errors).toEqual([]);
	});

	test("for a while gets everything, in order", () => {
		const served = serveEvents({ historyLength: 1024 }, { sendLength: 512 });
		const slow = served.listen(undefined, (client) => {
			client.room = 300;
		});
		for (let count = 0; count < 20; count += 1) served.stream.send("x".repeat(count));
		slow.take(100_000);
		expect(eventsOf(slow).map((event) => event.slice(event.indexOf("data: ") + 6).length)).toEqual(
			Array.from({ length: 20 }, (_, count) => count),
		);
	});

	test("gets heartbeats between events only, and no more of them than it takes", () => {
		for (let room = 200; room < 320; room += 1) {
			const served = serveEvents({ historyLength: 1024 }, { sendLength: 512 });
			const slow = served.listen(undefined, (client) => {
				client.room = room;
			});
			for (let count = 0; count < 30; count += 1) {
				served.stream.send("x".repeat(count));
				// There is room that nobody has been told of.
				if (count === 25) slow.room += 600;
				for (let beats = 0; beats < count; beats += 1) served.stream.heartbeat();
			}
			slow.take(100_000);
			served.stream.heartbeat();
			const events = eventsOf(slow);
			expect(events.pop()).toBe(":");
			expect(events.filter((event) => event !== ":").map((event) => event.length)).toEqual(
				Array.from({ length: 30 }, (_, count) => `id: 0.${count + 1}\ndata: `.length + count),
			);
			expect(served.errors).toEqual([]);
		}
	});

	test("and was dropped is told so when it takes again: its stream ends", () => {
		const served = serveEvents({ historyLength: 64 }, { sendLength: 512 });
		const slow = served.listen(undefined, (client) => {
			client.room = 200;
		});
		for (let count = 0; count < 50; count += 1) served.stream.send("x".repeat(20));
		slow.take(100_000);
		expect(slow.received.endsWith("0\r\n\r\n")).toBe(true);
		expect([slow.state, served.stream.subscriberCount]).toEqual(["open", 0]);
	});
});

test("what no stream can be is refused", () => {
	for (const wrong of [{ subscribersMax: 0 }, { historyLength: 0 }, { retryMs: 1.5 }]) {
		expect(() => new EventStream(wrong)).toThrow(RangeError);
	}
	for (const run of ["a.b", "a b", "a\nb", "é"]) expect(() => new EventStream({ run })).toThrow(TypeError);
	const stream = new EventStream({ historyLength: 32 });
	expect(() => stream.send("x".repeat(30))).toThrow(RangeError);
	expect(() => stream.send("x", "a\nb")).toThrow(TypeError);
	stream.send("x");
});
