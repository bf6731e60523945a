// thimble-pack: what it writes is what was in the folder, whatever way it gets into an app, and it says what is wrong.

import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	statSync,
	symlinkSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { build as bundle } from "esbuild";
import { rollup } from "rollup";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { moduleText } from "../pack/module.js";
import { hasHash, type PackOptions, packFolder } from "../pack/pack.js";
import { packedResources } from "../pack/rollup.js";
import { type PackedContent, type PackedResources, packed, resources } from "../src/resources.js";
import { DATE_END, httpDate } from "../src/response/date.js";
import { ask, request, serve } from "./support/exchange.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const parent = join(root, "node_modules", ".thimble-test");
let folder = "";

const TEXT = "All work and no play. ".repeat(200);
const FILES: Readonly<Record<string, string | Uint8Array>> = {
	"index.html": "<!doctype html><title>a</title>",
	"assets/app-3f9a41c2.js": TEXT,
	"assets/logo.PNG": createHash("shake256", { outputLength: 3000 }).digest(),
	"docs/index.html": TEXT.slice(0, 1024),
	"docs/notes": TEXT.slice(0, 1025),
	"empty.txt": "",
	".well-known/security.txt": "Contact: mailto:a@example.com\n",
	".git/config": "no",
};

beforeAll(() => {
	mkdirSync(parent, { recursive: true });
	folder = mkdtempSync(join(parent, "pack-"));
	for (const [name, content] of Object.entries(FILES)) {
		mkdirSync(join(folder, "public", name, ".."), { recursive: true });
		writeFileSync(join(folder, "public", name), content);
		utimesSync(join(folder, "public", name), 1_000_000_000, 1_000_000_000);
	}
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const publicFolder = () => join(folder, "public");
const pack = (options?: PackOptions) => packFolder(publicFolder(), options);
const octetsOf = ({ pieces }: PackedContent) => Buffer.concat(pieces);
const load = (options?: PackOptions) => packed(pack(options).files.map(({ text }) => text));

/** Runs the command from its sources. */
async function command(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
	const file = join(folder, "thimble-pack.mjs");
	await bundle({
		entryPoints: [join(root, "pack/cli.ts")],
		outfile: file,
		bundle: true,
		format: "esm",
		platform: "node",
		logLevel: "error",
	});
	return spawnSync(process.execPath, [file, ...args], {
		cwd: folder,
		encoding: "utf8",
		timeout: 20_000,
		env: { ...process.env, ...environment },
	});
}

describe("a folder", () => {
	test("is packed whole: each file is there, as it is and, where that is smaller, compressed", () => {
		const list = load();
		expect(list.map(({ path }) => path)).toEqual([
			"/.well-known/security.txt",
			"/assets/app-3f9a41c2.js",
			"/assets/logo.PNG",
			"/docs/index.html",
			"/docs/notes",
			"/empty.txt",
			"/index.html",
		]);
		for (const { path, identity, gzip, lastModified } of list) {
			const content = Buffer.from(FILES[path.slice(1)] as string);
			expect(octetsOf(identity).equals(content)).toBe(true);
			expect(identity.length).toBe(content.length);
			expect(lastModified).toBe(1_000_000_000);
			expect(gzip === null).toBe(!["/assets/app-3f9a41c2.js", "/docs/index.html", "/docs/notes"].includes(path));
			if (gzip === null) continue;
			expect(gunzipSync(octetsOf(gzip)).equals(content)).toBe(true);
			expect(gzip.length).toBeLessThan(content.length);
		}
		expect(pack().leftOut).toEqual(["/.git"]);
		expect(load({ compresses: false }).every(({ gzip }) => gzip === null)).toBe(true);
	});

	test("has a tag for each content, which changes with it and with nothing else", () => {
		const tags = () => load().flatMap(({ identity, gzip }) => [identity.tag, gzip?.tag ?? ""]);
		const before = tags();
		const known = before.filter((tag) => tag !== "");
		for (const tag of known) expect(tag).toMatch(/^"[\w-]{16}"$/);
		expect(new Set(known).size).toBe(known.length);
		expect(tags()).toEqual(before);
		const notes = join(publicFolder(), "docs/notes");
		writeFileSync(notes, "changed");
		expect(tags()).not.toEqual(before);
		writeFileSync(notes, FILES["docs/notes"] as string);
		utimesSync(notes, 1_000_000_000, 1_000_000_000);
		expect(tags()).toEqual(before);
	});

	test("knows types by extension", () => {
		const types = new Map(load().map(({ path, type }) => [path, type]));
		expect(types.get("/index.html")).toBe("text/html;charset=utf-8");
		expect(types.get("/assets/app-3f9a41c2.js")).toBe("text/javascript;charset=utf-8");
		expect(types.get("/assets/logo.PNG")).toBe("image/png");
		expect(types.get("/docs/notes")).toBe("application/octet-stream");
		expect(
			pack()
				.files.filter(({ isTypeUnknown }) => isTypeUnknown)
				.map(({ path }) => path),
		).toEqual(["/docs/notes"]);
	});

	test.each([
		["app-3f9a41c2.js", true],
		["app.3f9a41c2d7.css", true],
		["index-BQ3kd9s_.js", true],
		["chunk-E7KX2LQM.js", true],
		["logo-DiwrgTda.svg", false],
		["app.js", false],
		["jquery-validation.js", false],
		["bootstrap-20250101.css", false],
		["my-component-name2.js", false],
		["photo-00000001.jpg", false],
		["photo-IMG12345.jpg", false],
		["book-Chapter1.html", false],
		["manual-VERSION12.pdf", false],
		["IMG-DSC00042.jpg", false],
		["log-Nov2026a.txt", false],
		["main-2026110a.js", false],
		["app-3f9a41c.js", false],
		["3f9a41c2.js", false],
		["app-3f9a41c2", false],
	])("the name %s has a hash: %s", (name, expected) => {
		expect(hasHash(`/assets/${name}`)).toBe(expected);
	});

	test("is served", () => {
		const served = serve({ routes: resources(load()), limits: { sendLength: 1024 } });
		const script = ask(served, request("GET /assets/app-3f9a41c2.js"));
		expect([script.content, script.field("content-type")]).toEqual([TEXT, "text/javascript;charset=utf-8"]);
		expect(script.field("cache-control")).toContain("immutable");
		expect(ask(served, request("GET /docs/", [`If-None-Match: ${load()[3]?.identity.tag}`])).status).toBe(304);
		expect(ask(served, request("GET /.well-known/security.txt")).status).toBe(200);
	});
});

describe("the command", () => {
	test("writes a module, its types and a manifest, and says what it did", async () => {
		const { status, stdout, stderr } = await command(["public", "-o", "build/site"], { SOURCE_DATE_EPOCH: "5" });
		expect([status, stderr]).toEqual([0, ""]);
		expect(stdout).toMatch(/^ {2}\/assets\/app-3f9a41c2\.js +4,400 → \d+ +never changes$/m);
		expect(stdout).toMatch(/^ {2}\/docs\/notes +1,025 → \d+ +of unknown type$/m);
		expect(stdout).toMatch(/^left out, since they begin with a dot: \/\.git$/m);
		expect(stdout).toMatch(/^7 files, [\d,]+ octets, in build\/site\/index\.js$/m);
		const output = join(folder, "build/site");
		expect(JSON.parse(readFileSync(join(output, "manifest.json"), "utf8"))).toEqual({
			modules: { site: "./index" },
			preload: ["site"],
		});
		const entry = join(folder, "entry.mjs");
		await bundle({
			entryPoints: [join(output, "index.js")],
			outfile: entry,
			bundle: true,
			format: "esm",
			alias: { "thimble-http/resources": join(root, "src/resources.ts") },
		});
		const { default: site } = (await import(pathToFileURL(entry).href)) as { default: PackedResources };
		expect(site).toEqual(load().map((one) => ({ ...one, lastModified: 5 })));
		expect(readFileSync(join(output, "index.d.ts"), "utf8")).toContain("PackedResources");
	});

	test.each([
		[[], 2, "which folder?"],
		[["public"], 2, "where to? As in: thimble-pack public -o build/resources"],
		[["public", "more", "-o", "x"], 2, "one folder at a time"],
		[["public", "-o", "x", "--immutable", "("], 2, "Invalid regular expression"],
		[["public", "--what"], 2, "--what"],
		[["nowhere", "-o", "x"], 1, "there is no folder nowhere"],
		[["public/index.html", "-o", "x"], 1, "is a file: name the folder it lies in"],
		[["public", "-o", "public/index.html"], 1, "public/index.html cannot be written"],
	])("%j: %d, %s", async (args, code, words) => {
		const { status, stderr } = await command(args);
		expect(status).toBe(code);
		expect(stderr).toMatch(/^thimble-pack: /);
		expect(stderr).toContain(words);
	});

	test("refuses names that no route can have, and a folder without files", async () => {
		for (const [name, words] of [
			["a b.txt", "rename it"],
			[":a.txt", "stands for a parameter"],
			["*a/b.txt", "stands for a parameter"],
		] as const) {
			const odd = join(folder, "odd");
			mkdirSync(join(odd, name, ".."), { recursive: true });
			writeFileSync(join(odd, name), "");
			const { status, stderr } = await command(["odd", "-o", "x"]);
			expect([status, stderr.includes(words)]).toEqual([1, true]);
			rmSync(odd, { recursive: true });
		}
		mkdirSync(join(folder, "linking"));
		symlinkSync(publicFolder(), join(folder, "linking/more"));
		expect((await command(["linking", "-o", "x"])).stderr).toContain("/more is a link to a folder");
		mkdirSync(join(folder, "bare"));
		expect((await command(["bare", "-o", "x"])).stderr).toContain("there is no file to pack");
		expect((await command(["public", "-o", "x"], { SOURCE_DATE_EPOCH: "now" })).stderr).toContain("number of seconds");
	});

	test("refuses what is no file, without waiting for it", async () => {
		const odd = join(folder, "no-files");
		const made: readonly (readonly [string, (path: string) => void, string])[] = [
			["loop", (path) => symlinkSync("loop", path), "loop cannot be read: ELOOP"],
			["gone", (path) => symlinkSync("nowhere", path), "gone cannot be read: ENOENT"],
			["device", (path) => symlinkSync("/dev/zero", path), "/device is a pipe, a socket or a device: only files"],
			["pipe", (path) => execFileSync("mkfifo", [path]), "/pipe is a pipe, a socket or a device: only files"],
		];
		for (const [name, make, words] of made) {
			mkdirSync(odd);
			make(join(odd, name));
			const { status, stderr } = await command(["no-files", "-o", "x"]);
			expect([status, stderr]).toEqual([1, expect.stringMatching(/^thimble-pack: .*\n$/)]);
			expect(stderr).toContain(words);
			rmSync(odd, { recursive: true });
		}
		mkdirSync(odd);
		symlinkSync(join(publicFolder(), "index.html"), join(odd, "linked.html"));
		expect((await command(["no-files", "-o", "x"])).stdout).toMatch(/^ {2}\/linked\.html /);
	});

	test("packs dates of HTTP only", async () => {
		const { status, stderr } = await command(["public", "-o", "x"], { SOURCE_DATE_EPOCH: `${DATE_END}` });
		expect([status, stderr]).toEqual([1, expect.stringContaining("up to the year 9999")]);
		const modified = () => ask(serve({ routes: resources(load()) }), request("GET /docs/notes")).field("last-modified");
		vi.stubEnv("SOURCE_DATE_EPOCH", `${DATE_END - 1}`);
		expect(modified()).toBe("Fri, 31 Dec 9999 23:59:59 GMT");
		vi.unstubAllEnvs();
		// As far as the file system can tell.
		const notes = join(publicFolder(), "docs/notes");
		utimesSync(notes, DATE_END, DATE_END);
		expect(modified()).toBe(httpDate(Math.min(statSync(notes).mtimeMs / 1000, DATE_END - 1)));
		utimesSync(notes, 1_000_000_000, 1_000_000_000);
	});

	test("takes the paths that never change, and keeps quiet, on request", async () => {
		const args = ["public", "-o", "quiet", "--immutable", "^/docs/", "--no-gzip", "--quiet"];
		expect((await command(args)).stdout).toBe("");
		const text = readFileSync(join(folder, "quiet/index.js"), "utf8");
		expect(text).toBe(moduleText(pack({ compresses: false, isImmutable: (path) => path.startsWith("/docs/") })));
		expect((await command(["--help"])).stdout).toMatch(/^Usage: thimble-pack FOLDER -o OUT/);
	});
});

test("the rollup plugin makes the same module, and watches its files", async () => {
	const entry = join(folder, "app.js");
	writeFileSync(entry, 'export { default } from "./public?resources";');
	const plugins = [packedResources()];
	const result = await rollup({ input: entry, plugins, external: ["thimble-http/resources"] });
	const { output } = await result.generate({ format: "es" });
	for (const file of pack().files) expect(result.watchFiles).toContain(file.file);
	const code = output[0].code.replace('from "thimble-http/resources"', `from "${join(root, "src/resources.ts")}"`);
	writeFileSync(entry, code);
	await bundle({ entryPoints: [entry], outfile: join(folder, "out.mjs"), bundle: true, format: "esm" });
	const { default: site } = (await import(pathToFileURL(join(folder, "out.mjs")).href)) as { default: PackedResources };
	expect(site).toEqual(load());
});
