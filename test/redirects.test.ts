// Redirects (RFC 9110 §15.4): their statuses, and what may stand in a Location.

import { describe, expect, test } from "vitest";
import { localTarget, type RedirectStatus, redirect, redirectTo } from "../src/redirects.js";
import { answer, ask, promises, request, serve } from "./support/exchange.js";

/** The answer to a request that is redirected like this. */
function redirected(status: number, location: string) {
	const served = serve({
		routes: { "GET /": (_request, response) => redirect(response, status as RedirectStatus, location) },
	});
	return { ...ask(served, request("GET /")), errors: served.errors.map((error) => (error as Error).name) };
}

describe("a redirect", () => {
	test.each([301, 302, 303, 307, 308])("%i", (status) => {
		const one = redirected(status, "/next?a=1#top");
		expect([one.status, one.field("location"), one.content]).toEqual([status, "/next?a=1#top", ""]);
	});

	test.each([200, 300, 304, 305, 306, 309, 404])("%i is none", (status) => {
		expect(redirected(status, "/next")).toMatchObject({ status: 500, errors: ["RangeError"] });
		expect(() => redirectTo(status as RedirectStatus, "/next")).toThrow(RangeError);
	});

	test.each([
		"/",
		"next",
		"../a",
		"https://thimble.example:81/a?b=c#d",
		"http://[::1]/",
		"/%C3%A9",
		"//a/b",
		"?a",
		"~!$&'()*+,;=",
	])("to %s", (location) => {
		expect(redirected(303, location).field("location")).toBe(location);
		expect(ask(serve({ routes: { "GET /": redirectTo(308, location) } }), request("GET /")).field("location")).toBe(
			location,
		);
	});

	test.each([
		"",
		"/a b",
		"/a\r\nSet-Cookie: x=y",
		"/\n",
		"/é",
		"/%",
		"/%0",
		"/%0g",
		'/"',
		"/<",
		"/\\a",
		"/\x7f",
		"/{}",
		"/|",
	])("to %j is refused, for no URI has that", (location) => {
		expect(redirected(303, location)).toMatchObject({ status: 500, errors: ["TypeError"] });
		expect(() => redirectTo(303, location)).toThrow(TypeError);
	});

	test("that comes later", async () => {
		const served = serve({
			routes: {
				"GET /": async (_request, response) => {
					await undefined;
					return redirect(response, 303, "/next");
				},
			},
		});
		const client = served.connect();
		client.send(request("GET /"));
		await promises();
		expect(answer(client).status).toBe(303);
	});
});

test("a target that a client brought along stays on this server", () => {
	for (const target of ["/", "/settings", "/a/b?c=d#e", "/a//b", "/%5Ca"])
		expect(localTarget(target, "/home")).toBe(target);
	for (const target of [
		"",
		"a",
		"//elsewhere",
		"/\\elsewhere",
		"https://elsewhere/",
		"/a b",
		"/\r\n",
		"javascript:x",
		undefined,
	]) {
		expect(localTarget(target, "/home")).toBe("/home");
	}
});
