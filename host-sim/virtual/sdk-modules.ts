// The SDK's modules `timer` and `time` for an app that imports them: those of the board whose simulation runs. A test runner
// is told to take these in place of the SDK's (docs/testing.md). For apps under test.

import { currentTime } from "./app-time.js";

/** modules/base/timer/timer.js */
export const Timer = Object.freeze({
	/** Calls `callback` in `delay` milliseconds, and with `repeat` again each time so many have passed. */
	set(callback: (timer: object) => void, delay = 0, repeat = 0): object {
		const time = currentTime();
		return time.network.Timer.set(time.guarded(callback), delay, repeat);
	},
	repeat(callback: (timer: object) => void, delay: number): object {
		const time = currentTime();
		return time.network.Timer.repeat(time.guarded(callback), delay);
	},
	/** Without a delay the timer stands still. */
	schedule(timer: object, delay?: number, repeat?: number): void {
		currentTime().network.Timer.schedule(timer, delay, repeat);
	},
	clear(timer?: object): void {
		currentTime().network.Timer.clear(timer);
	},
});

/** modules/base/time/time.js, as far as it tells the time. */
export const Time = Object.freeze({
	/** Milliseconds from an arbitrary start. */
	get ticks(): number {
		return currentTime().network.Time.ticks;
	},
});
