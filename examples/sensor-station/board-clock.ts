// What clock.ts is on a board: the SDK's timer, since its engine has no `setTimeout`. manifest.json puts it in the place of
// clock.ts; with mcpack there is no need, as mcpack defines `setTimeout` for whoever names it.

import Timer from "timer";

export function now(): number {
	return Date.now();
}

export type Cancel = () => void;

export function after(delayMs: number, callback: () => void): Cancel {
	let isWaiting = true;
	const timer = Timer.set(() => {
		isWaiting = false;
		callback();
	}, delayMs);
	return () => {
		if (isWaiting) Timer.clear(timer);
		isWaiting = false;
	};
}
