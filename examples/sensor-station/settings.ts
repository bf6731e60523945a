// GET /api/station: how the station is set, and who asks. POST /settings: sets it, for those who have signed in.

import type { Route, RouteHandlers } from "thimble-http";
import { FieldError, form } from "thimble-http/forms";
import { around } from "thimble-http/middleware";
import { redirect } from "thimble-http/redirects";
import { tellSettings } from "./live.js";
import { sessions, signedIn } from "./sign-in.js";
import { station } from "./station.js";
import { hasTrialUser, trial } from "./users.js";

const FORM_LENGTH_MAX = 256;
const INTERVAL_MAX_S = 60;

/** `user`: who has signed in, or null. `trial`: the user for trying, unless there is none or nobody needs to be told. */
export const about: RouteHandlers = Object.freeze({
	fields: Object.freeze(["cookie"]),
	onRequest(request, response) {
		const user = sessions.find(request)?.value ?? null;
		const { name, password } = trial;
		response.setField("Cache-Control", "no-store");
		response.json({
			...station().settings,
			user,
			hasTrialImage: station().hasTrialImage,
			trial: user === null && hasTrialUser() ? { name, password } : null,
		});
	},
} satisfies RouteHandlers);

const set = form({ lengthMax: FORM_LENGTH_MAX }, (_request, response, fields) => {
	const name = fields.text("name", 32).trim();
	if (name === "") throw new FieldError("name", "must not be empty");
	const unit = fields.oneOf("unit", ["C", "F"]);
	const intervalSeconds = fields.integer("interval", 1, INTERVAL_MAX_S);
	station().settings = { name, unit, intervalSeconds };
	tellSettings();
	redirect(response, 303, "/");
});

export const settings: Route = around(signedIn, set);
