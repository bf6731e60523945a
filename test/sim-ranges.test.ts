// The numbers that a simulation and a case take: what is none of them is refused, in words that say what is, and what is at
// the end of a range comes to its end.

import { describe, expect, test } from "vitest";
import { CaseError, readCase } from "../host-sim/picture/case.js";
import { playCase } from "../host-sim/picture/case-player.js";
import type { SimClient } from "../host-sim/virtual/client.js";
import { SIM_PROFILE_NAMES, simProfile } from "../host-sim/virtual/profiles.js";
import { type SimulateOptions, type Simulation, simulate } from "../host-sim/virtual/simulation.js";
import { app } from "./support/sim-app.js";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const MONTHS_MS = 10_000_000_000;

/** No number, in all the ways that there are, and what is behind every range. */
const NEVER = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e308, "1"];

/** For each option: what it refuses beside those. */
const OPTIONS: Readonly<Record<string, readonly unknown[]>> = {
	latencyMs: [-1],
	jitterMs: [-1],
	bandwidthKbitPerS: [-1, 1e-300],
	lossEveryMs: [-1, 0.9, 1e-9, 100],
	lossMs: [-1],
	outageEveryMs: [-1, 0.9, 1e-9],
	outageMs: [-1],
	clockJumpEveryMs: [-1, 0.9, 1e-9],
	clockJumpMs: [-1],
	segmentLength: [0, -1, 1.5],
	spareConnections: [-1, 1.5],
	ticksMs: [1.5, 2 ** 53 - 1],
	epochMs: [1.5, 2 ** 53 - 1],
	seed: [1.5, 2 ** 53],
};

const STEPS: readonly (readonly [
	string,
	readonly unknown[],
	(sim: Simulation, client: SimClient, value: never) => void,
])[] = [
	["advance: ms", [-1], (sim, _client, ms) => sim.advance(ms)],
	["busy: ms", [-1], (sim, _client, ms) => sim.stall(ms)],
	["reboot: bootMs", [-1], (sim, _client, ms) => sim.reboot(ms)],
	["jumpTicks: ms", [0.5, 2 ** 53 - 1], (sim, _client, ms) => sim.jumpTicks(ms)],
	["setDate: epochMs", [0.5, 2 ** 53 - 1], (sim, _client, ms) => sim.setDate(ms)],
	["send: segmentLength", [0, -1, 1.5], (_sim, client, segmentLength) => client.send(GET, { segmentLength })],
	["trickle: segmentLength", [0, -1, 1.5], (_sim, client, segmentLength) => client.trickle(GET, { segmentLength })],
	["trickle: intervalMs", [-1], (_sim, client, intervalMs) => client.trickle(GET, { intervalMs })],
	["stall: length", [-1, 1.5], (_sim, client, length) => client.stall(length)],
	["readSlowly: length", [0, -1, 1.5], (_sim, client, length) => client.readSlowly({ length, intervalMs: 1 })],
	[
		"readSlowly: intervalMs",
		[-1, 0, 1e-300],
		(_sim, client, intervalMs) => client.readSlowly({ length: 1, intervalMs }),
	],
	["resetAt: sentLength", [-1, 1.5], (_sim, client, sentLength) => client.resetAt({ sentLength })],
	["resetAt: receivedLength", [-1, 1.5], (_sim, client, receivedLength) => client.resetAt({ receivedLength })],
];

/** What a step must have beside the number that is tried. */
const REQUIRED: Readonly<Record<string, object>> = {
	send: { client: 1, octets: GET },
	trickle: { client: 1, octets: GET },
	stall: { client: 1 },
	readSlowly: { client: 1, length: 1, intervalMs: 1 },
	resetAt: { client: 1 },
};

function caseOf(steps: readonly object[], conditions: object = {}, profile = "esp32", seed: unknown = 0): string {
	const all = [{ do: "connect", client: 1 }, { do: "send", client: 1, octets: GET }, ...steps];
	return JSON.stringify({ format: "thimble-case", version: 1, profile, seed, conditions, steps: all });
}

/** JSON has no such numbers. */
const isJson = (value: unknown) => typeof value !== "number" || Number.isFinite(value);

describe("refused by", () => {
	test.each(Object.entries(OPTIONS))("simulate and a case: %s", (name, values) => {
		for (const value of [...NEVER, ...values]) {
			const given = { [name]: value } as SimulateOptions;
			expect(() => simulate(app, given), String(value)).toThrow(RangeError);
			expect(() => simulate(app, given), String(value)).toThrow(`${name} must be `);
			if (!isJson(value)) continue;
			const text = name === "seed" ? caseOf([], {}, "esp32", value) : caseOf([], given);
			expect(() => readCase(text), text).toThrow(CaseError);
			expect(() => readCase(text), text).toThrow(`${name} must be `);
		}
	});

	test.each(STEPS)("a call and a step: %s", (what, values, call) => {
		const [verb = "", name = ""] = what.split(": ");
		for (const value of [...NEVER, ...values]) {
			const sim = simulate(app);
			const client = sim.connect();
			expect(() => call(sim, client, value as never), String(value)).toThrow(RangeError);
			expect(() => call(sim, client, value as never), String(value)).toThrow(`${name} must be `);
			if (!isJson(value)) continue;
			const text = caseOf([{ do: verb, ...REQUIRED[verb], [name]: value }]);
			expect(() => readCase(text), text).toThrow(`steps[2].${name} must be `);
		}
	});

	test("calls without the number they need", () => {
		const left = undefined as never;
		const sim = simulate(app);
		const client = sim.connect();
		expect(() => sim.advance(left)).toThrow(
			"ms must be a number of milliseconds from 0 to 10,000,000,000, not undefined",
		);
		expect(() => sim.stall(left)).toThrow("ms must be ");
		expect(() => sim.jumpTicks(left)).toThrow("ms must be ");
		expect(() => sim.setDate(left)).toThrow("epochMs must be ");
		expect(() => sim.after(left, () => {})).toThrow("delayMs must be ");
		expect(() => client.garbage(left)).toThrow("length must be ");
		expect(() => client.readSlowly({ length: 1, intervalMs: left })).toThrow("intervalMs must be ");
		expect(() => client.readSlowly({ length: left, intervalMs: 1 })).toThrow("length must be ");
		return expect(sim.advanceAsync(left)).rejects.toThrow("ms must be ");
	});

	test("calls that no case has", () => {
		const sim = simulate(app);
		expect(() => sim.after(-1, () => {})).toThrow("delayMs must be a number of milliseconds");
		expect(() => sim.connect({ port: 65_536 })).toThrow("port must be a port");
		expect(() => sim.connect().garbage(-1)).toThrow("length must be a whole number");
		expect(() => sim.connect().send(GET, { cuts: [3, -1] })).toThrow("a cut must be a whole number from 0");
		for (const chunkLength of [0, 1.5]) {
			expect(() => sim.connect().request("POST", "/", { content: "a", chunkLength })).toThrow("chunkLength must be");
		}
	});

	test("a case, of octets that are too many", () => {
		const send = (octets: unknown) => caseOf([{ do: "send", client: 1, octets }]);
		expect(() => readCase(send({ text: "x", times: 1e15 }))).toThrow(
			"steps[2].octets times must be a whole number from 0 to 67,108,864, not 1000000000000000",
		);
		const half = { text: "ab", times: 0x100_0000 };
		expect(() => readCase(send([half, half, { base64: "AAAA" }]))).toThrow(
			"steps[2].octets must be at most 67108864 octets, not 67108867: send them in several steps",
		);
		expect(readCase(send([half, half])).steps).toHaveLength(3);
	});

	test("simulate and a case: bursts of loss that are longer than what is between them", () => {
		const complaint = "lossEveryMs must be more than lossMs, which is 200, not 100";
		expect(() => simulate(app, { lossEveryMs: 100 })).toThrow(complaint);
		expect(() => readCase(caseOf([], { lossEveryMs: 100 }))).toThrow(`conditions.${complaint}`);
		expect(() => simulate(app, { lossEveryMs: 100, lossMs: 100 })).toThrow("which is 100, not 100");
	});
});

describe.each(SIM_PROFILE_NAMES)("on %s", (profile) => {
	test("the shortest and the longest segment that is taken carry uploads and downloads, and none that is longer is taken", () => {
		const { windowLength } = simProfile(profile).sockets;
		const [least, most] = profile === "pico-w" ? [536, 1460] : [1, Math.min(windowLength, 65_495)];
		for (const segmentLength of [least, most]) {
			const sim = simulate(app, { profile, segmentLength, isRecorded: false });
			const upload = sim.connect().request("PUT", "/upload", { content: "y".repeat(20_000) });
			const download = sim.connect().request("GET", "/big");
			sim.advance(profile === "hostile" ? 300_000 : 60_000);
			expect([segmentLength, upload.response.status, download.response.isComplete]).toEqual([segmentLength, 200, true]);
		}
		const complaint = `segmentLength must be from ${least} to ${most} on ${profile}, not ${most + 1}`;
		expect(() => simulate(app, { profile, segmentLength: most + 1 })).toThrow(complaint);
		expect(() => readCase(caseOf([], { segmentLength: most + 1 }, profile))).toThrow(`conditions.${complaint}`);
	});

	test("the ends of the ranges come to an end", async () => {
		const conditions = { lossEveryMs: 1, lossMs: 0.5, outageEveryMs: 1, outageMs: 0, clockJumpEveryMs: 1 };
		const steps = [
			{ do: "readSlowly", client: 1, length: 1, intervalMs: 1 },
			{ do: "trickle", client: 1, octets: GET, intervalMs: 0, segmentLength: Number.MAX_SAFE_INTEGER },
			{ do: "advance", ms: 100 },
		];
		await playCase(app, readCase(caseOf(steps, conditions, profile)));
		const long = [
			// lwIP looks after its connections all the while.
			{ do: "busy", ms: profile === "lwip" ? MONTHS_MS : MONTHS_MS / 100 },
			{ do: "advance", ms: 10 },
			{ do: "jumpTicks", ms: MONTHS_MS },
			{ do: "setDate", epochMs: 8.64e15 },
			{ do: "reboot", bootMs: MONTHS_MS },
			// lwIP's timers find nothing to do; the kernel's socket would be polled for months.
			...(profile === "lin" ? [] : [{ do: "advance", ms: MONTHS_MS }]),
			{ do: "advance", ms: 100 },
		];
		const sim = await playCase(app, readCase(caseOf(long, { ticksMs: -MONTHS_MS, latencyMs: 3 }, profile)));
		expect(sim.time).toBeGreaterThan(profile === "lin" ? MONTHS_MS / 100 : MONTHS_MS);
	});
});
