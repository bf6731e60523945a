// All that this app wants of the time, in one place: a build for a board whose engine has no `setTimeout` replaces this
// file by one on its own timer (board-clock.ts).

/** As browsers and Node have it; declared here because boards are compiled without the types of either. */
declare function setTimeout(callback: () => void, delayMs: number): unknown;
declare function clearTimeout(timer: unknown): void;

/** Milliseconds since 1970-01-01T00:00:00Z. */
export function now(): number {
	return Date.now();
}

/** Takes back what `after` was to call; does nothing when that was called. */
export type Cancel = () => void;

/** Calls `callback` once, `delayMs` from now, unless it is taken back. */
export function after(delayMs: number, callback: () => void): Cancel {
	let isWaiting = true;
	const timer = setTimeout(() => {
		isWaiting = false;
		callback();
	}, delayMs);
	return () => {
		// The timers of a board know only those that wait.
		if (isWaiting) clearTimeout(timer);
		isWaiting = false;
	};
}
