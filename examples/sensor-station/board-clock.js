// What clock.ts is on a board: the SDK's timer, since its engine has no `setTimeout`. manifest.json puts it in the place of
// clock.ts; with mcpack there is no need, as mcpack defines `setTimeout` for whoever names it. JavaScript, because the SDK's
// types are not those of the laptop's build.

import Timer from "timer";

export function now() {
	return Date.now();
}

export function after(delayMs, callback) {
	Timer.set(callback, delayMs);
}
