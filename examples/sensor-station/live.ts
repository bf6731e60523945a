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

/** Sends a reading now, and from now on one at each interval, as long as somebody listens. There is one timer for it. */
function measure(): void {
	const one = station();
	one.cancelReading();
	if (events.subscriberCount === 0) return;
	events.send(JSON.stringify(one.read()), "reading");
	one.cancelReading = after(one.settings.intervalSeconds * 1000, measure);
}

/** Tells everybody who listens how the station is set now. */
export function tellSettings(): void {
	events.send(JSON.stringify(station().settings), "settings");
	measure();
}

export const live: RouteHandlers = Object.freeze({
	...events.route,
	onRequest(request, response) {
		const before = events.subscriberCount;
		const result = events.route.onRequest?.(request, response);
		// For whoever is new, and not for HEAD or one too many, which anybody may ask for as often as they like.
		if (events.subscriberCount > before) measure();
		return result;
	},
} satisfies RouteHandlers);
