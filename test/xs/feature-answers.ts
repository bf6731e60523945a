// Requests answered on XS by the features that promise to leave nothing on the heap. For test/xs-heap.test.ts.

import { BasicAuth, DigestAuth } from "../../src/auth/index.js";
import { allowHosts, sameOrigin } from "../../src/guards/index.js";
import { defineApp, prebuild, type Route } from "../../src/index.js";
import { AccessLog, Metrics, observers } from "../../src/metrics/index.js";
import { around, withFields } from "../../src/middleware.js";
import { resources } from "../../src/resources.js";
import { Sessions } from "../../src/sessions/index.js";
import { sure } from "../support/exchange.js";
import { hash } from "../support/hashes.js";
import { octetsOf } from "../support/octets.js";
import { resourceOf } from "../support/packed.js";
import { serveOne } from "./one-connection.js";

const HELLO = octetsOf("hello");
const REFUSED = octetsOf("no");

const MADE = prebuild({ content: HELLO });
const SAFE = withFields({ "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff" });

const sessions = new Sessions<Uint8Array>({ count: 4, random: (octets) => void octets.fill(0xab) });

/** What a route is asked with, beside Host. */
interface Feature {
	readonly route: Route;
	readonly lines?: string;
}

const features: Readonly<Record<string, Feature>> = {
	chain: {
		route: around([SAFE, { onRequest: () => true }, { onDone: () => {} }], (_request, response) =>
			response.octets(HELLO),
		),
	},
	prebuilt: { route: (_request, response) => response.send(MADE) },
	chainedPrebuilt: { route: around([SAFE, { onRequest: () => true }], MADE) },
	chainedResource: {
		route: sure(around([SAFE], sure(resources([resourceOf("/a", "small")])["GET /a"]))),
		lines: 'If-None-Match: "1"\r\n',
	},
	refusal: {
		route: around(
			[
				{
					onRequest: (_request, response) => {
						response.status = 403;
						response.octets(REFUSED);
						return false;
					},
				},
			],
			(_request, response) => response.octets(HELLO),
		),
	},
	login: {
		route: (request, response) => {
			sessions.begin(request, response, HELLO);
			response.octets(HELLO);
		},
	},
	session: {
		route: (request, response) => response.octets(sessions.find(request)?.value ?? REFUSED),
		lines: `Cookie: theme=dark; sid=${"ab".repeat(16)}\r\n`,
	},
	basic: {
		route: around([new BasicAuth({ realm: "thimble", users: [], hash })], (_request, response) =>
			response.octets(HELLO),
		),
	},
	locked: {
		route: around([new BasicAuth({ realm: "thimble", users: [], hash, guessesMax: 1 })], (_request, response) =>
			response.octets(HELLO),
		),
		lines: "Authorization: Basic QWRhOng=\r\n",
	},
	digest: {
		route: around(
			[new DigestAuth({ realm: "thimble", users: [], hash, random: (octets) => void octets.fill(1), md5: true })],
			(_request, response) => response.octets(HELLO),
		),
	},
	guards: {
		route: around([allowHosts(["thimble.example"]), sameOrigin()], (_request, response) => response.octets(HELLO)),
	},
	stranger: {
		route: (request, response) => response.octets(sessions.find(request)?.value ?? REFUSED),
		lines: `Cookie: sid=${"cd".repeat(16)}\r\n`,
	},
};

const requests = new Map(
	Object.entries(features).map(([name, { lines = "" }]) => [
		name,
		octetsOf(`GET /${name} HTTP/1.1\r\nHost: thimble.example\r\n${lines}\r\n`),
	]),
);

/** An app of one feature alone: what another one reads of a request would be kept for this one, too. */
const appOf = (name: string) =>
	defineApp({
		fields: ["Cookie"],
		limits: { connections: 1 },
		routes: { [`GET /${name}`]: (features[name] as Feature).route },
	});

const sends = new Map(Object.keys(features).map((name) => [name, serveOne(appOf(name))]));
const sendObserved = serveOne(appOf("chain"), observers(new Metrics(), new AccessLog(() => {})));

/** Sends the request for a feature so often. */
export function feature(name: string, count: number): void {
	sends.get(name)?.(requests.get(name) as Uint8Array, count);
}

/** The same for a chain, counted and logged. */
export function observed(count: number): void {
	sendObserved(requests.get("chain") as Uint8Array, count);
}
