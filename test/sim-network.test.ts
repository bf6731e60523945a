// The simulated network's weather, the board's power and clocks, and that a seed decides it all.

import { describe, expect, test } from "vitest";
import { pcapng } from "../host-sim/picture/pcapng.js";
import { PROFILES } from "../host-sim/profiles.js";
import { retransmission } from "../host-sim/virtual/conditions.js";
import { SIM_PROFILE_NAMES } from "../host-sim/virtual/profiles.js";
import { Random } from "../host-sim/virtual/random.js";
import { type SimulateOptions, type Simulation, simulate } from "../host-sim/virtual/simulation.js";
import type { SegmentEvent } from "../host-sim/virtual/trace.js";
import { EventStream } from "../src/events/index.js";
import { type App, defineApp, type Ticket } from "../src/index.js";
import { readPcapng } from "./support/pcapng-reader.js";
import { app, uploads } from "./support/sim-app.js";

const GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

function segments(sim: Simulation): SegmentEvent[] {
	return sim.trace.events.filter((event) => event.kind === "segment");
}

/** How long segments were on their way. */
function delays(sim: Simulation): number[] {
	return segments(sim).map(({ time, arrived }) => arrived - time);
}

function download(options: SimulateOptions, ms = 60_000): Simulation {
	const sim = simulate(app, options);
	sim.connect().request("GET", "/big");
	sim.advance(ms);
	expect(sim.clients[0]?.responses[0].content.length).toBe(120_000);
	return sim;
}

describe("the network", () => {
	test("latency", () => {
		const sim = download({ latencyMs: 40, profile: "node" });
		expect(new Set(delays(sim))).toEqual(new Set([40]));
	});

	test("jitter, within its bounds, and nothing is overtaken", () => {
		const sim = download({ latencyMs: 5, jitterMs: 20, profile: "node" });
		const found = delays(sim);
		expect(Math.min(...found)).toBeGreaterThanOrEqual(5);
		expect(Math.max(...found)).toBeLessThanOrEqual(25);
		expect(new Set(found).size).toBeGreaterThan(10);
		for (const from of ["client", "server"] as const) {
			const arrivals = segments(sim)
				.filter((event) => event.from === from)
				.map(({ arrived }) => arrived);
			expect(arrivals).toEqual([...arrivals].sort((a, b) => a - b));
		}
	});

	test("bandwidth: both ways together", () => {
		const sim = download({ bandwidthKbitPerS: 1000, profile: "node" });
		const sent = segments(sim).filter(({ time }) => time < 10_000);
		const last = Math.max(...sent.map(({ arrived }) => arrived));
		const octets = sent.reduce((sum, { octets: { length } }) => sum + length + 40, 0);
		expect(last).toBeGreaterThanOrEqual((octets * 8) / 1000);
		expect(last).toBeLessThan((octets * 8) / 1000 + 100);
	});

	test("MSS", () => {
		const sim = download({ segmentLength: 536, profile: "esp32" });
		expect(Math.max(...segments(sim).map(({ octets }) => octets.length))).toBe(536);
	});

	test("bursts of loss show as delay, and nothing is lost", () => {
		const calm = download({ profile: "esp32" });
		const sim = download({ profile: "esp32", lossEveryMs: 400, lossMs: 150 });
		const late = delays(sim).filter((delay) => delay > 50);
		expect(late.length).toBeGreaterThan(5);
		expect(Math.min(...late)).toBeGreaterThanOrEqual(200);
		expect(Math.max(...delays(calm))).toBe(1);
		expect(sim.clients[0]?.received.length).toBe(calm.clients[0]?.received.length);
	});

	test("the seed decides the weather", () => {
		const weather = { profile: "node", jitterMs: 40 } as const;
		const [one, same, other] = [5, 5, 6].map((seed) => delays(download({ ...weather, seed })));
		expect(same).toEqual(one);
		expect(other).not.toEqual(one);
		const bursts = { profile: "node", lossEveryMs: 10, lossMs: 5 } as const;
		expect(delays(download({ ...bursts, seed: 5 }))).not.toEqual(delays(download({ ...bursts, seed: 6 })));
	});

	test("what is lost is sent again, later each time", () => {
		expect([retransmission(100, 50), retransmission(100, 101), retransmission(100, 401)]).toEqual([100, 400, 1000]);
	});
});

describe.each(SIM_PROFILE_NAMES)("an outage, on %s", (profile) => {
	test("that connections survive", () => {
		const sim = simulate(app, { profile, seed: 2 });
		const client = sim.connect();
		sim.advance(400);
		sim.loseNetwork();
		client.request("PUT", "/upload", { content: "y".repeat(3000) });
		sim.advance(3000);
		expect(client.responses).toHaveLength(0);
		const held = segments(sim).filter(({ arrived }) => arrived < 0);
		expect(held.length).toBeGreaterThan(0);
		sim.restoreNetwork();
		expect(Math.min(...held.map(({ arrived }) => arrived))).toBeGreaterThan(sim.time);
		sim.advance(9000);
		expect(client.responses[0].text).toBe("3000");
	});

	test.each(["forgets", "resets"] as const)("that %s", (outage) => {
		const sim = simulate(app, { profile, seed: 2 });
		const client = sim
			.connect()
			.request("PUT", "/upload", { content: "y".repeat(100), fields: { "Content-Length": "200" } });
		sim.advance(700);
		expect(sim.pool.used).toBe(1);
		sim.loseNetwork(outage);
		client.send("y".repeat(100));
		sim.advance(1000);
		expect(sim.pool.used).toBe(outage === "resets" ? 0 : 1);
		sim.restoreNetwork();
		sim.advance(60_000);
		expect(sim.pool).toMatchObject({ used: 0, controlBlocks: 0 });
		expect(client.closed).toBe(null);
		expect(client.responses).toHaveLength(0);
		expect(uploads.at(-1)?.error).not.toBe(null);
		const fresh = sim.connect().send(GET);
		sim.advance(3000);
		expect(fresh.responses[0].status).toBe(200);
	});

	test("in the middle of handshakes: they are given up", () => {
		const sim = simulate(app, { profile, seed: 2, latencyMs: 5 });
		const count = Math.min(sim.profile.sockets.controlBlocks, 20);
		for (let index = 0; index < count; index += 1) sim.connect();
		sim.advance(7);
		sim.loseNetwork("forgets");
		sim.advance(100);
		sim.restoreNetwork();
		const fresh = sim.connect().send(GET);
		sim.advance(23_000);
		expect(fresh.responses[0].status).toBe(200);
	});

	test("of the board itself: what its program had begun is over", () => {
		let ticket: Ticket | null = null;
		let isLate = false;
		const patient = defineApp({
			routes: {
				"GET /": (_request, response) => {
					ticket = response.defer();
					setTimeout(() => (isLate = true), 5000);
				},
			},
		});
		const sim = simulate(patient, { profile, seed: 3 });
		const client = sim.connect().send(GET);
		sim.advance(3000);
		const { length } = segments(sim);
		sim.reboot();
		(ticket as Ticket | null)?.response?.text("too late");
		sim.advance(3000);
		expect(segments(sim).slice(length)).toEqual([]);
		client.send(GET);
		sim.advance(3000);
		expect([client.closed, isLate]).toEqual(["aborted", false]);
		expect([sim.network.faults, sim.network.hazards, sim.escaped]).toEqual([[], [], []]);
	});

	test("of the board itself: a reboot in the middle of a response", () => {
		const sim = simulate(app, { profile, seed: 3 });
		const client = sim.connect().stall(900).request("GET", "/big");
		sim.connect().request("GET", "/wait");
		sim.advance(3000);
		expect(client.responses[0].isComplete).toBe(false);
		expect(sim.timerCount).toBe(1);
		sim.reboot(2000);
		const early = sim.connect();
		client.resume();
		expect(sim.timerCount).toBe(0);
		sim.advance(1000);
		expect(early.isConnected).toBe(false);
		sim.advance(9000);
		expect(client.closed).toBe("aborted");
		expect(client.responses[0].isComplete).toBe(false);
		expect(sim.pool).toMatchObject({ slots: 6, controlBlocks: 1 });
		early.send(GET);
		sim.advance(3000);
		expect(early.responses[0].status).toBe(200);
		expect([sim.network.faults, sim.network.hazards, sim.escaped]).toEqual([[], [], []]);
	});
});

describe("what befalls a board", () => {
	test("a reboot with an app made anew, which remembers nothing", () => {
		const makeApp = () => {
			const stream = new EventStream({ subscribersMax: 1 });
			return defineApp({ routes: { "GET /": stream.route } });
		};
		const sim = simulate(makeApp());
		const status = () => {
			const client = sim.connect().send(GET);
			sim.advance(500);
			return client.responses[0].status;
		};
		expect([status(), status()]).toEqual([200, 503]);
		expect(() => sim.reboot(0, {} as App)).toThrow("reboot() takes an app");
		const again = makeApp();
		sim.reboot(1000, again);
		sim.advance(5000);
		expect(sim.app.router).toBe(again.router);
		expect([status(), status()]).toEqual([200, 503]);
		// Which it does where it is the same one.
		sim.reboot();
		expect(status()).toBe(503);
	});

	test("outages now and then, which connections survive", () => {
		const sim = simulate(app, { seed: 3, outageEveryMs: 3000, outageMs: 500 });
		const client = sim.connect().trickle(GET.repeat(20), { segmentLength: 8, intervalMs: 100 });
		sim.advance(60_000);
		const outages = sim.trace.events.filter((event) => event.kind === "remark" && /goes away/.test(event.text));
		expect(outages.length).toBeGreaterThan(10);
		expect(outages.length).toBeLessThan(30);
		const times = outages.map(({ time }) => time);
		expect(simulate(app, { seed: 3, outageEveryMs: 3000, outageMs: 500 }).advance(60_000)).toBe(undefined);
		expect(new Set(times.map((time, index) => time - (times[index - 1] ?? 0))).size).toBeGreaterThan(5);
		expect(client.responses.map(({ text }) => text)).toEqual(new Array(20).fill("hello\n"));
	});

	test("a clock that jumps now and then", () => {
		const sim = simulate(app, { seed: 4, clockJumpEveryMs: 1000, clockJumpMs: 100 });
		const client = sim.connect().send(GET);
		sim.advance(10_000);
		const jumped = sim.network.Time.ticks - 10_000;
		expect(jumped).toBeGreaterThan(100);
		expect(jumped).toBeLessThan(2000);
		// Its 15 seconds are over sooner by that, but for what had jumped before they began.
		expect(client.connection?.leftMs).toBeLessThan(15_000 - 10_000 + 251);
		expect(client.connection?.leftMs).toBeGreaterThanOrEqual(15_000 - 10_000 + 250 - jumped);
	});

	test("a network that is away already, or a board that boots", () => {
		const sim = simulate(app, { profile: "node" });
		const client = sim.connect();
		sim.advance(10);
		sim.loseNetwork();
		sim.loseNetwork("forgets");
		sim.restoreNetwork();
		sim.restoreNetwork();
		client.send(GET);
		sim.advance(2000);
		expect(client.responses[0].status).toBe(200);
		sim.reboot(1000);
		sim.restoreNetwork();
		const early = sim.connect();
		sim.advance(500);
		expect([sim.connections, sim.pool]).toEqual([[], { slots: 6, used: 0, waiting: 0, controlBlocks: 0 }]);
		sim.reboot(1000);
		sim.advance(600);
		expect(early.isConnected).toBe(false);
		sim.advance(2000);
		expect(early.isConnected).toBe(true);
		expect(early.wire).toContain("→ SYN, lost");
	});
});

describe("the board's clocks", () => {
	test("one that wraps: nothing shows", () => {
		const texts = [0, 2 ** 31 - 5000, -5000].map((ticksMs) => {
			const sim = simulate(app, { ticksMs });
			sim.connect().request("GET", "/wait");
			sim.connect().trickle(GET, { intervalMs: 1000 });
			sim.advance(30_000);
			return sim.wire();
		});
		expect(texts).toEqual([texts[0], texts[0], texts[0]]);
	});

	test("of the hostile platform: it wraps, on some seeds", () => {
		const ticks = [...Array(40).keys()].map((seed) => {
			const sim = simulate(app, { profile: "hostile", seed });
			const before = sim.server.now();
			sim.advance(5000);
			return [before > 0, sim.server.now() > 0].join();
		});
		expect(new Set(ticks)).toEqual(new Set(["true,true", "true,false", "false,true"]));
	});

	test("one that jumps: what waited has waited long enough", () => {
		const sim = simulate(app);
		const client = sim.connect().send(GET);
		sim.advance(1000);
		sim.jumpTicks(20_000);
		expect(client.connection?.leftMs).toBeLessThan(0);
		sim.advance(16_000);
		expect(client.closed).toBe("ended");
	});

	test("a busy board answers late, and punishes nobody for it", () => {
		const sim = simulate(app);
		const client = sim.connect().send("GET / HT");
		sim.advance(1000);
		client.send("TP/1.1\r\nHost: x\r\n\r\n");
		sim.stall(20_000);
		expect(client.responses).toHaveLength(0);
		sim.advance(10);
		expect(client.responses[0].status).toBe(200);
	});

	test("the date", () => {
		const sim = simulate(app, { epochMs: 0 });
		const client = sim.connect().send(GET);
		sim.advance(500);
		expect(client.responses[0].field("Date")).toBe(undefined);
		sim.setDate(Date.UTC(2026, 1, 28, 23, 59, 59));
		sim.advance(1500);
		client.send(GET);
		sim.advance(500);
		expect(client.responses[1].field("Date")).toBe("Sun, 01 Mar 2026 00:00:00 GMT");
	});
});

describe("a seed", () => {
	const WEATHER: SimulateOptions = { jitterMs: 30, lossEveryMs: 500, lossMs: 100, bandwidthKbitPerS: 800 };

	function run(options: SimulateOptions): string {
		const sim = simulate(app, { ...WEATHER, ...options });
		sim.connect().request("GET", "/big").request("GET", "/");
		sim.connect().request("PUT", "/upload", { content: "z".repeat(5000), chunkLength: 100 });
		sim.connect().garbage(100);
		sim.advance(20_000);
		return JSON.stringify(sim.trace.events, (_name, value) =>
			value instanceof Uint8Array ? [...value].join() : value,
		);
	}

	test.each(SIM_PROFILE_NAMES)("decides everything on %s", (profile) => {
		const one = run({ profile, seed: 11 });
		expect(run({ profile, seed: 11 })).toBe(one);
		expect(run({ profile, seed: 12 })).not.toBe(one);
	});

	test("of more than 32 bits", () => {
		const draw = (seed: number) => new Random(seed).next();
		expect(draw(1)).toBe(draw(1));
		expect(draw(1)).not.toBe(draw(2));
		expect(draw(1)).not.toBe(draw(2 ** 32 + 1));
		expect(new Random(1, 1).next()).not.toBe(new Random(1, 2).next());
	});

	test("numbers are within their bounds, and all of them come", () => {
		const random = new Random(5);
		const drawn = new Set<number>();
		for (let count = 0; count < 1000; count += 1) drawn.add(random.between(-2, 3));
		expect([...drawn].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2, 3]);
		expect([random.chance(0), random.chance(1)]).toEqual([false, true]);
	});
});

describe("a profile's figures", () => {
	test.each(["esp32", "esp32c3", "esp8266", "pico-w"] as const)("the send buffer of %s", (profile) => {
		let written = 0;
		const endless = defineApp({
			routes: {
				"GET /": {
					onRequest: (_request, response) => {
						response.begin(1_000_000);
					},
					onWritable: (_request, response, room) => {
						response.write(new Uint8Array(room));
						written += room;
					},
				},
			},
		});
		const sim = simulate(endless, { profile });
		const client = sim.connect().stall().send(GET);
		sim.advance(5000);
		const handedOn = written - (client.connection?.unsentLength ?? 0);
		// lwIP of the Pico W has memory for a segment at a time.
		const room = profile === "pico-w" ? 1460 : PROFILES[profile].sendLength;
		// The head went first.
		expect(handedOn).toBeGreaterThan(room - 150);
		expect(handedOn).toBeLessThan(room);
	});

	test.each(["esp32", "esp8266", "pico-w"] as const)("the control blocks of %s", (profile) => {
		const sim = simulate(app, { profile });
		for (let count = 0; count < 20; count += 1) sim.connect();
		sim.advance(200);
		expect(sim.pool.controlBlocks).toBe(PROFILES[profile].controlBlocks);
	});

	test.each(["esp32", "esp32c3", "esp8266", "pico-w", "node"] as const)("the window of %s", (profile) => {
		const sim = simulate(app, { profile });
		const client = sim.connect();
		sim.advance(1);
		const synAck = segments(sim).find(({ segment }) => segment === "syn-ack");
		expect(synAck?.window).toBe(profile === "node" ? 65_535 : PROFILES[profile].windowLength);
		expect(client.closed).toBe(null);
	});

	test.each(["esp32", "esp8266"] as const)("whether the sockets of %s are given what may lie in flash", (profile) => {
		const content = new Uint8Array(500);
		const sim = simulate(defineApp({ routes: { "GET /": (_request, response) => void response.octets(content) } }), {
			profile,
		});
		const written: unknown[] = [];
		const sockets = sim.network.TCP.prototype as { write(value: unknown): number | undefined };
		const { write } = sockets;
		sockets.write = function (this: unknown, value) {
			written.push(value);
			return write.call(this, value);
		};
		const client = sim.connect().send(GET);
		sim.advance(500);
		// All simulations have the same.
		sockets.write = write;
		expect(client.responses[0].content).toEqual(content);
		expect(written.includes(content)).toBe(PROFILES[profile].canSendFlash);
	});

	test("the manifests say the same of the sockets", async () => {
		const { default: manifest } = await import("../manifests/manifest_limits.json", { with: { type: "json" } });
		const { esp, pico } = manifest.platforms as Record<string, { config: { thimbleSockets?: object } }>;
		expect(esp?.config.thimbleSockets).toEqual({ canSendFlash: PROFILES.esp8266.canSendFlash });
		expect(pico?.config.thimbleSockets).toEqual({ segmentsMax: PROFILES["pico-w"].segmentsMax });
	});
});

describe("a capture", () => {
	test("both ends say which segments they take: the simulation's", () => {
		const sizes = (options: SimulateOptions) => {
			const sim = simulate(app, options);
			sim.connect().request("GET", "/big");
			sim.advance(1000);
			const packets = readPcapng(pcapng(sim.trace));
			const longest = Math.max(...packets.map(({ content }) => content.length));
			return [...packets.filter(({ flags }) => flags.includes("S")).map((packet) => packet.options.get(2)), longest];
		};
		const said = (length: number) => [length >> 8, length & 255];
		expect(sizes({ profile: "esp32" })).toEqual([said(1436), said(1436), 1436]);
		expect(sizes({ profile: "node", segmentLength: 536 })).toEqual([said(536), said(536), 536]);
		expect(sizes({ profile: "node", segmentLength: 9000 })).toEqual([said(9000), said(9000), 9000]);
	});
});
