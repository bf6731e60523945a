// POST /sign-in and /sign-out, as forms post them: a session in a cookie, and a 303 to the page. The password crosses the network
// as it is, as with every form over plain HTTP; docs/auth.md has Digest, for those who must not send it.

import type { Request, Response, Route } from "thimble-http";
import { secretOf } from "thimble-http/auth";
import { hash, random } from "thimble-http/crypto";
import { form } from "thimble-http/forms";
import { sameOrigin } from "thimble-http/guards";
import { around, type Middleware, refuse } from "thimble-http/middleware";
import { redirect } from "thimble-http/redirects";
import { Sessions } from "thimble-http/sessions";
import { now } from "./clock.js";
import { station } from "./station.js";
import { REALM, users } from "./users.js";

const FORM_LENGTH_MAX = 256;

/** What nobody's hash is, so that a name that nobody has takes as long. */
const NOBODY = "-".repeat(64);

/** The value of a session is the user's name. */
export const sessions = new Sessions<string>({ count: 4, random });

/** Lets in who has signed in, and no page of another site. What a name is rebound to sends no cookie of ours. */
export const signedIn: readonly Middleware[] = Object.freeze([
	sameOrigin(),
	Object.freeze({
		fields: Object.freeze(["cookie"]),
		onRequest: (request: Request, response: Response) =>
			sessions.find(request) !== null || refuse(response, 403, "sign in first\n"),
	}),
]);

/** Looks at every character, so that the time this takes says nothing. */
function isSame(one: string, other: string): boolean {
	let difference = one.length ^ other.length;
	for (let index = 0; index < other.length; index += 1) difference |= one.charCodeAt(index) ^ other.charCodeAt(index);
	return difference === 0;
}

function isRight(name: string, password: string): boolean {
	const kept = users.find((user) => user.name === name)?.sha256 ?? NOBODY;
	return isSame(secretOf(hash, "SHA-256", name, REALM, password), kept);
}

const enter = form({ lengthMax: FORM_LENGTH_MAX }, (request, response, fields) => {
	const { guesses } = station();
	const address = request.remoteAddress;
	const waitSeconds = Math.ceil(guesses.waitMs(address, now()) / 1000);
	if (waitSeconds > 0) {
		response.setField("Retry-After", String(waitSeconds));
		return refuse(response, 429, `too many wrong passwords: wait ${waitSeconds} seconds\n`);
	}
	const name = fields.text("name", 32, 1);
	if (!isRight(name, fields.text("password", 64, 1))) {
		guesses.failed(address, now());
		return refuse(response, 403, "the name or the password is wrong\n");
	}
	guesses.succeeded(address);
	sessions.begin(request, response, name);
	return redirect(response, 303, "/");
});

function leave(request: Request, response: Response): boolean {
	sessions.end(request, response);
	return redirect(response, 303, "/");
}

const cookie: Middleware = Object.freeze({ fields: Object.freeze(["cookie"]) });

export const signIn: Route = around([sameOrigin(), cookie], enter);
export const signOut: Route = around([sameOrigin(), cookie], leave);
