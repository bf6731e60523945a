// What clock.ts is on a board: the SDK's timer, since its engine has no `setTimeout`. manifest.json puts it in the place of
// clock.ts; with mcpack there is no need, as mcpack defines `setTimeout` for whoever names it.

import Timer from "timer";

export function now(): number {
	return Date.now();
}

export function after(delayMs: number, callback: () => void): void {
	Timer.set(callback, delayMs);
}
