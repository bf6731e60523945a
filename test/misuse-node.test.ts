// Clients that end at awkward moments, and a server closed too early: over real sockets.

import { connect } from "node:net";
import { describe, expect, test, vi } from "vitest";
import { listen } from "../platform/node/listen.js";
import { defineApp, type Server } from "../src/index.js";
import { request, upload } from "./support/exchange.js";

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("on Node", () => {
	async function started(routes: Parameters<typeof defineApp>[0]["routes"]): Promise<Server> {
		return new Promise((resolve) => {
			listen(defineApp({ routes }), { port: 0, address: "127.0.0.1", onListening: resolve });
		});
	}

	test("a client that closes its side behind an upload larger than every buffer loses nothing", async () => {
		const server = await started({
			"POST /": {
				onReadable: (one, response, count) => {
					const block = new Uint8Array(512);
					let length = (one.state as number | undefined) ?? 0;
					for (let read = one.read(block); read > 0; read = one.read(block)) length += read;
					one.state = length;
					return count === 0 ? response.json(length) : undefined;
				},
			},
			"GET /later": async (_one, response) => {
				await turn();
				response.text("x");
			},
		});
		const ask = (octets: string) =>
			new Promise<string>((resolve, reject) => {
				let received = "";
				const socket = connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
				socket.on("data", (chunk) => {
					received += chunk.toString("latin1");
				});
				socket.on("end", () => resolve(received));
				socket.on("error", reject);
				socket.end(octets, "latin1");
			});
		expect(await ask(upload("POST /", "x".repeat(60_000)))).toMatch(/\r\n\r\n60000$/);
		const many = await ask(request("GET /later").repeat(150));
		expect(many.match(/HTTP\/1\.1 200/g)?.length).toBe(150);
		await server.close();
	});

	test("what goes wrong is told on the console where no hook is", async () => {
		const told: unknown[] = [];
		const show = vi.spyOn(console, "error").mockImplementation((error) => void told.push(error));
		try {
			const broken = new Error("a bug");
			const routes = {
				"GET /": () => {
					throw broken;
				},
			};
			const server = await started(routes);
			const taken = listen(defineApp({ routes }), { port: server.port, address: "127.0.0.1" });
			expect((await fetch(`http://127.0.0.1:${server.port}/`)).status).toBe(500);
			expect(told).toEqual([expect.objectContaining({ code: "EADDRINUSE" }), broken]);
			const heard: unknown[] = [];
			const app = defineApp({ routes, onError: (error) => void heard.push(error) });
			const other = listen(app, { port: server.port, address: "127.0.0.1" });
			while (heard.length === 0) await turn();
			expect([told.length, heard.length]).toEqual([2, 1]);
			await Promise.all([server.close(), taken.close(), other.close()]);
		} finally {
			show.mockRestore();
		}
	});

	test.each([-1, 65_536, 80.5, Number.NaN, "80"])("the port %j is none", (port) => {
		expect(() => listen(defineApp({ routes: {} }), { port: port as number })).toThrow(
			new RangeError(`port must be a whole number from 0 to 65,535, not ${port === "80" ? '"80"' : port}`),
		);
	});

	test("a server that is closed before its port is open leaves it closed", async () => {
		const server = listen(defineApp({ routes: {} }), { port: 0, address: "127.0.0.1" });
		await server.close();
		await new Promise((resolve) => setTimeout(resolve, 50));
		expect(server.port).toBe(0);
	});
});
