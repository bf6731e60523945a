// thimble-http/redirects: sends a client elsewhere (RFC 9110 §15.4).

import type { Response } from "./app/response.js";
import { PERCENT } from "./octets/ascii.js";
import { HEX_DIGIT, QUERY_ODD } from "./octets/classes.js";
import { type Prebuilt, prebuild } from "./response/prebuilt.js";

/**
 * How a client goes on: 301 and 308 for good, 302 and 307 for now; 307 and 308 with the same method and content, 303 with GET,
 * which is what follows a form.
 */
export type RedirectStatus = 301 | 302 | 303 | 307 | 308;

/**
 * Answers with a redirect to `location`, a URI reference: "/settings", "https://thimble.example/". Throws TypeError for one
 * that holds what no URI may: encode what comes from elsewhere with `encodeURIComponent`. See `localTarget` for what comes
 * from a client.
 */
export function redirect(response: Response, status: RedirectStatus, location: string): boolean {
	checkStatus(status);
	checkReference(location);
	response.status = status;
	response.setField("Location", location);
	return response.empty();
}

/** A redirect made beforehand, as a route: `"GET /old": redirectTo(308, "/new")`. Throws as `redirect` does. */
export function redirectTo(status: RedirectStatus, location: string): Prebuilt {
	checkStatus(status);
	checkReference(location);
	return prebuild({ status, fields: { Location: location } });
}

/**
 * `target`, if it is a path on this server, else `fallback`. For targets that a client brings along, as to where it wanted
 * to go before it had to log in: "//elsewhere.example" and "/\elsewhere.example" lead to another server.
 */
export function localTarget(target: string | undefined, fallback: string): string {
	if (target === undefined || !target.startsWith("/") || target.startsWith("//")) return fallback;
	return isReference(target) ? target : fallback;
}

function checkStatus(status: number): void {
	if (status === 301 || status === 302 || status === 303 || status === 307 || status === 308) return;
	throw new RangeError(`${status} is no redirect: 301, 302, 303, 307 or 308`);
}

function checkReference(location: string): void {
	if (!isReference(location)) throw new TypeError(`"${location}" is no URI reference: percent-encode what it holds`);
}

/** Whether `text` holds nothing but what a URI reference may (RFC 3986 §2), and something. */
function isReference(text: string): boolean {
	for (let index = 0; index < text.length; index += 1) {
		const code = text.charCodeAt(index);
		if (code === PERCENT) {
			if (!isHexDigit(text.charCodeAt(index + 1)) || !isHexDigit(text.charCodeAt(index + 2))) return false;
			// "#", "[" and "]" beside what a query holds.
		} else if (QUERY_ODD[code] !== 0 && code !== 0x23 && code !== 0x5b && code !== 0x5d) return false;
	}
	return text.length > 0;
}

function isHexDigit(code: number): boolean {
	return (HEX_DIGIT[code] ?? 0) > 0;
}
