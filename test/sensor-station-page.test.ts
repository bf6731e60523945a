// The example firmware's page and what stands behind it, over real sockets but without a browser: the page's files, the logs, the
// sign-in, the settings, the live readings.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ReadingLog, ROW_LENGTH } from "../examples/sensor-station/reading-log.js";
import { readingAt } from "../examples/sensor-station/sensors.js";
import { REALM, trial } from "../examples/sensor-station/users.js";
import { simulate } from "../host-sim/index.js";
import type { App, Server } from "../src/index.js";
import { type Answer, askAt } from "./support/ask.js";
import { BuildFolder } from "./support/built.js";
import { listening, RawClient, serving, until } from "./support/net.js";

let buildFolder: BuildFolder;
let path: string;
let server: Server;
let port = 0;

/** The app, with a memory of its own for each `name`. */
async function appOf(name: string): Promise<App> {
	return ((await import(`${path}?${name}`)) as { default: App }).default;
}

beforeAll(async () => {
	buildFolder = new BuildFolder();
	path = await buildFolder.module("examples/sensor-station/app.ts");
	server = await listening(await appOf("shared"));
	port = server.port;
});

afterAll(() => {
	server.abort();
	buildFolder.remove();
});

const get = (target: string, headers: Record<string, string> = {}) => askAt(port, "GET", target, headers);

/** Posts a form as a browser would. */
function post(at: number, target: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
	const content = new URLSearchParams(fields).toString();
	const type = { "Content-Type": "application/x-www-form-urlencoded", "Content-Length": content.length };
	return askAt(at, "POST", target, { ...type, ...headers }, (sending) => sending.end(content));
}

const said = ({ response, content }: Answer) => [response.statusCode, content.toString()];

/** Signs in; returns the cookie. */
async function signedIn(at: number): Promise<string> {
	const { response } = await post(at, "/sign-in", { name: trial.name, password: trial.password });
	expect([response.statusCode, response.headers.location]).toEqual([303, "/"]);
	const [cookie = ""] = response.headers["set-cookie"] ?? [];
	expect(cookie).toMatch(/^sid=[0-9a-f]{32}; Path=\/; HttpOnly; SameSite=Lax$/);
	return cookie.split(";")[0] as string;
}

describe("the page", () => {
	test("needs nothing from elsewhere, and says so to the browser", async () => {
		const { response, content } = await get("/");
		expect(response.statusCode).toBe(200);
		expect(response.headers["content-type"]).toBe("text/html;charset=utf-8");
		expect(response.headers["content-security-policy"]).toContain("default-src 'self'");
		expect(content.toString()).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
	});

	test("names its files by what is in them, each kept for good, and all of them small", async () => {
		const seen = new Map<string, string>();
		async function follow(name: string): Promise<void> {
			const { response, content } = await get(`/${name}`);
			const text = content.toString();
			expect(response.statusCode, name).toBe(200);
			expect(text.replaceAll("http://www.w3.org/2000/svg", ""), name).not.toMatch(/https?:\/\/|@import|url\((?!"?#)/);
			const [, hash] = /-([0-9a-f]{10})\.\w+$/.exec(name) ?? [];
			if (name !== "") {
				expect(createHash("sha256").update(content).digest("hex")).toMatch(new RegExp(`^${hash}`));
				expect(response.headers["cache-control"]).toContain("immutable");
			} else expect(response.headers["cache-control"]).toBe("no-cache");
			seen.set(name, text);
			for (const [, other = ""] of text.matchAll(/"\.\/([\w.-]+)"/g)) if (!seen.has(other)) await follow(other);
		}
		await follow("");
		const folder = fileURLToPath(new URL("../examples/sensor-station/public", import.meta.url));
		const names = readdirSync(folder);
		for (const name of names) expect(statSync(join(folder, name)).isFile()).toBe(true);
		expect(seen.size).toBe(names.length);
		const octets = Buffer.byteLength([...seen.values()].join(""));
		expect(octets).toBeLessThan(30_000);
		const coded = await Promise.all([...seen.keys()].map((name) => get(`/${name}`, { "Accept-Encoding": "gzip" })));
		const sent = coded.reduce((sum, { content }) => sum + content.length, 0);
		const figures = `${Math.round(octets / 1000)} KB of HTML, CSS and JavaScript, which\nbrowsers get as ${Math.round(sent / 1000)} KB`;
		expect(readFileSync(new URL("../README.md", import.meta.url), "utf8")).toContain(figures);
	});

	test("is compressed for those who ask, and not sent again to those who have it", async () => {
		const plain = await get("/");
		const coded = await get("/", { "Accept-Encoding": "gzip" });
		expect(coded.response.headers["content-encoding"]).toBe("gzip");
		expect(gunzipSync(coded.content).equals(plain.content)).toBe(true);
		const again = await get("/", { "If-None-Match": plain.response.headers.etag as string });
		expect(said(again)).toEqual([304, ""]);
	});
});

describe("a log", () => {
	const rowsOf = (text: string) => text.split("\n").slice(0, -1);

	test("is read from its end: so many rows are the last so many octets", async () => {
		const { response, content } = await get("/log/day.csv", { Range: `bytes=-${30 * ROW_LENGTH}` });
		expect(response.statusCode).toBe(206);
		const whole = await get("/log/day.csv");
		expect(whole.response.headers["content-type"]).toBe("text/csv;charset=utf-8");
		expect(response.headers["content-range"]).toBe(`bytes 22080-23039/${whole.content.length}`);
		expect(whole.content.subarray(-30 * ROW_LENGTH).equals(content)).toBe(true);
		const rows = rowsOf(whole.content.toString());
		expect(rows).toHaveLength(720);
		for (const [index, row] of rows.entries()) {
			const [seconds, celsius, humidity, pressure] = row.split(",").map(Number);
			expect({ seconds, celsius, humidity, pressure }).toEqual(readingAt(seconds as number));
			if (index > 0) expect((seconds as number) - Number(rows[index - 1]?.split(",")[0])).toBe(120);
		}
		expect(Math.abs(Date.now() / 1000 - Number(rows.at(-1)?.split(",")[0]))).toBeLessThan(121);
	});

	test("has two minutes by the second, too, and there is no other", async () => {
		const { content } = await get("/log/minutes.csv");
		expect(rowsOf(content.toString())).toHaveLength(120);
		for (const name of ["other.csv", "", "day.csv/x"])
			expect((await get(`/log/${name}`)).response.statusCode, name).toBe(404);
	});

	test("that has not changed is not sent again", async () => {
		const { response } = await get("/log/day.csv");
		const again = await get("/log/day.csv", { "If-None-Match": response.headers.etag as string });
		// Unless the two minutes were over just now.
		if (again.response.headers.etag === response.headers.etag) expect(said(again)).toEqual([304, ""]);
	});

	test("holds the last so many steps, whenever it is looked at, and read in whatever pieces", () => {
		const gaps = fc.array(fc.nat(90), { minLength: 1, maxLength: 20 });
		fc.assert(
			fc.property(gaps, fc.integer({ min: 1, max: 100 }), (waits, pieceLength) => {
				const log = new ReadingLog(10, 12);
				let seconds = 1_800_000_000;
				for (const wait of waits) {
					seconds += wait;
					log.catchUp(seconds, readingAt);
					const file = log.open();
					const { size } = file.status();
					const octets = Buffer.alloc(size);
					for (let at = 0; at < size; at += pieceLength) file.read(octets.subarray(at, at + pieceLength), at);
					const last = Math.floor(seconds / 10) * 10;
					const expected = Array.from({ length: 12 }, (_, index) => readingAt(last - (11 - index) * 10));
					const rows = rowsOf(octets.toString()).map((row) => row.split(",").map(Number));
					expect(rows).toEqual(expected.map((one) => [one.seconds, one.celsius, one.humidity, one.pressure]));
				}
			}),
		);
	});

	test("goes on being read while it goes on, for some rows, and then says that it cannot", () => {
		const log = new ReadingLog(1, 8);
		log.catchUp(1_800_000_000, readingAt);
		const file = log.open();
		const row = Buffer.alloc(ROW_LENGTH);
		log.catchUp(1_800_000_004, readingAt);
		expect(file.read(row, 0)).toBe(ROW_LENGTH);
		expect(row.toString()).toMatch(/^1799999993,/);
		log.catchUp(1_800_000_005, readingAt);
		expect(() => file.read(row, 0)).toThrow(/slower than the log/);
		expect(file.read(row, ROW_LENGTH)).toBe(ROW_LENGTH);
	});
});

describe("the sign-in", () => {
	test("the user for trying has the hash that the page's command prints", () => {
		const text = `${trial.name}:${REALM}:${trial.password}`;
		expect(createHash("sha256").update(text).digest("hex")).toBe(trial.sha256);
	});

	test("tells the user for trying to who has not signed in, and begins a session", async () => {
		const about = async (headers: Record<string, string> = {}) =>
			JSON.parse((await get("/api/station", headers)).content.toString());
		const { name, password } = trial;
		expect(await about()).toMatchObject({ name: "Sensor station", user: null, trial: { name, password } });
		const Cookie = await signedIn(port);
		expect(await about({ Cookie })).toMatchObject({ user: name, trial: null });
		const out = await post(port, "/sign-out", {}, { Cookie });
		expect([out.response.statusCode, out.response.headers["set-cookie"]?.[0]]).toEqual([
			303,
			expect.stringMatching(/^sid=; .*Max-Age=0/),
		]);
		expect(await about({ Cookie })).toMatchObject({ user: null });
	});

	test("refuses a wrong name and a wrong password alike, and after five of them everything", async () => {
		await serving(await appOf("guesses"), async (own) => {
			const wrong = { name: trial.name, password: "wrong" };
			for (const fields of [wrong, wrong, { ...wrong, name: "nobody" }, { name: "nobody", password: trial.password }]) {
				expect(said(await post(own.port, "/sign-in", fields))).toEqual([403, "the name or the password is wrong\n"]);
			}
			await signedIn(own.port);
			for (let count = 0; count < 5; count += 1) await post(own.port, "/sign-in", wrong);
			const { response } = await post(own.port, "/sign-in", { name: trial.name, password: trial.password });
			expect(response.statusCode).toBe(429);
			expect(Number(response.headers["retry-after"])).toBeGreaterThan(50);
		});
	});

	test("is no page's of another site", async () => {
		const fields = { name: trial.name, password: trial.password };
		const { response } = await post(port, "/sign-in", fields, { Origin: "http://evil.example" });
		expect(response.statusCode).toBe(403);
		expect(response.headers["set-cookie"]).toBeUndefined();
	});
});

describe("the settings", () => {
	const fields = { name: "Wine cellar", interval: "2", unit: "F" };

	test("are for those who have signed in, and are told to everybody who listens", async () => {
		await serving(await appOf("settings"), async (own) => {
			const Cookie = await signedIn(own.port);
			const listener = await RawClient.connected(own.port);
			listener.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
			await until("a reading", () => listener.received.includes("event: reading\n"));
			expect(said(await post(own.port, "/settings", fields))).toEqual([403, "sign in first\n"]);
			const { response } = await post(own.port, "/settings", fields, { Cookie });
			expect([response.statusCode, response.headers.location]).toEqual([303, "/"]);
			const told = '{"name":"Wine cellar","unit":"F","intervalSeconds":2}';
			await until("the settings", () => listener.received.includes(`event: settings\ndata: ${told}\n\n`));
			const answer = await askAt(own.port, "GET", "/api/station");
			expect(JSON.parse(answer.content.toString())).toMatchObject(JSON.parse(told));
			listener.close();
		});
	});

	test("that do not fit are refused, and say what would", async () => {
		const Cookie = await signedIn(port);
		for (const [wrong, words] of [
			[{ interval: "61" }, "interval must be a whole number from 1 to 60"],
			[{ interval: "often" }, "interval must be a whole number from 1 to 60"],
			[{ unit: "K" }, "unit must be one of C, F"],
			[{ name: "  " }, "name must not be empty"],
			[{ name: "x".repeat(33) }, "name must be 32 characters at most"],
		] as const) {
			expect(said(await post(port, "/settings", { ...fields, ...wrong }, { Cookie }))).toEqual([422, `${words}\n`]);
		}
	});
});

describe("the live readings", () => {
	test("begin at once, come at the interval, and end with the last who listens", async () => {
		await serving(await appOf("live"), async (own) => {
			const listener = await RawClient.connected(own.port);
			const seconds = () => [...listener.received.matchAll(/data: \{"seconds":(\d+),/g)].map(([, at]) => Number(at));
			listener.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
			await until("the first reading", () => seconds().length === 1, 900);
			await until("two more", () => seconds().length === 3);
			const [first = 0, , third = 0] = seconds();
			expect(Math.abs(third - first - 2)).toBeLessThanOrEqual(1);
			listener.close();
			await until("it has gone", () => own.connectionCount === 0);
		});
	});

	test.each([
		["HEAD", 1],
		["GET", 3],
	])("are not made faster by %s, asked for again and again where it begins no stream", async (method, listeners) => {
		const sim = simulate(await appOf(`${method} in vain`), { profile: "esp32" });
		const all = Array.from({ length: listeners }, () => sim.connect().request("GET", "/events"));
		sim.advance(1000);
		const readings = () => all.map(({ received }) => received.split("event: reading").length - 1);
		const before = readings();
		const other = sim.connect();
		for (let count = 0; count < 100; count += 1) {
			other.request(method, "/events");
			sim.advance(20);
			expect(sim.timerCount).toBe(1);
		}
		expect(other.responses.length).toBeGreaterThan(50);
		expect(readings()).toEqual(before.map((count) => count + 2));
	});

	test("have one timer, however often who listens comes back", async () => {
		const sim = simulate(await appOf("coming back"), { profile: "esp32" });
		for (let count = 0; count < 10; count += 1) {
			const client = sim.connect().request("GET", "/events");
			sim.advance(500);
			expect([client.received.split("event: reading").length - 1, sim.timerCount]).toEqual([1, 1]);
			client.reset();
			sim.advance(20);
		}
		sim.advance(2000);
		expect(sim.timerCount).toBe(0);
	});

	test("are refused to who comes when half of the connections listen", async () => {
		await serving(await appOf("many"), async (own) => {
			const half = own.limits.connections / 2;
			const listeners = await Promise.all(Array.from({ length: half + 1 }, () => RawClient.connected(own.port)));
			const statuses: number[] = [];
			for (const one of listeners) {
				one.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
				statuses.push(await one.status());
			}
			expect(statuses).toEqual([...Array.from({ length: half }, () => 200), 503]);
			for (const one of listeners) one.close();
		});
	});
});

test("of a wait nothing is left when its client leaves, no timer either", async () => {
	const sim = simulate(await appOf("waiting"), { profile: "esp32" });
	for (let count = 0; count < 10; count += 1) {
		const client = sim.connect().request("GET", "/wait?ms=20000");
		sim.advance(500);
		expect(sim.timerCount).toBe(1);
		client.reset();
		sim.advance(500);
		expect(sim.timerCount).toBe(0);
	}
	const client = sim.connect().request("GET", "/wait?ms=500");
	sim.advance(1000);
	expect([client.responses[0]?.status, sim.timerCount]).toEqual([200, 0]);
	expect(sim.escaped).toEqual([]);
});
