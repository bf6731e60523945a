// A sensor station: what `npm start` serves, and what a board could. A page with live readings, its API, a long stream, an
// answer that comes later, and uploads of any size.

import { defineApp, type Request, type Response } from "thimble-http";
import { limits } from "thimble-http/board";
import { now } from "./clock.js";
import { echo } from "./echo.js";
import { firmware } from "./firmware.js";
import { history } from "./history.js";
import { page } from "./page.js";
import { readingAt } from "./sensors.js";
import { wait } from "./wait.js";

function readings(_request: Request, response: Response): void {
	response.setField("Cache-Control", "no-store");
	response.json(readingAt(Math.floor(now() / 1000)));
}

export default defineApp({
	// As many connections and buffers as the board has memory for; on the laptop the defaults.
	limits,
	routes: {
		"GET /": page,
		"GET /api/readings": readings,
		"GET /api/history": history,
		"GET /wait": wait,
		"PUT /firmware": firmware,
		"POST /echo": echo,
	},
});
