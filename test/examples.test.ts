// The examples in the pages about features do what the pages say.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { espImage } from "./support/esp-image.js";
import { complaintsAbout, type Example, examplesOf, serveExample } from "./support/examples.js";
import { answer, ask, request, type Served, sure, upload } from "./support/exchange.js";
import { textOf } from "./support/octets.js";

const FORMS = examplesOf(
	"forms.md",
	`export const saved: unknown[] = [];
	function save(...values: unknown[]): void { saved.push(values); }
	function entries(from: number, level: string): unknown { return [from, level]; }
	function openFile(_name: string) { return { write() {}, end() {} }; }
	void [save, entries, openFile];`,
);

const SESSIONS = examplesOf("sessions.md", "function save(_name: string): void {} void save;");

const MIDDLEWARE = examplesOf(
	"middleware.md",
	'function isLocal(address: string): boolean { return address.startsWith("10."); }',
);
const METRICS = examplesOf("metrics.md", "declare function print(octets: Uint8Array, length: number): void;");

const AUTH = examplesOf("auth.md", "");
const GUARDS = examplesOf("guards.md", "function isSettingUp(): boolean { return false; } void isSettingUp;");

const EVENTS = examplesOf("events.md", "function keep(_ticket: unknown): void {} void keep;");
const UPLOADS = examplesOf(
	"uploads.md",
	`function restartSoon(): void {}
	function findUser(): undefined {}
	function openSink() { return { write() {}, end() {} }; }
	void [restartSoon, findUser, openSink];`,
);

const ALL: readonly Example[] = [
	...FORMS,
	...SESSIONS,
	...MIDDLEWARE,
	...METRICS,
	...AUTH,
	...GUARDS,
	...EVENTS,
	...UPLOADS,
];

test("each has ten lines at most", () => {
	expect(ALL.length).toBeGreaterThan(3);
	for (const { text, lines } of ALL) expect(lines, text).toBeLessThanOrEqual(10);
});

test("each compiles", async () => {
	expect(await complaintsAbout(ALL)).toBe("");
});

/** The status and the content of each answer to these requests. */
async function answersOf(example: Example | undefined, ...requests: string[]): Promise<(readonly [number, string])[]> {
	if (example === undefined) throw new Error("there is no such example");
	const served: Served = await serveExample(example);
	return requests.map((octets) => {
		const { status, content } = ask(served, octets);
		return [status, content] as const;
	});
}

describe("docs/forms.md", () => {
	const [form, query, json, octets, files] = FORMS;

	test("a form", async () => {
		const type = ["Content-Type: application/x-www-form-urlencoded"];
		expect(
			await answersOf(
				form,
				upload("POST /settings", "name=hall&minutes=5", type),
				upload("POST /settings", "name=hall&minutes=61", type),
			),
		).toEqual([
			[200, "saved"],
			[422, "minutes must be a whole number from 1 to 60\n"],
		]);
	});

	test("a query", async () => {
		expect(await answersOf(query, request("GET /log?from=7&level=all"), request("GET /log?from=7"))).toEqual([
			[200, '[7,"all"]'],
			[422, "level is missing\n"],
		]);
	});

	test("JSON", async () => {
		const type = ["Content-Type: application/json"];
		expect(
			await answersOf(
				json,
				upload("PUT /target", '{"celsius":21}', type),
				upload("PUT /target", '{"celsius":"hot"}', type),
				upload("PUT /target", "21 degrees", type),
			),
		).toEqual([
			[200, '{"celsius":21}'],
			[422, "celsius must be a number\n"],
			[400, "the content is no JSON\n"],
		]);
	});

	test("octets", async () => {
		expect(await answersOf(octets, upload("PUT /note", "a note"), upload("PUT /note", "x".repeat(1025)))).toEqual([
			[200, '{"length":6}'],
			[413, "413 Content Too Large\n"],
		]);
	});

	test("files", async () => {
		const parts = [
			'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\nnew\r\n',
			'--b\r\nContent-Disposition: form-data; name="f"; filename="a.bin"\r\n\r\n\0\x01\r\n--b--\r\n',
		];
		const type = ["Content-Type: multipart/form-data; boundary=b"];
		expect(await answersOf(files, upload("POST /upload", parts.join(""), type))).toEqual([
			[200, '{"note":"new","files":1}'],
		]);
	});
});

describe("docs/sessions.md", () => {
	const [redirects, cookies, sessions] = SESSIONS;

	test("redirects", async () => {
		const served = await serveExample(sure(redirects));
		const type = "Content-Type: application/x-www-form-urlencoded";
		const saved = ask(served, upload("POST /settings", "name=hall", [type]));
		expect([saved.status, saved.field("location")]).toEqual([303, "/saved"]);
		const moved = ask(served, request("GET /old"));
		expect([moved.status, moved.field("location")]).toEqual([308, "/new"]);
	});

	test("cookies", async () => {
		const served = await serveExample(sure(cookies));
		expect(ask(served, request("GET /dark")).field("set-cookie")).toBe(
			"theme=dark; Path=/; SameSite=Lax; Max-Age=31536000",
		);
		expect(ask(served, request("GET /dark", ["Cookie: theme=dark"])).field("set-cookie")).toBeUndefined();
	});

	test("sessions", async () => {
		const served = await serveExample(sure(sessions));
		const first = ask(served, request("GET /visit"));
		expect(first.content).toBe("visit 1");
		const cookie = sure(first.field("set-cookie")).split(";")[0];
		expect(ask(served, request("GET /visit", [`Cookie: ${cookie}`])).content).toBe("visit 2");
		expect(ask(served, request("GET /visit")).content).toBe("visit 1");
	});
});

test("docs/middleware.md", async () => {
	const one = ask(await serveExample(sure(MIDDLEWARE[0])), request("GET /"));
	expect([one.status, one.field("x-frame-options"), one.content]).toEqual([403, "DENY", "from here only"]);
});

test("docs/metrics.md", async () => {
	const served = await serveExample(sure(METRICS[0]));
	expect(ask(served, request("GET /metrics")).content).toContain("\nthimble_evictions_total 0\n");
});

test("docs/auth.md", async () => {
	const one = ask(await serveExample(sure(AUTH[0])), request("GET /"));
	expect([one.status, one.field("www-authenticate")]).toEqual([
		401,
		expect.stringMatching(/^Digest realm="thimble", nonce="[0-9a-f]{32}", qop="auth", algorithm=SHA-256, /),
	]);
	// The hash is that of the page's own command.
	const page = readFileSync(new URL("../docs/auth.md", import.meta.url), "utf8");
	const [, text = ""] = /printf '(.*)' \| sha256sum/.exec(page) ?? [];
	expect(page).toContain(createHash("sha256").update(text).digest("hex"));
});

describe("docs/guards.md", () => {
	const [guards, shared] = GUARDS;

	test("hosts and origins", async () => {
		const served = await serveExample(sure(guards));
		const status = (line: string, ...lines: string[]) => ask(served, request(line, lines)).status;
		expect(status("POST /reboot", "Host: thimble.local", "Origin: http://thimble.local")).toBe(200);
		expect(status("POST /reboot", "Host: thimble.local", "Origin: http://evil.example")).toBe(403);
		expect(status("POST /reboot", "Host: evil.example")).toBe(421);
		expect(status("GET /generate_204", "Host: 192.168.4.1")).toBe(302);
	});

	test("cross-origin requests", async () => {
		const served = await serveExample(sure(shared));
		const lines = ["Origin: https://app.example", "Access-Control-Request-Method: PUT"];
		const one = ask(served, request("OPTIONS /api/target", lines));
		expect(one.field("access-control-allow-headers")).toBe("Authorization");
		expect(ask(served, request("GET /api/readings", lines)).field("access-control-allow-origin")).toBe(
			"https://app.example",
		);
	});
});

test("docs/events.md", async () => {
	const client = (await serveExample(sure(EVENTS[0]))).connect();
	client.send(request("GET /events"));
	expect(client.received).toMatch(/\r\nContent-Type: text\/event-stream\r\n[\s\S]*\r\nretry: 3000\n\n\r\n$/);
	const served = await serveExample(sure(EVENTS[1]));
	const waiting = served.connect();
	waiting.send(request("GET /ticks"));
	expect(waiting.state).toBe("open");
	void served.server.close();
	expect([answer(waiting).status, waiting.state]).toEqual([200, "closed"]);
});

describe("docs/uploads.md", () => {
	const [firmware, guarded] = UPLOADS;
	const lines = ["Tus-Resumable: 1.0.0", "Upload-Length: 64"];

	test("firmware", async () => {
		const served = await serveExample(sure(firmware));
		const path = sure(ask(served, request("POST /firmware", lines)).field("location"));
		expect(path).toMatch(/^\/firmware\/[0-9a-f]{16}$/);
		const image = textOf(espImage(64));
		const type = ["Tus-Resumable: 1.0.0", "Content-Type: application/offset+octet-stream"];
		const patch = (offset: number, content: string) =>
			ask(served, upload(`PATCH ${path}`, content, [...type, `Upload-Offset: ${offset}`]));
		expect(patch(0, image.slice(0, 40)).status).toBe(204);
		expect(ask(served, request(`HEAD ${path}`, lines)).field("upload-offset")).toBe("40");
		expect(patch(40, image.slice(40)).field("upload-offset")).toBe("64");
		expect(served.errors).toEqual([]);
	});

	test("behind a login and an Origin check", async () => {
		const served = await serveExample(sure(guarded));
		expect(ask(served, request("POST /firmware", lines)).status).toBe(401);
		expect(ask(served, request("POST /firmware", [...lines, "Origin: http://elsewhere.example"])).status).toBe(403);
	});
});
