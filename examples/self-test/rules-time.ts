// Rules of the contract: timers and the clock. For contract.ts.

import { LWIP_ALL, type Rule, SETTLE_MS, thrownBy } from "./contract-trial.js";

export const TIME_RULES: readonly Rule[] = [
	{
		// modTimersExecute removes a timer without a repeat when its callback returns
		name: "a timer that fires once is gone, even if its callback schedules it again",
		only: LWIP_ALL,
		*run(trial) {
			const { Timer } = trial.bench;
			let fired = 0;
			const timer = Timer.set(() => {
				fired += 1;
				Timer.schedule(timer, 10);
			}, 10);
			yield 200;
			trial.equal(fired, 1, "times fired");
			trial.isTrue(thrownBy(() => Timer.schedule(timer, 10)) !== "", "it cannot be scheduled any more");
		},
	},
	{
		name: "a timer that repeats can be scheduled, stopped and scheduled again, in its callback and outside",
		*run(trial) {
			const { Timer } = trial.bench;
			let fired = 0;
			let next = 0;
			const timer = Timer.set(
				() => {
					fired += 1;
					if (next > 0) Timer.schedule(timer, next, next);
					else Timer.schedule(timer);
				},
				20,
				20,
			);
			next = 100;
			yield 50;
			trial.equal(fired, 1, "times fired at first");
			yield 100;
			trial.equal(fired, 2, "times fired after it was scheduled in its callback");
			next = 0;
			yield 100;
			trial.equal(fired, 3, "times fired before it was stopped");
			yield 500;
			trial.equal(fired, 3, "times fired after it was stopped");
			Timer.schedule(timer, 20, 20);
			yield 50;
			trial.equal(fired, 4, "times fired after it was scheduled again");
			Timer.clear(timer);
		},
	},
	{
		// modTimerExecuteOne adds a second source when `first` and `interval` differ, and forgets the one that is there
		name: "on Linux a timer scheduled in its callback with two different delays cannot be stopped any more",
		only: ["lin"],
		*run(trial) {
			const { Timer } = trial.bench;
			let fired = 0;
			let isOver = false;
			const timer = Timer.set(
				() => {
					fired += 1;
					if (fired === 1) Timer.schedule(timer, 30, 1000);
					// In its own callback it can be given up safely.
					if (isOver) Timer.clear(timer);
				},
				20,
				20,
			);
			yield 300;
			trial.isTrue(fired > 5, "it fires every 30 ms, not every second");
			Timer.schedule(timer);
			const before = fired;
			yield 200;
			trial.isTrue(fired > before, "it fires though it was stopped");
			isOver = true;
			yield 100;
		},
	},
	{
		// loop_task: modTimersExecute, then modMessageService
		name: "after the program was busy, timers that are due come before what has arrived",
		only: LWIP_ALL,
		needs: ["atOnce"],
		*run(trial) {
			const { bench } = trial;
			const [peer, log] = yield* trial.open();
			log.events.length = 0;
			const timer = bench.Timer.set(() => log.events.push("timer"), 10);
			peer.send("abc");
			bench.busy(50);
			yield SETTLE_MS;
			trial.equal(log.names(), "timer readable", "events");
			bench.Timer.clear(timer);
		},
	},
	{
		// xs_time_ticks
		name: "the clock counts milliseconds, in 32 bits on a board",
		*run(trial) {
			const { Time, kind } = trial.bench;
			const start = Time.ticks;
			yield 100;
			const passed = ((Time.ticks | 0) - (start | 0)) | 0;
			trial.isTrue(passed >= 99 && passed < 1000, `100 ms are about 100, not ${passed}`);
			if (kind !== "lin") trial.equal(Time.ticks, Time.ticks | 0, "a 32-bit integer");
		},
	},
];
