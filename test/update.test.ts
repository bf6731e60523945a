// The sink for firmware on the double of the SDK's flash and updates, and the double itself.

import { describe, expect, test } from "vitest";
import { problemOfImage } from "../platform/node/esp-image.js";
import { SECTOR_LENGTH, SimulatedFlash } from "../platform/node/flash.js";
import { openUpdateIn } from "../src/update-sink.js";
import { espImage } from "./support/esp-image.js";
import { hash } from "./support/hashes.js";

const SIZE = 4 * SECTOR_LENGTH;
/** What the partition holds of an update before: everything has to be erased. */
const OLD = new Uint8Array(SIZE).fill(0x5a);

const BROKEN = "ContentError 422: the firmware is broken, or not for this device";

const flashOf = () => new SimulatedFlash({ size: SIZE, hash, content: OLD });
const open = (flash: SimulatedFlash, length?: number) => openUpdateIn(flash.storage, flash.updates, length);

/** What a job throws, with its status if it has one. */
function thrownBy(job: () => void): string {
	try {
		job();
	} catch (error) {
		const { name, message, status = "" } = error as Error & { readonly status?: number };
		return `${name} ${status}: ${message}`;
	}
	return "nothing";
}

/** Whether the device would start from just this image. */
function holds(flash: SimulatedFlash, image: Uint8Array): boolean {
	const found = flash.image;
	return found !== null && found.length === image.length && found.every((octet, at) => octet === image[at]);
}

/** Writes an image in pieces of this length. */
function write(flash: SimulatedFlash, image: Uint8Array, pieceLength: number): void {
	const sink = open(flash, image.length);
	for (let at = 0; at < image.length; at += pieceLength) {
		sink.write(image, at, Math.min(at + pieceLength, image.length));
	}
	sink.end();
}

describe("firmware", () => {
	test.each([1, 7, 512, 1000, 1024, 4095, 4096, 4097, 10_000, 100_000])(
		"in pieces of %i octets is in flash, each sector erased once, and started from",
		(pieceLength) => {
			for (const length of [48, 4096, 4096 + 16, 2 * 4096 - 16, SIZE]) {
				const flash = flashOf();
				const image = length === 48 ? espImage(length, hash) : espImage(length);
				write(flash, image, pieceLength);
				expect(holds(flash, image)).toBe(true);
				expect(flash.faults).toEqual([]);
				expect(flash.openCount).toBe(0);
				expect(flash.erasures).toEqual(Array.from({ length: Math.ceil(image.length / SECTOR_LENGTH) }, () => 1));
				expect(flash.memory.subarray(flash.erasures.length * SECTOR_LENGTH).every((octet) => octet === 0x5a)).toBe(
					true,
				);
			}
		},
	);

	test("is erased in step: no sector before its first octet is written", () => {
		const flash = flashOf();
		const image = espImage(SIZE);
		const sink = open(flash, image.length);
		expect(flash.erasures).toEqual([]);
		for (let at = 0; at < image.length; at += 100) {
			sink.write(image, at, Math.min(at + 100, image.length));
			expect(flash.erasures.length).toBe(Math.ceil(Math.min(at + 100, image.length) / SECTOR_LENGTH));
		}
		sink.end();
		expect(holds(flash, image)).toBe(true);
	});

	test("of unknown length", () => {
		const flash = flashOf();
		const sink = open(flash);
		const image = espImage(5008);
		sink.write(image, 0, image.length);
		sink.end();
		expect(holds(flash, image)).toBe(true);
	});

	test("that fills the partition fits, one octet more does not, and says so before anything is erased", () => {
		write(flashOf(), espImage(SIZE), 4096);
		const flash = flashOf();
		expect(thrownBy(() => open(flash, SIZE + 1))).toBe(`ContentError 413: firmware has ${SIZE} octets at most`);
		expect([flash.openCount, flash.erasures]).toEqual([0, []]);
	});

	test("more than was announced, and more than the partition: the flash refuses it", () => {
		const flash = flashOf();
		const sink = open(flash);
		sink.write(espImage(SIZE), 0, SIZE);
		expect(thrownBy(() => sink.write(Uint8Array.of(1), 0, 1))).toBe("Error : erase failed");
		sink.abort();
		expect(flash.openCount).toBe(0);
	});

	test("that begins as none is refused at its first octets", () => {
		const flash = flashOf();
		const sink = open(flash, 100);
		expect(thrownBy(() => sink.write(new Uint8Array(100), 0, 100))).toBe(
			"ContentError 422: this is no firmware for this device",
		);
		sink.abort();
		expect([flash.image, flash.openCount]).toEqual([null, 0]);
	});

	test.each([
		["a changed octet", 40],
		["a changed check octet", 4095],
		["a changed hash", 4096],
		["a changed address", 24],
		["a segment too long", 29],
		["too many segments", 1],
	])("with %s is refused when it is whole", (_what, at) => {
		const flash = flashOf();
		const image = espImage(4096, hash);
		image[at] = (image[at] as number) ^ 0xff;
		expect(thrownBy(() => write(flash, image, 1000))).toBe(BROKEN);
		expect(flash.image).toBe(null);
	});

	test("that breaks off is not started from, and another is written over it", () => {
		const flash = flashOf();
		const image = espImage(10_000);
		const sink = open(flash, image.length);
		sink.write(image, 0, 7000);
		sink.abort();
		expect([flash.image, flash.openCount]).toEqual([null, 0]);
		write(flash, image, 900);
		expect(holds(flash, image)).toBe(true);
		expect(flash.faults).toEqual([]);
	});

	test("that is being replaced is not started from any more", () => {
		const flash = flashOf();
		const image = espImage(5008);
		write(flash, image, 1000);
		const sink = open(flash, image.length);
		expect(holds(flash, image)).toBe(true);
		sink.write(image, 0, 1);
		expect(flash.image).toBe(null);
		sink.abort();
	});

	test("of nothing is refused", () => {
		expect(thrownBy(() => open(flashOf(), 0).end())).toBe(BROKEN);
	});
});

describe("the double", () => {
	test("answers who comes too late as the SDK does", () => {
		const flash = flashOf();
		const partition = flash.storage.open({ path: "nextota" });
		const updater = flash.updates.open({ partition, mode: "a" });
		updater.write(espImage(48));
		updater.complete();
		expect(() => updater.complete()).toThrow("already complete");
		expect(() => updater.write(espImage(48))).toThrow("already complete");
		updater.close();
		updater.close();
		expect(() => updater.complete()).toThrow(SyntaxError);
		expect(() => updater.write(espImage(48))).toThrow(SyntaxError);
		partition.close();
		expect(() => flash.updates.open({ partition, mode: "a" })).toThrow(SyntaxError);
		expect(() => flash.storage.open({ path: "nowhere" })).toThrow("can't find partition");
	});

	test("takes no length that the partition does not have", () => {
		const flash = flashOf();
		const partition = flash.storage.open({ path: "nextota" });
		for (const byteLength of [-1, Number.NaN, SIZE + 1]) {
			expect(() => flash.updates.open({ partition, mode: "a", byteLength })).toThrow(RangeError);
		}
		for (const byteLength of [0, SIZE]) flash.updates.open({ partition, mode: "a", byteLength }).close();
	});

	test("remembers two updates at once, and octets written over others", () => {
		const flash = flashOf();
		open(flash);
		open(flash);
		flash.program(0, Uint8Array.of(0));
		expect(flash.faults).toEqual([
			"an update was opened while another was",
			"offset 0 was written without being erased",
		]);
	});

	test("knows an image from others", () => {
		const problem = (change: (image: Uint8Array) => void) => {
			const image = espImage(64, hash);
			change(image);
			return problemOfImage(image, hash);
		};
		expect(problem(() => {})).toBe("");
		expect(problem((image) => image.fill(0xe8, 0, 1))).toMatch(/0xE9/);
		expect(problem((image) => image.fill(17, 1, 2))).toMatch(/segments/);
		expect(problem((image) => image.fill(2, 1, 2))).toMatch(/segment/);
		expect(problem((image) => image.fill(1, 28, 29))).toMatch(/invalid length/);
		expect(problem((image) => image.fill(255, 28, 29))).toMatch(/invalid length/);
		expect(problem((image) => image.fill(96, 28, 29))).toMatch(/beyond/);
		expect(problem((image) => image.fill(0, 33, 34))).toMatch(/check octet/);
		expect(problem((image) => image.fill(0, 70, 71))).toMatch(/hash/);
		expect(problemOfImage(espImage(64), null)).toBe("");
	});
});
