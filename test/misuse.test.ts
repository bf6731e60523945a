// Handlers that do what they should not, and clients that end at awkward moments: each costs one response or one
// connection, never the server and never somebody else's.

import { describe, expect, test } from "vitest";
import type { Response, Ticket } from "../src/index.js";
import { answer, answers, chunked, request, serve, statuses } from "./support/exchange.js";
import { VirtualPlatform } from "./support/virtual.js";

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("a handler's hooks", () => {
	test.each([
		["a broken chunk", "Transfer-Encoding: chunked", "zz\r\n"],
		["content that never comes", "Content-Length: 5", "ab"],
	])("onError cannot answer what is being refused: %s", (_what, field, content) => {
		const served = serve({
			routes: {
				"POST /": {
					onRequest: (one, response) => {
						one.state = response;
						response.defer();
					},
					onReadable: (one) => void one.read(new Uint8Array(8)),
					onError: (one) => {
						expect((one.state as Response).text("sorry")).toBe(false);
					},
				},
			},
		});
		const client = served.connect();
		client.send(request("POST /", [field], content));
		served.platform.advance(20_000);
		expect(statuses(client)[0]).toBeGreaterThanOrEqual(400);
		served.platform.advance(20_000);
		expect(served.server.connectionCount).toBe(0);
	});

	test("onDone that answers another client, whose answer ends this connection, ends nobody else's", () => {
		let ticket: Ticket | undefined;
		const served = serve({
			limits: { connections: 2, tenureMs: 0 },
			routes: {
				"GET /a": {
					onRequest: (_one, response) => response.text("a"),
					onDone: () => {
						ticket?.response?.text("b");
					},
				},
				"GET /b": (_one, response) => {
					ticket = response.defer();
				},
				"GET /c": (_one, response) => response.text("c"),
			},
		});
		const second = served.connect();
		second.send(request("GET /b"));
		const first = served.connect();
		const third = served.connect();
		third.send(request("GET /c"));
		first.send(request("GET /a"));
		served.platform.advance(100);
		expect(answer(second).content).toBe("b");
		expect(answer(third).content).toBe("c");
	});

	test.each(["onWritable", "onDone"] as const)(
		"a rejection of an async %s is told, and goes no further",
		async (verb) => {
			const fail = async () => {
				throw new Error("late");
			};
			const served = serve({
				routes: {
					"GET /": {
						onRequest: (_one, response) => {
							if (verb === "onDone") response.text("x");
							else response.begin();
						},
						[verb]: fail,
					},
				},
			});
			served.connect().send(request("GET /"));
			await turn();
			expect(served.errors.length).toBeGreaterThan(0);
			for (const error of served.errors) expect(error).toMatchObject({ message: "late" });
		},
	);

	test("a thenable that throws costs one 500", () => {
		const thenable = {
			// biome-ignore lint/suspicious/noThenProperty: that is the point
			get then(): never {
				throw new Error("no");
			},
		};
		const served = serve({ routes: { "GET /": () => thenable as unknown as Promise<void> } });
		const client = served.connect();
		client.send(request("GET /"));
		expect(statuses(client)).toEqual([500]);
	});
});

describe("a response", () => {
	test("an empty write is no reason to ask onWritable for ever", () => {
		let calls = 0;
		const served = serve({
			routes: {
				"GET /": {
					onRequest: (_one, response) => response.begin(),
					onWritable: (_one, response) => {
						calls += 1;
						response.write("");
					},
				},
			},
		});
		served.connect().send(request("GET /"));
		expect(calls).toBeLessThan(5);
	});

	test.each([
		["text(42)", (response: Response) => response.text(42 as unknown as string)],
		["octets(ArrayBuffer)", (response: Response) => response.octets(new ArrayBuffer(5) as unknown as Uint8Array)],
		["octets(string)", (response: Response) => response.octets("hello" as unknown as Uint8Array)],
		["setField(number)", (response: Response) => response.setField("Retry-After", 42 as unknown as string)],
		["text with a number as its type", (response: Response) => response.text("x", 5 as unknown as string)],
		[
			"write of one and a half octets",
			(response: Response) => response.begin() && response.write(new Uint8Array(4), 0, 1.5),
		],
		// @ts-expect-error: it would have to be told whether units or octets are meant.
		["write of a part of a string", (response: Response) => response.begin() && response.write("abcdef", 2)],
		// @ts-expect-error: likewise.
		["write of the beginning of a string", (response: Response) => response.begin() && response.write("abcdef", 0, 4)],
	])("%s throws at the handler and spoils no framing", (_what, act) => {
		let thrown: unknown;
		const served = serve({
			routes: {
				"GET /": (_one, response) => {
					try {
						act(response);
					} catch (error) {
						thrown = error;
						throw error;
					}
				},
			},
		});
		const client = served.connect();
		client.send(request("GET /"));
		expect(thrown).toBeInstanceOf(Error);
		expect(client.received === "" || client.received.startsWith("HTTP/1.1 ")).toBe(true);
		expect(client.received).not.toContain("\0");
	});

	test("a field that did not fit leaves the head as it was", () => {
		const served = serve({
			routes: {
				"GET /": (_one, response) => {
					expect(() => response.setField("X", "x".repeat(5000))).toThrow(RangeError);
					response.interim(103, { Link: "</a>" });
					response.setField("X-A", "1");
					response.text("whole");
				},
			},
		});
		const client = served.connect();
		client.send(request("GET /"));
		const [early, final] = answers(client);
		expect(early).toMatchObject({ status: 103 });
		expect(early?.field("link")).toBe("</a>");
		expect(final).toMatchObject({ status: 200, content: "whole" });
		expect(final?.field("x-a")).toBe("1");
	});

	test("a throw behind detach ends the connection and hands nobody over", () => {
		const seen: string[] = [];
		const served = serve({
			limits: { connections: 1 },
			routes: {
				"GET /up": (_one, response) => {
					response.setField("Upgrade", "x");
					response.detach({ onReadable: () => seen.push("read"), onWritable: () => seen.push("written") }, 0);
					throw new Error("after");
				},
				"GET /": (_one, response) => response.text("other"),
			},
		});
		served.connect().send(request("GET /up"));
		const other = served.connect();
		other.send(request("GET /"));
		expect(answer(other).content).toBe("other");
		expect(seen).toEqual([]);
	});
});

test("zeros before a chunk size do not go on for ever", () => {
	const served = serve({
		routes: { "POST /": { onReadable: () => {}, onRequest: (_one, response) => void response.defer() } },
	});
	const client = served.connect();
	client.send(request("POST /", ["Transfer-Encoding: chunked"], "0".repeat(256)));
	expect(client.received).toBe("");
	client.send("0");
	expect(statuses(client)).toEqual([400]);
});

test("content below the least rate gets no further grace by arriving", () => {
	const platform = new VirtualPlatform();
	platform.timersRunFirst = true;
	const served = serve(
		{
			limits: { contentIdleTimeoutMs: 1000, contentRateMin: 1_000_000 },
			routes: { "POST /": { onReadable: (one) => void one.read(new Uint8Array(64)) } },
		},
		platform,
	);
	const client = served.connect();
	client.send(request("POST /", ["Transfer-Encoding: chunked"]));
	for (let sent = 0; sent < 4000 && client.received === ""; sent += 1) {
		client.send(chunked(["x"]).slice(0, 6));
		platform.advance(1);
	}
	expect(statuses(client)).toEqual([408]);
});
