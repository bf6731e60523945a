// Chains around routes: the order of the links, what a refusal spares, and what is told at the end.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BasicAuth, DigestAuth } from "../src/auth/index.js";
import { wholeContent } from "../src/content.js";
import { EventStream } from "../src/events/index.js";
import { files } from "../src/files.js";
import { json, multipartForm } from "../src/forms/index.js";
import { allowHosts, cors, portalRoutes, sameOrigin } from "../src/guards/index.js";
import {
	type AppOptions,
	defineApp,
	prebuild,
	type Request,
	type Response,
	type Route,
	type RouteHandlers,
} from "../src/index.js";
import { Metrics } from "../src/metrics/index.js";
import { around, aroundAll, type Middleware, withFields } from "../src/middleware.js";
import { resources } from "../src/resources.js";
import { uploads } from "../src/uploads/index.js";
import {
	type Answer,
	answer,
	answers,
	ask,
	promises,
	request,
	type Served,
	serve,
	statuses,
	sure,
	upload,
} from "./support/exchange.js";
import { hash } from "./support/hashes.js";
import { MemoryFolder } from "./support/memory-folder.js";
import { contentOf, resourceOf, textOfLength } from "./support/packed.js";

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
			expect((served.errors[0] as Error).message).toContain("answers and returns false");
		}
	});

	test("lets nobody in but by true: a promise of it, as of an async function in JavaScript, costs a 500", async () => {
		const answers: readonly (() => unknown)[] = [
			async () => false,
			async () => true,
			() => Promise.reject(new Error("broken")),
			() => 1,
			() => undefined,
		];
		for (const onRequest of answers) {
			const { calls, link, route } = writing();
			const served = serveOne(around([link("a"), { onRequest: onRequest as () => boolean }, link("b")], route));
			expect(ask(served, request("GET /")).status).toBe(500);
			await promises();
			expect(calls).toEqual(["a", "a failed"]);
			expect(served.errors).toHaveLength(1);
			expect((served.errors[0] as Error).message).toContain("returns true");
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

	describe.each(["onDone", "onError"] as const)("%s", (hook) => {
		const end = async (route: Route) => {
			const served = serveOne(route);
			const client = served.connect();
			client.send(hook === "onDone" ? request("GET /") : upload("POST /", "abc").slice(0, -1));
			await promises();
			client.reset();
			await promises();
			return served.errors.filter((error) => /broken/.test(String(error))).map((error) => (error as Error).message);
		};
		const throwing = (what: string) => () => {
			throw new Error(`${what} is broken`);
		};
		const rejecting = (what: string) => async () => throwing(what)();

		test.each<[string, () => unknown]>([
			["throws", throwing("route")],
			["is rejected", rejecting("route")],
		])("of a route that %s is reported, and the links are told", async (_what, broken) => {
			for (const answers of [
				(_request: Request, response: Response) => void response.text("x"),
				async (_request: Request, response: Response) => void response.text("x"),
			]) {
				const { calls, link } = writing();
				const onRequest = hook === "onDone" ? answers : () => {};
				const onReadable = hook === "onDone" ? undefined : () => {};
				const route = { onRequest, ...(onReadable !== undefined && { onReadable }), [hook]: broken };
				expect(await end(around([link("a"), link("b")], route))).toEqual(["route is broken"]);
				const told = hook === "onDone" ? "done" : "failed";
				expect(calls).toEqual(["a", "b", `b ${told}`, `a ${told}`]);
			}
		});

		test("of links and the route that fail: one is reported, and no rejection goes unhandled", async () => {
			const kinds = [() => () => {}, throwing, rejecting];
			for (const inner of kinds) {
				for (const outer of kinds) {
					const { calls, link, route } = writing();
					const chain = [link("a"), { [hook]: outer("link") }, { [hook]: inner("other") }];
					const errors = inner === kinds[0] && outer === kinds[0] ? 0 : 1;
					expect(await end(around(chain, route))).toHaveLength(errors);
					expect(calls[calls.length - 1]).toBe(hook === "onDone" ? "a done" : "a failed");
				}
			}
		});
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

	test("goes around handlers of a class, whose verbs are inherited", () => {
		class Stream implements RouteHandlers {
			get contentLengthMax() {
				return 5;
			}
			onRequest(_request: Request, response: Response) {
				response.begin();
			}
			onWritable(_request: Request, response: Response) {
				response.write("streamed");
				response.end();
			}
			onClosing() {}
		}
		const route = around([withFields({ "X-A": "1" })], new Stream());
		expect(typeof (route as RouteHandlers).onClosing).toBe("function");
		const served = serve({ routes: { "* /": route } });
		const one = ask(served, request("GET /"));
		expect([one.status, one.content, one.field("x-a")]).toEqual([200, "streamed", "1"]);
		expect(ask(served, upload("POST /", "123456")).status).toBe(413);
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

	test.each<[string, Route]>([
		["a prebuilt response", prebuild({ content: "x" })],
		["a route", (_request, response) => response.text("x")],
	])("go with the refusal of a link in front of %s", (_what, route) => {
		const no = writing().link("no", false);
		const one = ask(serveOne(around([link, no], route)), request("GET /"));
		expect([one.status, one.field("x-frame-options")]).toEqual([403, "DENY"]);
	});

	test("go with a prebuilt response that a route or a link sends", () => {
		const made = prebuild({ status: 418, content: "x", fields: { "X-A": "own" } });
		const sends: Middleware = { onRequest: (_request, response) => !response.send(made) };
		for (const route of [
			around([link], (_request, response) => response.send(made)),
			around([link, sends], writing().route),
			around([link], around([{ onRequest: () => true }], made)),
		]) {
			const one = ask(serveOne(route), request("GET /"));
			expect([one.status, one.content, one.field("x-frame-options"), one.field("x-a")]).toEqual([
				418,
				"x",
				"DENY",
				"own, 1",
			]);
		}
	});

	test("go with resources, files, preflights, redirects, whatever these answer", () => {
		const origin = "Origin: https://a.example";
		const inside = {
			...resources([resourceOf("/index.html", "small", { gzip: contentOf('"1-gzip"', "(coded)") })], { prefix: "/r" }),
			...files("/f", new MemoryFolder({ "a.txt": "0123456789" })),
			...cors({ origins: ["https://a.example"] }, { "GET /c": prebuild({ content: "c" }) }),
			...portalRoutes("http://192.168.4.1/setup"),
		};
		const served = serve({ routes: aroundAll([link], inside) });
		for (const [line, lines, status] of [
			["GET /r/", [], 200],
			["GET /r/", ["Accept-Encoding: gzip"], 200],
			["GET /r/", ['If-None-Match: "1"'], 304],
			["GET /r/", ['If-Match: "2"'], 412],
			["GET /r/", ["Range: bytes=1-2"], 206],
			["GET /r/", ["Range: bytes=9-"], 416],
			["GET /r/", ["Accept-Encoding: identity;q=0"], 406],
			["GET /r", [], 301],
			["HEAD /r/", [], 200],
			["GET /f/a.txt", [], 200],
			["GET /f/.a", [], 404],
			["GET /f/a.txt", ["Range: bytes=0-1"], 206],
			["GET /c", [origin], 200],
			["OPTIONS /c", [origin, "Access-Control-Request-Method: GET"], 204],
			["OPTIONS /c", [], 204],
			["GET /generate_204", [], 302],
		] as const) {
			const one = ask(served, request(line, lines));
			expect([line, lines, one.status, one.field("x-frame-options")]).toEqual([line, lines, status, "DENY"]);
		}
		expect(served.errors).toEqual([]);
	});

	test("change nothing else, whatever is asked for and however it is taken", () => {
		const text = textOfLength(3000);
		const inside: Readonly<Record<string, Route>> = {
			"GET /made": prebuild({ content: "made" }),
			"GET /long": prebuild({ content: text, status: 404 }),
			"GET /none": prebuild({ status: 204 }),
			"GET /text": (_request, response) => response.text(text),
			"GET /hint": (_request, response) => response.interim(103, { Link: "</a>" }) && response.text("hint"),
			"GET /pieces": {
				onRequest: (_request, response) => response.begin(),
				onWritable: (_request, response) => response.write("piece") && response.end(),
			},
			"POST /upload": wholeContent(100, (_request, response, content) => response.octets(content)),
			...resources([
				resourceOf("/r", text, { gzip: contentOf('"1-gzip"', "(coded)".repeat(200)) }),
				resourceOf("/s", "s"),
			]),
			...files("/f", new MemoryFolder({ "a.txt": text })),
		};
		const bare = serve({ routes: inside });
		const chained = serve({ routes: aroundAll([link, { onRequest: () => true }], inside) });
		const asked = fc.record({
			method: fc.constantFrom("GET", "HEAD"),
			path: fc.constantFrom("/made", "/long", "/none", "/text", "/hint", "/pieces", "/r", "/s", "/f/a.txt", "/f/.a"),
			lines: fc.subarray([
				"Accept-Encoding: gzip",
				'If-None-Match: "1"',
				'If-Match: "2"',
				"Range: bytes=5-2000",
				"Range: bytes=0-9,500-509,-3",
				"Range: bytes=9000-",
			]),
			upload: fc.option(fc.string({ unit: "binary-ascii", maxLength: 100 })),
		});
		type Asked = typeof asked extends fc.Arbitrary<infer T> ? T : never;
		const octetsFor = ({ method, path, lines, upload: content }: Asked) =>
			content === null ? request(`${method} ${path}`, lines) : upload("POST /upload", content);
		const fieldsOf = (one: Answer) => one.fields.map(([name, value]) => `${name}: ${value}`).sort();
		fc.assert(
			fc.property(
				fc.array(asked, { minLength: 1, maxLength: 4 }),
				fc.integer({ min: 1, max: 3000 }),
				fc.boolean(),
				(all, step, copiesParts) => {
					const methods = all.flatMap(({ method, upload: content }) => [content === null ? method : "POST"]);
					const take = (served: Served) => {
						const client = served.connect((one) => {
							one.room = step;
							one.transport.copiesParts = copiesParts;
						});
						client.send(all.map(octetsFor).join(""));
						for (let turn = 0; turn * step < 40_000; turn += 1) client.take(step);
						const found = answers(client, methods);
						client.end();
						return found;
					};
					const [plain, dressed] = [take(bare), take(chained)];
					expect(dressed.map(({ status, content }) => [status, content])).toEqual(
						plain.map(({ status, content }) => [status, content]),
					);
					dressed.forEach((one, index) => {
						const without = fieldsOf(plain[index] as Answer);
						const added = one.status < 200 ? [] : ["x-a: 1", "x-frame-options: DENY"];
						expect(fieldsOf(one)).toEqual([...without, ...added].sort());
					});
				},
			),
			{ numRuns: 200 },
		);
		expect([bare.errors, chained.errors]).toEqual([[], []]);
	});

	test("and cross-origin fields go with resources, and both their Vary", () => {
		const routes = cors(
			{ origins: ["https://a.example"] },
			resources([resourceOf("/a.txt", "small", { gzip: contentOf('"1-gzip"', "(coded)") })]),
		);
		const one = ask(serve({ routes }), request("GET /a.txt", ["Origin: https://a.example"]));
		expect([one.status, one.field("vary"), one.field("access-control-allow-origin")]).toEqual([
			200,
			"Accept-Encoding, Origin",
			"https://a.example",
		]);
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
		for (const fields of [
			{ "X A": "1" },
			{ "X-A": "1\r\n" },
			{ "Content-Length": "1" },
			{ Date: "x" },
			{ "content-type": "text/html" },
			{ Upgrade: "x" },
		]) {
			expect(() => withFields(fields)).toThrow(TypeError);
			for (const route of [prebuild({ content: "x" }), () => {}]) {
				expect(() => around([{ responseFields: fields }], route)).toThrow(TypeError);
			}
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

describe("a head that is known", () => {
	/** What `sendLength` has to be; 0: no more than it has to be anyway. */
	const least = (routes: AppOptions["routes"], sendLength = 512): number => {
		try {
			defineApp({ routes, limits: { sendLength } });
		} catch (error) {
			return least(routes, Number(sure(/at least (\d+)/.exec(String(error)))[1]));
		}
		return sendLength > 512 ? sendLength : 0;
	};
	const long = withFields({ "X-Long": "x".repeat(400) });
	const sees: Middleware = { onDone: () => {} };
	const made = prebuild({ content: "made", fields: { "X-Made": "m".repeat(100) } });

	test("has the chain's fields, around whatever they go, and is refused where the app is defined", () => {
		expect(least(aroundAll([sees], { "GET /": made }))).toBe(0);
		expect(least(aroundAll([long], { "GET /": (_request, response) => response.text("x") }))).toBeGreaterThan(512);
		expect(least(aroundAll([long, long], resources([resourceOf("/a", "a")])))).toBe(
			least(aroundAll([long], resources([resourceOf("/a", "a")]))) + "X-Long: \r\n".length + 400,
		);
	});

	describe("holds whatever is asked for", () => {
		const origin = "https://app.thimble.example:8443";
		const options = { realm: "r".repeat(98), users: [], hash };
		const shared = { origins: [origin], requestFields: ["X-Long-1", "X-Long-2"], credentials: true };
		const preflight = request("OPTIONS /", [`Origin: ${origin}`, "Access-Control-Request-Method: PUT"]);
		const basic = "Authorization: Basic YTpi";
		const tus = ["Tus-Resumable: 1.0.0", "Upload-Length: 0"];
		const page = { "GET /": made, "POST /": made };
		const routes: Readonly<Record<string, readonly [Readonly<Record<string, Route>>, readonly [string, number][]]>> = {
			cors: [
				cors(shared, page),
				[
					[request("GET /", [`Origin: ${origin}`]), 200],
					[request("GET /"), 200],
					[preflight, 204],
					[request("OPTIONS /"), 204],
				],
			],
			"cors for all": [cors({ ...shared, origins: "*", credentials: false }, page), [[preflight, 204]]],
			digest: [
				aroundAll([new DigestAuth({ ...options, random: () => {}, md5: true })], page),
				[[request("GET /"), 401]],
			],
			basic: [
				aroundAll([new BasicAuth({ ...options, guessesMax: 1, lockMs: 100_000_000 })], page),
				[
					[request("GET /", [basic]), 401],
					[request("GET /", [basic]), 429],
				],
			],
			guards: [
				aroundAll([allowHosts(["thimble"]), sameOrigin()], { "POST /": prebuild({}) }),
				[
					[request("POST /", ["Host: other"]), 421],
					[request("POST /", ["Host: thimble", "Origin: http://other"]), 403],
				],
			],
			forms: [
				{ "POST /": json({ lengthMax: 9 }, () => {}), "PUT /": multipartForm({ lengthMax: 9 }, () => {}) },
				[
					[upload("POST /", "x"), 415],
					[upload("PUT /", "x"), 415],
					[upload("PUT /", "x", ["Content-Encoding: gzip"]), 415],
				],
			],
			uploads: [
				uploads(`/${"u".repeat(40)}`, {
					lengthMax: Number.MAX_SAFE_INTEGER,
					random: (octets) => octets.fill(1),
					sink: () => ({ write: () => {}, end: () => {} }),
				}),
				[
					[request(`OPTIONS /${"u".repeat(40)}`), 204],
					[request(`POST /${"u".repeat(40)}`), 412],
					[upload(`POST /${"u".repeat(40)}`, "x", tus), 415],
					[upload(`POST /${"u".repeat(40)}`, "", tus), 201],
					[request(`HEAD /${"u".repeat(40)}/0101010101010101`, tus), 200],
				],
			],
			events: [{ "GET /": new EventStream({ subscribersMax: 1 }).route }, [[request("HEAD /"), 200]]],
			metrics: [{ "GET /": new Metrics().route }, [[request("HEAD /"), 200]]],
		};

		test.each(Object.keys(routes))("%s", (what) => {
			const [inside, asked] = sure(routes[what]);
			const chained = aroundAll([long], inside);
			const sendLength = least(chained);
			const served = serve({ routes: chained, limits: { sendLength } });
			expect(asked.map(([octets]) => ask(served, octets).status)).toEqual(asked.map(([, status]) => status));
			expect(served.errors).toEqual([]);
		});
	});

	test("is what it takes to send it: a prebuilt response in a chain", () => {
		const routes = aroundAll([sees, long], { "GET /": made });
		const sendLength = least(routes);
		expect(ask(serve({ routes, limits: { sendLength } }), request("GET /")).content).toBe("made");
		const unchecked = Object.fromEntries(
			Object.entries(routes).map(([name, route]) => [name, { ...(route as RouteHandlers), headLengthMax: 0 }]),
		);
		const short = serve({ routes: unchecked, limits: { sendLength: sendLength - 1 } });
		expect(ask(short, request("GET /")).status).toBe(500);
	});
});
