// The meter of bench:xs: exact, and able to see what it is there for.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { measure } from "../bench/xs-meter.mjs";
import { findEngine } from "./xs/engine.mjs";
import { XsMachine } from "./xs/machine.mjs";
import { describeOnXs } from "./xs/sides.js";

/** A script of the function that does something `count` times. */
function often(statement: string, before = ""): string {
	return `((count) => { ${before}; for (let index = 0; index < count; index += 1) { ${statement} } })`;
}

await describeOnXs("the meter on XS", async () => {
	describe("the meter on XS", () => {
		let machine: XsMachine;

		beforeAll(() => {
			machine = new XsMachine(findEngine().worker);
		});

		afterAll(() => machine.close());

		test("repeats exactly, whatever the count", async () => {
			const work = often("sum = (sum + index) | 0;", "let sum = 0");
			const costs = [
				await measure(machine, work, 10),
				await measure(machine, work, 10),
				await measure(machine, work, 1000),
			];
			expect(costs[0]?.computrons).toBeGreaterThan(5);
			expect(costs[1]).toEqual(costs[0]);
			expect(costs[2]).toEqual(costs[0]);
			expect(costs[0]).toMatchObject({ slots: 0, chunkOctets: 0 });
		});

		test.each([
			["a view", "new Uint8Array(buffer);", "const buffer = new ArrayBuffer(8)", 4],
			["an object literal", "({ a: index, b: index });", "", 3],
			["a loop over an iterator", "for (const one of list) last = one;", "const list = [1]; let last", 8],
		])("sees the slots of %s", async (_what, statement, before, slots) => {
			const empty = await measure(machine, often("", before), 100);
			const cost = await measure(machine, often(statement, before), 100);
			expect(empty.slots).toBe(0);
			expect(cost.slots).toBe(slots);
		});

		test("sees the chunks of strings, which leave no slot", async () => {
			const cost = await measure(machine, often("text + index;", 'const text = "x".repeat(1000)'), 10);
			expect(cost.slots).toBe(0);
			expect(cost.chunkOctets).toBeGreaterThan(1000);
			expect(cost.chunkOctets).toBeLessThan(1100);
		});

		test("sees how deep the stack is", async () => {
			const deep = (depth: number) =>
				often(`down(${depth});`, "const down = (left) => (left > 0 ? down(left - 1) + 1 : 0)");
			const [ten, eleven, twelve] = [
				await measure(machine, deep(10), 10),
				await measure(machine, deep(11), 10),
				await measure(machine, deep(12), 10),
			];
			const frame = eleven.stackSlots - ten.stackSlots;
			expect(frame).toBeGreaterThan(5);
			expect(twelve.stackSlots - eleven.stackSlots).toBe(frame);
		});

		test("refuses what is another cost each time, or more garbage than the heap holds", async () => {
			await expect(
				measure(machine, "((count) => { for (let left = count * count; left > 0; left -= 1); })", 10),
			).rejects.toThrow("computrons are");
			await expect(measure(machine, often("({});"), 500_000)).rejects.toThrow("slots are");
		});
	});
});
