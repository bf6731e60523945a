// The time that an app lives in while a simulation runs: the globals `setTimeout`, `setInterval`, `setImmediate`, `Date` and
// `performance.now`, as far as the engine has them, on the timers of the simulated board. They are put in place when the
// simulation goes on and taken away when it stands still, so that the test around it has its own. For the simulation.

import type { Network } from "../sdk/network.js";

type Callback = (...values: unknown[]) => void;

/** What `setTimeout` returns: an object that can do what Node's can, and a number where one is wanted. */
class TimeoutHandle {
	readonly number: number;
	timer: object | null = null;

	constructor(number: number) {
		this.number = number;
	}

	ref(): this {
		return this;
	}

	unref(): this {
		return this;
	}

	[Symbol.toPrimitive](): number {
		return this.number;
	}
}

/** The longest delay, in milliseconds; a longer one, or less than 1, counts as 1. */
const DELAY_MAX_MS = 0x7fff_ffff;

type Globals = Record<string, unknown>;

const NAMES = ["setTimeout", "setInterval", "setImmediate", "clearTimeout", "clearInterval", "clearImmediate", "Date"];

/** Whose time it is, for the SDK's modules (sdk-modules.ts): the innermost where simulations are nested. */
let current: AppTime | null = null;

/** The time of the simulation that runs. Throws Error when none does. */
export function currentTime(): AppTime {
	if (current !== null) return current;
	throw new Error("there is no time here: a timer of the simulation was used while none runs");
}

export class AppTime {
	/** What `Date` says now is more than the time that has passed, in milliseconds since 1970. */
	epochMs: number;
	/** How many timers of the app wait. */
	timerCount = 0;
	readonly #network: Network;
	readonly #onError: (error: unknown) => void;
	readonly #own: Globals = {};
	readonly #handles = new Map<number, TimeoutHandle>();
	readonly #performanceNow: () => number;
	#before: Globals = {};
	#performanceBefore: PropertyDescriptor | undefined;
	#depth = 0;
	#outer: AppTime | null = null;
	#handleCount = 0;

	/** `onError`: told what a timer's callback throws. */
	constructor(network: Network, epochMs: number, onError: (error: unknown) => void) {
		this.#network = network;
		this.epochMs = epochMs;
		this.#onError = onError;
		const clear = (handle: unknown) => this.clear(handle);
		const own: Globals = {
			setTimeout: (callback: Callback, delayMs?: number, ...values: unknown[]) =>
				this.set(callback, delayMs, 0, values),
			setInterval: (callback: Callback, delayMs?: number, ...values: unknown[]) =>
				this.set(callback, delayMs, 1, values),
			setImmediate: (callback: Callback, ...values: unknown[]) => this.set(callback, 0, 0, values),
			clearTimeout: clear,
			clearInterval: clear,
			clearImmediate: clear,
			Date: dateClass(() => this.nowMs),
		};
		const globals = globalThis as unknown as Globals;
		for (const name of NAMES) if (globals[name] !== undefined) this.#own[name] = own[name];
		this.#performanceNow = () => network.time;
	}

	/** What `Date.now` says to the app. */
	get nowMs(): number {
		return Math.floor(this.epochMs + this.#network.time);
	}

	/** From now on the app's time is everybody's. Calls may be nested. */
	enter(): void {
		this.#depth += 1;
		if (this.#depth > 1) return;
		this.#outer = current;
		current = this;
		const globals = globalThis as unknown as Globals;
		for (const name in this.#own) {
			this.#before[name] = globals[name];
			globals[name] = this.#own[name];
		}
		const performance = globals.performance as { now(): number } | undefined;
		if (performance === undefined) return;
		this.#performanceBefore = Object.getOwnPropertyDescriptor(performance, "now");
		performance.now = this.#performanceNow;
	}

	/** Everybody has their own again. */
	leave(): void {
		this.#depth -= 1;
		if (this.#depth > 0) return;
		current = this.#outer;
		const globals = globalThis as unknown as Globals;
		for (const name in this.#own) globals[name] = this.#before[name];
		this.#before = {};
		const performance = globals.performance as { now?(): number } | undefined;
		if (performance === undefined) return;
		// Without one of its own it has inherited it.
		if (this.#performanceBefore === undefined) delete performance.now;
		else Object.defineProperty(performance, "now", this.#performanceBefore);
	}

	/** The program is gone, and its timers with it. */
	clearAll(): void {
		for (const handle of this.#handles.values()) handle.timer = null;
		this.#handles.clear();
		this.timerCount = 0;
	}

	private set(callback: Callback, delayMs: number | undefined, repeats: number, values: unknown[]): TimeoutHandle {
		if (typeof callback !== "function") throw new TypeError("a timer calls a function");
		this.#handleCount += 1;
		const handle = new TimeoutHandle(this.#handleCount);
		const delay = Number(delayMs) >= 1 && Number(delayMs) <= DELAY_MAX_MS ? Math.floor(Number(delayMs)) : 1;
		const run = this.guarded(() => {
			if (repeats === 0) this.forget(handle);
			callback(...values);
		});
		handle.timer = this.#network.Timer.set(run, delay, repeats === 0 ? 0 : delay);
		this.timerCount += 1;
		this.#handles.set(handle.number, handle);
		return handle;
	}

	/** The same, but what it throws is told: it would end the program on a board. */
	guarded<Arguments extends unknown[]>(call: (...values: Arguments) => void): (...values: Arguments) => void {
		return (...values) => {
			try {
				call(...values);
			} catch (error) {
				this.#onError(error);
			}
		};
	}

	/** The SDK's Timer and Time of the board. */
	get network(): Network {
		return this.#network;
	}

	private clear(given: unknown): void {
		const handle = given instanceof TimeoutHandle ? given : this.#handles.get(Number(given));
		if (handle === undefined || handle.timer === null) return;
		this.#network.Timer.clear(handle.timer);
		this.forget(handle);
	}

	private forget(handle: TimeoutHandle): void {
		if (handle.timer === null) return;
		handle.timer = null;
		this.timerCount -= 1;
		this.#handles.delete(handle.number);
	}
}

/** `Date`, for which it is `now()`. */
function dateClass(now: () => number): DateConstructor {
	const Real = Date;
	return new Proxy(Real, {
		construct: (target, values, newTarget) =>
			Reflect.construct(target, values.length === 0 ? [now()] : values, newTarget),
		apply: () => new Real(now()).toString(),
		get: (target, name, receiver) => (name === "now" ? now : Reflect.get(target, name, receiver)),
	});
}
