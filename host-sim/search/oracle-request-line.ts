// A request line, its target and the authority in that (RFC 9112 §3, RFC 3986 §3), and what is wrong with them. For the oracle.

import type { OracleLimits } from "./oracle.js";
import { TOKEN_ONLY } from "./oracle-tokens.js";

const METHOD_LENGTH_MAX = 32;
const VERSION = /^HTTP\/([0-9])\.([0-9])$/;
// RFC 3986 §3.3, §3.4.
// docs/paths.md: an encoded zero is refused in a path.
const PATH = /^\/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%(?!00)[0-9A-Fa-f]{2})*$/;
const QUERY = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*$/;
const ABSOLUTE = /^(https?):\/\/([^/?]*)(\/[^?]*)?(?:\?(.*))?$/i;
const REGISTERED_NAME = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*$/;
const FUTURE_ADDRESS = /^v[0-9A-Fa-f]+\.[A-Za-z0-9\-._~!$&'()*+,;=:]+$/i;
const DECIMAL_OCTET = /^(?:[0-9]|[1-9][0-9]|1[0-9][0-9]|2[0-4][0-9]|25[0-5])$/;

/** Statuses of a request line without an end. */
export function partialLineProblems(text: string, limits: OracleLimits): number[] {
	const problems: number[] = [];
	const [method = "", target] = text.split(" ");
	if (method.length > METHOD_LENGTH_MAX) problems.push(501);
	if (target !== undefined && target.length > limits.targetLengthMax) problems.push(414);
	if (/[^\x21-\x7e ]/.test(text.replace(/\r$/, ""))) problems.push(400);
	return problems;
}

interface RequestLineReading {
	readonly problems: readonly number[];
	readonly method: string;
	readonly target: string;
	readonly minorVersion: number;
	readonly isAuthorityForm: boolean;
}

export function readRequestLine(text: string, limits: OracleLimits): RequestLineReading {
	const problems: number[] = [];
	const parts = text.split(" ");
	const [method = "", target = "", versionText = ""] = parts;
	if (parts.length !== 3) problems.push(400);
	if (method.length > METHOD_LENGTH_MAX) problems.push(501);
	if (!TOKEN_ONLY.test(method)) problems.push(400);
	if (target.length > limits.targetLengthMax) problems.push(414);
	problems.push(...targetProblems(method, target));
	const version = VERSION.exec(versionText);
	if (version === null) problems.push(400);
	if (version !== null && version[1] !== "1") problems.push(505);
	// A version that is never finished may be refused by its first digit.
	if (version === null && /^HTTP\/[02-9]/.test(versionText)) problems.push(505);
	const minorVersion = version?.[2] === "0" ? 0 : 1;
	return { problems, method, target, minorVersion, isAuthorityForm: method === "CONNECT" };
}

/** RFC 9112 §3.2: the four forms. */
function targetProblems(method: string, target: string): number[] {
	// RFC 9110 §9.3.6: a CONNECT names a port, one that TCP knows.
	if (method === "CONNECT") {
		const port = /[^:]:([0-9]+)$/.exec(target)?.[1];
		return isAuthority(target) && port !== undefined && Number(port) <= 65_535 ? [] : [400];
	}
	if (target === "*") return method === "OPTIONS" ? [] : [400];
	if (target.startsWith("/")) return isPathAndQuery(target) ? [] : [400];
	const absolute = ABSOLUTE.exec(target);
	if (absolute === null) return [400];
	const [, scheme = "", authority = "", path = "/", query = ""] = absolute;
	const problems: number[] = [];
	if (authority === "" || authority.startsWith(":") || !isAuthority(authority)) problems.push(400);
	if (!PATH.test(path) || !QUERY.test(query)) problems.push(400);
	if (scheme.toLowerCase() === "https") problems.push(421);
	return problems;
}

function isPathAndQuery(target: string): boolean {
	const question = target.indexOf("?");
	if (question < 0) return PATH.test(target);
	return PATH.test(target.slice(0, question)) && QUERY.test(target.slice(question + 1));
}

/** uri-host [ ":" port ] (RFC 9110 §4.2.1). */
export function isAuthority(text: string): boolean {
	const match = /^(\[.*\]|[^:]*)(?::[0-9]*)?$/.exec(text);
	if (match === null) return false;
	const [, host = ""] = match;
	if (!host.startsWith("[")) return REGISTERED_NAME.test(host);
	const address = host.slice(1, -1);
	return FUTURE_ADDRESS.test(address) || isAddress(address);
}

/** IPv6address (RFC 3986 §3.2.2). */
function isAddress(text: string): boolean {
	const halves = text.split("::");
	if (halves.length > 2) return false;
	const counts = halves.map((half, index) => groupCount(half, index === halves.length - 1));
	if (counts.some((count) => count < 0)) return false;
	const count = counts.reduce((sum, one) => sum + one, 0);
	return halves.length === 2 ? count <= 7 : count === 8;
}

/** How many groups of sixteen bits there are; −1: these are none. */
function groupCount(text: string, mayEndInAddress: boolean): number {
	if (text === "") return 0;
	const groups = text.split(":");
	let count = 0;
	for (const [index, group] of groups.entries()) {
		if (/^[0-9A-Fa-f]{1,4}$/.test(group)) count += 1;
		else if (mayEndInAddress && index === groups.length - 1 && isVersion4(group)) count += 2;
		else return -1;
	}
	return count;
}

function isVersion4(text: string): boolean {
	const parts = text.split(".");
	return parts.length === 4 && parts.every((part) => DECIMAL_OCTET.test(part));
}
