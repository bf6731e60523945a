// Every wait has an end (src/connection/waits.ts): it comes exactly at its limit, not a millisecond before, and says what
// it has to say. In virtual time, with clocks that wrap and platforms whose timers run ahead of their sockets.

import { describe, expect, test } from "vitest";
import type { Limits, Request, Response, RouteHandlers, Ticket } from "../src/index.js";
import { answers, request, type Served, serve, statuses, sure, upload } from "./support/exchange.js";
import { type VirtualClient, VirtualPlatform } from "./support/virtual.js";

const LIMITS: Partial<Limits> = {
	headTimeoutMs: 1000,
	idleTimeoutMs: 2000,
	contentIdleTimeoutMs: 3000,
	contentRateMin: 0,
	handlerTimeoutMs: 4000,
	responseIdleTimeoutMs: 5000,
	sendTimeoutMs: 6000,
	responseRateMin: 0,
	lingerTimeoutMs: 700,
	waitTimeoutMs: 800,
	shutdownTimeoutMs: 9000,
};

/** The content of large responses, in octets. */
const LARGE = 50_000;

interface Timed extends Served {
	readonly tickets: Ticket[];
	readonly platform: VirtualPlatform;
}

function serveTimed(limits: Partial<Limits> = {}, platform = new VirtualPlatform()): Timed {
	const tickets: Ticket[] = [];
	const reader: RouteHandlers = {
		onReadable: (one, response, count) => {
			drop(one);
			if (count === 0) response.text("read");
		},
	};
	const served = serve(
		{
			limits: { ...LIMITS, ...limits },
			routes: {
				"GET /": (_request, response) => response.text("x"),
				"GET /large": (_request, response) => response.octets(new Uint8Array(LARGE)),
				"GET /text": (_request, response) => response.text("x".repeat(LARGE)),
				"GET /stream": {
					onRequest: (_request, response) => void response.begin(LARGE),
					onWritable: (_request, response, room) => {
						const count = Math.min(room, response.missing);
						response.write(new Uint8Array(count));
						if (response.missing === 0) response.end();
					},
				},
				"GET /later": (_request, response) => {
					tickets.push(response.defer());
				},
				"PUT /read": reader,
				"PUT /unread": (_request, response) => response.text("unread"),
				"PUT /paused": { onReadable: () => {} },
			},
		},
		platform,
	);
	return { ...served, tickets };
}

function drop(one: Request): void {
	const buffer = new Uint8Array(1000);
	while (one.read(buffer) > 0);
}

/** How long the head of the response is. */
function headLength(served: Timed, path: string): number {
	const client = served.connect();
	client.send(request(`GET ${path}`));
	const length = client.received.indexOf("\r\n\r\n") + 4;
	client.reset();
	return length;
}

/** The wait ends `limitMs` after now, and not before. */
function expectEnd(served: Timed, client: VirtualClient, limitMs: number): void {
	const { received } = client;
	served.platform.advance(limitMs - 1);
	expect(client.received).toBe(received);
	expect(client.state).toBe("open");
	served.platform.advance(1);
	expect(client.state).not.toBe("open");
}

describe("the head", () => {
	test("its deadline runs from accept: silence where no octet has come", () => {
		const served = serveTimed();
		const client = served.connect();
		expectEnd(served, client, 1000);
		expect(client.received).toBe("");
		expect(client.state).toBe("closed");
	});

	test("408 where a request has begun (RFC 9110 §15.5.9)", () => {
		const served = serveTimed();
		const client = served.connect();
		served.platform.advance(400);
		client.send("GET / HTTP/1.1\r\nHost: a\r\n");
		expectEnd(served, client, 600);
		expect(statuses(client)).toEqual([408]);
		expect(answers(client)[0]?.field("connection")).toBe("close");
	});

	test("an empty line is no beginning: silence", () => {
		const served = serveTimed();
		const client = served.connect();
		client.send("\r\n");
		expectEnd(served, client, 1000);
		expect(client.received).toBe("");
	});

	test("octets dribbled in do not extend it", () => {
		const served = serveTimed();
		const client = served.connect();
		for (let ms = 0; ms < 990; ms += 10) {
			client.send("G");
			if (ms === 0) client.send("ET / HTTP/1.1\r\nHost: a\r\nX-A: ");
			served.platform.advance(10);
		}
		expectEnd(served, client, 10);
		expect(statuses(client)).toEqual([408]);
	});

	test("of a later request it runs from that request's first octet", () => {
		const served = serveTimed();
		const client = served.connect();
		client.send(request("GET /"));
		served.platform.advance(1500);
		client.send("G");
		served.platform.advance(500);
		client.send("E");
		served.platform.advance(499);
		expect(client.state).toBe("open");
		served.platform.advance(1);
		expect(statuses(client)).toEqual([200, 408]);
	});

	test("of a request that came with the end of the one before it runs anew", () => {
		const served = serveTimed();
		const client = served.connect();
		served.platform.advance(900);
		client.send(`${request("GET /")}GE`);
		expect(statuses(client)).toEqual([200]);
		expectEnd(served, client, 1000);
		expect(statuses(client)).toEqual([200, 408]);
	});

	test("met with its last octet in its last millisecond, all is well", () => {
		const served = serveTimed();
		const client = served.connect();
		client.send(request("GET /").slice(0, -1));
		served.platform.advance(999);
		client.send("\n");
		expect(statuses(client)).toEqual([200]);
		served.platform.advance(1000);
		expect(client.state).toBe("open");
	});
});

describe("between two requests", () => {
	test("the connection closes in silence", () => {
		const served = serveTimed();
		const client = served.connect();
		client.send(request("GET /"));
		expectEnd(served, client, 2000);
		expect(statuses(client)).toEqual([200]);
		expect(client.state).toBe("closed");
	});

	test("each response begins the time anew", () => {
		const served = serveTimed();
		const client = served.connect();
		client.send(request("GET /"));
		served.platform.advance(1500);
		client.send(request("GET /"));
		expectEnd(served, client, 2000);
	});

	test("an empty line does not extend it", () => {
		const served = serveTimed();
		const client = served.connect();
		client.send(request("GET /"));
		served.platform.advance(1500);
		client.send("\r\n");
		expectEnd(served, client, 500);
	});
});

describe("content", () => {
	test("that stops is answered 408, counted from its last octet", () => {
		const served = serveTimed();
		const client = served.connect();
		client.send(request("PUT /read", ["Content-Length: 10"], "abc"));
		served.platform.advance(2999);
		client.send("d");
		expectEnd(served, client, 3000);
		expect(statuses(client)).toEqual([408]);
	});

	test("that never begins is answered 408", () => {
		const served = serveTimed();
		const client = served.connect();
		client.send(request("PUT /read", ["Transfer-Encoding: chunked"]));
		expectEnd(served, client, 3000);
		expect(statuses(client)).toEqual([408]);
	});

	test("in chunks whose end or trailers do not come is answered 408", () => {
		for (const part of ["3\r\nabc\r\n", "0\r\n", "0\r\nX-A: "]) {
			const served = serveTimed();
			const client = served.connect();
			client.send(request("PUT /read", ["Transfer-Encoding: chunked"], part));
			expectEnd(served, client, 3000);
			expect(statuses(client)).toEqual([408]);
		}
	});

	test("a client asked to continue has as long", () => {
		const served = serveTimed();
		const client = served.connect();
		client.send(request("PUT /read", ["Content-Length: 3", "Expect: 100-continue"]));
		expect(statuses(client)).toEqual([100]);
		expectEnd(served, client, 3000);
		expect(statuses(client)).toEqual([100, 408]);
	});

	test("that nobody wanted and that stops ends the connection, after its response", () => {
		const served = serveTimed();
		const client = served.connect();
		client.send(request("PUT /unread", ["Content-Length: 10"], "abc"));
		expect(statuses(client)).toEqual([200]);
		expectEnd(served, client, 3000);
		expect(statuses(client)).toEqual([200]);
	});

	test("left unread by its handler is the handler's delay, not the client's: 503", () => {
		const served = serveTimed();
		const client = served.connect();
		client.send(request("PUT /paused", ["Content-Length: 10"], "abc"));
		expectEnd503(served, client);
	});

	test("must come at the least rate, averaged over the time it was waited for", () => {
		// 10 octets a second, and 3 seconds to begin with: an octet every 200 ms is half of that.
		const served = serveTimed({ contentRateMin: 10 });
		const client = served.connect();
		client.send(request("PUT /read", ["Content-Length: 1000"]));
		let ms = 0;
		for (; client.state === "open" && ms < 20_000; ms += 200) {
			served.platform.advance(200);
			if (client.state === "open") client.send("x");
		}
		expect(statuses(client)).toEqual([408]);
		// 3,000 ms + 100 ms for each of the octets: those of 6 seconds.
		expect(ms).toBeGreaterThanOrEqual(5800);
		expect(ms).toBeLessThanOrEqual(6200);
	});

	test("at the least rate goes on for as long as it takes", () => {
		const served = serveTimed({ contentRateMin: 10 });
		const client = served.connect();
		client.send(request("PUT /read", ["Content-Length: 1000"]));
		for (let count = 0; count < 1000; count += 1) {
			served.platform.advance(100);
			client.send("x");
		}
		expect(statuses(client)).toEqual([200]);
	});

	test("framing is no content: extensions and trailers dribbled in count nothing towards the rate", () => {
		const served = serveTimed({ contentRateMin: 10 });
		const client = served.connect();
		client.send(request("PUT /read", ["Transfer-Encoding: chunked"], "0\r\nX-A: "));
		let ms = 0;
		for (; client.state === "open" && ms < 20_000; ms += 100) {
			served.platform.advance(100);
			if (client.state === "open") client.send("x");
		}
		expect(statuses(client)).toEqual([408]);
		expect(ms).toBeLessThanOrEqual(3200);
	});
});

function expectEnd503(served: Timed, client: VirtualClient): void {
	served.platform.advance(3999);
	expect(client.received).toBe("");
	served.platform.advance(1);
	expect(statuses(client)).toEqual([503]);
}

describe("the handler", () => {
	test("that is late costs a 503, and the connection goes on", () => {
		const served = serveTimed();
		const client = served.connect();
		client.send(request("GET /later"));
		expectEnd503(served, client);
		expect(client.state).toBe("open");
		expect(String(served.errors[0])).toContain("did not answer in time");
		client.send(request("GET /"));
		expect(statuses(client)).toEqual([503, 200]);
	});

	test("in its last millisecond is in time", () => {
		const served = serveTimed();
		const client = served.connect();
		client.send(request("GET /later"));
		served.platform.advance(3999);
		served.tickets[0]?.response?.text("x");
		expect(statuses(client)).toEqual([200]);
		served.platform.advance(1);
		expect(statuses(client)).toEqual([200]);
	});

	test("has its time for each of several pipelined requests", () => {
		const served = serveTimed();
		const client = served.connect();
		client.send(request("GET /later") + request("GET /later"));
		served.platform.advance(3900);
		served.tickets[0]?.response?.text("x");
		served.platform.advance(3999);
		expect(statuses(client)).toEqual([200]);
		served.platform.advance(1);
		expect(statuses(client)).toEqual([200, 503]);
	});

	test("has its time from the end of the content", () => {
		const served = serve({
			limits: LIMITS,
			routes: {
				"PUT /": {
					onRequest: (_request, response) => {
						response.defer();
					},
					onReadable: (one) => drop(one),
				},
			},
		});
		const client = served.connect();
		client.send(request("PUT /", ["Content-Length: 2"], "a"));
		served.platform.advance(2900);
		client.send("b");
		served.platform.advance(3999);
		expect(client.received).toBe("");
		served.platform.advance(1);
		expect(statuses(client)).toEqual([503]);
	});
});

describe("a response that has begun", () => {
	function serveStream(): Served & { response(): Response } {
		let ticket: Ticket | undefined;
		const served = serve({
			limits: LIMITS,
			routes: {
				"GET /": (_request, response) => {
					ticket = response.defer();
					response.begin();
				},
			},
		});
		return { ...served, response: () => sure(ticket?.response) };
	}

	test("and is not gone on with is cut off", () => {
		const served = serveStream();
		const client = served.connect();
		client.send(request("GET /"));
		served.platform.advance(4999);
		expect(client.state).toBe("open");
		served.platform.advance(1);
		expect(client.state).toBe("aborted");
	});

	test("has its time from each piece", () => {
		const served = serveStream();
		const client = served.connect();
		client.send(request("GET /"));
		for (let count = 0; count < 5; count += 1) {
			served.platform.advance(4000);
			served.response().write("x");
		}
		served.platform.advance(4999);
		expect(client.state).toBe("open");
		served.platform.advance(1);
		expect(client.state).toBe("aborted");
	});

	test("with a limit of 0 waits for ever", () => {
		const served = serve({
			limits: { ...LIMITS, responseIdleTimeoutMs: 0 },
			routes: {
				"GET /": (_request, response) => {
					response.defer();
					response.begin();
				},
			},
		});
		const client = served.connect();
		client.send(request("GET /"));
		served.platform.advance(1_000_000_000);
		expect(client.state).toBe("open");
		expect(served.platform.hasTimer).toBe(false);
	});
});

describe("a client that takes nothing", () => {
	test("is cut off", () => {
		const served = serveTimed();
		const client = served.connect((one) => {
			one.room = 100;
		});
		client.send(request("GET /large"));
		served.platform.advance(5999);
		expect(client.state).toBe("open");
		served.platform.advance(1);
		expect(client.state).toBe("aborted");
		expect(served.server.connectionCount).toBe(0);
	});

	test("has its time anew with each octet it takes", () => {
		const served = serveTimed();
		const client = served.connect((one) => {
			one.room = 100;
		});
		client.send(request("GET /large"));
		for (let count = 0; count < 5; count += 1) {
			served.platform.advance(5900);
			client.take(1);
		}
		served.platform.advance(5999);
		expect(client.state).toBe("open");
		served.platform.advance(1);
		expect(client.state).toBe("aborted");
	});

	test.each(["/large", "/text", "/stream"])(
		"must take %s at the least rate, averaged over the time it was waited for",
		(path) => {
			// 10 octets a second, and 6 seconds to begin with: an octet every 200 ms is half of that.
			const served = serveTimed({ responseRateMin: 10 });
			const client = served.connect((one) => {
				one.room = 0;
			});
			client.send(request(`GET ${path}`));
			let ms = 0;
			for (; client.state === "open" && ms < 60_000; ms += 200) {
				served.platform.advance(200);
				if (client.state === "open") client.take(ms === 0 ? headLength(served, path) : 1);
			}
			expect(client.state).toBe("aborted");
			// 6,000 ms + 100 ms for each of the octets: those of 12 seconds, but for the first, in which the head is taken.
			expect(ms).toBeGreaterThanOrEqual(11_400);
			expect(ms).toBeLessThanOrEqual(11_800);
		},
	);

	test("may take a response at the least rate for as long as it takes, and each response has its own time", () => {
		const served = serveTimed({ responseRateMin: 1000 });
		const client = served.connect((one) => {
			one.room = 0;
		});
		for (let turn = 0; turn < 3; turn += 1) {
			client.send(request("GET /large"));
			for (let count = 0; count < LARGE / 100 + 3; count += 1) {
				served.platform.advance(100);
				client.take(100);
			}
			expect(statuses(client)).toHaveLength(turn + 1);
		}
		client.send(request("GET /large"));
		expectEnd(served, client, 6000);
	});

	test("what a client has sent counts for what it takes later", () => {
		// It takes nothing of the answer until all is sent, which is waited for as well.
		const served = serveTimed({ contentRateMin: 100, responseRateMin: 100 });
		const client = served.connect((one) => {
			one.room = 0;
		});
		client.send(request("PUT /read", ["Content-Length: 6000"]));
		for (let count = 0; count < 60; count += 1) {
			served.platform.advance(1000);
			client.send("x".repeat(100));
		}
		expectEnd(served, client, 6000);
	});

	test("is cut off in the middle of an error response too", () => {
		const served = serveTimed();
		const client = served.connect((one) => {
			one.room = 0;
		});
		client.send("bad\r\n\r\n");
		served.platform.advance(6000);
		expect(client.state).toBe("aborted");
	});
});

describe("lingering close (RFC 9112 §9.6)", () => {
	test("ends when the client closes", () => {
		const served = serveTimed();
		const client = served.connect();
		client.send(request("GET /", ["Connection: close"]));
		expect(client.state).toBe("ended");
		client.send("this is read and dropped");
		expect(client.transport.unread).toBe(0);
		client.end();
		expect(client.state).toBe("closed");
	});

	test("ends at its limit, however much the client sends", () => {
		const served = serveTimed();
		const client = served.connect();
		client.send(request("GET /", ["Connection: close"]));
		served.platform.advance(600);
		client.send("more");
		served.platform.advance(99);
		expect(client.state).toBe("ended");
		served.platform.advance(1);
		expect(client.state).toBe("closed");
		expect(served.server.connectionCount).toBe(0);
	});

	test("drops what follows a broken rule, so that no reset eats the answer", () => {
		const served = serveTimed();
		const client = served.connect();
		client.send(`GET / HTTP/1.1\r\n\r\n${"x".repeat(100_000)}`);
		expect(statuses(client)).toEqual([400]);
		expect(client.state).toBe("ended");
		expect(client.transport.unread).toBe(0);
	});

	test("an upload that was refused is dropped while the client goes on sending", () => {
		const served = serveTimed({ contentLengthMax: 10 });
		const client = served.connect();
		client.send(upload("PUT /read", "x".repeat(100_000)));
		expect(statuses(client)).toEqual([413]);
		client.send("x".repeat(100_000));
		expect(client.transport.unread).toBe(0);
		client.end();
		expect(client.state).toBe("closed");
	});
});

describe("platforms whose timers run ahead of their sockets", () => {
	/** The octets came while the platform was busy; its timers run first, then its sockets. */
	function busy(served: Timed, client: VirtualClient, ms: number, octets: string): void {
		served.platform.stall(ms);
		served.platform.advance(0);
		client.send(octets);
		served.platform.advance(10);
	}

	function serveFirst(): Timed {
		const platform = new VirtualPlatform();
		platform.timersRunFirst = true;
		return serveTimed({}, platform);
	}

	test("a head that arrived while the platform was busy is served", () => {
		const served = serveFirst();
		const client = served.connect();
		busy(served, client, 5000, request("GET /"));
		expect(statuses(client)).toEqual([200]);
	});

	test("content that arrived while the platform was busy is taken", () => {
		const served = serveFirst();
		const client = served.connect();
		client.send(request("PUT /read", ["Content-Length: 3"], "a"));
		busy(served, client, 5000, "bc");
		expect(statuses(client)).toEqual([200]);
	});

	test("an idle connection's next request is served", () => {
		const served = serveFirst();
		const client = served.connect();
		client.send(request("GET /"));
		busy(served, client, 5000, request("GET /"));
		expect(statuses(client)).toEqual([200, 200]);
	});

	test("a client that took its response meanwhile is not cut off", () => {
		const served = serveFirst();
		const client = served.connect((one) => {
			one.room = 10;
		});
		client.send(request("GET /large"));
		served.platform.stall(10_000);
		served.platform.advance(0);
		client.take(100_000);
		served.platform.advance(10);
		expect(statuses(client)).toEqual([200]);
	});

	test("the grace is one turn: a client that sent nothing is over a millisecond later", () => {
		const served = serveFirst();
		const client = served.connect();
		client.send("GET /");
		served.platform.stall(5000);
		served.platform.advance(0);
		expect(client.state).toBe("open");
		served.platform.advance(1);
		expect(statuses(client)).toEqual([408]);
	});

	test("octets dribbled into each turn of grace do not extend a head for ever", () => {
		const served = serveFirst();
		const client = served.connect();
		client.send("GET / HTTP/1.1\r\nX-A: ");
		let ms = 0;
		for (; client.state === "open" && ms < 5000; ms += 1) {
			served.platform.advance(1);
			if (client.state === "open") client.send("x");
		}
		expect(statuses(client)).toEqual([408]);
		expect(ms).toBeLessThan(1010);
	});

	test("a turn of grace that was not needed leaves no timer that keeps on firing", () => {
		const served = serveFirst();
		let timers = 0;
		const { setTimer } = served.platform;
		served.platform.setTimer = (owner, delayMs) => {
			timers += 1;
			setTimer.call(served.platform, owner, delayMs);
		};
		const client = served.connect();
		client.send(request("GET /later"));
		served.platform.advance(4000);
		served.tickets[0]?.response?.text("just in time");
		expect(statuses(client)).toEqual([200]);
		timers = 0;
		served.platform.advance(1500);
		expect(timers).toBeLessThan(10);
		served.platform.advance(501);
		expect(client.state).toBe("closed");
	});

	test("a turn of grace that was not needed takes nothing from the next deadline's", () => {
		const served = serveFirst();
		const client = served.connect();
		client.send(request("GET /later"));
		served.platform.advance(4000);
		served.tickets[0]?.response?.text("just in time");
		busy(served, client, 5000, request("GET /"));
		expect(statuses(client)).toEqual([200, 200]);
	});

	test("a platform whose sockets come first needs no grace", () => {
		const served = serveTimed();
		const client = served.connect();
		client.send("GET /");
		served.platform.stall(5000);
		served.platform.advance(0);
		expect(statuses(client)).toEqual([408]);
	});
});

describe("clocks that wrap at 2^31", () => {
	for (const start of [2 ** 31 - 5000, 2 ** 31 - 500, 2 ** 31 - 1, 2 ** 32 - 500]) {
		test(`from ${start} every deadline is where it is`, () => {
			const platform = () => new VirtualPlatform(start);
			let served = serveTimed({}, platform());
			expectEnd(served, served.connect(), 1000);

			served = serveTimed({}, platform());
			const idle = served.connect();
			idle.send(request("GET /"));
			expectEnd(served, idle, 2000);

			served = serveTimed({}, platform());
			const content = served.connect();
			content.send(request("PUT /read", ["Content-Length: 10"], "abc"));
			expectEnd(served, content, 3000);

			served = serveTimed({}, platform());
			const handler = served.connect();
			handler.send(request("GET /later"));
			expectEnd503(served, handler);

			served = serveTimed({}, platform());
			const stalled = served.connect((one) => {
				one.room = 0;
			});
			stalled.send(request("GET /large"));
			expectEnd(served, stalled, 6000);

			served = serveTimed({}, platform());
			const linger = served.connect();
			linger.send(request("GET /", ["Connection: close"]));
			served.platform.advance(699);
			expect(linger.state).toBe("ended");
			served.platform.advance(1);
			expect(linger.state).toBe("closed");
		});
	}

	test("a connection that is used for 60 days goes on", () => {
		const served = serveTimed({ requestsMax: 0 }, new VirtualPlatform(2 ** 31 - 10_000));
		const client = served.connect();
		for (let count = 0; count < 100; count += 1) {
			client.send(request("GET /"));
			served.platform.advance(1900);
		}
		expect(statuses(client).length).toBe(100);
		expect(client.state).toBe("open");
	});
});

test("many connections share the one timer, and each ends at its own time", () => {
	const served = serveTimed({ connections: 50 });
	const ends = new Map<VirtualClient, number>();
	const clients: VirtualClient[] = [];
	for (let index = 0; index < 50; index += 1) {
		clients.push(served.connect());
		served.platform.advance(7);
	}
	for (let ms = 350; ms <= 1400; ms += 1) {
		for (const client of clients) if (client.state !== "open" && !ends.has(client)) ends.set(client, ms);
		served.platform.advance(1);
	}
	expect(clients.map((client) => ends.get(client))).toEqual(clients.map((_, index) => index * 7 + 1000));
	expect(served.platform.hasTimer).toBe(false);
});
