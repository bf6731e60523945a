// What firmware takes of us: the manifests, the limits of the boards, and the package's entries for mcpack agree with each
// other, with the build and with docs/firmware.md.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { transformSync } from "esbuild";
import { parseAst } from "rollup/parseAst";
import { describe, expect, test } from "vitest";
import { completeLimits, type Limits, memoryCost } from "../src/index.js";

const root = fileURLToPath(new URL("..", import.meta.url));

function readText(...path: string[]): string {
	return readFileSync(join(root, ...path), "utf8");
}

interface Manifest {
	readonly include?: string | string[];
	readonly modules?: Record<string, string | string[]>;
	readonly preload?: string | string[];
	readonly platforms?: Record<string, Manifest>;
	readonly config?: { readonly thimble?: Partial<Limits> };
}

function readManifest(...path: string[]): Manifest {
	return JSON.parse(readText(...path)) as Manifest;
}

type Target = string | Record<string, unknown>;

const packageExports = (JSON.parse(readText("package.json")) as { exports: Record<string, Target> }).exports;

/** The subpaths that firmware can import, and the file each is there. */
const entries = Object.entries(packageExports).flatMap(([subpath, target]): [string, string][] => {
	const moddable = typeof target === "string" ? undefined : target.moddable;
	const file = typeof moddable === "object" ? (moddable as { default: string }).default : moddable;
	return typeof file === "string" ? [[subpath, file]] : [];
});

const builds = (await import(join(root, "rollup.config.js"))) as {
	default: { input: Record<string, string>; output: { dir: string } }[];
};
const firmwareBuild = builds.default.find(({ output }) => output.dir === "dist/moddable");

describe("mcpack", () => {
	test("finds an entry for whatever firmware imports", () => {
		const features = [
			"./conditional",
			"./content",
			"./files",
			"./resources",
			"./forms",
			"./uploads",
			"./update",
			"./redirects",
			"./cookies",
			"./sessions",
			"./crypto",
			"./middleware",
			"./metrics",
			"./auth",
			"./guards",
			"./events",
		];
		expect(entries.map(([subpath]) => subpath).sort()).toEqual(
			[".", ...features, "./board", "./platform", "./wifi"].sort(),
		);
	});

	test("reads the conditions in their order, so that ours stands before default", () => {
		for (const [subpath] of entries) {
			const conditions = Object.keys(packageExports[subpath] as object).filter((name) => name !== "types");
			expect(conditions[0], subpath).toBe("moddable");
		}
	});

	test("does not survive a pattern", () => {
		for (const subpath of Object.keys(packageExports)) expect(subpath).not.toContain("*");
	});

	test.each(entries)("%s is a file that is built or kept", (_subpath, file) => {
		const built = /^\.\/dist\/moddable\/(\w+)\.js$/.exec(file)?.[1];
		if (built === undefined) expect(existsSync(join(root, file))).toBe(true);
		else expect(Object.keys(firmwareBuild?.input ?? {})).toContain(built);
	});
});

/** What a manifest and those it includes have, the SDK's own left out: each module's name, and the paths of its files. */
function modulesOf(path: string): Map<string, string[]> {
	const { modules = {}, include = [] } = readManifest(path);
	const inside = (to: string) => normalize(join(dirname(path), to));
	const included = [include].flat().filter((to) => !to.startsWith("$("));
	const own = Object.entries(modules).map(([name, to]): [string, string[]] => [name, [to].flat().map(inside)]);
	return new Map([...included.flatMap((to) => [...modulesOf(inside(to))]), ...own]);
}

const coreModules = modulesOf("manifests/manifest_thimble.json");
const featureManifests = readdirSync(join(root, "dist", "manifests"));

describe("the manifests", () => {
	test.each(entries)("have %s, with its types", (subpath) => {
		const name = `thimble-http${subpath.slice(1)}`;
		const manifest = `dist/manifests${subpath.slice(1)}.json`;
		const files = coreModules.get(name) ?? modulesOf(manifest).get(name) ?? [];
		const types = files.filter((file) => /types[\\/]|board$/.test(file));
		expect(types).toHaveLength(1);
		for (const file of files)
			expect(
				[".js", ".d.ts"].some((end) => existsSync(join(root, file + end))),
				file,
			).toBe(true);
	});

	test.each(featureManifests)("%s brings whatever its modules import, and nothing of the core", (file) => {
		const modules = modulesOf(`dist/manifests/${file}`);
		expect(modules.size).toBeGreaterThan(0);
		for (const [name, [path = ""]] of modules) {
			expect(coreModules.has(name)).toBe(false);
			for (const [, imported] of readText(`${path}.js`).matchAll(/^(?:import|export) .*'\.\/([\w-]+)\.js';$/gm)) {
				const wanted = `thimble-http/${imported}`;
				expect(coreModules.has(wanted) || modules.has(wanted), `${name} imports ${wanted}`).toBe(true);
			}
		}
	});

	test.each(readdirSync(join(root, "dist", "moddable")))("have %s, which is a module", (file) => {
		expect(() => parseAst(readText("dist", "moddable", file))).not.toThrow();
	});

	test("are written for no module that is not there", () => {
		const built = readdirSync(join(root, "dist", "moddable")).map((file) => `thimble-http/${file.slice(0, -3)}`);
		const written = featureManifests.map((file) => `thimble-http/${file.slice(0, -5)}`);
		const core = [...coreModules.keys()].filter((name) => !["thimble-http", "thimble-http/board"].includes(name));
		expect([...core, ...written].sort()).toEqual(built.sort());
	});

	test("include what mcpack is told to include", () => {
		const { moddable } = JSON.parse(readText("package.json")) as { moddable: { manifest: Manifest } };
		expect(moddable.manifest.include).toBe("./manifests/manifest_common.json");
		expect(readManifest("manifests", "manifest_thimble.json").include).toBe("./manifest_common.json");
		expect(readManifest("manifests", "manifest_common.json").preload).toEqual(["thimble-http", "thimble-http/*"]);
	});
});

describe("the limits of the boards", () => {
	const platforms = Object.entries(readManifest("manifests", "manifest_limits.json").platforms ?? {});

	test.each(platforms)("%s has limits that hold together", (_name, { config }) => {
		expect(() => completeLimits(config?.thimble ?? {})).not.toThrow();
	});

	test.each([
		["`esp32/…` (ESP32)", "esp32"],
		["`esp32/…` (S2, S3, C6)", "esp32"],
		["`esp32/esp32c3`", "esp32/esp32c3"],
		["`esp/…` (ESP8266)", "esp"],
		["`pico/pico_w`", "pico"],
		["`lin`, `mac`, `win`", "..."],
	])("the row of %s in docs/firmware.md says what they cost", (start, platform) => {
		const limits = completeLimits(platforms.find(([name]) => name === platform)?.[1].config?.thimble ?? {});
		const row = readText("docs", "firmware.md")
			.split("\n")
			.find((line) => line.startsWith(`| ${start}`));
		const cells = row?.split("|").map((cell) => cell.trim());
		const buffers = [limits.receiveLength, limits.sendLength].map((length) => length.toLocaleString("en"));
		expect(cells?.slice(2, 5), "node tools/boards.mjs --write brings the table up to date").toEqual([
			String(limits.connections),
			buffers.join(" + "),
			memoryCost(limits).totalLength.toLocaleString("en"),
		]);
	});
});

describe("an example's manifest", () => {
	test.each(["hello", "sensor-station", "self-test"])("of %s names every module that its entry imports", (name) => {
		const { modules = {} } = readManifest("examples", name, "manifest.json");
		const { "*": plain = [], ...named } = modules;
		const have = new Map([
			...[plain].flat().map((source) => [source.slice(source.lastIndexOf("/") + 1), source] as const),
			...Object.entries(named),
		]);
		const wanted = ["board"];
		const features: string[] = [];
		for (const module of wanted) {
			const source = [have.get(module) ?? []].flat()[0];
			expect(source, module).toBeTypeOf("string");
			// What the build makes imports nothing.
			if (source?.startsWith("./build/")) continue;
			const text = readText("examples", name, `${source}.ts`).replaceAll(/import type .*/g, "");
			for (const [, imported = ""] of text.matchAll(/from "\.\/([\w-]+)\.js"/g)) {
				if (!wanted.includes(imported)) wanted.push(imported);
			}
			for (const [, specifier = ""] of text.matchAll(/from "(thimble-http[^"]*)"/g)) features.push(specifier);
		}
		expect([...have.keys()].sort()).toEqual(wanted.sort());
		const ours = [...modulesOf(`examples/${name}/manifest.json`).keys()];
		expect(ours).toEqual(expect.arrayContaining(features));
	});
});

describe("the adapter for the Moddable SDK can be preloaded:", () => {
	const folder = join(root, "platform", "moddable");
	const files = readdirSync(folder).filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"));

	test.each(files)("%s only defines, and with const", (file) => {
		const { code } = transformSync(readFileSync(join(folder, file), "utf8"), { loader: "ts", target: "es2022" });
		const { body } = parseAst(code) as unknown as {
			body: { type: string; kind?: string; declaration?: { kind?: string } }[];
		};
		for (const statement of body) {
			expect(statement.type).toMatch(/^(Import|Export|Class|Function|Variable)/);
			expect(statement.kind ?? statement.declaration?.kind ?? "const").toBe("const");
		}
	});
});

describe("the self-test", () => {
	test("preloads the same modules both ways", () => {
		const { moddable } = JSON.parse(readText("examples", "self-test", "mcpack", "package.json")) as {
			moddable: { manifest: Manifest };
		};
		const plain = [readManifest("examples", "self-test", "manifest.json").preload ?? []].flat();
		const packed = [moddable.manifest.preload ?? []].flat();
		expect(plain).toContain("corpus-cases");
		expect(packed).toEqual(plain.map((name) => `thimble-self-test/build/examples/self-test/${name}`));
	});
});
