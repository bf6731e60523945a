// thimble-http/middleware: what goes around routes: checks before them, fields on their responses, an eye on their end. A
// chain is built once, when the app is defined; going through it allocates nothing (docs/middleware.md).

import type { HandlerResult, Route, RouteHandlers } from "./app/app.js";
import type { Request } from "./app/request.js";
import type { Response } from "./app/response.js";
import { freeze } from "./octets/freeze.js";
import { FIELD_OTHER } from "./response/field-writer.js";
import { type Prebuilt, type PrebuiltFields, prebuildFields, withField } from "./response/prebuilt.js";
import { STATUS_LINE_LENGTH_MAX } from "./response/status.js";
import { isThenable, reportRejection } from "./server/promises.js";

export { refuse } from "./app/refuse.js";

/** One link of a chain. */
export interface Middleware {
	/** The request fields it reads, in any case. */
	readonly fields?: readonly string[];
	/** Fields that the responses carry. Not those of the server itself: its 404, or the 500 of a handler that threw. */
	readonly responseFields?: Readonly<Record<string, string>>;
	/** The most octets of fields that `onRequest` sets on what goes on, where they are not always the same: of lines as `prebuildFields` makes them. */
	readonly fieldsLengthMax?: number;
	/** The longest head that is known of what the link answers itself, counted as a route's `headLengthMax`. */
	readonly headLengthMax?: number;
	/** Called before the route: whether to go on. If not, it has answered, and what is inside is not called. `request.state` is the route's. */
	readonly onRequest?: (request: Request, response: Response) => boolean;
	/** The response was sent, whoever answered. Called from the innermost link outwards, behind the route's own. */
	readonly onDone?: (request: Request) => void;
	/** The request came to a bad end. */
	readonly onError?: (request: Request, error: unknown) => void;
}

/**
 * Fields that all responses of the route carry, as a link of a chain. None replaces another: what the route sends as well is
 * sent twice. Throws TypeError for what no field may be, and for Content-Type and Upgrade, which are each response's own.
 */
export function withFields(fields: Readonly<Record<string, string>>): Middleware {
	prebuildChainFields(fields);
	return freeze({ responseFields: freeze({ ...fields }) });
}

/**
 * A route inside a chain; the first link is the outermost. A prebuilt response stays one, and gets the chain's fields now, where
 * the links do nothing else. Throws TypeError for fields that `withFields` would not take.
 */
export function around(chain: readonly Middleware[], route: Route): Route {
	if (isPrebuilt(route) && chain.every(doesNothing)) return chain.reduce(withFieldsOf, route);
	return [...chain].reverse().reduce((inner, link) => wrap(link, inner), handlersOf(route));
}

/** Routes, each inside the same chain: `routes: aroundAll([log, login], { "GET /a": …, "GET /b": … })`. */
export function aroundAll(
	chain: readonly Middleware[],
	routes: Readonly<Record<string, Route>>,
): Record<string, Route> {
	return Object.fromEntries(Object.entries(routes).map(([name, route]) => [name, around(chain, route)]));
}

/** One link around handlers. */
function wrap(link: Middleware, inner: RouteHandlers): RouteHandlers {
	const { onRequest: check, onDone: ended, onError: failed } = link;
	const { onRequest, onReadable, onWritable, onClosing, onDone, onError, contentLengthMax } = inner;
	// What stands in a request's state from the refusal of this link on, so that what is inside hears nothing of it.
	const refused = freeze({});
	const made = link.responseFields === undefined ? null : prebuildChainFields(link.responseFields);
	// Each by its name: handlers may be inherited, and a spread copies none that are. What is spread has no methods: on XS they hold
	// the object they were written in, which would stay for them, in RAM.
	return {
		...(contentLengthMax !== undefined && { contentLengthMax }),
		...(onWritable !== undefined && { onWritable }),
		...(onClosing !== undefined && { onClosing }),
		fields: freeze([...(inner.fields ?? []), ...(link.fields ?? [])]),
		headLengthMax: headLengthAround(link, made, inner),
		onRequest(request, response): HandlerResult {
			if (made !== null) response.setFields(made);
			if (check !== undefined) {
				request.state = refused;
				const told: unknown = check(request, response);
				if (told !== true) return refusedBy(told, response);
				request.state = undefined;
			}
			return onRequest?.(request, response);
		},
		...(onReadable !== undefined && {
			onReadable: (request: Request, response: Response, count: number) =>
				request.state === refused ? undefined : onReadable(request, response, count),
		}),
		// The link is told whatever becomes of what is inside: it may hold a place for the request.
		...((onDone !== undefined || ended !== undefined) && {
			onDone: (request: Request) => {
				let told: unknown;
				try {
					if (onDone !== undefined && request.state !== refused) told = unwaited(onDone(request));
				} finally {
					if (ended !== undefined) told = together(told, unwaited(ended(request)));
				}
				return told;
			},
		}),
		...((onError !== undefined || failed !== undefined) && {
			onError: (request: Request, error: unknown) => {
				let told: unknown;
				try {
					if (onError !== undefined && request.state !== refused) told = unwaited(onError(request, error));
				} finally {
					if (failed !== undefined) told = together(told, unwaited(failed(request, error)));
				}
				return told;
			},
		}),
	};
}

/** What a link or a hook returns, which nobody has to wait for: if it is a promise that is rejected, that goes unhandled nowhere. */
function unwaited(told: unknown): unknown {
	reportRejection(told, forget);
	return told;
}

function forget(): void {}

/** What two hooks have returned, for the server, which reports a promise that is rejected. */
function together(inner: unknown, outer: unknown): unknown {
	if (!isThenable(inner)) return outer;
	return isThenable(outer) ? Promise.all([inner, outer]) : inner;
}

/** The longest head that is known of what is inside, with the fields of the link, or of the link's own answers. */
function headLengthAround(link: Middleware, made: PrebuiltFields | null, { headLengthMax = 0 }: RouteHandlers): number {
	// What is not known of has a status line at least.
	const inside = Math.max(headLengthMax, STATUS_LINE_LENGTH_MAX) + (link.fieldsLengthMax ?? 0);
	return Math.max(inside, link.headLengthMax ?? 0) + (made === null ? 0 : made.lines.length);
}

/** A link has told something else than "true": a promise, too, whatever comes of it, or an async function would let everybody in. */
function refusedBy(told: unknown, response: Response): void {
	unwaited(told);
	if (response.isOpen)
		throw new Error("a link of the chain returns true, or answers and returns false: at once, not by a promise");
}

function handlersOf(route: Route): RouteHandlers {
	if (isPrebuilt(route)) {
		// A constant: of a route in flash, a parameter that its functions use would cost the RAM of a pointer.
		const made = route;
		return { headLengthMax: made.head.length, onRequest: (_request, response) => response.send(made) };
	}
	return typeof route === "function" ? { onRequest: route } : route;
}

function isPrebuilt(route: Route): route is Prebuilt {
	return typeof route === "object" && "head" in route;
}

function withFieldsOf(prebuilt: Prebuilt, { responseFields }: Middleware): Prebuilt {
	if (responseFields === undefined) return prebuilt;
	prebuildChainFields(responseFields);
	return Object.entries(responseFields).reduce((made, [name, value]) => withField(made, name, value), prebuilt);
}

/** What a link sets, before it is known what the route will send. */
function prebuildChainFields(responseFields: Readonly<Record<string, string>>): PrebuiltFields {
	const fields = prebuildFields(responseFields);
	if (fields.known === FIELD_OTHER) return fields;
	throw new TypeError("Content-Type and Upgrade are each response's own: set them in the route");
}

/** Whether a link has fields alone. */
function doesNothing({ onRequest, onDone, onError }: Middleware): boolean {
	return onRequest === undefined && onDone === undefined && onError === undefined;
}
