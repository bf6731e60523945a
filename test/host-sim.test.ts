// The simulator: what a profile imposes on a connection, and the command thimble-sim from start to Ctrl-C.

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readArguments } from "../host-sim/arguments.js";
import { BoardPlatform } from "../host-sim/board-platform.js";
import type { BoardTransport } from "../host-sim/board-transport.js";
import { errorText } from "../host-sim/observed-app.js";
import { PROFILE_NAMES, PROFILES, type Profile, profileNamed } from "../host-sim/profiles.js";
import { boardWarnings, memoryTable } from "../host-sim/start-table.js";
import { type App, defineApp, type ListenerHandle, Server, type Transport } from "../src/index.js";
import { completeLimits, DEFAULT_LIMITS, type Limits } from "../src/limits.js";
import { memoryCost } from "../src/server/memory.js";
import { BuildFolder } from "./support/built.js";
import { freePort, RawClient, until } from "./support/net.js";
import { SimCommand } from "./support/sim-command.js";

const ESP32 = PROFILES.esp32 as Profile;

let buildFolder: BuildFolder;
let command = "";

beforeAll(async () => {
	buildFolder = new BuildFolder();
	command = await buildFolder.package();
});

afterAll(() => buildFolder.remove());

describe("profiles", () => {
	test("each has a name to ask for, and room for at least one segment each way", () => {
		expect(PROFILE_NAMES).toEqual(["host", ...Object.keys(PROFILES)]);
		for (const [name, profile] of Object.entries(PROFILES)) {
			expect(profile.name).toBe(name);
			expect(profileNamed(name)).toBe(profile);
			expect(Math.min(profile.sendLength, profile.windowLength)).toBeGreaterThanOrEqual(1460);
			expect(profile.controlBlocks).toBeGreaterThanOrEqual(5);
		}
		expect(profileNamed("host")).toBeNull();
		expect(profileNamed("toString")).toBeUndefined();
	});

	test("what is thrown is shown without what a client may have put into it for the terminal", () => {
		const text = errorText(new Error("no page \u001b[2J\n12:00:00.000 #1 GET / → 200\u009b\u202e"));
		expect(text.split("\n").slice(0, 2)).toEqual([
			"Error: no page \\x1b[2J",
			"    | 12:00:00.000 #1 GET / → 200\\x9b\\x202e",
		]);
		expect(text).toMatch(/\n {4}at .*host-sim\.test\.ts/);
		expect(errorText("\u001b\n12:00")).toBe("\\x1b\n    | 12:00 was thrown, which is no Error");
		expect(errorText(Object.assign(new Error("m"), { stack: null }))).toBe("Error: m");
		const silent = new Proxy(
			{},
			{
				get: () => {
					throw new Error("no");
				},
			},
		);
		expect(errorText(silent)).toBe("something was thrown that cannot be shown");
		expect(errorText("x".repeat(20_000)).length).toBeLessThan(11_000);
	});

	test("the memory that is shown is what the app's server takes", () => {
		for (const fields of [[], ["Accept"]]) {
			const app = defineApp({ routes: {}, fields });
			const { memory } = new Server(app, new BoardPlatform(null, 6), { port: 0 });
			const table = memoryTable(app.limits, memory, null);
			const each = memory.connectionLength - app.limits.receiveLength - app.limits.sendLength;
			expect(table[0]).toContain(`head ${each})`);
			expect(table[2]).toContain(` ${memory.totalLength.toLocaleString("en-US")} octets`);
		}
	});

	test("an app that asks for more than the board has is warned", () => {
		const warningsOf = (limits: Limits, profile: Profile | null) => boardWarnings(limits, memoryCost(limits), profile);
		expect(warningsOf(DEFAULT_LIMITS, ESP32)).toEqual([]);
		expect(warningsOf(completeLimits({ connections: 9 }), ESP32)[0]).toMatch(/connections is 9, but esp32 has 8/);
		expect(warningsOf(completeLimits({ connections: 8 }), ESP32)[0]).toMatch(/takes all 8/);
		const wide = completeLimits({ connections: 4, receiveLength: 16_384, sendLength: 16_384 });
		expect(warningsOf(wide, ESP32)[0]).toMatch(/132,896 octets, but esp32 has 78,848/);
		expect(warningsOf(completeLimits({ connections: 1000 }), null)).toEqual([]);
	});

	test("what the board has to spare is what its control blocks leave", () => {
		expect(new BoardPlatform(ESP32, 6).spareConnections).toBe(2);
		expect(new BoardPlatform(ESP32, 12).spareConnections).toBe(0);
		expect(new BoardPlatform(null, 6).spareConnections).toBe(1024);
	});
});

/** One end of a connection as a server has it, without a server. */
class End {
	readable = 0;
	writable = 0;
	ended = 0;
	failed = 0;
	readonly transport: BoardTransport;

	constructor(transport: Transport) {
		this.transport = transport as BoardTransport;
		transport.owner = {
			readable: () => {
				this.readable += 1;
			},
			writable: () => {
				this.writable += 1;
			},
			ended: () => {
				this.ended += 1;
			},
			failed: () => {
				this.failed += 1;
			},
		};
	}

	read(length: number): Buffer {
		const octets = Buffer.alloc(length);
		return octets.subarray(0, this.transport.read(octets, 0, length));
	}
}

describe("a connection of an ESP32", () => {
	const ends: End[] = [];
	const clients: RawClient[] = [];
	let handle: ListenerHandle | null = null;

	async function open(profile: Profile | null): Promise<number> {
		await new Promise<void>((resolve, reject) => {
			const owner = {
				accepted: (transport: Transport) => void ends.push(new End(transport)),
				listenerFailed: reject,
				listening: resolve,
			};
			handle = new BoardPlatform(profile, 6).listen({ port: 0, address: "127.0.0.1" }, owner);
		});
		return handle?.port ?? 0;
	}

	async function connected(port: number): Promise<RawClient> {
		const client = await RawClient.connected(port);
		clients.push(client);
		return client;
	}

	async function pair(profile: Profile | null = ESP32): Promise<{ end: End; client: RawClient }> {
		const client = await connected(await open(profile));
		await until("the connection is accepted", () => ends.length === 1);
		return { end: ends[0] as End, client };
	}

	afterEach(() => {
		for (const client of clients.splice(0)) client.close();
		for (const { transport } of ends.splice(0)) transport.abort();
		handle?.close();
		handle = null;
	});

	test("a write is taken whole or not at all", async () => {
		const { end, client } = await pair();
		const octets = Buffer.alloc(ESP32.sendLength + 1, "a");
		expect(end.transport.room).toBe(8192);
		expect(() => end.transport.write(octets, 0, 8193)).toThrow(/would block/);
		expect(end.transport.room).toBe(8192);
		end.transport.write(octets, 0, 8000);
		expect(() => end.transport.write(octets, 0, 193)).toThrow(RangeError);
		end.transport.write(octets, 0, 192);
		expect(end.transport.room).toBe(0);
		await until("all of it is there", () => client.received.length >= 8192);
		await sleep(20);
		expect(client.received.length).toBe(8192);
	});

	test.each([ESP32, null])(
		"one that is lost between two writes of a turn takes the second, and tells it later",
		async (profile) => {
			const { end, client } = await pair(profile);
			const { transport } = end;
			const octets = Buffer.alloc(500, "a");
			const { room } = transport;
			// The system knows of the reset, and nobody has asked it yet.
			client.reset();
			for (let count = 0; count < 3; count += 1) {
				transport.write(octets, 0, 500);
				transport.flush();
				transport.writeMessage(octets, octets, octets);
				transport.flush();
			}
			expect([end.failed, room]).toEqual([0, profile === null ? 65_536 : 8192]);
			await until("it is told", () => end.failed === 1);
			expect(transport.room).toBe(0);
		},
	);

	test("room comes back in a later turn, and is told then", async () => {
		const { end } = await pair();
		end.transport.write(Buffer.alloc(5000), 0, 5000);
		expect(end.transport.isDrained).toBe(false);
		for (let count = 0; count < 10; count += 1) await new Promise<void>((resolve) => process.nextTick(resolve));
		expect(end.transport.room).toBe(3192);
		expect(end.writable).toBe(0);
		await until("the room is back", () => end.transport.room === 8192);
		expect(end.writable).toBe(1);
		expect(end.transport.isDrained).toBe(true);
	});

	test("what was written may be changed at once: it has been copied", async () => {
		const { end, client } = await pair();
		const octets = Buffer.from("first");
		end.transport.write(octets, 0, 5);
		octets.fill("x");
		await until("it is there", () => client.received.length === 5);
		expect(client.received).toBe("first");
	});

	test("octets are told when they arrive, and left unread they are not told again", async () => {
		const { end, client } = await pair();
		client.send("a".repeat(100));
		await until("they are told", () => end.readable === 1);
		expect(end.read(10).toString()).toBe("a".repeat(10));
		await sleep(60);
		expect(end.readable).toBe(1);
		client.send("b");
		await until("the next are told", () => end.readable === 2);
		expect(end.read(1000).toString()).toBe(`${"a".repeat(90)}b`);
		expect(end.read(1000).length).toBe(0);
	});

	test("no more than the window is held unread, and nothing is lost", async () => {
		const { end, client } = await pair();
		const sent = Buffer.alloc(200_000);
		for (let index = 0; index < sent.length; index += 1) sent[index] = (index * 7 + (index >> 8)) & 0xff;
		client.socket.write(sent);
		await until("the window is full", () => end.transport.unread === 8192);
		await sleep(50);
		expect(end.transport.unread).toBe(8192);
		const parts = [end.read(65_536)];
		expect(parts[0]?.length).toBe(8192);
		// The window has opened, but nothing can have come through it in the same turn.
		expect(end.read(1).length).toBe(0);
		let length = 8192;
		while (length < sent.length) {
			await until("more has come", () => end.transport.unread > 0);
			expect(end.transport.unread).toBeLessThanOrEqual(8192);
			const part = end.read(3000);
			parts.push(part);
			length += part.length;
		}
		expect(Buffer.concat(parts).equals(sent)).toBe(true);
	});

	test("a client that is not read is held back", async () => {
		const { end, client } = await pair();
		client.socket.write(Buffer.alloc(30_000_000));
		await sleep(200);
		expect(end.transport.unread).toBe(8192);
		expect(client.socket.writableLength).toBeGreaterThan(0);
	});

	test("the client's end is told once everything before it has been read", async () => {
		const { end, client } = await pair();
		client.socket.end("the last words");
		await until("they are told", () => end.readable === 1);
		await sleep(30);
		expect(end.ended).toBe(0);
		expect(end.read(100).toString()).toBe("the last words");
		expect(end.ended).toBe(0);
		await until("the end is told", () => end.ended === 1);
	});

	test("one side cannot be closed alone", async () => {
		const { end, client } = await pair();
		expect(end.transport.end()).toBe(false);
		await sleep(30);
		expect(client.hasEnded).toBe(false);
		end.transport.write(Buffer.from("bye"), 0, 3);
		end.transport.close();
		await until("both are closed", () => client.hasEnded);
		expect(client.received).toBe("bye");
	});

	test("a reset is told, and a closed connection tells nothing more", async () => {
		const { end, client } = await pair();
		client.reset();
		await until("it is told", () => end.failed === 1);
		expect(end.transport.room).toBe(0);
	});

	test("without a free control block nobody is accepted; with one, the first who waits", async () => {
		const port = await open(PROFILES["pico-w"] as Profile);
		for (let count = 0; count < 7; count += 1) await connected(port);
		await until("five are accepted", () => ends.length === 5);
		clients[6]?.send("the seventh");
		await sleep(50);
		expect(ends.length).toBe(5);
		clients[5]?.close();
		await sleep(20);
		ends[0]?.transport.close();
		clients[0]?.close();
		await until("one more is accepted", () => ends.length === 6);
		await until("it was the seventh: the sixth has given up", () => ends[5]?.transport.unread === 11);
		expect(ends[5]?.read(20).toString()).toBe("the seventh");
	});
});

describe("an app under a profile", () => {
	/** Writes 20 KB at once when it has them, as if there were no network. */
	function careless(errors: unknown[]): App {
		return defineApp({
			routes: {
				"GET /": async (_request, response) => {
					await sleep(1);
					response.begin();
					for (let count = 0; count < 20; count += 1) response.write("x".repeat(1024));
					response.end();
				},
			},
			onError: (error) => void errors.push(error),
		});
	}

	async function answer(app: App, profile: Profile | null): Promise<string> {
		const server = await new Promise<Server>((resolve, reject) => {
			const options = { port: 0, address: "127.0.0.1", onListening: resolve, onListenerError: reject };
			new Server(app, new BoardPlatform(profile, app.limits.connections), options).reopen();
		});
		const client = await RawClient.connected(server.port);
		client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
		await until("the end", () => client.hasEnded, 8000);
		client.close();
		server.abort();
		return client.received;
	}

	test("one that ignores back-pressure fails on the ESP32, and only there", async () => {
		const errors: unknown[] = [];
		const cut = await answer(careless(errors), ESP32);
		expect(errors).toHaveLength(1);
		expect(errors[0]).toBeInstanceOf(RangeError);
		expect(String(errors[0])).toMatch(/write\(\) of 1024 octets into a room of \d+: .*onWritable/);
		expect(cut.endsWith("0\r\n\r\n")).toBe(false);
		errors.length = 0;
		const whole = await answer(careless(errors), null);
		expect(errors).toEqual([]);
		expect(whole.match(/x/g)?.length).toBe(20 * 1024);
	});

	test.each(Object.values(PROFILES))(
		"a large response comes through $name whole, several times the send buffer",
		async (profile) => {
			const content = new Uint8Array(100_000).fill(0x61);
			const app = defineApp({
				limits: { lingerTimeoutMs: 50 },
				routes: { "GET /": (_request, response) => void response.octets(content) },
			});
			const received = await answer(app, profile);
			expect(received.split("\r\n\r\n")[1]).toBe("a".repeat(100_000));
		},
	);
});

describe("the command line", () => {
	test("--port goes before PORT, PORT before 8080", () => {
		expect(readArguments(["app.ts"], {})).toMatchObject({ command: "run", port: 8080 });
		expect(readArguments(["app.ts"], { PORT: "9000" })).toMatchObject({ port: 9000 });
		expect(readArguments(["app.ts"], { PORT: "" })).toMatchObject({ port: 8080 });
		expect(readArguments(["app.ts", "--port", "9001"], { PORT: "9000" })).toMatchObject({ port: 9001 });
		expect(readArguments(["--help"], {})).toBeNull();
		for (const port of ["x", "-1", "65536", "80a", "1e3"]) {
			expect(() => readArguments(["app.ts", `--port=${port}`], {})).toThrow(/--port must be/);
			expect(() => readArguments(["app.ts"], { PORT: port })).toThrow(/PORT must be/);
		}
	});
});

/** The source of an app whose GET / answers `text`, and whose GET /slow answers it 400 ms later. */
function appSource(text: string, more = ""): string {
	return `import { defineApp, type Response } from "thimble-http";
${more}
function answer(response: Response): void { response.text(${JSON.stringify(text)}); }
export default defineApp({
	routes: {
		"GET /": (_request, response) => answer(response),
		"GET /slow": (_request, response) => {
			const ticket = response.defer();
			setTimeout(() => { if (ticket.response !== undefined) answer(ticket.response); }, 400);
		},
		"GET /never": (_request, response) => { response.defer(); },
		"GET /throws": () => { throw new Error("it broke"); },
	},
});
`;
}

describe("thimble-sim", () => {
	const sims: SimCommand[] = [];
	let folder = "";
	const run = (args: string[], environment: Record<string, string> = {}) => {
		const sim = new SimCommand(command, folder, args, environment);
		sims.push(sim);
		return sim;
	};
	const start = (...args: string[]) => run(["app.ts", "--port", "0", ...args]).started();
	const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "thimble-test-"));
		mkdirSync(join(folder, "tmp"));
		write("app.ts", appSource("first"));
	});

	afterEach(async () => {
		for (const sim of sims.splice(0)) {
			if (!sim.hasExited) sim.child.kill("SIGKILL");
			await sim.exit();
		}
		rmSync(folder, { recursive: true, force: true });
	});

	test("serves an app, says where and what it costs, and logs what happens, without colours", async () => {
		const sim = await start("--profile", "esp32");
		const client = await RawClient.connected(sim.port);
		client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
		expect(await client.status()).toBe(200);
		expect(sim.output).toMatch(/profile esp32: .*send 8,192, window 8,192, 8 control blocks \(2 to spare\)/);
		expect(sim.output).toMatch(/connections +19,440 octets {2}6 × \(receive 1536, send 1536, head 168\)/);
		await sim.shows(/#1 connected from 127\.0\.0\.1:\d+, slot 0; waits up to 10 s for a request head/);
		await sim.shows(/#1 GET \/ → 200, 5 octets, [\d.]+ ms/);
		client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
		await sim.shows(/#1 GET \/slow → 200, 5 octets, 4\d\d ms/);
		await sim.shows(/#1 head → exchange → flush → idle; waits up to 15 s for the next request; receive 0\/1536/);
		expect(sim.output).not.toContain("\u001b");
		client.close();
		await sim.shows(/#1 closed: the client has closed; 2 requests in .*; at most receive 31\/1536, send 1\d\d\/1536/);
	});

	test("shows what a handler threw with the place in the app's source, and refused requests by their rule", async () => {
		const sim = await start();
		await sim.get("/throws");
		await sim.shows(/GET \/throws: Error: it broke\n.*app\.ts:1[0-9]:/);
		await sim.shows(/#1 GET \/throws → 500/);
		const client = await RawClient.connected(sim.port);
		client.send("GET / HTTP/1.1\nHost: a\n\n");
		await sim.shows("refused: lineEndMalformed → 400");
		client.close();
		await sim.shows(/#2 closed: the client has closed; 0 requests/);
	});

	test("shows the deadline that a connection met", async () => {
		write("app.ts", appSource("first").replace("routes:", "limits: { headTimeoutMs: 300 },\n\troutes:"));
		const sim = await start();
		const client = await RawClient.connected(sim.port);
		await sim.shows("#1 connected");
		await sim.shows("waits up to 300 ms for a request head");
		await sim.shows(/#1 closed: waited 300 ms for a request head/);
		client.close();
	});

	test("--quiet shows the start and errors only", async () => {
		const sim = await start("--quiet");
		await sim.get("/");
		await sim.get("/throws");
		await sim.shows("it broke");
		expect(sim.output).not.toContain("connected");
		expect(sim.output).not.toContain("memory");
		expect(sim.output.split("\n")[0]).toMatch(/^app\.ts on http:/);
	});

	test("takes the port from PORT", async () => {
		const port = await freePort();
		const sim = await run(["app.ts"], { PORT: String(port) }).started();
		expect(sim.port).toBe(port);
	});

	test.each([
		[["app.ts", "--profile", "esp99"], /no profile "esp99"; there are host, esp32, /],
		[["app.ts", "--prot", "1"], /--prot/],
		[["app.ts", "--port", "http"], /--port must be a number/],
		[["app.ts", "other.ts"], /one app at a time/],
		[[], /which app\?/],
	])("%j: says what is wrong, exit 2", async (args, message) => {
		const sim = run(args);
		expect(await sim.exit()).toBe(2);
		expect(sim.errors).toMatch(message);
		expect(sim.errors).toContain("Usage: thimble-sim APP");
	});

	test("--help shows how to use it", async () => {
		const sim = run(["--help"]);
		expect(await sim.exit()).toBe(0);
		expect(sim.output).toContain("Usage: thimble-sim APP");
		for (const name of PROFILE_NAMES) expect(sim.output).toContain(name);
	});

	test("a taken port: says what to do, exit 1", async () => {
		const taken = createServer();
		const port = await new Promise<number>((resolve) => {
			taken.listen(0, "127.0.0.1", () => resolve((taken.address() as { port: number }).port));
		});
		const sim = run(["app.ts", "--port", String(port)]);
		expect(await sim.exit()).toBe(1);
		expect(sim.errors).toMatch(new RegExp(`port ${port} of 127.0.0.1 is taken: .*--port ${port + 1}`));
		taken.close();
	});

	test.each([
		["import 'not-there'", /app\.ts does not compile:[\s\S]*not-there[\s\S]*app\.ts:1:/],
		["export default {", /does not compile/],
		["throw new Error('not today')", /throws as it is imported:\nError: not today/],
		["export default { routes: {} }", /no app as its default export/],
	])("an app that is none (%s): says why, exit 1", async (source, message) => {
		write("app.ts", source);
		const sim = run(["app.ts", "--port", "0"]);
		expect(await sim.exit()).toBe(1);
		expect(sim.errors).toMatch(message);
	});

	test("an app that is not there: says so, exit 1", async () => {
		const sim = run(["gone.ts", "--port", "0"]);
		expect(await sim.exit()).toBe(1);
		expect(sim.errors).toContain("gone.ts");
	});

	test("JavaScript, and a package of the app's own folder", async () => {
		mkdirSync(join(folder, "node_modules", "greeting"), { recursive: true });
		write("node_modules/greeting/package.json", '{"name":"greeting","main":"main.js"}');
		write("node_modules/greeting/main.js", 'module.exports = "from a package";');
		const route = '"GET /": (_request, response) => { response.text(greeting); }';
		write(
			"plain.js",
			`import greeting from "greeting"; import { defineApp } from "thimble-http"; export default defineApp({ routes: { ${route} } });`,
		);
		const sim = await run(["plain.js", "--port", "0"]).started();
		expect(await sim.get("/")).toBe("from a package");
	});

	test("each module knows where it is, and a CommonJS package has Node's modules", async () => {
		mkdirSync(join(folder, "node_modules", "joined"), { recursive: true });
		mkdirSync(join(folder, "parts"), { recursive: true });
		write("node_modules/joined/package.json", '{"name":"joined","main":"main.js"}');
		write("node_modules/joined/main.js", 'const { join } = require("path"); module.exports = join("a", "b");');
		write(
			"parts/here.ts",
			"#!/usr/bin/env node\nconst known: string = import.meta // here\n?.['url']; const __createRequire = 1;\nexport default [known, import.meta.dirname, import.meta.filename];",
		);
		const route = '"GET /": (_request, response) => { response.json([joined, here, import.meta.url]); }';
		const imports =
			'import here from "./parts/here.js"; import joined from "joined"; import { defineApp } from "thimble-http";';
		write("where.ts", `${imports} export default defineApp({ routes: { ${route} } });`);
		const sim = await run(["where.ts", "--port", "0"]).started();
		const parts = join(folder, "parts");
		const place = join(parts, "here.ts");
		expect(JSON.parse(await sim.get("/"))).toEqual([
			join("a", "b"),
			[pathToFileURL(place).href, parts, place],
			pathToFileURL(join(folder, "where.ts")).href,
		]);
	});

	test("Ctrl-C lets a response finish, with Connection: close, and exits with 0", async () => {
		const sim = await start();
		const client = await RawClient.connected(sim.port);
		const idle = await RawClient.connected(sim.port);
		client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
		await sim.shows("(GET /slow)");
		sim.child.kill("SIGINT");
		await sim.shows("closing; 2 connections may finish");
		// npm and the terminal may both pass it on: that is no second Ctrl-C.
		sim.child.kill("SIGINT");
		await until("the idle one is closed", () => idle.hasEnded);
		expect(await client.status()).toBe(200);
		await until("the answer", () => client.received.endsWith("first"));
		expect(client.received).toContain("\r\nConnection: close\r\n");
		client.close();
		idle.close();
		expect(await sim.exit()).toBe(0);
		expect(sim.output).toMatch(/ closed\n$/);
	});

	test("a second Ctrl-C cuts off", async () => {
		const sim = await start();
		const client = await RawClient.connected(sim.port);
		client.send("GET /never HTTP/1.1\r\nHost: a\r\n\r\n");
		await sim.shows("(GET /never)");
		sim.child.kill("SIGINT");
		await sim.shows("closing; 1 connection may finish");
		await sleep(300);
		sim.child.kill("SIGINT");
		expect(await sim.exit()).toBe(130);
		expect(client.hasEnded || client.wasReset).toBe(true);
	});

	test("a change of the app, or of a file it imports, is served at once; what has begun is finished", async () => {
		write("text.ts", 'export const TEXT = "one";');
		const importing = appSource("TEXT", 'import { TEXT } from "./text.js";').replace('"TEXT"', "TEXT");
		write("app.ts", importing);
		const sim = await start();
		const { port } = sim;
		expect(await sim.get("/")).toBe("one");
		const slow = sim.get("/slow");
		await sim.shows("(GET /slow)");
		write("text.ts", 'export const TEXT = "two";');
		await sim.shows("app.ts has changed");
		expect(await sim.get("/")).toBe("two");
		expect(await slow).toBe("one");
		expect(readdirSync(join(folder, "tmp"))).toEqual([]);
		write("app.ts", appSource("three"));
		await until("the third", () => (sim.output.match(/has changed/g) ?? []).length === 2);
		expect(await sim.get("/")).toBe("three");
		expect(sim.port).toBe(port);
	});

	test("no client is refused while the app changes", async () => {
		const sim = await start();
		let answered = 0;
		let isOver = false;
		const statuses = new Set<number>();
		const asking = (async () => {
			while (!isOver) {
				const client = await RawClient.connected(sim.port);
				client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
				statuses.add(await client.status());
				client.close();
				answered += 1;
			}
		})();
		for (const text of ["second", "third", "fourth"]) {
			write("app.ts", appSource(text));
			await until(text, () => (sim.output.match(/has changed/g) ?? []).length >= 1);
			sim.output = sim.output.replaceAll("has changed", "");
		}
		isOver = true;
		await asking;
		expect(statuses).toEqual(new Set([200]));
		expect(answered).toBeGreaterThan(3);
		expect(await sim.get("/")).toBe("fourth");
	});

	test("a file that does not compile, or throws, leaves the old app serving; repaired, it is served", async () => {
		const sim = await start();
		write("app.ts", "export default defineApp({");
		await sim.shows(/app\.ts does not compile:[\s\S]*app\.ts:1:26[\s\S]*The app that runs goes on/);
		expect(await sim.get("/")).toBe("first");
		write("app.ts", 'import "./missing.js";');
		await sim.shows(/Could not resolve "\.\/missing\.js"/);
		expect(await sim.get("/")).toBe("first");
		write("app.ts", "throw new Error('not today');");
		await sim.shows(/throws as it is imported:\nError: not today/);
		expect(await sim.get("/")).toBe("first");
		write("app.ts", appSource("repaired"));
		await sim.shows("app.ts has changed");
		expect(await sim.get("/")).toBe("repaired");
	});

	test("an error that escapes from a timer is shown, and serving goes on", async () => {
		write("app.ts", appSource("first", 'setTimeout(() => { throw new Error("escaped"); }, 100);'));
		const sim = await start();
		await sim.shows(/on a board it aborts the machine: Error: escaped/);
		expect(await sim.get("/")).toBe("first");
	});
});
