// Against cross-site posts: a page of another site can have a browser send a form here, cookies and logins included; but the
// browser says where the page is from (Fetch §3.2, and Sec-Fetch-Site). As a link of a chain.

import { REFUSAL_LENGTH_MAX, refuse } from "../app/refuse.js";
import type { Request } from "../app/request.js";
import type { Middleware } from "../middleware.js";
import { freeze } from "../octets/freeze.js";
import { endsAt, matchAt } from "./text.js";

/**
 * Lets in requests that pages of this server make, and those of no page at all; answers others 403. GET, HEAD and OPTIONS are
 * let in from everywhere, but for an Upgrade, as to a WebSocket: let them change nothing. `others`: origins that are let in, too: "https://thimble.example".
 */
export function sameOrigin(others: readonly string[] = []): Middleware {
	for (const origin of others) checkOrigin(origin);
	const allowed = freeze([...others]);
	return freeze({
		fields: freeze(["host", "origin", "sec-fetch-site", "upgrade"]),
		headLengthMax: REFUSAL_LENGTH_MAX,
		onRequest(request, response) {
			// A page anywhere may open a WebSocket here, which is a GET at first: its browser says where the page is from.
			const isAsked = isSafe(request.method) && request.findField("upgrade") < 0;
			if (isAsked || isFromHere(request, allowed)) return true;
			return refuse(response, 403, "not from a page of another site\n");
		},
	} satisfies Middleware);
}

/** Throws TypeError for what is no origin as browsers write it (RFC 6454 §6.2). */
export function checkOrigin(origin: string): void {
	if (!/^https?:\/\/(?:\[[0-9a-f:.]+\]|[^/?#@ A-Z*:[\]]+)(?::[1-9][0-9]*)?$/.test(origin)) {
		throw new TypeError(`"${origin}" is no origin: write it as "https://thimble.example:8443", without a path`);
	}
	if (/^http:.*:80$|^https:.*:443$/.test(origin)) {
		throw new TypeError(`"${origin}": browsers leave the usual port out, and so must you`);
	}
}

/** RFC 9110 §9.2.1. */
function isSafe(method: string): boolean {
	return method === "GET" || method === "HEAD" || method === "OPTIONS";
}

function isFromHere(request: Request, others: readonly string[]): boolean {
	const origin = request.field("origin");
	if (origin === undefined) {
		// A browser that says nothing of an origin may say this; a client that says neither is none.
		const site = request.field("sec-fetch-site");
		return site === undefined || site === "same-origin" || site === "none";
	}
	const host = request.field("host");
	if (host !== undefined && (isOriginOf(origin, "http://", host) || isOriginOf(origin, "https://", host))) return true;
	for (let index = 0; index < others.length; index += 1) if (others[index] === origin) return true;
	return false;
}

function isOriginOf(origin: string, scheme: string, host: string): boolean {
	const at = matchAt(origin, 0, scheme);
	if (at < 0) return false;
	const end = matchAt(origin, at, host);
	return end > at && endsAt(origin, end);
}
