// Resources and files over real sockets: a folder of Node's file system, asked by whoever wants out of it, by curl, by a browser,
// and through nginx as a cache.

import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { text as readText } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packFolder } from "../pack/pack.js";
import { openFolder } from "../platform/node/folder.js";
import { files } from "../src/files.js";
import { defineApp } from "../src/index.js";
import { type PackedResources, packed, type ResourceOptions, resources } from "../src/resources.js";
import type { Server } from "../src/server/server.js";
import { serving } from "./support/net.js";
import { proxied } from "./support/nginx.js";
import { run, testWith, textOf } from "./support/programs.js";

const parent = fileURLToPath(new URL("../node_modules/.thimble-test", import.meta.url));
const BIG = createHash("shake256", { outputLength: 300_000 }).update("big").digest();
const SCRIPT = `globalThis.loaded = (globalThis.loaded ?? 0) + 1;${"// nothing\n".repeat(500)}`;
let folder = "";

/** Seconds of sound: longer than what a browser fetches at once. */
const WAVE_SECONDS = 120;
const SAMPLES_PER_SECOND = 22_050;

/** A WAVE file of 16-bit samples, one channel. */
function wave(seconds: number): Buffer {
	const file = Buffer.alloc(44 + seconds * SAMPLES_PER_SECOND * 2);
	file.write("RIFF", 0);
	file.writeUInt32LE(file.length - 8, 4);
	file.write("WAVEfmt ", 8);
	for (const [index, value] of [16, 0x1_0001, SAMPLES_PER_SECOND, SAMPLES_PER_SECOND * 2, 0x10_0002].entries()) {
		file.writeUInt32LE(value, 16 + index * 4);
	}
	file.write("data", 36);
	file.writeUInt32LE(file.length - 44, 40);
	for (let offset = 44; offset < file.length; offset += 2) file.writeInt16LE(((offset * 37) % 20_000) - 10_000, offset);
	return file;
}

beforeAll(() => {
	mkdirSync(parent, { recursive: true });
	folder = mkdtempSync(join(parent, "files-"));
	mkdirSync(join(folder, "public/inner"), { recursive: true });
	writeFileSync(join(folder, "secret.txt"), "secret");
	writeFileSync(join(folder, "public/big.bin"), BIG);
	writeFileSync(join(folder, "public/inner/a.txt"), "inside");
	writeFileSync(join(folder, "public/tone.wav"), wave(WAVE_SECONDS));
	writeFileSync(join(folder, "public/app-3f9a41c2.js"), SCRIPT);
	writeFileSync(join(folder, "public/more.js"), SCRIPT);
	writeFileSync(
		join(folder, "public/index.html"),
		'<!doctype html><link rel="icon" href="data:,"><script src="app-3f9a41c2.js"></script><script src="more.js"></script>',
	);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The folder, packed once. */
let site: PackedResources | undefined;

function app(seen: string[] = [], options: ResourceOptions = {}) {
	site ??= packed(packFolder(join(folder, "public")).files.map(({ text }) => text));
	const routes = resources(site, options);
	const watched = Object.fromEntries(
		Object.entries(routes).map(([name, route]) => [
			name,
			"onRequest" in route && route.onRequest !== undefined
				? {
						...route,
						onRequest: ((request, response) => {
							const result = route.onRequest?.(request, response);
							seen.push(`${name} ${response.status}`);
							return result;
						}) as typeof route.onRequest,
					}
				: route,
		]),
	);
	return defineApp({ routes: { ...watched, ...files("/files", openFolder(join(folder, "public"))) } });
}

/** What the page uses of an audio element. */
interface AudioLike {
	preload: string;
	src: string;
	currentTime: number;
	readonly duration: number;
	addEventListener(name: string, listener: (event: unknown) => void): void;
}

/** What comes back for octets as they are. */
async function raw(server: Server, octets: string): Promise<string> {
	const socket = connect(server.port, "127.0.0.1");
	socket.end(octets);
	return readText(socket);
}

describe("a folder of Node's", () => {
	beforeAll(() => {
		mkdirSync(join(folder, "linked"));
		cpSync(join(folder, "public"), join(folder, "linked"), { recursive: true });
		symlinkSync(join(folder, "secret.txt"), join(folder, "linked/out.txt"));
		symlinkSync(folder, join(folder, "linked/up"));
		symlinkSync(join(folder, "linked/inner/a.txt"), join(folder, "linked/in.txt"));
	});

	test.each([
		["/files/inner/a.txt", 200],
		["/files/in.txt", 200],
		["/files/out.txt", 404],
		["/files/up/secret.txt", 404],
		["/files/../secret.txt", 404],
		["/files/%2e%2e/secret.txt", 404],
		["/files/..%2fsecret.txt", 404],
		["/files/inner/..%2f..%2fsecret.txt", 404],
		["/files/..%5csecret.txt", 404],
		["/files/in.txt%00", 400],
		["/files/inner", 404],
		["/files//etc/passwd", 404],
	])("%s: %d", async (path, status) => {
		const links = defineApp({ routes: files("/files", openFolder(join(folder, "linked"))) });
		await serving(links, async (server) => {
			const answer = await raw(server, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
			expect(answer.startsWith(`HTTP/1.1 ${status} `)).toBe(true);
			expect(answer).not.toContain("secret");
		});
	});

	test("is one that is there", () => {
		expect(() => openFolder(join(folder, "nowhere"))).toThrow("ENOENT");
	});
});

describe("curl", () => {
	const url = (server: Server, path: string) => `http://127.0.0.1:${server.port}${path}`;

	testWith("curl", "goes on where it was interrupted (-C -)", (path) =>
		serving(app(), async (server) => {
			for (const from of ["/big.bin", "/files/big.bin"]) {
				const target = join(folder, "part");
				writeFileSync(target, BIG.subarray(0, 123_457));
				await textOf(path, ["-sS", "-f", "-C", "-", "-o", target, url(server, from)]);
				expect(readFileSync(target).equals(BIG)).toBe(true);
			}
		}),
	);

	testWith("curl", "takes compressed content apart (--compressed), and several ranges", (path) =>
		serving(app(), async (server) => {
			const coded = await textOf(path, ["-sSi", "--compressed", url(server, "/more.js")]);
			expect(coded).toMatch(/\r\ncontent-encoding: gzip\r\n/i);
			expect(coded.endsWith(`\r\n\r\n${SCRIPT}`)).toBe(true);
			const { output } = await run(path, ["-sS", "-r", "0-9,200000-200004", url(server, "/big.bin")]);
			for (const [start, end] of [
				[0, 10],
				[200_000, 200_005],
			])
				expect(output.includes(BIG.subarray(start, end))).toBe(true);
		}),
	);

	testWith("curl", "asks again by tag and by date (--etag-compare, -z)", (path) =>
		serving(app(), async (server) => {
			for (const from of ["/more.js", "/files/more.js"]) {
				const [tags, status] = [
					join(folder, "tags"),
					["-sS", "-o", join(folder, "got"), "-w", "%{http_code} %{size_download}"],
				];
				expect(await textOf(path, [...status, "--etag-save", tags, url(server, from)])).toBe(`200 ${SCRIPT.length}`);
				expect(await textOf(path, [...status, "--etag-compare", tags, url(server, from)])).toBe("304 0");
				expect(await textOf(path, [...status, "-z", join(folder, "public/more.js"), url(server, from)])).toBe("304 0");
			}
		}),
	);
});

describe("Chromium", () => {
	testWith(
		"chromium",
		"loads a page, reloads it with 304s, and does not ask again for what never changes",
		async (path) => {
			const seen: string[] = [];
			await serving(app(seen), async (server) => {
				const browser = await chromium.launch({ executablePath: path, args: ["--no-sandbox", "--disable-gpu"] });
				try {
					const page = await browser.newPage();
					const load = async () => {
						seen.length = 0;
						await page.goto(`http://127.0.0.1:${server.port}/`, { waitUntil: "load" });
						expect(await page.evaluate("globalThis.loaded")).toBe(2);
						return [...seen].sort();
					};
					expect(await load()).toEqual(["GET / 200", "GET /app-3f9a41c2.js 200", "GET /more.js 200"]);
					await page.goto("about:blank");
					expect(await load()).toEqual(["GET / 304", "GET /more.js 304"]);
				} finally {
					await browser.close();
				}
			});
		},
		60_000,
	);

	testWith(
		"chromium",
		"seeks in a sound by ranges, from flash and from files",
		async (path) => {
			await serving(app(), async (server) => {
				const browser = await chromium.launch({ executablePath: path, args: ["--no-sandbox", "--disable-gpu"] });
				try {
					const page = await browser.newPage();
					const ranges: string[] = [];
					page.on("response", (response) => {
						const range = response.headers()["content-range"];
						if (response.url().endsWith(".wav")) ranges.push(`${response.status()} ${range}`);
					});
					await page.goto(`http://127.0.0.1:${server.port}/`, { waitUntil: "load" });
					for (const from of ["/tone.wav", "/files/tone.wav"]) {
						ranges.length = 0;
						const duration = await page.evaluate(async (source) => {
							const { document } = globalThis as unknown as { document: { createElement(name: "audio"): AudioLike } };
							const audio = document.createElement("audio");
							const told = (name: string) => new Promise((resolve) => audio.addEventListener(name, resolve));
							const isKnown = told("loadedmetadata");
							audio.preload = "metadata";
							audio.src = source;
							await isKnown;
							const isThere = told("seeked");
							audio.currentTime = 110;
							await isThere;
							return [audio.duration, audio.currentTime];
						}, from);
						expect(duration).toEqual([WAVE_SECONDS, 110]);
						expect(ranges.length).toBeGreaterThan(1);
						for (const range of ranges) expect(range).toMatch(/^206 bytes \d+-\d+\/5292044$/);
						const starts = ranges.map((range) => Number(/ (\d+)-/.exec(range)?.[1]));
						expect(Math.max(...starts)).toBeGreaterThan(4_000_000);
					}
				} finally {
					await browser.close();
				}
			});
		},
		60_000,
	);
});

describe("nginx as a cache", () => {
	const CACHE = "proxy_cache thimble; add_header X-Cache $upstream_cache_status;";
	const OPTIONS = {
		http: "proxy_cache_path {prefix}/cache keys_zone=thimble:1m;",
		locations: `
		location / { ${CACHE} proxy_cache_revalidate on; proxy_pass http://thimble; }
		location /sliced/ {
			slice 64k;
			${CACHE}
			proxy_cache_key $uri$slice_range;
			proxy_set_header Connection "";
			proxy_set_header Range $slice_range;
			proxy_pass http://thimble/;
		}`,
	};

	testWith("nginx", "the second request is a hit, a stale one is asked again and answered 304", async (path) => {
		const seen: string[] = [];
		await serving(app(seen, { cacheControl: "max-age=1" }), (server) =>
			proxied(path, server, OPTIONS, async (origin) => {
				const ask = async () => {
					const response = await fetch(`${origin}/more.js`);
					expect([response.status, await response.text()]).toEqual([200, SCRIPT]);
					return response.headers.get("x-cache");
				};
				expect([await ask(), await ask(), seen]).toEqual(["MISS", "HIT", ["GET /more.js 200"]]);
				await sleep(2100);
				expect([await ask(), await ask(), seen]).toEqual([
					"REVALIDATED",
					"HIT",
					["GET /more.js 200", "GET /more.js 304"],
				]);
			}),
		);
	});

	testWith("nginx", "a large file is fetched in slices by range, and a range of it from the slices", async (path) => {
		const seen: string[] = [];
		await serving(app(seen, { cacheControl: "max-age=60" }), (server) =>
			proxied(path, server, OPTIONS, async (origin) => {
				const whole = await fetch(`${origin}/sliced/big.bin`);
				expect(Buffer.from(await whole.arrayBuffer()).equals(BIG)).toBe(true);
				expect(seen).toEqual(Array.from({ length: Math.ceil(BIG.length / 65_536) }, () => "GET /big.bin 206"));
				const part = await fetch(`${origin}/sliced/big.bin`, { headers: { Range: "bytes=65000-200000" } });
				expect([part.status, part.headers.get("x-cache")]).toEqual([206, "HIT"]);
				expect(Buffer.from(await part.arrayBuffer()).equals(BIG.subarray(65_000, 200_001))).toBe(true);
				expect(seen.length).toBe(5);
			}),
		);
	});
});
