// Counters and the access log: every way a request and a connection can end is counted once.

import { describe, expect, test } from "vitest";
import type { AppOptions, Request, Response } from "../src/index.js";
import type { RequestLine } from "../src/message/request-line.js";
import { AccessLog, Metrics, observers } from "../src/metrics/index.js";
import type { Slot } from "../src/server/slot.js";
import { ask, chunked, request, type Served, serve, statuses, sure, upload } from "./support/exchange.js";
import { textOf } from "./support/octets.js";
import { VirtualPlatform } from "./support/virtual.js";

interface Measured extends Served {
	/** The value of a line that begins like this. */
	value(line: string): number;
	/** All lines. */
	lines(): string[];
	readonly log: string[];
}

function serveMeasured(
	options: Partial<AppOptions> = {},
	prepare: (platform: VirtualPlatform) => void = () => {},
): Measured {
	const metrics = new Metrics();
	const log: string[] = [];
	const access = new AccessLog((octets, length) => void log.push(textOf(octets.slice(0, length))));
	const platform = new VirtualPlatform();
	prepare(platform);
	const served = serve(
		{
			targetCharacters: "visible",
			...options,
			routes: {
				"GET /": (_request, response) => response.text("hello"),
				"POST /": {
					onReadable: (one, response, count) => {
						while (one.read(new Uint8Array(10)) > 0);
						if (count === 0) response.empty();
					},
				},
				"GET /status/:code": (one, response) => {
					response.status = Number(one.parameter("code"));
					response.empty();
				},
				"GET /broken": () => {
					throw new Error("broken");
				},
				"GET /never": (_request, response) => void response.defer(),
				"GET /big": (_request, response) => response.octets(new Uint8Array(5000)),
				"GET /breaks": {
					onRequest: (_request, response) => response.begin(1000),
					onWritable: (_request, response) => {
						response.write("12345");
						throw new Error("broken");
					},
				},
				"GET /begun": (_request, response) => {
					response.begin(100);
					response.write("12345");
					response.defer();
				},
				"POST /early": (_request, response) => response.text("early"),
				"GET /other": (_request, response) => {
					response.setField("Upgrade", "other");
					response.detach({}, 0);
				},
				"GET /metrics": metrics.route,
			},
		},
		platform,
		{ observer: observers(metrics, access) },
	);
	const lines = () => ask(served, request("GET /metrics")).content.split("\n");
	return {
		...served,
		log,
		lines,
		value: (line) =>
			Number(
				lines()
					.find((one) => one.startsWith(`${line} `))
					?.slice(line.length + 1),
			),
	};
}

describe("metrics", () => {
	test("are lines that Prometheus reads", () => {
		const served = serveMeasured();
		const one = ask(served, request("GET /metrics"));
		expect(one.field("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
		const lines = one.content.split("\n");
		expect(lines.pop()).toBe("");
		const names = new Set<string>();
		for (const line of lines) {
			const type = /^# TYPE (thimble_\w+) (counter|gauge)$/.exec(line);
			if (type !== null) {
				expect(names.has(type[1] as string)).toBe(false);
				names.add(type[1] as string);
				expect((type[1] as string).endsWith("_total")).toBe(type[2] === "counter");
				continue;
			}
			const sample = /^(thimble_\w+)(\{\w+="\w+"\})? \d+$/.exec(line);
			expect(sample, line).not.toBeNull();
			// Samples follow the type of their name.
			expect([...names][names.size - 1]).toBe(sample?.[1]);
		}
		expect(names.size).toBe(10);
	});

	test("are each sent once, whenever a status comes for the first time", () => {
		const answered = (status: number) =>
			({ connection: { response: { status, sentLength: 0 }, receive: { receivedLength: 0 } } }) as unknown as Slot;
		for (let behind = 0, count = 1; behind < count; behind += 1) {
			const metrics = new Metrics();
			for (const status of [200, 404]) metrics.answered(answered(status));
			const names: string[] = [];
			let isOver = false;
			const response = {
				setFields: () => true,
				begin: () => {},
				room: 0,
				write(line: string) {
					names.push(line.startsWith("#") ? line : (line.split(" ")[0] as string));
					this.room = 0;
					if (names.length === behind) metrics.answered(answered(503));
				},
				end: () => {
					isOver = true;
				},
			};
			const one = { state: 0 } as unknown as Request;
			metrics.route.onRequest?.(one, response as unknown as Response);
			while (!isOver) {
				response.room = 1000;
				metrics.route.onWritable?.(one, response as unknown as Response, 1000);
			}
			expect(new Set(names).size, `behind ${behind} lines`).toBe(names.length);
			count = names.length;
		}
	});

	test("fit whatever room there is", () => {
		const large = serveMeasured().lines();
		expect(serveMeasured({ limits: { sendLength: 512 } }).lines()).toEqual(large);
	});

	test("requests by status, those without a route and those that broke a rule among them", () => {
		const served = serveMeasured();
		for (const target of ["/", "/", "/nowhere", "/broken", "/status/204"]) ask(served, request(`GET ${target}`));
		ask(served, request("PUT /"));
		ask(served, request("HEAD /"));
		ask(served, "GET / HTTP/1.1\r\n\r\n");
		const lines = served.lines().filter((line) => line.startsWith("thimble_responses_total"));
		expect(lines).toEqual(
			[
				'{status="other"} 0',
				...[200, 404, 500, 204, 405, 400].map((status) => `{status="${status}"} ${status === 200 ? 3 : 1}`),
			].map((rest) => `thimble_responses_total${rest}`),
		);
	});

	test("more statuses than there is room for are counted together", () => {
		const served = serveMeasured();
		for (let status = 200; status < 240; status += 1) ask(served, request(`GET /status/${status}`));
		ask(served, request("GET /status/239"));
		expect(served.value('thimble_responses_total{status="231"}')).toBe(1);
		expect(served.value('thimble_responses_total{status="other"}')).toBe(9);
	});

	test("octets of content, both ways", () => {
		const served = serveMeasured();
		ask(served, request("GET /"));
		ask(served, request("HEAD /"));
		ask(served, request("HEAD /nowhere"));
		ask(served, upload("POST /", "x".repeat(1000)));
		expect(served.value("thimble_content_sent_octets_total")).toBe(5);
		expect(served.value("thimble_content_received_octets_total")).toBe(1000);
	});

	test("of content that came in chunks, once: not with the requests behind it, and not with the next client's", () => {
		const served = serveMeasured();
		const client = served.connect();
		client.send(request("POST /", ["Transfer-Encoding: chunked"], chunked(["x".repeat(700)])));
		client.send(request("GET /") + request("GET /"));
		client.end();
		served.connect().send("GET / HTTP/1.1\r\n\r\n");
		expect(served.value("thimble_content_received_octets_total")).toBe(700);
	});

	test("connections, evictions, and clients that wait or are refused", () => {
		const limits = { connections: 2, waitingMax: 1, tenureMs: 10 };
		const served = serveMeasured({ limits });
		expect(served.value("thimble_connections_max")).toBe(2);
		const idle = served.connect();
		idle.send(request("GET /"));
		expect(served.value("thimble_connections")).toBe(2);
		expect(served.value("thimble_evictions_total")).toBe(0);
		served.platform.advance(20);
		const busy = [served.connect(), served.connect()];
		for (const client of busy) client.send(request("GET /never"));
		expect(idle.state).toBe("closed");
		const [waits, refused] = [served.connect(), served.connect()];
		waits.send(request("GET /metrics"));
		expect(statuses(refused)).toEqual([503]);
		busy[0]?.reset();
		expect(waits.received).toContain("thimble_clients_refused_total 1\n");
		expect(waits.received).toContain("thimble_evictions_total 1\n");
		expect(waits.received).toContain("thimble_clients_waiting 0\n");
		expect(waits.received).toContain("thimble_connections 2\n");
	});

	test("deadlines that passed, by what was waited for", () => {
		const served = serveMeasured({ limits: { headTimeoutMs: 100, idleTimeoutMs: 200, handlerTimeoutMs: 300 } });
		served.connect().send("GET /");
		served.platform.advance(100);
		served.connect().send(request("GET /"));
		served.platform.advance(200);
		served.connect().send(request("GET /never"));
		served.platform.advance(300);
		for (const wait of ["head", "request", "handler"]) {
			expect(served.value(`thimble_timeouts_total{wait="${wait}"}`), wait).toBe(1);
		}
		expect(served.value('thimble_timeouts_total{wait="content"}')).toBe(0);
		expect(served.value('thimble_responses_total{status="408"}')).toBe(1);
		expect(served.value('thimble_responses_total{status="503"}')).toBe(1);
	});
});

test("an observer that closes the server when it is told of a response that is cut off is told once of each", () => {
	let told = 0;
	const platform = new VirtualPlatform();
	const limits = { connections: 3 };
	const routes: AppOptions["routes"] = { "GET /": (_request, response) => response.octets(new Uint8Array(5000)) };
	const served: Served = serve({ limits, routes }, platform, {
		observer: {
			changed() {},
			crowded() {},
			cutOff() {
				told += 1;
				served.server.abort();
			},
		},
	});
	const clients = [1, 2, 3].map(() => served.connect());
	for (const client of clients) {
		client.room = 300;
		client.send(request("GET /"));
	}
	clients[1]?.reset();
	expect(told).toBe(3);
	expect(served.server.connectionCount).toBe(0);
});

describe("the access log", () => {
	const DATE = "[06/Nov/1994:08:49:37 +0000]";

	test.each([
		["y", 251, 252],
		["y", 252, 255],
		['"', 125, 251],
		['"', 126, 254],
	])("has 252 octets of a target at most, with its backslashes: %j %i times", (octet, times, length) => {
		const served = serveMeasured();
		ask(served, request(`GET /${octet.repeat(times)}`));
		const [, target = ""] = / "GET (.*) HTTP\/1\.1" 404 /.exec(served.log[0] ?? "") ?? [];
		expect([target.length, target.endsWith("...")]).toEqual([length, length > 252]);
	});

	test("has what is cut off, with what has gone of it, and a 101", () => {
		const served = serveMeasured();
		const slow = served.connect();
		slow.room = 300;
		slow.send(request("GET /big"));
		const taken = slow.received.length - slow.received.indexOf("\r\n\r\n") - 4;
		expect(taken).toBeGreaterThan(50);
		slow.reset();
		expect(served.value("thimble_content_sent_octets_total")).toBe(taken);
		served.connect().send(request("GET /breaks"));
		const other = served.connect();
		other.send(request("GET /other", ["Connection: upgrade", "Upgrade: other"]));
		expect(other.received).toMatch(/^HTTP\/1\.1 101 /);
		const begun = served.connect();
		begun.send(request("GET /begun"));
		expect(begun.received).toMatch(/12345$/);
		begun.reset();
		// All of it has gone, and its connection goes before the request's content has come.
		const early = served.connect();
		early.send("POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n1");
		expect(early.received).toMatch(/early$/);
		early.reset();
		const head = served.connect();
		head.room = 0;
		head.send(request("HEAD /big"));
		head.reset();
		// Before any response has begun there is nothing to tell.
		const never = served.connect();
		never.send(request("GET /never"));
		never.reset();
		expect(served.log.filter((line) => !line.includes("/metrics"))).toEqual([
			`192.0.2.1 - - ${DATE} "GET /big HTTP/1.1" 200 ${taken}\n`,
			`192.0.2.1 - - ${DATE} "GET /breaks HTTP/1.1" 200 0\n`,
			`192.0.2.1 - - ${DATE} "GET /other HTTP/1.1" 101 0\n`,
			`192.0.2.1 - - ${DATE} "GET /begun HTTP/1.1" 200 5\n`,
			`192.0.2.1 - - ${DATE} "POST /early HTTP/1.1" 200 5\n`,
			`192.0.2.1 - - ${DATE} "HEAD /big HTTP/1.1" 200 0\n`,
		]);
		expect(served.value("thimble_responses_cut_off_total")).toBe(4);
		expect(served.value('thimble_responses_total{status="101"}')).toBe(1);
	});

	test("has a line for each response, in the Common Log Format", () => {
		const served = serveMeasured();
		const client = served.connect();
		client.send(request("GET /?a=b") + upload("POST /", "abc") + request("HEAD /") + request("BREW /pot"));
		expect(served.log).toEqual([
			`192.0.2.1 - - ${DATE} "GET /?a=b HTTP/1.1" 200 5\n`,
			`192.0.2.1 - - ${DATE} "POST / HTTP/1.1" 200 0\n`,
			`192.0.2.1 - - ${DATE} "HEAD / HTTP/1.1" 200 0\n`,
			`192.0.2.1 - - ${DATE} "BREW /pot HTTP/1.1" 501 20\n`,
		]);
	});

	test("says HTTP/1.0, and nothing of a time that nobody knows", () => {
		const served = serveMeasured({}, (platform) => {
			platform.seconds = -1;
		});
		ask(served, request("GET / HTTP/1.0"));
		expect(served.log).toEqual(['192.0.2.1 - - - "GET / HTTP/1.0" 200 5\n']);
	});

	test("has nothing of a head that was not understood", () => {
		const served = serveMeasured({ limits: { headTimeoutMs: 100 } });
		ask(served, "GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
		served.connect().send("GET /secret HTTP/1.1\r\n");
		served.platform.advance(100);
		expect(served.log.map((line) => line.slice(line.indexOf('"')))).toEqual(['"-" 400 16\n', '"-" 408 20\n']);
	});

	test.each([496, 0])(
		"has nothing of it either when others are read before its response is taken (%i remembered)",
		(length) => {
			const served = serveMeasured({ limits: { rememberedLength: length } });
			const [one, other] = [served.connect(), served.connect()];
			other.send(request(`GET /${"v".repeat(200)}`));
			one.send(request(`GET /${"w".repeat(200)}`));
			one.room = 0;
			one.send(`GET /x\n198.51.100.7 - root ${DATE} DELETE /firmware 204 0\n${"y".repeat(60)}`);
			other.send(request("GET /"));
			one.take(1000);
			expect(served.log.map((line) => line.slice(line.indexOf('"'), -1)).slice(-2)).toEqual([
				'"GET / HTTP/1.1" 200 5',
				'"-" 400 16',
			]);
		},
	);

	test("a target whose end is not known has no octet, whatever was read before it", () => {
		let line: RequestLine | null = null;
		const observer = {
			changed: ({ connection }: Slot) => {
				line = connection.head.requestLine;
			},
			crowded: () => {},
		};
		const served = serve({ routes: {} }, new VirtualPlatform(), { observer });
		const client = served.connect();
		for (const target of ["/long/long/long/target", "/a", "http://a/long/long/target"]) {
			client.send(request(`GET ${target}`));
			client.send("GET /b");
			expect(sure<RequestLine>(line).targetEnd).toBe(sure<RequestLine>(line).targetStart);
			client.send(" HTTP/1.1\r\nHost: a\r\n\r\n");
		}
	});

	test("of what was refused for its content says what was asked for", () => {
		const served = serveMeasured({ limits: { contentLengthMax: 10, contentIdleTimeoutMs: 100 } });
		ask(served, upload("POST /", "x".repeat(11)));
		served.connect().send(request("POST /", ["Content-Length: 10"], "123"));
		served.platform.advance(100);
		const chunks = ["Transfer-Encoding: chunked"];
		ask(served, request("POST /", chunks, "z\r\n"));
		ask(served, request("POST /", chunks, chunked(["a"], ["bad trailer"])));
		served.connect().send(request("POST /", chunks, "1\r\na\r\n0\r\nX-"));
		served.platform.advance(100);
		expect(served.log.map((line) => /"(.*)" (\d+) /.exec(line)?.slice(1))).toEqual(
			["413", "408", "400", "400", "408"].map((status) => ["POST / HTTP/1.1", status]),
		);
	});

	test("lets no target out of its quotes, and shortens what is long", () => {
		const served = serveMeasured();
		ask(served, request('GET /nowhere?"\\'));
		ask(served, request(`GET /nowhere?${'"'.repeat(400)}`));
		ask(served, request(`GET /${"x".repeat(400)}`));
		ask(served, request(`${"M".repeat(32)} /${"x".repeat(400)}`));
		expect(served.log[0]).toContain('"GET /nowhere?\\"\\\\ HTTP/1.1" 404 ');
		for (const line of served.log.slice(1)) {
			expect(line).toMatch(/\.\.\. HTTP\/1\.1" (404|501) \d+\n$/);
			expect(line.length).toBeLessThan(384);
		}
	});
});

test("observers see what each of them can see", () => {
	const seen: string[] = [];
	const plain = { changed: () => {}, crowded: () => {} };
	const both = observers(plain, { ...plain, answered: () => void seen.push("answered") });
	const served = serve({ routes: {} }, new VirtualPlatform(), { observer: both });
	ask(served, request("GET /"));
	expect(seen).toEqual(["answered"]);
});
