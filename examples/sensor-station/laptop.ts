// The sensor station on a laptop, as `npm start` serves it: says who may sign in, and has an image to try uploads with.

import { defineApp } from "thimble-http";
import { limits } from "thimble-http/board";
import { routes } from "./app.js";
import { station } from "./station.js";
import { trialImage } from "./trial-image.js";
import { hasTrialUser, trial } from "./users.js";

if (hasTrialUser()) {
	console.log(
		`Sign in as "${trial.name}" with the password "${trial.password}": for trying only, change it in users.ts.`,
	);
}
station().hasTrialImage = true;

export default defineApp({
	limits,
	routes: { ...routes, "GET /trial-image.bin": trialImage },
});
