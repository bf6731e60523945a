// thimble-http/resources: packed resources as routes, from the request's octets to the response's: content codings, every cell
// of the order of preconditions, ranges, and what else a browser or a cache looks at.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { files } from "../src/files.js";
import { type AppOptions, defineApp } from "../src/index.js";
import { aroundAll, type Middleware } from "../src/middleware.js";
import { NOT_LISTED, weightOf } from "../src/resources/coding.js";
import type { PackedResource } from "../src/resources/packed.js";
import { packed, type ResourceOptions, resources } from "../src/resources.js";
import { type Answer, answers, ask, request, type Served, serve, statuses } from "./support/exchange.js";
import { MemoryFolder } from "./support/memory-folder.js";
import { octetsOf, textOf } from "./support/octets.js";
import { contentOf, partsOf, resourceOf, textOfLength } from "./support/packed.js";

const MODIFIED = "Sun, 09 Sep 2001 01:46:40 GMT";
const BEFORE = "Sun, 09 Sep 2001 01:46:39 GMT";
const AFTER = "Sun, 09 Sep 2001 01:46:41 GMT";

function serveResources(
	list: readonly PackedResource[],
	options: ResourceOptions = {},
	more: Partial<AppOptions> = {},
): Served {
	return serve({ ...more, routes: resources(list, options) });
}

const TEXT = textOfLength(5000);
const SERVED = serveResources([
	resourceOf("/long.txt", TEXT),
	resourceOf("/short.txt", "short"),
	resourceOf("/empty.txt", ""),
	resourceOf("/both.txt", TEXT, { gzip: contentOf('"1-gzip"', "(coded)".repeat(300)) }),
	resourceOf("/small.txt", "small, ".repeat(9), { gzip: contentOf('"1-gzip"', "(coded)") }),
]);

function get(path: string, lines: readonly string[] = [], method = "GET"): Answer {
	const answer = ask(SERVED, request(`${method} ${path}`, lines), method);
	expect(SERVED.errors).toEqual([]);
	return answer;
}

describe("a resource", () => {
	test.each([
		["/long.txt", TEXT],
		["/short.txt", "short"],
	])("%s: has its validators, its type, its length", (path, text) => {
		const { fields, content, status } = get(path);
		expect([status, content]).toEqual([200, text]);
		expect(fields.map(([name, value]) => `${name}: ${value}`).sort()).toEqual([
			"accept-ranges: bytes",
			"cache-control: no-cache",
			`content-length: ${text.length}`,
			"content-type: text/plain",
			"date: Sun, 06 Nov 1994 08:49:37 GMT",
			'etag: "1"',
			`last-modified: ${MODIFIED}`,
		]);
	});

	test("without octets has no type", () => {
		const { status, content, field } = get("/empty.txt");
		expect([status, content, field("content-length"), field("content-type")]).toEqual([200, "", "0", undefined]);
	});

	test.each(["/long.txt", "/short.txt", "/empty.txt", "/both.txt"])("%s: HEAD says the same", (path) => {
		const [whole, head] = [get(path), get(path, [], "HEAD")];
		expect(head.fields).toEqual(whole.fields);
		expect(head.content).toBe("");
	});

	test("other methods are not allowed", () => {
		expect(get("/long.txt", ["Content-Length: 0"], "POST").field("allow")).toBe("GET, HEAD, OPTIONS");
	});

	test("is kept for a year where its name has a hash, else asked for again, as the app wants it", () => {
		const list = [resourceOf("/a-1f2e3d4c.js", "1", { isImmutable: true }), resourceOf("/b.js", "2")];
		const of = (options: ResourceOptions) =>
			["/a-1f2e3d4c.js", "/b.js"].map((path) => {
				const { field } = ask(serveResources(list, options), request(`GET ${path}`));
				return [field("cache-control"), field("x-a")];
			});
		const immutable = "public, max-age=31536000, immutable";
		expect(of({})).toEqual([
			[immutable, undefined],
			["no-cache", undefined],
		]);
		expect(of({ cacheControl: "max-age=5", fields: { "X-A": "1" } })).toEqual([
			[immutable, "1"],
			["max-age=5", "1"],
		]);
	});

	test("varies with what the app says, too", () => {
		const list = [
			resourceOf("/both.txt", TEXT, { gzip: contentOf('"1-gzip"', "(coded)") }),
			resourceOf("/one.txt", TEXT),
			resourceOf("/short.txt", "short", { gzip: contentOf('"1-gzip"', "(co)") }),
		];
		const served = serveResources(list, { fields: { vary: "Origin", "X-A": "1" } });
		for (const [path, lines, vary] of [
			["/both.txt", [], "Accept-Encoding, Origin"],
			["/short.txt", ["Accept-Encoding: gzip"], "Accept-Encoding, Origin"],
			["/short.txt", ["Accept-Encoding: gzip", 'If-None-Match: "1-gzip"'], "Accept-Encoding, Origin"],
			["/one.txt", [], "Origin"],
			["/one.txt", ["Accept-Encoding: identity;q=0"], "Accept-Encoding, Origin"],
		] as const) {
			const { fields } = ask(served, request(`GET ${path}`, lines));
			const further = fields.filter(([name]) => name === "vary" || name === "x-a");
			expect(further.sort()).toEqual([
				["vary", vary],
				["x-a", "1"],
			]);
		}
	});

	test.each([
		"ETag",
		"etag",
		"Last-Modified",
		"Cache-Control",
		"Accept-Ranges",
		"Content-Type",
		"Content-Encoding",
		"Content-Range",
		"Content-Length",
		"Date",
	])("has no other %s", (name) => {
		expect(() => resources([resourceOf("/a", "a")], { fields: { [name]: "x" } })).toThrow(TypeError);
		expect(() => files("", new MemoryFolder({}), { fields: { [name]: "x" } })).toThrow(TypeError);
	});

	test.each([
		[['If-Match: "2"'], 412, '"1"'],
		[['If-Match: "2"', "Accept-Encoding: gzip"], 412, '"1-gzip"'],
		[["Range: bytes=9000-"], 416, '"1"'],
		[["Range: bytes=9000-", "Accept-Encoding: gzip"], 416, '"1-gzip"'],
		[["Accept-Encoding: *;q=0"], 406, undefined],
	])("that is refused (%j: %d) says which one it was, and nothing for caches", (lines, status, tag) => {
		const served = serveResources([resourceOf("/a", TEXT, { gzip: contentOf('"1-gzip"', "(coded)") })], {
			fields: { "X-A": "1" },
			cacheControl: "max-age=60",
		});
		const one = ask(served, request("GET /a", lines));
		expect([one.status, one.field("etag"), one.field("vary"), one.field("x-a"), one.field("cache-control")]).toEqual([
			status,
			tag,
			"Accept-Encoding",
			"1",
			undefined,
		]);
		expect(one.content).toMatch(new RegExp(`^${status} .*\n$`));
	});

	test("comes whole through any room, one after the other", () => {
		for (const roomMax of [1, 100, 1023, 1024, 1500, 4000]) {
			const client = SERVED.connect((one) => {
				one.transport.roomMax = roomMax;
			});
			const all = ["/long.txt", "/short.txt", "/both.txt"].map((path) => request(`GET ${path}`)).join("");
			client.send(all);
			expect(answers(client).map(({ content }) => content)).toEqual([TEXT, "short", TEXT]);
			client.end();
		}
	});
});

describe("folders", () => {
	const served = serveResources(
		[resourceOf("/index.html", "root"), resourceOf("/docs/index.html", "docs"), resourceOf("/docs/a.html", "a")],
		{ prefix: "/app/v1" },
	);
	const of = (path: string) => {
		const { status, content, field } = ask(served, request(`GET ${path}`));
		return [status, field("location") ?? content];
	};

	test.each([
		["/app/v1/", [200, "root"]],
		["/app/v1/index.html", [200, "root"]],
		["/app/v1", [301, "/app/v1/"]],
		["/app/v1/docs/", [200, "docs"]],
		["/app/v1/docs/index.html", [200, "docs"]],
		["/app/v1/docs", [301, "/app/v1/docs/"]],
		["/app/v1/docs/a.html", [200, "a"]],
		["/app/v1/docs/../docs/a.html", [200, "a"]],
		["/app/v1/docs/a.html/", [404, "404 Not Found\n"]],
		["/app/v1/docs%2Fa.html", [404, "404 Not Found\n"]],
		["/index.html", [404, "404 Not Found\n"]],
	])("%s", (path, expected) => {
		expect(of(path)).toEqual(expected);
	});

	test("whose names no URI has as they are", () => {
		const names = ["\u00fc", "\u4e2d", "50%", "a?b", "a#b", "[a]", "a;b=c"];
		const all = serveResources(names.map((name) => resourceOf(`/${name}/index.html`, name.replace(/[^a-z0-9]/g, ""))));
		for (const name of names) {
			const encoded = `/${encodeURIComponent(name)}`;
			const moved = ask(all, request(`GET ${encoded}`));
			const location = moved.field("location") as string;
			expect([moved.status, decodeURIComponent(location)]).toEqual([301, `/${name}/`]);
			expect(ask(all, request(`GET ${location}`)).content).toBe(name.replace(/[^a-z0-9]/g, ""));
		}
		const plain = serveResources([resourceOf("/v1.2_~-/a;b=c@:!/index.html", "x")]);
		expect(ask(plain, request("GET /v1.2_~-/a;b=c@:!")).field("location")).toBe("/v1.2_~-/a;b=c@:!/");
	});

	test.each(["app", "/", "/app/", "//a", "/a//b", "/:a", "/*", "/a b", "/a%20b"])("the prefix %s is none", (prefix) => {
		expect(() => resources([], { prefix })).toThrow(TypeError);
	});
});

describe("content codings (RFC 9110 §12.5.3)", () => {
	test.each([
		// Accept-Encoding, what is sent where there is gzip, and where there is not
		[undefined, "identity", "identity"],
		["", "identity", "identity"],
		["gzip", "gzip", "identity"],
		["GZip", "gzip", "identity"],
		["x-gzip", "gzip", "identity"],
		["gzip, deflate, br, zstd", "gzip", "identity"],
		["br;q=1.0, gzip;q=0.8, *;q=0.1", "gzip", "identity"],
		["br", "identity", "identity"],
		["deflate, gzipped, xgzip", "identity", "identity"],
		["*", "gzip", "identity"],
		["*;q=0.5", "gzip", "identity"],
		["gzip;q=0", "identity", "identity"],
		["gzip;q=0.000", "identity", "identity"],
		["gzip;q=0, *", "identity", "identity"],
		["*;q=0, identity", "identity", "identity"],
		["identity;q=1, gzip;q=0.5", "identity", "identity"],
		["identity;q=0.5, gzip;q=0.5", "gzip", "identity"],
		["identity;q=0.501,gzip;q=0.5", "identity", "identity"],
		["gzip;q=0.001", "gzip", "identity"],
		["gzip ; Q=0.5\t, identity;q=0.4", "gzip", "identity"],
		["identity;q=0", "none", "none"],
		["identity;q=0, gzip", "gzip", "none"],
		["*;q=0", "none", "none"],
		["gzip;q=0, identity;q=0", "none", "none"],
		["identity;q=0, *", "gzip", "none"],
		["gzip;q=2", "identity", "identity"],
		["gzip;q=", "identity", "identity"],
		["gzip;q=0.5x", "identity", "identity"],
		["gzip;level=9", "identity", "identity"],
		[", ,gzip,", "gzip", "identity"],
	])("%s: %s, or %s", (value, withGzip, without) => {
		const lines = value === undefined ? [] : [`Accept-Encoding: ${value}`];
		const sent = ({ status, field }: Answer) => (status === 406 ? "none" : (field("content-encoding") ?? "identity"));
		expect([sent(get("/both.txt", lines)), sent(get("/long.txt", lines))]).toEqual([withGzip, without]);
		expect(sent(get("/small.txt", lines))).toBe(withGzip);
	});

	test("are looked for in all lines of the field", () => {
		expect(get("/both.txt", ["Accept-Encoding: br", "Accept-Encoding: gzip"]).field("content-encoding")).toBe("gzip");
	});

	test("each has a tag of its own, and caches are told what it depends on", () => {
		const seen = ["gzip", "identity"].map((coding) => {
			const { field, content } = get("/both.txt", [`Accept-Encoding: ${coding}`]);
			return [field("etag"), field("vary"), field("content-length"), content.slice(0, 7)];
		});
		expect(seen).toEqual([
			['"1-gzip"', "Accept-Encoding", "2100", "(coded)"],
			['"1"', "Accept-Encoding", "5000", TEXT.slice(0, 7)],
		]);
		expect(get("/long.txt").field("vary")).toBeUndefined();
	});

	test("any weight is read as the grammar has it", () => {
		const weight = fc.oneof(
			fc.integer({ min: 0, max: 1000 }).map((q): [string, number] => [`;q=${(q / 1000).toFixed(3)}`, q]),
			fc.constantFrom<[string, number]>(["", 1000], [";q=1", 1000], [" ; q=0.", 0], [";q=1.1", NOT_LISTED]),
		);
		fc.assert(
			fc.property(weight, weight, ([first, q], [second, other]) => {
				const octets = octetsOf(`br${first}, gzip${second} , identity`);
				const of = (coding: string) => weightOf(octets, 0, octets.length, octetsOf(coding));
				expect([of("br"), of("gzip"), of("identity"), of("*")]).toEqual([q, other, 1000, NOT_LISTED]);
			}),
		);
	});
});

describe("preconditions", () => {
	const IF_MATCH = { absent: [], true: ['If-Match: "0", "1"'], false: ['If-Match: "2", W/"1"'] };
	const UNMODIFIED = {
		absent: [],
		true: [`If-Unmodified-Since: ${MODIFIED}`],
		false: [`If-Unmodified-Since: ${BEFORE}`],
	};
	const NONE_MATCH = { absent: [], true: ['If-None-Match: "2"'], false: ['If-None-Match: W/"1"'] };
	const MODIFIED_SINCE = {
		absent: [],
		true: [`If-Modified-Since: ${BEFORE}`],
		false: [`If-Modified-Since: ${MODIFIED}`],
	};
	const OUTCOMES = ["absent", "true", "false"] as const;
	const CELLS = OUTCOMES.flatMap((match) =>
		OUTCOMES.flatMap((unmodified) =>
			OUTCOMES.flatMap((none) => OUTCOMES.map((modified) => [match, unmodified, none, modified] as const)),
		),
	);

	test.each(CELLS)(
		"If-Match %s, If-Unmodified-Since %s, If-None-Match %s, If-Modified-Since %s",
		(match, unmodified, none, modified) => {
			const lines = [...IF_MATCH[match], ...UNMODIFIED[unmodified], ...NONE_MATCH[none], ...MODIFIED_SINCE[modified]];
			// RFC 9110 §13.2.2, as it is written: each step, and where it leads.
			const step3 = none === "absent" ? "step 4" : none;
			const passed = match === "absent" ? (unmodified === "false" ? 412 : 0) : match === "false" ? 412 : 0;
			const isKnown = step3 === "step 4" ? modified === "false" : step3 === "false";
			const expected = passed === 412 ? 412 : isKnown ? 304 : 200;
			for (const method of ["GET", "HEAD"]) {
				for (const path of ["/long.txt", "/short.txt"]) expect(get(path, lines, method).status).toBe(expected);
			}
			const ranged = get("/long.txt", [...lines, "Range: bytes=1-2"]);
			expect(ranged.status).toBe(expected === 200 ? 206 : expected);
		},
	);

	test("a 304 has what a cache needs, and no content", () => {
		const { fields, content } = get("/both.txt", ["Accept-Encoding: gzip", 'If-None-Match: "1-gzip"']);
		expect([fields.map(([name, value]) => `${name}: ${value}`).sort(), content]).toEqual([
			["cache-control: no-cache", "date: Sun, 06 Nov 1994 08:49:37 GMT", 'etag: "1-gzip"', "vary: Accept-Encoding"],
			"",
		]);
	});

	test.each([
		// lines, status
		[["If-None-Match: *"], 304],
		[["If-Match: *"], 200],
		[['If-None-Match: "2"', 'If-None-Match: "1"'], 304],
		[['If-Match: "2"', 'If-Match: "1"'], 200],
		[["If-None-Match: 1"], 200],
		[["If-Match: 1"], 412],
		[["If-None-Match:"], 200],
		[["If-Match:"], 412],
		[["If-None-Match: 1", `If-Modified-Since: ${AFTER}`], 200],
		[['If-None-Match: "1-gzip"'], 200],
		[[`If-Modified-Since: ${AFTER}`], 304],
		[["If-Modified-Since: yesterday"], 200],
		[[`If-Modified-Since: ${AFTER}`, `If-Modified-Since: ${AFTER}`], 200],
		[["If-Unmodified-Since: yesterday"], 200],
		[[`If-Unmodified-Since: ${BEFORE}`, `If-Unmodified-Since: ${BEFORE}`], 200],
		[["If-Modified-Since: Sunday, 09-Sep-01 01:46:40 GMT"], 304],
		[["If-Modified-Since: Sun Sep  9 01:46:40 2001"], 304],
		[["If-Unmodified-Since: Sun Sep  9 01:46:39 2001"], 412],
	])("%j: %d", (lines, status) => {
		expect(get("/long.txt", lines).status).toBe(status);
	});
});

describe("ranges", () => {
	test.each([
		["bytes=0-0", 0, 1],
		["bytes=1000-1099", 1000, 1100],
		["bytes=1020-3100", 1020, 3101],
		["bytes=1024-2047", 1024, 2048],
		["bytes=4990-", 4990, 5000],
		["bytes=-10", 4990, 5000],
		["bytes=-9999", 0, 5000],
		["bytes=0-", 0, 5000],
		["bytes=0-9, 50-59", 0, 60],
		["bytes=0-9, 9000-", 0, 10],
	])("%s is one part", (value, start, end) => {
		const { status, content, field } = get("/long.txt", [`Range: ${value}`]);
		expect([status, content]).toEqual([206, TEXT.slice(start, end)]);
		expect(field("content-range")).toBe(`bytes ${start}-${end - 1}/5000`);
		expect([field("content-type"), field("etag"), field("cache-control")]).toEqual(["text/plain", '"1"', "no-cache"]);
		expect(get("/long.txt", [`Range: ${value}`], "HEAD").status).toBe(200);
	});

	test.each(["bytes=5000-", "bytes=-0", "bytes=5000-5001,-0,9000-"])("%s: 416, and the length", (value) => {
		const { status, field } = get("/long.txt", [`Range: ${value}`]);
		expect([status, field("content-range")]).toEqual([416, "bytes */5000"]);
	});

	test.each([["Range: bytes=2-1"], ["Range: lines=1-2"], ["Range: bytes=0-1", "Range: bytes=2-3"], ["Range:"]])(
		"%s is ignored",
		(...lines) => {
			expect(get("/long.txt", lines).status).toBe(200);
		},
	);

	test("of a resource without octets are ignored", () => {
		for (const value of ["bytes=0-", "bytes=-1"]) expect(get("/empty.txt", [`Range: ${value}`]).status).toBe(200);
	});

	test("of a resource in one piece, and of a coded one", () => {
		expect(get("/short.txt", ["Range: bytes=1-2"]).content).toBe("ho");
		const coded = get("/both.txt", ["Accept-Encoding: gzip", "Range: bytes=2-5"]);
		expect([coded.content, coded.field("content-range"), coded.field("content-encoding")]).toEqual([
			"oded",
			"bytes 2-5/2100",
			"gzip",
		]);
	});

	test.each([
		['If-Range: "1"', 206],
		['If-Range: W/"1"', 200],
		['If-Range: "2"', 200],
		['If-Range: "1-gzip"', 200],
		[`If-Range: ${MODIFIED}`, 206],
		["If-Range: Sunday, 09-Sep-01 01:46:40 GMT", 206],
		[`If-Range: ${AFTER}`, 200],
		[`If-Range: ${BEFORE}`, 200],
		["If-Range: *", 200],
		["If-Range:", 200],
	])("%s: %d", (line, status) => {
		expect(get("/long.txt", ["Range: bytes=1-2", line]).status).toBe(status);
		expect(get("/long.txt", [line]).status).toBe(200);
	});

	test("If-Range twice is none that holds", () => {
		expect(get("/long.txt", ["Range: bytes=1-2", 'If-Range: "1"', 'If-Range: "1"']).status).toBe(200);
	});

	test("of several parts of a coded one, each says that it is coded, and all of them are not", () => {
		const lines = ["Accept-Encoding: gzip", "Range: bytes=0-2,1000-1003"];
		const { status, content, field } = get("/both.txt", lines);
		expect([status, field("content-encoding"), field("etag"), field("vary")]).toEqual([
			206,
			undefined,
			'"1-gzip"',
			"Accept-Encoding",
		]);
		const text = "(coded)".repeat(300);
		expect(partsOf(field("content-type") as string, content)).toEqual([
			{ type: "text/plain", coding: "gzip", start: 0, end: 3, length: 2100, text: text.slice(0, 3) },
			{ type: "text/plain", coding: "gzip", start: 1000, end: 1004, length: 2100, text: text.slice(1000, 1004) },
		]);
	});

	test("of several parts, whose type has octets beyond ASCII", () => {
		const type = 'text/plain;name="\u00e9t\u00e9"';
		const served = serveResources([resourceOf("/a.txt", TEXT, { type })]);
		const { content, field } = ask(served, request("GET /a.txt", ["Range: bytes=0-2,1000-1003"]));
		expect(partsOf(field("content-type") as string, content).map((part) => [part.type, part.text])).toEqual([
			[type, TEXT.slice(0, 3)],
			[type, TEXT.slice(1000, 1004)],
		]);
		expect(served.errors).toEqual([]);
	});

	test("of several parts, each says what it is", () => {
		const { status, content, field } = get("/long.txt", ["Range: bytes=4000-4009, -5, 0-1"]);
		expect([status, field("content-range"), field("etag")]).toEqual([206, undefined, '"1"']);
		expect(partsOf(field("content-type") as string, content)).toEqual(
			[
				[4000, 4010],
				[4995, 5000],
				[0, 2],
			].map(([start = 0, end = 0]) => ({ type: "text/plain", start, end, length: 5000, text: TEXT.slice(start, end) })),
		);
	});

	test("of several parts, where the head leaves no room for what stands before the first", () => {
		for (let length = 100; length < 160; length += 5) {
			// Of fields that are set for a request nothing is known when the app is defined.
			const link: Middleware = { onRequest: (_request, response) => response.setField("X-A", "a".repeat(length)) };
			const list = [resourceOf("/a", TEXT, { type: `text/${"x".repeat(100)}` })];
			const served = serve({ limits: { sendLength: 512 }, routes: aroundAll([link], resources(list)) });
			const client = served.connect((end) => {
				end.room = 10;
			});
			client.send(request("GET /a", ["Range: bytes=0-1,3000-3001"]));
			client.take(10_000);
			const [part] = answers(client) as [Answer];
			expect(served.errors).toEqual([]);
			expect(partsOf(part.field("content-type") as string, part.content).map(({ text }) => text)).toEqual([
				TEXT.slice(0, 2),
				TEXT.slice(3000, 3002),
			]);
		}
	});

	test("any set of ranges gives the right octets, through any room", () => {
		const position = fc.integer({ min: 0, max: 5200 });
		const spec = fc.oneof(
			fc.tuple(position, fc.nat(2000)).map(([first, more]) => `${first}-${first + more}`),
			position.map((first) => `${first}-`),
			fc.nat(3000).map((length) => `-${length}`),
		);
		const room = fc.constantFrom(1, 77, 1024, 1460, Number.POSITIVE_INFINITY);
		fc.assert(
			fc.property(fc.array(spec, { minLength: 1, maxLength: 6 }), room, (specs, roomMax) => {
				const wanted = new Uint8Array(TEXT.length);
				for (const one of specs) {
					const [first = "", last = ""] = one.split("-");
					const start = first === "" ? Math.max(0, TEXT.length - Number(last)) : Number(first);
					wanted.fill(1, start, first === "" || last === "" ? TEXT.length : Number(last) + 1);
				}
				const client = SERVED.connect((end) => {
					end.transport.roomMax = roomMax;
				});
				client.send(request("GET /long.txt", [`Range: bytes=${specs.join()}`]) + request("GET /short.txt"));
				const [part, next] = answers(client) as [Answer, Answer];
				client.end();
				expect(next.content).toBe("short");
				const isAny = wanted.includes(1);
				expect(part.status).toBe(isAny ? 206 : 416);
				if (!isAny) return;
				const range = /^bytes (\d+)-(\d+)\/5000$/.exec(part.field("content-range") ?? "");
				const parts =
					range === null
						? partsOf(part.field("content-type") as string, part.content)
						: [{ start: Number(range[1]), end: Number(range[2]) + 1, text: part.content }];
				for (const { start, end, text } of parts) {
					expect(text).toBe(TEXT.slice(start, end));
					wanted.fill(0, start, end);
				}
				expect(wanted.includes(1)).toBe(false);
			}),
			{ numRuns: 60 },
		);
	});
});

describe("what thimble-pack writes", () => {
	const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	/** RFC 4648 §4. */
	function base64(octets: Uint8Array): string {
		let text = "";
		for (let index = 0; index < octets.length; index += 3) {
			const [a = 0, b = 0, c = 0] = octets.slice(index, index + 3);
			const bits = (a << 16) | (b << 8) | c;
			const digits = [18, 12, 6, 0].map((shift) => ALPHABET[(bits >> shift) & 63]).join("");
			text += digits.slice(0, Math.min(4, octets.length - index + 1)).padEnd(4, "=");
		}
		return text;
	}

	test("becomes octets again, whatever they are", () => {
		fc.assert(
			fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 3 }), (pieces) => {
				const [one] = packed([["/a", "x/y", 5, true, ['"a"', pieces.map(base64)], ['"b"', []]]]);
				expect(one?.identity.pieces.map((piece) => [...piece])).toEqual(pieces.map((piece) => [...piece]));
				expect(one?.identity.length).toBe(pieces.reduce((sum, { length }) => sum + length, 0));
				const { path, type, lastModified, isImmutable } = one as PackedResource;
				expect([path, type, lastModified, isImmutable]).toEqual(["/a", "x/y", 5, true]);
				expect([one?.identity.tag, one?.gzip?.tag]).toEqual(['"a"', '"b"']);
			}),
		);
	});

	test("is frozen", () => {
		const list = packed([["/a", "x/y", 5, false, ['"a"', ["AAAA"]], null]]);
		for (const value of [list, list[0], list[0]?.identity, list[0]?.identity.pieces]) {
			expect(Object.isFrozen(value)).toBe(true);
		}
		expect(textOf(list[0]?.identity.pieces[0] as Uint8Array)).toBe("\0\0\0");
	});
});

test("a client that leaves in the middle is no error of the app's", () => {
	const served = serveResources([resourceOf("/a", TEXT)]);
	for (const lines of [[], ["Range: bytes=100-"], ["Range: bytes=0-1,3000-"]]) {
		const client = served.connect((one) => {
			one.room = 700;
		});
		client.send(request("GET /a", lines));
		client.reset();
	}
	const client = served.connect();
	client.send(request("GET /a"));
	expect(statuses(client)).toEqual([200]);
	expect(served.errors).toEqual([]);
});

describe("a head that the send buffer does not hold", () => {
	const ROUTES = resources(
		[resourceOf("/a.txt", TEXT, { gzip: contentOf('"1-gzip"', "(coded)".repeat(300)) }), resourceOf("/b", "short")],
		{ fields: { "Content-Security-Policy": "x".repeat(300) } },
	);
	const ASKED = [
		[],
		["Range: bytes=-3"],
		["Range: bytes=0-3,1000-1003"],
		["Range: bytes=9000-"],
		["If-None-Match: *"],
		['If-Match: "other"'],
		["Accept-Encoding: gzip"],
		["Accept-Encoding: gzip", "Range: bytes=-3"],
		["Accept-Encoding: gzip", "Range: bytes=0-3,1000-1003"],
		["Accept-Encoding: gzip;q=0, *;q=0"],
	];
	/** What is answered with a send buffer of so many octets: statuses. */
	const statusesWith = (routes: AppOptions["routes"], sendLength: number) =>
		["/a.txt", "/b"].flatMap((path) =>
			ASKED.map((lines) => ask(serve({ routes, limits: { sendLength } }), request(`GET ${path}`, lines)).status),
		);

	test("is an error where the app is defined, which says what to do; one octet more, and all is answered", () => {
		let message = "";
		try {
			defineApp({ routes: ROUTES, limits: { sendLength: 512 } });
		} catch (error) {
			expect(error).toBeInstanceOf(RangeError);
			message = String(error);
		}
		const [, least = "", length = "", own = ""] =
			/the head of GET \/a.txt needs limits.sendLength to be at least (\d+), not 512: it has up to (\d+) octets, and .* (\d+) more$/.exec(
				message,
			) ?? [];
		expect(Number(length) + Number(own)).toBe(Number(least));
		expect(statusesWith(ROUTES, Number(least))).not.toContain(500);
		expect(() => defineApp({ routes: ROUTES, limits: { sendLength: Number(least) - 1 } })).toThrow(
			message.slice(12, 60),
		);
		// It is not asked for more than is needed.
		const unchecked = Object.fromEntries(
			Object.entries(ROUTES).map(([name, route]) => [name, { ...route, headLengthMax: 0 }]),
		);
		expect(statusesWith(unchecked, Number(least))).not.toContain(500);
		expect(statusesWith(unchecked, Number(least) - 1)).toContain(500);
	});
});
