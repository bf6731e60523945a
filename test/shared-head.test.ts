// All connections of a server share one head (src/message/head.ts). No client may notice: whatever several clients send at
// the same time, each is answered as if it were alone, with what it has sent itself.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AppOptions } from "../src/app/app.js";
import type { Request } from "../src/app/request.js";
import type { Response } from "../src/app/response.js";
import { chunked, request, serve, upload } from "./support/exchange.js";

const KEPT: readonly string[] = ["Cookie", "Host", "X-Sum"];
const MARKS = ["one", "two", "three"];

/** Requests of every form, with `mark` where something may be told apart. */
function requestsOf(mark: string): readonly string[] {
	const cookie = `Cookie: ${mark}=${mark.repeat(3)}`;
	const browser = ["Host: a", "Connection: keep-alive", `User-Agent: ${mark.repeat(9)}`, cookie, "Accept: */*"];
	return [
		request(`GET /${mark}?${mark}`, browser),
		request(`GET /${mark}/./x%41`, browser),
		request(`GET http://${mark}.example:8080/${mark}`, [cookie, "X-Unknown: é\tü"]),
		`\r\n${request(`${mark.toUpperCase()} /later/${mark} HTTP/1.0`, ["Connection: keep-alive", cookie])}`,
		upload(`PUT /${mark}`, mark.repeat(20), [cookie]),
		request(`POST /later/${mark}`, [cookie, "Transfer-Encoding: chunked"], chunked([mark, mark], [`X-Sum: ${mark}`])),
		request(`GET /later/${mark}?${mark}`, browser),
		// The last that its connection hears.
		request(`GET /${mark} HTTP/1.1`, [`Host: ${mark}`, `Host: ${mark}`]),
		request("OPTIONS *", ["Connection: close"]),
	];
}

function describeRequest(one: Request, content: string): string {
	const fields = Array.from({ length: one.fieldCount }, (_, row) => `${one.fieldName(row)}=${one.fieldValue(row)}`);
	const parts = [one.method, one.target, one.path, one.query, one.version, one.contentLength, ...fields, content];
	return [...parts, one.trailer("X-Sum")].join("|");
}

/** Answers at once, or after a while, with everything that a request says. */
function appWith(waiting: (() => void)[], fields: readonly string[] | "all"): AppOptions {
	const buffer = new Uint8Array(256);
	const answer = (one: Request, response: Response) => {
		response.text(describeRequest(one, String(one.state ?? "")));
	};
	const read = (one: Request, response: Response, isLater: boolean) => {
		let count = one.read(buffer);
		for (; count > 0; count = one.read(buffer)) {
			one.state = `${one.state ?? ""}${String.fromCharCode(...buffer.subarray(0, count))}`;
		}
		if (!one.isContentComplete) return;
		if (!isLater) return answer(one, response);
		const ticket = response.defer();
		waiting.push(() => ticket.response?.text(describeRequest(one, String(one.state ?? ""))));
	};
	const methods = ["GET", "PUT", "POST", ...MARKS.map((mark) => mark.toUpperCase())];
	return {
		fields,
		limits: { receiveLength: 400, targetLengthMax: 64, headLengthMax: 300, fieldLinesMax: 12, rememberedLength: 200 },
		routes: Object.fromEntries(
			methods.flatMap((method) => [
				[`${method} /later/*`, { onReadable: (one: Request, response: Response) => read(one, response, true) }],
				[`${method} /*`, { onReadable: (one: Request, response: Response) => read(one, response, false) }],
				// Found by a path that has no segment of dots any more.
				[`${method} /dots`, (_: Request, response: Response) => response.text("dots")],
			]),
		),
	};
}

/** What each client receives. `order`: whose next segment comes; a number past them has a request answered that waits. */
function play(
	streams: readonly string[],
	cuts: readonly number[],
	order: readonly number[],
	fields: readonly string[] | "all" = KEPT,
): readonly string[] {
	const waiting: (() => void)[] = [];
	const served = serve(appWith(waiting, fields));
	const clients = streams.map(() => served.connect());
	const rest = streams.map((stream) => stream);
	const send = (index: number, length: number) => {
		const stream = rest[index] ?? "";
		rest[index] = stream.slice(length);
		if (stream !== "") clients[index]?.send(stream.slice(0, length));
	};
	order.forEach((whose, step) => {
		if (whose < clients.length) send(whose, cuts[step % cuts.length] ?? 1);
		else waiting.shift()?.();
	});
	for (let left = 1; left > 0; left = waiting.length + rest.join("").length) {
		for (const index of rest.keys()) send(index, 1000);
		for (const answer of waiting.splice(0)) answer();
	}
	expect(served.errors).toEqual([]);
	return clients.map((client) => client.received);
}

describe("clients that send at the same time", () => {
	const stream = (mark: string) =>
		fc
			.array(fc.nat(6), { maxLength: 4 })
			.chain((picked) => fc.nat(8).map((last) => [...picked, last].map((one) => requestsOf(mark)[one] ?? "").join("")));

	test("are answered as each would be alone", () => {
		fc.assert(
			fc.property(
				fc.tuple(...MARKS.map(stream)),
				fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 20 }),
				fc.array(fc.nat(MARKS.length), { maxLength: 80 }),
				(streams, cuts, order) => {
					const alone = streams.map((one) => play([one], [1000], []));
					expect(play(streams, cuts, order)).toEqual(alone.flat());
				},
			),
			{ numRuns: 400 },
		);
	});

	test("wherever another comes between", () => {
		const heads = [
			...requestsOf("one"),
			request("GET /.one/../dots", ["Cookie: one"]),
			request("GET /one/../dots", ["Cookie: one"]),
			request("GET /one", ["Cookie: one \t "]),
			upload("PUT /one HTTP/1.0", "one", ["Expect: 100-continue"]),
			request("GET https://one.example/one", ["Host: one.example"]),
			request("PUT /one", ["Content-Length:", "Host: a"]),
			request("PUT /one", ["Content-Length:  ", "Host: a b"]),
			request("GET /one", ["Host: a", "Cookie: one  "]).replace("HTTP/1.1", "HTTP/2.1"),
			request("GET /one", ["Host: a", "Cookie: one \t and one"]),
			// Each of them is too long, or one too many.
			request(`GET /${"a".repeat(64)}`),
			request("GET /one", Array(12).fill("X-A: one")),
			request("GET /one", [`X-A: ${"one ".repeat(68)}`]),
		];
		const others = [
			request("GET http://two.example/two/more", ["Cookie: two\t"]),
			request("PUT /two%20/./two", ["Transfer-Encoding: chunked", "Expect: 100-continue"], chunked(["two"])),
			request("GET /two", ["Host: two.example"]).replace("HTTP/1.1", "HTTP/1.0"),
		];
		for (const fields of [KEPT, "all"] as const) {
			for (const head of heads) {
				for (const other of others) {
					const alone = [head, other].flatMap((one) => play([one], [1000], [], fields));
					for (let cut = 1; cut < head.length; cut += 1) {
						expect(play([head, other], [cut, 1000], [0, 1], fields)).toEqual(alone);
					}
				}
			}
		}
	});

	test("and repeat themselves are, each, given what they repeat", () => {
		// As long as each other, while targets and fields stand elsewhere.
		const heads = [
			request("GET /one?one", ["Cookie: one", "User-Agent: the very first one!"]),
			request("GET /two/and/more?two", ["Cookie: two", "User-Agent: the second"]),
		];
		const streams = heads.map((head) => head.repeat(8));
		const turns = [0, 0, 0, 1, 1, 1, 0, 1, 0, 0, 1, 1, 0, 0, 1, 1];
		const length = heads[0]?.length ?? 0;
		expect(heads[1]?.length).toBe(length);
		const alone = streams.map((one) => play([one], [1000], [], ["Cookie", "X-Sum"]));
		expect(play(streams, [length], turns, ["Cookie", "X-Sum"])).toEqual(alone.flat());
	});
});
