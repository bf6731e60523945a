// Uploads over a simulated network that does its worst: firmware into the double of the SDK's flash, by a tus client that goes
// on wherever it was left.

import { describe, expect, test } from "vitest";
import type { SimClient } from "../host-sim/virtual/client.js";
import type { SimProfileName } from "../host-sim/virtual/profiles.js";
import { Random } from "../host-sim/virtual/random.js";
import type { ReadResponse } from "../host-sim/virtual/response-reader.js";
import { type SimulateOptions, type Simulation, simulate } from "../host-sim/virtual/simulation.js";
import { hash } from "../platform/node/crypto.js";
import { SECTOR_LENGTH, SimulatedFlash } from "../platform/node/flash.js";
import { defineApp, type Limits } from "../src/index.js";
import { openUpdateIn } from "../src/update-sink.js";
import { type FileSink, uploads } from "../src/uploads/index.js";
import { espImage } from "./support/esp-image.js";

/** The flash's sectors take their time to be erased: the sink answers when they are. */
class SlowSink implements FileSink {
	readonly #inner: FileSink;
	readonly #eraseMs: number;
	#length = 0;

	constructor(inner: FileSink, eraseMs: number) {
		this.#inner = inner;
		this.#eraseMs = eraseMs;
	}

	write(octets: Uint8Array, start: number, end: number): Promise<unknown> | void {
		const sector = Math.ceil(this.#length / SECTOR_LENGTH);
		this.#length += end - start;
		const isErasing = this.#length > sector * SECTOR_LENGTH;
		if (!isErasing || this.#eraseMs === 0) return this.#inner.write(octets, start, end);
		return new Promise((resolve) => setTimeout(resolve, this.#eraseMs)).then(() =>
			this.#inner.write(octets, start, end),
		);
	}

	end(): Promise<unknown> | void {
		return this.#inner.end();
	}

	abort(error: unknown): void {
		this.#inner.abort?.(error);
	}
}

interface Bench {
	readonly sim: Simulation;
	readonly flash: SimulatedFlash;
	readonly errors: unknown[];
	readonly random: Random;
}

function bench(options: SimulateOptions, eraseMs = 0, limits: Partial<Limits> = {}): Bench {
	const flash = new SimulatedFlash({ size: 0x60_0000, hash });
	const errors: unknown[] = [];
	const random = new Random(options.seed ?? 0, 77);
	const app = defineApp({
		limits: { connections: 3, receiveLength: 1024, sendLength: 1024, ...limits },
		onError: (error) => errors.push(error),
		routes: uploads("/firmware", {
			lengthMax: 0x60_0000,
			random: (octets) => octets.set(Array.from(octets, () => random.below(256))),
			sink: (_request, length) => new SlowSink(openUpdateIn(flash.storage, flash.updates, length), eraseMs),
		}),
	});
	return { sim: simulate(app, { isRecorded: false, ...options }), flash, errors, random };
}

const PROFILES: readonly SimProfileName[] = ["esp32", "esp8266", "pico-w", "lin", "node", "hostile"];

const LINES = "Host: x\r\nTus-Resumable: 1.0.0\r\n";

/** Lets time pass until a client has its answer, or will get none; the status, 0 without one. */
async function until(sim: Simulation, client: SimClient, ms: number): Promise<number> {
	const isAnswered = () => client.responses.length > 0 && client.responses[0].isComplete;
	for (let passed = 0; passed < ms && !isAnswered() && client.closed === null; passed += 20) await sim.advanceAsync(20);
	return isAnswered() ? client.responses[0].status : 0;
}

/** Asks one thing, again and again until there is an answer. */
async function ask(sim: Simulation, method: string, path: string, lines = ""): Promise<ReadResponse> {
	for (let attempt = 0; attempt < 20; attempt += 1) {
		const client = sim.connect();
		client.send(`${method} ${path} HTTP/1.1\r\n${LINES}${lines}\r\n`);
		const status = await until(sim, client, 5000);
		if (client.closed === null) client.close();
		if (status !== 0 && status !== 503) return client.responses[0];
		await sim.advanceAsync(1000);
	}
	throw new Error(`no answer to ${method} ${path}`);
}

type Mishap = (bench: Bench, client: SimClient) => Promise<void>;

const MISHAPS: readonly Mishap[] = [
	// The client resets the connection, with some of what it had to say still in its stack.
	async ({ sim, random }, client) => {
		await sim.advanceAsync(random.below(300));
		if (client.closed === null) client.reset();
	},
	// The network is away; neither end hears of the other any more.
	async ({ sim, random }) => {
		await sim.advanceAsync(random.below(400));
		sim.loseNetwork("forgets");
		await sim.advanceAsync(random.below(3000));
		sim.restoreNetwork();
	},
	// The board gets another address.
	async ({ sim, random }) => {
		await sim.advanceAsync(random.below(400));
		sim.loseNetwork("resets");
		await sim.advanceAsync(10);
		sim.restoreNetwork();
	},
	// The client is gone without a word, and comes back at once: what it had sent is still on its way.
	async ({ sim, random }) => {
		await sim.advanceAsync(random.below(300));
	},
	// It is away for long.
	async ({ sim, random }, client) => {
		await sim.advanceAsync(random.below(300));
		if (client.closed === null) client.reset();
		await sim.advanceAsync(60_000);
	},
	// The network stalls, and nothing is lost.
	async ({ sim, random }) => {
		await sim.advanceAsync(random.below(200));
		sim.loseNetwork("delays");
		await sim.advanceAsync(random.below(5000));
		sim.restoreNetwork();
	},
];

/** Uploads an image, with so many mishaps; returns how many requests brought it. */
async function upload(on: Bench, image: Uint8Array, mishaps: number): Promise<number> {
	const { sim, random } = on;
	const created = await ask(sim, "POST", "/firmware", `Upload-Length: ${image.length}\r\n`);
	expect(created.status).toBe(201);
	const path = created.field("location") ?? "";
	let last = 0;
	for (let attempt = 0; attempt < mishaps + 9; attempt += 1) {
		const told = await ask(sim, "HEAD", path);
		expect(told.status).toBe(200);
		const offset = Number(told.field("upload-offset"));
		// Nothing that was acknowledged is lost.
		expect(offset).toBeGreaterThanOrEqual(last);
		last = offset;
		if (offset === image.length) return attempt;
		const client = sim.connect();
		const fields = `Content-Type: application/offset+octet-stream\r\nUpload-Offset: ${offset}\r\n`;
		client.send(`PATCH ${path} HTTP/1.1\r\n${LINES}${fields}Content-Length: ${image.length - offset}\r\n\r\n`);
		client.send(image.subarray(offset));
		const mishap = MISHAPS[random.below(MISHAPS.length)];
		if (attempt < mishaps) await mishap?.(on, client);
		// A request of before that arrives only now may be in the way.
		else expect([204, 409]).toContain(await until(sim, client, 600_000));
	}
	throw new Error("the upload does not come to an end");
}

function check({ flash, errors }: Bench, image: Uint8Array): void {
	expect(errors).toEqual([]);
	expect(flash.faults).toEqual([]);
	expect(flash.image?.length).toBe(image.length);
	expect(flash.image?.every((octet, at) => octet === image[at])).toBe(true);
	expect(flash.erasures).toEqual(Array.from({ length: Math.ceil(image.length / SECTOR_LENGTH) }, () => 1));
	expect(flash.openCount).toBe(0);
}

describe("firmware over a network that fails", () => {
	test("5 MB through a receive buffer of 1 KB, interrupted 40 times", { timeout: 60_000 }, async () => {
		const on = bench({ seed: 1, latencyMs: 1 });
		const image = espImage(5_000_000, hash);
		expect(await upload(on, image, 40)).toBeGreaterThan(30);
		check(on, image);
	});

	test.each(PROFILES.flatMap((profile) => [1, 2, 3].map((seed) => [profile, seed] as const)))(
		"%s, seed %i, sectors that take 45 ms to erase",
		{ timeout: 60_000 },
		async (profile, seed) => {
			const on = bench({ profile, seed, latencyMs: 5, jitterMs: 10, lossEveryMs: 400, lossMs: 60 }, 45);
			const image = espImage(200_000);
			await upload(on, image, 12);
			check(on, image);
		},
	);
});
