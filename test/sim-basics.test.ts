// `simulate`: an app on a simulated board, driven by a test in virtual time.

import { expect, test } from "vitest";
import { simulate } from "../host-sim/virtual/simulation.js";
import { defineApp } from "../src/index.js";

const app = defineApp({
	routes: {
		"GET /": (_request, response) => {
			response.text("hello\n");
		},
		"GET /wait": (_request, response) => {
			const ticket = response.defer();
			setTimeout(() => ticket.response?.text("later\n"), 4000);
		},
		"GET /promise": async (_request, response) => {
			await new Promise<void>((resolve) => setTimeout(resolve, 3000));
			response.text("promised\n");
		},
		"GET /long": {
			onRequest: (_request, response) => {
				response.begin();
			},
			onWritable: (_request, response, room) => {
				response.write("x".repeat(room));
			},
		},
	},
});

test("the example", () => {
	const sim = simulate(app, { profile: "esp32", seed: 7 });
	const client = sim.connect();
	client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
	sim.advance(5_000);
	expect(client.responses[0].status).toBe(200);
	client.send("GET /long HTTP/1.1\r\nHost: x\r\n\r\n");
	sim.advance(1);
	client.stall();
	sim.advance(20_000);
	expect(client.closed).toBe("aborted");
	expect(sim.connections).toEqual([]);
});

test("promises", async () => {
	const sim = simulate(app, { profile: "esp32", seed: 7 });
	const client = sim.connect();
	client.send("GET /promise HTTP/1.1\r\nHost: x\r\n\r\n");
	sim.advance(5_000);
	expect(() => client.responses[0].status).toThrow(/advanceAsync/);
	await sim.advanceAsync(5000);
	expect(client.responses[0].text).toBe("promised\n");
});
