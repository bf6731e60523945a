// The examples of docs/resources.md: each has ten lines at most, compiles, and does what the page says.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { declarationText, moduleText } from "../pack/module.js";
import { packFolder } from "../pack/pack.js";
import type { Route } from "../src/index.js";
import { ask, request, serve } from "./support/exchange.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const page = readFileSync(join(root, "docs/resources.md"), "utf8");
const snippets = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1] as string);

const PATHS: Readonly<Record<string, string>> = {
	"thimble-http": "src/index.ts",
	"thimble-http/conditional": "src/conditional.ts",
	"thimble-http/files": "src/files.ts",
	"thimble-http/folder": "platform/node/folder.ts",
	"thimble-http/resources": "src/resources.ts",
};

/** What the page leaves to the reader's firmware; as one module, with what each example defines. */
const PRELUDE = `
import { defineApp, prebuildFields, type Prebuilt, type RouteHandlers } from "thimble-http";
import type { Folder } from "thimble-http/files";
import { resources } from "thimble-http/resources";
import site from "./build/resources/index.js";
let version = 1;
const settings = { unit: "C" };
const header = new Uint8Array(54).fill(0x68);
const pixels = new Uint8Array(3000).fill(0x70);
const storage = { openDirectory: ({ path }: { path: string }) => openFolder("data/" + path) };
const data = openFolder("data");
const Modules = { importNow: (name: string): unknown => (name === "embedded:storage/files" ? data : undefined) };
`;

let folder = "";
let all: { readonly [name: string]: unknown };
let app: { readonly default: { readonly router: unknown } };

/** The examples as one module: every import once, every value that an example only mentions under a name. */
function moduleOf(texts: readonly string[]): string {
	const body = texts
		.join("\n")
		.replace(
			"// Under a path of its own, kept for a minute, and with a policy.\nresources(",
			"export const placed = resources(",
		)
		.replace("export default defineApp({ routes: { ...files", "export const filesApp = ({ routes: { ...files")
		.replaceAll(/^const /gm, "export const ");
	const imports = body.match(/^import .*$/gm) ?? [];
	return `${PRELUDE}${imports.join("\n")}\n${body.replaceAll(/^import .*$/gm, "")}`;
}

async function load(file: string): Promise<never> {
	const outfile = join(folder, file.replace(/ts$/, "mjs"));
	const alias = Object.fromEntries(Object.entries(PATHS).map(([name, path]) => [name, join(root, path)]));
	const options = { bundle: true, format: "esm", platform: "node", alias, outfile, logLevel: "error" } as const;
	await build({ ...options, entryPoints: [join(folder, file)] });
	const before = process.cwd();
	process.chdir(folder);
	try {
		return (await import(pathToFileURL(outfile).href)) as never;
	} finally {
		process.chdir(before);
	}
}

beforeAll(async () => {
	const parent = join(root, "node_modules", ".thimble-test");
	mkdirSync(parent, { recursive: true });
	folder = mkdtempSync(join(parent, "resources-"));
	for (const path of ["public/docs", "build/resources", "data/logs"])
		mkdirSync(join(folder, path), { recursive: true });
	writeFileSync(join(folder, "public/index.html"), "<p>root");
	writeFileSync(join(folder, "public/docs/index.html"), "<p>docs".repeat(300));
	writeFileSync(join(folder, "data/logs/today.txt"), "warm\n");
	const packed = packFolder(join(folder, "public"));
	writeFileSync(join(folder, "build/resources/index.js"), moduleText(packed));
	writeFileSync(join(folder, "build/resources/index.d.ts"), declarationText());
	writeFileSync(join(folder, "app.ts"), snippets[0] as string);
	writeFileSync(join(folder, "all.ts"), moduleOf(snippets.slice(1)));
	app = await load("app.ts");
	all = await load("all.ts");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const routesOf = (name: string) => all[name] as Readonly<Record<string, Route>>;
const served = (name: string) => serve({ routes: { "GET /": all[name] as Route, "PUT /": all[name] as Route } });

test("every example has ten lines at most", () => {
	expect(snippets).toHaveLength(8);
	for (const snippet of snippets) {
		const code = snippet.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("//"));
		expect(code.length).toBeLessThanOrEqual(10);
	}
});

test("every example compiles", () => {
	const paths = Object.fromEntries(Object.entries(PATHS).map(([name, path]) => [name, [join(root, path)]]));
	const compilerOptions = { noUnusedLocals: false, types: ["node"], paths, noEmit: true };
	const config = { extends: join(root, "tsconfig.node.json"), compilerOptions, include: ["*.ts"], files: [] };
	writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
	const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
	const result = spawnSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" });
	expect(result.stdout + result.stderr).toBe("");
});

describe("the example of", () => {
	test("a folder serves it", () => {
		expect(app.default.router).toBeDefined();
		const one = serve({ routes: routesOf("placed") });
		const docs = ask(one, request("GET /app/docs/", ["Accept-Encoding: gzip"]));
		expect([docs.status, docs.field("content-encoding"), docs.field("cache-control")]).toEqual([
			200,
			"gzip",
			"max-age=60",
		]);
		expect(docs.field("content-security-policy")).toBe("default-src 'self'");
		expect(ask(one, request("GET /app/docs")).field("location")).toBe("/app/docs/");
	});

	test("content of one's own is answered 304, and 412 where it has changed", () => {
		const known = ask(served("reading"), request("GET /")).field("etag") as string;
		expect(ask(served("reading"), request("GET /", [`If-None-Match: ${known}`])).status).toBe(304);
		expect(ask(served("writing"), request("PUT /", [`If-Match: ${known}`, "Content-Length: 0"])).status).toBe(200);
		expect(ask(served("writing"), request("PUT /", [`If-Match: ${known}`, "Content-Length: 0"])).status).toBe(412);
		expect(ask(served("reading"), request("GET /", [`If-None-Match: ${known}`])).status).toBe(200);
	});

	test("files serves them", () => {
		const { routes } = all.filesApp as { readonly routes: Readonly<Record<string, Route>> };
		const file = ask(serve({ routes }), request("GET /logs/today.txt", ["Range: bytes=-2"]));
		expect([file.status, file.content]).toEqual([206, "m\n"]);
		expect(ask(serve({ routes: routesOf("routes") }), request("GET /logs/today.txt")).field("etag")).toBe('"5"');
		expect(ask(serve({ routes: routesOf("lazyRoutes") }), request("GET /logs/today.txt")).content).toBe("warm\n");
	});

	test("content that is elsewhere sends it", () => {
		const { content, field } = ask(served("picture"), request("GET /"));
		expect([content, field("content-type")]).toEqual(["h".repeat(54) + "p".repeat(3000), "image/bmp"]);
	});
});
