// The one timer of the SDK that serves the whole server. A layer of the platform: one object for the sake of memory.
//
// It repeats, since a timer that fires once is gone when its callback returns, even if the callback has scheduled it
// again (modTimersExecute in modules/base/timer/mc/timer.c). The first delay and the repeated one are always the same: where
// they differ, a timer of the Linux build that is scheduled in its own callback leaves another behind that nobody can stop
// (modTimerExecuteOne in modules/base/timer/lin/timer.c).

import { later, since } from "../../src/clock.js";
import type { Sockets, TimerHandle } from "./sockets.js";

export abstract class Alarm {
	readonly sockets: Sockets;
	private timer: TimerHandle | null = null;
	private isAlarmSet = false;
	private alarmDue = 0;
	private isFiring = false;

	constructor(sockets: Sockets) {
		this.sockets = sockets;
	}

	/** Time has come. */
	protected abstract alarm(): void;

	/** Calls `alarm` in `delayMs`, at least a millisecond, or a little later. Replaces what was set. */
	protected setAlarm(now: number, delayMs: number): void {
		this.isAlarmSet = true;
		this.alarmDue = later(now, delayMs);
		if (!this.isFiring) this.schedule(delayMs);
	}

	protected clearAlarm(): void {
		if (!this.isAlarmSet) return;
		this.isAlarmSet = false;
		if (!this.isFiring) this.stop();
	}

	private schedule(delayMs: number): void {
		const delay = delayMs < 1 ? 1 : delayMs;
		if (this.timer === null) this.timer = this.sockets.Timer.set(() => this.fire(), delay, delay);
		else this.sockets.Timer.schedule(this.timer, delay, delay);
	}

	private stop(): void {
		if (this.timer !== null) this.sockets.Timer.schedule(this.timer);
	}

	private fire(): void {
		// What is set meanwhile is scheduled once, at the end.
		this.isFiring = true;
		this.isAlarmSet = false;
		this.alarm();
		this.isFiring = false;
		if (this.isAlarmSet) this.schedule(since(this.sockets.Time.ticks | 0, this.alarmDue));
		else this.stop();
	}
}
