// The one timer of the SDK that serves the whole server. The second layer of the platform.
//
// It repeats, since a timer that fires once is gone when its callback returns, even if the callback has scheduled it
// again (modTimersExecute in modules/base/timer/mc/timer.c). The first delay and the repeated one are always the same: where
// they differ, a timer of the Linux build that is scheduled in its own callback leaves another behind that nobody can stop
// (modTimerExecuteOne in modules/base/timer/lin/timer.c).

import { SocketMemory } from "./memory.js";
import type { Sockets, TimerHandle } from "./sockets.js";

export abstract class Alarm extends SocketMemory {
	readonly sockets: Sockets;
	private timer: TimerHandle | null = null;
	private isFiring = false;

	/** `canSendFlash`, `bufferLength`: as SocketMemory has them. */
	constructor(sockets: Sockets, canSendFlash: boolean, bufferLength: number) {
		super(canSendFlash, bufferLength);
		this.sockets = sockets;
	}

	/** Time has come: does what is due. */
	protected abstract alarm(): void;
	/** Calls `setAlarm` or `clearAlarm`, as what is to be done next wants it. */
	protected abstract renewAlarm(now: number): void;

	/** Calls `alarm` in `delayMs`, at least a millisecond, or a little later. Replaces what was set. */
	protected setAlarm(delayMs: number): void {
		// What an alarm brings about is scheduled once, at its end.
		if (this.isFiring) return;
		const delay = delayMs < 1 ? 1 : delayMs;
		if (this.timer === null) this.timer = this.sockets.Timer.set(() => this.fire(), delay, delay);
		else this.sockets.Timer.schedule(this.timer, delay, delay);
	}

	protected clearAlarm(): void {
		if (this.timer !== null && !this.isFiring) this.sockets.Timer.schedule(this.timer);
	}

	private fire(): void {
		this.isFiring = true;
		this.alarm();
		this.isFiring = false;
		this.renewAlarm(this.sockets.Time.ticks | 0);
	}
}
