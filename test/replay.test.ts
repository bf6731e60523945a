// thimble-sim record and thimble-sim replay: what real clients did on loopback, again in virtual time.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readArguments } from "../host-sim/arguments.js";
import { type Case, caseText, readCase } from "../host-sim/picture/case.js";
import { BuildFolder } from "./support/built.js";
import { RawClient, until } from "./support/net.js";
import { textOf } from "./support/octets.js";
import { readPcapng } from "./support/pcapng-reader.js";
import { textOf as outputOf, testWith } from "./support/programs.js";
import { SimCommand } from "./support/sim-command.js";

const APP = `import { defineApp } from "thimble-http";
function echo(request, response) {
	const octets = new Uint8Array(512);
	for (let length = 1; length > 0; ) {
		length = request.read(octets, 0, Math.min(512, response.room));
		if (length > 0) response.write(octets, 0, length);
	}
	if (request.isContentComplete) response.end();
}
export default defineApp({
	limits: { connections: 4 },
	routes: {
		"GET /": (_request, response) => response.text("hello\\n"),
		"GET /slow": (_request, response) => {
			const ticket = response.defer();
			setTimeout(() => ticket.response?.text("slow\\n"), 300);
		},
		"POST /echo": {
			onRequest: (request, response) => { response.begin(request.contentLength); },
			onReadable: echo,
			onWritable: echo,
		},
	},
});
`;

let buildFolder: BuildFolder;
let command = "";
let folder = "";
const commands: SimCommand[] = [];

beforeAll(async () => {
	buildFolder = new BuildFolder();
	command = await buildFolder.package();
});

afterAll(() => buildFolder.remove());

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "thimble-test-"));
	mkdirSync(join(folder, "tmp"));
	writeFileSync(join(folder, "app.ts"), APP);
});

afterEach(async () => {
	for (const one of commands.splice(0)) {
		if (!one.hasExited) one.child.kill("SIGKILL");
		await one.exit();
	}
	rmSync(folder, { recursive: true, force: true });
});

function run(...args: string[]): SimCommand {
	const one = new SimCommand(command, folder, args);
	commands.push(one);
	return one;
}

/** Records what `session` does, with the command; returns the case as it was written. */
async function record(session: (port: number) => Promise<void>, ...args: string[]): Promise<Case> {
	const recording = run("record", "app.ts", "--case", "case.json", "--port", "0", ...args);
	await recording.shows("recording; Ctrl-C closes and writes case.json");
	await session(recording.port);
	recording.child.kill("SIGINT");
	expect(await recording.exit()).toBe(0);
	expect(recording.output).toMatch(/wrote case\.json: \d+ connections?\n/);
	return readCase(readFileSync(join(folder, "case.json"), "utf8"));
}

/** What the replay of the case writes: the output, and the files' contents. */
async function replay(name: string): Promise<{ output: string; svg: string; text: string; pcapng: Uint8Array }> {
	const files = ["svg", "pcapng", "text"].flatMap((kind) => [`--${kind}`, `${name}.${kind}`]);
	const replaying = run("replay", "case.json", "app.ts", ...files);
	expect([await replaying.exit(), replaying.errors]).toEqual([0, ""]);
	const read = (kind: string) => readFileSync(join(folder, `${name}.${kind}`));
	return {
		output: replaying.output.replaceAll(`${name}.`, "NAME."),
		svg: read("svg").toString(),
		text: read("text").toString(),
		pcapng: new Uint8Array(read("pcapng")),
	};
}

/** What the server sent on each connection of a capture, in the order in which they began. */
function sentByServer(capture: Uint8Array): string[] {
	const sent = new Map<string, string>();
	for (const { from, to, content, direction } of readPcapng(capture)) {
		const client = direction === "in" ? from : to;
		sent.set(client, (sent.get(client) ?? "") + (direction === "out" ? textOf(content) : ""));
	}
	return [...sent.values()];
}

/** A response without its Date, which is another one in virtual time. */
function withoutDate(response: string): string {
	return response.replace(/^Date: .*\r\n/gm, "");
}

const BINARY = Uint8Array.from({ length: 5000 }, (_, index) => (index * index) & 255);

describe("record and replay", () => {
	test("the same requests have the same responses, octet by octet, and a replay is the same each time", async () => {
		const received: string[] = [];
		const recorded = await record(async (port) => {
			const persistent = await RawClient.connected(port);
			for (const target of ["/", "/slow", "/nowhere"]) {
				const before = persistent.received.length;
				persistent.send(`GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
				await until("a response", () => persistent.received.slice(before).includes("\r\n\r\n"));
			}
			persistent.close();
			received.push(persistent.received);
			const echo = await fetch(`http://127.0.0.1:${port}/echo`, { method: "POST", body: BINARY });
			expect(new Uint8Array(await echo.arrayBuffer())).toEqual(BINARY);
			const halfway = await RawClient.connected(port);
			halfway.send("GET / HT");
			await new Promise((resolve) => setTimeout(resolve, 50));
			halfway.reset();
			await new Promise((resolve) => setTimeout(resolve, 50));
		});
		const verbs = recorded.steps.filter((step) => step.do !== "advance").map((step) => step.do);
		expect(verbs.filter((verb) => verb === "connect")).toHaveLength(3);
		expect(verbs.at(-1)).toBe("reset");
		expect(recorded.profile).toBe("node");

		const [first, second] = [await replay("first"), await replay("second")];
		expect(second).toEqual(first);
		const [persistent = "", echo = "", halfway] = sentByServer(first.pcapng);
		expect(withoutDate(persistent)).toBe(withoutDate(received[0] ?? ""));
		expect(echo.slice(echo.indexOf("\r\n\r\n") + 4)).toBe(textOf(BINARY));
		expect(halfway).toBe("");
		expect(first.output).toMatch(/^case\.json on app\.ts: profile node, seed 0, [\d.]+ m?s of virtual time$/m);
		expect(first.output).toMatch(
			/^#1 GET \/ → 200, 6 octets\n#1 GET \/slow → 200, 5 octets\n#1 GET \/nowhere → 404, /m,
		);
		expect(first.output).toMatch(/^#2 POST \/echo → 200, 5,000 octets$/m);
		expect(first.output).toMatch(/^#3 closed: left\nwrote NAME\.svg\nwrote NAME\.pcapng\nwrote NAME\.text\n$/m);
		for (const words of [">recorded from app.ts<", ">GET / → 200<", ">GET /slow<", ">→ 200<"])
			expect(first.svg.includes(words), words).toBe(true);
		expect(first.text).toMatch(/^profile node, seed 0\n/);
	}, 60_000);

	test("on a board's profile, with what half-closes", async () => {
		const recorded = await record(async (port) => {
			const client = await RawClient.connected(port);
			client.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
			await until("the response", () => client.received.includes("slow"));
			client.socket.end();
			await until("the end", () => client.hasEnded);
		}, "--profile=esp32");
		expect(recorded.profile).toBe("esp32");
		expect(recorded.steps.filter(({ do: verb }) => verb !== "advance").map(({ do: verb }) => verb)).toEqual([
			"connect",
			"send",
			"end",
		]);
		const { output } = await replay("board");
		expect(output).toMatch(/profile esp32, .*\n#1 GET \/slow → 200, 5 octets\n#1 closed: ended\n/);
	}, 60_000);

	testWith(
		"curl",
		"a session of curl",
		async (curl) => {
			await record(async (port) => {
				const url = `http://127.0.0.1:${port}`;
				expect(await outputOf(curl, ["-s", `${url}/`, `${url}/slow`])).toBe("hello\nslow\n");
				const content = "c".repeat(20_000);
				expect(await outputOf(curl, ["-s", "--data-binary", "@-", `${url}/echo`], content)).toBe(content);
			}, "--quiet");
			const { output } = await replay("curl");
			expect(output).toMatch(/^#1 GET \/ → 200, 6 octets\n#1 GET \/slow → 200, 5 octets\n#1 closed: ended\n/m);
			expect(output).toMatch(/^#2 POST \/echo → 200, 20,000 octets\n#2 closed: ended\n/m);
		},
		60_000,
	);

	test("a case that a person wrote, and what comes of it where a connection is over", async () => {
		const written: Case = {
			title: "a client that goes on regardless",
			profile: "esp8266",
			seed: 3,
			conditions: { latencyMs: 20 },
			steps: [
				{ do: "connect", client: 1 },
				{ do: "send", client: 1, octets: "\x16\x03\x01" },
				{ do: "advance", ms: 100 },
				{ do: "reset", client: 1 },
				{ do: "send", client: 1, octets: { text: "x", times: 3 } },
				{ do: "connect", client: 2 },
				{ do: "advance", ms: 60_000 },
			],
		};
		writeFileSync(join(folder, "case.json"), caseText(written));
		const { text, svg, output } = await replay("written");
		expect(output).toMatch(/profile esp8266, seed 3, 1 min of virtual time/);
		expect(text).toMatch(/ 100\.000 #1 {3}remark {3}the client would send; its connection is over\n/);
		expect(svg).toMatch(/>a client that goes on regardless</);
	}, 60_000);

	test("the case in the documentation, and the one that its picture is of", async () => {
		const root = fileURLToPath(new URL("..", import.meta.url));
		const app = join(root, "examples/sensor-station/app.ts");
		const [, documented = ""] =
			/```json\n(\{[\s\S]*?)```/.exec(readFileSync(join(root, "docs/simulator.md"), "utf8")) ?? [];
		writeFileSync(join(folder, "documented.json"), documented);
		const upload = run("replay", "documented.json", app);
		expect([await upload.exit(), upload.errors]).toEqual([0, ""]);
		expect(upload.output).toMatch(/^#1 PUT \/firmware → 408, /m);
		const example = join(root, "examples/sensor-station/cases/stalled-reader.json");
		const stalled = run("replay", example, app, "--svg", "ladder.svg");
		expect([await stalled.exit(), stalled.errors]).toEqual([0, ""]);
		expect(stalled.output).toMatch(/^#2 GET \/api\/history → 200, [\d,]+ octets, cut off\n#2 closed: aborted$/m);
		const shown = /^(#[\s\S]*?)\n[^#]/m.exec(stalled.output)?.[1];
		expect(readFileSync(join(root, "docs/simulator.md"), "utf8")).toContain(`\`\`\`\n${shown}\n\`\`\``);
		const svg = readFileSync(join(folder, "ladder.svg"), "utf8");
		for (const words of [">deadline: send<", ">window 0<", ">POST /echo → 200<"])
			expect(svg.includes(words)).toBe(true);
		// Made anew whenever what it shows has changed: the command stands in docs/simulator.md.
		expect(readFileSync(join(root, "docs/ladder.svg"), "utf8") === svg).toBe(true);
	}, 60_000);

	test("complaints that say what to do", async () => {
		writeFileSync(join(folder, "case.json"), '{ "format": "thimble-case", "version": 1, "seed": 1, "steps": [] }');
		const bad = run("replay", "case.json", "app.ts");
		expect(await bad.exit()).toBe(1);
		expect(bad.errors).toMatch(/^thimble-sim: case\.json: profile is missing: one of lwip, esp32/);
		const missing = run("replay", "other.json", "app.ts");
		expect(await missing.exit()).toBe(1);
		expect(missing.errors).toMatch(/^thimble-sim: .*no such file or directory.*other\.json/);
		const misused = run("replay", "case.json");
		expect(await misused.exit()).toBe(2);
		expect(misused.errors).toMatch(
			/which app\? Give its file behind the case, as in: thimble-sim replay case\.json app\.ts/,
		);
		const unwritable = run("record", "app.ts", "--case", "no/such/folder.json", "--port", "0");
		await unwritable.shows("recording");
		unwritable.child.kill("SIGINT");
		expect(await unwritable.exit()).toBe(1);
		expect(unwritable.errors).toMatch(/^thimble-sim: the case cannot be written: ENOENT/);
	}, 60_000);

	test("the command line", () => {
		expect(readArguments(["replay", "a.json", "b.ts", "--svg", "c.svg"], {})).toEqual({
			command: "replay",
			caseFile: "a.json",
			file: "b.ts",
			svg: "c.svg",
			pcapng: undefined,
			text: undefined,
		});
		expect(readArguments(["record", "b.ts", "--case=a.json"], {})).toMatchObject({
			command: "record",
			caseFile: "a.json",
		});
		expect(readArguments(["replay", "--help"], {})).toBeNull();
		expect(() => readArguments(["replay"], {})).toThrow(/which case, and which app\?/);
		expect(() => readArguments(["replay", "a", "b", "c"], {})).toThrow(/one case and one app at a time: a, b, c/);
		expect(() => readArguments(["replay", "a", "b", "--port", "1"], {})).toThrow(/--port/);
		expect(() => readArguments(["record", "b.ts"], {})).toThrow(/where does the case go\? .* --case case\.json/);
		expect(() => readArguments(["b.ts", "--case", "a"], {})).toThrow(/--case is for recording: thimble-sim record/);
	});
});
