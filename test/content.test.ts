// Content coming in: by length and in chunks, its limits, trailers, Expect: 100-continue, and the module that collects it
// whole. RFC 9110 §6.4, §10.1.1 and RFC 9112 §6, §7. How broken content is refused, the corpus shows.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { wholeContent } from "../src/content.js";
import { form, json } from "../src/forms/index.js";
import type { Request, RouteHandlers } from "../src/index.js";
import {
	answer,
	answers,
	ask,
	chunked,
	promises,
	request,
	type Served,
	serve,
	statuses,
	sure,
	upload,
} from "./support/exchange.js";
import { octetsOf, textOf } from "./support/octets.js";

/** Everything there is now, as one string of octets. */
function readAll(one: Request): string {
	const buffer = new Uint8Array(500);
	let text = "";
	for (let count = one.read(buffer); count > 0; count = one.read(buffer)) {
		text += textOf(buffer.subarray(0, count));
	}
	return text;
}

/** A route that answers what it read. */
const echo: RouteHandlers = {
	onRequest: (one) => {
		one.state = "";
	},
	onReadable: (one, response, count) => {
		one.state += readAll(one);
		if (count === 0) response.octets(octetsOf(one.state as string));
	},
};

function serveEcho(limits = {}, fields: readonly string[] = []): Served {
	return serve({
		limits,
		fields,
		routes: {
			"POST /": echo,
			"PUT /small": { ...echo, contentLengthMax: 10 },
			"PUT /any": { ...echo, contentLengthMax: Number.POSITIVE_INFINITY },
			"POST /deaf": (_request, response) => response.text("deaf"),
			"GET /": (_request, response) => response.text("x"),
		},
	});
}

const LARGE = Array.from({ length: 20_000 }, (_, index) => String.fromCharCode((index * 31) % 251)).join("");

describe("content", () => {
	test("by length", () => {
		expect(ask(serveEcho(), upload("POST /", "hello")).content).toBe("hello");
	});

	test("in chunks", () => {
		const octets = request("POST /", ["Transfer-Encoding: chunked"], chunked(["he", "l", "lo"]));
		expect(ask(serveEcho(), octets).content).toBe("hello");
	});

	test("larger than the receive buffer, whole and octet by octet, by length and in chunks", () => {
		const served = serveEcho({ receiveLength: 512, targetLengthMax: 64 });
		for (const octets of [
			upload("POST /", LARGE),
			request("POST /", ["Transfer-Encoding: chunked"], chunked([LARGE.slice(0, 7000), LARGE.slice(7000)])),
		]) {
			expect(ask(served, octets).content === LARGE).toBe(true);
			const client = served.connect();
			for (const octet of octetsOf(octets)) client.send(Uint8Array.of(octet));
			expect(answer(client).content === LARGE).toBe(true);
		}
	});

	test("of length 0, and none at all, is complete from the start: onReadable is called once, with 0", () => {
		const counts: number[] = [];
		const served = serve({
			routes: {
				"* /": {
					onRequest: (one) => {
						expect(one.isContentComplete).toBe(true);
					},
					onReadable: (_request, response, count) => {
						counts.push(count);
						response.empty();
					},
				},
			},
		});
		expect(ask(served, upload("POST /", "")).status).toBe(200);
		expect(ask(served, request("GET /")).status).toBe(200);
		expect(counts).toEqual([0, 0]);
		expect(served.errors).toEqual([]);
	});

	test("of no chunk but the last is complete with it", () => {
		expect(ask(serveEcho(), request("POST /", ["Transfer-Encoding: chunked"], chunked([]))).content).toBe("");
	});

	test("is complete only with its last octet, its last chunk and its trailers", () => {
		const served = serveEcho();
		const octets = request("POST /", ["Transfer-Encoding: chunked"], chunked(["hello"], ["X-A: 1"]));
		const client = served.connect();
		client.send(octets.slice(0, -1));
		expect(client.received).toBe("");
		client.send(octets.slice(-1));
		expect(answer(client).content).toBe("hello");
	});

	test("read into a part of a buffer stays there", () => {
		let seen = "";
		const served = serve({
			routes: {
				"PUT /": {
					onReadable: (one, response, count) => {
						if (count === 0) {
							response.empty();
							return;
						}
						const buffer = new Uint8Array(8).fill(0x2e);
						expect(one.read(buffer, 2, 5)).toBe(3);
						seen = textOf(buffer);
						readAll(one);
					},
				},
			},
		});
		expect(ask(served, upload("PUT /", "hello")).status).toBe(200);
		expect(seen).toBe("..hel...");
	});

	test("is not read into more of a buffer than there is", () => {
		const served = serve({
			routes: {
				"PUT /": {
					onReadable: (one, response, count) => {
						if (count === 0) {
							response.text(one.state as string);
							return;
						}
						expect(() => one.read(new Uint8Array(2), 0, 3)).toThrow(RangeError);
						expect(() => one.read(new Uint8Array(2), -1, 2)).toThrow(RangeError);
						expect(one.read(new Uint8Array(2), 1, 1)).toBe(0);
						one.state = readAll(one);
					},
				},
			},
		});
		expect(ask(served, upload("PUT /", "hello")).content).toBe("hello");
		expect(served.errors).toEqual([]);
	});

	test("whatever the chunks and however they arrive, is what was sent", () => {
		const served = serveEcho({ receiveLength: 512, targetLengthMax: 64, chunkExtensionLengthMax: 10_000 });
		fc.assert(
			fc.property(
				fc.array(fc.string({ minLength: 1, maxLength: 400 }).map((text) => text.replace(/[\u0100-\uffff]/g, "?"))),
				fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 20 }),
				(pieces, cuts) => {
					const octets = request("POST /", ["Transfer-Encoding: chunked"], chunked(pieces));
					const client = served.connect();
					let at = 0;
					for (let turn = 0; at < octets.length; turn += 1) {
						const count = sure(cuts[turn % cuts.length]);
						client.send(octets.slice(at, at + count));
						at += count;
					}
					expect(answer(client).content).toBe(pieces.join(""));
					client.end();
				},
			),
			{ numRuns: 200 },
		);
	});
});

describe("the limit of content (413)", () => {
	test("announced: refused before the handler is called, and the connection ends", () => {
		const served = serveEcho({ contentLengthMax: 100 });
		expect(ask(served, upload("POST /", "x".repeat(100))).status).toBe(200);
		const client = served.connect();
		client.send(request("POST /", ["Content-Length: 101"]));
		expect(answer(client)).toMatchObject({ status: 413 });
		expect(answer(client).field("connection")).toBe("close");
		expect(client.state).toBe("ended");
	});

	test("counted: refused at the chunk that goes over it, before its content", () => {
		const served = serveEcho({ contentLengthMax: 100 });
		const head = request("POST /", ["Transfer-Encoding: chunked"]);
		expect(ask(served, head + chunked(["x".repeat(60), "y".repeat(40)])).status).toBe(200);
		const client = served.connect();
		client.send(`${head}3c\r\n${"x".repeat(60)}\r\n29\r\n`);
		expect(statuses(client)).toEqual([413]);
	});

	test("of the route stands in place of the server's, smaller or larger", () => {
		const served = serveEcho({ contentLengthMax: 100 });
		expect(ask(served, upload("PUT /small", "x".repeat(10))).status).toBe(200);
		expect(ask(served, upload("PUT /small", "x".repeat(11))).status).toBe(413);
		expect(ask(served, upload("PUT /any", "x".repeat(10_000))).content.length).toBe(10_000);
	});

	test("holds for content that nobody reads too", () => {
		const served = serveEcho({ contentLengthMax: 100 });
		expect(ask(served, upload("POST /deaf", "x".repeat(101))).status).toBe(413);
		expect(ask(served, upload("POST /nowhere", "x".repeat(101))).status).toBe(413);
	});
});

describe("content that the handler did not read", () => {
	test("is dropped, and the next request is served", () => {
		const client = serveEcho().connect();
		client.send(upload("POST /deaf", "x".repeat(30_000)) + request("GET /"));
		expect(answers(client).map((one) => one.content)).toEqual(["deaf", "x"]);
	});

	test("to its end although it was told of it is dropped, and the next request is served", () => {
		const served = serve({
			routes: {
				"POST /": { onReadable: (_request, response) => void response.text("enough") },
				"PUT /": {
					onReadable: (one, response) => {
						one.read(new Uint8Array(2));
						response.text("enough");
					},
				},
				"GET /": (_request, response) => response.text("next"),
			},
		});
		for (const octets of [
			upload("POST /", "abc"),
			upload("PUT /", "abc"),
			request("POST /", ["Transfer-Encoding: chunked"], chunked(["abc", "def"], ["X-A: 1"])),
			request("PUT /", ["Transfer-Encoding: chunked"], chunked(["abc", "def"], ["X-A: 1"])),
		]) {
			const client = served.connect();
			client.send(octets + request("GET /"));
			expect(answers(client).map((one) => one.content)).toEqual(["enough", "next"]);
			client.end();
		}
	});

	test("announced as more than discardLengthMax closes the connection, and the response says so", () => {
		const served = serveEcho({ discardLengthMax: 100 });
		const kept = served.connect();
		kept.send(upload("POST /deaf", "x".repeat(100)));
		expect(answer(kept).field("connection")).toBeUndefined();
		const closed = served.connect();
		closed.send(upload("POST /deaf", "x".repeat(101)));
		expect(answer(closed).field("connection")).toBe("close");
		expect(closed.state).toBe("ended");
	});

	test("that was begun to be read, and is more than discardLengthMax, is not dropped for ever", () => {
		const served = serve({
			limits: { discardLengthMax: 1000 },
			routes: { "POST /": { onReadable: (_request, response) => void response.text("enough") } },
		});
		const client = served.connect();
		client.send(request("POST /", ["Content-Length: 60000"], "abc"));
		expect(statuses(client)).toEqual([200]);
		for (let count = 0; count < 60 && client.state === "open"; count += 1) client.send("x".repeat(100));
		expect(client.state).toBe("ended");
		expect(statuses(client)).toEqual([200]);
	});

	test("in chunks, whose end nobody knows, closes the connection", () => {
		const client = serveEcho().connect();
		client.send(request("POST /deaf", ["Transfer-Encoding: chunked"], "3\r\nabc\r\n"));
		expect(answer(client).field("connection")).toBe("close");
		expect(client.state).toBe("ended");
	});

	test("and that breaks a rule while it is dropped ends the connection, its response being sent", () => {
		const served = serve({
			routes: { "POST /": { onReadable: (_request, response) => void response.text("enough") } },
		});
		const client = served.connect();
		client.send(request("POST /", ["Transfer-Encoding: chunked"], "3\r\nabc"));
		expect(statuses(client)).toEqual([200]);
		client.send("XX");
		expect(statuses(client)).toEqual([200]);
		expect(client.state).toBe("ended");
	});
});

describe("trailers (RFC 9112 §7.1.2)", () => {
	function serveTrailers(fields: readonly string[] | "all", limits = {}) {
		const seen: unknown[] = [];
		const served = serve({
			fields,
			limits,
			routes: {
				"POST /": {
					onReadable: (one, response, count) => {
						readAll(one);
						if (count > 0) return;
						seen.push(one.trailer("X-Sum"), one.trailer("X-None"), one.trailerCount, one.field("X-Sum"));
						for (let index = 0; index < one.trailerCount; index += 1) {
							const at = one.fieldCount + index;
							seen.push(`${one.fieldName(at)}=${one.fieldValue(at)}`);
						}
						response.empty();
					},
				},
			},
		});
		return { served, seen };
	}

	test("are handed over where their name is registered, apart from the head's fields", () => {
		const { served, seen } = serveTrailers(["X-Sum", "X-None"]);
		const lines = ["Transfer-Encoding: chunked", "X-Sum: head"];
		ask(served, request("POST /", lines, chunked(["abc"], ["X-Sum: 1", "Other: 2", "X-SUM: 3"])));
		expect(seen).toEqual(["1, 3", undefined, 2, "head", "x-sum=1", "x-sum=3"]);
	});

	test("are all handed over where every field is kept", () => {
		const { served, seen } = serveTrailers("all");
		ask(served, request("POST /", ["Transfer-Encoding: chunked"], chunked(["abc"], ["X-Sum: 1", "Other: 2"])));
		expect(seen).toEqual(["1", undefined, 2, undefined, "X-Sum=1", "Other=2"]);
	});

	test("mean nothing to the protocol: no length, no Host, no close (RFC 9110 §6.5.1)", () => {
		const { served } = serveTrailers(["X-Sum", "X-None"]);
		const client = served.connect();
		const octets = request(
			"POST /",
			["Transfer-Encoding: chunked"],
			chunked(["abc"], ["Content-Length: 5", "Host: b", "Connection: close", "Transfer-Encoding: gzip"]),
		);
		client.send(octets + octets);
		expect(statuses(client)).toEqual([200, 200]);
		expect(client.state).toBe("open");
	});

	test("that are too long, or more than the table takes, are refused with 431", () => {
		const head = request("POST /", ["Transfer-Encoding: chunked"]);
		const short = serveTrailers(["X-Sum", "X-None"], { trailerSectionLengthMax: 20 }).served;
		expect(ask(short, head + chunked(["a"], [`X-A: ${"x".repeat(13)}`])).status).toBe(200);
		expect(ask(short, head + chunked(["a"], [`X-A: ${"x".repeat(14)}`])).status).toBe(431);
		const few = serveTrailers(["X-Sum", "X-None"], { fieldsKeptMax: 2 }).served;
		expect(ask(few, head + chunked(["a"], ["X-Sum: 1", "X-Sum: 2"])).status).toBe(200);
		expect(ask(few, head + chunked(["a"], ["X-Sum: 1", "X-Sum: 2", "X-Sum: 3"])).status).toBe(431);
	});
});

describe("Expect: 100-continue (RFC 9110 §10.1.1)", () => {
	const EXPECT = ["Expect: 100-continue"];

	test("a handler that reads is preceded by 100", () => {
		const client = serveEcho().connect();
		client.send(request("POST /", ["Content-Length: 5", ...EXPECT]));
		expect(client.received).toBe("HTTP/1.1 100 Continue\r\n\r\n");
		client.send("hello");
		expect(statuses(client)).toEqual([100, 200]);
		expect(answers(client)[1]?.content).toBe("hello");
		expect(client.state).toBe("open");
	});

	test("a handler that refuses first does so without 100, and the connection closes", () => {
		const served = serve({
			routes: {
				"PUT /": {
					onRequest: (_request, response) => {
						response.status = 403;
						response.text("no");
					},
					onReadable: (one) => void readAll(one),
				},
			},
		});
		const client = served.connect();
		client.send(request("PUT /", ["Content-Length: 5", ...EXPECT]));
		expect(statuses(client)).toEqual([403]);
		expect(answer(client).field("connection")).toBe("close");
		expect(client.state).toBe("ended");
	});

	test("a handler that decides later holds 100 back until then", async () => {
		let decide: (refuses: boolean) => void = () => {};
		const served = serve({
			routes: {
				"PUT /": {
					async onRequest(_request, response) {
						const refuses = await new Promise<boolean>((resolve) => {
							decide = resolve;
						});
						if (!refuses) return;
						response.status = 401;
						response.empty();
					},
					onReadable: (one, response, count) => {
						readAll(one);
						if (count === 0) response.text("read");
					},
				},
			},
		});
		const accepted = served.connect();
		accepted.send(request("PUT /", ["Content-Length: 5", ...EXPECT]));
		expect(accepted.received).toBe("");
		decide(false);
		await promises();
		expect(statuses(accepted)).toEqual([100]);
		accepted.send("hello");
		expect(statuses(accepted)).toEqual([100, 200]);
		const refused = served.connect();
		refused.send(request("PUT /", ["Content-Length: 5", ...EXPECT]));
		decide(true);
		await promises();
		expect(statuses(refused)).toEqual([401]);
	});

	test("404, 405 and 413 come without 100", () => {
		const served = serveEcho({ contentLengthMax: 100 });
		for (const [line, length, status] of [
			["POST /nowhere", 5, 404],
			["PUT /", 5, 405],
			["POST /", 101, 413],
		] as const) {
			const client = served.connect();
			client.send(request(line, [`Content-Length: ${length}`, ...EXPECT]));
			expect(answer(client)).toMatchObject({ status });
			expect(answer(client).field("connection")).toBe("close");
		}
	});

	test("a client that does not wait gets 100 all the same, once, and its content is read", () => {
		const client = serveEcho().connect();
		client.send(upload("POST /", "hello", EXPECT));
		expect(statuses(client)).toEqual([100, 200]);
	});

	test("100 goes before fields that are set already, as far as the send buffer holds both", () => {
		for (const [length, first] of [
			[1, 100],
			[200, 100],
			[330, 200],
		] as const) {
			const served = serve({
				limits: { sendLength: 512 },
				routes: {
					"POST /": {
						onRequest: (_one, response) => void response.setField("X", "x".repeat(length)),
						onReadable: (one, response, count) => {
							readAll(one);
							if (count === 0) response.empty();
						},
					},
				},
			});
			const client = served.connect();
			client.send(request("POST /", ["Content-Length: 5", ...EXPECT]));
			expect(statuses(client)).toEqual(first === 100 ? [100] : []);
			client.send("hello");
			const all = answers(client);
			expect([all[0]?.status, all[all.length - 1]?.field("x")?.length]).toEqual([first, length]);
			expect(served.errors).toEqual([]);
		}
	});

	test("is ignored without content and in HTTP/1.0", () => {
		const served = serveEcho();
		expect(ask(served, request("GET /", EXPECT)).status).toBe(200);
		const old = served.connect();
		old.send(request("POST / HTTP/1.0", ["Content-Length: 5", ...EXPECT]));
		expect(old.received).toBe("");
		old.send("hello");
		expect(statuses(old)).toEqual([200]);
	});

	test("in any case is understood; another expectation is refused with 417", () => {
		const client = serveEcho().connect();
		client.send(request("POST /", ["Content-Length: 1", "Expect: 100-Continue"]));
		expect(statuses(client)).toEqual([100]);
		expect(ask(serveEcho(), request("POST /", ["Expect: magic"])).status).toBe(417);
	});
});

describe("wholeContent", () => {
	function serveWhole(lengthMax: number) {
		return serve({
			routes: {
				"POST /": wholeContent(lengthMax, (one, response, content) => {
					expect(one.state).toBeUndefined();
					response.octets(content);
				}),
				"PUT /": wholeContent(lengthMax, async (_request, response, content) => {
					await Promise.resolve();
					response.text(`${content.length}`);
				}),
				"DELETE /": wholeContent(lengthMax, () => {
					throw new Error("on purpose");
				}),
			},
		});
	}

	test("collects content by length and in chunks", () => {
		const served = serveWhole(50_000);
		expect(ask(served, upload("POST /", LARGE)).content === LARGE).toBe(true);
		const pieces = [LARGE.slice(0, 1), LARGE.slice(1, 5000), LARGE.slice(5000)];
		const octets = request("POST /", ["Transfer-Encoding: chunked"], chunked(pieces));
		expect(ask(served, octets).content === LARGE).toBe(true);
		expect(ask(served, upload("POST /", "")).content).toBe("");
		expect(served.errors).toEqual([]);
	});

	test("takes exactly as much as it may, and refuses one octet more with 413", () => {
		const served = serveWhole(1000);
		for (const [length, status] of [
			[1000, 200],
			[1001, 413],
		] as const) {
			const content = "x".repeat(length);
			expect(ask(served, upload("POST /", content)).status).toBe(status);
			const pieces = [content.slice(0, 300), content.slice(300)];
			expect(ask(served, request("POST /", ["Transfer-Encoding: chunked"], chunked(pieces))).status).toBe(status);
		}
	});

	test.each<[string, string, RouteHandlers]>([
		["wholeContent", "text/plain", wholeContent(8_000_000, (_request, response) => response.empty())],
		["form", "application/x-www-form-urlencoded", form({ lengthMax: 8_000_000 }, (_, response) => response.empty())],
		["json", "application/json", json({ lengthMax: 8_000_000 }, (_, response) => response.empty())],
	])("takes memory by what has come, not by what is announced: %s", (_what, type, whole) => {
		const taken: number[] = [];
		const look = (one: Request) => void taken.push((one.state as { octets: Uint8Array }).octets.length);
		const route: RouteHandlers = {
			...whole,
			onRequest: (one, response) => {
				whole.onRequest?.(one, response);
				look(one);
			},
			onReadable: (one, response, count) => {
				const result = whole.onReadable?.(one, response, count);
				if (count > 0) look(one);
				return result;
			},
		};
		const fields = [`Content-Type: ${type}`, "Content-Length: 8000000"];
		const served = serve({ routes: { "POST /": route } });
		const client = served.connect();
		client.send(request("POST /", fields));
		expect(taken).toEqual([0]);
		for (let sent = 0; sent < 10_000; ) {
			client.send("x".repeat(100));
			sent += 100;
			expect(taken[taken.length - 1]).toBeLessThanOrEqual(Math.max(256, 2 * sent));
		}
		// No more than it takes, where that is known.
		client.reset();
		served.connect().send(request("POST /", [`Content-Type: ${type}`, "Content-Length: 10"], "12345"));
		expect(taken[taken.length - 1]).toBe(11);
	});

	test("may answer later, and may throw", async () => {
		const served = serveWhole(1000);
		const client = served.connect();
		client.send(upload("PUT /", "hello"));
		await promises();
		expect(answer(client).content).toBe("5");
		expect(ask(served, upload("DELETE /", "x")).status).toBe(500);
	});

	test("forgets a client that leaves in the middle", () => {
		const served = serveWhole(1000);
		const client = served.connect();
		client.send(request("POST /", ["Content-Length: 10"], "abc"));
		client.reset();
		expect(served.server.connectionCount).toBe(0);
		expect(ask(served, upload("POST /", "hello")).content).toBe("hello");
	});
});
