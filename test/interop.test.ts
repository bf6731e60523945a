// Real clients over real sockets: curl, Node's two, Python's. What they send and how they use connections is theirs.

import { createHash, randomBytes } from "node:crypto";
import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import type { Server } from "../src/server/server.js";
import { connectionsServed, serving } from "./support/net.js";
import { fixtureApp, GREETING, STREAM_LENGTH, streamContent } from "./support/net-app.js";
import { run, testWith, textOf } from "./support/programs.js";

function url(server: Server, path: string): string {
	return `http://127.0.0.1:${server.port}${path}`;
}

describe("curl", () => {
	const curl = (title: string, check: (path: string, server: Server) => Promise<void>): void =>
		testWith("curl", title, (path) => serving(fixtureApp(), (server) => check(path, server)));

	curl("GET by HTTP/1.1", async (path, server) => {
		const answer = await textOf(path, ["-sSi", "--http1.1", url(server, "/")]);
		expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
		expect(answer).toMatch(/\r\nDate: \w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT\r\n/);
		expect(answer).not.toMatch(/connection:/i);
		expect(answer.endsWith(`\r\n\r\n${GREETING}`)).toBe(true);
	});

	curl("GET by HTTP/1.0, once and with keep-alive", async (path, server) => {
		const once = await textOf(path, ["-sSi", "--http1.0", url(server, "/")]);
		expect(once).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\nConnection: close\r\n/);
		const kept = ["-sSi", "--http1.0", "-H", "Connection: keep-alive", url(server, "/"), url(server, "/")];
		const before = connectionsServed(server);
		expect((await textOf(path, kept)).match(/\r\nConnection: keep-alive\r\n/g)).toHaveLength(2);
		expect(connectionsServed(server) - before).toBe(1);
	});

	curl("a stream of unknown length: chunked by HTTP/1.1, ended by the close by HTTP/1.0", async (path, server) => {
		const [fields, content] = (await textOf(path, ["-sSi", url(server, "/stream")])).split("\r\n\r\n");
		expect(fields).toContain("\r\nTransfer-Encoding: chunked");
		const old = (await textOf(path, ["-sSi", "--http1.0", url(server, "/stream")])).split("\r\n\r\n");
		expect(old[0]).not.toMatch(/transfer-encoding|content-length/i);
		expect([content === streamContent(), old[1] === content]).toEqual([true, true]);
	});

	curl("an upload of known length, and one of unknown length in chunks", async (path, server) => {
		const content = randomBytes(300_000);
		const options = ["-sS", "-H", "Expect:", "-X", "PUT"];
		const known = await run(path, [...options, "--data-binary", "@-", url(server, "/echo")], content);
		expect(known.output.equals(content)).toBe(true);
		const chunked = await run(path, [...options, "-T", "-", url(server, "/echo")], content);
		expect(chunked.output.equals(content)).toBe(true);
	});

	curl("Expect: 100-continue is answered at once, not after curl's patience", async (path, server) => {
		const content = randomBytes(50_000);
		const patience = ["-H", "Expect: 100-continue", "--expect100-timeout", "15"];
		const args = ["-sSv", ...patience, "--data-binary", "@-", "-X", "PUT", url(server, "/echo")];
		const start = performance.now();
		const { output, complaints } = await run(path, args, content);
		expect(performance.now() - start).toBeLessThan(5000);
		expect(complaints).toContain("HTTP/1.1 100 Continue");
		expect(output.equals(content)).toBe(true);
	});

	curl("a handler that refuses an expected upload spares it", async (path, server) => {
		const args = ["-sS", "-H", "Expect: 100-continue", "--expect100-timeout", "15", "-T", "-", url(server, "/refused")];
		const report = ["-w", "%{http_code} %{size_upload}", "-o", "/dev/null"];
		expect(await textOf(path, [...report, ...args], randomBytes(200_000))).toBe("403 0");
	});

	curl("eight requests go over one connection", async (path, server) => {
		const urls = Array.from({ length: 8 }, (_, index) => url(server, index % 2 === 0 ? "/" : `/asset/${index}`));
		const answer = await textOf(path, ["-sS", "-w", "%{num_connects} ", ...urls]);
		expect(answer.match(/\b0 /g)).toHaveLength(7);
		expect(connectionsServed(server)).toBe(1);
	});

	curl("HEAD: the fields of GET, and nothing that spoils the next request", async (path, server) => {
		const answer = await textOf(path, ["-sSI", url(server, "/"), url(server, "/asset/1")]);
		expect(answer.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
		expect(answer).toContain(`Content-Length: ${GREETING.length}\r\n`);
		expect(answer).not.toContain(GREETING);
		expect(connectionsServed(server)).toBe(1);
	});
});

describe("Node", () => {
	function post(server: Server, agent: Agent, content: string): Promise<string> {
		return new Promise((resolve, reject) => {
			const message = request(url(server, "/echo"), { agent, method: "POST" }, (response) => {
				text(response).then(resolve, reject);
			});
			message.on("error", reject);
			message.end(content);
		});
	}

	test("http.Agent with keepAlive: 40 requests over 2 connections", async () => {
		await serving(fixtureApp(), async (server) => {
			const agent = new Agent({ keepAlive: true, maxSockets: 2 });
			try {
				const contents = Array.from({ length: 40 }, (_, index) => `${index} `.repeat(index * 20));
				const answers = await Promise.all(contents.map((content) => post(server, agent, content)));
				expect(answers).toEqual(contents);
				expect(connectionsServed(server)).toBe(2);
			} finally {
				agent.destroy();
			}
		});
	});

	test("fetch: 60 requests at once, more than there are slots, and a streamed upload", async () => {
		await serving(fixtureApp(), async (server) => {
			const numbers = Array.from({ length: 60 }, (_, index) => index);
			const answers = await Promise.all(
				numbers.map(async (number) => {
					const response = await fetch(url(server, "/echo"), { method: "POST", body: `number ${number}` });
					return `${response.status} ${await response.text()}`;
				}),
			);
			expect(answers).toEqual(numbers.map((number) => `200 number ${number}`));
			const pieces = ["one", "two", "three".repeat(10_000)];
			const body = ReadableStream.from(pieces.map((piece) => new TextEncoder().encode(piece)));
			const init: RequestInit & { duplex: "half" } = { method: "POST", body, duplex: "half" };
			const response = await fetch(url(server, "/echo"), init);
			expect(await response.text()).toBe(pieces.join(""));
		});
	});

	test("fetch takes a stream that is much larger than any buffer", async () => {
		await serving(fixtureApp(), async (server) => {
			const content = await (await fetch(url(server, "/stream"))).text();
			expect(content === streamContent()).toBe(true);
		});
	});
});

describe("Python", () => {
	const SCRIPT = `
import hashlib, http.client, sys
connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=10)
content = bytes(range(256)) * 500
for pieces in ([content], [content[i:i + 7000] for i in range(0, len(content), 7000)]):
    chunked = len(pieces) > 1
    fields = {"Transfer-Encoding": "chunked"} if chunked else {}
    connection.request("POST", "/echo", body=iter(pieces) if chunked else content, headers=fields, encode_chunked=chunked)
    answer = connection.getresponse()
    print(answer.status, hashlib.sha256(answer.read()).hexdigest())
connection.request("HEAD", "/")
answer = connection.getresponse()
print(answer.status, answer.getheader("Content-Length"), len(answer.read()))
connection.request("GET", "/stream")
answer = connection.getresponse()
print(answer.status, len(answer.read()))
`;

	testWith("python3", "http.client: both framings, HEAD and a stream over one connection", (path) =>
		serving(fixtureApp(), async (server) => {
			const content = Buffer.from(Array.from({ length: 256 * 500 }, (_, index) => index & 255));
			const digest = createHash("sha256").update(content).digest("hex");
			const lines = (await textOf(path, ["-c", SCRIPT, String(server.port)])).trim().split("\n");
			expect(lines).toEqual([`200 ${digest}`, `200 ${digest}`, `200 ${GREETING.length} 0`, `200 ${STREAM_LENGTH}`]);
			expect(connectionsServed(server)).toBe(1);
		}),
	);
});
