// Responses as the client sees them: framing, HEAD, the statuses without content, Date, and what an app may not write.
// RFC 9110 §6, §8.6, §9.3.2, §15 and RFC 9112 §4, §6.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defineApp, LENGTH_UNKNOWN, prebuild, prebuildFields, type Request, type Response } from "../src/index.js";
import { around, withFields } from "../src/middleware.js";
import { writeFieldLine } from "../src/response/field-writer.js";
import { answer, answers, ask, promises, request, serve, statuses, sure, upload } from "./support/exchange.js";
import { fromUtf8, octetsOf, toUtf8, utf8LengthOf } from "./support/octets.js";
import { VirtualPlatform } from "./support/virtual.js";

/** One route at "/", for GET and so for HEAD. */
function serveOne(respond: (response: Response) => void) {
	return serve({ routes: { "GET /": (_request, response) => respond(response) } });
}

describe("content by length", () => {
	test("text has its Content-Length and its type", () => {
		const response = ask(
			serveOne((one) => one.text("hello")),
			request("GET /"),
		);
		expect(response).toMatchObject({ version: "1.1", status: 200, reason: "OK", content: "hello" });
		expect(response.field("content-length")).toBe("5");
		expect(response.field("content-type")).toBe("text/plain;charset=utf-8");
		expect(response.field("transfer-encoding")).toBeUndefined();
	});

	test("the length of text is that of its UTF-8, lone surrogates included", () => {
		const text = "é€😀\ud800";
		const response = ask(
			serveOne((one) => one.text(text)),
			request("GET /"),
		);
		expect(fromUtf8(response.content)).toBe("é€😀\ufffd");
		expect(response.field("content-length")).toBe("12");
	});

	test("json", () => {
		const response = ask(
			serveOne((one) => one.json({ celsius: 21.5 })),
			request("GET /"),
		);
		expect(response.content).toBe('{"celsius":21.5}');
		expect(response.field("content-type")).toBe("application/json");
	});

	test("a value without a JSON form throws at the handler, which costs one 500", () => {
		const served = serveOne((one) => one.json(undefined));
		expect(ask(served, request("GET /")).status).toBe(500);
		expect(served.errors[0]).toBeInstanceOf(TypeError);
	});

	test("octets", () => {
		const response = ask(
			serveOne((one) => one.octets(Uint8Array.of(0, 13, 10, 255), "image/x")),
			request("GET /"),
		);
		expect(response.content).toBe("\0\r\n\xff");
		expect(response.field("content-type")).toBe("image/x");
	});

	test("no content is a Content-Length of 0", () => {
		const response = ask(
			serveOne((one) => one.empty()),
			request("GET /"),
		);
		expect(response.field("content-length")).toBe("0");
		expect(response.field("content-type")).toBeUndefined();
		expect(
			ask(
				serveOne((one) => one.text("")),
				request("GET /"),
			).field("content-length"),
		).toBe("0");
	});

	test("a response made beforehand", () => {
		const made = prebuild({ status: 418, fields: { "X-Pot": "tea" }, content: "short", type: "text/x" });
		const served = serve({ routes: { "GET /": made, "GET /sent": (_request, response) => response.send(made) } });
		for (const path of ["/", "/sent"]) {
			const response = ask(served, request(`GET ${path}`));
			expect(response).toMatchObject({ status: 418, reason: "", content: "short" });
			expect(response.field("x-pot")).toBe("tea");
			expect(response.field("content-type")).toBe("text/x");
			expect(response.field("content-length")).toBe("5");
		}
	});

	describe("a response made beforehand, behind fields that were set", () => {
		const made = prebuild({ status: 418, fields: { "X-A": "own", Vary: "Cookie" }, content: "short" });
		const send = (one: Response) => {
			one.status = 404;
			one.setField("X-A", "set");
			one.setField("Vary", "Origin");
			one.send(made);
		};

		test("has both, its own first, and its own status", () => {
			const response = ask(serveOne(send), request("GET /"));
			expect(response).toMatchObject({ status: 418, content: "short" });
			expect(response.fields.map(([name, value]) => `${name}: ${value}`)).toEqual([
				"content-type: text/plain;charset=utf-8",
				"x-a: own",
				"vary: Cookie",
				"content-length: 5",
				"x-a: set",
				"vary: Origin",
				"date: Sun, 06 Nov 1994 08:49:37 GMT",
			]);
		});

		test("to HEAD, to HTTP/1.0, and one after the other", () => {
			const client = serveOne(send).connect();
			client.send(request("HEAD /") + request("GET /") + request("GET / HTTP/1.0"));
			const all = answers(client, ["HEAD", "GET", "GET"]);
			expect(all.map(({ content }) => content)).toEqual(["", "short", "short"]);
			expect(all.map((one) => [one.field("x-a"), one.field("content-length")])).toEqual(
				all.map(() => ["own, set", "5"]),
			);
			expect(all[2]?.field("connection")).toBe("close");
		});

		test("whatever the client takes at a time, behind an interim response", () => {
			const served = serveOne((one) => {
				one.interim(103, { Link: "</a.css>" });
				send(one);
			});
			const whole = served.connect();
			whole.send(request("GET /"));
			for (const step of [1, 7, 100]) {
				const client = served.connect((next) => {
					next.room = 0;
				});
				client.send(request("GET /"));
				for (let taken = 0; taken < whole.received.length; taken += step) client.take(step);
				expect(client.received).toBe(whole.received);
			}
			expect(statuses(whole)).toEqual([103, 418]);
		});

		test("without a content, and with an Upgrade", () => {
			const empty = prebuild({ status: 426 });
			const response = ask(
				serveOne((one) => {
					one.setField("Upgrade", "thing/1");
					one.send(empty);
				}),
				request("GET /"),
			);
			expect([response.status, response.field("connection"), response.content]).toEqual([426, "upgrade", ""]);
		});

		test("with an Upgrade of its own, which comes with its connection option, whoever sends it", () => {
			const made = prebuild({ status: 426, content: "x", fields: { upgrade: "thing/1" } });
			for (const route of [
				made,
				(_: Request, response: Response) => response.send(made),
				(_: Request, response: Response) => response.setField("X-A", "1") && response.send(made),
				around([withFields({ "X-A": "1" })], made),
			]) {
				const served = serve({ routes: { "GET /": route } });
				const one = ask(served, request("GET /"));
				expect([one.status, one.field("upgrade"), one.field("connection")]).toEqual([426, "thing/1", "upgrade"]);
				const last = ask(served, request("GET /", ["Connection: close"]));
				expect(last.field("connection")).toBe("upgrade, close");
			}
		});

		test("is not sent where a Content-Type was set, nor where both are more than the send buffer takes", () => {
			const typed = serveOne((one) => {
				one.setField("Content-Type", "text/x");
				expect(() => one.send(made)).toThrow(/own Content-Type/);
				one.text("y");
			});
			expect(ask(typed, request("GET /")).content).toBe("y");
			const long = prebuild({ content: "x", fields: { "X-Long": "a".repeat(300) } });
			const answer: Readonly<Record<string, (response: Response) => void>> = {
				"GET /one": (one) => void one.send(long),
				"GET /both": (one) => {
					one.setField("X-Set", "b".repeat(100));
					one.send(long);
				},
			};
			const served = serve({
				limits: { sendLength: 512 },
				routes: Object.fromEntries(
					Object.entries(answer).map(([name, respond]) => [
						name,
						(_: unknown, response: Response) => respond(response),
					]),
				),
			});
			expect(ask(served, request("GET /one")).status).toBe(200);
			const failed = ask(served, request("GET /both"));
			expect([failed.status, failed.field("x-set")]).toEqual([500, undefined]);
			expect((served.errors[0] as Error).message).toContain("outgrows the send buffer");
		});
	});

	test("begin with a length, then pieces", () => {
		const response = ask(
			serveOne((one) => {
				one.begin(10);
				one.write("01234");
				one.write(Uint8Array.of(0x78, 0x35, 0x36, 0x37, 0x78), 1, 4);
				one.write("89");
				one.end();
			}),
			request("GET /"),
		);
		expect(response.field("content-length")).toBe("10");
		expect(response.content).toBe("0123456789");
	});
});

describe("content of unknown length", () => {
	test("goes to HTTP/1.1 in chunks, and the connection persists", () => {
		const served = serveOne((one) => {
			one.begin();
			one.write("abc");
			one.write("é");
			one.end();
		});
		const client = served.connect();
		client.send(request("GET /") + request("GET /"));
		const [first, second] = answers(client);
		expect(first?.field("transfer-encoding")).toBe("chunked");
		expect(first?.field("content-length")).toBeUndefined();
		expect(first?.content).toBe("abc\xc3\xa9");
		expect(second?.content).toBe("abc\xc3\xa9");
		expect(client.state).toBe("open");
	});

	test("goes to HTTP/1.0 until the connection ends, keep-alive or not (RFC 9112 §6.1, §6.3)", () => {
		const served = serveOne((one) => {
			one.begin(LENGTH_UNKNOWN);
			one.write("abc");
			one.end();
		});
		const client = served.connect();
		client.send(request("GET / HTTP/1.0", ["Connection: keep-alive"]));
		expect(client.state).toBe("ended");
		const response = answer(client);
		expect(response).toMatchObject({ content: "abc", isCloseDelimited: true });
		expect(response.field("connection")).toBe("close");
		expect(response.field("transfer-encoding")).toBeUndefined();
	});

	test("a platform that cannot close one side alone closes both, or the client would wait for the end", () => {
		const served = serveOne((one) => {
			one.begin();
			one.write("abc");
			one.end();
		});
		const client = served.connect((one) => {
			one.transport.canEnd = false;
		});
		client.send(request("GET / HTTP/1.0"));
		expect(client.state).toBe("closed");
		expect(answer(client).content).toBe("abc");
	});

	test("without a piece it is the last chunk alone", () => {
		const client = serveOne((one) => {
			one.begin();
			one.end();
		}).connect();
		client.send(request("GET /"));
		expect(client.received).toMatch(/\r\n\r\n0\r\n\r\n$/);
	});

	test("an empty piece does not end it", () => {
		const response = ask(
			serveOne((one) => {
				one.begin();
				one.write("a");
				one.write("");
				one.write(new Uint8Array(0));
				one.write("b");
				one.end();
			}),
			request("GET /"),
		);
		expect(response.content).toBe("ab");
	});

	test("a piece leaves at once, before the next is written", async () => {
		let goOn = () => {};
		const served = serve({
			routes: {
				"GET /": async (_request, response) => {
					response.begin();
					response.write("first");
					await new Promise<void>((resolve) => {
						goOn = resolve;
					});
					response.end();
				},
			},
		});
		const client = served.connect();
		client.send(request("GET /"));
		expect(client.received).toMatch(/\r\n\r\n0005\r\nfirst\r\n$/);
		goOn();
		await promises();
		expect(answer(client).content).toBe("first");
	});
});

describe("HEAD (RFC 9110 §9.3.2)", () => {
	const served = serve({
		routes: {
			"GET /text": (_request, response) => response.text("hello"),
			"GET /chunked": (_request, response) => {
				response.begin();
				response.write("hello");
				response.end();
			},
			"GET /length": (_request, response) => {
				response.begin(5);
				response.write("hello");
				response.end();
			},
			"GET /unwritten": (_request, response) => {
				response.begin(5);
				response.end();
			},
			"GET /made": prebuild({ content: "hello" }),
			"GET /large": (_request, response) => response.octets(new Uint8Array(100_000)),
		},
	});

	test.each(["/text", "/chunked", "/length", "/made", "/large", "/nowhere"])(
		"%s has the fields of GET and no content",
		(path) => {
			const get = ask(served, request(`GET ${path}`));
			const head = ask(served, request(`HEAD ${path}`));
			expect(head.status).toBe(get.status);
			expect(head.fields).toEqual(get.fields);
			expect(get.content).not.toBe("");
		},
	);

	test("the next response follows right behind the head", () => {
		const client = served.connect();
		for (const path of ["/text", "/chunked", "/length", "/made", "/large", "/nowhere"]) {
			client.send(request(`HEAD ${path}`));
		}
		client.send(request("GET /text"));
		const all = answers(client, ["HEAD", "HEAD", "HEAD", "HEAD", "HEAD", "HEAD", "GET"]);
		expect(all.map((one) => one.status)).toEqual([200, 200, 200, 200, 200, 404, 200]);
		expect(all[6]?.content).toBe("hello");
	});

	test("a handler need not write what HEAD does not carry", () => {
		expect(ask(served, request("HEAD /unwritten")).field("content-length")).toBe("5");
	});

	test("an HTTP/1.0 client's HEAD of a stream ends with the head", () => {
		const client = served.connect();
		client.send(request("HEAD /chunked HTTP/1.0"));
		expect(client.received).toMatch(/\r\n\r\n$/);
		expect(client.state).toBe("ended");
	});
});

describe("statuses without content (RFC 9110 §6.4.1, §8.6, §15.3.6)", () => {
	const ways: Record<string, (response: Response) => void> = {
		empty: (response) => response.empty(),
		"begin and end": (response) => {
			response.begin();
			response.end();
		},
		"begin with 0 and end": (response) => {
			response.begin(0);
			response.end();
		},
	};

	for (const [way, respond] of Object.entries(ways)) {
		test.each([204, 304])(`%i by ${way} has neither Content-Length nor content`, (status) => {
			const served = serveOne((response) => {
				response.status = status;
				respond(response);
			});
			const client = served.connect();
			client.send(request("GET /") + request("GET /"));
			expect(statuses(client)).toEqual([status, status]);
			expect(client.received.toLowerCase()).not.toContain("content-length");
			expect(client.received.toLowerCase()).not.toContain("transfer-encoding");
		});

		test(`205 by ${way} says Content-Length: 0`, () => {
			const response = ask(
				serveOne((one) => {
					one.status = 205;
					respond(one);
				}),
				request("GET /"),
			);
			expect(response.status).toBe(205);
			expect(response.field("content-length")).toBe("0");
		});
	}

	test.each([204, 205, 304])("%i refuses content from a handler", (status) => {
		const served = serveOne((response) => {
			response.status = status;
			expect(() => response.text("x")).toThrow(RangeError);
			expect(() => response.octets(Uint8Array.of(1))).toThrow(RangeError);
			expect(() => response.json(1)).toThrow(RangeError);
			expect(() => response.begin(10)).toThrow(RangeError);
			response.begin();
			// It is complete with its head: what is written goes nowhere, and the handler is told so.
			expect(response.write("x")).toBe(false);
			expect(response.end()).toBe(false);
		});
		const client = served.connect();
		client.send(request("GET /") + request("GET /"));
		expect(statuses(client)).toEqual([status, status]);
		expect(served.errors).toEqual([]);
	});

	test.each([204, 205, 304])("%i refuses content beforehand", (status) => {
		expect(() => prebuild({ status, content: "x" })).toThrow(RangeError);
		const response = ask(serve({ routes: { "GET /": prebuild({ status }) } }), request("GET /"));
		expect(response.status).toBe(status);
		expect(response.field("content-length")).toBe(status === 205 ? "0" : undefined);
	});

	test("a 304 may carry validators, and no Content-Type", () => {
		const response = ask(
			serveOne((one) => {
				one.status = 304;
				one.setField("ETag", '"a"');
				one.empty();
			}),
			request("GET /"),
		);
		expect(response.field("etag")).toBe('"a"');
		expect(response.field("content-type")).toBeUndefined();
	});
});

describe("interim responses (RFC 9110 §15.2)", () => {
	test("go before the final one, without fields", () => {
		const client = serveOne((one) => {
			one.interim(102);
			one.interim(103);
			one.text("x");
		}).connect();
		client.send(request("GET /"));
		expect(client.received).toMatch(/^HTTP\/1\.1 102 \r\n\r\nHTTP\/1\.1 103 Early Hints\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
		expect(statuses(client)).toEqual([102, 103, 200]);
	});

	test("may carry fields, checked like any other", () => {
		const client = serveOne((one) => {
			one.interim(103, { Link: "</style.css>; rel=preload" });
			one.interim(103, { Upgrade: "thing/1" });
			expect(() => one.interim(103, { Link: "a\r\nX-Evil: 1" })).toThrow(TypeError);
			expect(() => one.interim(103, { "Content-Length": "1" })).toThrow(TypeError);
			expect(() => one.interim(103, { "X A": "1" })).toThrow(TypeError);
			one.text("x");
		}).connect();
		client.send(request("GET /"));
		const [hint, upgrade, final] = answers(client);
		expect(hint).toMatchObject({ status: 103, fields: [["link", "</style.css>; rel=preload"]] });
		// RFC 9110 §7.8
		expect([upgrade?.field("upgrade"), upgrade?.field("connection")]).toEqual(["thing/1", "upgrade"]);
		expect(final).toMatchObject({ status: 200, content: "x" });
		expect(final?.field("link")).toBeUndefined();
	});

	test("leave at once, while the final one is still awaited", () => {
		const served = serveOne((one) => {
			one.defer();
			one.interim(102);
		});
		const client = served.connect();
		client.send(request("GET /"));
		expect(statuses(client)).toEqual([102]);
	});

	test("an HTTP/1.0 client gets none", () => {
		const client = serveOne((one) => {
			expect(one.interim(103)).toBe(true);
			one.text("x");
		}).connect();
		client.send(request("GET / HTTP/1.0"));
		expect(statuses(client)).toEqual([200]);
	});

	test.each([100, 101, 200, 99, 1, Number.NaN])("%d is no interim status of an app", (status) => {
		const served = serveOne((one) => {
			expect(() => one.interim(status)).toThrow(RangeError);
			one.empty();
		});
		expect(ask(served, request("GET /")).status).toBe(200);
		expect(served.errors).toEqual([]);
	});

	test("go before fields that were set, whatever the client takes at a time", () => {
		for (const step of [1, 10, 1000]) {
			const served = serveOne((one) => {
				one.interim(102);
				one.setField("X-A", "1");
				one.interim(103, { Link: "</a>" });
				one.setField("X-B", "2");
				one.interim(104);
				one.text("x");
			});
			const client = served.connect((next) => {
				next.room = 0;
			});
			client.send(request("GET /"));
			for (let taken = 0; taken < 1000; taken += step) client.take(step);
			const [one, other, last, final] = answers(client);
			expect([one?.status, other?.status, last?.status]).toEqual([102, 103, 104]);
			expect([one?.fields, other?.fields, last?.fields]).toEqual([[], [["link", "</a>"]], []]);
			expect([final?.status, final?.field("x-a"), final?.field("x-b"), final?.content]).toEqual([200, "1", "2", "x"]);
			expect(served.errors).toEqual([]);
		}
	});

	test("not where the fields that were set leave no room for them, nor after the final head", () => {
		const respond = (one: Response) => {
			one.setField("X-A", "a".repeat(500));
			expect(() => one.interim(103, { Link: "b".repeat(400) })).toThrow(Error);
			one.interim(103);
			one.begin(1);
			expect(() => one.interim(103)).toThrow(Error);
			one.write("x");
			one.end();
		};
		const served = serve({
			limits: { sendLength: 1024 },
			routes: { "GET /": (_request, response) => respond(response) },
		});
		const client = served.connect();
		client.send(request("GET /"));
		const [hint, final] = answers(client);
		expect([hint?.status, final?.field("x-a")?.length, final?.content]).toEqual([103, 500, "x"]);
		expect(served.errors).toEqual([]);
	});

	test("only as long as they are, beside the head of the final response", () => {
		for (let length = 0; length < 500; length += 7) {
			for (const isFieldSet of [false, true]) {
				const served = serve({
					limits: { sendLength: 512 },
					routes: {
						"GET /": (_request, response) => {
							if (isFieldSet) response.setField("X", "1");
							try {
								response.interim(103, { Link: "l".repeat(length) });
							} catch (error) {
								expect(error).toBeInstanceOf(Error);
							}
							response.text("hi");
						},
					},
				});
				const client = served.connect();
				client.send(request("GET /"));
				// The fields and the text may find no room any more: then there is the response that says so.
				expect(answers(client).at(-1)?.status, `${length}`).toBe(served.errors.length === 0 ? 200 : 500);
				expect(client.state).toBe("open");
			}
		}
	});

	test.each([8, 10, 12])("a field line from %d on is written nowhere behind its limit, 10", (offset) => {
		const octets = new Uint8Array(64);
		expect(writeFieldLine(octets, offset, 10, "X-Name", "value")).toBe(-1);
		expect(octets.subarray(10).every((octet) => octet === 0)).toBe(true);
	});

	test("and a field that does not fit behind one is written nowhere", () => {
		const name = "X-This-Is-A-Field-Name-That-Is-Written-Elsewhere-And-Elsewhere";
		const served = serve({
			limits: { sendLength: 512, connections: 2 },
			routes: {
				"GET /other": (_request, response) => response.text("o".repeat(300)),
				"GET /": (_request, response) => {
					for (let length = 445; length > 0; length -= 1) {
						try {
							response.interim(103, { Link: "l".repeat(length) });
							break;
						} catch {}
					}
					expect(() => response.setField(name, "v".repeat(400))).toThrow(Error);
					response.empty();
				},
			},
		});
		const client = served.connect();
		const neighbour = served.connect((one) => {
			one.room = 0;
		});
		neighbour.send(request("GET /other"));
		client.send(request("GET /"));
		neighbour.take(1000);
		expect(answers(client).at(-1)?.status).toBe(200);
		expect(answers(neighbour).at(-1)?.content).toBe("o".repeat(300));
	});

	test("fields set behind an interim response still waiting for the client keep their place", () => {
		const served = serveOne((one) => {
			one.interim(102);
			one.setField("X-A", "1");
			one.text("x");
		});
		const client = served.connect((one) => {
			one.room = 0;
		});
		client.send(request("GET /"));
		for (let count = 0; count < 1000; count += 1) client.take(1);
		expect(statuses(client)).toEqual([102, 200]);
		expect(answers(client)[1]?.field("x-a")).toBe("1");
	});

	test("an error that finds the send buffer full of interim responses ends the connection all the same", () => {
		const served = serve({
			limits: { sendLength: 512 },
			routes: {
				"GET /": (_request, response) => {
					for (;;) response.interim(103);
				},
			},
		});
		const client = served.connect((one) => {
			one.room = 0;
		});
		client.send(request("GET /"));
		expect(served.errors.length).toBe(1);
		client.take(100_000);
		served.platform.advance(300_000);
		expect(client.state).not.toBe("open");
	});
});

describe("Date (RFC 9110 §6.6.1)", () => {
	const DATE = "Sun, 06 Nov 1994 08:49:37 GMT";
	/** Everything that can answer, by what it is. */
	const cases: Record<string, string> = {
		"a handler": request("GET /"),
		"a stream": request("GET /stream"),
		"a prebuilt route": request("GET /made"),
		"a route not found": request("GET /nowhere"),
		"a method not allowed": request("PUT /"),
		"OPTIONS *": request("OPTIONS *"),
		"a broken rule": "GET / HTTP/1.1\r\n\r\n",
		"a handler that throws": request("GET /throws"),
		"content too large": upload("POST /", "x".repeat(101)),
		"a custom error": request("GET /teapot"),
	};

	function serveAll(platform: VirtualPlatform) {
		return serve(
			{
				limits: { contentLengthMax: 100, connections: 1, waitingMax: 1, waitTimeoutMs: 1000 },
				errors: { 501: prebuild({ status: 501, content: "custom" }) },
				routes: {
					"GET /": (_request, response) => response.empty(),
					"POST /": { onReadable: () => {} },
					"GET /made": prebuild({ content: "x" }),
					"GET /stream": (_request, response) => {
						response.begin();
						response.end();
					},
					"GET /throws": () => {
						throw new Error("on purpose");
					},
					"GET /later": (_request, response) => {
						response.defer();
					},
				},
			},
			platform,
		);
	}

	for (const [what, octets] of Object.entries(cases)) {
		test(`with a clock it stands in the response of ${what}, without one it does not`, () => {
			const platform = new VirtualPlatform();
			const served = serveAll(platform);
			expect(ask(served, octets).field("date")).toBe(DATE);
			platform.seconds = -1;
			expect(ask(served, octets).field("date")).toBeUndefined();
			platform.seconds = 784_111_777;
			expect(ask(served, octets).field("date")).toBe(DATE);
		});
	}

	test("with a clock it stands in 408, in both kinds of 503 and in 101; without one it does not", () => {
		for (const seconds of [784_111_777, -1]) {
			const expected = seconds < 0 ? undefined : DATE;
			const platform = new VirtualPlatform();
			platform.seconds = seconds;
			const slow = serveAll(platform);
			const head = slow.connect();
			head.send("GET /");
			platform.advance(20_000);
			expect(answer(head)).toMatchObject({ status: 408 });
			expect(answer(head).field("date")).toBe(expected);
			head.end();

			const busy = slow.connect();
			busy.send(request("GET /later"));
			const waiting = slow.connect();
			const refused = slow.connect();
			expect(answer(refused).status).toBe(503);
			expect(answer(refused).field("date")).toBe(expected);
			platform.advance(1000);
			expect(answer(waiting).status).toBe(503);
			expect(answer(waiting).field("date")).toBe(expected);
			platform.advance(30_000);
			expect(answer(busy).status).toBe(503);
			expect(answer(busy).field("date")).toBe(expected);
		}
	});

	test("a slow head that is evicted is told 408 with the date of now", () => {
		const platform = new VirtualPlatform();
		const served = serveAll(platform);
		expect(ask(served, request("GET /")).field("date")).toBe(DATE);
		const slow = served.connect();
		slow.send("GET / HT");
		platform.seconds += 5;
		platform.advance(400);
		const next = served.connect();
		next.send(request("GET /"));
		expect(answer(slow)).toMatchObject({ status: 408 });
		expect(answer(slow).field("date")).toBe("Sun, 06 Nov 1994 08:49:42 GMT");
	});

	test("is the time of the response", () => {
		const platform = new VirtualPlatform();
		const served = serveAll(platform);
		const client = served.connect();
		client.send(request("GET /made"));
		platform.seconds += 86_400;
		client.send(request("GET /made"));
		expect(answers(client).map((one) => one.field("date"))).toEqual([DATE, "Mon, 07 Nov 1994 08:49:37 GMT"]);
	});
});

describe("fields of an app (RFC 9110 §5, RFC 9112 §11.1)", () => {
	/** What `setField` does with a name and a value: the response, and what it threw. */
	function withField(name: string, value: string) {
		let thrown: unknown;
		const served = serveOne((response) => {
			try {
				response.setField(name, value);
			} catch (error) {
				thrown = error;
			}
			response.text("x");
		});
		const client = served.connect();
		client.send(request("GET /"));
		return { response: answer(client), thrown };
	}

	test.each(["a\r\nX-Evil: 1", "a\rb", "a\nb", "\r\n", "a\0b", "a\x7fb", "\u010d\u010a", "snow ☃"])(
		"the value %j is refused",
		(value) => {
			const { response, thrown } = withField("X-A", value);
			expect(thrown).toBeInstanceOf(TypeError);
			expect(response.fields.map((field) => field[0])).not.toContain("x-a");
			expect(response.fields.map((field) => field[0])).not.toContain("x-evil");
			expect(() => prebuild({ fields: { "X-A": value } })).toThrow(TypeError);
			expect(() => prebuild({ content: "x", type: value })).toThrow(TypeError);
		},
	);

	test.each(["", "X A", "X-A:", "X-A\r\nX-Evil", "X\0", "Xé", " X", "(X)", "\u010a"])(
		"the name %j is refused",
		(name) => {
			const { response, thrown } = withField(name, "evil");
			expect(thrown).toBeInstanceOf(TypeError);
			expect(response.fields.map((field) => field[1])).not.toContain("evil");
			expect(() => prebuild({ fields: { [name]: "1" } })).toThrow(TypeError);
		},
	);

	test("a type that would split the response is refused", () => {
		const served = serveOne((response) => response.text("x", "text/plain\r\nX-Evil: 1"));
		const response = ask(served, request("GET /"));
		expect(response.status).toBe(500);
		expect(served.errors[0]).toBeInstanceOf(TypeError);
	});

	test.each(["Connection", "content-length", "TRANSFER-ENCODING", "Trailer", "Keep-Alive", "Date"])(
		"%s is the server's to write",
		(name) => {
			const { thrown } = withField(name, "1");
			expect(thrown).toBeInstanceOf(TypeError);
			expect(String(thrown)).toContain(name);
			expect(() => prebuild({ fields: { [name]: "1" } })).toThrow(TypeError);
		},
	);

	test("obs-text goes through octet for octet, and an empty value is one", () => {
		expect(withField("X-A", "caf\xe9\t!").response.field("x-a")).toBe("caf\xe9\t!");
		expect(withField("X-A", "").response.field("x-a")).toBe("");
	});

	test("a Content-Type of the app's own is the only one", () => {
		const response = ask(
			serveOne((one) => {
				one.setField("content-type", "text/html");
				one.text("<p>");
			}),
			request("GET /"),
		);
		expect(response.field("content-type")).toBe("text/html");
	});

	test("a second Content-Type is refused where it is set (RFC 9110 §8.3)", () => {
		const type = prebuildFields({ "Content-Type": "text/html" });
		const other = { "Content-Type": "text/x" };
		const sets: readonly ((response: Response) => void)[] = [
			(one) => void one.setField("Content-Type", "text/html"),
			(one) => void one.setFields(type),
		];
		for (const first of sets) {
			for (const second of sets) {
				const response = ask(
					serveOne((one) => {
						first(one);
						expect(() => second(one)).toThrow(TypeError);
						one.setField("X-A", "1");
						one.text("<p>");
					}),
					request("GET /"),
				);
				expect([response.field("content-type"), response.field("x-a")]).toEqual(["text/html", "1"]);
			}
		}
		expect(() => prebuild({ content: "x", fields: other })).toThrow(TypeError);
		expect(() => prebuildFields({ ...other, "content-type": "text/y" })).toThrow(TypeError);
		expect(ask(serve({ routes: { "GET /": prebuild({ fields: other }) } }), request("GET /")).status).toBe(200);
		const hints = serveOne((one) => {
			expect(() => one.interim(103, { ...other, "content-type": "text/y" })).toThrow(TypeError);
			one.text("x");
		});
		expect(ask(hints, request("GET /")).status).toBe(200);
	});

	test("lines keep their order and their repetition", () => {
		const client = serveOne((response) => {
			response.setField("Set-Cookie", "a=1");
			response.setField("Set-Cookie", "b=2");
			response.empty();
		}).connect();
		client.send(request("GET /"));
		expect(client.received).toContain("Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n");
	});

	test("status and fields of a handler that throws are not those of its 500", () => {
		const response = ask(
			serveOne((one) => {
				one.status = 201;
				one.setField("X-A", "1");
				throw new Error("on purpose");
			}),
			request("GET /"),
		);
		expect(response.status).toBe(500);
		expect(response.field("x-a")).toBeUndefined();
	});

	test("fields that outgrow the send buffer throw RangeError; those that fit are sent", () => {
		let fitted = 0;
		const served = serveOne((response) => {
			const error = thrownBy(() => {
				for (;;) {
					response.setField("X-A", "0123456789");
					fitted += 1;
				}
			});
			expect(error).toBeInstanceOf(RangeError);
			response.empty();
		});
		const response = ask(served, request("GET /"));
		expect(response.status).toBe(200);
		expect(response.fields.filter((field) => field[0] === "x-a").length).toBe(fitted);
		expect(fitted).toBeGreaterThan(50);
	});

	test("a prebuilt head that outgrows the send buffer costs a 500 when it is sent, and is no route", () => {
		const made = prebuild({ fields: { "X-A": "a".repeat(2000) } });
		expect(() => serve({ routes: { "GET /": made } })).toThrow(/head of GET \/ needs limits.sendLength/);
		const served = serve({ routes: { "GET /sent": (_request, response) => response.send(made) } });
		expect(ask(served, request("GET /sent")).status).toBe(500);
		expect(served.errors).toEqual([expect.any(RangeError)]);
	});
});

function thrownBy(call: () => void): unknown {
	try {
		call();
	} catch (error) {
		return error;
	}
	return undefined;
}

describe("the status", () => {
	test("with a registered reason phrase, or with an empty one", () => {
		let status = 200;
		const served = serveOne((response) => {
			response.status = status;
			response.empty();
		});
		for (const [code, reason] of [
			[201, "Created"],
			[299, ""],
			[307, "Temporary Redirect"],
			[422, "Unprocessable Content"],
			[599, ""],
		] as const) {
			status = code;
			expect(ask(served, request("GET /"))).toMatchObject({ status: code, reason });
		}
	});

	test("the space before the reason phrase stays without one (RFC 9112 §4)", () => {
		const client = serveOne((response) => {
			response.status = 299;
			response.empty();
		}).connect();
		client.send(request("GET /"));
		expect(client.received.startsWith("HTTP/1.1 299 \r\n")).toBe(true);
	});

	test.each([199, 600, 0, 200.5, Number.NaN])("%d is no final status", (status) => {
		const served = serveOne((response) => {
			expect(() => {
				response.status = status;
			}).toThrow(RangeError);
			response.empty();
		});
		expect(ask(served, request("GET /")).status).toBe(200);
		expect(() => prebuild({ status })).toThrow(RangeError);
		expect(served.errors).toEqual([]);
	});

	test("an error response names its status in its content, whatever status it is", () => {
		const served = serve({ routes: { "GET /": prebuild({ content: "x" }) } });
		const response = ask(served, request("GET /nowhere"));
		expect(response.content).toBe("404 Not Found\n");
		expect(response.field("content-length")).toBe("14");
	});

	test("setLast closes the connection after the response", () => {
		const client = serveOne((response) => {
			response.setLast();
			response.text("x");
		}).connect();
		client.send(request("GET /"));
		expect(answer(client).field("connection")).toBe("close");
		expect(client.state).toBe("ended");
	});

	test("setLast throws when the head is sent, and the connection goes on", () => {
		const thrown: unknown[] = [];
		const client = serveOne((response) => {
			response.begin(1);
			thrown.push(thrownBy(() => response.setLast()));
			response.write("x");
			response.end();
			thrown.push(thrownBy(() => response.setLast()));
			thrown.push(thrownBy(() => response.defer()));
		}).connect();
		client.send(request("GET /"));
		client.send(request("GET /"));
		expect(statuses(client)).toEqual([200, 200]);
		expect(client.state).toBe("open");
		expect(thrown.map(String)).toEqual([
			"Error: the response has been sent already",
			"Error: the response has been sent already",
			"Error: the response is complete",
			"Error: the response has been sent already",
			"Error: the response has been sent already",
			"Error: the response is complete",
		]);
	});
});

describe("what a handler does wrong", () => {
	test("content longer than its declared length is refused, and a handler that goes on costs the connection", () => {
		const served = serveOne((response) => {
			response.begin(3);
			response.write("ab");
			response.write("cd");
		});
		const client = served.connect();
		client.send(request("GET /"));
		expect(served.errors[0]).toBeInstanceOf(RangeError);
		// Two of three octets were promised: only the abort tells the client that the third will not come.
		expect(client.state).toBe("aborted");
	});

	test("octets over the declared length are not sent, and the handler may do better", () => {
		const served = serveOne((response) => {
			response.begin(3);
			response.write("ab");
			expect(() => response.write("cd")).toThrow(RangeError);
			response.write("c");
			response.end();
		});
		expect(ask(served, request("GET /")).content).toBe("abc");
		expect(served.errors).toEqual([]);
	});

	test("content shorter than its declared length does not end", () => {
		const served = serveOne((response) => {
			response.begin(3);
			response.write("ab");
			expect(() => response.end()).toThrow(/lacks 1 octets/);
			response.write("c");
			response.end();
		});
		expect(ask(served, request("GET /")).content).toBe("abc");
		expect(served.errors).toEqual([]);
	});

	test.each([-2, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("%d is no length", (length) => {
		const served = serveOne((response) => {
			expect(() => response.begin(length)).toThrow(RangeError);
			response.empty();
		});
		expect(ask(served, request("GET /")).status).toBe(200);
		expect(served.errors).toEqual([]);
	});

	test("a piece larger than the room is refused whole", () => {
		const served = serveOne((response) => {
			response.begin();
			const { room } = response;
			expect(room).toBeGreaterThan(500);
			expect(() => response.write("x".repeat(room + 1))).toThrow(RangeError);
			response.write("y".repeat(room));
			response.end();
		});
		expect(ask(served, request("GET /")).content).toMatch(/^y+$/);
		expect(served.errors).toEqual([]);
	});

	test("a range that is none is refused, and nothing of the response is lost", () => {
		const served = serveOne((response) => {
			response.begin();
			response.write("abc");
			expect(() => response.write(new Uint8Array(8), 5, 2)).toThrow(RangeError);
			expect(() => response.write(new Uint8Array(8), 0, 9)).toThrow(RangeError);
			expect(() => response.write(new Uint8Array(8), -1, 2)).toThrow(RangeError);
			response.write("def");
			response.end();
		});
		expect(ask(served, request("GET /")).content).toBe("abcdef");
		expect(served.errors).toEqual([]);
	});

	test("write and end before begin, and a second answer, throw", () => {
		const served = serveOne((response) => {
			expect(() => response.write("x")).toThrow(Error);
			expect(() => response.end()).toThrow(Error);
			expect(response.room).toBe(0);
			response.text("x");
			expect(() => response.text("y")).toThrow(Error);
			expect(() => response.empty()).toThrow(Error);
			expect(() => response.begin()).toThrow(Error);
			expect(() => response.write("y")).toThrow(Error);
			expect(() => response.end()).toThrow(Error);
			expect(() => response.setField("X-A", "1")).toThrow(Error);
			expect(() => {
				response.status = 201;
			}).toThrow(Error);
		});
		expect(ask(served, request("GET /")).content).toBe("x");
		expect(served.errors).toEqual([]);
	});
});

describe("content larger than any buffer", () => {
	const TEXT = Array.from({ length: 20_000 }, (_, index) => ["a", "é", "€", "😀"][index % 4]).join("");

	test.each([1, 7, 1000, 5000])("is drawn as the client takes it, %i octets at a time", (step) => {
		const served = serve({
			routes: {
				"GET /text": (_request, response) => response.text(TEXT),
				"GET /octets": (_request, response) => response.octets(octetsOf(toUtf8(TEXT))),
				"GET /made": prebuild({ content: TEXT }),
			},
		});
		for (const path of ["/text", "/octets", "/made"]) {
			const client = served.connect((one) => {
				one.room = 0;
			});
			client.send(request(`GET ${path}`));
			expect(client.received).toBe("");
			const length = utf8LengthOf(TEXT);
			for (let taken = 0; taken < length + 400; taken += step) client.take(step);
			const response = answer(client);
			expect(fromUtf8(response.content) === TEXT).toBe(true);
			client.end();
		}
	});

	test("a transport that takes little at a time changes nothing", () => {
		const served = serveOne((response) => response.text(TEXT));
		const client = served.connect((one) => {
			one.transport.roomMax = 3;
		});
		client.send(request("GET /"));
		expect(answer(client).content.length).toBe(utf8LengthOf(TEXT));
	});

	test("whatever pieces a handler writes and however the client takes them, the content is what was written", () => {
		const step = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 41, max: 3000 }));
		fc.assert(
			fc.property(
				fc.array(fc.string({ maxLength: 600, unit: "grapheme" }), { maxLength: 20 }),
				fc.array(step, { minLength: 1, maxLength: 30 }),
				fc.boolean(),
				fc.boolean(),
				(pieces, steps, isOld, hasLength) => {
					const whole = pieces.join("");
					const served = serve({
						routes: {
							"GET /": {
								onRequest(one, response) {
									one.state = [...pieces];
									response.begin(hasLength ? utf8LengthOf(whole) : LENGTH_UNKNOWN);
								},
								onWritable(one, response) {
									const rest = one.state as string[];
									while (rest.length > 0) {
										// A piece of one string may not cut a pair in two, so strings go whole.
										if (utf8LengthOf(rest[0] as string) > response.room) return;
										response.write(rest.shift() as string);
									}
									response.end();
								},
							},
						},
					});
					const client = served.connect((one) => {
						one.room = 0;
					});
					client.send(request(isOld ? "GET / HTTP/1.0" : "GET /"));
					for (const count of steps) client.take(count);
					client.take(1_000_000);
					expect(served.errors).toEqual([]);
					expect(answer(client).content).toBe(toUtf8(whole));
				},
			),
			{ numRuns: 200 },
		);
	});
});

describe("custom errors", () => {
	test("stand in for the plain ones, with the server's own fields", () => {
		const served = serve({
			routes: { "GET /": prebuild({ content: "x" }) },
			errors: {
				400: prebuild({ status: 400, content: "bad", fields: { "X-A": "1" } }),
				404: prebuild({ status: 404, content: "<h1>none</h1>", type: "text/html" }),
			},
		});
		const missing = ask(served, request("GET /nowhere"));
		expect(missing).toMatchObject({ status: 404, content: "<h1>none</h1>" });
		expect(missing.field("content-type")).toBe("text/html");
		const bad = ask(served, "GET / HTTP/1.1\r\n\r\n");
		expect(bad).toMatchObject({ status: 400, content: "bad" });
		expect(bad.field("connection")).toBe("close");
		expect(bad.field("x-a")).toBe("1");
	});

	test("one that outgrows the send buffer is refused by defineApp", () => {
		const long = prebuild({ status: 404, fields: { "X-A": "a".repeat(2000) } });
		expect(() => defineApp({ routes: {}, errors: { 404: long } })).toThrow(/errors\[404\] needs limits.sendLength/);
	});

	test("a response of another status, or of none that is an error, is refused by defineApp", () => {
		const routes = {};
		expect(() => defineApp({ routes, errors: { 404: prebuild({ status: 410 }) } })).toThrow(RangeError);
		expect(() => defineApp({ routes, errors: { 200: prebuild({}) } })).toThrow(RangeError);
	});
});

test("a response larger than the send buffer persists like any other", () => {
	const served = serveOne((response) => response.octets(new Uint8Array(10_000)));
	const client = served.connect();
	client.send(request("GET /") + request("GET /"));
	expect(statuses(client)).toEqual([200, 200]);
	expect(sure(answers(client)[1]).content.length).toBe(10_000);
});
