// The example firmware, over real sockets: every endpoint, as browsers, scripts and old clients use it.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { crc32 as zlibCrc32 } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CRC32_START, crc32, crc32Text } from "../examples/sensor-station/crc32.js";
import { readingAt } from "../examples/sensor-station/sensors.js";
import { trial } from "../examples/sensor-station/users.js";
import type { App, Server } from "../src/index.js";
import { askAt } from "./support/ask.js";
import { BuildFolder } from "./support/built.js";
import { freePort, listening, RawClient, until } from "./support/net.js";

const root = fileURLToPath(new URL("..", import.meta.url));
let buildFolder: BuildFolder;
let server: Server;
let port = 0;

beforeAll(async () => {
	buildFolder = new BuildFolder();
	const { default: app } = (await import(await buildFolder.module("examples/sensor-station/app.ts"))) as {
		default: App;
	};
	server = await listening(app);
	port = server.port;
});

afterAll(() => {
	server.abort();
	buildFolder.remove();
});

/** Octets that look like nothing in particular, the same each time. */
function octets(length: number): Buffer {
	const content = Buffer.allocUnsafe(length);
	let state = 0x12345678;
	for (let index = 0; index < length; index += 1) {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
		content[index] = state >>> 24;
	}
	return content;
}

/** Asks the station. */
const ask: (...asked: Asked) => ReturnType<typeof askAt> = (...asked) => askAt(port, ...asked);
type Asked = Parameters<typeof askAt> extends [number, ...infer Rest] ? Rest : never;

/** Sends a request as it is, and returns all that comes until the connection ends. */
async function raw(text: string, timeoutMs = 10_000): Promise<string> {
	const client = await RawClient.connected(port);
	client.send(text);
	await until("the end", () => client.hasEnded, timeoutMs);
	client.close();
	return client.received;
}

const sha = (content: Uint8Array) => createHash("sha256").update(content).digest("hex");

describe("readings", () => {
	test("are those of this second, as JSON, over one connection", async () => {
		const agent = new Agent({ keepAlive: true, maxSockets: 1 });
		const ports = new Set<number | undefined>();
		for (let count = 0; count < 5; count += 1) {
			const before = Math.floor(Date.now() / 1000);
			const reading = await new Promise<Record<string, number>>((resolve, reject) => {
				const asking = request({ port, host: "127.0.0.1", path: "/api/readings", agent }, (response) => {
					ports.add(response.socket.localPort);
					expect(response.headers["content-type"]).toBe("application/json");
					expect(response.headers["cache-control"]).toBe("no-store");
					response.setEncoding("utf8").on("data", (text: string) => resolve(JSON.parse(text)));
				});
				asking.on("error", reject).end();
			});
			expect(reading.seconds).toBeGreaterThanOrEqual(before);
			expect(reading).toEqual(readingAt(reading.seconds as number));
			await sleep(1);
		}
		agent.destroy();
		expect(ports.size).toBe(1);
	});

	test("are functions of the time, within what a room can have", () => {
		for (let seconds = 1_700_000_000; seconds < 1_700_000_000 + 20 * 86_400; seconds += 997) {
			const reading = readingAt(seconds);
			expect(readingAt(seconds)).toEqual(reading);
			expect(reading.celsius).toBeGreaterThan(10);
			expect(reading.celsius).toBeLessThan(30);
			expect(reading.humidity).toBeGreaterThan(20);
			expect(reading.humidity).toBeLessThan(80);
			expect(Math.abs(reading.pressure - 1013)).toBeLessThan(10);
		}
		expect(readingAt(1_700_000_000)).not.toEqual({ ...readingAt(1_700_003_600), seconds: 1_700_000_000 });
	});
});

describe("the history", () => {
	function rows(text: string): string[] {
		const [heading, ...rest] = text.split("\n");
		expect(heading).toBe("seconds,celsius,humidity,pressure");
		expect(rest.pop()).toBe("");
		return rest;
	}

	test("is a chunked stream far larger than the buffers, a reading a minute", async () => {
		const { response, content } = await ask("GET", "/api/history");
		expect(response.headers["transfer-encoding"]).toBe("chunked");
		expect(content.length).toBeGreaterThan(500_000);
		expect(content.length).toBeGreaterThan(300 * server.limits.sendLength);
		const all = rows(content.toString());
		expect(all).toHaveLength(20_000);
		let before = Number(all[0]?.split(",")[0]) - 60;
		for (const row of all) {
			const [seconds, celsius, humidity, pressure] = row.split(",").map(Number);
			expect(seconds).toBe(before + 60);
			before += 60;
			if (before % 7 === 0) expect({ seconds, celsius, humidity, pressure }).toEqual(readingAt(before));
		}
		expect(Math.abs(Date.now() / 1000 - before)).toBeLessThan(120);
	});

	test("waits for a client that reads slowly", async () => {
		const { content } = await ask("GET", "/api/history", {}, undefined, 3);
		expect(rows(content.toString())).toHaveLength(20_000);
	});

	test("takes a count, and refuses what is none", async () => {
		const { content } = await ask("GET", "/api/history?count=3");
		expect(rows(content.toString())).toHaveLength(3);
		for (const count of ["0", "20001", "-1", "x", "", "1.5"]) {
			expect((await ask("GET", `/api/history?count=${count}`)).response.statusCode, count).toBe(400);
		}
	});

	test("to HTTP/1.0 it ends with the connection, without chunks", async () => {
		const [head = "", content = ""] = (await raw("GET /api/history HTTP/1.0\r\n\r\n")).split("\r\n\r\n");
		expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
		expect(head).not.toMatch(/transfer-encoding|content-length/i);
		expect(rows(content)).toHaveLength(20_000);
	});

	test("HEAD has its fields and no content, and the connection goes on", async () => {
		const received = await raw(
			"HEAD /api/history HTTP/1.1\r\nHost: a\r\n\r\nGET /wait?ms=0 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
		);
		expect(received).toMatch(
			/^HTTP\/1\.1 200 OK\r\n[\s\S]*Transfer-Encoding: chunked\r\n[\s\S]*?\r\n\r\nHTTP\/1\.1 200 OK/,
		);
		expect(received).toMatch(/\{"waitedMs":0\}$/);
	});
});

describe("the wait", () => {
	test("answers later, not earlier", async () => {
		for (const ms of [0, 150]) {
			const start = performance.now();
			const { response, content } = await ask("GET", `/wait?ms=${ms}`);
			expect(response.statusCode).toBe(200);
			expect(JSON.parse(content.toString())).toEqual({ waitedMs: ms });
			// A timer may be early by a part of a millisecond.
			expect(performance.now() - start).toBeGreaterThan(ms - 2);
		}
	});

	test("refuses what is no wait", async () => {
		for (const query of ["", "?ms=", "?ms=-1", "?ms=1.5", "?ms=x", "?ms=20001", "?ms=1e3", "?ms=%20", "?s=1"]) {
			const { response, content } = await ask("GET", `/wait${query}`);
			expect(response.statusCode, query).toBe(400);
			expect(content.toString()).toContain("20000");
		}
	});

	test("a client that leaves meanwhile leaves nothing behind", async () => {
		const client = await RawClient.connected(port);
		const before = server.connectionCount;
		client.send("GET /wait?ms=100 HTTP/1.1\r\nHost: a\r\n\r\n");
		await sleep(30);
		client.reset();
		await until("its slot is free", () => server.connectionCount < before);
		await sleep(120);
		expect((await ask("GET", "/wait?ms=0")).response.statusCode).toBe(200);
	});
});

describe("CRC-32", () => {
	test("is zlib's, however the octets are cut", () => {
		expect(crc32Text(CRC32_START)).toBe("00000000");
		expect(crc32Text(crc32(CRC32_START, Buffer.from("123456789"), 0, 9))).toBe("cbf43926");
		const content = octets(5000);
		for (let cut = 0; cut <= content.length; cut += 499) {
			const first = crc32(CRC32_START, content, 0, cut);
			expect(crc32(first, content, cut, content.length)).toBe(zlibCrc32(content));
		}
	});
});

describe("the firmware upload", () => {
	const content = octets(12_000_000);
	const expected = { length: content.length, crc32: crc32Text(zlibCrc32(content)) };

	test("takes 12 MB by Content-Length", async () => {
		const headers = { "Content-Length": content.length };
		const { response, content: answer } = await ask("PUT", "/firmware", headers, (sending) => sending.end(content));
		expect(response.statusCode).toBe(200);
		expect(JSON.parse(answer.toString())).toEqual(expected);
	});

	test("takes 12 MB in chunks of many sizes", async () => {
		const { response, content: answer } = await ask("PUT", "/firmware", {}, (sending) => {
			let start = 0;
			for (let size = 1; start < content.length; size = (size * 7) % 65_521) {
				sending.write(content.subarray(start, start + size));
				start += size;
			}
			sending.end();
		});
		expect(response.statusCode).toBe(200);
		expect(JSON.parse(answer.toString())).toEqual(expected);
	});

	test("takes nothing, and an octet", async () => {
		const empty = await ask("PUT", "/firmware", { "Content-Length": 0 });
		expect(JSON.parse(empty.content.toString())).toEqual({ length: 0, crc32: "00000000" });
		const one = await ask("PUT", "/firmware", {}, (sending) => sending.end("a"));
		expect(JSON.parse(one.content.toString())).toEqual({ length: 1, crc32: crc32Text(zlibCrc32("a")) });
	});

	test("asks for it where the client waits to be asked", async () => {
		const client = await RawClient.connected(port);
		client.send("PUT /firmware HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
		await until("100", () => client.received === "HTTP/1.1 100 Continue\r\n\r\n");
		client.send("abc");
		await until("the answer", () => client.received.endsWith("}"));
		expect(client.received).toContain(`{"length":3,"crc32":"${crc32Text(zlibCrc32("abc"))}"}`);
		client.close();
	});
});

describe("the echo", () => {
	const content = octets(5_000_000);

	test.each([
		["by length", { "Content-Length": content.length }, String(content.length), undefined],
		["chunked", { "Transfer-Encoding": "chunked" }, undefined, "chunked"],
	])("returns 5 MB %s to a client that reads slowly", async (_name, headers, length, coding) => {
		const { response, content: echoed } = await ask("POST", "/echo", headers, (sending) => sending.end(content), 2);
		expect(response.statusCode).toBe(200);
		expect(response.headers["content-length"]).toBe(length);
		expect(response.headers["transfer-encoding"]).toBe(coding);
		expect(echoed.length).toBe(content.length);
		expect(sha(echoed)).toBe(sha(content));
	});

	test("returns each piece before the next is sent", async () => {
		const client = await RawClient.connected(port);
		client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
		for (const piece of ["one", "two", "three"]) {
			client.send(`${piece.length.toString(16)}\r\n${piece}\r\n`);
			await until(piece, () => client.received.includes(`\r\n${piece}\r\n`));
		}
		client.send("0\r\n\r\n");
		await until("the end", () => client.received.endsWith("0\r\n\r\n"));
		client.close();
	});

	test("holds back a client that does not read, and goes on when it does", async () => {
		const client = await RawClient.connected(port);
		const large = octets(40_000_000);
		let length = 0;
		client.socket.removeAllListeners("data").pause();
		client.send(`POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: ${large.length}\r\n\r\n`);
		client.socket.write(large);
		await sleep(300);
		const stuck = client.socket.writableLength;
		expect(stuck).toBeGreaterThan(0);
		await sleep(200);
		expect(client.socket.writableLength).toBe(stuck);
		client.socket.on("data", (part: Buffer) => {
			length += part.length;
		});
		client.socket.resume();
		await until("all of it", () => length > large.length, 20_000);
		expect(client.socket.writableLength).toBe(0);
		client.close();
	});

	test("asks for content where the client waits to be asked, before its own head", async () => {
		const client = await RawClient.connected(port);
		client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
		await until("100", () => client.received === "HTTP/1.1 100 Continue\r\n\r\n");
		client.send("abc");
		await until("the answer", () => client.received.endsWith("\r\n\r\nabc"));
		expect(client.received).not.toContain("Connection: close");
		client.close();
	});

	test("to HTTP/1.0 it has a length and ends with the connection", async () => {
		const received = await raw("POST /echo HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello");
		expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\nContent-Length: 5\r\n[\s\S]*\r\n\r\nhello$/);
	});

	test("to HTTP/1.0 with keep-alive it goes on", async () => {
		const one = "POST /echo HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\none";
		const received = await raw(`${one}POST /echo HTTP/1.0\r\nContent-Length: 3\r\n\r\ntwo`);
		expect(received).toMatch(/Connection: keep-alive\r\nDate: .+\r\n\r\noneHTTP\/1\.1 200 OK[\s\S]*\r\n\r\ntwo$/);
	});

	test("of nothing is nothing", async () => {
		for (const fields of ["Content-Length: 0\r\n", ""]) {
			const received = await raw(`POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${fields}\r\n`);
			expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\nContent-Length: 0\r\n[\s\S]*\r\n\r\n$/);
		}
		const chunked = await raw(
			"POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		);
		expect(chunked).toMatch(/\r\n\r\n0\r\n\r\n$/);
	});

	test("other methods are told which there are", async () => {
		for (const method of ["HEAD", "GET"]) {
			const { response } = await ask(method, "/echo");
			expect(response.statusCode).toBe(405);
			expect(response.headers.allow).toBe("OPTIONS, POST");
		}
	});

	test("pipelined echoes come in order", async () => {
		const post = (text: string, more = "") =>
			`POST /echo HTTP/1.1\r\nHost: a\r\n${more}Content-Length: ${text.length}\r\n\r\n${text}`;
		const received = await raw(post("first") + post("second") + post("third", "Connection: close\r\n"));
		expect(received.replaceAll(/HTTP\/1\.1 200 OK\r\n[\s\S]*?\r\n\r\n/g, "|")).toBe("|first|second|third");
	});
});

test("the command of npm start serves it on PORT", async () => {
	const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: { start: string } };
	const [prepare, start] = scripts.start.split(" && ");
	expect(prepare).toBe("node tools/prepare.mjs");
	const [node, command, ...args] = (start as string).split(" ");
	expect([node, command]).toEqual(["node", "dist/thimble-sim.js"]);
	const own = await freePort();
	const built = await buildFolder.package();
	const sim = spawn(process.execPath, [built, ...args], { cwd: root, env: { ...process.env, PORT: String(own) } });
	let output = "";
	for (const stream of [sim.stdout, sim.stderr]) {
		stream.on("data", (chunk: Buffer) => {
			output += chunk;
		});
	}
	const exit = new Promise<number | null>((resolve) => sim.on("close", resolve));
	try {
		await until("the start", () => output.includes(`on http://127.0.0.1:${own}/`), 10_000);
		expect(output).toContain(`Sign in as "${trial.name}" with the password "${trial.password}"`);
		const page = await fetch(`http://127.0.0.1:${own}/`);
		expect(await page.text()).toContain("<title>Sensor station</title>");
	} finally {
		sim.kill("SIGINT");
	}
	expect(await exit).toBe(0);
	expect(output).toMatch(/closing[\s\S]* closed\n$/);
});
