// What a handler sees of a request: its accessors, one by one, and that they mean the request at hand.

import { describe, expect, test } from "vitest";
import type { AppOptions, Handler, Request, Response } from "../src/index.js";
import { ask, chunked, request, serve, statuses, upload } from "./support/exchange.js";
import { textOf } from "./support/octets.js";
import { VirtualPlatform } from "./support/virtual.js";

/** What `look` sees of the request, through a route that takes every path. */
function see<T>(octets: string, look: (one: Request) => T, options: Partial<AppOptions> = {}): T {
	let seen: { value: T } | undefined;
	const served = serve({
		...options,
		routes: {
			"* /*rest": (one, response) => {
				seen = { value: look(one) };
				response.empty();
			},
		},
	});
	const client = served.connect();
	client.send(octets);
	if (served.errors.length > 0) throw served.errors[0];
	if (seen === undefined) throw new Error(`not routed: ${client.received}`);
	return seen.value;
}

describe("the method", () => {
	test.each(["GET", "POST", "DELETE", "PROPFIND", "VERSION-CONTROL"])("%s", (method) => {
		expect(see(request(`${method} /`), (one) => one.method)).toBe(method);
	});

	test.each(["FROB", "get", "GETX", "GE", "X-!#$%&'*+.^_`|~"])("unregistered: %s", (method) => {
		expect(see(request(`${method} /`), (one) => one.method)).toBe(method);
	});
});

describe("target, path and query", () => {
	test.each([
		// target, path, query
		["/", "/", undefined],
		["/a/b", "/a/b", undefined],
		["/a?b=c", "/a", "b=c"],
		["/a?", "/a", ""],
		["/a?b?c", "/a", "b?c"],
		["/a%20b", "/a b", undefined],
		["/caf%C3%A9", "/café", undefined],
		["/%F0%9F%98%80", "/😀", undefined],
		["/%ff", "/\ufffd", undefined],
		["/a%2Fb", "/a%2Fb", undefined],
		["/a%2fb", "/a%2Fb", undefined],
		["/a%252Fb", "/a%252Fb", undefined],
		["/100%25", "/100%25", undefined],
		["/a%3Fb", "/a?b", undefined],
		["/a/./b", "/a/b", undefined],
		["/a/../b", "/b", undefined],
		["/a/%2e%2E/b", "/b", undefined],
		["/../../a", "/a", undefined],
		["/a/..", "/", undefined],
		["/a/.", "/a/", undefined],
		["/a//b", "/a//b", undefined],
		["/.hidden/...", "/.hidden/...", undefined],
		["http://a/b?c", "/b", "c"],
		["http://a", "/", undefined],
		["http://a?b", "/", "b"],
		["http://a/", "/", undefined],
	])("of %s", (target, path, query) => {
		expect(see(request(`GET ${target}`), (one) => [one.target, one.path, one.query])).toEqual([target, path, query]);
	});
});

describe("a parameter of the query", () => {
	function parameter(query: string, name: string): string | undefined {
		return see(request(`GET /?${query}`), (one) => one.queryParameter(name));
	}

	test.each([
		["a=1&b=2", "a", "1"],
		["a=1&b=2", "b", "2"],
		["a=1&a=2", "a", "1"],
		["a=1", "c", undefined],
		["a", "a", ""],
		["a=", "a", ""],
		["=1", "", "1"],
		["a=b=c", "a", "b=c"],
		["aa=1&a=2", "a", "2"],
		["a=x+y%2Bz", "a", "x y+z"],
		["a=caf%C3%A9", "a", "café"],
		["caf%C3%A9=1", "café", "1"],
		["x+y=1", "x y", "1"],
		["a=%26%3D", "a", "&="],
		["&&a=1&", "a", "1"],
		["a=%2525", "a", "%25"],
		["%61=1", "a", "1"],
		["caf%C3%A9s=1&caf%C3%A9=2", "café", "2"],
		["caf%C3=1", "café", undefined],
		["a&&b", "", undefined],
	])("?%s: %s", (query, name, value) => {
		expect(parameter(query, name)).toBe(value);
	});

	test("is undefined without a query", () => {
		expect(see(request("GET /"), (one) => one.queryParameter("a"))).toBeUndefined();
		expect(see(request("GET /?"), (one) => one.queryParameter("a"))).toBeUndefined();
	});
});

describe("a parameter of the route", () => {
	function parameters(route: string, target: string, names: readonly string[]): string[] {
		let seen: string[] = [];
		const served = serve({
			routes: {
				[`GET ${route}`]: (one, response) => {
					seen = names.map((name) => one.parameter(name));
					response.empty();
				},
			},
		});
		ask(served, request(`GET ${target}`));
		if (served.errors.length > 0) throw served.errors[0];
		return seen;
	}

	test.each([
		["/:a", "/x", ["x"]],
		["/:a", "/x%20y", ["x y"]],
		["/:a", "/x%2Fy", ["x/y"]],
		["/:a", "/x%252Fy", ["x%2Fy"]],
		["/:a", "/100%25", ["100%"]],
		["/:a", "/caf%C3%A9", ["café"]],
		["/s/:a/t", "/s/x/t", ["x"]],
		["/:a/:b", "/x/y", ["x", "y"]],
		["/s/:a/*b", "/s/x/y/z", ["x", "y/z"]],
		["/*a", "/", [""]],
		["/*a", "/x/y%2Fz/", ["x/y/z/"]],
		["/:a", "/q/../x", ["x"]],
	])("%s on %s", (route, target, values) => {
		expect(parameters(route, target, ["a", "b"].slice(0, values.length))).toEqual(values);
	});

	test("that the route does not have throws RangeError", () => {
		expect(() => parameters("/:a", "/x", ["b"])).toThrow(RangeError);
		expect(() => parameters("/x", "/x", ["b"])).toThrow(/no parameter b/);
	});

	test("of absolute-form is that of its path", () => {
		expect(parameters("/:a", "http://b/x", ["a"])).toEqual(["x"]);
	});
});

describe("fields", () => {
	const fields = ["X-A", "cookie", "Accept", "Host"];

	test("by name, in any case", () => {
		const octets = request("GET /", ["x-A: 1", "Accept:  text/html \t"]);
		expect(see(octets, (one) => [one.field("X-A"), one.field("x-a"), one.field("accept")], { fields })).toEqual([
			"1",
			"1",
			"text/html",
		]);
	});

	test("of several lines are joined by a comma, Cookie by a semicolon (RFC 9110 §5.3, RFC 9113 §8.2.3)", () => {
		const octets = request("GET /", ["X-A: 1", "Cookie: a=1", "X-B: 9", "X-A: 2, 3", "Cookie: b=2", "X-A:"]);
		expect(see(octets, (one) => [one.field("X-A"), one.field("Cookie")], { fields })).toEqual([
			"1, 2, 3, ",
			"a=1; b=2",
		]);
	});

	test("that did not come are undefined; empty ones are empty", () => {
		const octets = request("GET /", ["X-A:"]);
		expect(see(octets, (one) => [one.field("X-A"), one.field("Accept")], { fields })).toEqual(["", undefined]);
	});

	test("that are not registered throw RangeError, though the protocol reads them", () => {
		const octets = request("GET /", ["X-B: 1"]);
		expect(() => see(octets, (one) => one.field("X-B"), { fields })).toThrow(/not registered.*"fields"/);
		expect(() => see(octets, (one) => one.field("Connection"), { fields })).toThrow(RangeError);
		expect(see(octets, (one) => one.field("Host"), { fields })).toBe("a");
	});

	test("hold octets, one character for each", () => {
		expect(see(request("GET /", ["X-A: caf\xe9\x80"]), (one) => one.field("X-A"), { fields })).toBe("caf\xe9\x80");
	});

	test("are all kept on request, with their names as sent", () => {
		const octets = request("GET /", ["X-First: 1", "host: b", "x-first: 2"]);
		const seen = see(
			octets,
			(one) => [
				one.fieldCount,
				...Array.from({ length: one.fieldCount }, (_, index) => `${one.fieldName(index)}=${one.fieldValue(index)}`),
				one.field("X-FIRST"),
				one.field("Host"),
				one.field("none"),
			],
			{ fields: "all" },
		);
		expect(seen).toEqual([3, "X-First=1", "host=b", "x-first=2", "1, 2", "b", undefined]);
	});

	test("by index go no further than their count", () => {
		const octets = request("GET /", ["X-A: 1", "X-B: 2"]);
		const seen = see(octets, (one) => [one.fieldCount, one.fieldName(0), one.fieldValue(0)], { fields: ["X-A"] });
		expect(seen).toEqual([1, "x-a", "1"]);
		for (const index of [1, -1, 0.5, Number.NaN]) {
			expect(() => see(octets, (one) => one.fieldName(index), { fields: ["X-A"] })).toThrow(RangeError);
			expect(() => see(octets, (one) => one.fieldValue(index), { fields: ["X-A"] })).toThrow(RangeError);
		}
	});

	/** The values of the lines of a field, read in place. */
	function inPlace(one: Request, name: string): string[] {
		const found: string[] = [];
		for (let row = one.findField(name); row >= 0; row = one.findField(name, row + 1)) {
			found.push(textOf(one.octets.slice(one.valueStart(row), one.valueEnd(row))));
		}
		return found;
	}

	test("are found and read in place, line by line", () => {
		const lines = ["If-Match: a", "X-Other: b", "if-match:", 'IF-MATCH: "c"', "Range: bytes=0-"];
		const octets = request("GET /", lines);
		const registered = { fields: ["If-Match", "Range", "ETag"] };
		const look = (names: readonly string[]) => (one: Request) => names.map((name) => inPlace(one, name));
		const expected = [["a", "", '"c"'], ["bytes=0-"]];
		expect(see(octets, look(["if-match", "range", "etag"]), registered)).toEqual([...expected, []]);
		for (const name of ["x-other", "If-Match", "connection"]) {
			expect(() => see(octets, (one) => one.findField(name), registered)).toThrow(RangeError);
		}
		for (const row of [-1, 4, 0.5]) {
			expect(() => see(octets, (one) => one.valueStart(row), registered)).toThrow(RangeError);
			expect(() => see(octets, (one) => one.valueEnd(row), registered)).toThrow(RangeError);
		}
	});

	test("are those of the head where a trailer has the same name", () => {
		const octets = request("POST /", ["Transfer-Encoding: chunked", "X-A: 1"], chunked(["x"], ["X-A: 2"]));
		let seen: unknown;
		const served = serve({
			routes: {
				"POST /": {
					fields: ["X-A"],
					onReadable(one, response, count) {
						if (count > 0) one.read(new Uint8Array(8));
						else {
							seen = [inPlace(one, "x-a"), one.trailer("X-A")];
							response.empty();
						}
					},
				},
			},
		});
		served.connect().send(octets);
		expect(seen).toEqual([["1"], "2"]);
	});

	test("are registered by the routes that read them as well", () => {
		const read: Handler = (one, response) => response.json([one.field("X-A"), one.field("X-B"), one.field("X-C")]);
		const served = serve({
			fields: ["x-c"],
			routes: {
				"GET /a": { fields: ["X-A"], onRequest: read },
				"GET /b": { fields: ["x-b", "X-A"], onRequest: read },
			},
		});
		const octets = (path: string) => request(`GET ${path}`, ["X-A: 1", "X-B: 2", "X-C: 3", "X-D: 4"]);
		for (const path of ["/a", "/b"]) expect(ask(served, octets(path)).content).toBe('["1","2","3"]');
		const found: Handler = (one, response) => response.json(inPlace(one, "x-a"));
		const keepsAll = serve({ fields: "all", routes: { "GET /a": { fields: ["X-A"], onRequest: found } } });
		expect(ask(keepsAll, octets("/a")).content).toBe('["1"]');
		expect(() => serve({ routes: { "GET /": { fields: ["a b"], onRequest: read } } })).toThrow(TypeError);
	});

	test("stay while content goes through the same buffer", () => {
		const seen: unknown[] = [];
		const served = serve({
			fields,
			limits: { receiveLength: 512, targetLengthMax: 64 },
			routes: {
				"POST /:name": {
					onReadable: (one, response, count) => {
						const buffer = new Uint8Array(100);
						while (one.read(buffer) > 0);
						if (count > 0) return;
						seen.push(one.method, one.path, one.query, one.parameter("name"), one.field("X-A"), one.field("Cookie"));
						response.empty();
					},
				},
			},
		});
		const lines = ["X-Dropped: dropped", "X-A: kept", `X-Long: ${"x".repeat(2000)}`, "Cookie: c=1"];
		ask(served, upload("POST /n?q", "y".repeat(20_000), lines));
		expect(seen).toEqual(["POST", "/n", "q", "n", "kept", "c=1"]);
	});

	test("a head much larger than its buffer passes when what is registered fits", () => {
		const octets = request("GET /path?query", [`Cookie: ${"c".repeat(6000)}`, "X-A: kept", `X-B: ${"b".repeat(1000)}`]);
		const limits = { receiveLength: 512, targetLengthMax: 128 };
		expect(see(octets, (one) => [one.target, one.field("X-A")], { fields: ["X-A"], limits })).toEqual([
			"/path?query",
			"kept",
		]);
	});

	test("431 when what is registered does not fit, when the table is full, when every field is kept", () => {
		const limits = { receiveLength: 512, targetLengthMax: 128, fieldsKeptMax: 2 };
		const octets = request("GET /", [`Cookie: ${"c".repeat(600)}`]);
		const routes = { "GET /": (_request: Request, response: { empty(): boolean }) => void response.empty() };
		expect(ask(serve({ routes, limits }), octets).status).toBe(200);
		expect(ask(serve({ routes, limits, fields: ["Cookie"] }), octets).status).toBe(431);
		expect(ask(serve({ routes, limits, fields: "all" }), octets).status).toBe(431);
		const many = request("GET /", ["X-A: 1", "X-A: 2", "X-A: 3"]);
		expect(ask(serve({ routes, limits }), many).status).toBe(200);
		expect(ask(serve({ routes, limits, fields: ["X-A"] }), many).status).toBe(431);
	});
});

describe("the rest", () => {
	test("the version: a later minor one counts as 1.1 (RFC 9110 §2.5)", () => {
		expect(see(request("GET / HTTP/1.1"), (one) => one.version)).toBe("1.1");
		expect(see(request("GET / HTTP/1.0"), (one) => one.version)).toBe("1.0");
		expect(see("GET / HTTP/1.7\r\nHost: a\r\n\r\n", (one) => one.version)).toBe("1.1");
	});

	test("the address of the client", () => {
		expect(see(request("GET /"), (one) => one.remoteAddress)).toBe("192.0.2.1");
	});

	test("and the platform's clocks, also where nobody knows the date", () => {
		const times: number[] = [];
		const platform = new VirtualPlatform(0x7fff_ffff);
		const handler = (one: Request, response: Response) => {
			times.push(one.now, one.date);
			response.empty();
		};
		const served = serve({ routes: { "GET /": handler } }, platform);
		ask(served, request("GET /"));
		platform.advance(3);
		platform.seconds = -1;
		ask(served, request("GET /"));
		expect(times).toEqual([0x7fff_ffff, 784_111_777, -0x8000_0000 + 2, -1]);
	});

	test("the length of the content: 0 without, −1 in chunks", () => {
		expect(see(request("GET /"), (one) => [one.contentLength, one.isContentComplete])).toEqual([0, true]);
		expect(see(upload("POST /", "abc"), (one) => [one.contentLength, one.isContentComplete])).toEqual([3, false]);
		const inChunks = request("POST /", ["Transfer-Encoding: chunked"], "0\r\n\r\n");
		expect(see(inChunks, (one) => [one.contentLength, one.isContentComplete])).toEqual([-1, false]);
	});

	test("each request is itself, pipelined ones too", () => {
		const seen: string[] = [];
		const served = serve({
			fields: ["X-A"],
			routes: {
				"* /:name": (one, response) => {
					seen.push([one.method, one.path, one.query, one.parameter("name"), one.field("X-A"), one.version].join(" "));
					response.empty();
				},
			},
		});
		const client = served.connect();
		client.send(
			[
				request("GET /a?x", ["X-A: 1"]),
				request("FROB /bb"),
				upload("POST /ccc?", "content", ["X-A: 22"]),
				request("GET /d HTTP/1.0", ["Connection: keep-alive"]),
			].join(""),
		);
		expect(seen).toEqual(["GET /a x a 1 1.1", "FROB /bb  bb  1.1", "POST /ccc  ccc 22 1.1", "GET /d  d  1.0"]);
		expect(statuses(client)).toEqual([200, 200, 200, 200]);
	});
});

describe("what an app may choose", () => {
	test("https targets behind a gateway that ended TLS (RFC 9110 §7.4)", () => {
		const octets = "GET https://a/b HTTP/1.1\r\nHost: a\r\n\r\n";
		expect(see(octets, (one) => one.path, { trustedGateway: true })).toBe("/b");
		expect(() => see(octets, (one) => one.path)).toThrow(/421/);
	});

	test("every visible octet in path and query", () => {
		const octets = request('GET /a|b{c}?"<d>');
		expect(see(octets, (one) => [one.path, one.query], { targetCharacters: "visible" })).toEqual(["/a|b{c}", '"<d>']);
		expect(() => see(octets, (one) => one.path)).toThrow(/400/);
	});
});
