// The time that an app lives in while a simulation runs: the globals `setTimeout`, `setInterval`, `setImmediate`, `Date` and
// `performance.now`, as far as the engine has them, on the timers of the simulated board. They are put in place when the
// simulation goes on and taken away when it stands still, so that the test around it has its own. For the simulation.

import type { Network } from "../sdk/network.js";
import { Substitutes } from "./substitutes.js";

type Callback = (...values: unknown[]) => void;

/** What `setTimeout` returns: an object that can do what Node's can, and a number where one is wanted. */
class TimeoutHandle {
	readonly number: number;
	timer: object | null = null;
	isCleared = false;
	private readonly restart: () => void;
	private readonly clear: () => void;

	constructor(number: number, restart: () => void, clear: () => void) {
		this.number = number;
		this.restart = restart;
		this.clear = clear;
	}

	ref(): this {
		return this;
	}

	unref(): this {
		return this;
	}

	/** Whether the program goes on for it alone: a board's always does. */
	hasRef(): boolean {
		return true;
	}

	/** Its time begins anew, if it has fired, too. */
	refresh(): this {
		if (!this.isCleared) this.restart();
		return this;
	}

	close(): this {
		this.clear();
		return this;
	}

	[Symbol.toPrimitive](): number {
		return this.number;
	}
}

/** The longest delay, in milliseconds; a longer one, or less than 1, counts as 1. */
const DELAY_MAX_MS = 0x7fff_ffff;

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
	/** What stands in the place of globals as long as the app's time is everybody's. */
	readonly substitutes: Substitutes = new Substitutes();
	readonly #network: Network;
	readonly #onError: (error: unknown) => void;
	readonly #handles = new Map<number, TimeoutHandle>();
	#depth = 0;
	#outer: AppTime | null = null;
	#handleCount = 0;

	/** `onError`: told what a timer's callback throws. */
	constructor(network: Network, epochMs: number, onError: (error: unknown) => void) {
		this.#network = network;
		this.epochMs = epochMs;
		this.#onError = onError;
		const clear = (handle: unknown) => this.clear(handle);
		const own = {
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
		for (const [name, value] of Object.entries(own)) this.substitutes.add(globalThis, name, value);
		const { performance } = globalThis as { performance?: object };
		this.substitutes.add(performance, "now", () => network.time);
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
		this.substitutes.put();
	}

	/** Everybody has their own again. */
	leave(): void {
		this.#depth -= 1;
		if (this.#depth > 0) return;
		current = this.#outer;
		this.substitutes.takeBack();
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
		const delay = Number(delayMs) >= 1 && Number(delayMs) <= DELAY_MAX_MS ? Math.floor(Number(delayMs)) : 1;
		const run = this.guarded(() => {
			if (repeats === 0) this.forget(handle);
			callback(...values);
		});
		const start = () => {
			this.stop(handle);
			handle.timer = this.#network.Timer.set(run, delay, repeats === 0 ? 0 : delay);
			this.timerCount += 1;
			this.#handles.set(handle.number, handle);
		};
		const handle = new TimeoutHandle(this.#handleCount, start, () => this.clear(handle));
		start();
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
		if (handle === undefined) return;
		handle.isCleared = true;
		this.stop(handle);
	}

	private stop(handle: TimeoutHandle): void {
		if (handle.timer === null) return;
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
