// GET /events: live readings as server-sent events, and the settings when somebody changes them. Measures only while somebody
// listens: a definition starts no timers.

import type { RouteHandlers } from "thimble-http";
import { limits } from "thimble-http/board";
import { EventStream } from "thimble-http/events";
import { after } from "./clock.js";
import { station } from "./station.js";

const CONNECTIONS = limits.connections ?? 6;

/** Half of the connections may listen; the others are for pages and uploads. */
const events = new EventStream({ subscribersMax: Math.max(1, CONNECTIONS >> 1), retryMs: 2000 });

/** Sends a reading now, and from now on one at each interval, as long as somebody listens. */
function measure(): void {
	const one = station();
	one.paceNumber += 1;
	tick(one.paceNumber);
}

function tick(paceNumber: number): void {
	const one = station();
	if (paceNumber !== one.paceNumber || events.subscriberCount === 0) return;
	events.send(JSON.stringify(one.read()), "reading");
	after(one.settings.intervalSeconds * 1000, () => tick(paceNumber));
}

/** Tells everybody who listens how the station is set now. */
export function tellSettings(): void {
	events.send(JSON.stringify(station().settings), "settings");
	measure();
}

export const live: RouteHandlers = Object.freeze({
	...events.route,
	onRequest(request, response) {
		const result = events.route.onRequest?.(request, response);
		measure();
		return result;
	},
} satisfies RouteHandlers);
