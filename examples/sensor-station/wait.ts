// GET /wait?ms=: answers so many milliseconds later. Meanwhile it keeps nothing but a ticket and a timer; when the client leaves,
// the timer goes with it.

import type { RouteHandlers } from "thimble-http";
import { after, type Cancel } from "./clock.js";

export const WAIT_MAX_MS = 20_000;

/** The number in `text`; −1 for what is none, or one too large. */
function wantedWait(text: string | undefined): number {
	const ms = text !== undefined && /^[0-9]{1,5}$/.test(text) ? Number(text) : -1;
	return ms <= WAIT_MAX_MS ? ms : -1;
}

export const wait: RouteHandlers = Object.freeze({
	onRequest(request, response) {
		const ms = wantedWait(request.queryParameter("ms"));
		if (ms < 0) {
			response.status = 400;
			response.text(`ms must be a number from 0 to ${WAIT_MAX_MS}\n`);
			return;
		}
		const ticket = response.defer();
		request.state = after(ms, () => ticket.response?.json({ waitedMs: ms }));
	},
	onError(request) {
		(request.state as Cancel | undefined)?.();
	},
} satisfies RouteHandlers);
