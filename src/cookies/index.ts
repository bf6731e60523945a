// thimble-http/cookies: cookies (RFC 6265bis), each defined once with its attributes, read where it stands, set and cleared
// as it was defined (docs/sessions.md).

import type { Request } from "../app/request.js";
import type { Response } from "../app/response.js";
import { isToken } from "../message/field-registry.js";
import { latin1 } from "../octets/text.js";
import { httpDate } from "../response/date.js";
import { cookieEnd, findCookie } from "./pairs.js";

/** The attributes of a cookie (RFC 6265bis §4.1.2). */
export interface CookieAttributes {
	/** The paths it is sent to. Default "/". */
	readonly path?: string;
	/** A domain whose hosts get it, too. Default none: only the host that set it. */
	readonly domain?: string;
	/** Whether scripts cannot see it. Default true. */
	readonly httpOnly?: boolean;
	/**
	 * When it is sent along from other sites: "Strict" never, "Lax" (the default) when the user follows a link, "None" always,
	 * which takes `secure`.
	 */
	readonly sameSite?: "Strict" | "Lax" | "None";
	/** Whether it is sent by https alone, as behind a gateway. Default false. */
	readonly secure?: boolean;
}

/** How long a client keeps a cookie; without either, until it closes. The first goes before the second. */
export interface CookieLifetime {
	/** In seconds, a whole number; 0 or less: it is gone. */
	readonly maxAgeSeconds?: number;
	/** The date it ends, in seconds since 1970; up to the year 9999. */
	readonly expires?: number;
}

/** What browsers take (RFC 6265bis §5.6): name and value together, and each attribute. */
const COOKIE_LENGTH_MAX = 4096;
const ATTRIBUTE_LENGTH_MAX = 1024;

const FIELD = "cookie";

export class Cookie {
	readonly name: string;
	readonly #attributes: string;

	/**
	 * Throws TypeError for a name or an attribute that could not be sent or would be refused by browsers. Apps that read it have
	 * "Cookie" among their `fields`.
	 */
	constructor(name: string, attributes: CookieAttributes = {}) {
		checkPrefix(name, attributes);
		// A cookie's name is a token, as a field's.
		if (!isToken(name))
			throw new TypeError(`"${name}" is no name of a cookie: it has letters, digits, "-", "_" and "." at best`);
		this.name = name;
		this.#attributes = attributesText(attributes);
		Object.freeze(this);
	}

	/** Its value, as it was sent; undefined when the client has none. Of several the first, which has the longest path. */
	get(request: Request): string | undefined {
		const row = this.rowOf(request);
		if (row < 0) return undefined;
		const { octets } = request;
		const end = request.valueEnd(row);
		const start = findCookie(octets, request.valueStart(row), end, this.name);
		return latin1(octets, start, cookieEnd(octets, start, end));
	}

	/** Copies its value into `to`, which it has to fill; false when the client has none of that length. Nothing is allocated. */
	copy(request: Request, to: Uint8Array): boolean {
		const row = this.rowOf(request);
		if (row < 0) return false;
		const { octets } = request;
		const end = request.valueEnd(row);
		const start = findCookie(octets, request.valueStart(row), end, this.name);
		if (cookieEnd(octets, start, end) - start !== to.length) return false;
		for (let index = 0; index < to.length; index += 1) to[index] = octets[start + index] as number;
		return true;
	}

	/** The first Cookie line that has it, or −1. */
	private rowOf(request: Request): number {
		const { octets } = request;
		let row = request.findField(FIELD);
		while (row >= 0 && findCookie(octets, request.valueStart(row), request.valueEnd(row), this.name) < 0) {
			row = request.findField(FIELD, row + 1);
		}
		return row;
	}

	/**
	 * Sets it with a response that was not begun. Throws TypeError for a value with white space, quotes, commas, semicolons,
	 * backslashes, or octets beyond ASCII (RFC 6265bis §4.1.1): encode it, as with `encodeURIComponent`; RangeError for a date that
	 * is none of HTTP's.
	 */
	set(response: Response, value: string, lifetime: CookieLifetime = {}): boolean {
		checkValue(value);
		if (this.name.length + value.length > COOKIE_LENGTH_MAX) throw new TypeError(`${this.name}: too long for browsers`);
		return response.setField("Set-Cookie", `${this.name}=${value}${this.#attributes}${lifetimeText(lifetime)}`);
	}

	/** Has the client forget it. */
	clear(response: Response): boolean {
		return this.set(response, "", { maxAgeSeconds: 0, expires: 0 });
	}
}

/** RFC 6265bis §4.1.3: what a name promises. Browsers compare without regard to case. */
function checkPrefix(name: string, { path, domain, secure }: CookieAttributes): void {
	const lower = name.toLowerCase();
	const isHost = lower.startsWith("__host-");
	if ((isHost || lower.startsWith("__secure-")) && secure !== true) throw new TypeError(`${name} has to be secure`);
	if (isHost && (domain !== undefined || (path ?? "/") !== "/")) {
		throw new TypeError(`${name} has the path "/" and no domain`);
	}
}

function attributesText(attributes: CookieAttributes): string {
	const { path = "/", domain, httpOnly = true, sameSite = "Lax", secure = false } = attributes;
	let text = `; Path=${attribute("path", path)}`;
	if (!path.startsWith("/")) throw new TypeError(`the path of a cookie begins with "/", not as "${path}"`);
	if (domain !== undefined) {
		checkDomain(domain);
		text += `; Domain=${attribute("domain", domain)}`;
	}
	if (secure) text += "; Secure";
	if (httpOnly) text += "; HttpOnly";
	if (sameSite !== "Strict" && sameSite !== "Lax" && sameSite !== "None") {
		throw new TypeError(`sameSite is "Strict", "Lax" or "None", not "${sameSite}"`);
	}
	if (sameSite === "None" && !secure) throw new TypeError('browsers refuse sameSite "None" without secure');
	return `${text}; SameSite=${sameSite}`;
}

/** av-octet: what an attribute may hold, which leaves no way to another attribute or field. */
function attribute(name: string, value: string): string {
	if (value.length > ATTRIBUTE_LENGTH_MAX) throw new TypeError(`the ${name} of a cookie is too long for browsers`);
	for (let index = 0; index < value.length; index += 1) {
		const code = value.charCodeAt(index);
		if (code < 0x20 || code > 0x7e || code === 0x3b)
			throw new TypeError(`the ${name} of a cookie holds "${value[index]}"`);
	}
	return value;
}

/** Letters, digits, "-" and "." (RFC 1034 §3.5). */
function checkDomain(domain: string): void {
	for (let index = 0; index < domain.length; index += 1) {
		const code = domain.charCodeAt(index);
		const letter = code & ~0x20;
		const isName =
			(letter >= 0x41 && letter <= 0x5a) || (code >= 0x30 && code <= 0x39) || code === 0x2d || code === 0x2e;
		if (!isName) throw new TypeError(`"${domain}" is no domain`);
	}
	if (domain === "") throw new TypeError("the domain of a cookie is empty");
}

/** cookie-octet: visible ASCII but quotes, commas, semicolons and backslashes. */
function checkValue(value: string): void {
	for (let index = 0; index < value.length; index += 1) {
		const code = value.charCodeAt(index);
		if (code < 0x21 || code > 0x7e || code === 0x22 || code === 0x2c || code === 0x3b || code === 0x5c) {
			throw new TypeError(`the value of a cookie holds U+${code.toString(16)}: encode it`);
		}
	}
}

function lifetimeText({ maxAgeSeconds, expires }: CookieLifetime): string {
	let text = "";
	if (expires !== undefined) text += `; Expires=${httpDate(expires)}`;
	if (maxAgeSeconds === undefined) return text;
	if (!Number.isSafeInteger(maxAgeSeconds)) throw new TypeError(`${maxAgeSeconds} is no whole number of seconds`);
	return `${text}; Max-Age=${maxAgeSeconds}`;
}
