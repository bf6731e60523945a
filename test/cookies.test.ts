// Cookies (RFC 6265bis): read where they stand, set with every attribute, and no way from a value into another field.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Cookie, type CookieAttributes, type CookieLifetime } from "../src/cookies/index.js";
import { ask, request, serve } from "./support/exchange.js";
import { octetsOf } from "./support/octets.js";

/** What `cookie` is in a request with these Cookie lines. */
function read(lines: readonly string[], name: string): string | undefined {
	const cookie = new Cookie(name);
	const seen: (string | undefined)[] = [];
	const served = serve({
		fields: ["Cookie"],
		routes: {
			"GET /": (one, response) => {
				const value = cookie.get(one);
				seen.push(value);
				// The copy says the same.
				for (const length of [0, 1, 2, 3, 9]) {
					const to = new Uint8Array(length);
					expect(cookie.copy(one, to)).toBe(value !== undefined && value.length === length);
					if (value?.length === length) expect([...to]).toEqual([...octetsOf(value)]);
				}
				response.empty();
			},
		},
	});
	const all = lines.map((line) => `Cookie: ${line}`);
	expect(ask(served, request("GET /", all)).status).toBe(200);
	expect(served.errors).toEqual([]);
	return seen[0];
}

/** The Set-Cookie of a response that sets this one. */
function set(
	name: string,
	value: string,
	attributes?: CookieAttributes,
	lifetime?: CookieLifetime,
): string | undefined {
	const cookie = new Cookie(name, attributes);
	const served = serve({
		routes: {
			"GET /": (_request, response) => {
				cookie.set(response, value, lifetime);
				response.empty();
			},
		},
	});
	const one = ask(served, request("GET /"));
	expect(served.errors).toEqual([]);
	return one.field("set-cookie");
}

describe("a cookie of a request", () => {
	test.each([
		["sid=1", "1"],
		["a=b; sid=1; c=d", "1"],
		["a=b;sid=1;c=d", "1"],
		["a=b;\tsid=1\t;c=d", "1"],
		["sid=1; sid=2", "1"],
		["sid=", ""],
		["sid=a=b==", "a=b=="],
		['sid="quoted"', '"quoted"'],
		[";;; sid=1", "1"],
		["SID=1", undefined],
		["xsid=1", undefined],
		["sidx=1", undefined],
		["x=sid=1", undefined],
		["sid", undefined],
		["sid; sid=2", "2"],
		["sid ; a=sid", undefined],
		["", undefined],
		["a=b", undefined],
		["si", undefined],
	])("%s: %s", (line, value) => {
		expect(read([line], "sid")).toBe(value);
	});

	test("in any of several lines, and in none", () => {
		expect(read(["a=b", "sid=1", "sid=2"], "sid")).toBe("1");
		expect(read([], "sid")).toBeUndefined();
	});

	test("is there among any others", () => {
		const name = fc.constantFrom("s", "si", "sidd", "a", "sid", "SID");
		const value = fc.constantFrom("", "1", "sid", "sid=1", "=", '"x"');
		fc.assert(
			fc.property(
				fc.array(fc.tuple(name, value), { maxLength: 5 }),
				fc.constantFrom("; ", ";", " ; "),
				(pairs, separator) => {
					const line = pairs.map(([one, other]) => `${one}=${other}`).join(separator);
					expect(read([line], "sid")).toBe(pairs.find(([one]) => one === "sid")?.[1]);
				},
			),
		);
	});

	test("that the app did not register is an error that says so", () => {
		const served = serve({ routes: { "GET /": (one, response) => response.text(new Cookie("a").get(one) ?? "") } });
		expect(ask(served, request("GET /", ["Cookie: a=b"])).status).toBe(500);
		expect((served.errors[0] as Error).message).toContain('"fields"');
	});
});

describe("a cookie of a response", () => {
	test.each<[CookieAttributes, CookieLifetime, string]>([
		[{}, {}, "; Path=/; HttpOnly; SameSite=Lax"],
		[{ path: "/a b" }, {}, "; Path=/a b; HttpOnly; SameSite=Lax"],
		[{ domain: "thimble.example" }, {}, "; Path=/; Domain=thimble.example; HttpOnly; SameSite=Lax"],
		[{ httpOnly: false }, {}, "; Path=/; SameSite=Lax"],
		[{ sameSite: "Strict" }, {}, "; Path=/; HttpOnly; SameSite=Strict"],
		[{ sameSite: "None", secure: true }, {}, "; Path=/; Secure; HttpOnly; SameSite=None"],
		[{}, { maxAgeSeconds: 60 }, "; Path=/; HttpOnly; SameSite=Lax; Max-Age=60"],
		[{}, { maxAgeSeconds: -1 }, "; Path=/; HttpOnly; SameSite=Lax; Max-Age=-1"],
		[{}, { expires: 784_111_777.9 }, "; Path=/; HttpOnly; SameSite=Lax; Expires=Sun, 06 Nov 1994 08:49:37 GMT"],
		[{}, { expires: 253_402_300_799.5 }, "; Path=/; HttpOnly; SameSite=Lax; Expires=Fri, 31 Dec 9999 23:59:59 GMT"],
		[{}, { expires: 0 }, "; Path=/; HttpOnly; SameSite=Lax; Expires=Thu, 01 Jan 1970 00:00:00 GMT"],
	])("%j, %j", (attributes, lifetime, text) => {
		expect(set("a", "b", attributes, lifetime)).toBe(`a=b${text}`);
	});

	test("is cleared where it was set", () => {
		const cookie = new Cookie("a", { path: "/x", domain: "b.example" });
		const served = serve({
			routes: {
				"GET /": (_request, response) => {
					cookie.clear(response);
					response.empty();
				},
			},
		});
		expect(ask(served, request("GET /")).field("set-cookie")).toBe(
			"a=; Path=/x; Domain=b.example; HttpOnly; SameSite=Lax; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0",
		);
	});

	test.each(["a b", "a;b", "a,b", 'a"b', "a\\b", "a\r\nSet-Cookie: c=d", "a\0", "é", "\x7f", " "])(
		"of the value %j is refused",
		(value) => {
			expect(() => set("a", value)).toThrow();
			const cookie = new Cookie("a");
			const served = serve({ routes: { "GET /": (_request, response) => cookie.set(response, value) } });
			expect(ask(served, request("GET /")).field("set-cookie")).toBeUndefined();
			expect((served.errors[0] as Error).name).toBe("TypeError");
		},
	);

	test("holds whatever a script would encode", () => {
		fc.assert(
			fc.property(fc.string({ unit: "grapheme" }), (text) => {
				const value = encodeURIComponent(text);
				expect(set("a", value)).toBe(`a=${value}; Path=/; HttpOnly; SameSite=Lax`);
			}),
			{ numRuns: 30 },
		);
	});

	test.each<[string, CookieAttributes]>([
		["", {}],
		["a b", {}],
		["a=b", {}],
		["a;b", {}],
		["a\r\nb", {}],
		["a", { path: "a" }],
		["a", { path: "/;Domain=x" }],
		["a", { path: "/\r\nX: y" }],
		["a", { path: `/${"x".repeat(1024)}` }],
		["a", { domain: "" }],
		["a", { domain: "a;b" }],
		["a", { domain: "a b" }],
		["a", { domain: "a@b" }],
		["a", { domain: "a[b" }],
		["a", { sameSite: "None" }],
		["a", { sameSite: "lax" as "Lax" }],
		["__Secure-a", {}],
		["__Host-a", {}],
		["__host-a", { secure: true, path: "/a" }],
		["__Host-a", { secure: true, domain: "a.example" }],
	])("%j with %j is refused when it is defined, as what it is", (name, attributes) => {
		expect(() => new Cookie(name, attributes)).toThrow(TypeError);
		expect(() => new Cookie(name, attributes)).not.toThrow("field name");
	});

	test.each<[string, CookieAttributes]>([
		["__Secure-a", { secure: true, path: "/a", domain: "A-1.example" }],
		["__Host-a", { secure: true }],
		["!#$%&'*+-.^_`|~09azAZ", {}],
	])("%j with %j is one", (name, attributes) => {
		expect(set(name, "1", attributes)).toContain(`${name}=1; `);
	});

	test("of a lifetime that is none, or longer than browsers take, is refused", () => {
		for (const lifetime of [
			{ maxAgeSeconds: 1.5 },
			{ maxAgeSeconds: Number.NaN },
			{ expires: -1 },
			{ expires: Number.NaN },
			{ expires: 253_402_300_800 },
			{ maxAgeSeconds: 1e21 },
		]) {
			expect(() => set("a", "b", {}, lifetime)).toThrow();
		}
		const cookie = new Cookie("a");
		const outcomes: string[] = [];
		const served = serve({
			limits: { sendLength: 8192 },
			routes: {
				"GET /": (_request, response) => {
					for (const length of [4095, 4096]) {
						try {
							cookie.set(response, "x".repeat(length));
							outcomes.push("set");
						} catch (error) {
							outcomes.push((error as Error).name);
						}
					}
					response.empty();
				},
			},
		});
		ask(served, request("GET /"));
		expect(outcomes).toEqual(["set", "TypeError"]);
	});
});
