// The features as curl uses them, over real sockets.

import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { hash, random } from "../platform/node/crypto.js";
import { SimulatedFlash } from "../platform/node/flash.js";
import { BasicAuth, DigestAuth, secretOf } from "../src/auth/index.js";
import { EventStream } from "../src/events/index.js";
import { form, multipartForm } from "../src/forms/index.js";
import { sameOrigin } from "../src/guards/index.js";
import { defineApp } from "../src/index.js";
import { around, aroundAll } from "../src/middleware.js";
import { redirect } from "../src/redirects.js";
import type { Server } from "../src/server/server.js";
import { Sessions } from "../src/sessions/index.js";
import { openUpdateIn } from "../src/update-sink.js";
import { uploads } from "../src/uploads/index.js";
import { espImage } from "./support/esp-image.js";
import { serving } from "./support/net.js";
import { run, testWith, textOf } from "./support/programs.js";

/** Keeps a file in memory. */
class Memory {
	readonly pieces: Buffer[] = [];

	write(octets: Uint8Array, start: number, end: number): void {
		this.pieces.push(Buffer.from(octets.slice(start, end)));
	}

	end(): void {}
}

const taken: Buffer[] = [];
const guardedFlash = new SimulatedFlash({ size: 0x10_0000, hash });
const flash = new SimulatedFlash({ size: 0x60_0000, hash });
const events = new EventStream({ historyLength: 4096 });

function app() {
	const sessions = new Sessions<string>({ count: 4, random });
	const realm = "thimble";
	const users = [{ name: "Ada", sha256: secretOf(hash, "SHA-256", "Ada", realm, "Open, Sesame") }];
	const basic = new BasicAuth({ realm, users, hash });
	const digest = new DigestAuth({ realm, users, hash, random });
	return defineApp({
		fields: ["Cookie"],
		limits: { receiveLength: 1024, sendLength: 1024 },
		routes: {
			"POST /login": form({ lengthMax: 100 }, (request, response, fields) => {
				sessions.begin(request, response, fields.text("name", 20, 1));
				redirect(response, 303, "/me");
			}),
			"GET /me": (request, response) => response.text(sessions.find(request)?.value ?? "nobody"),
			"GET /basic": around([basic], (request, response) => response.text(basic.user(request))),
			"GET /digest": around([digest], (request, response) => response.text(digest.user(request))),
			"PUT /digest": around(
				[digest],
				form({ lengthMax: 100_000 }, (_request, response, fields) => response.text(fields.text("note", 9))),
			),
			"GET /events": events.route,
			...aroundAll(
				[sameOrigin(), digest],
				uploads("/guarded", {
					lengthMax: 1_000_000,
					random,
					sink: (_request, length) => openUpdateIn(guardedFlash.storage, guardedFlash.updates, length),
				}),
			),
			...uploads("/firmware", {
				lengthMax: 8_000_000,
				random,
				sink: (_request, length) => openUpdateIn(flash.storage, flash.updates, length),
			}),
			"POST /upload": multipartForm(
				{ lengthMax: Number.POSITIVE_INFINITY, file: () => new Memory() },
				(_request, response, fields, files) => {
					for (const file of files) taken.push(Buffer.concat(file.pieces));
					response.text(fields.text("note", 80));
				},
			),
		},
	});
}

function url(server: Server, path: string): string {
	return `http://127.0.0.1:${server.port}${path}`;
}

describe("curl", () => {
	const curl = (title: string, check: (path: string, server: Server, folder: string) => Promise<void>): void =>
		testWith("curl", title, async (path) => {
			const folder = mkdtempSync(join(tmpdir(), "thimble-features-"));
			try {
				await serving(app(), (server) => check(path, server, folder));
			} finally {
				rmSync(folder, { recursive: true, force: true });
			}
		});

	curl("logs in by a form, follows the redirect, and keeps the cookie", async (path, server, folder) => {
		const jar = join(folder, "jar");
		const login = ["-sS", "-L", "-c", jar, "-b", jar, "-d", "name=Ada+L%C3%B6w", url(server, "/login")];
		expect(await textOf(path, login)).toBe("Ada Löw");
		expect(await textOf(path, ["-sS", "-b", jar, url(server, "/me")])).toBe("Ada Löw");
		expect(await textOf(path, ["-sS", url(server, "/me")])).toBe("nobody");
	});

	curl("logs in by --basic and by --digest, and not with another password", async (path, server) => {
		const login = async (how: string, target: string, password = "Open, Sesame") => {
			const args = ["-sS", "-w", " %{http_code} %{num_connects}", how, "-u", `Ada:${password}`, url(server, target)];
			return await textOf(path, args);
		};
		expect(await login("--basic", "/basic")).toBe("Ada 200 1");
		expect(await login("--basic", "/basic", "x")).toBe("log in\n 401 1");
		// The second request of a digest goes over the connection of the first.
		expect(await login("--digest", "/digest?a=b")).toMatch(/^Ada 200 [01]$/);
		expect(await login("--digest", "/digest", "x")).toMatch(/^log in\n 401 /);
		expect(await login("--anyauth", "/digest")).toMatch(/^Ada 200 /);
	});

	curl("logs in by --digest with content, which goes with the second request alone", async (path, server) => {
		const put = ["-sS", "-X", "PUT", "--digest", "-u", "Ada:Open, Sesame", "-d", `note=hello&x=${"x".repeat(5000)}`];
		expect(await textOf(path, [...put, url(server, "/digest")])).toBe("hello");
	});

	curl("listens to events, and comes back for what it missed", async (path, server) => {
		const timer = setInterval(() => events.send("tick"), 20);
		try {
			const listen = async (...args: string[]) => {
				const { output, code } = await run(path, ["-sN", "--max-time", "1", ...args, url(server, "/events")]);
				// curl's patience ends, not the stream.
				expect(code).toBe(28);
				return [...output.toString().matchAll(/^id: 0\.(\d+)\ndata: tick\n\n/gm)].map((match) => Number(match[1]));
			};
			const [first = 0, ...more] = await listen();
			expect(more.length).toBeGreaterThan(3);
			expect((await listen("-H", `Last-Event-ID: 0.${first}`)).slice(0, 3)).toEqual([first + 1, first + 2, first + 3]);
		} finally {
			clearInterval(timer);
		}
	});

	curl("is told what a form lacks", async (path, server) => {
		const answer = await textOf(path, ["-sS", "-w", " %{http_code}", "-d", "nome=Ada", url(server, "/login")]);
		expect(answer).toBe("name is missing\n 422");
		const json = [
			"-sS",
			"-w",
			" %{http_code}",
			"-H",
			"Content-Type: application/json",
			"-d",
			"{}",
			url(server, "/login"),
		];
		expect(await textOf(path, json)).toBe("send the content as application/x-www-form-urlencoded\n 415");
	});

	curl("-F sends a file of 5 MB and a field, through buffers of 1 KB", async (path, server, folder) => {
		const content = randomBytes(5_000_000);
		const file = join(folder, 'a "quoted" name');
		writeFileSync(file, content);
		taken.length = 0;
		const args = ["-sS", "-F", "note=it works", "-F", `file=@"${file.replaceAll('"', '\\"')}"`, url(server, "/upload")];
		expect(await textOf(path, args)).toBe("it works");
		expect(taken).toHaveLength(1);
		expect(taken[0]?.equals(content)).toBe(true);
	});

	const tus = ["-sS", "-H", "Tus-Resumable: 1.0.0"];
	const patch = (offset: number) => [
		...tus,
		...["-X", "PATCH", "-H", `Upload-Offset: ${offset}`, "-H", "Content-Type: application/offset+octet-stream"],
	];
	/** The value of a field in what curl has printed. */
	const fieldIn = (text: string, name: string) => new RegExp(`^${name}: (.*)\\r$`, "im").exec(text)?.[1] ?? "";

	curl("uploads firmware of 5 MB by tus, is cut off twice, asks, and goes on", async (path, server, folder) => {
		const image = espImage(5_000_000, hash);
		const file = join(folder, "app.bin");
		writeFileSync(file, image);
		const created = await textOf(path, [
			...tus,
			...["-i", "-X", "POST", "-H", `Upload-Length: ${image.length}`, url(server, "/firmware")],
		]);
		expect(created).toMatch(/^HTTP\/1\.1 201 Created\r\n/);
		const location = url(server, fieldIn(created, "Location"));
		const told = async () => Number(fieldIn(await textOf(path, [...tus, "-I", location]), "Upload-Offset"));
		expect(await told()).toBe(0);
		// curl gives up in the middle, twice: a second is a fifth of it.
		const slow = ["--limit-rate", "1M", "--max-time", "1"];
		expect((await run(path, [...patch(0), ...slow, "-T", file, location])).code).toBe(28);
		const first = await told();
		expect(first).toBeGreaterThan(100_000);
		const rest = join(folder, "rest.bin");
		writeFileSync(rest, image.subarray(first));
		expect((await run(path, [...patch(first), ...slow, "--data-binary", `@${rest}`, location])).code).toBe(28);
		const second = await told();
		expect(second).toBeGreaterThan(first);
		expect(second).toBeLessThan(image.length);
		writeFileSync(rest, image.subarray(second));
		const done = await textOf(path, [...patch(second), "-i", "--data-binary", `@${rest}`, location]);
		expect(done).toMatch(/HTTP\/1\.1 204 No Content\r\n/);
		expect([fieldIn(done, "Upload-Offset"), await told()]).toEqual([`${image.length}`, image.length]);
		const digest = (octets: Uint8Array | null) => octets && createHash("sha256").update(octets).digest("hex");
		expect(digest(flash.image)).toBe(digest(image));
		expect([flash.faults, flash.erasures.every((count) => count === 1)]).toEqual([[], true]);
	});

	curl("uploads by tus behind a login, and only there", async (path, server, folder) => {
		const image = espImage(400_000);
		const file = join(folder, "app.bin");
		writeFileSync(file, image);
		const create = [...tus, "-i", "-X", "POST", "-H", `Upload-Length: ${image.length}`, url(server, "/guarded")];
		expect(await textOf(path, create)).toMatch(/^HTTP\/1\.1 401 /);
		const login = ["--digest", "-u", "Ada:Open, Sesame"];
		expect(await textOf(path, [...login, "-H", "Origin: http://elsewhere.example", ...create])).toMatch(/ 403 /);
		const location = url(server, fieldIn(await textOf(path, [...login, ...create]), "Location"));
		expect(await textOf(path, [...patch(0), "-i", "-T", file, location])).toMatch(/ 401 /);
		expect(await textOf(path, [...patch(0), ...login, "-i", "-T", file, location])).toMatch(/ 204 No Content\r\n/);
		expect(guardedFlash.image?.length).toBe(image.length);
	});

	curl(
		"is refused what is no firmware before it has sent it all, and what is too long at once",
		async (path, server, folder) => {
			const file = join(folder, "holiday.jpg");
			writeFileSync(file, randomBytes(3_000_000).fill(0xff, 0, 1));
			const create = (length: number) =>
				textOf(path, [...tus, "-i", "-X", "POST", "-H", `Upload-Length: ${length}`, url(server, "/firmware")]);
			expect(await create(8_000_001)).toMatch(/^HTTP\/1\.1 413 /);
			expect(await create(7_000_000)).toMatch(/^HTTP\/1\.1 413 [\s\S]*\r\n\r\nfirmware has 6291456 octets at most\n$/);
			const location = url(server, fieldIn(await create(3_000_000), "Location"));
			const { output } = await run(path, [...patch(0), "-i", "-w", " %{size_upload}", "-T", file, location]);
			expect(output.toString()).toMatch(/422 [\s\S]*\r\n\r\nthis is no firmware for this device\n \d+$/);
			expect(Number(output.toString().split(" ").at(-1))).toBeLessThan(3_000_000);
			expect(await textOf(path, [...tus, "-I", location])).toMatch(/^HTTP\/1\.1 410 /);
			expect(await textOf(path, ["-sS", "-i", "-X", "OPTIONS", url(server, "/firmware")])).toMatch(
				/\r\nTus-Max-Size: 8000000\r\n/,
			);
		},
	);
});
