// The simulator's own platforms, `node` and `hostile`: they keep the contract of src/server/platform.ts, and find out who
// breaks it. And that a simulation does not mind which copy of the package the app was written with.

import { describe, expect, test } from "vitest";
import { Network } from "../host-sim/sdk/network.js";
import { ContractPlatform } from "../host-sim/virtual/contract-platform.js";
import { HostileManners, NODE_MANNERS, type PlatformManners } from "../host-sim/virtual/manners.js";
import { simProfile } from "../host-sim/virtual/profiles.js";
import { Random } from "../host-sim/virtual/random.js";
import { simulate } from "../host-sim/virtual/simulation.js";
import type { Transport } from "../src/server/platform.js";
import { app } from "./support/sim-app.js";

/** An owner that writes down what it is told. */
class Owner {
	readonly told: string[] = [];
	reading: (() => void) | null = null;

	readable(): void {
		this.told.push("readable");
		this.reading?.();
	}
	writable(): void {
		this.told.push("writable");
	}
	ended(): void {
		this.told.push("ended");
	}
	failed(): void {
		this.told.push("failed");
	}
}

function open(manners: PlatformManners = NODE_MANNERS) {
	const network = new Network(simProfile("node").sockets);
	const platform = new ContractPlatform(network, manners);
	const owner = new Owner();
	const transports: Transport[] = [];
	const handle = platform.listen(
		{ port: 80 },
		{
			accepted(transport) {
				transport.owner = owner;
				transports.push(transport);
			},
			listening: () => owner.told.push("listening"),
			listenerFailed: () => owner.told.push("listener failed"),
		},
	);
	const client = network.connect(80);
	network.advance(200);
	return { network, platform, owner, client, handle, transport: transports[0] as Transport };
}

const octets = new Uint8Array(4096).fill(0x61);

describe("a server that breaks the contract is found out:", () => {
	const BREACHES: readonly [string, (transport: Transport) => void, RegExp][] = [
		[
			"a write past the room",
			(transport) => transport.write(new Uint8Array(70_000), 0, 70_000),
			/into a room of 65536/,
		],
		["a read behind the buffer", (transport) => transport.read(new Uint8Array(4), 2, 3), /read past the buffer's end/],
		["a write of more than there is", (transport) => transport.write(octets, 4000, 200), /from past the buffer's end/],
		["a write behind our end", (transport) => [transport.end(), transport.write(octets, 0, 1)], /into a room of 0/],
		["a read on a closed one", (transport) => [transport.close(), transport.read(octets, 0, 1)], /read on a transport/],
		[
			"a write on a closed one",
			(transport) => [transport.abort(), transport.write(octets, 0, 1)],
			/write on a transport/,
		],
		["a flush on a closed one", (transport) => [transport.close(), transport.flush()], /flush on a transport/],
		["an end of a closed one", (transport) => [transport.close(), transport.end()], /end on a transport/],
		["two closes", (transport) => [transport.close(), transport.close()], /close on a transport/],
		["an abort of a closed one", (transport) => [transport.close(), transport.abort()], /abort on a transport/],
	];

	test.each(BREACHES)("%s", (_name, breach, fault) => {
		const { network, transport } = open();
		expect(network.faults).toEqual([]);
		breach(transport);
		expect(network.faults).toHaveLength(1);
		expect(network.faults[0]).toMatch(fault);
	});

	test("anything after it has failed", () => {
		const { network, transport, client, owner } = open();
		client.reset();
		network.advance(100);
		expect(owner.told).toEqual(["listening", "failed"]);
		transport.close();
		expect(network.faults).toHaveLength(1);
	});
});

describe("node", () => {
	test("tells what arrives, the end behind it, and room when there is more", () => {
		const { network, owner, client, transport } = open();
		client.send("hello");
		client.close();
		network.advance(100);
		expect(owner.told).toEqual(["listening", "readable"]);
		const buffer = new Uint8Array(10);
		expect(transport.read(buffer, 1, 3)).toBe(3);
		expect(transport.read(buffer, 4, 6)).toBe(2);
		expect(String.fromCharCode(...buffer)).toBe("\0hello\0\0\0\0");
		network.advance(100);
		expect(owner.told).toEqual(["listening", "readable", "ended"]);
		client.stop();
		transport.write(octets, 0, 4096);
		expect([transport.room, transport.isDrained]).toEqual([65_536 - 4096, false]);
		transport.flush();
		network.advance(100);
		expect(client.receivedLength).toBe(0);
		client.take(Number.POSITIVE_INFINITY);
		network.advance(100);
		expect([client.receivedLength, transport.room, transport.isDrained]).toEqual([4096, 65_536, true]);
		expect(owner.told.slice(3)).toContain("writable");
	});

	test("closes one side alone, and goes on reading", () => {
		const { network, owner, client, transport } = open();
		transport.write(octets, 0, 10);
		expect(transport.end()).toBe(true);
		network.advance(100);
		expect([client.state, client.receivedLength, network.connectionCount]).toEqual(["ended", 10, 1]);
		client.send("still here");
		network.advance(100);
		expect(owner.told).toContain("readable");
		expect(transport.read(new Uint8Array(20), 0, 20)).toBe(10);
		transport.close();
		network.advance(100);
		expect(network.connectionCount).toBe(0);
	});

	test("resets a connection that is closed unread, or aborted", () => {
		for (const call of ["close", "abort"] as const) {
			const { network, client, transport } = open();
			if (call === "close") client.send("unread");
			network.advance(100);
			transport[call]();
			network.advance(100);
			expect([client.state, network.connectionCount]).toEqual(["reset", 0]);
		}
	});

	test("keeps one timer, and listens until that is closed", () => {
		const { network, platform, handle } = open();
		let count = 0;
		const timer = { timeout: () => (count += 1) };
		platform.setTimer(timer, 50);
		platform.setTimer(timer, 20);
		network.advance(100);
		expect(count).toBe(1);
		platform.setTimer(timer, 20);
		platform.clearTimer();
		network.advance(100);
		expect(count).toBe(1);
		expect(() => platform.listen({ port: 80 }, {} as never)).toThrow("the port is taken");
		handle.close();
		const late = network.connect(80);
		network.advance(100);
		expect(late.state).toBe("reset");
	});
});

describe("hostile", () => {
	/** What can be seen of a transport over many seeds. */
	function seen() {
		const found = new Set<string>();
		for (let seed = 0; seed < 300; seed += 1) {
			const { network, owner, client, transport, platform } = open(new HostileManners(new Random(seed)));
			network.advance(200);
			found.add(transport.remoteAddress === "" ? "no address" : "an address");
			found.add(`room ${transport.room}`);
			found.add(`timers first ${platform.timersRunFirst}`);
			const buffer = new Uint8Array(200).fill(7);
			owner.told.length = 0;
			let read = 0;
			owner.reading = () => {
				const count = transport.read(buffer, read, 100 - read);
				found.add(count === 0 ? "readable without octets" : count < 50 ? "some" : "all");
				read += count;
			};
			client.send("x".repeat(50));
			network.advance(5000);
			expect(read).toBe(50);
			expect([...buffer.subarray(0, 50)]).toEqual(new Array(50).fill(0x78));
			expect([...buffer.subarray(100)]).toEqual(new Array(100).fill(7));
			if (buffer[60] !== 7) found.add("overwritten");
			let written = 0;
			for (let turn = 0; turn < 400 && written < 30; turn += 1) {
				const count = Math.min(transport.room, 30 - written);
				if (count > 0) transport.write(octets, 0, count);
				written += count;
				network.advance(40);
				if (client.receivedLength < written) found.add("held back");
			}
			transport.flush();
			network.advance(100);
			expect([client.receivedLength, written]).toEqual([30, 30]);
			found.add(`end ${transport.end()}`);
			const date = platform.date();
			found.add(date < 0 ? "no date" : "a date");
			let isLate = false;
			platform.setTimer({ timeout: () => (isLate = true) }, 10);
			network.advance(10);
			if (!isLate) found.add("a late timer");
			expect(network.faults).toEqual([]);
		}
		return found;
	}

	test("does all that it may", () => {
		expect([...seen()].sort()).toEqual(
			[
				"a date",
				"a late timer",
				"all",
				"an address",
				"end false",
				"end true",
				"held back",
				"no address",
				"no date",
				"overwritten",
				"readable without octets",
				"room 1",
				"room 2",
				"room 3",
				"room 600",
				"room 64",
				"room 65536",
				"room 7",
				"some",
				"timers first false",
				"timers first true",
			].sort(),
		);
	});

	test("and the server serves all the same", () => {
		for (let seed = 0; seed < 100; seed += 1) {
			const sim = simulate(app, { profile: "hostile", seed, isRecorded: false });
			const client = sim.connect();
			client.request("PUT", "/upload", { content: "y".repeat(200), chunkLength: 33 });
			client.request("GET", "/", { fields: { Connection: "close" } });
			sim.advance(60_000);
			expect([seed, client.responses.map(({ text }) => text), client.closed]).toEqual([
				seed,
				["200", "hello\n"],
				"ended",
			]);
			expect([sim.network.faults, sim.escaped, client.violations]).toEqual([[], [], []]);
			expect(sim.pool).toMatchObject({ used: 0, controlBlocks: 0 });
		}
	});
});

describe("what does not matter", () => {
	test("which copy of the package the app was written with", async () => {
		const published: typeof import("../host-sim/index.js") = await import("../dist/sim.js" as string);
		const theirs: typeof import("../src/index.js") = await import("../dist/index.js" as string);
		const prebuilt = theirs.prebuild({ content: "prebuilt\n" });
		const theirApp = theirs.defineApp({ routes: { "GET /": prebuilt } });
		for (const [simulation, text] of [
			[published.simulate(app), "hello\n"],
			[simulate(theirApp), "prebuilt\n"],
			[published.simulate(theirApp), "prebuilt\n"],
		] as const) {
			const client = simulation.connect().request("GET", "/");
			simulation.advance(500);
			expect(client.responses[0].text).toBe(text);
		}
	});

	test("but in the package as it is built there is one", async () => {
		const published: typeof import("../host-sim/index.js") = await import("thimble-http/sim" as string);
		const core: typeof import("../src/index.js") = await import("thimble-http" as string);
		expect(published.simulate(app).server).toBeInstanceOf(core.Server);
	});

	test("whether it is written down", () => {
		const outcomes = [true, false].map((isRecorded) => {
			const sim = simulate(app, { isRecorded, seed: 4, jitterMs: 9, lossEveryMs: 300, lossMs: 80 });
			sim.connect().request("GET", "/big");
			sim.connect().garbage(50);
			sim.advance(30_000);
			return [sim.network.eventCount, sim.stepCount, sim.clients.map(({ received }) => received.length)];
		});
		expect(outcomes[0]).toEqual(outcomes[1]);
	});
});
