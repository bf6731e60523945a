// From an app's source file to the app: bundles it with esbuild into a folder of the system's for temporary files, and
// imports that. For the simulator.
//
// `thimble-http` itself is not bundled: it is the one the app's own folder has, or else the one the simulator belongs to.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type BuildFailure, build, formatMessages, type Message, type Plugin } from "esbuild";
import type { App } from "../src/app/app.js";
import { placeDefinitions, placePlugin, requireBanner } from "./module-places.js";

const PACKAGE = /^thimble-http(\/|$)/;

/** What cannot be loaded, in words for the person who wrote it. */
export class AppError extends Error {
	override readonly name = "AppError";
	/** The files that a change of may repair it. */
	readonly files: readonly string[];

	constructor(message: string, files: readonly string[]) {
		super(message);
		this.files = files;
	}
}

/** An app's code, ready to be run. */
export interface Bundle {
	readonly code: string;
	/** The files it was made of, as absolute paths. */
	readonly files: readonly string[];
}

/** Resolves `thimble-http` from the app's folder, or else from ours; null when neither has it. */
function resolvePackage(name: string, folder: string): string | null {
	for (const from of [join(folder, "app.js"), import.meta.url]) {
		try {
			return createRequire(from).resolve(name);
		} catch {
			// Not there: the next one.
		}
	}
	return null;
}

const packagePlugin: Plugin = {
	name: "thimble-http",
	setup({ onResolve }) {
		onResolve({ filter: PACKAGE }, ({ path, resolveDir }) => {
			const found = resolvePackage(path, resolveDir);
			if (found === null) return { errors: [{ text: `${path} is not installed here: npm install thimble-http` }] };
			return { path: pathToFileURL(found).href, external: true };
		});
	},
};

function isBuildFailure(error: unknown): error is BuildFailure {
	return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}

/** Bundles the app in `file`. Throws AppError for what does not compile. */
export async function bundleApp(file: string): Promise<Bundle> {
	const entry = resolve(file);
	const folder = dirname(entry);
	try {
		const result = await build({
			entryPoints: [entry],
			absWorkingDir: folder,
			bundle: true,
			write: false,
			outfile: join(folder, "app.mjs"),
			metafile: true,
			format: "esm",
			platform: "node",
			target: "node20",
			sourcemap: "inline",
			sourcesContent: false,
			// The bundle runs elsewhere; stack traces are to name the sources where they are.
			sourceRoot: pathToFileURL(`${folder}/`).href,
			logLevel: "silent",
			plugins: [packagePlugin, placePlugin],
			define: { ...placeDefinitions },
			banner: { js: requireBanner(entry) },
		});
		const files = Object.keys(result.metafile.inputs).map((name) => resolve(folder, name));
		return { code: result.outputFiles[0]?.text ?? "", files };
	} catch (error) {
		if (!isBuildFailure(error)) throw error;
		const text = (await formatMessages(error.errors, { kind: "error", color: false })).join("").trim();
		throw new AppError(`${file} does not compile:\n${text}`, namedFiles(entry, error.errors));
	}
}

function namedFiles(entry: string, errors: readonly Message[]): readonly string[] {
	const named = errors.flatMap(({ location }) => (location === null ? [] : [resolve(dirname(entry), location.file)]));
	return [entry, ...named];
}

/** Runs a bundle and returns its app. Throws AppError for one that throws, or that exports no app. */
export async function runBundle(file: string, bundle: Bundle): Promise<App> {
	const folder = mkdtempSync(join(tmpdir(), "thimble-sim-"));
	const path = join(folder, "app.mjs");
	try {
		writeFileSync(path, bundle.code);
		const module = (await import(pathToFileURL(path).href)) as { default?: unknown };
		if (isApp(module.default)) return module.default;
	} catch (error) {
		const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
		throw new AppError(`${file} throws as it is imported:\n${stack}`, bundle.files);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
	const hint = 'write "export default defineApp({ routes: … })"';
	throw new AppError(`${file} has no app as its default export: ${hint}`, bundle.files);
}

function isApp(value: unknown): value is App {
	return typeof value === "object" && value !== null && "limits" in value && "router" in value && "registry" in value;
}
