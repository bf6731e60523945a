// The time that an app lives in while it is simulated: its timers, its promises, its dates; and what all of it costs.

import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { SIM_PROFILE_NAMES } from "../host-sim/virtual/profiles.js";
import { Time, Timer } from "../host-sim/virtual/sdk-modules.js";
import { simulate } from "../host-sim/virtual/simulation.js";
import { random } from "../platform/node/crypto.js";
import { type App, defineApp, type Handler } from "../src/index.js";
import { app } from "./support/sim-app.js";

function appOf(handler: Handler) {
	return defineApp({ routes: { "GET /": handler } });
}

function globals() {
	return {
		setTimeout,
		setInterval,
		setImmediate,
		clearTimeout,
		clearInterval,
		clearImmediate,
		Date,
		now: performance.now,
		random: Math.random,
		getRandomValues: crypto.getRandomValues,
	};
}

const OWN = globals();

function hashOf(octets: Uint8Array): string {
	return createHash("sha256").update(octets).digest("hex");
}

describe("the app's time", () => {
	test("timers, in the order they are due", () => {
		const told: string[] = [];
		const sim = simulate(
			appOf((_request, response) => {
				const ticket = response.defer();
				const tell = (what: string) => told.push(`${performance.now()} ${what}`);
				setTimeout(tell, 30, "timeout");
				setTimeout(() => tell("at once"));
				setImmediate(() => tell("immediate"));
				const never = setTimeout(() => tell("never"), 50);
				const interval = setInterval(() => tell("interval"), 20);
				setTimeout(() => {
					clearTimeout(never);
					clearInterval(Number(interval));
					ticket.response?.empty();
				}, 45);
			}),
			{ profile: "node" },
		);
		const client = sim.connect().request("GET", "/");
		sim.advance(500);
		expect(told).toEqual(["4 at once", "4 immediate", "23 interval", "33 timeout", "43 interval"]);
		expect(client.responses[0].status).toBe(200);
	});

	test("dates", () => {
		const seen: unknown[] = [];
		const epochMs = Date.UTC(2030, 0, 1);
		const sim = simulate(
			appOf((_request, response) => {
				seen.push(
					Date.now(),
					new Date().toISOString(),
					new Date(5).getTime(),
					new Date() instanceof Date,
					typeof Date(),
				);
				response.empty();
			}),
			{ profile: "node", epochMs },
		);
		sim.connect().request("GET", "/");
		sim.advance(500);
		expect(seen).toEqual([epochMs + 3, "2030-01-01T00:00:00.003Z", 5, true, "string"]);
	});

	test("is gone when the simulation stands still", async () => {
		let within: unknown = null;
		const sim = simulate(
			appOf((_request, response) => {
				within = setTimeout;
				response.empty();
			}),
		);
		sim.connect().request("GET", "/");
		expect(globals()).toEqual(OWN);
		sim.advance(500);
		expect(within).not.toBe(setTimeout);
		expect(globals()).toEqual(OWN);
		await sim.advanceAsync(500);
		expect(globals()).toEqual(OWN);
		expect(() => sim.run(() => sim.advance(-1))).toThrow("advance");
		expect(globals()).toEqual(OWN);
		expect(Object.hasOwn(performance, "now")).toBe(false);
		expect(Object.hasOwn(crypto, "getRandomValues")).toBe(false);
	});

	test("timers can do what Node's can", () => {
		const told: string[] = [];
		const tell = (what: string) => told.push(`${performance.now()} ${what}`);
		const sim = simulate(
			appOf((_request, response) => {
				const put = setTimeout(tell, 30, "put off");
				const again = setTimeout(tell, 10, "again");
				const never = setTimeout(tell, 10, "never");
				const gone = setTimeout(tell, 10, "gone");
				expect([put.hasRef(), put.ref() === put, put.unref() === put, setImmediate(() => {}).hasRef()]).toEqual([
					true,
					true,
					true,
					true,
				]);
				never.close();
				clearTimeout(gone);
				setTimeout(() => {
					for (const one of [put, again, never, gone]) one.refresh();
				}, 20);
				response.empty();
			}),
			{ profile: "node" },
		);
		sim.connect().request("GET", "/");
		sim.advance(500);
		expect(sim.errors).toEqual([]);
		expect(told).toEqual(["13 again", "33 again", "53 put off"]);
		expect(sim.timerCount).toBe(0);
	});

	test("one simulation within another's", () => {
		const outer = simulate(
			appOf((_request, response) => {
				const inner = simulate(app);
				const client = inner.connect().request("GET", "/wait");
				inner.advance(6000);
				response.text(`${client.responses[0].text}${performance.now()} ${Time.ticks} ${Date.now()}`);
			}),
			{ profile: "node", epochMs: 0 },
		);
		const client = outer.connect().request("GET", "/");
		outer.advance(500);
		expect(client.responses[0].text).toBe("later\n3 3 3");
		expect(globals()).toEqual(OWN);
	});

	test("leaves a clock that somebody else has put in place", () => {
		const fake = () => 5;
		performance.now = fake;
		try {
			simulate(app).advance(10);
			expect(performance.now).toBe(fake);
		} finally {
			delete (performance as { now?: unknown }).now;
		}
		expect(globals()).toEqual(OWN);
	});
});

describe("what the app draws", () => {
	const draw = (seed: number) => {
		const bytes = new Uint8Array(70_000);
		const sim = simulate(
			appOf((_request, response) => {
				random(bytes);
				response.text(`${Math.random()} ${crypto.getRandomValues(new Uint32Array(2)).join()}`);
			}),
			{ profile: "node", seed },
		);
		const client = sim.connect().request("GET", "/");
		sim.advance(500);
		return [client.responses[0].text, hashOf(bytes)];
	};

	test("comes from the seed, and is somebody else's outside", () => {
		const [text, hash] = draw(7);
		expect(draw(7)).toEqual([text, hash]);
		const [other, otherHash] = draw(8);
		expect(other).not.toBe(text);
		expect(otherHash).not.toBe(hash);
		expect(Number(text?.split(" ")[0])).toBeGreaterThanOrEqual(0);
		expect(Number(text?.split(" ")[0])).toBeLessThan(1);
		const first = new Uint8Array(70_000);
		random(first);
		const second = new Uint8Array(70_000);
		random(second);
		expect(hashOf(first)).not.toBe(hashOf(second));
		// The last octets, too, are drawn.
		expect(first.subarray(66_000).some((octet) => octet !== 0)).toBe(true);
	});
});

describe("the SDK's own modules", () => {
	test("tell the board's time", () => {
		const told: number[] = [];
		const sim = simulate(
			appOf((_request, response) => {
				const ticket = response.defer();
				Timer.set(() => told.push(Time.ticks), 10);
				const repeated = Timer.repeat(() => told.push(Time.ticks), 15);
				const moved = Timer.set(() => ticket.response?.empty(), 1000);
				Timer.schedule(moved, 40);
				Timer.set(() => Timer.clear(repeated), 50);
				Timer.set(() => {
					throw new Error("a timer's own fault");
				}, 5);
			}),
			{ profile: "node", ticksMs: -7 },
		);
		const client = sim.connect().request("GET", "/");
		sim.advance(500);
		expect(told).toEqual([13 - 7, 18 - 7, 33 - 7, 48 - 7]);
		expect(client.responses[0].status).toBe(200);
		expect(sim.escaped.map(String)).toEqual(["Error: a timer's own fault"]);
		expect(() => Time.ticks).toThrow("while none runs");
		expect(() => Timer.set(() => {})).toThrow("while none runs");
	});
});

describe("promises", () => {
	test("go on in advanceAsync, at the time they are due", async () => {
		const told: number[] = [];
		const sim = simulate(
			appOf(async (_request, response) => {
				const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
				for (let count = 0; count < 4; count += 1) {
					await sleep(100);
					for (let turn = 0; turn < 10; turn += 1) await null;
					told.push(performance.now());
				}
				response.text("done");
			}),
			{ profile: "node" },
		);
		const client = sim.connect().request("GET", "/");
		await sim.advanceAsync(1000);
		expect(told).toEqual([103, 203, 303, 403]);
		expect(client.responses[0].text).toBe("done");
		expect(sim.time).toBe(1000);
	});

	test("do not go on in advance, and a test that expects it is told so", async () => {
		const sim = simulate(app);
		const client = sim.connect().request("GET", "/promise");
		sim.advance(10_000);
		expect(client.connection?.hasPromise).toBe(true);
		expect(() => client.responses[0]).toThrow("its handler has returned a promise: use await sim.advanceAsync()");
		await sim.advanceAsync(1);
		expect(client.connection?.hasPromise).toBe(false);
		await sim.advanceAsync(1000);
		expect(client.responses[0].text).toBe("promised\n");
	});

	test("advanceAsync is awaited before the next step", async () => {
		const sim = simulate(app);
		const advancing = sim.advanceAsync(100);
		expect(() => sim.advance(1)).toThrow("await advanceAsync()");
		expect(() => sim.reboot()).toThrow("await advanceAsync()");
		await advancing;
		sim.advance(1);
		expect(sim.time).toBe(101);
	});

	test("one simulation at a time", async () => {
		const one = simulate(app);
		const advancing = one.advanceAsync(100);
		await expect(simulate(app).advanceAsync(100)).rejects.toThrow("another simulation");
		await advancing;
		expect(globals()).toEqual(OWN);
	});

	test("a shutdown in good order", async () => {
		const sim = simulate(app);
		const busy = sim.connect().request("GET", "/wait");
		const idle = sim.connect().request("GET", "/");
		sim.advance(1000);
		let isDown = false;
		void sim.shutDown().then(() => {
			isDown = true;
		});
		await sim.advanceAsync(100);
		expect([idle.closed, busy.closed, isDown]).toEqual(["ended", null, false]);
		await sim.advanceAsync(5000);
		expect([busy.responses[0].field("Connection"), busy.closed, isDown]).toEqual(["close", "ended", true]);
	});
});

describe("what it costs", () => {
	const patient = defineApp({
		limits: { idleTimeoutMs: 4_000_000 },
		routes: {
			"GET /": (_request, response) => {
				response.empty();
			},
		},
	});

	test.each(SIM_PROFILE_NAMES)("an hour of an idle pool on %s", (profile) => {
		const sim = simulate(patient, { profile });
		const clients = [0, 1, 2, 3, 4].map(() => sim.connect().request("GET", "/"));
		sim.advance(2000);
		const stepsBefore = sim.stepCount;
		const start = performance.now();
		sim.advance(3_600_000);
		// The SDK's sockets on Linux are asked every 20 milliseconds, and the listener: all in the same turn.
		expect(sim.stepCount - stepsBefore).toBeLessThanOrEqual(profile === "lin" ? 6 * 180_000 : 10);
		// A hundred milliseconds at the most, by what was measured; slower machines have ten times as long.
		expect(performance.now() - start).toBeLessThan(1000);
		expect(sim.connections.map(({ phase }) => phase)).toEqual(["idle", "idle", "idle", "idle", "idle"]);
		expect(clients.map(({ closed }) => closed)).toEqual([null, null, null, null, null]);
	});

	test("a connection with three requests takes few events", () => {
		const sim = simulate(app, { isRecorded: false });
		for (let count = 0; count < 100; count += 1) {
			const client = sim.connect().request("GET", "/").request("GET", "/").request("GET", "/");
			sim.advance(300);
			client.close();
			sim.advance(20);
			expect(client.responses).toHaveLength(3);
		}
		expect(sim.network.eventCount).toBeLessThanOrEqual(100 * 20);
		expect(sim.stepCount).toBeLessThanOrEqual(100 * 20);
	});
});

describe("an app with files of its own", () => {
	test("the sensor station of the examples, as it is", async () => {
		const { default: station } = await import("../examples/sensor-station/app.js");
		// The example's types are those of the package as it is built.
		const sim = simulate(station as unknown as App, { epochMs: Date.UTC(2026, 5, 1) });
		const client = sim.connect();
		client.request("GET", "/wait?ms=4000").request("GET", "/api/readings").request("GET", "/api/history?count=500");
		sim.advance(4000);
		expect(client.responses).toHaveLength(0);
		sim.advance(2000);
		const [wait, readings, history] = client.responses;
		expect(wait?.text).toBe('{"waitedMs":4000}');
		expect(JSON.parse(readings?.text ?? "").seconds).toBe(Date.UTC(2026, 5, 1) / 1000 + 4);
		expect(history?.text.split("\n")).toHaveLength(502);
		client.request("PUT", "/firmware", { content: "123456789", fields: { Connection: "close" } });
		sim.advance(1000);
		expect(client.responses[3].text).toBe('{"length":9,"crc32":"cbf43926"}');
		expect(client.closed).toBe("ended");
	});
});
