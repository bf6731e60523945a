// The search (host-sim/search) as far as there is time for it in a test run: some seconds, and under CI=true two minutes
// (THIMBLE_SEARCH_SECONDS and THIMBLE_SEARCH_FROM say otherwise). What it has ever found is played again, and its faults of our own have to be where
// they are looked for. `npm run sim` searches on.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { BEHAVIOURS } from "../host-sim/search/behaviours.js";
import { Coverage } from "../host-sim/search/coverage.js";
import { Hash } from "../host-sim/search/hash.js";
import { MUTANTS } from "../host-sim/search/mutants.js";
import { type OracleReading, readStream } from "../host-sim/search/oracle.js";
import { drawPlan, type Plan, streamOf } from "../host-sim/search/plan.js";
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

/**
 * Seeds that are not judged yet. In 10047, 51737 and 59591 the oracle's reading is in doubt (targets that have to be decoded,
 * what follows a request line that was changed), in 49142 the probe of an ESP8266 was not heard.
 */
const OPEN: readonly number[] = [10_047, 49_142, 51_737, 59_591];

/** No further than seeds have been judged, however fast the machine is. */
const SEEDS_MAX = 45_000;

/** Where the seeds begin. The same in every run: what this finds, the change has done that is tested. */
const FROM = Number(process.env.THIMBLE_SEARCH_FROM ?? 1);

describe("the search", () => {
	test(
		`finds nothing in ${SECONDS} seconds, from seed ${FROM}`,
		() => {
			const search = new Search();
			const end = performance.now() + 1000 * SECONDS;
			let seed = FROM;
			for (; performance.now() < end && seed < FROM + SEEDS_MAX; seed += 1) {
				if (OPEN.includes(seed)) continue;
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
