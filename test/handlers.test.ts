// How a handler answers: at once, with a ticket, with a promise; what happens when it fails, answers too late, or its
// client leaves. The verbs onReadable, onWritable, onDone and onError with back-pressure.

import { describe, expect, test, vi } from "vitest";
import type { Request, Response, RouteHandlers, Ticket } from "../src/index.js";
import {
	answer,
	answers,
	ask,
	promises,
	request,
	type Served,
	serve,
	statuses,
	sure,
	upload,
} from "./support/exchange.js";
import { textOf } from "./support/octets.js";
import type { VirtualClient } from "./support/virtual.js";

/** A route that keeps its tickets. */
function serveTickets(limits = {}, extra: RouteHandlers = {}) {
	const tickets: Ticket[] = [];
	const served = serve({
		limits,
		routes: {
			"* /later": {
				...extra,
				onRequest: (_request, response) => {
					tickets.push(response.defer());
				},
			},
			"GET /": (_request, response) => response.text("at once"),
		},
	});
	return { ...served, tickets };
}

function get(served: Served, path: string): VirtualClient {
	const client = served.connect();
	client.send(request(`GET ${path}`));
	return client;
}

describe("a ticket", () => {
	test("answers later", () => {
		const served = serveTickets();
		const client = get(served, "/later");
		expect(client.received).toBe("");
		expect(sure(served.tickets[0]?.response).text("now")).toBe(true);
		expect(answer(client).content).toBe("now");
	});

	test("begins a response, and writes and ends it later still", () => {
		const served = serveTickets();
		const client = get(served, "/later");
		const response = sure(served.tickets[0]?.response);
		response.begin();
		expect(client.received).toContain("chunked");
		response.write("a");
		served.platform.advance(1000);
		response.write("b");
		response.end();
		expect(answer(client).content).toBe("ab");
	});

	test("is empty once the response is complete", () => {
		const served = serveTickets();
		get(served, "/later");
		const ticket = sure(served.tickets[0]);
		ticket.response?.text("now");
		expect(ticket.response).toBeUndefined();
	});

	test("is empty once the client has gone, and the response says that nothing was done", () => {
		const served = serveTickets();
		const client = get(served, "/later");
		const ticket = sure(served.tickets[0]);
		const response = sure(ticket.response);
		client.reset();
		expect(ticket.response).toBeUndefined();
		expect(response.isOpen).toBe(false);
		expect(response.status).toBe(0);
		expect(response.room).toBe(0);
		for (const call of [
			() => response.text("x"),
			() => response.json(1),
			() => response.octets(new Uint8Array(1)),
			() => response.empty(),
			() => response.setField("X-A", "1"),
			() => response.interim(103),
			() => response.begin(),
			() => response.write("x"),
			() => response.end(),
			() => response.setLast(),
			() => response.detach({}, 0),
		]) {
			expect(call()).toBe(false);
		}
		response.status = 404;
		expect(response.defer().response).toBeUndefined();
		expect(served.errors).toEqual([]);
	});

	test("of an earlier client never touches the one that has the slot now", () => {
		const served = serveTickets({ connections: 1 });
		get(served, "/later").reset();
		const second = get(served, "/later");
		const stale = sure(served.tickets[0]);
		expect(stale.response).toBeUndefined();
		expect(second.received).toBe("");
		sure(served.tickets[1]?.response).text("mine");
		expect(answer(second).content).toBe("mine");
	});

	test("of an earlier request never touches the next one of its connection", () => {
		const served = serveTickets({ handlerTimeoutMs: 100 });
		const client = get(served, "/later");
		const late = sure(served.tickets[0]?.response);
		served.platform.advance(100);
		expect(statuses(client)).toEqual([503]);
		client.send(request("GET /later"));
		expect(late.text("too late")).toBe(false);
		expect(served.tickets[0]?.response).toBeUndefined();
		sure(served.tickets[1]?.response).text("in time");
		expect(answers(client)[1]?.content).toBe("in time");
	});

	test("asked for and then not needed does no harm", () => {
		const served = serve({
			routes: {
				"GET /": (_request, response) => {
					response.defer();
					response.text("x");
				},
			},
		});
		const client = get(served, "/");
		client.send(request("GET /"));
		expect(statuses(client)).toEqual([200, 200]);
	});
});

describe("a promise", () => {
	/** A route whose promise the test settles. */
	function servePromise(route: (response: Response) => RouteHandlers = () => ({}), limits = {}) {
		const settle: { resolve: () => void; reject: (error: unknown) => void; response: Response; request: Request }[] =
			[];
		const served = serve({
			limits,
			routes: {
				"* /": {
					...route,
					onRequest: (one, response) =>
						new Promise<void>((resolve, reject) => {
							settle.push({ resolve, reject, response, request: one });
						}),
				},
			},
		});
		return { ...served, settle };
	}

	test("an async handler answers when it is done waiting", async () => {
		const served = serve({
			routes: {
				"GET /": async (_request, response) => {
					await Promise.resolve();
					response.text("awaited");
				},
			},
		});
		const client = get(served, "/");
		expect(client.received).toBe("");
		await promises();
		expect(answer(client).content).toBe("awaited");
	});

	test("the answer may come before the promise is settled, and the next request does not wait for it", async () => {
		const served = servePromise();
		const client = get(served, "/");
		sure(served.settle[0]).response.text("one");
		client.send(request("GET /"));
		sure(served.settle[1]).response.text("two");
		expect(answers(client).map((one) => one.content)).toEqual(["one", "two"]);
		sure(served.settle[0]).resolve();
		sure(served.settle[1]).resolve();
		await promises();
		expect(client.state).toBe("open");
		expect(served.errors).toEqual([]);
	});

	test("a rejection costs one 500 and is reported", async () => {
		const served = servePromise();
		const client = get(served, "/");
		const error = new Error("on purpose");
		sure(served.settle[0]).reject(error);
		await promises();
		expect(answer(client)).toMatchObject({ status: 500, content: "500 Internal Server Error\n" });
		expect(served.errors).toEqual([error]);
		expect(client.state).toBe("open");
	});

	test("a rejection after the head cuts the connection off", async () => {
		const served = servePromise();
		const client = get(served, "/");
		sure(served.settle[0]).response.begin(10);
		sure(served.settle[0]).reject(new Error("on purpose"));
		await promises();
		expect(client.state).toBe("aborted");
	});

	test("a rejection after the answer is reported and spoils nothing", async () => {
		const served = servePromise();
		const client = get(served, "/");
		const error = new Error("on purpose");
		sure(served.settle[0]).response.text("fine");
		sure(served.settle[0]).reject(error);
		await promises();
		expect(answer(client).status).toBe(200);
		expect(client.state).toBe("open");
		expect(served.errors).toEqual([error]);
	});

	test("a rejection after the client has gone is reported, and nobody else's response is touched", async () => {
		const served = servePromise(undefined, { connections: 1 });
		get(served, "/").reset();
		const second = get(served, "/");
		const error = new Error("on purpose");
		sure(served.settle[0]).reject(error);
		await promises();
		expect(second.received).toBe("");
		expect(served.errors).toEqual([error]);
		sure(served.settle[1]).response.text("mine");
		expect(answer(second).content).toBe("mine");
	});

	test("a fulfilment after the client has gone does not fail the one that has the slot now", async () => {
		const served = servePromise(undefined, { connections: 1 });
		get(served, "/").reset();
		const second = get(served, "/");
		sure(served.settle[0]).resolve();
		await promises();
		expect(second.received).toBe("");
		expect(served.errors).toEqual([]);
	});

	test("a fulfilment without an answer costs one 500", async () => {
		const served = servePromise();
		const client = get(served, "/");
		sure(served.settle[0]).resolve();
		await promises();
		expect(statuses(client)).toEqual([500]);
		expect(String(served.errors[0])).toContain("returned without answering");
	});

	test("a fulfilment with the response begun and not ended cuts the connection off", async () => {
		const served = servePromise();
		const client = get(served, "/");
		sure(served.settle[0]).response.begin();
		sure(served.settle[0]).resolve();
		await promises();
		expect(client.state).toBe("aborted");
		expect(String(served.errors[0])).toContain("without ending the response");
	});

	test("a ticket outlives the promise", async () => {
		const served = servePromise();
		const client = get(served, "/");
		const ticket = sure(served.settle[0]).response.defer();
		sure(served.settle[0]).resolve();
		await promises();
		expect(client.received).toBe("");
		ticket.response?.text("later still");
		expect(answer(client).content).toBe("later still");
	});

	test("request and response that a promise may hold are dead once the request is over", async () => {
		const served = servePromise();
		const client = get(served, "/");
		const first = sure(served.settle[0]);
		first.response.text("one");
		client.send(request("GET /"));
		expect(() => first.request.path).toThrow(/the request is over/);
		expect(first.response.text("more")).toBe(false);
		expect(answers(client).length).toBe(1);
	});

	test("content waits for the promise of onRequest", async () => {
		const seen: number[] = [];
		let goOn = () => {};
		const served = serve({
			routes: {
				"POST /": {
					onRequest: () =>
						new Promise<void>((resolve) => {
							goOn = resolve;
						}),
					onReadable: (_request, response, count) => {
						seen.push(count);
						_request.read(new Uint8Array(10));
						if (count === 0) response.text("done");
					},
				},
			},
		});
		const client = served.connect();
		client.send(upload("POST /", "abc"));
		expect(seen).toEqual([]);
		goOn();
		await promises();
		expect(seen).toEqual([3, 0]);
		expect(answer(client).content).toBe("done");
	});

	test("the last call of onReadable may return one", async () => {
		const served = serve({
			routes: {
				"POST /": {
					async onReadable(one, response, count) {
						one.read(new Uint8Array(10));
						if (count > 0) return;
						await Promise.resolve();
						response.text("done");
					},
				},
			},
		});
		const client = served.connect();
		client.send(upload("POST /", "abc"));
		await promises();
		expect(answer(client).content).toBe("done");
	});

	test("a promise of an earlier call of onReadable that is rejected costs one 500, not the process", async () => {
		const served = serve({
			routes: {
				"POST /": {
					async onReadable(_request, _response, count) {
						if (count > 0) throw new Error("on purpose");
					},
				},
			},
		});
		const client = served.connect();
		client.send(request("POST /", ["Content-Length: 6"], "abc"));
		await promises();
		expect(statuses(client)).toEqual([500]);
		expect(served.errors.map(String)).toEqual(["Error: on purpose"]);
	});
});

describe("a handler that fails", () => {
	test("before its head costs one 500; the connection goes on", () => {
		const error = new Error("on purpose");
		const served = serve({
			routes: {
				"GET /throws": () => {
					throw error;
				},
				"GET /": (_request, response) => response.text("fine"),
			},
		});
		const client = get(served, "/throws");
		client.send(request("GET /"));
		expect(statuses(client)).toEqual([500, 200]);
		expect(served.errors).toEqual([error]);
	});

	test("after its head cuts the connection off, so that nobody takes half for the whole", () => {
		const served = serve({
			routes: {
				"GET /": (_request, response) => {
					response.begin();
					response.write("half");
					throw new Error("on purpose");
				},
			},
		});
		const client = get(served, "/");
		expect(client.state).toBe("aborted");
		expect(client.received).not.toContain("\r\n0\r\n");
	});

	test("after its answer spoils nothing", () => {
		const served = serve({
			routes: {
				"GET /": (_request, response) => {
					response.text("whole");
					throw new Error("on purpose");
				},
			},
		});
		const client = get(served, "/");
		client.send(request("GET /"));
		expect(answers(client).map((one) => one.content)).toEqual(["whole", "whole"]);
		expect(served.errors.length).toBe(2);
	});

	test("by returning without an answer costs one 500 and says what it should have done", () => {
		const served = serve({ routes: { "GET /": () => {} } });
		const client = get(served, "/");
		expect(statuses(client)).toEqual([500]);
		expect(String(served.errors[0])).toMatch(/without answering: answer before it returns, return a promise, or keep/);
	});

	test("by returning with the response begun cuts the connection off", () => {
		const served = serve({ routes: { "GET /": (_request, response) => response.begin() } });
		const client = get(served, "/");
		expect(client.state).toBe("aborted");
		expect(String(served.errors[0])).toContain("without ending the response it began");
	});

	test.each([
		["onReadable", { onReadable: thrower }],
		[
			"onReadable at the end",
			{ onReadable: (one: Request, _r: Response, n: number) => (n > 0 ? drop(one) : thrower()) },
		],
	])("in %s costs one 500", (_what, route) => {
		const served = serve({ routes: { "POST /": route } });
		expect(ask(served, upload("POST /", "abc")).status).toBe(500);
		expect(served.errors.map(String)).toEqual(["Error: on purpose"]);
	});

	test("in onWritable cuts the connection off", () => {
		const served = serve({
			routes: { "GET /": { onRequest: (_request, response) => void response.begin(), onWritable: thrower } },
		});
		expect(get(served, "/").state).toBe("aborted");
		expect(served.errors.map(String)).toEqual(["Error: on purpose"]);
	});

	test("in onDone or onError is reported and spoils nothing", () => {
		const served = serve({
			routes: {
				"GET /done": { onRequest: (_request, response) => void response.text("x"), onDone: thrower },
				"GET /error": { onRequest: thrower, onError: thrower },
			},
		});
		const client = get(served, "/done");
		client.send(request("GET /error"));
		client.send(request("GET /done"));
		expect(statuses(client)).toEqual([200, 500, 200]);
		expect(served.errors.length).toBe(4);
	});

	test("is told to its own onError first of all, with what it threw", () => {
		const error = new Error("on purpose");
		const onError = vi.fn();
		const onDone = vi.fn();
		const served = serve({
			routes: {
				"GET /": {
					onRequest: () => {
						throw error;
					},
					onError: (one, thrown) => onError(one.path, thrown),
					onDone,
				},
			},
		});
		get(served, "/");
		expect(onError.mock.calls).toEqual([["/", error]]);
		expect(onDone).not.toHaveBeenCalled();
	});
});

function thrower(): never {
	throw new Error("on purpose");
}

function drop(one: Request): void {
	const buffer = new Uint8Array(100);
	while (one.read(buffer) > 0);
}

describe("the error hook", () => {
	test("is told the request as long as there is one", () => {
		const told: (string | null)[] = [];
		const served = serve({
			routes: { "GET /:x": thrower },
			onError: (_error, one) => told.push(one === null ? null : one.parameter("x")),
		});
		ask(served, request("GET /abc"));
		expect(told).toEqual(["abc"]);
	});

	test("that throws changes nothing", () => {
		const served = serve({ routes: { "GET /": thrower }, onError: thrower });
		const client = get(served, "/");
		client.send(request("GET /"));
		expect(statuses(client)).toEqual([500, 500]);
	});

	test("need not be there", () => {
		const served = serve({ routes: { "GET /": thrower } });
		expect(ask(served, request("GET /")).status).toBe(500);
	});
});

describe("onWritable", () => {
	/** A stream of `length` octets, written as there is room. */
	function serveStream(length: number, extra: RouteHandlers = {}) {
		const rooms: number[] = [];
		const served = serve({
			routes: {
				"GET /": {
					...extra,
					onRequest: (one, response) => {
						one.state = 0;
						response.begin();
					},
					onWritable: (one, response, room) => {
						rooms.push(room);
						const at = one.state as number;
						const piece = pattern(at, Math.min(room, length - at));
						response.write(piece);
						one.state = at + piece.length;
						if (one.state === length) response.end();
					},
				},
			},
		});
		return { ...served, rooms };
	}

	test("streams content much larger than any buffer", () => {
		const served = serveStream(200_000);
		const client = get(served, "/");
		expect(answer(client).content === textOf(pattern(0, 200_000))).toBe(true);
	});

	test("is not called while the client takes nothing, and loses nothing when it takes again", () => {
		const served = serveStream(20_000);
		const client = served.connect((one) => {
			one.room = 0;
		});
		client.send(request("GET /"));
		const calls = served.rooms.length;
		expect(calls).toBeLessThan(5);
		served.platform.advance(10_000);
		expect(served.rooms.length).toBe(calls);
		for (let count = 0; count < 3000; count += 1) client.take(10);
		expect(answer(client).content === textOf(pattern(0, 20_000))).toBe(true);
	});

	test("is never called with a room of 0", () => {
		const served = serveStream(20_000);
		const client = served.connect((one) => {
			one.transport.roomMax = 1;
		});
		client.send(request("GET /"));
		expect(answer(client).content.length).toBe(20_000);
		expect(Math.min(...served.rooms)).toBeGreaterThan(0);
	});

	test("that has nothing to write is not asked again until something is written, or the room grows", () => {
		let calls = 0;
		let ticket: Ticket | undefined;
		const served = serve({
			routes: {
				"GET /": {
					onRequest: (_request, response) => {
						ticket = response.defer();
						response.begin();
					},
					onWritable: () => {
						calls += 1;
					},
				},
			},
		});
		const client = get(served, "/");
		const before = calls;
		expect(before).toBeGreaterThan(0);
		client.take(1);
		client.send("x");
		served.platform.advance(1000);
		expect(calls).toBe(before);
		ticket?.response?.write("a");
		// Not while the handler is still writing: in the next turn.
		expect(calls).toBe(before);
		served.platform.advance(1);
		const after = calls;
		expect(after).toBeGreaterThan(before);
		ticket?.response?.end();
		expect(calls).toBe(after);
	});

	test("that answered at once and kept the response cannot reach the next request with it", () => {
		let kept: Response | undefined;
		const served = serve({
			routes: {
				"GET /": (_request, response) => {
					kept = response;
					response.text("first");
				},
				"GET /stream": {
					onRequest: (_request, response) => {
						response.begin();
					},
					onWritable: () => {},
				},
			},
		});
		const client = get(served, "/");
		client.send(request("GET /stream"));
		expect(() => kept?.write("stolen")).toThrow(/ticket/);
		expect(() => kept?.defer()).toThrow(/ticket/);
		expect(() => kept?.setLast()).toThrow(/ticket/);
		expect(client.received).not.toContain("stolen");
	});

	test("is told of the client that leaves in the middle, by onError and not by onDone", () => {
		const onError = vi.fn();
		const onDone = vi.fn();
		const served = serveStream(20_000, { onError, onDone });
		const client = served.connect((one) => {
			one.room = 100;
		});
		client.send(request("GET /"));
		client.reset();
		expect(onError).toHaveBeenCalledTimes(1);
		expect(onDone).not.toHaveBeenCalled();
		expect(served.server.connectionCount).toBe(0);
	});
});

/** `length` octets that tell their place, from `start`. */
function pattern(start: number, length: number): Uint8Array {
	return Uint8Array.from({ length }, (_, index) => ((start + index) * 31) % 251);
}

describe("onReadable", () => {
	test("a paused upload stops being read, so that the client's window closes; resumed, it loses nothing", () => {
		const received: number[] = [];
		let paused: Request | undefined;
		let ticket: Ticket | undefined;
		const served = serve({
			limits: { receiveLength: 1024 },
			routes: {
				"PUT /": {
					contentLengthMax: 1_000_000,
					onRequest: (one, response) => {
						paused = one;
						ticket = response.defer();
					},
					onReadable: (one, response, count) => {
						if (one.state === "resumed") take(one, received);
						if (count === 0) response.text("done");
					},
				},
			},
		});
		const content = pattern(0, 50_000);
		const client = served.connect();
		client.send(request("PUT /", ["Content-Length: 50000"]));
		client.send(content);
		expect(client.transport.unread).toBeGreaterThan(48_000);
		const { unread, readCount } = client.transport;
		served.platform.advance(5000);
		expect(client.transport).toMatchObject({ unread, readCount });

		const one = sure(paused);
		const some = new Uint8Array(100);
		expect(one.read(some)).toBe(100);
		received.push(...some);
		expect(client.transport.unread).toBeGreaterThan(48_000);
		one.state = "resumed";
		take(one, received);
		served.platform.advance(0);
		expect(client.transport.unread).toBe(0);
		expect(textOf(Uint8Array.from(received)) === textOf(Uint8Array.from(content))).toBe(true);
		expect(answer(client).content).toBe("done");
		expect(ticket?.response).toBeUndefined();
	});

	test("is never called in the middle of a read: what was read first is seen to first", () => {
		const order: string[] = [];
		let kept: Request | undefined;
		const served = serve({
			routes: {
				"PUT /": {
					onRequest: (one, response) => {
						kept = one;
						response.defer();
					},
					onReadable: (one, response, count) => {
						if (count > 0 && one.state === undefined) return;
						take(one, []);
						order.push(`told ${count}`);
						if (count === 0) response.text("done");
					},
				},
			},
		});
		const client = served.connect();
		client.send(upload("PUT /", "abc"));
		const one = sure(kept);
		one.state = "resumed";
		expect(one.read(new Uint8Array(10))).toBe(3);
		order.push("read 3");
		served.platform.advance(0);
		expect(order).toEqual(["read 3", "told 0"]);
		expect(answer(client).content).toBe("done");
	});

	test("is called on arrival only", () => {
		const counts: number[] = [];
		const served = serve({
			routes: {
				"PUT /": {
					onReadable: (_request, _response, count) => {
						counts.push(count);
					},
				},
			},
		});
		const client = served.connect();
		client.send(request("PUT /", ["Content-Length: 10"], "abc"));
		expect(counts).toEqual([3]);
		served.platform.advance(1000);
		expect(counts).toEqual([3]);
		client.send("de");
		expect(counts).toEqual([3, 5]);
	});

	test("may answer before the content is complete; the rest is dropped and the connection goes on", () => {
		const served = serve({
			routes: {
				"PUT /": { onReadable: (_request, response) => void response.text("enough") },
				"GET /": (_request, response) => response.text("next"),
			},
		});
		const client = served.connect();
		client.send(request("PUT /", ["Content-Length: 5000"], "abc"));
		expect(statuses(client)).toEqual([200]);
		client.send("x".repeat(4997) + request("GET /"));
		expect(answers(client).map((one) => one.content)).toEqual(["enough", "next"]);
	});

	test("echoes content as it arrives, in and out side by side", () => {
		const served = serve({
			routes: {
				"POST /": {
					onRequest: (one, response) => void response.begin(one.contentLength < 0 ? undefined : one.contentLength),
					onReadable: (one, response, count) => {
						echo(one, response);
						if (count === 0 && one.isContentComplete) response.end();
					},
					onWritable: (one, response) => echo(one, response),
				},
			},
		});
		const content = textOf(pattern(0, 30_000));
		const client = served.connect((one) => {
			one.room = 0;
		});
		client.send(upload("POST /", content));
		for (let count = 0; count < 400; count += 1) client.take(100);
		expect(answer(client).content === content).toBe(true);
	});
});

function take(one: Request, into: number[]): void {
	const buffer = new Uint8Array(300);
	for (let count = one.read(buffer); count > 0; count = one.read(buffer)) into.push(...buffer.subarray(0, count));
}

/** Takes what there is room for. */
function echo(one: Request, response: Response): void {
	const buffer = new Uint8Array(64);
	while (response.room > 0) {
		const count = one.read(buffer, 0, Math.min(buffer.length, response.room));
		if (count === 0) return;
		response.write(buffer, 0, count);
	}
}

describe("onDone and onError", () => {
	function serveWatched(limits = {}) {
		const told: string[] = [];
		const tickets: Ticket[] = [];
		const served = serve({
			limits,
			routes: {
				"* /later": {
					onRequest: (one, response) => {
						one.state = "mine";
						tickets.push(response.defer());
					},
					onDone: (one) => told.push(`done ${one.path} ${one.state}`),
					onError: (one, error) => told.push(`error ${one.path} ${one.state} ${(error as Error).message}`),
				},
				"PUT /upload": {
					onReadable: (one, response, count) => {
						drop(one);
						if (count === 0) response.text("done");
					},
					onDone: () => told.push("done"),
					onError: (_request, error) => told.push(`error ${(error as Error).name} ${(error as Error).message}`),
				},
			},
		});
		return { ...served, told, tickets };
	}

	test("onDone is called once, when the last octet has been handed to the transport", () => {
		const served = serveWatched();
		const client = served.connect((one) => {
			one.room = 20;
		});
		client.send(request("GET /later"));
		served.tickets[0]?.response?.text("x");
		expect(served.told).toEqual([]);
		client.take(10_000);
		expect(served.told).toEqual(["done /later mine"]);
		client.reset();
		expect(served.told.length).toBe(1);
	});

	test("a reset is told to onError at once", () => {
		const served = serveWatched();
		get(served, "/later").reset();
		expect(served.told).toEqual(["error /later mine the client has gone"]);
	});

	test("a client that closes its side only may still be answered (RFC 9112 §9.6)", () => {
		const served = serveWatched();
		const client = get(served, "/later");
		client.end();
		expect(served.told).toEqual([]);
		served.tickets[0]?.response?.text("x");
		expect(served.told).toEqual(["done /later mine"]);
		expect(answer(client).content).toBe("x");
		expect(served.server.connectionCount).toBe(0);
	});

	test("a client that closes its side in the middle of its content has left", () => {
		const served = serveWatched();
		const client = served.connect();
		client.send(request("PUT /upload", ["Content-Length: 100"], "abc"));
		client.end();
		expect(served.told.length).toBe(1);
		expect(served.told[0]).toContain("error RequestError");
		expect(served.server.connectionCount).toBe(0);
	});

	test("content that comes to a stop ends in onError with 408", () => {
		const served = serveWatched({ contentIdleTimeoutMs: 1000 });
		const client = served.connect();
		client.send(request("PUT /upload", ["Content-Length: 100"], "abc"));
		served.platform.advance(1000);
		expect(statuses(client)).toEqual([408]);
		expect(served.told).toEqual(["error RequestError requestTimedOut"]);
	});

	test("content that breaks a rule ends in onError with its name", () => {
		const served = serveWatched();
		const client = served.connect();
		client.send(request("PUT /upload", ["Transfer-Encoding: chunked"], "3\r\nabcX"));
		expect(statuses(client)).toEqual([400]);
		expect(served.told).toEqual(["error RequestError chunkDataUnterminated"]);
	});

	test("a client that takes nothing ends in onError", () => {
		const served = serveWatched({ sendTimeoutMs: 1000 });
		const client = served.connect((one) => {
			one.room = 10;
		});
		client.send(request("GET /later"));
		served.tickets[0]?.response?.text("x");
		served.platform.advance(1000);
		expect(served.told.length).toBe(1);
		expect(served.told[0]).toContain("error /later mine");
		expect(client.state).toBe("aborted");
	});

	test("a server that aborts tells onError", () => {
		const served = serveWatched();
		get(served, "/later");
		served.server.abort();
		expect(served.told).toEqual(["error /later mine the server has closed"]);
	});
});

describe("the request of a handler", () => {
	test("its state begins undefined, even where the request before left one", () => {
		const states: unknown[] = [];
		const served = serve({
			routes: {
				"GET /": (one, response) => {
					states.push(one.state);
					one.state = "left";
					response.empty();
				},
			},
		});
		const client = get(served, "/");
		client.send(request("GET /"));
		expect(states).toEqual([undefined, undefined]);
	});

	test("throws once it is over, but for its state", () => {
		let kept: Request | undefined;
		const served = serve({
			routes: {
				"GET /": (one, response) => {
					kept = one;
					one.state = 7;
					response.defer().response?.text("x");
				},
			},
		});
		get(served, "/");
		const one = sure(kept);
		for (const access of [
			() => one.method,
			() => one.path,
			() => one.target,
			() => one.query,
			() => one.version,
			() => one.remoteAddress,
			() => one.now,
			() => one.date,
			() => one.contentLength,
			() => one.isContentComplete,
			() => one.fieldCount,
			() => one.field("host"),
			() => one.parameter("x"),
			() => one.queryParameter("x"),
		]) {
			expect(access).toThrow(/the request is over/);
		}
		expect(one.state).toBe(7);
		// A loop that reads on finds no more, as at the end of any content.
		expect(one.read(new Uint8Array(1))).toBe(0);
	});

	test("kept by a handler that answered at once throws too, once nobody is served", () => {
		const kept: { request: Request; response: Response }[] = [];
		const served = serve({
			routes: {
				"GET /": (one, response) => {
					kept.push({ request: one, response });
					response.empty();
				},
			},
		});
		const client = get(served, "/");
		const { request: one, response } = sure(kept[0]);
		expect(() => one.path).toThrow(/the request is over/);
		expect(() => response.text("again")).toThrow(Error);
		expect(statuses(client)).toEqual([200]);
	});

	test("is whole in onDone", () => {
		const told: unknown[] = [];
		const served = serve({
			fields: ["X-A"],
			routes: {
				"GET /:name": {
					onRequest: (_request, response) => void response.text("x"),
					onDone: (one) =>
						told.push([one.method, one.path, one.query, one.version, one.parameter("name"), one.field("x-a")]),
				},
			},
		});
		const client = served.connect();
		client.send(request("GET /b?c HTTP/1.0", ["X-A: 1", "Connection: keep-alive"]) + request("GET /d", ["X-A: 2"]));
		expect(told).toEqual([
			["GET", "/b", "c", "1.0", "b", "1"],
			["GET", "/d", undefined, "1.1", "d", "2"],
		]);
	});
});
