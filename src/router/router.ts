// Finds the route of a request: by path, then by method. Built once from the app's routes; matching allocates nothing.

import type { Head } from "../message/head.js";
import { METHOD_GET, METHOD_HEAD, METHOD_OPTIONS, METHOD_UNREGISTERED, METHODS } from "../message/method.js";
import type { ReceiveBuffer } from "../message/receive-buffer.js";
import {
	ABSOLUTE_FORM,
	ASTERISK_FORM,
	AUTHORITY_FORM,
	ORIGIN_FORM,
	type RequestLine,
} from "../message/request-line.js";
import { ASTERISK, SLASH } from "../octets/ascii.js";
import { freeze } from "../octets/freeze.js";
import { ascii } from "../octets/text.js";
import { type Prebuilt, prebuild, withField } from "../response/prebuilt.js";
import { LiteralPaths, NO_PATH } from "./literal-paths.js";
import { canonicalPath } from "./path.js";
import { bySpecificity, matchesPath, type PathPattern, pathPattern, shapeOf, splitRoute } from "./pattern.js";

/** One route: a method of one path, and what answers it. */
export interface RouteEntry<T> {
	/** The method's index in METHODS, METHOD_UNREGISTERED for another, ANY_METHOD for all. */
	readonly method: number;
	readonly methodName: Uint8Array;
	readonly pattern: PathPattern;
	readonly target: T;
}

interface PathEntry<T> {
	readonly pattern: PathPattern;
	readonly routes: readonly RouteEntry<T>[];
	/** The answers for a method that is not served here, and for OPTIONS, each with its Allow. */
	readonly notAllowed: Prebuilt;
	readonly options: Prebuilt;
}

const ANY_METHOD = -2;

/** The answer to a method that a path does not have, but for its Allow (RFC 9110 §15.5.6). */
const METHOD_NOT_ALLOWED = prebuild({ status: 405, content: "405 Method Not Allowed\n" });

/** The answer to OPTIONS, but for its Allow (RFC 9110 §9.3.7). */
const OPTIONS_ANSWER = prebuild({ status: 204 });

// What `find` found.
export const FOUND = 0;
export const NOT_FOUND = 1;
/** The path has other methods; `refusal` says which. */
export const NOT_ALLOWED = 2;
/** OPTIONS without a route of its own; `refusal` holds the answer. */
export const OPTIONS_ANSWERED = 3;
/** No route has this method, and no registry knows it. */
export const NOT_IMPLEMENTED = 4;

export class Router<T> {
	readonly entries: readonly PathEntry<T>[];
	/** Those of `entries` without parameters, by their paths, which may be found in any order: each path has one. */
	readonly literals: readonly PathEntry<T>[];
	readonly literalPaths: LiteralPaths;
	/** The others, in the order in which they are tried. */
	readonly patterns: readonly PathEntry<T>[];
	readonly everything: Prebuilt;
	/** The app's own answer to "OPTIONS *". */
	readonly ownEverything: RouteEntry<T> | null;

	readonly notAllowed: Prebuilt;

	/**
	 * `notAllowed`: the response to a method that a path does not have, to which Allow is added. Throws TypeError for a route
	 * that is malformed or given twice.
	 */
	constructor(routes: Readonly<Record<string, T>>, notAllowed: Prebuilt = METHOD_NOT_ALLOWED) {
		this.notAllowed = notAllowed;
		const byPath = new Map<string, { pattern: PathPattern; routes: RouteEntry<T>[] }>();
		for (const [text, target] of Object.entries(routes)) {
			const { method, path } = splitRoute(text);
			const pattern = pathPattern(path);
			const shape = shapeOf(path);
			const entry = byPath.get(shape) ?? { pattern, routes: [] };
			byPath.set(shape, entry);
			const methodIndex = method === "*" ? ANY_METHOD : METHODS.indexOf(method);
			if (entry.routes.some((other) => nameOf(other) === method)) {
				throw new TypeError(`"${text}" and "${method} ${entry.pattern.text}" are the same route`);
			}
			entry.routes.push(freeze({ method: methodIndex, methodName: ascii(method), pattern, target }));
		}
		const sorted = [...byPath.values()].sort((left, right) => bySpecificity(left.pattern, right.pattern));
		this.entries = freeze(
			sorted.map((entry) => {
				const allow = allowOf(
					sorted.filter((other) => covers(other.pattern, entry.pattern)).flatMap((one) => one.routes),
				);
				return {
					pattern: entry.pattern,
					// The route for any method is the last resort of its path.
					routes: freeze(entry.routes.sort((left, right) => right.method - left.method)),
					notAllowed: withField(notAllowed, "Allow", allow),
					options: withField(OPTIONS_ANSWER, "Allow", allow),
				};
			}),
		);
		this.literals = freeze(this.entries.filter(({ pattern }) => pattern.literal !== null));
		this.literalPaths = new LiteralPaths(this.literals.map(({ pattern }) => pattern.literal as Uint8Array));
		this.patterns = freeze(this.entries.filter(({ pattern }) => pattern.literal === null));
		this.ownEverything = byPath.get("*")?.routes[0] ?? null;
		this.everything = withField(OPTIONS_ANSWER, "Allow", allowOf(sorted.flatMap((entry) => entry.routes)));
		Object.freeze(this);
	}

	/** Looks for the route of a request and puts it, or the prebuilt answer, into `result`. `scratch`: for a path. */
	find(head: Head, receive: ReceiveBuffer, scratch: Uint8Array, result: RouteResult<T>): number {
		const line = head.requestLine;
		if (!line.isPathPlain || line.form !== ORIGIN_FORM) return this.findWritten(line, receive, scratch, result);
		const index = this.literalPaths.find(receive.octets, receive.words, line.pathStart, line.pathEnd);
		if (index !== NO_PATH) {
			// Nearly always there is no parameter, and the first method is it.
			const route = (this.literals[index] as PathEntry<T>).routes[0] as RouteEntry<T>;
			if (route.method === line.method && route.method !== METHOD_UNREGISTERED) {
				result.route = route;
				return FOUND;
			}
		}
		return this.findEntry(index, line, receive.octets, receive.octets, line.pathStart, line.pathEnd, result);
	}

	/** `find` for a path that has to be written down first, and for none at all. */
	private findWritten(line: RequestLine, receive: ReceiveBuffer, scratch: Uint8Array, result: RouteResult<T>): number {
		if (!hasPath(line)) return this.findWithoutPath(line, result);
		const end = writePath(line, receive.octets, scratch);
		const index = this.literalPaths.find(scratch, null, 0, end);
		return this.findEntry(index, line, receive.octets, scratch, 0, end, result);
	}

	/** Of a request for the server as a whole. */
	private findWithoutPath(line: RequestLine, result: RouteResult<T>): number {
		result.route = null;
		result.answer = null;
		if (line.form === AUTHORITY_FORM) return NOT_IMPLEMENTED;
		result.route = this.ownEverything;
		if (result.route !== null) return FOUND;
		result.answer = this.everything;
		return OPTIONS_ANSWERED;
	}

	/** Finds the route by its method. `literal`: the index of the entry whose path it is to the octet, or NO_PATH. */
	private findEntry(
		literal: number,
		line: RequestLine,
		octets: Uint8Array,
		path: Uint8Array,
		start: number,
		end: number,
		result: RouteResult<T>,
	): number {
		let matched: PathEntry<T> | null = null;
		if (literal !== NO_PATH) {
			matched = this.literals[literal] as PathEntry<T>;
			result.route = routeOf(matched.routes, line, octets);
			if (result.route !== null) return FOUND;
		}
		for (let index = 0; index < this.patterns.length; index += 1) {
			const entry = this.patterns[index] as PathEntry<T>;
			if (!matchesPath(entry.pattern, path, start, end)) continue;
			result.route = routeOf(entry.routes, line, octets);
			if (result.route !== null) return FOUND;
			if (matched === null) matched = entry;
		}
		result.route = null;
		result.answer = null;
		if (line.method === METHOD_UNREGISTERED && !this.hasMethod(line, octets)) return NOT_IMPLEMENTED;
		if (matched === null) return NOT_FOUND;
		const isOptions = line.method === METHOD_OPTIONS;
		result.answer = this.allowing(matched, isOptions, path, start, end);
		return isOptions ? OPTIONS_ANSWERED : NOT_ALLOWED;
	}

	/** The answer that says what a path allows, whose first match is `matched`. */
	private allowing(matched: PathEntry<T>, isOptions: boolean, path: Uint8Array, start: number, end: number): Prebuilt {
		const isCovered = (entry: PathEntry<T>) =>
			covers(entry.pattern, matched.pattern) || !matchesPath(entry.pattern, path, start, end);
		if (this.entries.every(isCovered)) return isOptions ? matched.options : matched.notAllowed;
		// Patterns that take some paths in common, and each some of its own, are rare: their answer is made on the spot.
		const all = this.entries.filter((entry) => matchesPath(entry.pattern, path, start, end));
		const allow = allowOf(all.flatMap((entry) => entry.routes));
		return withField(isOptions ? OPTIONS_ANSWER : this.notAllowed, "Allow", allow);
	}

	/** All responses the router gives by itself. */
	get answers(): readonly Prebuilt[] {
		return [this.everything, ...this.entries.flatMap((entry) => [entry.notAllowed, entry.options])];
	}

	private hasMethod(line: RequestLine, octets: Uint8Array): boolean {
		for (let index = 0; index < this.entries.length; index += 1) {
			if (routeOf((this.entries[index] as PathEntry<T>).routes, line, octets) !== null) return true;
		}
		return false;
	}
}

/** Where `find` puts what it found. One for a server, used over and over. */
export interface RouteResult<T> {
	route: RouteEntry<T> | null;
	answer: Prebuilt | null;
}

/** Whether the request is for a path: not the asterisk-form, a tunnel, or, of OPTIONS, a target without one (RFC 9110 §4.2.3). */
function hasPath(line: RequestLine): boolean {
	if (line.form === AUTHORITY_FORM || line.form === ASTERISK_FORM) return false;
	return line.method !== METHOD_OPTIONS || line.form !== ABSOLUTE_FORM || line.pathStart !== line.targetEnd;
}

/** Writes the canonical path of a request to `scratch`; returns its length. An absolute-form without a path means "/". */
export function writePath(line: RequestLine, octets: Uint8Array, scratch: Uint8Array): number {
	if (line.pathStart < line.pathEnd && line.form !== ASTERISK_FORM) {
		return canonicalPath(octets, line.pathStart, line.pathEnd, scratch);
	}
	scratch[0] = line.form === ASTERISK_FORM ? ASTERISK : SLASH;
	return 1;
}

/** The route for the request's method; HEAD is answered by GET where it has no route of its own (RFC 9110 §9.3.2). */
function routeOf<T>(routes: readonly RouteEntry<T>[], line: RequestLine, octets: Uint8Array): RouteEntry<T> | null {
	const method = line.method;
	const length = routes.length;
	let fallback: RouteEntry<T> | null = null;
	for (let index = 0; index < length; index += 1) {
		const route = routes[index] as RouteEntry<T>;
		if (route.method === method) {
			if (method !== METHOD_UNREGISTERED || isNamed(route.methodName, line, octets)) return route;
		} else if (route.method === METHOD_GET && method === METHOD_HEAD) fallback = route;
		else if (route.method === ANY_METHOD && fallback === null) fallback = route;
	}
	return fallback;
}

function isNamed(name: Uint8Array, line: RequestLine, octets: Uint8Array): boolean {
	if (name.length !== line.methodLength) return false;
	for (let index = 0; index < name.length; index += 1) {
		if (octets[line.methodStart + index] !== name[index]) return false;
	}
	return true;
}

function nameOf(route: RouteEntry<unknown>): string {
	return String.fromCharCode(...route.methodName);
}

/** Whether every path of `narrow` is one of `wide`. */
function covers(wide: PathPattern, narrow: PathPattern): boolean {
	const length = wide.segments.length;
	if (wide.hasWildcard ? narrow.segments.length < length : narrow.segments.length !== length || narrow.hasWildcard) {
		return false;
	}
	if (wide.hasWildcard && !narrow.hasWildcard && narrow.segments.length === length) return false;
	return wide.segments.every((segment, index) => {
		const other = narrow.segments[index];
		return segment === null || (other !== null && other !== undefined && String(segment) === String(other));
	});
}

/** The value of Allow (RFC 9110 §10.2.1) for these routes: their methods, HEAD with GET, and OPTIONS, which is always served. */
function allowOf(routes: readonly RouteEntry<unknown>[]): string {
	const names = new Set(routes.map(nameOf));
	if (names.delete("*")) for (const name of METHODS.names) if (name !== "CONNECT") names.add(name);
	if (names.has("GET")) names.add("HEAD");
	names.add("OPTIONS");
	return [...names].sort().join(", ");
}
