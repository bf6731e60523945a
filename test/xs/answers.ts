// Requests answered on XS in every way a handler has, over a transport that costs nothing, so that what is left on the heap
// is the server's or the handler's. For test/xs-heap.test.ts.

import { defineApp, prebuildFields, type Route } from "../../src/index.js";
import { octetsOf } from "../support/octets.js";
import { serveOne } from "./one-connection.js";

const OCTETS = new Uint8Array(100).fill(0x61);
const NOTHING = new Uint8Array(0);
const PREBUILT_FIELDS = prebuildFields({ ETag: '"1"', "Content-Type": "text/plain" });
const LONG = "xyz ".repeat(1024);
const VALUE = { celsius: 21.5, unit: "°C" };

const routes: Record<string, Route> = {
	text: (_request, response) => response.text("hello"),
	typed: (_request, response) => response.text("<p>hello", "text/html"),
	long: (_request, response) => response.text(LONG),
	json: (_request, response) => response.json(VALUE),
	octets: (_request, response) => response.octets(OCTETS),
	field: (_request, response) => {
		response.setField("Cache-Control", "no-store");
		response.text("hello");
	},
	inPlace: {
		fields: ["Accept-Encoding"],
		onRequest: (request, response) => {
			const row = request.findField("accept-encoding");
			const isThere = request.octets[request.valueEnd(row) - 1] === request.octets[request.valueStart(row) + 3];
			response.octets(isThere ? OCTETS : NOTHING);
		},
	},
	part: {
		onRequest: (_request, response) => {
			response.status = 206;
			response.setFields(PREBUILT_FIELDS);
			response.setContentRange(10, 90, 100);
			response.begin(80);
		},
		onWritable: (_request, response) => {
			response.attach(OCTETS, 10, 90);
			response.end();
		},
	},
	pieces: {
		onRequest: (_request, response) => response.begin(),
		onWritable: (_request, response) => {
			response.write("hello");
			response.write(OCTETS);
			response.end();
		},
	},
};

/** What else comes with the request for a route. */
const LINES: Readonly<Record<string, string>> = { inPlace: "Accept-Encoding: gzip\r\n" };

const requests = new Map(
	Object.keys(routes).map((name) => [
		name,
		octetsOf(`GET /${name} HTTP/1.1\r\nHost: thimble.example\r\n${LINES[name] ?? ""}\r\n`),
	]),
);

const send = serveOne(
	defineApp({
		limits: { connections: 1, requestsMax: 0 },
		routes: Object.fromEntries(Object.entries(routes).map(([name, route]) => [`GET /${name}`, route])),
	}),
);

/** Sends the request for a route so often. Throws Error when one is not answered. */
export function answer(name: string, count: number): void {
	send(requests.get(name) as Uint8Array, count);
}

/** What the JSON route's handler does without the server. */
export function stringify(count: number): void {
	for (let index = 0; index < count; index += 1) JSON.stringify(VALUE);
}
