// The sensor station on a laptop, as `npm start` serves it: says who may sign in.

import { hasTrialUser, trial } from "./users.js";

export { default } from "./app.js";

if (hasTrialUser()) {
	console.log(
		`Sign in as "${trial.name}" with the password "${trial.password}": for trying only, change it in users.ts.`,
	);
}
