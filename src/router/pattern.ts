// A route's pattern, "METHOD /path/:parameter/*rest", as data that matches without allocating. For the router.

import { fieldName } from "../message/field-registry.js";
import { METHODS } from "../message/method.js";
import { SLASH } from "../octets/ascii.js";
import { freeze } from "../octets/freeze.js";
import { utf8 } from "../octets/text.js";

/** A path pattern: `segments[i]` is a literal, or null where a parameter stands. */
export interface PathPattern {
	readonly text: string;
	readonly segments: readonly (Uint8Array | null)[];
	/** Names of the parameters, in the order of their segments; the last is the wildcard's, if there is one. */
	readonly parameters: readonly Parameter[];
	/** Whether the last parameter takes the rest of the path, slashes included. */
	readonly hasWildcard: boolean;
	/** The whole path, when it has no parameter: compared at once. */
	readonly literal: Uint8Array | null;
}

export interface Parameter {
	readonly name: string;
	/** The index of its segment. */
	readonly segment: number;
}

/** Splits "GET /path" into method and path. Throws TypeError, saying what a route looks like, when it is not one. */
export function splitRoute(route: string): { method: string; path: string } {
	const space = route.indexOf(" ");
	const method = route.slice(0, space);
	const path = route.slice(space + 1);
	if (space < 1 || (path !== "*" && !path.startsWith("/")) || path.includes(" ")) {
		throw new TypeError(`"${route}" is no route: write "GET /path", "GET /path/:name", "GET /path/*rest" or "* /path"`);
	}
	// RFC 9112 §3.2.4: only OPTIONS can be asked of the server as a whole.
	if (path === "*" && method !== "OPTIONS") throw new TypeError(`"${route}": only OPTIONS has the target "*"`);
	if (method !== "*") fieldName(method);
	if (METHODS.indexOf(method) < 0 && METHODS.indexOf(method.toUpperCase()) >= 0) {
		throw new TypeError(`"${route}": methods are case-sensitive (RFC 9110 §9.1); write ${method.toUpperCase()}`);
	}
	return { method, path };
}

/** Two patterns of one shape match the same paths, whatever their parameters are called. */
export function shapeOf(path: string): string {
	return path.replaceAll(/\/:[^/]*/g, "/:").replace(/\/\*[^/]*$/, "/*");
}

/** Reads a path pattern. Throws TypeError for one that cannot match or whose parameters are not named apart. */
export function pathPattern(path: string): PathPattern {
	const segments: (Uint8Array | null)[] = [];
	const parameters: Parameter[] = [];
	const parts = path.slice(1).split("/");
	let hasWildcard = false;
	parts.forEach((part, index) => {
		const kind = part.charAt(0);
		if (kind !== ":" && kind !== "*") {
			segments.push(literalSegment(path, part));
			return;
		}
		if (kind === "*" && index !== parts.length - 1)
			throw new TypeError(`"${path}": "*" takes the rest, so it stands last`);
		const name = part.slice(1) || (kind === "*" ? "*" : "");
		if (name === "") throw new TypeError(`"${path}": a parameter needs a name behind ":"`);
		if (parameters.some((parameter) => parameter.name === name))
			throw new TypeError(`"${path}": two parameters "${name}"`);
		parameters.push({ name, segment: index });
		hasWildcard = kind === "*";
		if (!hasWildcard) segments.push(null);
	});
	const literal = parameters.length === 0 ? utf8(canonicalText(path)) : null;
	return freeze({ text: path, segments: freeze(segments), parameters: freeze(parameters), hasWildcard, literal });
}

/** A literal segment in its canonical form: written as people read it, with "%" and all. */
function literalSegment(path: string, part: string): Uint8Array {
	if (part === "." || part === "..")
		throw new TypeError(`"${path}": dot segments are removed before routes are matched`);
	return utf8(canonicalText(part));
}

function canonicalText(text: string): string {
	return text.replaceAll("%", "%25");
}

/** Whether a canonical path (`octets[start, end)`) is one of the pattern's. */
export function matchesPath(pattern: PathPattern, octets: Uint8Array, start: number, end: number): boolean {
	if (pattern.literal !== null) return equals(pattern.literal, octets, start, end);
	const segments = pattern.segments;
	let index = start;
	for (let at = 0; at < segments.length; at += 1) {
		if (index >= end) return false;
		const segmentStart = index + 1;
		index = segmentEnd(octets, segmentStart, end);
		const literal = segments[at] as Uint8Array | null;
		// A parameter is at least one octet long.
		if (literal === null ? index === segmentStart : !equals(literal, octets, segmentStart, index)) return false;
	}
	// The rest begins with the "/" that ended the last segment.
	return pattern.hasWildcard ? index < end : index === end;
}

function segmentEnd(octets: Uint8Array, start: number, end: number): number {
	let index = start;
	while (index < end && octets[index] !== SLASH) index += 1;
	return index;
}

/** Compares from the end: paths differ there. */
function equals(literal: Uint8Array, octets: Uint8Array, start: number, end: number): boolean {
	const length = literal.length;
	if (end - start !== length) return false;
	for (let index = length - 1; index >= 0; index -= 1) {
		if (literal[index] !== octets[start + index]) return false;
	}
	return true;
}

/** Where segment `segment` of a canonical path begins. */
export function segmentStart(octets: Uint8Array, start: number, end: number, segment: number): number {
	let index = start + 1;
	for (let at = 0; at < segment; at += 1) index = segmentEnd(octets, index, end) + 1;
	return index;
}

/** Where the segment that begins at `start` ends, or the path's end for a wildcard. */
export function parameterEnd(octets: Uint8Array, start: number, end: number, isRest: boolean): number {
	return isRest ? end : segmentEnd(octets, start, end);
}

/** Which of two patterns is tried first: literals before parameters before the rest, segment by segment. */
export function bySpecificity(left: PathPattern, right: PathPattern): number {
	const most = Math.max(left.segments.length, right.segments.length) + 1;
	for (let at = 0; at < most; at += 1) {
		const difference = rank(right, at) - rank(left, at);
		if (difference !== 0) return difference;
	}
	return 0;
}

/** 3: a literal segment, 2: the end of the path, 1: a parameter, 0: the rest. */
function rank(pattern: PathPattern, at: number): number {
	if (at < pattern.segments.length) return pattern.segments[at] === null ? 1 : 3;
	return at === pattern.segments.length && pattern.hasWildcard ? 0 : 2;
}
