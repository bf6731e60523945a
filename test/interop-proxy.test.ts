// nginx in front of the server as a reverse proxy with kept upstream connections, and wrk as a client that never waits.

import { randomBytes } from "node:crypto";
import { describe, expect } from "vitest";
import type { Server } from "../src/server/server.js";
import { connectionsServed, serving } from "./support/net.js";
import { fixtureApp, GREETING, streamContent } from "./support/net-app.js";
import { KEPT, proxied } from "./support/nginx.js";
import { testWith, textOf } from "./support/programs.js";

const LOCATIONS = `
		location / { proxy_pass http://thimble; }
		location /unbuffered/ { proxy_request_buffering off; proxy_buffering off; proxy_pass http://thimble/; }`;

describe("nginx as a reverse proxy", () => {
	const nginx = (title: string, check: (origin: string, server: Server) => Promise<void>): void =>
		testWith("nginx", title, (path) =>
			serving(fixtureApp(), (server) =>
				proxied(path, server, { locations: LOCATIONS }, (origin) => check(origin, server)),
			),
		);

	nginx("100 requests of 4 clients share the kept connections", async (origin, server) => {
		const clients = Array.from({ length: KEPT }, async () => {
			for (let count = 0; count < 25; count += 1) {
				const response = await fetch(`${origin}/`);
				expect(`${response.status} ${await response.text()}`).toBe(`200 ${GREETING}`);
			}
		});
		await Promise.all(clients);
		expect(connectionsServed(server)).toBeLessThanOrEqual(KEPT);
	});

	nginx("60 requests at once, more than there are slots, are all answered 200", async (origin) => {
		const answers = Array.from({ length: 60 }, async (_, index) => {
			const response = await fetch(`${origin}/echo`, { method: "POST", body: `number ${index}` });
			return `${response.status} ${await response.text()}`;
		});
		expect(await Promise.all(answers)).toEqual(answers.map((_, index) => `200 number ${index}`));
	});

	nginx("uploads and streams, buffered by nginx and not", async (origin) => {
		const content = randomBytes(200_000);
		for (const path of ["/echo", "/unbuffered/echo"]) {
			const known = await fetch(origin + path, { method: "POST", body: content });
			expect(Buffer.from(await known.arrayBuffer()).equals(content)).toBe(true);
			const init: RequestInit & { duplex: "half" } = {
				method: "POST",
				body: ReadableStream.from([content.subarray(0, 70_000), content.subarray(70_000)]),
				duplex: "half",
			};
			const chunked = await fetch(origin + path, init);
			expect(Buffer.from(await chunked.arrayBuffer()).equals(content)).toBe(true);
		}
		for (const path of ["/stream", "/unbuffered/stream"]) {
			const stream = await (await fetch(origin + path)).text();
			expect(stream === streamContent()).toBe(true);
		}
	});

	nginx("refusals arrive as they were meant", async (origin) => {
		expect((await fetch(`${origin}/nowhere`)).status).toBe(404);
		const response = await fetch(`${origin}/`, { method: "DELETE" });
		expect(`${response.status} ${response.headers.get("allow")}`).toBe("405 GET, HEAD, OPTIONS");
		expect((await fetch(`${origin}/echo`, { method: "POST", body: "x".repeat(1_000_001) })).status).toBe(413);
	});
});

describe("wrk", () => {
	testWith("wrk", "a second of requests over six connections, without an error", (path) =>
		// Two slots more than wrk has connections: it opens a new one while the server still sees the last of an old one.
		serving(fixtureApp({ connections: 8 }), async (server) => {
			const report = await textOf(path, ["-t1", "-c6", "-d1s", `http://127.0.0.1:${server.port}/`]);
			expect(report).not.toMatch(/Non-2xx|Socket errors/);
			const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(report)?.[1]);
			console.log(`wrk: ${Math.round(rate)} requests per second over 6 connections`);
			expect(rate).toBeGreaterThan(100);
		}),
	);
});
