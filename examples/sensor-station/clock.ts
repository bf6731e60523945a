// All that this app wants of the time, in one place: a build for a board whose engine has no `setTimeout` replaces this
// file by one on its own timer (board-clock.ts).

/** As browsers and Node have it; declared here because boards are compiled without the types of either. */
declare function setTimeout(callback: () => void, delayMs: number): unknown;

/** Milliseconds since 1970-01-01T00:00:00Z. */
export function now(): number {
	return Date.now();
}

/** Calls `callback` once, `delayMs` from now. */
export function after(delayMs: number, callback: () => void): void {
	setTimeout(callback, delayMs);
}
