// Guards: which hosts and origins are let in, what pages of other sites may read, and where phones are sent.

import { describe, expect, test } from "vitest";
import { allowHosts, type CorsOptions, cors, portalRoutes, sameOrigin } from "../src/guards/index.js";
import { type Handler, prebuild, type Route } from "../src/index.js";
import { around } from "../src/middleware.js";
import { uploads } from "../src/uploads/index.js";
import { ask, request, serve } from "./support/exchange.js";

const ok: Route = (_request, response) => response.text("ok");

describe("hosts", () => {
	const status = (lines: readonly string[], options = {}, line = "GET /") =>
		ask(
			serve({ routes: { "* /": around([allowHosts(["thimble.local", "a.example"], options)], ok) } }),
			request(line, lines),
		).status;

	test.each([
		["thimble.local", 200],
		["THIMBLE.Local", 200],
		["thimble.local:8080", 200],
		["thimble.local.", 200],
		["thimble.local.:80", 200],
		["a.example", 200],
		["192.168.4.1", 200],
		["192.168.4.1:8080", 200],
		["[fe80::1]", 200],
		["[fe80::1]:80", 200],
		["evil.example", 421],
		["thimble.local.evil.example", 421],
		["xthimble.local", 421],
		["thimble", 421],
		["thimble.locals", 421],
		["192.168.4.1.evil.example", 421],
		["1a", 421],
		["", 421],
	])("%s: %i", (host, expected) => {
		expect(status([`Host: ${host}`])).toBe(expected);
	});

	test("of a target in absolute form go before the field", () => {
		expect(status(["Host: thimble.local"], {}, "GET http://evil.example/")).toBe(421);
		expect(status(["Host: evil.example"], {}, "GET http://thimble.local/")).toBe(200);
	});

	test("that are numbers are let in only where that is wanted", () => {
		expect(status(["Host: 192.168.4.1"], { addresses: false })).toBe(421);
		expect(status(["Host: [::1]"], { addresses: false })).toBe(421);
	});

	test("that a client of HTTP/1.0 does not name are let in", () => {
		const served = serve({ routes: { "GET /": around([allowHosts(["a"])], ok) } });
		expect(ask(served, "GET / HTTP/1.0\r\n\r\n").status).toBe(200);
	});

	test("are all let in while the portal is open", () => {
		let isOpen = true;
		const options = { isLifted: () => isOpen };
		expect(status(["Host: captive.apple.com"], options)).toBe(200);
		isOpen = false;
		expect(status(["Host: captive.apple.com"], options)).toBe(421);
	});

	test.each(["", "http://a", "a:80", "a/", "[::1]", "a b", "*.local", "a.local."])("%j is no name of one", (name) => {
		expect(() => allowHosts([name])).toThrow(TypeError);
	});
});

describe("posts from other sites", () => {
	const status = (method: string, lines: readonly string[]) => {
		const served = serve({ routes: { "* /": around([sameOrigin(["https://app.example"])], ok) } });
		return ask(served, request(`${method} /`, ["Host: thimble.local:8080", ...lines])).status;
	};

	test.each([
		["Origin: http://thimble.local:8080", 200],
		["Origin: https://thimble.local:8080", 200],
		["Origin: http://THIMBLE.local:8080", 200],
		["Origin: https://app.example", 200],
		["X-A: no browser", 200],
		["Sec-Fetch-Site: same-origin", 200],
		["Sec-Fetch-Site: none", 200],
		["Origin: http://thimble.local", 403],
		["Origin: http://thimble.local:80801", 403],
		["Origin: http://thimble.local:8080.evil.example", 403],
		["Origin: http://evil.example", 403],
		["Origin: ftp://thimble.local:8080", 403],
		["Origin: thimble.local:8080", 403],
		["Origin: https://app.example.evil", 403],
		["Origin: null", 403],
		["Origin:", 403],
		["Sec-Fetch-Site: cross-site", 403],
		["Sec-Fetch-Site: same-site", 403],
		["Origin: http://evil.example\r\nSec-Fetch-Site: same-origin", 403],
	])("%s: %i", (line, expected) => {
		for (const method of ["POST", "PUT", "DELETE", "PATCH"]) expect(status(method, [line])).toBe(expected);
		for (const method of ["GET", "HEAD", "OPTIONS"]) expect(status(method, [line])).toBe(200);
		expect(status("GET", [line, "Connection: Upgrade", "Upgrade: websocket"])).toBe(expected);
	});

	test.each([
		"",
		"a",
		"https://a/",
		"https://a:443",
		"https://a:",
		"https://a:0443",
		"https://*.a",
		"https://[::1",
		"https://a]",
		"http://a:80",
		"https://a/b",
		"https://a b",
		"HTTPS://a",
		"https://A",
		"ftp://a",
		"null",
	])("%j is no origin", (origin) => {
		expect(() => sameOrigin([origin])).toThrow(TypeError);
		expect(() => cors({ origins: [origin] }, {})).toThrow(TypeError);
	});
});

describe("CORS", () => {
	const ONE = "https://a.example";
	const OTHER = "https://b.example";
	const serveCors = (options: CorsOptions) =>
		serve({
			routes: cors(options, {
				"GET /api": ok,
				"PUT /api": { onReadable: (_request, response, count) => void (count === 0 && response.text("put")) },
				"GET /made": prebuild({ content: "made", fields: { "X-A": "1" } }),
				"OPTIONS /own": (_request, response) => response.text("own"),
				"GET /own": ok,
				"* /any": ok,
			}),
		});
	const origin = (one: { field(name: string): string | undefined }) => one.field("access-control-allow-origin");

	test.each(["/api", "/made"])("pages of the origins that are named may read %s, and nobody else's", (path) => {
		const served = serveCors({ origins: [ONE, OTHER] });
		for (const from of [ONE, OTHER]) {
			const one = ask(served, request(`GET ${path}`, [`Origin: ${from}`]));
			expect([one.status, origin(one), one.field("vary")]).toEqual([200, from, "Origin"]);
		}
		for (const lines of [[], ["Origin: https://evil.example"], ["Origin: null"], [`Origin: ${ONE}.evil.example`]]) {
			const one = ask(served, request(`GET ${path}`, lines));
			expect([one.status, origin(one), one.field("vary")]).toEqual([200, undefined, "Origin"]);
		}
	});

	test.each(["/api", "/made"])("all pages may read %s where all are named", (path) => {
		const one = ask(serveCors({ origins: "*" }), request(`GET ${path}`));
		expect([origin(one), one.field("vary")]).toEqual(["*", undefined]);
	});

	test("an age that is none is refused", () => {
		for (const maxAgeSeconds of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
			expect(() => cors({ origins: [ONE], maxAgeSeconds }, {})).toThrow(RangeError);
		}
		expect(() =>
			cors({ origins: [ONE, "http://a.example:443", "https://a.example:80", "http://[::1]:8080", "http://a_b-c"] }, {}),
		).not.toThrow();
	});

	test("with credentials, and fields that pages may see", () => {
		const options: CorsOptions = { origins: [ONE], credentials: true, responseFields: ["X-A", "ETag"] };
		for (const path of ["/api", "/made"]) {
			const one = ask(serveCors(options), request(`GET ${path}`, [`Origin: ${ONE}`]));
			expect(one.field("access-control-allow-credentials")).toBe("true");
			expect(one.field("access-control-expose-headers")).toBe("X-A, ETag");
		}
		expect(() => cors({ origins: "*", credentials: true }, {})).toThrow(TypeError);
	});

	test("a preflight is told what may be asked", () => {
		const served = serveCors({ origins: [ONE], requestFields: ["Authorization", "X-Token"], maxAgeSeconds: 60 });
		const lines = [`Origin: ${ONE}`, "Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: x-token"];
		const one = ask(served, request("OPTIONS /api", lines));
		expect([one.status, origin(one)]).toEqual([204, ONE]);
		expect(one.field("access-control-allow-methods")).toBe("GET, HEAD, PUT, OPTIONS");
		expect(one.field("access-control-allow-headers")).toBe("Authorization, X-Token");
		expect(one.field("access-control-max-age")).toBe("60");
		expect(one.field("vary")).toContain("Origin");
		expect(ask(served, request("OPTIONS /any", lines)).field("access-control-allow-methods")).toBe("*");
		// Where there are credentials, that would be a method's name (Fetch).
		const login = serveCors({ origins: [ONE], credentials: true });
		const any = ask(login, request("OPTIONS /any", lines)).field("access-control-allow-methods");
		expect(any).toBe("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
		expect(origin(ask(serveCors({ origins: "*" }), request("OPTIONS /api", lines)))).toBe("*");
	});

	test("a preflight of anybody else's, and OPTIONS that is none, are told the methods alone", () => {
		const served = serveCors({ origins: [ONE] });
		for (const lines of [
			["Origin: https://evil.example", "Access-Control-Request-Method: PUT"],
			[`Origin: ${ONE}`],
			[],
		]) {
			const one = ask(served, request("OPTIONS /api", lines));
			expect([one.status, origin(one), one.field("access-control-allow-methods")]).toEqual([204, undefined, undefined]);
			expect(one.field("allow")).toBe("GET, HEAD, PUT, OPTIONS");
		}
	});

	test("an OPTIONS of the app's own stays its own, but for preflights", () => {
		const served = serveCors({ origins: [ONE] });
		const one = ask(served, request("OPTIONS /own", [`Origin: ${ONE}`]));
		expect([one.content, origin(one)]).toEqual(["own", ONE]);
		const preflight = ask(served, request("OPTIONS /own", [`Origin: ${ONE}`, "Access-Control-Request-Method: GET"]));
		expect([preflight.status, preflight.content, origin(preflight)]).toEqual([204, "", ONE]);
		expect(preflight.field("access-control-allow-methods")).toBe("OPTIONS, GET, HEAD");
		const foreign = ["Origin: https://evil.example", "Access-Control-Request-Method: GET"];
		const refused = ask(served, request("OPTIONS /own", foreign));
		expect([refused.content, origin(refused), refused.field("allow")]).toEqual(["", undefined, "OPTIONS, GET, HEAD"]);
	});

	test("a route of any method has OPTIONS too, but for preflights", () => {
		const routes = {
			"GET /any/:name": ok,
			"* /any/:id": ((request, response) => response.text(`${request.method} ${request.parameter("id")}`)) as Handler,
		};
		const served = serve({ routes: cors({ origins: [ONE] }, routes) });
		const plain = ask(served, request("OPTIONS /any/7", [`Origin: ${ONE}`]));
		expect([plain.status, plain.content, origin(plain)]).toEqual([200, "OPTIONS 7", ONE]);
		const asked = "Access-Control-Request-Method: DELETE";
		const preflight = ask(served, request("OPTIONS /any/7", [`Origin: ${ONE}`, asked]));
		expect([preflight.status, preflight.content, origin(preflight)]).toEqual([204, "", ONE]);
		const foreign = ask(served, request("OPTIONS /any/7", ["Origin: https://evil.example", asked]));
		expect([foreign.status, origin(foreign)]).toEqual([204, undefined]);
		expect(foreign.field("allow")).toBe("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
	});

	test("pages may upload by tus, whose own OPTIONS is still there", () => {
		const sink = () => ({ write: () => {}, end: () => {} });
		const routes = uploads("/firmware", { lengthMax: 1000, random: (octets) => octets.fill(1), sink });
		const served = serve({ routes: cors({ origins: [ONE], requestFields: ["Upload-Length"] }, routes) });
		for (const [path, method] of [
			["/firmware", "POST"],
			["/firmware/1", "PATCH"],
		]) {
			const lines = [`Origin: ${ONE}`, `Access-Control-Request-Method: ${method}`];
			const one = ask(served, request(`OPTIONS ${path}`, lines));
			expect([one.status, origin(one), one.field("access-control-allow-headers")]).toEqual([204, ONE, "Upload-Length"]);
			expect(one.field("access-control-allow-methods")).toContain(method);
		}
		const one = ask(served, request("OPTIONS /firmware", [`Origin: ${ONE}`]));
		expect([one.field("tus-version"), origin(one)]).toEqual(["1.0.0", ONE]);
	});

	test("a path is one path, whatever its parameters are called", () => {
		const routes = cors(
			{ origins: [ONE] },
			{
				"GET /a/:id": ok,
				"DELETE /a/:name": ok,
				"GET /b/*rest": ok,
				"PUT /b/*path": ok,
				"GET /c/:id": ok,
				"OPTIONS /c/:name": (_request, response) => response.text("own"),
			},
		);
		const served = serve({ routes });
		const lines = [`Origin: ${ONE}`, "Access-Control-Request-Method: DELETE"];
		const allowed = (path: string) =>
			ask(served, request(`OPTIONS ${path}`, lines)).field("access-control-allow-methods");
		expect(allowed("/a/1")).toBe("GET, HEAD, DELETE, OPTIONS");
		expect(allowed("/b/1/2")).toBe("GET, HEAD, PUT, OPTIONS");
		expect(allowed("/c/1")).toBe("GET, HEAD, OPTIONS");
		expect(ask(served, request("OPTIONS /c/1")).content).toBe("own");
	});

	test("content is read as before", () => {
		const one = ask(serveCors({ origins: [ONE] }), request("PUT /api", [`Origin: ${ONE}`]));
		expect([one.content, origin(one)]).toEqual(["put", ONE]);
	});
});

describe("the set-up portal", () => {
	test("sends the probes of phones and computers to its page", () => {
		const routes = portalRoutes("http://192.168.4.1/setup");
		const served = serve({ routes: { ...routes, "GET /setup": ok } });
		for (const path of ["/generate_204", "/hotspot-detect.html", "/connecttest.txt", "/ncsi.txt", "/canonical.html"]) {
			const one = ask(served, request(`GET ${path}`, ["Host: captive.apple.com"]));
			expect([one.status, one.field("location"), one.field("cache-control")]).toEqual([
				302,
				"http://192.168.4.1/setup",
				"no-store",
			]);
		}
		expect(ask(served, request("GET /setup")).content).toBe("ok");
		expect(ask(served, request("GET /other")).status).toBe(404);
	});

	test("has a page that can be named", () => {
		expect(() => portalRoutes("http://192.168.4.1/set up")).toThrow(TypeError);
	});
});
