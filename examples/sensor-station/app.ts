// A sensor station: what `npm start` serves, and what a board could. Its page has live readings, a history, settings behind a
// sign-in, and firmware uploads; beside it stand an API, a long stream, an answer that comes later, and an echo.

import { defineApp, type Request, type Response, type Route } from "thimble-http";
import { limits } from "thimble-http/board";
import { resources } from "thimble-http/resources";
import { echo } from "./echo.js";
import { firmware } from "./firmware.js";
import { history } from "./history.js";
import { live } from "./live.js";
import { logs } from "./logs.js";
import { about, settings } from "./settings.js";
import { signIn, signOut } from "./sign-in.js";
import site from "./site.js";
import { station } from "./station.js";
import { updates } from "./updates.js";
import { wait } from "./wait.js";

function readings(_request: Request, response: Response): void {
	response.setField("Cache-Control", "no-store");
	response.json(station().read());
}

/** What the page may load, and who may frame it: nothing from elsewhere, and nobody. Short, for the send buffer of an ESP8266. */
const POLICY = "default-src 'self';frame-ancestors 'none'";

/** Frozen, as everything that lies in flash: what could change would cost RAM. */
export const routes: Readonly<Record<string, Route>> = Object.freeze({
	...resources(site, { fields: { "Content-Security-Policy": POLICY } }),
	"GET /events": live,
	...logs,
	"GET /api/station": about,
	"GET /api/readings": readings,
	"GET /api/history": history,
	"POST /sign-in": signIn,
	"POST /sign-out": signOut,
	"POST /settings": settings,
	"GET /wait": wait,
	"PUT /firmware": firmware,
	...updates,
	"POST /echo": echo,
});

export default defineApp({
	// As many connections and buffers as the board has memory for; on the laptop the defaults.
	limits,
	routes,
});
