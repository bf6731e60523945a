// Routes: which one a request finds, and what is answered where there is none. RFC 9110 §9.1, §9.3.2, §9.3.7, §10.2.1,
// §15.5.5, §15.5.6, §15.6.2.

import { describe, expect, test } from "vitest";
import { defineApp, prebuild, type Route } from "../src/index.js";
import { METHODS } from "../src/message/method.js";
import { answer, ask, request, serve, statuses, upload } from "./support/exchange.js";

/** Serves routes that each answer with their own name. */
function serveRoutes(...names: string[]) {
	const routes: Record<string, Route> = {};
	for (const name of names) routes[name] = (_request, response) => response.text(name);
	return serve({ routes });
}

/** The route that a request finds, or the status of the refusal. */
function find(names: readonly string[], line: string): string | number {
	const response = ask(serveRoutes(...names), request(line));
	return response.status === 200 ? response.content : response.status;
}

/** In both orders, for the order of definition must not matter. */
function findInAnyOrder(names: readonly string[], line: string): string | number {
	const found = find(names, line);
	expect(find([...names].reverse(), line)).toBe(found);
	return found;
}

describe("precedence", () => {
	test.each([
		// the request, then what it finds
		["GET /a/b", "GET /a/b"],
		["GET /a/c", "GET /a/:x"],
		["GET /a/b/c", "GET /a/*rest"],
		["GET /a/", "GET /a/*rest"],
		["GET /c/b", "GET /:x/b"],
		["GET /c/d", "GET /*rest"],
		["GET /c", "GET /*rest"],
		["GET /a", "GET /a"],
		["GET /", "GET /"],
	])("%s finds %s: literals before parameters before the rest", (line, expected) => {
		const names = ["GET /a/b", "GET /a/:x", "GET /a/*rest", "GET /:x/b", "GET /*rest", "GET /a", "GET /"];
		expect(findInAnyOrder(names, line)).toBe(expected);
	});

	test("each of many literals is found, and nothing else", () => {
		// More than an octet counts, many of one length and one end, and those that are shorter than a word.
		const paths = [
			...Array.from({ length: 300 }, (_, index) => `/${index}/x`),
			"/",
			"/a",
			"/b",
			"/ab",
			"/abc",
			"/abcd",
		];
		const served = serveRoutes(...paths.map((path) => `GET ${path}`));
		for (const path of paths) expect(ask(served, request(`GET ${path}`)).content).toBe(`GET ${path}`);
		for (const path of paths) expect(ask(served, request(`GET ${path}z`)).status).toBe(404);
		expect(ask(served, request("GET /%31/x")).content).toBe("GET /1/x");
		expect(ask(served, request("GET /300/x")).status).toBe(404);
	});

	test("an earlier literal counts for more than a later one", () => {
		expect(findInAnyOrder(["GET /a/:x", "GET /:x/b"], "GET /a/b")).toBe("GET /a/:x");
	});

	test("a method of its own goes before the route for any method", () => {
		expect(findInAnyOrder(["* /a", "GET /a"], "GET /a")).toBe("GET /a");
		expect(findInAnyOrder(["* /a", "GET /a"], "POST /a")).toBe("* /a");
		// HEAD is a part of GET.
		expect(ask(serveRoutes("* /a", "GET /a"), request("HEAD /a")).field("content-length")).toBe("6");
		expect(ask(serveRoutes("* /a"), request("HEAD /a")).field("content-length")).toBe("4");
	});

	test("a path whose methods do not fit gives way to the next that has the method", () => {
		expect(findInAnyOrder(["POST /a/b", "GET /a/:x"], "GET /a/b")).toBe("GET /a/:x");
		expect(findInAnyOrder(["POST /a/b", "PUT /a/:x", "GET /*rest"], "GET /a/b")).toBe("GET /*rest");
		expect(findInAnyOrder(["POST /a/b", "PUT /a/:x", "* /*rest"], "FROB /a/b")).toBe("* /*rest");
	});
});

describe("paths", () => {
	test.each([
		["/a/:x", "/a/", 404],
		["/a/:x", "/a", 404],
		["/a/:x", "/a/b/", 404],
		["/a", "/a/", 404],
		["/a/", "/a/", 200],
		["/a/", "/a", 404],
		["/a/*", "/a", 404],
		["/a/*", "/a/", 200],
		["/a", "/A", 404],
		["/a", "/%61", 200],
		["/a/b", "/a%2Fb", 404],
		["/:x", "/a%2Fb", 200],
		["/a", "/b/../a", 200],
		["/a", "/./a", 200],
		["/a//b", "/a//b", 200],
		["/a/:x/b", "/a//b", 404],
		["/café", "/caf%C3%A9", 200],
		["/50%", "/50%25", 200],
		["/a", "http://h/a", 200],
		["/", "http://h", 200],
		["/a", "/a?b", 200],
	])("the route %s and the target %s: %i", (path, target, status) => {
		expect(ask(serveRoutes(`GET ${path}`), request(`GET ${target}`)).status).toBe(status);
	});

	test("many routes of many segments each find their own", () => {
		const names: string[] = [];
		for (let index = 0; index < 60; index += 1) names.push(`GET /r${index}/:a/x${index}/:b/*rest`);
		for (let index = 0; index < 60; index += 7) {
			expect(find(names, `GET /r${index}/1/x${index}/2/3/4`)).toBe(names[index]);
		}
		expect(find(names, "GET /r1/1/x2/2/3")).toBe(404);
	});
});

describe("HEAD", () => {
	test("is answered by GET, without content", () => {
		const response = ask(serveRoutes("GET /a"), request("HEAD /a"));
		expect(response).toMatchObject({ status: 200, content: "" });
		expect(response.field("content-length")).toBe("6");
	});

	test("has its own route where there is one", () => {
		const response = ask(serveRoutes("GET /a", "HEAD /a"), request("HEAD /a"));
		expect(response.field("content-length")).toBe("7");
	});

	test("without GET is not allowed", () => {
		const response = ask(serveRoutes("POST /a"), request("HEAD /a"));
		expect(response.status).toBe(405);
		expect(response.field("allow")).toBe("OPTIONS, POST");
	});
});

describe("405 (RFC 9110 §15.5.6)", () => {
	test.each([
		[["GET /a"], "GET, HEAD, OPTIONS"],
		[["POST /a"], "OPTIONS, POST"],
		[["PUT /a", "DELETE /a"], "DELETE, OPTIONS, PUT"],
		[["PUT /a", "GET /:x"], "GET, HEAD, OPTIONS, PUT"],
		[["PUT /a", "GET /*rest"], "GET, HEAD, OPTIONS, PUT"],
		[["PUT /a", "GET /b"], "OPTIONS, PUT"],
		[["FROB /a"], "FROB, OPTIONS"],
	])("%j says what is allowed: %s", (names, allow) => {
		const response = ask(serveRoutes(...names), request("PATCH /a"));
		expect(response.status).toBe(405);
		expect(response.field("allow")).toBe(allow);
		expect(response.content).toBe("405 Method Not Allowed\n");
	});

	test("a path that several patterns take allows what any of them allows", () => {
		const names = ["PUT /a/:x", "POST /:y/b", "DELETE /*rest"];
		const response = ask(serveRoutes(...names), request("PATCH /a/b"));
		expect(response.field("allow")).toBe("DELETE, OPTIONS, POST, PUT");
		expect(ask(serveRoutes(...names), request("OPTIONS /a/b")).field("allow")).toBe("DELETE, OPTIONS, POST, PUT");
		expect(ask(serveRoutes(...names), request("PATCH /a/c")).field("allow")).toBe("DELETE, OPTIONS, PUT");
	});

	test("the path of a parameter allows what its patterns allow", () => {
		const response = ask(serveRoutes("PUT /:x", "GET /a"), request("PATCH /b"));
		expect(response.field("allow")).toBe("OPTIONS, PUT");
	});
});

describe("OPTIONS (RFC 9110 §9.3.7)", () => {
	test("of a path is answered 204 with Allow", () => {
		const response = ask(serveRoutes("GET /a", "PUT /a"), request("OPTIONS /a"));
		expect(response).toMatchObject({ status: 204, content: "" });
		expect(response.field("allow")).toBe("GET, HEAD, OPTIONS, PUT");
	});

	test("of a path nobody serves is 404", () => {
		expect(ask(serveRoutes("GET /a"), request("OPTIONS /b")).status).toBe(404);
	});

	test("has its own route where there is one, for it or for any method", () => {
		expect(find(["OPTIONS /a", "GET /a"], "OPTIONS /a")).toBe("OPTIONS /a");
		expect(find(["* /a"], "OPTIONS /a")).toBe("* /a");
	});

	test("of * is answered with every method of the server", () => {
		const response = ask(serveRoutes("GET /a", "FROB /b", "PUT /c/:x"), request("OPTIONS *"));
		expect(response).toMatchObject({ status: 204, content: "" });
		expect(response.field("allow")).toBe("FROB, GET, HEAD, OPTIONS, PUT");
	});

	test("of * has its own route where there is one, and no other method has it", () => {
		expect(find(["OPTIONS *", "GET /a"], "OPTIONS *")).toBe("OPTIONS *");
		expect(find(["OPTIONS *", "GET /a"], "OPTIONS /a")).toBe(204);
		expect(() => serveRoutes("GET *")).toThrow(/only OPTIONS/);
	});

	test("of * allows all methods of the registry where a route takes any, but for CONNECT", () => {
		const allow = ask(serveRoutes("* /a"), request("OPTIONS *")).field("allow")?.split(", ");
		expect(allow).toEqual(METHODS.names.filter((name) => name !== "CONNECT"));
	});
});

describe("404 and 501", () => {
	test("a path nobody serves is 404, whatever the method of the registry", () => {
		expect(find(["GET /a"], "GET /b")).toBe(404);
		expect(find(["GET /a"], "DELETE /b")).toBe(404);
		expect(find([], "GET /")).toBe(404);
	});

	test("a method nobody knows is 501, on any path (RFC 9110 §9.1)", () => {
		expect(find(["GET /a"], "FROB /a")).toBe(501);
		expect(find(["GET /a"], "FROB /b")).toBe(501);
		expect(find(["GET /a"], "get /a")).toBe(501);
	});

	test("a method that some route has is known: 404 and 405 elsewhere", () => {
		expect(find(["GET /a", "FROB /c"], "FROB /c")).toBe("FROB /c");
		expect(find(["GET /a", "FROB /c"], "FROB /a")).toBe(405);
		expect(find(["GET /a", "FROB /c"], "FROB /b")).toBe(404);
		expect(find(["GET /a", "FROB /c"], "FROBS /a")).toBe(501);
		expect(find(["GET /a", "FROB /c"], "FRO /a")).toBe(501);
	});

	test("CONNECT is 501 and the end: what follows it is no HTTP", () => {
		const client = serveRoutes("* /*rest").connect();
		client.send(`CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n${request("GET /")}`);
		expect(statuses(client)).toEqual([501]);
		expect(answer(client).field("connection")).toBe("close");
		expect(client.state).toBe("ended");
	});
});

describe("routes that answer beforehand", () => {
	test("answer HEAD and any method like others, and drop content", () => {
		const served = serve({ routes: { "* /a": prebuild({ content: "made" }) } });
		expect(ask(served, request("GET /a")).content).toBe("made");
		expect(ask(served, request("HEAD /a")).field("content-length")).toBe("4");
		const client = served.connect();
		client.send(upload("POST /a", "x".repeat(5000)) + request("GET /a"));
		expect(statuses(client)).toEqual([200, 200]);
	});
});

describe("what is no route is refused, saying why", () => {
	const handler: Route = (_request, response) => response.empty();

	test.each([
		["", /is no route: write "GET \/path"/],
		["GET", /is no route/],
		["/a", /is no route/],
		["GET a", /is no route/],
		[" /a", /is no route/],
		["GET  /a", /is no route/],
		["GET /a b c", /is no route/],
		["GET /a/*x/b", /"\*" takes the rest, so it stands last/],
		["GET /a/:", /a parameter needs a name/],
		["GET /:a/:a", /two parameters "a"/],
		["GET /:a/*a", /two parameters "a"/],
		["GET /a/../b", /dot segments are removed/],
		["GET /./a", /dot segments are removed/],
		["get /a", /case-sensitive.*write GET/],
		["Post /a", /case-sensitive.*write POST/],
		["G(T /a", /"G\(T" is not a field name|no method|is no route/],
	])("%j", (name, message) => {
		expect(() => defineApp({ routes: { [name]: handler } })).toThrow(TypeError);
		expect(() => defineApp({ routes: { [name]: handler } })).toThrow(message);
	});

	test("nothing that could answer", () => {
		for (const route of [undefined, null, "hi", 5]) {
			expect(() => defineApp({ routes: { "GET /": route as unknown as Route } })).toThrow(
				`the route "GET /" must be a function, handlers or a prebuilt response, not ${route}`,
			);
		}
	});

	test("a path that is longer than any target", () => {
		const limits = { targetLengthMax: 20 };
		const define = (path: string) => defineApp({ limits, routes: { [`GET ${path}`]: handler } });
		expect(() => define(`/${"a".repeat(20)}`)).toThrow(/longer than limits.targetLengthMax, 20/);
		for (const path of [`/${"a".repeat(19)}`, `/:${"a".repeat(20)}`, `/*${"a".repeat(20)}`]) define(path);
	});

	test.each([
		["GET /a/:x", "GET /a/:y"],
		["GET /*x", "GET /*y"],
		["FROB /a/:x", "FROB /a/:y"],
		["* /:x", "* /:y"],
	])("%s and %s are the same", (one, other) => {
		expect(() => defineApp({ routes: { [one]: handler, [other]: handler } })).toThrow(TypeError);
		expect(() => defineApp({ routes: { [one]: handler, [other]: handler } })).toThrow(/are the same route/);
	});

	test("a path of the same shape may name its parameter differently for each method", () => {
		const served = serve({
			routes: {
				"GET /:x": (one, response) => response.text(one.parameter("x")),
				"PUT /:y": (one, response) => response.text(one.parameter("y")),
			},
		});
		expect(ask(served, request("GET /1")).content).toBe("1");
		expect(ask(served, request("PUT /2")).content).toBe("2");
	});
});

test("nothing is allocated to match: the server has what was found, and one place for paths", () => {
	const { server, connect } = serveRoutes("GET /a/:x");
	const { scratch } = server;
	const client = connect();
	for (let count = 0; count < 10; count += 1) client.send(request(`GET /a/%62${count}`));
	expect(server.route?.pattern.text).toBe("/a/:x");
	expect(server.scratch).toBe(scratch);
	expect(statuses(client).length).toBe(10);
});

describe("the answers the app may replace", () => {
	test("a 405 of the app's own keeps its content and gets Allow", () => {
		const served = serve({
			routes: { "GET /a": (_request, response) => response.text("a") },
			errors: { 405: prebuild({ status: 405, content: "not so" }) },
		});
		const response = ask(served, request("DELETE /a"));
		expect(response.status).toBe(405);
		expect(response.content).toBe("not so");
		expect(response.field("Allow")).toBe("GET, HEAD, OPTIONS");
	});

	test("a head that does not fit the send buffer is refused when the app is defined", () => {
		const big = prebuild({ content: "x", fields: { "X-Big": "y".repeat(600) } });
		expect(() => defineApp({ routes: { "GET /": big }, limits: { sendLength: 512 } })).toThrow(/sendLength/);
		expect(() => defineApp({ routes: { "* /": () => {} }, limits: { sendLength: 512 } })).toThrow(/sendLength/);
	});
});
