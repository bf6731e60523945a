// GET /api/history: past readings as CSV, one a minute, oldest first; far more than any buffer holds. They are made as the
// client takes them: `onWritable` is called whenever there is room, and writes no more than that.

import type { Request, Response, RouteHandlers } from "thimble-http";
import { now } from "./clock.js";
import { readingAt } from "./sensors.js";

export const HISTORY_COUNT_MAX = 20_000;
const STEP_S = 60;
const HEADING = "seconds,celsius,humidity,pressure\n";
/** No row is longer, so that a row is only made when there is room for it. */
const ROW_LENGTH_MAX = 40;

interface Progress {
	seconds: number;
	remaining: number;
}

/** `?count=`: how many readings; all of them without it. −1 for what is no such number. */
function wantedCount(request: Request): number {
	const text = request.queryParameter("count");
	if (text === undefined) return HISTORY_COUNT_MAX;
	const count = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0;
	return count >= 1 && count <= HISTORY_COUNT_MAX ? count : -1;
}

function row(seconds: number): string {
	const { celsius, humidity, pressure } = readingAt(seconds);
	return `${seconds},${celsius.toFixed(2)},${humidity.toFixed(1)},${pressure.toFixed(1)}\n`;
}

function onRequest(request: Request, response: Response): void {
	const count = wantedCount(request);
	if (count < 0) {
		response.status = 400;
		response.text(`count must be a number from 1 to ${HISTORY_COUNT_MAX}\n`);
		return;
	}
	const last = Math.floor(now() / 1000 / STEP_S) * STEP_S;
	request.state = { seconds: last - (count - 1) * STEP_S, remaining: count } satisfies Progress;
	response.setField("Cache-Control", "no-store");
	response.setField("Content-Type", "text/csv;charset=utf-8");
	if (response.begin()) response.write(HEADING);
}

function onWritable(request: Request, response: Response, room: number): void {
	const progress = request.state as Progress;
	let rows = "";
	while (progress.remaining > 0 && rows.length + ROW_LENGTH_MAX <= room) {
		rows += row(progress.seconds);
		progress.seconds += STEP_S;
		progress.remaining -= 1;
	}
	if (rows !== "") response.write(rows);
	if (progress.remaining === 0) response.end();
}

export const history: RouteHandlers = Object.freeze({ onRequest, onWritable });
