// Queries, forms and JSON by the routes of thimble-http/forms: what is read, and how each kind of wrong input is refused.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FieldError, type FormFields, form, json, query } from "../src/forms/index.js";
import type { Request, Response, RouteHandlers } from "../src/index.js";
import {
	type Answer,
	ask,
	chunked,
	promises,
	request,
	type Served,
	serve,
	statuses,
	upload,
} from "./support/exchange.js";
import { toUtf8 } from "./support/octets.js";

const FORM = "Content-Type: application/x-www-form-urlencoded";
const JSON_LINE = "Content-Type: application/json";

/** What `read` sees of the fields of a form with this content. */
function fieldsOf<T>(content: string, read: (fields: FormFields) => T): T {
	const seen: T[] = [];
	const route = form({ lengthMax: 10_000 }, (_request, response, fields) => {
		seen.push(read(fields));
		response.empty();
	});
	const served = serve({ routes: { "POST /": route } });
	expect(ask(served, upload("POST /", content, [FORM])).status).toBe(200);
	expect(served.errors).toEqual([]);
	expect(seen).toHaveLength(1);
	return seen[0] as T;
}

/** How a form is answered whose handler reads it like this. */
function answerTo(content: string, read: (fields: FormFields) => unknown): Answer {
	const route = form({ lengthMax: 1000 }, (_request, response, fields) => response.json(read(fields)));
	return ask(serve({ routes: { "POST /": route } }), upload("POST /", content, [FORM]));
}

describe("the fields of a form", () => {
	test.each([
		["a=1&b=2", "a", "1"],
		["a=1&b=2", "c", null],
		["a=x+y%2Bz", "a", "x y+z"],
		["a=%F0%9F%8C%A1", "a", "🌡"],
		["a=%ff", "a", "\ufffd"],
		["a=%6&b", "a", "%6"],
		["a=100%", "a", "100%"],
		["%61=1", "a", "1"],
		["100%=1", "100%", "1"],
		["caf%C3%A9=1", "café", "1"],
		["b", "b", ""],
		["&&a=1&&", "a", "1"],
	])("%s: %s", (content, name, value) => {
		expect(fieldsOf(content, (fields) => fields.value(name) ?? null)).toBe(value);
		expect(fieldsOf(content, (fields) => fields.has(name))).toBe(value !== null);
	});

	test("of one name, in the order they came", () => {
		expect(fieldsOf("a=1&b=2&a=3&aa=4&a", (fields) => fields.values("a"))).toEqual(["1", "3", ""]);
	});

	test("one after the other", () => {
		const seen = fieldsOf("a=1&&b=x+y&c", (fields) => {
			const all: string[] = [];
			fields.forEach((name, value) => {
				all.push(`${name}: ${value}`);
			});
			return all;
		});
		expect(seen).toEqual(["a: 1", "b: x y", "c: "]);
	});

	test("are what a page's script would have read, whatever they hold", () => {
		fc.assert(
			fc.property(
				fc.array(fc.tuple(fc.string({ minLength: 1, unit: "binary" }), fc.string({ unit: "binary" })), {
					maxLength: 5,
				}),
				(pairs) => {
					const encode = (text: string) =>
						[...toUtf8(text)].map((one) => `%${one.charCodeAt(0).toString(16).padStart(2, "0")}`).join("");
					const content = pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&");
					fieldsOf(content, (fields) => {
						for (const [name] of pairs) {
							const values = pairs.filter(([other]) => other === name).map(([, value]) => value);
							expect(fields.values(name)).toEqual(values);
							expect(fields.value(name)).toBe(values[0]);
						}
						return true;
					});
				},
			),
			{ numRuns: 50 },
		);
	});
});

describe("a field that has to be something (422)", () => {
	test.each<[string, (fields: FormFields) => unknown, unknown]>([
		["a=12", (fields) => fields.integer("a", 0, 20), 12],
		["a=0", (fields) => fields.integer("a", 0, 20), 0],
		["a=20", (fields) => fields.integer("a", 0, 20), 20],
		["a=0", (fields) => fields.number("a", 0, 3), 0],
		["a=3.0", (fields) => fields.number("a", 0, 3), 3],
		["a=-3", (fields) => fields.integer("a", -5, 20), -3],
		["a=2.50", (fields) => fields.number("a", 0, 3), 2.5],
		["a=.5", (fields) => fields.number("a", 0, 3), 0.5],
		["a=on", (fields) => fields.oneOf("a", ["off", "on"]), "on"],
		["a=abc", (fields) => fields.text("a", 3, 3), "abc"],
		["a=", (fields) => fields.text("a", 3), ""],
	])("%s fits", (content, read, value) => {
		const answer = answerTo(content, read);
		expect([answer.status, JSON.parse(answer.content)]).toEqual([200, value]);
	});

	test.each<[string, (fields: FormFields) => unknown, string]>([
		["b=1", (fields) => fields.integer("a", 0, 20), "a is missing"],
		["a=21", (fields) => fields.integer("a", 0, 20), "a must be a whole number from 0 to 20"],
		["a=-1", (fields) => fields.integer("a", 0, 20), "a must be a whole number from 0 to 20"],
		["a=1.5", (fields) => fields.integer("a", 0, 20), "a must be a whole number from 0 to 20"],
		["a=1e1", (fields) => fields.integer("a", 0, 20), "a must be a whole number from 0 to 20"],
		["a=0x1", (fields) => fields.integer("a", 0, 20), "a must be a whole number from 0 to 20"],
		["a=", (fields) => fields.integer("a", 0, 20), "a must be a whole number from 0 to 20"],
		["a=-", (fields) => fields.integer("a", 0, 20), "a must be a whole number from 0 to 20"],
		["a=+1", (fields) => fields.integer("a", 0, 20), "a must be a whole number from 0 to 20"],
		["a=%2B1", (fields) => fields.integer("a", 0, 20), "a must be a whole number from 0 to 20"],
		["a=1.2.3", (fields) => fields.number("a", 0, 20), "a must be a number from 0 to 20"],
		["a=.", (fields) => fields.number("a", 0, 20), "a must be a number from 0 to 20"],
		["a=Infinity", (fields) => fields.number("a", 0, 20), "a must be a number from 0 to 20"],
		["a=x", (fields) => fields.oneOf("a", ["off", "on"]), "a must be one of off, on"],
		["a=abcd", (fields) => fields.text("a", 3), "a must be 3 characters at most"],
		["a=ab", (fields) => fields.text("a", 9, 3), "a must be 3 characters at least"],
	])("%s does not", (content, read, message) => {
		const answer = answerTo(content, read);
		expect([answer.status, answer.content]).toEqual([422, `${message}\n`]);
	});

	test("is refused by a handler that finds out later too", async () => {
		const route = form({ lengthMax: 100 }, async (_request, _response, fields) => {
			await undefined;
			throw new FieldError("a", `must not be ${fields.text("a", 9)}`);
		});
		const served = serve({ routes: { "POST /": route } });
		const client = served.connect();
		client.send(upload("POST /", "a=taken", [FORM]));
		await promises();
		expect(client.received).toMatch(/^HTTP\/1.1 422 [\s\S]*a must not be taken\n$/);
		expect(served.errors).toEqual([]);
	});

	test("is not what another error is: that costs a 500", () => {
		expect(
			answerTo("a=1", () => {
				throw new Error("broken");
			}).status,
		).toBe(500);
	});
});

describe("a query", () => {
	const served = () =>
		serve({
			routes: {
				"GET /": query((_request, response, fields) => response.json(fields.integer("from", 0, 99))),
			},
		});

	test("is read by name", () => {
		expect(ask(served(), request("GET /?to=1&from=42")).content).toBe("42");
	});

	test("that does not fit is refused", () => {
		expect(ask(served(), request("GET /?from=420")).status).toBe(422);
		expect(ask(served(), request("GET /?from=x")).content).toBe("from must be a whole number from 0 to 99\n");
		expect(ask(served(), request("GET /")).content).toBe("from is missing\n");
	});
});

describe("JSON", () => {
	test("a depth that is none is refused", () => {
		for (const depthMax of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
			expect(() => json({ lengthMax: 100, depthMax }, () => {})).toThrow(RangeError);
		}
	});

	const echo = json({ lengthMax: 2000 }, (_request: Request, response: Response, value: unknown) =>
		response.json(value),
	);
	const served = () => serve({ routes: { "PUT /": echo } });
	const put = (content: string) => ask(served(), upload("PUT /", content, [JSON_LINE]));

	test.each(['{"a":[1,2.5,null,true,"x"]}', "[]", '"[[[[[[[[[["', '"\\\\"', '"\\"[[[[[[[[["', "0"])("%s", (content) => {
		expect(put(content).content).toBe(content);
	});

	test("is UTF-8, however long", () => {
		const text = JSON.stringify("°C 🌡 ".repeat(60));
		expect(put(toUtf8(text)).content).toBe(toUtf8(text));
		fc.assert(
			fc.property(fc.string({ unit: "binary", maxLength: 300 }), (any) => {
				const content = toUtf8(JSON.stringify(any));
				expect(put(content).content).toBe(content);
			}),
			{ numRuns: 50 },
		);
	});

	test.each(["", "{", "{'a':1}", "undefined", "1 2", "\ufeff1"])("%j is none (400)", (content) => {
		expect(put(toUtf8(content)).status).toBe(400);
	});

	test.each([
		'"\xff"',
		'"\xc3"',
		'"\xe2\x82"',
		'"\xc0\xaf"',
		'"\xed\xa0\x80"',
		'{"\x80":1}',
		'"\xf4\x90\x80\x80"',
		"[1]\xe2",
	])("%j is not UTF-8 (400), wherever it stands", (octets) => {
		for (const before of [0, 1, 50, 61, 62, 63, 64, 200]) {
			const answer = put(" ".repeat(before) + octets);
			expect([answer.status, answer.content]).toEqual([400, "the content is not UTF-8\n"]);
		}
		// A replacement character that was sent is one.
		expect(put(toUtf8('"\ufffd"')).content).toBe(toUtf8('"\ufffd"'));
	});

	test("nested deeper than the route allows is refused before it is parsed (422)", () => {
		const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
		expect(put(nested(8)).status).toBe(200);
		expect(put(nested(9)).status).toBe(422);
		expect(put("[".repeat(2000)).status).toBe(422);
		expect(put(`${'{"a":'.repeat(9)}1${"}".repeat(9)}`).content).toBe("nest the JSON at most 8 deep\n");
		expect(put("[[[[[],[]],[]],[]],[[[[[[]]]]]]]").status).toBe(200);
	});

	test("with an error of the handler is refused as a form is", () => {
		const route = json({ lengthMax: 100 }, () => {
			throw new FieldError("a", "must be b");
		});
		const answer = ask(serve({ routes: { "PUT /": route } }), upload("PUT /", "1", [JSON_LINE]));
		expect([answer.status, answer.content]).toEqual([422, "a must be b\n"]);
	});
});

describe("content that is not what the route takes", () => {
	const ok: RouteHandlers = form({ lengthMax: 10 }, (_request, response) => response.empty());
	const strict = form({ lengthMax: 10, lengthRequired: true }, (_request, response) => response.empty());
	const value = json({ lengthMax: 10 }, (_request, response) => response.empty());
	const served = (): Served => serve({ routes: { "POST /": ok, "POST /strict": strict, "POST /json": value } });

	test.each([
		["POST /", "Content-Type: application/x-www-form-urlencoded", 200],
		["POST /", "content-type: APPLICATION/X-WWW-Form-URLencoded;charset=UTF-8", 200],
		["POST /", "Content-Type: application/x-www-form-urlencoded ; x=y", 200],
		["POST /", "Content-Type: application/x-www-form-urlencodedx", 415],
		["POST /", "Content-Type: application/x-www-form", 415],
		["POST /", "Content-Type: text/plain", 415],
		["POST /", "Content-Type: application/json", 415],
		["POST /", "Content-Type:", 415],
		["POST /", "X-A: 1", 415],
		[
			"POST /",
			"Content-Type: application/x-www-form-urlencoded\r\nContent-Type: application/x-www-form-urlencoded",
			415,
		],
		["POST /", "Content-Type: application/x-www-form-urlencoded\r\nContent-Encoding: gzip", 415],
		["POST /json", "Content-Type: application/json", 200],
		["POST /json", "Content-Type: text/json", 415],
	])("%s with %s: %i", (line, field, status) => {
		expect(ask(served(), upload(line, "1", [field])).status).toBe(status);
	});

	test("is told what would be", () => {
		const wrong = ask(served(), upload("POST /", "1", ["Content-Type: text/plain"]));
		expect(wrong.field("accept")).toBe("application/x-www-form-urlencoded");
		expect(wrong.content).toBe("send the content as application/x-www-form-urlencoded\n");
		const encoded = ask(served(), upload("POST /", "1", [FORM, "Content-Encoding: gzip"]));
		expect(encoded.field("accept-encoding")).toBe("identity");
	});

	test("of no length where one is required is refused (411), and taken where none is", () => {
		const octets = request("POST /strict", [FORM, "Transfer-Encoding: chunked"], chunked(["a=1"]));
		expect(ask(served(), octets).status).toBe(411);
		expect(ask(served(), octets.replace("/strict", "/")).status).toBe(200);
		expect(ask(served(), upload("POST /strict", "a=1", [FORM])).status).toBe(200);
	});

	test("longer than the route takes is refused (413)", () => {
		expect(ask(served(), upload("POST /", "a=12345678", [FORM])).status).toBe(200);
		expect(ask(served(), upload("POST /", "a=123456789", [FORM])).status).toBe(413);
		const octets = request("POST /", [FORM, "Transfer-Encoding: chunked"], chunked(["a=1234", "56789"]));
		expect(ask(served(), octets).status).toBe(413);
	});

	test("is refused before it is asked for", () => {
		const client = served().connect();
		client.send(request("POST /", ["Content-Type: text/plain", "Content-Length: 5", "Expect: 100-continue"]));
		expect(statuses(client)).toEqual([415]);
	});

	test("and is none needs no type: the form has no fields", () => {
		expect(ask(served(), request("POST /")).status).toBe(200);
		expect(ask(served(), request("POST /json")).status).toBe(400);
	});
});
