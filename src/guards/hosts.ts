// Against DNS rebinding: a page of somebody else's whose name was made to point to this device is still sent with its own name
// in Host, and that is none of ours (RFC 9110 §7.4, §15.5.20). As a link of a chain.

import { REFUSAL_LENGTH_MAX, refuse } from "../app/refuse.js";
import type { Middleware } from "../middleware.js";
import { COLON, DIGIT_0, DIGIT_9, DOT, LEFT_BRACKET } from "../octets/ascii.js";
import { freeze } from "../octets/freeze.js";
import { codeAt, matchAt } from "./text.js";

/** What `allowHosts` takes beside the names. */
export interface HostOptions {
	/**
	 * Whether a numeric address is ours, whichever it is. No name can be rebound to one: a browser that asks for an address has
	 * that address in Host, and in the page's origin. Default true.
	 */
	readonly addresses?: boolean;
	/** Whether all hosts are let in for now, as while a set-up portal answers for every name. */
	readonly isLifted?: () => boolean;
}

/**
 * Lets in requests for these hosts, without ports: "thimble.local"; answers others 421. A client of HTTP/1.0 that names none
 * is let in, since no browser is one.
 */
export function allowHosts(names: readonly string[], options: HostOptions = {}): Middleware {
	const { addresses = true, isLifted } = options;
	for (const name of names) {
		if (name === "" || /[:/[\]@ *]|\.$/.test(name))
			throw new TypeError(`"${name}" is no host name: write it whole, without scheme, port, "*" and the dot behind it`);
	}
	const allowed = freeze([...names]);
	return freeze({
		fields: freeze(["host"]),
		headLengthMax: REFUSAL_LENGTH_MAX,
		onRequest(request, response) {
			const host = request.field("host");
			if (host === undefined || isAllowed(host, allowed, addresses) || isLifted?.() === true) return true;
			return refuse(response, 421, "this is another host\n");
		},
	} satisfies Middleware);
}

function isAllowed(host: string, names: readonly string[], addresses: boolean): boolean {
	if (addresses && isAddress(host)) return true;
	for (let index = 0; index < names.length; index += 1) {
		const end = matchAt(host, 0, names[index] as string);
		if (end < 0) continue;
		// The root's dot may stand behind a name, and a port behind that.
		const after = codeAt(host, end) === DOT ? end + 1 : end;
		if (codeAt(host, after) === -1 || codeAt(host, after) === COLON) return true;
	}
	return false;
}

/** Whether a host, which is well-formed, is an IPv6 address in brackets or nothing but digits and dots. */
function isAddress(host: string): boolean {
	if (codeAt(host, 0) === LEFT_BRACKET) return true;
	for (let index = 0; ; index += 1) {
		const code = codeAt(host, index);
		if (code === -1 || code === COLON) return index > 0;
		if (code !== DOT && (code < DIGIT_0 || code > DIGIT_9)) return false;
	}
}
