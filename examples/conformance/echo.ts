// The echo port: 200 on every path for every registered method, 501 for any other. Content comes back octet for octet.

import { defineApp, type Request, type Response, type Route } from "thimble-http";
import { wholeContent } from "thimble-http/content";
import { CONTENT_LENGTH_MAX, limits } from "./limits.js";

/** The IANA HTTP Method Registry, but for CONNECT, which asks for a tunnel, and the reserved names "*" and PRI. */
const METHODS = (
	"ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT COPY DELETE GET HEAD LABEL LINK LOCK MERGE MKACTIVITY MKCALENDAR MKCOL " +
	"MKREDIRECTREF MKWORKSPACE MOVE OPTIONS ORDERPATCH PATCH POST PROPFIND PROPPATCH PUT QUERY REBIND REPORT SEARCH " +
	"TRACE UNBIND UNCHECKOUT UNLINK UNLOCK UPDATE UPDATEREDIRECTREF VERSION-CONTROL"
).split(" ");

const ALLOW = METHODS.join(", ");

function answer(request: Request, response: Response, content: Uint8Array): void {
	const { method, path } = request;
	if (method === "OPTIONS") response.setField("Allow", ALLOW);
	if (path === "/echo") response.text(fieldLines(request), "text/plain");
	else if (path === "/cookie") response.text(cookieLines(request), "text/plain");
	else if (content.length > 0) response.octets(content);
	else if (method === "GET" || method === "HEAD") response.text("OK\n", "text/plain");
	else response.empty();
}

/** The field lines of the head, as they were sent but for the whitespace around the values. */
function fieldLines(request: Request): string {
	let lines = "";
	for (let index = 0; index < request.fieldCount; index += 1) {
		lines += `${request.fieldName(index)}: ${request.fieldValue(index)}\n`;
	}
	return lines;
}

/** The cookies of RFC 6265 §5.4, each as a line "name=value". */
function cookieLines(request: Request): string {
	const pairs = (request.field("Cookie") ?? "").split(";").map((pair) => pair.trim());
	return pairs.map((pair) => (pair.indexOf("=") > 0 ? `${pair}\n` : "")).join("");
}

const route: Route = wholeContent(CONTENT_LENGTH_MAX, answer);

export default defineApp({
	routes: Object.fromEntries(METHODS.map((method) => [`${method} /*path`, route])),
	limits,
	fields: "all",
	// Suites written for proxies and for servers behind one send "https" targets, and want them served.
	trustedGateway: true,
	// Suites of lenient servers send octets that RFC 3986 wants percent-encoded, as browsers do, and want them served.
	targetCharacters: "visible",
});
