// Cross-origin requests, for those who want them (Fetch §3.3): pages of other sites may read what these routes answer, and the
// preflights of browsers get their answers. Routes in, routes out.

import type { Route } from "../app/app.js";
import type { Request } from "../app/request.js";
import { around, type Middleware } from "../middleware.js";
import { freeze } from "../octets/freeze.js";
import { type Prebuilt, prebuild, prebuildFields } from "../response/prebuilt.js";
import { shapeOf, splitRoute } from "../router/pattern.js";
import { checkOrigin } from "./origin.js";

/** What `cors` takes. */
export interface CorsOptions {
	/** The origins whose pages may ask: "https://thimble.example"; or "*" for all, without credentials. */
	readonly origins: readonly string[] | "*";
	/** Request fields that pages may set beside those every page may: "Authorization", "X-Token". */
	readonly requestFields?: readonly string[];
	/** Response fields that pages may read beside those every page may. */
	readonly responseFields?: readonly string[];
	/** Whether cookies and logins are sent along. Default false. */
	readonly credentials?: boolean;
	/** How long a browser may remember a preflight's answer, in seconds. Default 600. */
	readonly maxAgeSeconds?: number;
}

const MAX_AGE_SECONDS = 600;

const VARY = freeze({ Vary: "Origin, Access-Control-Request-Method, Access-Control-Request-Headers" });

/** What any method is where there are credentials: "*" is then a method of that name (Fetch §3.3.5). */
const USUAL_METHODS = freeze(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** The routes, answering pages of these origins, and preflights for their paths. Throws TypeError for what is no origin, RangeError for an age that is none. */
export function cors(options: CorsOptions, routes: Readonly<Record<string, Route>>): Record<string, Route> {
	const { origins, credentials = false, maxAgeSeconds = MAX_AGE_SECONDS } = options;
	if (origins === "*" && credentials) throw new TypeError('credentials are for origins that are named, not for "*"');
	for (const origin of origins === "*" ? [] : origins) checkOrigin(origin);
	if (!Number.isInteger(maxAgeSeconds) || maxAgeSeconds < 0) {
		throw new RangeError(`maxAgeSeconds must be a whole number, not ${maxAgeSeconds}`);
	}
	const shared: Record<string, Route> = {};
	for (const [name, route] of Object.entries(routes)) shared[name] = share(options, route);
	for (const { path, methods, own } of pathsOf(routes)) {
		if (path === "*") continue;
		const takesAny = methods.includes("*");
		const names = [...methods.filter((method) => method !== "*"), ...(takesAny ? USUAL_METHODS : []), "OPTIONS"];
		const allow = [...new Set(names)].join(", ");
		const plain = prebuild({ status: 204, fields: { Allow: allow, ...VARY } });
		const route = own === "" ? plain : (shared[own] as Route);
		// The parameters are called what its handlers call them.
		const ownPath = own === "" ? path : splitRoute(own).path;
		shared[`OPTIONS ${ownPath}`] = around([preflight(options, takesAny, allow, plain)], route);
	}
	return shared;
}

interface Path {
	readonly path: string;
	readonly methods: string[];
	/** The app's own route for OPTIONS, or for any method; "" without one. */
	own: string;
}

/** The paths, each once, whatever its parameters are called, with the methods it has. */
function pathsOf(routes: Readonly<Record<string, Route>>): Iterable<Path> {
	const byShape = new Map<string, Path>();
	for (const name of Object.keys(routes)) {
		const { method, path } = splitRoute(name);
		const shape = shapeOf(path);
		const one = byShape.get(shape) ?? { path, methods: [], own: "" };
		byShape.set(shape, one);
		one.methods.push(method);
		if (method === "GET") one.methods.push("HEAD");
		if (method === "OPTIONS" || (method === "*" && one.own === "")) one.own = name;
	}
	return byShape.values();
}

/** The fields of a response that pages of `origin` may read. */
function sharedFields(
	{ responseFields = [], credentials = false }: CorsOptions,
	origin: string,
): Record<string, string> {
	return {
		"Access-Control-Allow-Origin": origin,
		...(credentials && { "Access-Control-Allow-Credentials": "true" }),
		...(responseFields.length > 0 && { "Access-Control-Expose-Headers": responseFields.join(", ") }),
	};
}

/** A route whose answers the pages may read. */
function share(options: CorsOptions, route: Route): Route {
	const { origins } = options;
	if (origins === "*") return around([freeze({ responseFields: freeze(sharedFields(options, "*")) })], route);
	const named = freeze([...origins]);
	const fields = freeze(named.map((origin) => prebuildFields({ ...sharedFields(options, origin), Vary: "Origin" })));
	const others = prebuildFields({ Vary: "Origin" });
	const link: Middleware = freeze({
		fields: freeze(["origin"]),
		fieldsLengthMax: Math.max(...[others, ...fields].map(({ lines }) => lines.length)),
		onRequest(request, response) {
			return response.setFields(fields[originOf(request, named)] ?? others);
		},
	} satisfies Middleware);
	return around([link], route);
}

/** Which of the origins the request comes from; −1: none of them. */
function originOf(request: Request, origins: readonly string[]): number {
	const origin = request.field("origin");
	for (let index = 0; index < origins.length; index += 1) if (origins[index] === origin) return index;
	return -1;
}

/**
 * Answers the preflights for a path with these methods; any other request goes on. `unknown`: what pages of other origins are told.
 */
function preflight(options: CorsOptions, takesAny: boolean, methods: string, unknown: Prebuilt): Middleware {
	const { origins, requestFields = [], maxAgeSeconds = MAX_AGE_SECONDS, credentials = false } = options;
	const allowed = takesAny && !credentials ? "*" : methods;
	const answer = (origin: string): Prebuilt =>
		prebuild({
			status: 204,
			fields: {
				...sharedFields({ ...options, responseFields: [] }, origin),
				"Access-Control-Allow-Methods": allowed,
				...(requestFields.length > 0 && { "Access-Control-Allow-Headers": requestFields.join(", ") }),
				"Access-Control-Max-Age": String(maxAgeSeconds),
				...VARY,
			},
		});
	const named = freeze(origins === "*" ? [] : [...origins]);
	const made = freeze(named.map(answer));
	const others = origins === "*" ? answer("*") : unknown;
	return freeze({
		fields: freeze(["origin", "access-control-request-method"]),
		headLengthMax: Math.max(...[others, ...made].map(({ head }) => head.length)),
		onRequest(request, response) {
			if (request.findField("access-control-request-method") < 0) return true;
			response.send(made[originOf(request, named)] ?? others);
			return false;
		},
	} satisfies Middleware);
}
