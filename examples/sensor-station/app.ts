// A sensor station: what `npm start` serves, and what a board could. A page with live readings, its API, a long stream, an
// answer that comes later, and uploads of any size.

import { defineApp, type Request, type Response } from "thimble-http";
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
	// A browser opens six connections and keeps them; the ESP32 has eight control blocks.
	limits: { connections: 6 },
	routes: {
		"GET /": page,
		"GET /api/readings": readings,
		"GET /api/history": history,
		"GET /wait": wait,
		"PUT /firmware": firmware,
		"POST /echo": echo,
	},
});
