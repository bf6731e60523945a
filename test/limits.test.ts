// The limits of a server: their ranges and relations, each refused by name, and what they cost.

import { describe, expect, test } from "vitest";
import { completeLimits, DEFAULT_LIMITS, defineApp, type Limits, memoryCost } from "../src/index.js";
import { ask, request, serve, statuses } from "./support/exchange.js";

type Name = keyof Limits;

/** The least and the most of each limit, with the others as they are by default. */
const RANGES: Readonly<Record<Name, readonly [least: number, most: number]>> = {
	connections: [1, 1000],
	receiveLength: [610, 65_535],
	rememberedLength: [0, 32_767],
	sendLength: [512, 65_535],
	targetLengthMax: [1, 1438],
	headLengthMax: [576, 1_048_576],
	fieldLinesMax: [1, 10_000],
	fieldsKeptMax: [1, 1000],
	contentLengthMax: [0, Number.POSITIVE_INFINITY],
	chunkExtensionLengthMax: [0, 65_535],
	trailerSectionLengthMax: [0, 1_048_576],
	discardLengthMax: [0, Number.MAX_SAFE_INTEGER],
	requestsMax: [0, Number.MAX_SAFE_INTEGER],
	waitingMax: [0, Number.MAX_SAFE_INTEGER],
	headTimeoutMs: [1, 0x3fff_ffff],
	idleTimeoutMs: [1, 0x3fff_ffff],
	contentIdleTimeoutMs: [1, 0x3fff_ffff],
	contentRateMin: [0, Number.MAX_SAFE_INTEGER],
	handlerTimeoutMs: [1, 0x3fff_ffff],
	responseIdleTimeoutMs: [0, 0x3fff_ffff],
	sendTimeoutMs: [1, 0x3fff_ffff],
	responseRateMin: [0, Number.MAX_SAFE_INTEGER],
	lingerTimeoutMs: [1, 0x3fff_ffff],
	waitTimeoutMs: [1, 0x3fff_ffff],
	tenureMs: [0, 0x3fff_ffff],
	shutdownTimeoutMs: [1, 0x3fff_ffff],
};

function refusal(given: Partial<Limits>): RangeError {
	try {
		completeLimits(given);
	} catch (error) {
		if (error instanceof RangeError) return error;
		throw error;
	}
	throw new Error(`${JSON.stringify(given)} was taken`);
}

describe("each limit", () => {
	test("that is undefined has its default", () => {
		const given = { connections: undefined } as unknown as Partial<Limits>;
		expect(completeLimits(given)).toEqual(DEFAULT_LIMITS);
	});

	test("has a range in this test", () => {
		expect(Object.keys(RANGES).sort()).toEqual(Object.keys(DEFAULT_LIMITS).sort());
	});

	for (const [name, [least, most]] of Object.entries(RANGES) as [Name, readonly [number, number]][]) {
		test(`${name}: from ${least} to ${most}`, () => {
			expect(completeLimits({ [name]: least })[name]).toBe(least);
			expect(completeLimits({ [name]: most })[name]).toBe(most);
			const below = refusal({ [name]: least - 1 });
			// A buffer that is too small for the target is the target's fault as well: one of them is named.
			expect(below.message).toMatch(
				name === "receiveLength" ? /limits\.(receiveLength|targetLengthMax)/ : `limits.${name}`,
			);
			if (Number.isSafeInteger(most) && most !== Number.MAX_SAFE_INTEGER) {
				expect(refusal({ [name]: most + 1 }).message).toContain(`limits.${name}`);
			}
		});

		test(`${name}: a whole number`, () => {
			for (const value of [1.5, Number.NaN, Number.NEGATIVE_INFINITY, "7", null, -1]) {
				const error = refusal({ [name]: value as number });
				expect(error.message).toContain(`limits.${name}`);
				expect(error.message).toContain(String(value));
			}
		});
	}

	test("content alone may be without limit", () => {
		for (const name of Object.keys(RANGES) as Name[]) {
			if (name === "contentLengthMax") continue;
			expect(refusal({ [name]: Number.POSITIVE_INFINITY }).message).toContain(`limits.${name}`);
		}
	});

	test("that there is not is refused by name", () => {
		expect(refusal({ connection: 6 } as Partial<Limits>).message).toContain("connection");
		expect(refusal({ toString: 6 } as unknown as Partial<Limits>).message).toContain("toString");
	});
});

describe("relations", () => {
	test("the target fits the receive buffer, with a method and room for content", () => {
		expect(completeLimits({ receiveLength: 256, targetLengthMax: 158 }).targetLengthMax).toBe(158);
		expect(refusal({ receiveLength: 256, targetLengthMax: 159 }).message).toBe(
			"limits.targetLengthMax is 159; with the other limits it must be from 1 to 158",
		);
		expect(refusal({ receiveLength: 255, targetLengthMax: 1 }).message).toContain("limits.receiveLength");
	});

	test("a head is longer than its request line", () => {
		expect(completeLimits({ targetLengthMax: 100, headLengthMax: 164 }).headLengthMax).toBe(164);
		expect(refusal({ targetLengthMax: 100, headLengthMax: 163 }).message).toContain("limits.headLengthMax");
	});
});

describe("completing them", () => {
	test("keeps the defaults for what is not given, and the result is frozen", () => {
		const limits = completeLimits({ connections: 3 });
		expect(limits).toEqual({ ...DEFAULT_LIMITS, connections: 3 });
		expect(Object.isFrozen(limits)).toBe(true);
		expect(Object.isFrozen(DEFAULT_LIMITS)).toBe(true);
	});

	test("takes the defaults themselves", () => {
		expect(completeLimits(DEFAULT_LIMITS)).toEqual(DEFAULT_LIMITS);
	});

	test("is what defineApp does", () => {
		expect(() => defineApp({ routes: {}, limits: { connections: 0 } })).toThrow(RangeError);
		expect(defineApp({ routes: {} }).limits).toBe(DEFAULT_LIMITS);
	});
});

describe("the smallest and the largest server", () => {
	const smallest = { connections: 1, receiveLength: 256, sendLength: 512, targetLengthMax: 158, fieldsKeptMax: 1 };

	test("the smallest answers its longest target, every error, and content larger than itself", () => {
		const served = serve({
			limits: smallest,
			fields: ["X-A"],
			routes: {
				"GET /*rest": (one, response) => response.text("x".repeat(5000) + one.path.length),
				"PUT /": () => {
					throw new Error("on purpose");
				},
			},
		});
		const target = `/${"a".repeat(157)}`;
		expect(ask(served, request(`GET ${target}`)).content).toBe(`${"x".repeat(5000)}158`);
		expect(ask(served, request(`GET ${target}a`)).status).toBe(414);
		expect(ask(served, request("PUT /")).status).toBe(500);
		expect(ask(served, request("GET /", ["X-A: 1", "X-A: 2"])).status).toBe(431);
		const client = served.connect();
		client.send(request("GET /").repeat(20));
		expect(statuses(client).length).toBe(20);
	});

	test("what they cost can be known before anything is allocated", () => {
		const cost = memoryCost(completeLimits(smallest));
		// Two buffers, ten octets for the one field, and what is noted of the head.
		expect(cost.connectionLength).toBe(256 + 512 + 10 + 168);
		expect(cost.totalLength).toBe(cost.connectionLength + cost.sharedLength);
		const six = memoryCost(DEFAULT_LIMITS);
		expect(six.totalLength).toBe(six.sharedLength + 6 * (1536 + 1536 + 160 + 168));
	});

	test("a thousand connections are served", () => {
		const served = serve({
			limits: { ...smallest, connections: 1000 },
			routes: { "GET /": (_request, response) => response.text("x") },
		});
		const clients = Array.from({ length: 1000 }, () => served.connect());
		for (const client of clients) client.send(request("GET /"));
		expect(clients.every((client) => statuses(client)[0] === 200)).toBe(true);
		expect(served.server.connectionCount).toBe(1000);
	});
});
