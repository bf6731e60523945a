// Content that is sent from where it is, piece by piece, and the head of a part: field lines made beforehand, Content-Range.

import { describe, expect, test } from "vitest";
import { prebuildFields, type Response, type Route } from "../src/index.js";
import { answer, ask, request, serve } from "./support/exchange.js";
import { octetsOf } from "./support/octets.js";

const TEXT = Array.from({ length: 400 }, (_, index) => `<${index}>`).join("");
const OCTETS = octetsOf(TEXT);

/** Sends the octets from `start` to `end` in pieces of `length`. What was sent is the request's state. */
function inPieces(length: number, start = 0, end = OCTETS.length): Route {
	return {
		onRequest(one, response) {
			one.state = start;
			response.begin(end - start);
		},
		onWritable(one, response) {
			const from = one.state as number;
			const to = Math.min(from + length, end);
			one.state = to;
			response.attach(OCTETS, from, to);
			if (to === end) response.end();
		},
	};
}

/** What went wrong in a handler that did this. */
function failure(use: (response: Response) => unknown, method = "GET"): unknown {
	const served = serve({ routes: { [`${method} /`]: (_request, response) => void use(response) } });
	served.connect().send(request(`${method} /`));
	return served.errors[0];
}

describe("content in pieces that are not copied", () => {
	test.each([1, 7, 512, 1460, 1461, 5000])("of %d octets, whatever the client takes", (length) => {
		for (const roomMax of [1, 13, 600, 1024, Number.POSITIVE_INFINITY]) {
			const served = serve({ routes: { "GET /": inPieces(length) } });
			const client = served.connect((one) => {
				one.transport.roomMax = roomMax;
			});
			client.send(request("GET /") + request("GET /"));
			const one = `HTTP/1.1 200 OK\r\nContent-Length: ${OCTETS.length}\r\n`;
			expect(client.received.split(one).length).toBe(3);
			expect(client.received.split(TEXT).length).toBe(3);
			expect(served.errors).toEqual([]);
		}
	});

	test("of any stretch, behind what was written", () => {
		const served = serve({
			routes: {
				"GET /": (_request, response) => {
					response.begin(14);
					response.write("from ");
					response.attach(OCTETS, 3, 6);
					expect(response.room).toBe(0);
					response.defer();
				},
			},
		});
		const client = served.connect();
		client.send(request("GET /"));
		expect(client.received.endsWith("\r\n\r\nfrom <1>")).toBe(true);
	});

	test("to HEAD nothing of it", () => {
		const served = serve({ routes: { "GET /": inPieces(100) } });
		expect(ask(served, request("HEAD /")).field("content-length")).toBe(String(OCTETS.length));
		expect(served.errors).toEqual([]);
	});

	test("are sent whole where the room for that may come, up to a segment", () => {
		for (const [length, copiesParts, isDrained, expected] of [
			[500, true, false, 0],
			[500, true, true, 100],
			[500, false, false, 100],
			[1460, true, false, 0],
			[1461, true, false, 100],
		] as const) {
			const served = serve({ routes: { "GET /": inPieces(length) } });
			const client = served.connect((one) => {
				one.transport.copiesParts = copiesParts;
				one.transport.isDrained = isDrained;
			});
			const head = ask(serve({ routes: { "GET /": inPieces(length) } }), request("HEAD /")).end;
			client.room = head + 100;
			client.send(request("GET /"));
			expect(client.received.length).toBe(head + expected);
			client.take(100_000);
			expect(answer(client).content).toBe(TEXT);
		}
	});

	test("are of a length that was declared, and come one after the other", () => {
		const attach = (length: number | undefined, ...stretches: (readonly [number, number])[]) =>
			failure((response) => {
				response.begin(length);
				for (const [start, end] of stretches) response.attach(OCTETS, start, end);
			});
		expect(String(attach(undefined, [0, 1]))).toMatch(/known length/);
		expect(String(attach(10, [0, 1], [1, 2]))).toMatch(/one piece after the other/);
		expect(attach(10, [0, 11])).toBeInstanceOf(RangeError);
		for (const stretch of [
			[-1, 1],
			[2, 1],
			[0, OCTETS.length + 1],
			[0.5, 1],
		] as const) {
			expect(attach(10, stretch)).toBeInstanceOf(RangeError);
		}
		expect(failure((response) => response.attach(OCTETS))).toBeInstanceOf(Error);
	});
});

describe("the head of a part", () => {
	const FIELDS = prebuildFields({ ETag: '"1"', "Content-Type": "text/x" });

	test("has its fields and its range", () => {
		const served = serve({
			routes: {
				"GET /": {
					onRequest(one, response) {
						one.state = undefined;
						response.status = 206;
						response.setFields(FIELDS);
						response.setContentRange(0, 9_007_199_254_740_990, 9_007_199_254_740_991);
						response.setField("X-A", "1");
						response.octets(OCTETS.slice(0, 5));
					},
				},
			},
		});
		const { status, fields, content } = ask(served, request("GET /"));
		expect([status, content]).toEqual([206, "<0><1"]);
		expect(fields.filter(([name]) => name !== "date")).toEqual([
			["etag", '"1"'],
			["content-type", "text/x"],
			["content-range", "bytes 0-9007199254740989/9007199254740991"],
			["x-a", "1"],
			["content-length", "5"],
		]);
	});

	test.each([
		[-1, 1, 2],
		[1, 1, 2],
		[1, 3, 2],
		[0.5, 1, 2],
		[0, 1, Number.POSITIVE_INFINITY],
	])("no range from %d to %d of %d", (start, end, length) => {
		expect(failure((response) => response.setContentRange(start, end, length))).toBeInstanceOf(RangeError);
	});

	test("fits the send buffer, or costs a 500", () => {
		const long = prebuildFields({ "X-A": "a".repeat(1500) });
		expect(failure((response) => response.setFields(long))).toBeInstanceOf(RangeError);
		let isRefused = false;
		for (let length = 1150; length < 1400; length += 5) {
			const served = serve({
				routes: {
					"GET /": (_request, response) => {
						response.setField("X-A", "a".repeat(length));
						response.setContentRange(9_007_199_254_740_989, 9_007_199_254_740_990, 9_007_199_254_740_991);
						response.octets(OCTETS);
					},
				},
			});
			const { status, content } = ask(served, request("GET /"));
			if (status === 200) expect([isRefused, content]).toEqual([false, TEXT]);
			else isRefused = served.errors[0] instanceof RangeError;
		}
		expect(isRefused).toBe(true);
	});

	test("has no field that is the server's", () => {
		expect(() => prebuildFields({ "Content-Length": "1" })).toThrow(TypeError);
		expect(() => prebuildFields({ "X-A": "a\n" })).toThrow(TypeError);
	});
});
