// The SDK's timers: modules/base/timer/mc/timer.c, which the boards have, and modules/base/timer/lin/timer.c on GLib. For
// the double: the Timer class, and the sockets of the Linux build, which poll.

/** What a timer calls. */
export interface TimerTask {
	run(timer: NativeTimer): void;
	/** Whether `run` would do nothing, and goes on to do nothing until something else happens. Default: no. */
	readonly isIdle?: boolean;
}

/** What modTimer.h declares. */
export interface NativeTimer {
	/** 0: it fires once. */
	readonly secondInterval: number;
}

/** The timers of a program, in virtual time. */
export interface Timers {
	add(first: number, second: number, task: TimerTask): NativeTimer;
	reschedule(timer: NativeTimer, first: number, second: number): void;
	unschedule(timer: NativeTimer): void;
	remove(timer: NativeTimer): void;
	/** Runs what is due now; false when nothing was. */
	execute(now: number): boolean;
	/** When the next is due; Infinity when none is. */
	readonly next: number;
	/** Nothing else happens before `until`: lets the runs before that pass that would do nothing. */
	skipIdle(until: number): void;
	/** The program is gone, and all of its timers. */
	clear(): void;
	/** How many there are, those that stand still included; on GLib, how many sources. */
	readonly count: number;
}

/** Takes one out, without the garbage of `splice`. */
function remove<T>(list: T[], one: T): void {
	const index = list.indexOf(one);
	if (index < 0) return;
	list.copyWithin(index, index + 1);
	list.pop();
}

class McTimer implements NativeTimer {
	trigger = 0;
	secondInterval = 0;
	isUnscheduled = false;
	isFiring = false;
	useCount = 1;
	readonly task: TimerTask;

	constructor(task: TimerTask) {
		this.task = task;
	}
}

/** The clock a program's timers have. */
export interface Clock {
	readonly time: number;
}

/** modules/base/timer/mc/timer.c */
export class McTimers implements Timers {
	readonly #clock: Clock;
	/** gTimers: in the order they were added. */
	readonly #timers: McTimer[] = [];
	/** What `next` said; NaN: it has to look. */
	#next = Number.POSITIVE_INFINITY;

	constructor(clock: Clock) {
		this.#clock = clock;
	}

	add(first: number, second: number, task: TimerTask): NativeTimer {
		const timer = new McTimer(task);
		timer.trigger = this.#clock.time + first;
		timer.secondInterval = second;
		this.#timers.push(timer);
		this.#next = Number.NaN;
		return timer;
	}

	/** modTimerReschedule */
	reschedule(timer: McTimer, first: number, second: number): void {
		timer.trigger = this.#clock.time + first;
		timer.secondInterval = second;
		timer.isUnscheduled = false;
		this.#next = Number.NaN;
	}

	/** modTimerUnschedule */
	unschedule(timer: McTimer): void {
		timer.isUnscheduled = true;
		timer.isFiring = false;
		timer.secondInterval = -1;
		this.#next = Number.NaN;
	}

	/** modTimerRemove */
	remove(timer: McTimer): void {
		if (!this.#timers.includes(timer)) return;
		timer.isUnscheduled = true;
		this.#next = Number.NaN;
		timer.useCount -= 1;
		if (timer.useCount <= 0) remove(this.#timers, timer);
	}

	/** modTimersExecute: those added meanwhile have to wait; a one-shot timer is removed, whatever its callback did. */
	execute(now: number): boolean {
		if (this.next > now) return false;
		const timers = this.#timers;
		let hasRun = false;
		for (let index = 0; index < timers.length; index += 1) {
			const timer = timers[index] as McTimer;
			if (!timer.isUnscheduled && timer.trigger <= now) timer.isFiring = true;
		}
		for (let index = 0; index < timers.length; ) {
			const timer = timers[index] as McTimer;
			index += 1;
			if (!timer.isFiring) continue;
			timer.isFiring = false;
			timer.trigger += timer.secondInterval;
			this.#next = Number.NaN;
			timer.useCount += 1;
			hasRun = true;
			timer.task.run(timer);
			timer.useCount -= 1;
			if (timer.useCount > 0 && timer.secondInterval !== 0) continue;
			this.remove(timer);
			index = 0;
		}
		return hasRun;
	}

	get count(): number {
		return this.#timers.length;
	}

	clear(): void {
		this.#timers.length = 0;
		this.#next = Number.POSITIVE_INFINITY;
	}

	get next(): number {
		if (Number.isNaN(this.#next)) this.#next = this.#soonest();
		return this.#next;
	}

	#soonest(): number {
		let next = Number.POSITIVE_INFINITY;
		for (let index = 0; index < this.#timers.length; index += 1) {
			const timer = this.#timers[index] as McTimer;
			if (!timer.isUnscheduled && timer.trigger < next) next = timer.trigger;
		}
		return next;
	}

	/** No task of the boards is idle. */
	skipIdle(_until: number): void {}
}

/** A timeout source of GLib's main loop. */
class Source {
	ready = 0;
	isDestroyed = false;
	/** Whether its turn has come in this turn of the main loop. */
	isReady = false;
	readonly interval: number;
	readonly isHigh: boolean;
	readonly timer: LinTimer;

	constructor(timer: LinTimer, interval: number, isHigh: boolean) {
		this.timer = timer;
		this.interval = interval;
		this.isHigh = isHigh;
	}

	/** Whether all that came of a run would be the next one. */
	get isIdle(): boolean {
		const { timer } = this;
		return this.interval > 0 && timer.interval === timer.first && timer.task.isIdle === true;
	}
}

class LinTimer implements NativeTimer {
	source: Source | null = null;
	isRemoved = false;
	isFreed = false;
	useCount = 1;
	first = 0;
	interval = 0;
	readonly task: TimerTask;

	constructor(task: TimerTask) {
		this.task = task;
	}

	/** modTimerGetSecondInterval */
	get secondInterval(): number {
		return this.source === null ? -1 : this.interval;
	}
}

/** modules/base/timer/lin/timer.c */
export class LinTimers implements Timers {
	readonly #clock: Clock;
	readonly #onFault: (what: string) => void;
	readonly #sources: Source[] = [];
	/** How often a source has gone. */
	#goneCount = 0;
	/** What `next` said; NaN: it has to look. */
	#next = Number.POSITIVE_INFINITY;

	/** `onFault`: told when freed memory would be used. */
	constructor(clock: Clock, onFault: (what: string) => void) {
		this.#clock = clock;
		this.#onFault = onFault;
	}

	add(first: number, second: number, task: TimerTask): NativeTimer {
		const timer = new LinTimer(task);
		this.#attach(timer, first, second);
		return timer;
	}

	#attach(timer: LinTimer, first: number, second: number): void {
		timer.first = first;
		timer.interval = second;
		timer.source = this.#addSource(timer, first, first === 0 && second === 0);
	}

	/** g_timeout_add */
	#addSource(timer: LinTimer, interval: number, isHigh: boolean): Source {
		const source = new Source(timer, interval, isHigh);
		source.ready = this.#clock.time + interval;
		this.#sources.push(source);
		this.#next = Number.NaN;
		return source;
	}

	/** g_source_remove */
	#destroy(source: Source | null): void {
		if (source === null || source.isDestroyed) return;
		source.isDestroyed = true;
		this.#next = Number.NaN;
		this.#goneCount += 1;
		remove(this.#sources, source);
	}

	/** modTimerReschedule */
	reschedule(timer: LinTimer, first: number, second: number): void {
		this.#destroy(timer.source);
		this.#attach(timer, first, second);
	}

	/** modTimerUnschedule */
	unschedule(timer: LinTimer): void {
		if (timer.isRemoved) return;
		this.#destroy(timer.source);
		timer.source = null;
	}

	/** modTimerRemove */
	remove(timer: LinTimer): void {
		if (timer.isFreed) return;
		this.#destroy(timer.source);
		timer.source = null;
		timer.isRemoved = true;
		timer.useCount -= 1;
		if (timer.useCount <= 0) timer.isFreed = true;
	}

	/** One turn of the main loop: of what is due, only what has the highest priority is dispatched, oldest source first. */
	execute(now: number): boolean {
		if (this.next > now) return false;
		const sources = this.#sources;
		let isHigh = false;
		for (let index = 0; index < sources.length; index += 1) {
			const source = sources[index] as Source;
			source.isReady = source.ready <= now;
			if (source.isReady && source.isHigh) isHigh = true;
		}
		let hasRun = false;
		for (let index = 0; index < sources.length; ) {
			const source = sources[index] as Source;
			index += 1;
			if (!source.isReady || source.isHigh !== isHigh) continue;
			source.isReady = false;
			hasRun = true;
			const before = this.#goneCount;
			if (this.#executeOne(source)) source.ready = this.#clock.time + source.interval;
			else this.#destroy(source);
			this.#next = Number.NaN;
			// Where sources have gone, others have moved. Those that have come stand at the end, and are not ready.
			if (this.#goneCount !== before) index = 0;
		}
		return hasRun;
	}

	/**
	 * modTimerExecuteOne; true: the source goes on. Where `first` and `interval` differ, a timer that was scheduled in its own
	 * callback gets a second source, and the first is never removed.
	 */
	#executeOne(source: Source): boolean {
		const { timer } = source;
		if (timer.isFreed) this.#onFault("a timer's source has outlived it");
		if (timer.isRemoved) {
			this.remove(timer);
			return false;
		}
		timer.useCount += 1;
		timer.task.run(timer);
		timer.useCount -= 1;
		if (timer.useCount <= 0 || timer.interval === 0) {
			this.remove(timer);
			return false;
		}
		if (timer.first === timer.interval) return true;
		timer.source = this.#addSource(timer, timer.interval, false);
		timer.first = timer.interval;
		return false;
	}

	get count(): number {
		return this.#sources.length;
	}

	clear(): void {
		this.#goneCount += 1;
		this.#sources.length = 0;
		this.#next = Number.POSITIVE_INFINITY;
	}

	get next(): number {
		if (Number.isNaN(this.#next)) this.#next = this.#soonest();
		return this.#next;
	}

	#soonest(): number {
		let next = Number.POSITIVE_INFINITY;
		for (let index = 0; index < this.#sources.length; index += 1) {
			const { ready } = this.#sources[index] as Source;
			if (ready < next) next = ready;
		}
		return next;
	}

	skipIdle(until: number): void {
		if (this.next >= until) return;
		const sources = this.#sources;
		let end = until;
		for (let index = 0; index < sources.length; index += 1) {
			const source = sources[index] as Source;
			if (source.ready < end && !source.isIdle) end = source.ready;
		}
		for (let index = 0; index < sources.length; index += 1) {
			const source = sources[index] as Source;
			// One by one, as `execute` adds them: a product may be another number.
			while (source.ready < end) source.ready += source.interval;
		}
		this.#next = Number.NaN;
	}
}

/** The face of modules/base/timer/timer.js over modules/base/timer/modTimer.c. */
export interface TimerClass {
	set(callback: (timer: object) => void, delay?: number, repeat?: number): object;
	repeat(callback: (timer: object) => void, delay: number): object;
	schedule(id: object, delay?: number, repeat?: number): void;
	clear(id?: object): void;
}

/** What `Timer.set` returns: a host object with the timer in it. */
class Handle implements TimerTask {
	native: NativeTimer | null = null;
	callback: ((timer: object) => void) | null;

	constructor(callback: (timer: object) => void) {
		this.callback = callback;
	}

	/** xs_timer_callback: a timer that has fired for the last time cannot be scheduled again. */
	run(timer: NativeTimer): void {
		this.callback?.(this);
		if (this.callback !== null && timer.secondInterval === 0) this.native = null;
	}
}

/** The Timer class of a program. */
export function timerClass(timers: Timers): TimerClass {
	/** createTimer */
	function create(callback: (timer: object) => void, interval: number, repeat: number): object {
		const handle = new Handle(callback);
		handle.native = timers.add(interval | 0, repeat | 0, handle);
		return handle;
	}
	return {
		set: (callback, delay = 0, repeat = 0) => create(callback, delay, repeat),
		repeat: (callback, delay) => create(callback, delay, delay),
		schedule(id, delay, repeat = 0) {
			const native = id instanceof Handle ? id.native : null;
			if (native === null) throw new SyntaxError("C: xsGetHostData: no host data");
			if (delay === undefined) timers.unschedule(native);
			else timers.reschedule(native, delay | 0, repeat | 0);
		},
		clear(id) {
			if (!(id instanceof Handle) || id.native === null) return;
			id.callback = null;
			timers.remove(id.native);
			id.native = null;
		},
	};
}
