// The reflect port: every request that can be parsed is answered 200, with what was parsed. It catches a wrong parse that
// a status hides.

import { defineApp, type Request } from "thimble-http";
import { wholeContent } from "thimble-http/content";
import { CONTENT_LENGTH_MAX, limits } from "./limits.js";

const OCTETS_AT_ONCE = 4096;

type FieldLine = readonly [name: string, value: string];

/** The kept field lines from `first` on: trailers follow the fields of the head. */
function fieldLines(request: Request, first: number, count: number): FieldLine[] {
	const lines: FieldLine[] = [];
	for (let index = first; index < first + count; index += 1) {
		lines.push([request.fieldName(index), request.fieldValue(index)]);
	}
	return lines;
}

/** One character for each octet. */
function latin1(octets: Uint8Array): string {
	let text = "";
	for (let start = 0; start < octets.length; start += OCTETS_AT_ONCE) {
		text += String.fromCharCode(...octets.subarray(start, start + OCTETS_AT_ONCE));
	}
	return text;
}

const route = wholeContent(CONTENT_LENGTH_MAX, (request, response, content) => {
	const { method, target, version, fieldCount, trailerCount } = request;
	response.json({
		method,
		target,
		version,
		headers: fieldLines(request, 0, fieldCount),
		trailers: fieldLines(request, fieldCount, trailerCount),
		body: latin1(content),
	});
});

export default defineApp({
	routes: { "* /*path": route, "OPTIONS *": route },
	limits,
	fields: "all",
	// As on the echo port.
	trustedGateway: true,
	targetCharacters: "visible",
});
