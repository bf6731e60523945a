// thimble-http/conditional: preconditions of requests to content that is made when it is asked for, every cell of the order of
// RFC 9110 §13.2.2 for a method that reads and for one that changes something.

import { describe, expect, test } from "vitest";
import { answersPreconditions, PRECONDITION_FIELDS, type Validators } from "../src/conditional.js";
import { ask, request, serve, statuses, sure, upload } from "./support/exchange.js";
import { octetsOf } from "./support/octets.js";

const MODIFIED = "Sun, 09 Sep 2001 01:46:40 GMT";
const BEFORE = "Sun, 09 Sep 2001 01:46:39 GMT";
const VALIDATORS: Validators = { etag: '"7"', lastModified: 1_000_000_000 };

function served(validators: Validators | null) {
	return serve({
		routes: {
			"GET /": {
				fields: PRECONDITION_FIELDS,
				onRequest(one, response) {
					response.setField("Cache-Control", "no-cache");
					if (!answersPreconditions(one, response, validators)) response.text("now");
				},
			},
			"PUT /": {
				fields: PRECONDITION_FIELDS,
				onRequest(one, response) {
					if (answersPreconditions(one, response, validators)) return;
					response.status = 204;
					response.empty();
				},
			},
		},
	});
}

const OUTCOMES = ["absent", "true", "false"] as const;
const CELLS = OUTCOMES.flatMap((match) =>
	OUTCOMES.flatMap((unmodified) =>
		OUTCOMES.flatMap((none) => OUTCOMES.map((modified) => [match, unmodified, none, modified] as const)),
	),
);

describe("preconditions", () => {
	const SERVED = served(VALIDATORS);

	test.each(CELLS)(
		"If-Match %s, If-Unmodified-Since %s, If-None-Match %s, If-Modified-Since %s",
		(match, unmodified, none, modified) => {
			const lines = [
				...{ absent: [], true: ['If-Match: "7"'], false: ['If-Match: "6"'] }[match],
				...{
					absent: [],
					true: [`If-Unmodified-Since: ${MODIFIED}`],
					false: [`If-Unmodified-Since: ${BEFORE}`],
				}[unmodified],
				...{ absent: [], true: ['If-None-Match: "6"'], false: ['If-None-Match: "7"'] }[none],
				...{
					absent: [],
					true: [`If-Modified-Since: ${BEFORE}`],
					false: [`If-Modified-Since: ${MODIFIED}`],
				}[modified],
			];
			const isRefused = match === "false" || (match === "absent" && unmodified === "false");
			const isKnown = none === "false" || (none === "absent" && modified === "false");
			expect(ask(SERVED, request("GET /", lines)).status).toBe(isRefused ? 412 : isKnown ? 304 : 200);
			// If-Modified-Since means nothing for a method that changes something.
			expect(ask(SERVED, upload("PUT /", "x", lines)).status).toBe(isRefused || none === "false" ? 412 : 204);
			expect(SERVED.errors).toEqual([]);
		},
	);

	test("every answer has the validators, a 304 what was set before as well", () => {
		for (const lines of [[], ['If-None-Match: "7"']]) {
			const { field } = ask(SERVED, request("GET /", lines));
			expect([field("etag"), field("last-modified"), field("cache-control")]).toEqual(['"7"', MODIFIED, "no-cache"]);
		}
	});

	test.each<[Validators, string, number]>([
		[{ etag: '"7"' }, `If-Modified-Since: ${MODIFIED}`, 200],
		[{ etag: '"7"' }, `If-Unmodified-Since: ${BEFORE}`, 200],
		[{ lastModified: 1_000_000_000 }, 'If-None-Match: "7"', 200],
		[{ lastModified: 1_000_000_000 }, 'If-Match: "7"', 412],
		[{ lastModified: 1_000_000_000 }, "If-None-Match: *", 304],
		[{ lastModified: 0 }, "If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT", 304],
		[{}, "If-Match: *", 200],
		[{}, 'If-Match: ""', 412],
		[{ etag: '""' }, 'If-Match: ""', 200],
		[{ etag: 'W/"7"' }, 'If-None-Match: "7"', 304],
		[{ etag: 'W/"7"' }, 'If-Match: W/"7"', 412],
	])("%j, %s: %d", (validators, line, status) => {
		expect(ask(served(validators), request("GET /", [line])).status).toBe(status);
	});

	test("a date that was told is that of the content, whatever part of a second it has", () => {
		for (const part of [0, 0.001, 0.6, 0.999]) {
			const one = served({ lastModified: 1_000_000_000 + part });
			const told = sure(ask(one, request("GET /")).field("last-modified"));
			expect(told).toBe(MODIFIED);
			expect(ask(one, request("GET /", [`If-Modified-Since: ${told}`])).status).toBe(304);
			expect(ask(one, upload("PUT /", "x", [`If-Unmodified-Since: ${told}`])).status).toBe(204);
			expect(ask(one, upload("PUT /", "x", [`If-Unmodified-Since: ${BEFORE}`])).status).toBe(412);
		}
		const old = served({ lastModified: -0.5 });
		expect(ask(old, request("GET /")).status).toBe(500);
		expect(old.errors[0]).toBeInstanceOf(RangeError);
	});

	test.each([
		["If-None-Match: *", 204],
		['If-None-Match: "7"', 204],
		["If-Match: *", 412],
		['If-Match: "7"', 412],
		[`If-Unmodified-Since: ${BEFORE}`, 204],
	])("of what is not there yet, %s: %d to PUT", (line, status) => {
		const one = served(null);
		expect(ask(one, upload("PUT /", "x", [line])).status).toBe(status);
		expect(one.errors).toEqual([]);
	});

	test.each([
		'"v 1"',
		'"a"b"',
		'"open',
		"Wrong",
		'W"1"',
		"W/1",
		'w/"1"',
		'"a\tb"',
		'"a\x7f"',
		'"\u2013"',
		'"',
		'"1" ',
		'W/""x',
	])("%j is no tag, which is the handler's mistake", (etag) => {
		const one = served({ etag });
		expect(ask(one, request("GET /")).status).toBe(500);
		expect(one.errors[0]).toBeInstanceOf(TypeError);
		expect(String(one.errors[0])).toContain("entity tag");
	});

	test.each(['""', 'W/""', '"!#$%&\'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~\x80\xff"', 'W/"W/"'])(
		"%j is a tag, and is known again",
		(etag) => {
			const one = served({ etag });
			expect(ask(one, request("GET /")).field("etag")).toBe(etag);
			const match = octetsOf(request("GET /", [`If-None-Match: ${etag}`]));
			const client = one.connect();
			client.send(match);
			expect(statuses(client)).toEqual([304]);
			expect(one.errors).toEqual([]);
		},
	);

	test("a tag without its quotes is the handler's mistake", () => {
		const one = served({ etag: "7" });
		expect(ask(one, request("GET /")).status).toBe(500);
		expect(String(one.errors[0])).toContain("an entity tag has quotes: '\"7\"'");
	});
});
