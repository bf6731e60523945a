// The shorter ways: a head that is answered as it arrives, content that goes from the transport to the handler, and large
// pieces that go from the handler to the transport. Each has to come to what the long way comes to.

import { describe, expect, test } from "vitest";
import { type AppOptions, prebuild, type Ticket } from "../src/index.js";
import { READABLE } from "../src/server/marks.js";
import { answer, answers, chunked, request, type Served, serve, sure, upload } from "./support/exchange.js";
import { octetsOf, textOf } from "./support/octets.js";

/** A whole number from 0, below `limit`, the same each time. */
class Chance {
	#seed: number;

	constructor(seed: number) {
		this.#seed = seed;
	}

	below(limit: number): number {
		// xorshift32
		this.#seed ^= this.#seed << 13;
		this.#seed ^= this.#seed >>> 17;
		this.#seed ^= this.#seed << 5;
		return (this.#seed >>> 1) % limit;
	}

	of<T>(values: readonly T[]): T {
		return values[this.below(values.length)] as T;
	}
}

/** `length` octets that say where they stand. */
function pattern(length: number): Uint8Array {
	return Uint8Array.from({ length }, (_, index) => 33 + (index % 89) + (((index / 89) | 0) % 4));
}

describe("a head that is answered as it arrives", () => {
	/** From here on the server looks round for whatever can be done, as it does for everything else. */
	function lookRound(served: Served): void {
		for (const slot of served.server.slots) {
			const readable = () => {
				Reflect.set(slot, "marks", (Reflect.get(slot, "marks") as number) | READABLE);
				slot.run();
			};
			expect(typeof Reflect.get(slot, "readable")).toBe("function");
			Object.defineProperty(slot, "readable", { value: readable });
		}
	}

	/** An app that notes what it is asked. */
	function appOf(told: string[]): AppOptions {
		return {
			limits: { connections: 2, receiveLength: 400, targetLengthMax: 64, sendLength: 700 },
			errors: { 404: prebuild({ status: 404, content: "not here\n" }) },
			routes: {
				"GET /fixed": prebuild({ content: "fixed ".repeat(50) }),
				"GET /text": (one, response) => response.text(`${one.query}`),
				"GET /long": (_one, response) => response.text("long ".repeat(1000)),
				"GET /thrown": () => {
					throw new Error("thrown");
				},
				"GET /last": (_one, response) => {
					response.setLast();
					response.empty();
				},
				"GET /done": {
					onRequest: (_one, response) => response.text("done"),
					onDone: (one) => told.push(`done ${one.path}`),
					onError: () => told.push("error"),
				},
				"PUT /content": {
					onRequest: (one) => void told.push(`put ${one.contentLength}`),
					onReadable: (one, response, count) => {
						const buffer = new Uint8Array(7);
						for (let read = one.read(buffer); read > 0; read = one.read(buffer))
							told.push(textOf(buffer.subarray(0, read)));
						if (count === 0) response.text("taken");
					},
				},
			},
		};
	}

	const MENU = [
		...["/fixed", "/text?a", "/long", "/thrown", "/done", "/missing", "/text?another=one"].map((path) => `GET ${path}`),
		...["HEAD /fixed", "POST /fixed", "OPTIONS *", "GET /fixed HTTP/1.0"],
	].map((line) => request(line));
	const RARE = [
		request("GET /last"),
		request("GET /fixed", ["Connection: close"]),
		request("GET /fixed HTTP/1.0", ["Connection: keep-alive"]),
		request("GET /fixed", ["Bad Field: x"]),
		upload("PUT /content", "content ".repeat(100)),
		upload("POST /fixed", "unread"),
		`${request("PUT /content", ["Transfer-Encoding: chunked"])}${chunked(["some", "more ".repeat(100)])}`,
		"\r\n",
		"\x16\x03\x01",
	];

	test("gets what it gets the long way, whatever comes before and behind it", () => {
		for (let seed = 1; seed <= 120; seed += 1) {
			const [short, long] = [false, true].map((isLong) => {
				const chance = new Chance(seed * 7919);
				const told: string[] = [];
				const served = serve(appOf(told));
				if (isLong) lookRound(served);
				const client = served.connect((one) => {
					if (chance.below(4) === 0) one.room = chance.below(2000);
					if (chance.below(4) === 0) one.transport.roomMax = 1 + chance.below(300);
					one.transport.canEnd = chance.below(2) === 0;
				});
				const octets = Array.from({ length: 1 + chance.below(5) }, () =>
					chance.of(chance.below(3) === 0 ? RARE : MENU),
				).join("");
				const cuts = Array.from({ length: chance.below(4) }, () => chance.below(octets.length)).sort((a, b) => a - b);
				[0, ...cuts].forEach((start, index) => {
					client.send(octets.slice(start, cuts[index] ?? octets.length));
					served.platform.advance(chance.below(50));
				});
				client.take(1_000_000);
				const slots = served.server.slots.map(({ connection }) => [
					connection.phase,
					connection.requestCount,
					connection.violation,
					connection.wait,
					connection.hasDeadline ? connection.deadline : 0,
				]);
				const { received, state } = client;
				return { octets, received, state, told, slots, errors: served.errors.map(String) };
			});
			expect(short).toEqual(long);
		}
	});
});

describe("content of which it is known that it is content", () => {
	test.each([
		["by length", (content: string) => upload("PUT /", content)],
		["in chunks", (content: string) => request("PUT /", ["Transfer-Encoding: chunked"]) + chunked([content])],
	])("%s is not read before the handler reads it, and then to where the handler wants it", (_how, put) => {
		const content = textOf(pattern(5000));
		const buffer = new Uint8Array(6000);
		let length = 0;
		let isReading = false;
		const counts: number[] = [];
		const served = serve({
			limits: { receiveLength: 512, targetLengthMax: 64 },
			routes: {
				"PUT /": {
					onReadable: (one, response, count) => {
						counts.push(count);
						while (isReading) {
							const read = one.read(buffer, length, length + 1000);
							if (read === 0) break;
							length += read;
						}
						if (count === 0) response.text("whole");
					},
				},
			},
		});
		const client = served.connect();
		const octets = put(content);
		const headLength = octets.indexOf("\r\n\r\n") + 4;
		client.send(octets.slice(0, headLength));
		client.send(octets.slice(headLength, headLength + 3000));
		const { receive } = sure(served.server.slots[0]).connection;
		const unread = client.transport.unread;
		expect(unread).toBeGreaterThan(2900);
		expect(counts.reduce((most, count) => Math.max(most, count), 0)).toBeGreaterThan(2900);
		// Nothing changes as long as nobody reads.
		served.platform.advance(100);
		expect(client.transport.unread).toBe(unread);
		isReading = true;
		client.send(octets.slice(headLength + 3000));
		expect(client.transport.unread).toBe(0);
		expect(textOf(buffer.subarray(0, length))).toBe(content);
		expect(answer(client).content).toBe("whole");
		expect(receive.received).toBe(receive.base);
	});
});

describe("pieces of a stream", () => {
	/** Writes these, one after the other, as soon as there is the room. */
	function serveStream(pieces: readonly (Uint8Array | string)[], length?: number) {
		const rooms: number[] = [];
		const served = serve({
			// One connection: behind its buffer there is nothing.
			limits: { sendLength: 512, connections: 1 },
			routes: {
				"GET /": {
					onRequest: (one, response) => {
						one.state = 0;
						response.begin(length);
					},
					onWritable: (one, response, room) => {
						rooms.push(room);
						let next = one.state as number;
						while (next < pieces.length && octetsIn(pieces[next]) <= response.room) {
							response.write(pieces[next] as Uint8Array);
							next += 1;
						}
						one.state = next;
						if (next === pieces.length) response.end();
					},
				},
			},
		});
		return { served, rooms };
	}

	function octetsIn(piece: Uint8Array | string | undefined): number {
		return typeof piece === "string" ? new TextEncoder().encode(piece).length : (piece?.length ?? 0);
	}

	const LARGE = pattern(9000);
	const PIECES = [
		octetsOf("a few "),
		LARGE,
		"some text",
		octetsOf("b"),
		LARGE.slice(0, 256),
		LARGE.slice(0, 255),
		"Zeichen: äöü € 😀 ".repeat(300),
		octetsOf("the end"),
	];
	const WHOLE = PIECES.map((piece) =>
		typeof piece === "string" ? textOf(new TextEncoder().encode(piece)) : textOf(piece),
	).join("");

	test.each([
		["chunked", undefined, "GET /"],
		["by length", WHOLE.length, "GET /"],
		["until the end", undefined, "GET / HTTP/1.0"],
	])("larger than the send buffer are taken as the transport takes them, %s", (_how, length, line) => {
		for (const roomMax of [Number.POSITIVE_INFINITY, 20_000, 9100]) {
			const { served, rooms } = serveStream(PIECES, length);
			const client = served.connect((one) => {
				one.transport.roomMax = roomMax;
			});
			client.send(request(line));
			expect(answer(client).content === WHOLE).toBe(true);
			expect(Math.max(...rooms)).toBeGreaterThan(9000);
			expect(served.errors).toEqual([]);
		}
	});

	test("wait for a client that takes little, and come as they are", () => {
		const { served } = serveStream(PIECES);
		const client = served.connect((one) => {
			one.room = 0;
		});
		client.send(request("GET /"));
		for (let count = 0; count < 400; count += 1) client.take(100 * (count % 97));
		expect(answer(client).content === WHOLE).toBe(true);
	});

	test("that fill the buffer to its last octet leave room for what comes behind them", () => {
		for (let length = 130; length < 256; length += 1) {
			const { served } = serveStream([LARGE.slice(0, 250), LARGE.slice(0, length), LARGE, LARGE.slice(0, 10)]);
			const client = served.connect();
			client.send(request("GET /"));
			expect(answer(client).content.length).toBe(250 + length + LARGE.length + 10);
		}
	});

	test("that a handler writes now and then, and that never wait, are no silence", () => {
		let ticket: Ticket | undefined;
		const served = serve({
			limits: { responseIdleTimeoutMs: 10_000 },
			routes: {
				"GET /": (_one, response) => {
					ticket = response.defer();
					response.begin(4 * 300);
				},
			},
		});
		const client = served.connect();
		client.send(request("GET /"));
		for (let count = 0; count < 4; count += 1) {
			served.platform.advance(9000);
			ticket?.response?.write(LARGE.slice(0, 300));
		}
		ticket?.response?.end();
		expect(answer(client).content.length).toBe(4 * 300);
		served.platform.advance(1);
		client.send(request("GET /"));
		ticket?.response?.write(LARGE.slice(0, 300));
		served.platform.advance(10_001);
		expect(client.state).toBe("aborted");
	});

	test("a piece that is larger than the room is refused, and nothing of it is written", () => {
		const refused: unknown[] = [];
		const served = serve({
			limits: { sendLength: 512 },
			routes: {
				"GET /": (_one, response) => {
					response.begin();
					for (const piece of [LARGE, "x".repeat(9000)]) {
						try {
							response.write(piece as Uint8Array);
						} catch (error) {
							refused.push(error);
						}
					}
					response.write("rest");
					response.end();
				},
			},
		});
		const client = served.connect((one) => {
			one.transport.roomMax = 2000;
		});
		client.send(request("GET /"));
		expect(refused.map((error) => error instanceof RangeError)).toEqual([true, true]);
		expect(answers(client).map(({ content }) => content)).toEqual(["rest"]);
	});

	test("a client that takes nothing any more is given up, one that takes something now and then is not", () => {
		for (const isTaking of [false, true]) {
			const pieces = Array.from({ length: 100 }, () => LARGE.slice(0, 300));
			const { served } = serveStream(pieces, 30_000);
			const client = served.connect((one) => {
				one.room = 10_000;
			});
			client.send(request("GET /"));
			for (let seconds = 0; seconds < 60; seconds += 1) {
				served.platform.advance(1000);
				if (isTaking && seconds % 10 === 9) client.take(1000);
			}
			expect(client.state).toBe(isTaking ? "open" : "aborted");
		}
	});
});
