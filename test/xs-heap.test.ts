// What the server holds on the heap of XS, and what an answer leaves there: ceilings.

import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type HeapRow, measureHeap, SLOT_LENGTH } from "../bench/xs-heap.mjs";
import { measure } from "../bench/xs-meter.mjs";
import { type BoardRow, measureBoards, withBoards } from "../tools/boards.mjs";
import { bundle, GLOBAL } from "./xs/bundle.js";
import { findEngine } from "./xs/engine.mjs";
import { XsMachine } from "./xs/machine.mjs";
import { describeOnXs } from "./xs/sides.js";

/** Slots of one connection, all its objects and its receive buffer. */
const CONNECTION_SLOTS_MAX = 106;
/** Octets of a server of four connections with 1 KB to receive and 1 KB to send. */
const FOUR_LENGTH_MAX = 19_500;
/** Octets of all that a server of an ESP8266 takes: two connections. */
const ESP8266_LENGTH_MAX = 8192;
/** What two links, one of them with two fields, add to a prebuilt response. */
const CHAIN_COMPUTRONS_MAX = 1450;

await describeOnXs("the heap on XS", async () => {
	describe("what a server holds", () => {
		let rows: readonly HeapRow[] = [];

		beforeAll(async () => {
			rows = await measureHeap();
		});

		function rowOf(what: string): HeapRow {
			const row = rows.find((one) => one.what === what);
			if (row === undefined) throw new Error(`there is no row ${what}`);
			return row;
		}

		test("a connection", () => {
			expect(rowOf("each further connection").slots).toBeLessThanOrEqual(CONNECTION_SLOTS_MAX);
		});

		test("four connections", () => {
			const { slots, bufferLength } = rowOf("server, 4 connections");
			expect(slots * SLOT_LENGTH + bufferLength).toBeLessThanOrEqual(FOUR_LENGTH_MAX);
		});

		test("no object of a connection is forgotten", () => {
			const objects = rows.slice(rows.indexOf(rowOf("each further connection")) + 1);
			const ofAll = rowOf("the head all connections share").slots;
			const sum = objects.reduce((slots, row) => slots + row.slots, -ofAll);
			expect(sum).toBe(rowOf("each further connection").slots);
		});
	});

	describe("what a server takes of a board", () => {
		let rows: readonly BoardRow[] = [];

		beforeAll(async () => {
			rows = await measureBoards(findEngine().worker);
		});

		test("an ESP8266 has two connections for 8 KB", () => {
			const row = rows.find(({ key }) => key === "esp");
			expect(row?.connections).toBe(2);
			expect(row?.octets).toBeLessThanOrEqual(ESP8266_LENGTH_MAX);
		});

		test("stands in docs/firmware.md (node tools/boards.mjs --write)", () => {
			const text = readFileSync(new URL("../docs/firmware.md", import.meta.url), "utf8");
			expect(withBoards(text, rows)).toBe(text);
		});
	});

	describe("what an answer leaves", () => {
		let machine: XsMachine;

		beforeAll(async () => {
			machine = new XsMachine(findEngine().worker);
			await machine.evaluate(await bundle('export * from "./test/xs/answers.ts";', "src"));
		});

		afterAll(() => machine.close());

		const slotsOf = async (name: string) =>
			(await measure(machine, `((count) => ${GLOBAL}.answer("${name}", count))`, 20)).slots;

		test.each(["text", "typed", "long", "octets", "field", "pieces", "inPlace", "part"])(
			"%s: nothing",
			async (name) => {
				expect(await slotsOf(name)).toBe(0);
			},
		);

		test("JSON: what JSON.stringify leaves", async () => {
			const alone = await measure(machine, `((count) => ${GLOBAL}.stringify(count))`, 20);
			expect(await slotsOf("json")).toBe(alone.slots);
		});
	});

	describe("what a feature leaves", () => {
		let machine: XsMachine;

		beforeAll(async () => {
			machine = new XsMachine(findEngine().worker);
			await machine.evaluate(await bundle('export * from "./test/xs/feature-answers.ts";', "src"));
			await machine.evaluate(`${GLOBAL}.feature("login", 1)`);
			await machine.evaluate(`${GLOBAL}.feature("locked", 1)`);
		});

		afterAll(() => machine.close());

		const measured = (name: string) => measure(machine, `((count) => ${GLOBAL}.feature("${name}", count))`, 60);

		test.each([
			"chain",
			"chainedPrebuilt",
			"chainedResource",
			"refusal",
			"session",
			"stranger",
			"basic",
			"locked",
			"digest",
			"guards",
		])("%s: nothing", async (name) => {
			expect((await measured(name)).slots).toBe(0);
		});

		test("the fields of a chain, and its links, cost a prebuilt response little", async () => {
			const [alone, chained] = [await measured("prebuilt"), await measured("chainedPrebuilt")];
			expect(chained.computrons - alone.computrons).toBeLessThan(CHAIN_COMPUTRONS_MAX);
		});

		test("counted and logged: nothing", async () => {
			expect((await measure(machine, `((count) => ${GLOBAL}.observed(count))`, 20)).slots).toBe(0);
		});
	});

	describe("what an upload leaves", () => {
		let machine: XsMachine;
		const call = (code: string) => machine.evaluate(`${GLOBAL}.${code}`);
		const slotsOf = async (code: string) => (await measure(machine, `((count) => ${GLOBAL}.${code})`, 60)).slots;

		beforeAll(async () => {
			machine = new XsMachine(findEngine().worker);
			await machine.evaluate(await bundle('export * from "./test/xs/upload-answers.ts";', "src"));
			await call("createUpload()");
		});

		afterAll(() => machine.close());

		test.each([
			["head", 22],
			["missing", 22],
			// A ticket, and a request and a response to take the place of those that it may be held with.
			["patch", 37],
		] as const)("a request of the kind %s: %i slots at most", async (name, slots) => {
			expect(await slotsOf(`uploadRequest("${name}", count)`)).toBeLessThanOrEqual(slots);
		});

		test("a piece: nothing, on its way into a sink for firmware", async () => {
			await call("beginUpload()");
			expect(await slotsOf("uploadPieces(count)")).toBe(0);
			await call("checkFlash()");
		});
	});
});
