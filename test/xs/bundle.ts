// Bundles tests for an engine that has neither modules nor a file system: one script for each, that leaves its exports in a
// global. For the tests on XS, which run the same script on V8.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin, transformSync } from "esbuild";
import { parseAst } from "rollup/parseAst";
import { readCorpus } from "../support/corpus-files.js";
import { readDocument } from "../support/documents.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const source = join(root, "src");
const shim = join(root, "test/xs/vitest-shim.ts");
const preload = join(root, "test/xs/preload.ts");

/** The newest language that XS 13.3 knows. */
const TARGET = "es2022";

/** The global that a bundle leaves its exports in. */
export const GLOBAL = "bundle";

/**
 * What stands in the bundle for the server: the modules of src; the package as it is published, from dist; or the modules
 * of src, each frozen as preload freezes it.
 */
export type Flavour = "src" | "dist" | "preloaded";

/** Support modules that read files on Node: what they would return stands in the bundle. */
const embedded: Plugin = {
	name: "embedded files",
	setup({ onLoad }) {
		onLoad({ filter: /[\\/]test[\\/]support[\\/]corpus-files\.ts$/ }, () => ({
			contents: `export function readCorpus() { return ${JSON.stringify(readCorpus())}; }`,
		}));
		onLoad({ filter: /[\\/]test[\\/]support[\\/]documents\.ts$/ }, () => ({
			contents: `export function readDocument(name) { return ${JSON.stringify({ "paths.md": readDocument("paths.md") })}[name]; }`,
		}));
	},
};

const vitest: Plugin = {
	name: "vitest's stand-in",
	setup({ onResolve }) {
		onResolve({ filter: /^vitest$/ }, () => ({ path: shim }));
	},
};

interface Node {
	readonly type: string;
	readonly id?: { readonly name: string } | null;
	readonly declaration?: Node | null;
	readonly declarations?: readonly Node[];
}

/** The names that a module of src binds at its top level: variables, functions and classes. */
function bindingsOf(code: string): string[] {
	const { body } = parseAst(code) as unknown as { readonly body: readonly Node[] };
	return body
		.map((statement) => statement.declaration ?? statement)
		.flatMap((declared) => (declared.type === "VariableDeclaration" ? (declared.declarations ?? []) : [declared]))
		.filter(({ type }) => /^(VariableDeclarator|FunctionDeclaration|ClassDeclaration)$/.test(type))
		.map(({ id, type }) => {
			if (typeof id?.name !== "string") throw new Error(`a ${type} at the top level that is no single name`);
			return id.name;
		});
}

const preloaded: Plugin = {
	name: "modules frozen as preload freezes them",
	setup({ onLoad, onResolve }) {
		onLoad({ filter: /\.ts$/, namespace: "file" }, ({ path }) => {
			if (!path.startsWith(source)) return undefined;
			const { code } = transformSync(readFileSync(path, "utf8"), {
				loader: "ts",
				target: TARGET,
				tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
			});
			const freezing = `import { preloaded as $preloaded } from ${JSON.stringify(preload)};`;
			return { contents: `${code}\n${freezing}\n$preloaded([${bindingsOf(code).join()}]);`, resolveDir: dirname(path) };
		});
		// The tests' apps: as if each were the default export of a module of its own.
		onResolve({ filter: /src[\\/](app[\\/]app|index)\.js$/ }, ({ path, importer, resolveDir }) => {
			if (importer.startsWith(source)) return undefined;
			return { path: resolve(resolveDir, path).replace(/\.js$/, ".ts"), namespace: "apps" };
		});
		onLoad({ filter: /.*/, namespace: "apps" }, ({ path }) => ({
			resolveDir: dirname(path),
			contents:
				`export * from ${JSON.stringify(path)};` +
				`import { defineApp as define } from ${JSON.stringify(path)};` +
				`import { preloadedApp } from ${JSON.stringify(preload)};` +
				"export function defineApp(options) { return preloadedApp(define(options)); }",
		}));
	},
};

const { exports: packageExports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
	readonly exports: Readonly<Record<string, unknown>>;
};

const published: Plugin = {
	name: "the server as it is published",
	setup({ onResolve }) {
		onResolve({ filter: /src[\\/](app[\\/]app|server[\\/]server|index)\.js$/ }, ({ importer }) => {
			return importer.startsWith(source) ? undefined : { path: join(root, "dist/index.js") };
		});
		// What is an entry of its own.
		const feature = /src[\\/](\w+)([\\/]index)?\.js$/;
		onResolve({ filter: feature }, ({ path, importer }) => {
			const name = feature.exec(path)?.[1] ?? "";
			if (importer.startsWith(source) || !(`./${name}` in packageExports)) return undefined;
			return { path: join(root, "dist", `${name}.js`) };
		});
	},
};

const FLAVOURS: Readonly<Record<Flavour, readonly Plugin[]>> = { src: [], dist: [published], preloaded: [preloaded] };

/** Throws when dist is not what a build would make of src now. */
function checkBuilt(): void {
	const time = (path: string) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
	const sources = readdirSync(source, { recursive: true }).map((name) => time(join(source, String(name))));
	if (time(join(root, "dist/index.js")) < Math.max(...sources))
		throw new Error("dist is older than src: npm run build");
}

/** A script that leaves the exports of the module with these `contents` in the global. */
export async function bundle(contents: string, flavour: Flavour): Promise<string> {
	if (flavour === "dist") checkBuilt();
	const freezing = flavour === "preloaded" ? `export { freezeBuiltIns } from ${JSON.stringify(preload)};` : "";
	const result = await build({
		stdin: { contents: `${contents}\n${freezing}`, resolveDir: root, loader: "ts" },
		bundle: true,
		write: false,
		format: "iife",
		globalName: GLOBAL,
		target: TARGET,
		// As modules are. fast-check takes hold of timers that it does not need here.
		banner: {
			js: '"use strict"; const setTimeout = () => { throw new Error("no timers") }, clearTimeout = setTimeout;',
		},
		footer: { js: `globalThis.${GLOBAL} = ${GLOBAL};` },
		inject: [join(root, "test/xs/text-coders.ts")],
		platform: "neutral",
		mainFields: ["module", "main"],
		plugins: [embedded, vitest, ...FLAVOURS[flavour]],
		// "sideEffects": false is said of the package, not of its tests.
		ignoreAnnotations: true,
		logLevel: "error",
	});
	return result.outputFiles[0]?.text ?? "";
}

/** A test file, whose tests `names` and `run` are about (vitest-shim.ts). */
export function bundleTests(file: string, flavour: Flavour): Promise<string> {
	const isRandom = readFileSync(join(root, "test", file), "utf8").includes('from "fast-check"');
	// The same cases on both engines, and in every run.
	const seed = isRandom ? 'import { configureGlobal } from "fast-check"; configureGlobal({ seed: 1 });' : "";
	return bundle(`${seed} import "./test/${file}"; export { names, run } from ${JSON.stringify(shim)};`, flavour);
}

/** The corpus and what runs it (corpus-cases.ts). */
export function bundleCorpus(flavour: Flavour): Promise<string> {
	return bundle('export * from "./test/xs/corpus-cases.ts";', flavour);
}
