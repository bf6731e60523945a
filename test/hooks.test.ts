// What the hooks of an app do to other requests while they are called: nothing. For each, the hook acts where a slot is half-way
// through something.

import { expect, test } from "vitest";
import type { Request, Response, Ticket } from "../src/index.js";
import { promises, request, serve, statuses, upload } from "./support/exchange.js";

const from = (address: string) => (client: { transport: object }) =>
	void Object.defineProperty(client.transport, "remoteAddress", { value: address });

test("onDone sees its own client, whoever waits for its connection by then", () => {
	let late: Ticket | undefined;
	const seen: string[] = [];
	const tell = (one: Request) => void seen.push(`${one.field("Cookie")} ${one.remoteAddress}`);
	const served = serve({
		fields: ["Cookie"],
		limits: { connections: 2 },
		routes: {
			"GET /wait": (_one, response) => {
				late = response.defer();
			},
			"GET /mine": {
				onRequest: (_one, response) => void response.text("mine"),
				onDone: (one) => {
					tell(one);
					late?.response?.text("late");
					try {
						tell(one);
					} catch {
						seen.push("error");
					}
				},
			},
			"GET /other": (_one, response) => void response.text("other"),
		},
	});
	served.connect(from("10.0.0.1")).send(request("GET /wait"));
	const mine = served.connect((one) => {
		from("10.0.0.2")(one);
		one.room = 0;
	});
	mine.send(request("GET /mine", ["Cookie: b=2"]));
	served.connect(from("10.0.0.3")).send(request("GET /other", ["Cookie: c=3"]));
	mine.take(10_000);
	expect([
		["b=2 10.0.0.2", "b=2 10.0.0.2"],
		["b=2 10.0.0.2", "error"],
	]).toContainEqual(seen);
});

test("onDone sees its own request when a deadline has ended it, and nobody else's is lost", () => {
	let late: Ticket | undefined;
	let other: Ticket | undefined;
	const seen: string[] = [];
	const served = serve({
		fields: ["Cookie"],
		limits: { connections: 2, tenureMs: 0, waitTimeoutMs: 60_000, contentIdleTimeoutMs: 1000 },
		routes: {
			"GET /wait": (_one, response) => {
				late = response.defer();
			},
			"POST /mine": {
				onReadable: (_one, response) => void (response.isOpen && response.text("mine")),
				onDone: (one) => {
					late?.response?.text("late");
					try {
						seen.push(`${one.target} ${one.field("Cookie")}`);
					} catch {
						seen.push("error");
					}
				},
			},
			"GET /other": {
				onRequest: (_one, response) => {
					other = response.defer();
				},
			},
		},
	});
	served.connect().send(`${request("POST /mine", ["Cookie: b=2", "Content-Length: 100"])}12345`);
	served.connect().send(request("GET /wait"));
	const third = served.connect();
	third.send(request("GET /other", ["Cookie: c=3"]));
	served.platform.advance(1100);
	expect.soft(seen).not.toEqual(["/other c=3"]);
	other?.response?.text("other");
	expect(statuses(third)).toEqual([200]);
});

for (const how of ["rejected", "late"]) {
	test(`the app's onError may answer what is ${how}: the next request is served`, async () => {
		let next: Ticket | undefined;
		const served = serve({
			limits: { handlerTimeoutMs: 1000 },
			onError: (_error, one) => void (one?.state as Response | undefined)?.text("sorry"),
			routes: {
				"GET /fails": (one, response) => {
					one.state = response;
					if (how === "rejected") return Promise.reject(new Error("boom"));
					response.defer();
					return undefined;
				},
				"GET /next": (_one, response) => {
					next = response.defer();
				},
			},
		});
		const client = served.connect();
		client.send(request("GET /fails") + request("GET /next"));
		await promises();
		served.platform.advance(how === "late" ? 1100 : 1);
		next?.response?.text("next");
		expect(statuses(client)).toEqual([200, 200]);
	});
}

for (const octets of [request("GET /throws"), upload("PUT /slow", "x").slice(0, -1)]) {
	test(`a route's onError may abort the server: ${octets.slice(0, 9)}`, () => {
		const onError = () => served.server.abort();
		const served = serve({
			limits: { contentIdleTimeoutMs: 1000, contentRateMin: 0 },
			routes: {
				"GET /throws": {
					onRequest: () => {
						throw new Error("boom");
					},
					onError,
				},
				"PUT /slow": { onReadable: () => {}, onError },
			},
		});
		served.connect().send(octets);
		served.platform.advance(2000);
		expect(served.server.connectionCount).toBe(0);
	});
}

test("what onRequest leaves of content it read is told, however the request was cut", () => {
	for (const cut of [0, 20]) {
		const buffer = new Uint8Array(100);
		const served = serve({
			routes: {
				"PUT /a": {
					onRequest: (one) => void one.read(buffer, 0, 5),
					onReadable: (one, response, count) => {
						while (one.read(buffer) > 0);
						if (count === 0) response.text("ok");
					},
				},
			},
		});
		const client = served.connect();
		const octets = upload("PUT /a", "x".repeat(20));
		client.send(octets.slice(0, octets.length - cut));
		client.send(octets.slice(octets.length - cut));
		served.platform.advance(40_000);
		expect.soft(statuses(client), `cut ${cut}`).toEqual([200]);
	}
});
