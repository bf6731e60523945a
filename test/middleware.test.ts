// Chains around routes: the order of the links, what a refusal spares, and what is told at the end.

import { describe, expect, test } from "vitest";
import {
	type AppOptions,
	prebuild,
	type Request,
	type Response,
	type Route,
	type RouteHandlers,
} from "../src/index.js";
import { around, aroundAll, type Middleware, withFields } from "../src/middleware.js";
import { answer, ask, request, serve, statuses, upload } from "./support/exchange.js";

/** Links and routes that write down what is called. */
function writing() {
	const calls: string[] = [];
	const link = (name: string, goesOn = true): Middleware => ({
		onRequest: (_request, response) => {
			calls.push(name);
			if (goesOn) return true;
			response.status = 403;
			response.text(name);
			return false;
		},
		onDone: () => void calls.push(`${name} done`),
		onError: () => void calls.push(`${name} failed`),
	});
	const route: RouteHandlers = {
		onRequest: (one) => {
			calls.push("route");
			one.state = "mine";
		},
		onReadable: (one, response, count) => {
			calls.push(`readable ${count}`);
			while (one.read(new Uint8Array(10)) > 0);
			if (count === 0) response.text("x");
		},
		onDone: (one) => void calls.push(`route done ${one.state}`),
		onError: (one) => void calls.push(`route failed ${one.state}`),
	};
	return { calls, link, route };
}

function serveOne(route: Route, options: Partial<AppOptions> = {}) {
	return serve({ ...options, routes: { "* /": route } });
}

describe("a chain", () => {
	test("is gone through from the outermost link inwards, and back at the end", () => {
		const { calls, link, route } = writing();
		const served = serveOne(around([link("a"), link("b")], route));
		expect(ask(served, upload("POST /", "abc")).content).toBe("x");
		expect(calls).toEqual(["a", "b", "route", "readable 3", "readable 0", "route done mine", "b done", "a done"]);
	});

	test("ends at a link that answers: what is inside hears nothing, then or later", () => {
		const { calls, link, route } = writing();
		const served = serveOne(around([link("a"), link("b", false), link("c")], route));
		const client = served.connect();
		client.send(upload("POST /", "abc") + upload("POST /", ""));
		expect(statuses(client)).toEqual([403, 403]);
		const once = ["a", "b", "b done", "a done"];
		expect(calls).toEqual([...once, ...once]);
		expect(served.errors).toEqual([]);
	});

	test("inside a chain", () => {
		for (const [inner, outer] of [
			[false, true],
			[true, false],
			[true, true],
		] as const) {
			const { calls, link, route } = writing();
			const served = serveOne(around([link("a", outer)], around([link("b", inner)], route)));
			ask(served, request("GET /"));
			expect(calls).toEqual(
				!outer
					? ["a", "a done"]
					: !inner
						? ["a", "b", "b done", "a done"]
						: ["a", "b", "route", "readable 0", "route done mine", "b done", "a done"],
			);
		}
	});

	test("is told of a bad end, the route as far as it was reached", () => {
		const { calls, link, route } = writing();
		const served = serveOne(around([link("a")], route));
		const client = served.connect();
		client.send(upload("POST /", "abc").slice(0, -1));
		client.reset();
		expect(calls).toEqual(["a", "route", "readable 2", "route failed mine", "a failed"]);
	});

	test("whose link says no and does not answer costs a 500, also where the route reads content", () => {
		for (const route of [writing().route, (_request: Request, response: Response) => response.text("x")]) {
			const served = serveOne(around([{ onRequest: () => false }], route));
			expect(ask(served, upload("POST /", "abc")).status).toBe(500);
			expect((served.errors[0] as Error).message).toContain("answers before");
		}
	});

	test("that throws costs a 500, and the route is not called", () => {
		const { calls, route } = writing();
		const link: Middleware = {
			onRequest: () => {
				throw new Error("broken");
			},
		};
		expect(ask(serveOne(around([link], route)), request("GET /")).status).toBe(500);
		expect(calls).toEqual([]);
	});

	test("keeps what the route says of its content and its fields, and adds what its links read", () => {
		const route: RouteHandlers = {
			contentLengthMax: 3,
			fields: ["X-A"],
			onReadable: (one, response, count) => {
				while (one.read(new Uint8Array(10)) > 0);
				if (count === 0) response.text(`${one.field("X-A")}${one.field("X-B")}`);
			},
		};
		const served = serveOne(around([{ fields: ["X-B"] }], route));
		expect(ask(served, upload("POST /", "abc", ["X-A: 1", "X-B: 2"])).content).toBe("12");
		expect(ask(served, upload("POST /", "abcd")).status).toBe(413);
	});

	test("of no link is the route", () => {
		const made = prebuild({ content: "x" });
		expect(around([], made)).toBe(made);
		expect(ask(serveOne(around([], (_request, response) => response.text("y"))), request("GET /")).content).toBe("y");
	});

	test("around several routes", () => {
		const { calls, link } = writing();
		const routes = aroundAll([link("a")], {
			"GET /a": (_request, response) => response.text("a"),
			"GET /b": prebuild({ content: "b" }),
		});
		const served = serve({ routes });
		expect([ask(served, request("GET /a")).content, ask(served, request("GET /b")).content]).toEqual(["a", "b"]);
		expect(calls).toEqual(["a", "a done", "a", "a done"]);
	});

	test("works for a stream", () => {
		const route: RouteHandlers = {
			onRequest: (_request, response) => response.begin(3),
			onWritable: (_request, response) => {
				response.write("abc");
				response.end();
			},
		};
		expect(ask(serveOne(around([withFields({ "X-A": "1" })], route)), request("GET /")).content).toBe("abc");
	});
});

describe("fields for all responses of a route", () => {
	const link = withFields({ "X-Frame-Options": "DENY", "X-A": "1" });

	test.each<[string, Route]>([
		["a function", (_request, response) => response.text("x")],
		["verbs", { onReadable: (_request, response) => response.text("x") }],
		["a prebuilt response", prebuild({ content: "x" })],
		["a refusal inside", around([writing().link("no", false)], prebuild({ content: "x" }))],
	])("%s", (_what, route) => {
		const one = ask(serveOne(around([link, withFields({ "X-A": "2" })], route)), request("GET /"));
		expect([one.field("x-frame-options"), one.field("x-a")]).toEqual(["DENY", "1, 2"]);
	});

	test("leave a prebuilt response prebuilt, chain in chain", () => {
		const made = around([link], around([link], prebuild({ content: "x" })));
		expect("head" in made).toBe(true);
		expect(ask(serveOne(made), request("GET /")).field("x-a")).toBe("1, 1");
	});

	test("go with a prebuilt response among links that do something", () => {
		const { calls, link: other } = writing();
		const one = ask(serveOne(around([link, other("a")], prebuild({ content: "x" }))), request("GET /"));
		expect([one.field("x-a"), one.content, calls]).toEqual(["1", "x", ["a", "a done"]]);
	});

	test("are not all that a link around a prebuilt response may be", () => {
		for (const hook of ["onRequest", "onDone"] as const) {
			let count = 0;
			const called = () => {
				count += 1;
				return true;
			};
			ask(serveOne(around([{ [hook]: called }], prebuild({ content: "x" }))), request("GET /"));
			expect([hook, count]).toEqual([hook, 1]);
		}
	});

	test("that no field may be are refused when they are defined", () => {
		for (const fields of [{ "X A": "1" }, { "X-A": "1\r\n" }, { "Content-Length": "1" }, { Date: "x" }]) {
			expect(() => withFields(fields)).toThrow(TypeError);
		}
	});
});

test("a client that leaves in the middle is no concern of a link without hooks", () => {
	const served = serveOne(around([{}], writing().route));
	const client = served.connect();
	client.send(upload("POST /", "abc").slice(0, -1));
	client.reset();
	expect(served.errors).toEqual([]);
	expect(answer(served.connect((next) => next.send(request("GET /")))).status).toBe(200);
});
