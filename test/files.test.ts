// thimble-http/files on a file system in memory, which keeps to what the Moddable SDK's does: which paths are asked for, ranges,
// preconditions, back-pressure, and that every file is closed.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { filePathOf } from "../src/files/routes.js";
import { type FileOptions, files } from "../src/files.js";
import { defineApp } from "../src/index.js";
import { answers, ask, request, type Served, serve } from "./support/exchange.js";
import { MemoryFolder } from "./support/memory-folder.js";
import { octetsOf } from "./support/octets.js";
import { partsOf, textOfLength } from "./support/packed.js";

const MODIFIED = "Sun, 09 Sep 2001 01:46:40 GMT";
const TEXT = textOfLength(5000);

function folder(): MemoryFolder {
	return new MemoryFolder({
		"index.html": "<p>root",
		"docs/index.html": "<p>docs",
		"log.txt": TEXT,
		"empty.txt": "",
		"100%.txt": "all",
		folder: "",
	});
}

function serveFiles(from = folder(), options: FileOptions = {}, prefix = "/f"): Served {
	return serve({ routes: files(prefix, from, options) });
}

describe("which file", () => {
	test.each([
		["/f/log.txt", "log.txt"],
		["/f/", "index.html"],
		["/f/docs/", "docs/index.html"],
		["/f/./docs/../log.txt", "log.txt"],
		["/f/l%6fg.txt", "log.txt"],
		["/f/100%25.txt", "100%.txt"],
	])("%s is %s", (path, expected) => {
		const from = folder();
		expect(ask(serveFiles(from), request(`GET ${path}`)).status).toBe(200);
		expect(from.asked).toEqual([expected]);
	});

	test.each([
		"/f/..%2flog.txt",
		"/f/..%2F..%2Fetc/passwd",
		"/f/docs%2Findex.html",
		"/f/%2e%2e%2flog.txt",
		"/f/%2Fetc/passwd",
		"/f//log.txt",
		"/f/docs//index.html",
		"/f/..%5clog.txt",
		"/f/c%3Alog.txt",
		"/f/.hidden",
		"/f/.git/config",
		"/f/docs/.../x",
	])("%s is none, and nobody asks the file system", (path) => {
		const from = folder();
		expect(ask(serveFiles(from), request(`GET ${path}`)).status).toBe(404);
		expect(from.asked).toEqual([]);
	});

	test.each(["/f/../log.txt", "/f/%2e%2e/log.txt", "/f/%2E./%2e./log.txt", "/f/docs/../../log.txt", "/f"])(
		"%s is not the route's",
		(path) => {
			const from = folder();
			expect(ask(serveFiles(from), request(`GET ${path}`)).status).toBe(404);
			expect(from.asked).toEqual([]);
		},
	);

	test.each(["/f/none.txt", "/f/docs", "/f/folder"])("%s is not there", (path) => {
		const from = folder();
		const served = serveFiles(from);
		expect(ask(served, request(`GET ${path}`)).status).toBe(404);
		expect([from.openCount, served.errors]).toEqual([0, []]);
	});

	test("no path leads out, whatever it is made of", () => {
		const piece = fc.constantFrom("..", ".", "/", "%2e", "%2E", "%2f", "%2F", "%5c", "%25", "a", "docs", "~", ";");
		fc.assert(
			fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
				const from = folder();
				const { status } = ask(serveFiles(from), request(`GET /f/${pieces.join("")}`));
				expect([200, 404]).toContain(status);
				for (const path of from.asked) {
					for (const name of path.split("/")) expect(name === "" || name.startsWith(".")).toBe(false);
					expect(/[\\\0:]/.test(path)).toBe(false);
				}
			}),
		);
	});

	test("at the root of the server as well", () => {
		expect(ask(serveFiles(folder(), {}, ""), request("GET /docs/")).content).toBe("<p>docs");
		for (const prefix of ["f", "/", "/f/", "/:a", "/*", "/a%b", "/a b"])
			expect(() => files(prefix, folder())).toThrow(TypeError);
		expect(filePathOf("")).toBe("index.html");
	});
});

describe("a file", () => {
	test("has its validators, its type, its length", () => {
		const served = serveFiles(folder(), { fields: { "X-A": "1" } });
		const { fields, content } = ask(served, request("GET /f/log.txt"));
		expect(content).toBe(TEXT);
		expect(fields.map(([name, value]) => `${name}: ${value}`).sort()).toEqual([
			"accept-ranges: bytes",
			"cache-control: no-cache",
			"content-length: 5000",
			"content-type: text/plain;charset=utf-8",
			"date: Sun, 06 Nov 1994 08:49:37 GMT",
			`etag: "${(1_000_000_000_250).toString(36)}-${(5000).toString(36)}"`,
			`last-modified: ${MODIFIED}`,
			"x-a: 1",
		]);
		expect(ask(served, request("HEAD /f/log.txt")).fields).toEqual(fields);
		expect(ask(served, request("GET /f/empty.txt")).content).toBe("");
		expect(served.errors).toEqual([]);
	});

	test("whose tag the app gives without quotes costs a 500 that says so", () => {
		const from = folder();
		const served = serveFiles(from, { tagOf: (_path, size) => String(size) });
		expect(ask(served, request("GET /f/log.txt")).status).toBe(500);
		expect([String(served.errors[0]), from.openCount]).toEqual([`TypeError: an entity tag has quotes: '"5000"'`, 0]);
	});

	test("has no date that HTTP could not say", () => {
		for (const [modifiedMs, date] of [
			[-1, "Thu, 01 Jan 1970 00:00:00 GMT"],
			[253_402_300_799_999, "Fri, 31 Dec 9999 23:59:59 GMT"],
			[253_402_300_800_000, undefined],
			[Number.NaN, undefined],
		] as const) {
			const from = folder();
			from.modifiedMs = modifiedMs;
			const one = ask(serveFiles(from), request("GET /f/log.txt"));
			expect([one.status, one.field("last-modified")]).toEqual([200, date]);
		}
	});

	test("without a date has the tag that the app gives it, or none", () => {
		const from = folder();
		from.modifiedMs = undefined;
		const bare = ask(serveFiles(from), request("GET /f/log.txt", ["If-Modified-Since: Sun Sep  9 01:46:41 2001"]));
		expect([bare.status, bare.field("etag"), bare.field("last-modified")]).toEqual([200, undefined, undefined]);
		const options: FileOptions = {
			tagOf: (path, size) => `"${path} ${size}"`.replace(" ", "-"),
			typeOf: (path) => (path === "log.txt" ? "text/x-log" : undefined),
			cacheControl: "no-store",
		};
		const one = ask(serveFiles(from, options), request("GET /f/log.txt"));
		expect([one.field("etag"), one.field("content-type"), one.field("cache-control")]).toEqual([
			'"log.txt-5000"',
			"text/x-log",
			"no-store",
		]);
	});

	test.each([
		[['If-None-Match: "cre66jqi-3uw"'], 304],
		[[`If-Modified-Since: ${MODIFIED}`], 304],
		[['If-Match: "2"'], 412],
		[["Range: bytes=0-9"], 206],
		[["Range: bytes=0-9", 'If-Range: "cre66jqi-3uw"'], 206],
		[["Range: bytes=0-9", `If-Range: ${MODIFIED}`], 200],
		[["Range: bytes=5000-"], 416],
	])("%j: %d, and the file is closed", (lines, status) => {
		const from = folder();
		const served = serveFiles(from);
		const tag = ask(served, request("GET /f/log.txt")).field("etag") as string;
		const real = lines.map((line) => line.replace('"cre66jqi-3uw"', tag));
		expect(ask(served, request("GET /f/log.txt", real)).status).toBe(status);
		expect([from.openCount, served.errors]).toEqual([0, []]);
	});

	test.each([
		['If-Match: "2"', 412],
		["Range: bytes=5000-", 416],
	])("that is refused (%s: %d) has its tag, and nothing for caches", (line, status) => {
		const served = serveFiles(folder(), { fields: { Vary: "Origin" }, cacheControl: "max-age=60" });
		const one = ask(served, request("GET /f/log.txt", [line]));
		expect([one.status, one.field("vary"), one.field("cache-control")]).toEqual([status, "Origin", undefined]);
		expect(one.field("etag")).toBe(ask(served, request("GET /f/log.txt")).field("etag"));
	});

	test("in several parts, whose type has octets beyond ASCII", () => {
		const type = 'text/plain;name="\u00e9"';
		const served = serveFiles(folder(), { typeOf: () => type });
		const one = ask(served, request("GET /f/log.txt", ["Range: bytes=0-2,1000-1003"]));
		expect(partsOf(one.field("content-type") ?? "", one.content).map((part) => [part.type, part.text])).toEqual([
			[type, TEXT.slice(0, 3)],
			[type, TEXT.slice(1000, 1004)],
		]);
		expect(served.errors).toEqual([]);
	});

	test("in several parts, whose heads are longer than the send buffer", () => {
		const type = `text/${"y".repeat(440)}`;
		const from = folder();
		const served = serve({ limits: { sendLength: 512 }, routes: files("/f", from, { typeOf: () => type }) });
		for (const roomMax of [1, 100, 1000]) {
			const client = served.connect((one) => {
				one.transport.roomMax = roomMax;
			});
			client.send(request("GET /f/log.txt", ["Range: bytes=0-2,1000-1003", `X-Long: ${"x".repeat(50)}`]));
			const [one] = answers(client);
			expect(partsOf(one?.field("content-type") ?? "", one?.content ?? "").map((part) => part.text)).toEqual([
				TEXT.slice(0, 3),
				TEXT.slice(1000, 1004),
			]);
			client.end();
		}
		expect([served.errors, from.openCount]).toEqual([[], 0]);
	});

	test("any ranges of it, through any room, are the right octets", () => {
		const position = fc.integer({ min: 0, max: 4999 });
		const spec = fc.tuple(position, fc.nat(1500)).map(([first, more]) => `${first}-${first + more}`);
		const room = fc.constantFrom(1, 100, 700, Number.POSITIVE_INFINITY);
		fc.assert(
			fc.property(fc.array(spec, { minLength: 1, maxLength: 4 }), room, (specs, roomMax) => {
				const from = folder();
				const served = serveFiles(from);
				const client = served.connect((one) => {
					one.transport.roomMax = roomMax;
				});
				client.send(request("GET /f/log.txt", [`Range: bytes=${specs.join()}`]) + request("GET /f/"));
				const [part, next] = answers(client);
				expect([part?.status, next?.content, from.openCount]).toEqual([206, "<p>root", 0]);
				const range = /^bytes (\d+)-(\d+)\//.exec(part?.field("content-range") ?? "");
				const content = part?.content ?? "";
				const parts =
					range === null
						? partsOf(part?.field("content-type") ?? "", content)
						: [{ start: Number(range[1]), end: Number(range[2]) + 1, text: content }];
				for (const { start, end, text } of parts) expect(text).toBe(TEXT.slice(start, end));
			}),
			{ numRuns: 40 },
		);
	});

	test("is read as the client takes it, and no further", () => {
		const from = folder();
		const served = serveFiles(from);
		const client = served.connect((one) => {
			one.room = 2000;
		});
		client.send(request("GET /f/log.txt"));
		from.contents.set("log.txt", octetsOf(TEXT.toUpperCase().replaceAll(",", ";")));
		client.take(100_000);
		const [one] = answers(client);
		const changed = one?.content.indexOf(";") ?? 0;
		expect(changed).toBeGreaterThan(1000);
		expect(changed).toBeLessThan(4000);
		expect(from.openCount).toBe(0);
	});

	test("is closed when the client leaves, and when it has become shorter", () => {
		for (const lines of [[], ["Range: bytes=0-1,2000-"]]) {
			const from = folder();
			const served = serveFiles(from);
			const leaver = served.connect((one) => {
				one.room = 300;
			});
			leaver.send(request("GET /f/log.txt", lines));
			expect(from.openCount).toBe(1);
			leaver.reset();
			expect([from.openCount, served.errors]).toEqual([0, []]);
			const client = served.connect((one) => {
				one.room = 300;
			});
			client.send(request("GET /f/log.txt", lines));
			from.contents.set("log.txt", octetsOf("cut"));
			client.take(100_000);
			expect([from.openCount, client.state]).toEqual([0, "aborted"]);
			expect(String(served.errors[0])).toContain("shorter");
		}
	});
});

test("fields that the send buffer does not hold are refused where the app is defined", () => {
	const routes = files("/f", folder(), { fields: { "Content-Security-Policy": "x".repeat(400) } });
	expect(() => defineApp({ routes, limits: { sendLength: 512 } })).toThrow(
		/GET \/f\/\*path needs limits.sendLength to be/,
	);
	expect(() => defineApp({ routes })).not.toThrow();
});
