// The one timer of the SDK that serves the whole server. For the platform.
//
// It repeats, since a timer that fires once is gone when its callback returns, even if the callback has scheduled it
// again (modTimersExecute in modules/base/timer/mc/timer.c). The first delay and the repeated one are always the same: where
// they differ, a timer of the Linux build that is scheduled in its own callback leaves another behind that nobody can stop
// (modTimerExecuteOne in modules/base/timer/lin/timer.c).

import { later, since } from "../../src/clock.js";
import type { Sockets, TimerHandle } from "./sockets.js";

/** Who is told that time has come. */
export interface AlarmOwner {
	alarm(): void;
}

export class Alarm {
	private readonly sockets: Sockets;
	private readonly owner: AlarmOwner;
	private timer: TimerHandle | null = null;
	private isSet = false;
	private due = 0;
	private isFiring = false;

	constructor(sockets: Sockets, owner: AlarmOwner) {
		this.sockets = sockets;
		this.owner = owner;
	}

	/** Calls `owner.alarm` in `delayMs`, at least a millisecond, or a little later. Replaces what was set. */
	set(now: number, delayMs: number): void {
		this.isSet = true;
		this.due = later(now, delayMs);
		if (!this.isFiring) this.schedule(delayMs);
	}

	clear(): void {
		if (!this.isSet) return;
		this.isSet = false;
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
		this.isSet = false;
		this.owner.alarm();
		this.isFiring = false;
		if (this.isSet) this.schedule(since(this.sockets.Time.ticks | 0, this.due));
		else this.stop();
	}
}
