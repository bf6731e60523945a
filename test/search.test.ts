// The search (host-sim/search) as far as there is time for it in a test run: some seconds, and under CI=true two minutes
// (THIMBLE_SEARCH_SECONDS and THIMBLE_SEARCH_FROM say otherwise). What it has ever found is played again, and its faults of our own have to be where
// they are looked for. `npm run sim` searches on.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { BEHAVIOURS, wishOf } from "../host-sim/search/behaviours.js";
import { Coverage } from "../host-sim/search/coverage.js";
import { Hash } from "../host-sim/search/hash.js";
import { MUTANTS } from "../host-sim/search/mutants.js";
import { type OracleReading, readStream } from "../host-sim/search/oracle.js";
import { PERHAPS } from "../host-sim/search/oracle-ends.js";
import { drawPlan, type Plan, streamOf } from "../host-sim/search/plan.js";
import { SEND, scheduleOf } from "../host-sim/search/schedule.js";
import { PROFILES, Search } from "../host-sim/search/search.js";
import { shrink } from "../host-sim/search/shrink.js";
import { completeLimits } from "../src/limits.js";

const SECONDS = Number(process.env.THIMBLE_SEARCH_SECONDS ?? (process.env.CI === "true" ? 120 : 8));
const root = new URL("..", import.meta.url);

interface Regression {
	readonly note: string;
	readonly seed: number;
	readonly plan: Plan;
}

const REGRESSIONS = JSON.parse(
	readFileSync(new URL("host-sim/search/regressions.json", root), "utf8"),
) as readonly Regression[];

/** Where the seeds begin. The same in every run: what this finds, the change has done that is tested. */
const FROM = Number(process.env.THIMBLE_SEARCH_FROM ?? 1);

describe("the search", () => {
	test(
		`finds nothing in ${SECONDS} seconds, from seed ${FROM}`,
		() => {
			const search = new Search();
			const end = performance.now() + 1000 * SECONDS;
			let seed = FROM;
			for (; performance.now() < end; seed += 1) {
				const finding = search.seed(seed);
				if (finding === null) continue;
				const { invariant, what } = finding.failure;
				throw new Error(`npm run sim -- --seed ${seed} (${finding.plan.profile}): invariant ${invariant}: ${what}`);
			}
			console.log(`${seed - FROM} seeds, ${search.connectionCount} connections`);
			expect(search.connectionCount).toBeGreaterThan(0);
		},
		(SECONDS + 60) * 1000,
	);

	test("comes back the same from its seeds, however they are divided", () => {
		const whole = new Search();
		for (let seed = 1; seed <= 60; seed += 1) whole.seed(seed);
		const sum = Hash.sum();
		for (const [from, to] of [
			[31, 60],
			[1, 30],
		] as const) {
			const part = new Search();
			for (let seed = from; seed <= to; seed += 1) part.seed(seed);
			sum.add(Hash.fromText(part.hash.text));
		}
		expect(sum.text).toBe(whole.hash.text);
		const other = new Search();
		for (let seed = 2; seed <= 61; seed += 1) other.seed(seed);
		expect(other.hash.text).not.toBe(whole.hash.text);
	});

	test.each(REGRESSIONS)("seed $seed, once: $note", ({ plan }) => {
		expect(new Search().judge(plan)).toBeNull();
	});

	test("draws three requests and more for each client, one of them with content", () => {
		for (let seed = 1; seed <= 300; seed += 1) {
			for (const client of drawPlan(seed, PROFILES).clients) {
				expect(client.messages.length).toBeGreaterThanOrEqual(3);
				expect(streamOf(client).length).toBeGreaterThan(0);
			}
		}
	});
});

describe("what the figures of its speed count", () => {
	const GET = "GET /now/a HTTP/1.1\r\nHost: x\r\n\r\n";
	const POST = "POST /echo/b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
	const EMPTY = "POST /echo/b HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";
	const plan = (...clients: readonly (readonly string[])[]): Plan => ({
		seed: 1,
		profile: "esp32",
		isCalm: true,
		limits: { connections: 5 },
		keeps: "all",
		spareConnections: 2,
		latencyMs: 1,
		ticks: 0,
		clients: clients.map((messages) => ({ atMs: 0, messages, sends: [], faults: [] })),
		faults: [],
	});

	test("laden is a connection with three answers, one of them to content", () => {
		const search = new Search();
		const one = plan(
			[GET, POST, GET],
			[GET, POST],
			[GET, EMPTY, GET],
			[GET, POST, GET, GET],
			[POST, GET, GET.slice(0, 20)],
		);
		expect(search.judge(one)).toBeNull();
		// A calm plan is played twice.
		expect([search.connectionCount, search.ladenCount, search.secondCount]).toEqual([10, 4, 5]);
		expect(search.ladenPart(one)?.clients.map(({ messages }) => messages.length)).toEqual([3, 4]);
		expect(search.ladenPart(plan([GET, GET, GET]))).toBeNull();
	});
});

test("the steps of a plan are in the order of time, and send every octet once", () => {
	for (let seed = 1; seed <= 100; seed += 1) {
		const plan = drawPlan(seed, PROFILES);
		const lengths = plan.clients.map((client) => streamOf(client).length);
		const steps = scheduleOf(plan, lengths);
		expect(steps.every(({ atMs }, index) => index === 0 || atMs >= (steps[index - 1]?.atMs ?? 0))).toBe(true);
		for (const [index, length] of lengths.entries()) {
			const sent = steps.filter(({ client, kind }) => client === index && kind === SEND);
			expect(sent[0]?.start).toBe(0);
			expect(sent.at(-1)?.end).toBe(length);
			for (const [next, { start }] of sent.entries()) if (next > 0) expect(start).toBe(sent[next - 1]?.end);
		}
	}
});

describe("the mutants", () => {
	test.each(MUTANTS)("$name: has its one place in $file", ({ file, text, replacement }) => {
		const source = readFileSync(new URL(file, root), "utf8");
		expect(source.split(text).length - 1).toBe(1);
		expect(replacement).not.toBe(text);
	});

	test("are twelve at least, and there is one for each invariant", () => {
		expect(MUTANTS.length).toBeGreaterThanOrEqual(12);
		expect([...new Set(MUTANTS.map(({ invariant }) => invariant))].sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
	});
});

describe("the oracle", () => {
	const limits = {
		targetLengthMax: 100,
		headLengthMax: 1000,
		fieldLinesMax: 10,
		chunkExtensionLengthMax: 20,
		trailerSectionLengthMax: 100,
		contentLengthMax: () => 1000,
	};
	const read = (stream: string): OracleReading => readStream(stream, limits);
	const HOST = "Host: a\r\n";

	test("reads one request behind the other, and stops where the client does", () => {
		const { requests, end } = read(
			`GET /1 HTTP/1.1\r\n${HOST}\r\nPOST /2 HTTP/1.1\r\n${HOST}Content-Length: 3\r\n\r\nabc`,
		);
		expect(requests.map(({ target, content }) => `${target} ${content}`)).toEqual(["/1 ", "/2 abc"]);
		expect(end).toBe("open");
		expect(read(`GET /1 HTTP/1.1\r\n${HOST}Connection: close\r\n\r\nGET /2 HTTP/1.1\r\n${HOST}\r\n`)).toMatchObject({
			requests: [{ target: "/1" }],
			end: "closed",
		});
		expect(read(`GET /1 HTTP/1.1\r\n${HOST}`).end).toBe("partial");
	});

	test("reads chunks and trailers", () => {
		const head = `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`;
		expect(read(`${head}3;a="b"\r\nabc\r\n0\r\nX: y\r\n\r\n`)).toMatchObject({
			requests: [{ content: "abc", isComplete: true }],
			end: "open",
		});
		expect(read(`${head}3\r\nabcd\r\n`)).toMatchObject({ end: "refused", statuses: [400], isInContent: true });
		expect(read(`${head}3e9\r\n`)).toMatchObject({ end: "refused", statuses: [413] });
	});

	test.each([
		[`POST / HTTP/1.1\r\n${HOST}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n`, 400],
		[`POST / HTTP/1.1\r\n${HOST}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc`, 400],
		[`POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: gzip, chunked\r\n\r\n`, 501],
		["GET / HTTP/1.1\r\n\r\n", 400],
		[`GET / HTTP/2.0\r\n${HOST}\r\n`, 505],
		[`GET / HTTP/1.1\n${HOST}\r\n`, 400],
		[`GET /${"x".repeat(100)} HTTP/1.1\r\n${HOST}\r\n`, 414],
		[`GET / HTTP/1.1\r\n${HOST}X : y\r\n\r\n`, 400],
		[`GET / HTTP/1.1\r\nHost: [::1\r\n\r\n`, 400],
	])("refuses %j", (stream, status) => {
		const { end, statuses, requests } = read(stream);
		expect({ end, count: requests.length }).toEqual({ end: "refused", count: 0 });
		expect(statuses).toContain(status);
	});

	test.each([
		"GET /a%20b?c HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n",
		"CONNECT [1:2:3:4:5:6:1.2.3.4]:80 HTTP/1.1\r\nHost: [v1.x]:8\r\n\r\n",
		"OPTIONS * HTTP/1.0\r\nConnection: close , x\r\nExpect: , 100-continue,\r\n\r\n",
		"X http://[::1]:8080/x HTTP/1.7\r\nTransfer-Encoding:\tChunked ,\r\nHost: [1:2:3:4:5:6:7:8]\r\n\r\n0\r\n\r\n",
		'POST / HTTP/1.1\r\nHost: a%2e\r\nTransfer-Encoding: chunked\r\n\r\n3 ; a = "b\\"" ;c\r\nabc\r\n0\r\nT: x\r\n\r\n',
		"POST / HTTP/1.1\r\nContent-Length: 0\r\nHost: [::1.2.3.4]\r\n\r\n",
	])("takes every beginning of %j for what may become right", (stream) => {
		for (let length = 0; length < stream.length; length += 1) {
			const { end, statuses } = read(stream.slice(0, length));
			expect({ length, isOpen: end === "open" || end === "partial", statuses }).toEqual({
				length,
				isOpen: true,
				statuses: [],
			});
		}
		expect(read(stream).end).toMatch(/^(?:open|closed)$/);
	});

	test.each([
		["GET / HTTP/2", [505]],
		["GET / HTTP/1.1\r\nHost: a\r\nHost:", [400]],
		["GET / HTTP/1.1\r\nHost: [1::2::", [400]],
		["GET / HTTP/1.1\r\nExpect: 101", [417]],
		["GET / HTTP/1.1\r\nTransfer-Encoding: gz", [501, 400]],
		["GET / HTTP/1.1\r\nContent-Length: 1234567890123456", [413, 400]],
		["GET https://a", [421]],
		["CONNECT a/", [400]],
		["POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9", [413, 400]],
		["POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3x", [400]],
		["POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n X", [400]],
	])("knows that %j cannot become right", (stream, statuses) => {
		expect(read(stream)).toMatchObject({ end: "refused", statuses: [...statuses, PERHAPS] });
	});
});

describe("what a target asks for", () => {
	test.each([
		["/now/a", "now a"],
		["/now/", null],
		["/now", null],
		["/now/a/1", null],
		["/late/a/5?x=/", "late a 5"],
		["/late/a/%35", "late a 5"],
		["/late/a/99999", "late a 200"],
		["/late/a/x", "late a 0"],
		["/late/a/", null],
		["http://x:8/%6eow/a%2Fb%2525", "now a/b%25"],
		["/x/../now/./a", "now a"],
		["/now/%2e%2E/now/a", "now a"],
		["/now/a/..", null],
		["/now/..%2fa", "now ../a"],
		["/now/%c3%A9%80", "now \u00c3\u00a9\u00ef\u00bf\u00bd"],
		["*", null],
	])("%s: %j", (target, wish) => {
		const asked = wishOf(target);
		expect(asked && [asked.behaviour.name, asked.tag, ...asked.parameters].join(" ")).toBe(wish);
	});
});

describe("a plan that fails", () => {
	test("is made smaller, as long as it fails in the same way", () => {
		const plan = drawPlan(4, ["esp32"]);
		const failure = { invariant: 3, what: "it has a GET", client: 0, timeMs: 0 };
		const judge = (one: Plan) => (one.clients.some((client) => streamOf(client).includes("GET ")) ? failure : null);
		const smallest = shrink(plan, failure, judge);
		expect(judge(smallest)).toBe(failure);
		expect(smallest.clients.length).toBe(1);
		expect(smallest.clients[0]?.messages.length).toBe(1);
		expect(smallest.faults).toEqual([]);
	});

	test("by what it throws is a failure like any other", () => {
		const plan = { ...drawPlan(4, ["esp32"]), isCalm: true };
		const limits = { connections: 1, receiveLength: 256, targetLengthMax: 512 };
		expect(new Search().judge({ ...plan, limits })).toMatchObject({
			invariant: 0,
			what: expect.stringMatching(/RangeError/),
		});
	});

	test("is made smaller by plans that can be played, whichever of its limits go together", () => {
		const limits = { connections: 2, receiveLength: 256, targetLengthMax: 150, headLengthMax: 260 };
		const plan = { ...drawPlan(4, ["esp32"]), limits };
		const failure = { invariant: 3, what: "it fails", client: 0, timeMs: 0 };
		const needs = (one: Plan) => {
			completeLimits(one.limits);
			return one.limits.receiveLength === 256 ? failure : null;
		};
		expect(shrink(plan, failure, needs).limits).toEqual({ receiveLength: 256, targetLengthMax: 150 });
		expect(shrink(plan, failure, () => failure).limits).toEqual({});
	});
});

test("the coverage has a row for each transition, deadline, rule and handler", () => {
	const { counts } = new Coverage();
	expect(counts.size).toBeGreaterThan(80);
	for (const { name } of BEHAVIOURS) expect(counts.has(`handler: ${name}`)).toBe(true);
});
