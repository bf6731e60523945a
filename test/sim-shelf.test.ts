// The buffers that simulated boards use one after the other (host-sim/virtual/buffer-shelf.ts): nothing of one board is seen by
// the next.

import { expect, test } from "vitest";
import { Network } from "../host-sim/sdk/network.js";
import { LWIP } from "../host-sim/sdk/profiles.js";
import { BufferShelf, ShelvedPlatform } from "../host-sim/virtual/buffer-shelf.js";
import { simulate } from "../host-sim/virtual/simulation.js";
import { Region } from "../platform/moddable/memory.js";
import type { Sockets, TcpSocket } from "../platform/moddable/sockets.js";
import { defineApp } from "../src/index.js";

/** What is left of a buffer when somebody has written all over it and made it short. */
function spoil(buffer: ArrayBuffer): void {
	new Uint8Array(buffer).fill(0xaa);
	buffer.resize(3);
}

test("a buffer comes back as if it were new, and not before all are taken back", () => {
	const shelf = new BufferShelf();
	const one = shelf.take(100);
	const other = shelf.take(100);
	expect(other).not.toBe(one);
	expect([one.byteLength, one.maxByteLength]).toEqual([100, 100]);
	spoil(one);
	spoil(other);
	const longer = shelf.take(200);
	expect(longer.byteLength).toBe(200);
	shelf.takeBack();
	expect([shelf.take(100), shelf.take(100)]).toEqual([one, other]);
	for (const buffer of [one, other]) expect([...new Uint8Array(buffer)]).toEqual(new Array(100).fill(0));
	expect(shelf.take(100)).not.toBe(one);
});

test("a region is one as the adapter makes them, and comes back with its buffer", () => {
	const shelf = new BufferShelf();
	for (const start of [0, 64]) {
		shelf.takeBack();
		const region = shelf.takeRegion(start, 200 - start);
		const own = new Region(new ArrayBuffer(200, { maxByteLength: 200 }), start);
		expect(region).toBeInstanceOf(Region);
		expect(Object.keys(region)).toEqual(Object.keys(own));
		expect([region.start, region.length, region.subarray(1).constructor]).toEqual([start, 200, Uint8Array]);
		const tcp = { read: (view: Uint8Array) => void view.fill(7) } as unknown as TcpSocket;
		for (const one of [region, own]) one.fillFrom(tcp, 3, 200);
		expect([...region]).toEqual([...own]);
		expect(region[start + 2]).toBe(7);
		shelf.takeBack();
		expect(shelf.takeRegion(start, 200 - start)).toBe(region);
		expect([...region]).toEqual(new Array(200).fill(0));
	}
});

test("segments come back, as long as they are wanted", () => {
	const { segments } = new BufferShelf();
	const octets = Uint8Array.from({ length: 3000 }, (_, index) => index & 0xff);
	const short = segments.take(octets, 5, 3);
	segments.give(short);
	const long = segments.take(octets, 0, 3000);
	expect(long).toBe(short);
	expect([long.start, long.end]).toEqual([0, 3000]);
	expect([...long.octets.subarray(0, 3000)]).toEqual([...octets]);
	expect(segments.take(octets, 0, 1)).not.toBe(long);
});

test("the window of a board begins with a page, behind all send buffers", () => {
	const shelf = new BufferShelf();
	for (const length of [8, 4096, 4104]) {
		const memory = new ShelvedPlatform(shelf, new Network(LWIP) as unknown as Sockets, { bufferLength: 600 });
		const octets = memory.allocateSend(length);
		const window = memory.allocateScratch(1);
		expect(octets.buffer).toBe(window.buffer);
		expect([window.byteOffset % 4096, window.byteOffset >= length, window.length]).toEqual([0, true, 600]);
	}
});

test("a simulation leaves the same trace on buffers that were used before", () => {
	const app = defineApp({
		routes: {
			"POST /": (_request, response) => {
				response.text("here");
			},
		},
	});
	const run = (target: string, shelf: BufferShelf) => {
		shelf.takeBack();
		const sim = simulate(app, { profile: "esp32", seed: 3, shelf });
		sim.connect().request("POST", target, { content: "abc" });
		sim.advance(500);
		return sim.wire();
	};
	const shelf = new BufferShelf();
	const first = run("/", shelf);
	expect(first).toContain("here");
	expect(run(`/${"x".repeat(300)}`, shelf)).not.toBe(first);
	expect(run("/", shelf)).toBe(first);
	expect(run("/", new BufferShelf())).toBe(first);
});
