// An app: what a server serves, as a definition. Importing one opens nothing and allocates nothing that changes, so that
// it can live in flash, be handed to the simulator, and be tested.

import { connectionLimits } from "../connection/waits.js";
import { completeLimits, DEFAULT_LIMITS, headOptions, type Limits } from "../limits.js";
import { FieldRegistry } from "../message/field-registry.js";
import type { HeadOptions } from "../message/head-options.js";
import { freeze } from "../octets/freeze.js";
import { type Prebuilt, prebuild, withField } from "../response/prebuilt.js";
import { OWN_FIELDS_LENGTH_MAX } from "../response/response-head.js";
import { splitRoute } from "../router/pattern.js";
import { Router } from "../router/router.js";
import type { Request } from "./request.js";
import type { Response } from "./response.js";

/**
 * Answers a request. It answers at once, or later: with the ticket of `response.defer()`, or by returning a promise. A
 * handler that throws, or whose promise is rejected, costs one 500.
 */
export type Handler = (this: void, request: Request, response: Response) => HandlerResult;

/** What a handler returns: nothing, or the result of its last call of the response, now or later. Only the promise counts. */
export type HandlerResult = void | boolean | Promise<unknown>;

/**
 * A route with the verbs of ECMA-419, for content and streams. It is built once, and a constant from then on: `defineApp` freezes it,
 * and calls its functions without `this`. What belongs to one request goes into `request.state`.
 */
export interface RouteHandlers {
	/** The head is there. Answer, begin a response, or wait for content. */
	readonly onRequest?: Handler;
	/**
	 * `count` octets of content can be read with `request.read`. Called on arrival only: whoever leaves octets unread calls
	 * `read` again by itself, and until then the client is held back. Called once more with 0 when the content is complete.
	 * Not before a promise of `onRequest` is settled. A route without it reads no content. The last call may return a promise,
	 * as `onRequest` may.
	 */
	readonly onReadable?: (this: void, request: Request, response: Response, count: number) => HandlerResult;
	/** `room` octets of a response that was begun can be written. Not called again after it wrote nothing, until there is more room or something else writes. */
	readonly onWritable?: (this: void, request: Request, response: Response, room: number) => void;
	/**
	 * The server closes, and would wait for this response until `limits.shutdownTimeoutMs`: one that is open only for what may
	 * come, as a stream of events, is ended here. Called once, for what is not answered yet.
	 */
	readonly onClosing?: (this: void, request: Request, response: Response) => void;
	/** The response was sent. */
	readonly onDone?: (this: void, request: Request) => void;
	/** The request came to a bad end after `onRequest`: the client left, was too slow or broke a rule, or a handler threw. */
	readonly onError?: (this: void, request: Request, error: unknown) => void;
	/** The most content in octets, in place of the app's limit; Infinity for an upload of any size. */
	readonly contentLengthMax?: number;
	/**
	 * The longest head that is known of its responses, in octets: the status line and all fields but the server's own. An app
	 * whose send buffer does not hold it is refused when it is defined.
	 */
	readonly headLengthMax?: number;
	/** The request fields that the route reads, in any case. The app registers them with its own `fields`. */
	readonly fields?: readonly string[];
}

/** What answers a route: a function, an object with verbs, or a response made beforehand. */
export type Route = Handler | RouteHandlers | Prebuilt;

/** What `defineApp` takes. */
export interface AppOptions {
	/**
	 * The routes, by "METHOD /path". A segment ":name" takes one segment, "*rest" at the end takes the rest, the method "*"
	 * takes all. Literals go before parameters, parameters before the rest, whatever their order here.
	 */
	readonly routes: Readonly<Record<string, Route>>;
	/** What bounds the server; see Limits for each default. */
	readonly limits?: Partial<Limits>;
	/**
	 * The request fields the app reads, in any case, beside those that its routes name; every other one is dropped as it
	 * arrives. "all" keeps every field.
	 */
	readonly fields?: readonly string[] | "all";
	/** Responses in place of the plain ones, by status: 404, 413, 500 and so on. Allow is added to that of 405. */
	readonly errors?: Readonly<Record<number, Prebuilt>>;
	/**
	 * Told what went wrong in a handler or in the server; never called on the way of a request that goes well. Without it, the
	 * console is: `console.error` on Node, `trace` on the Moddable SDK, which a release build for the ESP8266 does not show.
	 */
	readonly onError?: (error: unknown, request: Request | null) => void;
	/**
	 * Whether every connection comes from a gateway that has ended TLS before us, so that "https" targets are ours
	 * (RFC 9110 §7.4). Default false: they are answered 421.
	 */
	readonly trustedGateway?: boolean;
	/**
	 * What a path and a query may hold: "rfc3986" (the default), or "visible" for every visible ASCII octet, as browsers
	 * send some of them without percent-encoding.
	 */
	readonly targetCharacters?: "rfc3986" | "visible";
	/** What a 503 tells a client to wait, in seconds. Default 1. */
	readonly retryAfterSeconds?: number;
}

/** What answers a route: a response made beforehand, or handlers. */
export interface RouteTarget {
	readonly prebuilt: Prebuilt | null;
	readonly handlers: RouteHandlers;
}

/** An app, ready for `listen` and for the simulator. */
export interface App {
	readonly limits: Limits;
	readonly registry: FieldRegistry;
	readonly router: Router<RouteTarget>;
	readonly errors: Readonly<Record<number, Prebuilt>>;
	readonly onError: ((error: unknown, request: Request | null) => void) | null;
	/** What bounds a head, and the options for it. */
	readonly headOptions: HeadOptions;
	/** What bounds a connection: as `connectionLimits` has it. */
	readonly connectionLimits: readonly number[];
	/** The answer to a client that gets no slot, its Connection field included. It has no content. */
	readonly refusal: Prebuilt;
}

/**
 * Makes an app of its definition.
 *
 * Throws TypeError for a route or field name that is malformed, RangeError for a limit out of its range and for a head that is
 * known, as that of a prebuilt response, and does not fit the send buffer.
 */
export function defineApp(options: AppOptions): App {
	const routes: Record<string, RouteTarget> = {};
	for (const [name, route] of Object.entries(options.routes)) routes[name] = freeze(targetOf(name, route));
	const { targetCharacters = "rfc3986", retryAfterSeconds = 1 } = options;
	if (targetCharacters !== "rfc3986" && targetCharacters !== "visible") {
		throw new TypeError(`targetCharacters is "rfc3986" or "visible", not "${targetCharacters}"`);
	}
	if (!Number.isInteger(retryAfterSeconds) || retryAfterSeconds < 0 || retryAfterSeconds > 999_999) {
		throw new RangeError(`retryAfterSeconds must be a whole number from 0 to 999,999, not ${retryAfterSeconds}`);
	}
	for (const [status, response] of Object.entries(options.errors ?? {})) {
		if (Number(status) < 400 || response.status !== Number(status)) {
			throw new RangeError(`errors[${status}] must be a response of that status, 400 or above`);
		}
	}
	const limits = options.limits === undefined ? DEFAULT_LIMITS : completeLimits(options.limits);
	const errors = freeze({ ...options.errors });
	const router = new Router(routes, errors[405]);
	for (const [name, { prebuilt, handlers }] of Object.entries(routes)) {
		checkPath(name, limits);
		checkHead(name, prebuilt?.head.length ?? handlers.headLengthMax ?? 0, limits);
	}
	for (const [status, { head }] of Object.entries(errors)) checkHead(`errors[${status}]`, head.length, limits);
	for (const { head } of router.answers) checkHead("the answer with Allow", head.length, limits);
	return freeze({
		limits,
		registry: new FieldRegistry(
			options.fields ?? [],
			Object.values(routes).flatMap(({ handlers }) => handlers.fields ?? []),
		),
		router,
		errors,
		onError: options.onError ?? null,
		headOptions: headOptions(limits, targetCharacters === "visible", options.trustedGateway ?? false),
		connectionLimits: connectionLimits(limits),
		refusal: withField(
			prebuild({ status: 503, fields: { "Retry-After": String(retryAfterSeconds) } }),
			"Connection",
			"close",
		),
	});
}

/** A path that no target can have is a mistake: nobody would ever find out. */
function checkPath(name: string, { targetLengthMax }: Limits): void {
	const { path } = splitRoute(name);
	if (path.length <= targetLengthMax || /\/[:*]/.test(path)) return;
	throw new RangeError(
		`the route "${name}" is longer than limits.targetLengthMax, ${targetLengthMax}: no request can be for it`,
	);
}

/** A head that would not fit is refused when the app is defined, not when the first client asks for it. */
function checkHead(what: string, length: number, { sendLength }: Limits): void {
	const least = length + OWN_FIELDS_LENGTH_MAX;
	if (least <= sendLength) return;
	const why = `it has up to ${length} octets, and the server's own fields ${OWN_FIELDS_LENGTH_MAX} more`;
	throw new RangeError(
		`the head of ${what} needs limits.sendLength to be at least ${least}, not ${sendLength}: ${why}`,
	);
}

/** The handlers of nobody. */
export const NO_HANDLERS: RouteHandlers = Object.freeze({});

function targetOf(name: string, route: AppOptions["routes"][string]): RouteTarget {
	if (route === null || (typeof route !== "function" && typeof route !== "object")) {
		throw new TypeError(`the route "${name}" must be a function, handlers or a prebuilt response, not ${route}`);
	}
	if (typeof route === "function") return { prebuilt: null, handlers: freeze({ onRequest: route }) };
	if ("head" in route) return { prebuilt: freeze(route), handlers: NO_HANDLERS };
	if (route.fields !== undefined) freeze(route.fields);
	return { prebuilt: null, handlers: freeze(route) };
}
