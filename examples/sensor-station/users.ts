// Who may sign in. The one who is here is for trying the example on a laptop, and everybody knows the password: put in a user of
// your own before anybody else can reach the station. This prints the hash that is kept of a password:
//
//     printf 'NAME:sensor-station:PASSWORD' | sha256sum

import type { User } from "thimble-http/auth";

export const REALM = "sensor-station";

/** The user for trying. `npm start` and the page tell the password, as long as that user is among those below. */
export const trial = Object.freeze({
	name: "admin",
	password: "thimble",
	sha256: "506b90b5c570784f8aa823cf987680baf0ac785d55f9e683a6b81935e405c640",
});

export const users: readonly User[] = Object.freeze([Object.freeze({ name: trial.name, sha256: trial.sha256 })]);

export function hasTrialUser(): boolean {
	return users.some(({ sha256 }) => sha256 === trial.sha256);
}
