// The two ports of `npm run conformance`, as outside suites meet them: what they answer, and the limits they promise.
// They are served from dist, as a package's user would serve them.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RawClient, until } from "./support/net.js";

const PROGRAM = fileURLToPath(new URL("../examples/conformance/serve.mjs", import.meta.url));

let child: ChildProcess;
let echo = 0;
let reflect = 0;

beforeAll(async () => {
	let output = "";
	child = spawn(process.execPath, [PROGRAM, "--echo", "0", "--reflect", "0"], { stdio: ["ignore", "pipe", "inherit"] });
	child.stdout?.on("data", (chunk: Buffer) => {
		output += chunk.toString();
	});
	await until("both ports are open", () => output.includes("\n") || child.exitCode !== null, 20_000);
	[echo = 0, reflect = 0] = [...output.matchAll(/127\.0\.0\.1:(\d+)/g)].map((match) => Number(match[1]));
});

afterAll(() => {
	child.kill("SIGKILL");
});

/** Sends a request, with "Connection: close", and returns the whole answer. */
async function ask(port: number, start: string, fields = "", content = ""): Promise<string> {
	const client = new RawClient(port);
	client.send(`${start} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${fields}\r\n${content}`);
	await until(start, () => client.hasEnded);
	client.close();
	return client.received;
}

function content(answer: string): string {
	return answer.slice(answer.indexOf("\r\n\r\n") + 4);
}

function status(answer: string): string {
	return answer.slice("HTTP/1.1 ".length, "HTTP/1.1 200".length);
}

function withLength(text: string): [fields: string, content: string] {
	return [`Content-Length: ${text.length}\r\n`, text];
}

describe("the echo port", () => {
	test("answers GET and HEAD with a short text, other methods without content with none", async () => {
		expect(content(await ask(echo, "GET /any/path?query"))).toBe("OK\n");
		const head = await ask(echo, "HEAD /");
		expect(head).toContain("\r\nContent-Length: 3\r\n");
		expect(content(head)).toBe("");
		expect(await ask(echo, "DELETE /")).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*Content-Length: 0\r\n/);
		expect(await ask(echo, "GET /")).toMatch(/\r\nDate: /);
	});

	test("answers 501 to a method that no registry has, and to CONNECT", async () => {
		expect(status(await ask(echo, "PURGE /"))).toBe("501");
		expect(status(await ask(echo, "get /"))).toBe("501");
		expect(status(await ask(echo, "CONNECT a:1"))).toBe("501");
	});

	test("gives content back octet for octet, 64 KiB of it, whatever the method and the framing", async () => {
		const octets = Array.from({ length: 65_536 }, (_, index) => String.fromCharCode((index * 7) & 0xff)).join("");
		for (const method of ["POST", "PUT", "GET", "OPTIONS", "QUERY"]) {
			const answer = await ask(echo, `${method} /x`, ...withLength(octets));
			expect([method, status(answer), content(answer) === octets]).toEqual([method, "200", true]);
			expect(answer).toContain("\r\nContent-Length: 65536\r\n");
		}
		const chunks = "3\r\nabc\r\n0002;x=y\r\nde\r\n0\r\nT: z\r\n\r\n";
		expect(content(await ask(echo, "POST /", "Transfer-Encoding: chunked\r\n", chunks))).toBe("abcde");
	});

	test("/echo answers the field lines, /cookie the cookies", async () => {
		const lines = content(await ask(echo, "POST /echo", `X-Some:  value \r\n${withLength("hi")[0]}`, "hi"));
		expect(lines).toBe("Host: a\nConnection: close\nX-Some: value\nContent-Length: 2\n");
		const cookies = await ask(echo, "GET /cookie", 'Cookie: a=b;  c="d=e"; lone; =f\r\nCookie: g=\r\n');
		expect(content(cookies)).toBe('a=b\nc="d=e"\ng=\n');
	});

	test("OPTIONS names the methods, of a path and of the server", async () => {
		expect(await ask(echo, "OPTIONS /")).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*Allow: ACL, [\s\S]*GET, HEAD/);
		expect(await ask(echo, "OPTIONS *")).toMatch(/^HTTP\/1\.1 204 No Content\r\n[\s\S]*Allow: ACL, [\s\S]*GET, HEAD/);
	});

	test("takes 8,000 octets of request line, 100 fields and 100 connections", async () => {
		expect(status(await ask(echo, `GET /${"a".repeat(8000 - "GET / HTTP/1.1\r\n".length)}`))).toBe("200");
		const fields = Array.from({ length: 98 }, (_, index) => `X-${index}: ${"v".repeat(50)}\r\n`).join("");
		expect(content(await ask(echo, "GET /echo", fields)).split("\n")).toHaveLength(101);
		const clients = await Promise.all(Array.from({ length: 100 }, () => RawClient.connected(echo)));
		for (const client of clients) client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
		await until("100 answers", () => clients.every((client) => client.received.endsWith("OK\n")));
		expect(clients.some((client) => client.hasEnded)).toBe(false);
		for (const client of clients) client.close();
	});

	test("refuses lines, heads, extensions and trailers of a megabyte", async () => {
		const long = "a".repeat(1_000_000);
		const chunked = "Transfer-Encoding: chunked\r\n";
		expect(status(await ask(echo, `GET /${long}`))).toBe("414");
		expect(status(await ask(echo, "GET /", `X: ${long}\r\n`))).toBe("431");
		expect(status(await ask(echo, "GET /", "X: y\r\n".repeat(200_000)))).toBe("431");
		expect(status(await ask(echo, "POST /", chunked, `1;${long}\r\nx\r\n0\r\n\r\n`))).toBe("400");
		expect(status(await ask(echo, "POST /", chunked, `0\r\nX: ${long}\r\n\r\n`))).toBe("431");
	});
});

describe("the reflect port", () => {
	test("answers with what was parsed", async () => {
		const fields = "X-Some:\tone \r\nx-some: two\r\nTransfer-Encoding: chunked\r\n";
		const answer = await ask(reflect, "PURGE /a/../b?c=%20", fields, "2\r\n\xe9\x00\r\n0\r\nX-T: u\r\n\r\n");
		expect(status(answer)).toBe("200");
		expect(JSON.parse(Buffer.from(content(answer), "latin1").toString("utf8"))).toEqual({
			method: "PURGE",
			target: "/a/../b?c=%20",
			version: "1.1",
			headers: [
				["Host", "a"],
				["Connection", "close"],
				["X-Some", "one"],
				["x-some", "two"],
				["Transfer-Encoding", "chunked"],
			],
			trailers: [["X-T", "u"]],
			body: "\xe9\x00",
		});
	});

	test("answers OPTIONS of the server, and an https target behind a gateway", async () => {
		expect(content(await ask(reflect, "OPTIONS *"))).toContain('"target":"*"');
		expect(content(await ask(reflect, "GET https://a/x|y"))).toContain('"target":"https://a/x|y"');
	});
});

test("Ctrl-C ends it in good order", async () => {
	child.kill("SIGINT");
	expect(await once(child, "exit")).toEqual([0, null]);
});
