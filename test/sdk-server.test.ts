// Serving over the double of the SDK's sockets, on each of its platforms.

import { describe, expect, test } from "vitest";
import { SOCKET_PROFILES } from "../host-sim/sdk/profiles.js";
import { request } from "./support/exchange.js";
import { serveOn } from "./support/sdk.js";

describe.each(SOCKET_PROFILES.map((profile) => [profile.name, profile] as const))("on %s", (_name, profile) => {
	test("a request is answered, and the connection kept for the next", () => {
		const { network, server, faults } = serveOn(profile, {
			routes: { "GET /": (_request, response) => response.text("hello") },
		});
		network.advance(50);
		const client = network.connect(80);
		network.advance(50);
		client.send(request("GET /"));
		network.advance(50);
		expect(client.text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
		expect(client.text).toMatch(/\r\n\r\nhello$/);
		client.clear();
		client.send(request("GET /"));
		network.advance(50);
		expect(client.text).toMatch(/\r\n\r\nhello$/);
		expect(server.connectionCount).toBe(1);
		client.close();
		network.advance(50);
		expect(server.connectionCount).toBe(0);
		expect([faults, network.faults, network.hazards]).toEqual([[], [], []]);
		expect(network.objectCount).toBe(0);
	});
});
