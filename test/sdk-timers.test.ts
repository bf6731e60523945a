// When the double's timers are due next (host-sim/sdk/timers.ts): it is remembered, and has to be looked up again whenever it may
// have changed.

import { describe, expect, test } from "vitest";
import { LinTimers, McTimers, type Timers } from "../host-sim/sdk/timers.js";

const MAKERS: readonly [string, (clock: { time: number }) => Timers][] = [
	["on the boards", (clock) => new McTimers(clock)],
	["on Linux", (clock) => new LinTimers(clock, () => {})],
];

const TASK = { run() {} };

describe.each(MAKERS)("the next timer, %s", (_, make) => {
	test("is another after every change", () => {
		const clock = { time: 0 };
		const timers = make(clock);
		expect(timers.next).toBe(Number.POSITIVE_INFINITY);
		const one = timers.add(30, 30, TASK);
		expect(timers.next).toBe(30);
		const other = timers.add(10, 10, TASK);
		expect(timers.next).toBe(10);
		timers.unschedule(other);
		expect(timers.next).toBe(30);
		timers.reschedule(other, 5, 5);
		expect(timers.next).toBe(5);
		timers.reschedule(other, 20, 20);
		expect(timers.next).toBe(20);
		timers.remove(other);
		expect(timers.next).toBe(30);
		timers.reschedule(one, 40, 40);
		expect(timers.next).toBe(40);
		timers.clear();
		expect(timers.next).toBe(Number.POSITIVE_INFINITY);
	});

	test("is the one after it when it has run, and nothing runs before", () => {
		const clock = { time: 0 };
		const timers = make(clock);
		const ran: number[] = [];
		const task = { run: () => void ran.push(clock.time) };
		timers.add(30, 30, task);
		timers.add(45, 0, task);
		for (clock.time = 0; clock.time <= 100; clock.time += 1) {
			const { next } = timers;
			expect(timers.execute(clock.time)).toBe(next <= clock.time);
			expect(timers.next).toBeGreaterThan(clock.time);
		}
		expect(ran).toEqual([30, 45, 60, 90]);
	});
});
