// The XS engine that the tests and bench:xs run on: builds it from the sources in the npm package @agoric/xsnap, with the
// package's own makefile and this machine's C compiler, once for each version. Run as a program, it builds the engine if
// it is not there, and says why when it cannot.

import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { arch, argv, env, platform } from "node:process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const native = fileURLToPath(new URL("native", import.meta.url));

/** The folders of the package's makefiles, by Node's names of the platforms. */
const MAKEFILES = new Map([
	["linux", "lin"],
	["darwin", "mac"],
]);
const REPORT_EVERY = 10;

/**
 * @typedef {object} Engine
 * @property {string} worker The path of the program, whether or not it is there.
 * @property {boolean} isBuilt
 * @property {string} reason Why it is not there: what to do about it. Empty when it is.
 */

/**
 * Where the engine is, or would be.
 * @returns {Engine}
 */
export function findEngine() {
	const found = findPackage();
	if (found === null)
		return { worker: "", isBuilt: false, reason: "@agoric/xsnap is not installed; npm ci installs it" };
	const worker = join(found.folder, "xsnap-worker");
	if (existsSync(worker)) return { worker, isBuilt: true, reason: "" };
	return { worker, isBuilt: false, reason: obstacle() ?? "it is not built; node test/xs/engine.mjs builds it" };
}

/** The package, and the folder for what is built from this version of it and of our own file. */
function findPackage() {
	let description;
	try {
		description = createRequire(import.meta.url).resolve("@agoric/xsnap/package.json");
	} catch {
		return null;
	}
	const { version } = JSON.parse(readFileSync(description, "utf8"));
	const ours = readFileSync(join(native, "xsnap-worker.c"));
	const key = createHash("sha256").update(`${version} ${platform} ${arch} `).update(ours).digest("hex").slice(0, 16);
	return { source: dirname(description), version, folder: join(root, "node_modules", ".thimble-xs", key) };
}

/** What keeps XS from being built here, as far as this can be seen before; null when nothing does. */
function obstacle() {
	if (!MAKEFILES.has(platform)) return `@agoric/xsnap has no makefile for ${platform}`;
	const missing = ["cc", "make"].filter((program) => spawnSync(program, ["--version"]).error !== undefined);
	return missing.length === 0 ? null : `building it needs ${missing.join(" and ")}, which this machine has not`;
}

/**
 * Builds the engine where it is missing. Throws Error when it cannot be built.
 * @param {(line: string) => void} tell Is given lines of progress.
 * @returns {Promise<Engine>}
 */
export async function buildEngine(tell) {
	const engine = findEngine();
	if (engine.isBuilt) return engine;
	const found = findPackage();
	const reason = found === null ? engine.reason : obstacle();
	if (found === null || reason !== null) throw new Error(reason ?? "");
	const { source, version, folder } = found;
	tell(`Building the XS engine from @agoric/xsnap ${version}, once, up to a minute …`);
	// Nothing stands under the final name before it is whole.
	const build = `${folder}.${process.pid}`;
	mkdirSync(build, { recursive: true });
	try {
		await make(source, build, version, tell);
		mkdirSync(folder, { recursive: true });
		renameSync(join(build, "bin", MAKEFILES.get(platform) ?? "", "release", "xsnap-worker"), engine.worker);
	} finally {
		rmSync(build, { recursive: true, force: true });
	}
	return findEngine();
}

/** Runs the package's makefile, which names each file as it compiles it. */
function make(source, build, version, tell) {
	const folder = join(source, "xsnap-native", "xsnap", "makefiles", MAKEFILES.get(platform) ?? "");
	const count = new Set(readFileSync(join(folder, "xsnap-worker.mk"), "utf8").match(/\(TMP_DIR\)\/[\w-]+\.o/g)).size;
	const variables = [
		"GOAL=release",
		`MODDABLE=${join(source, "moddable")}`,
		`BUILD_DIR=${build}`,
		`XSNAP_VERSION=${version}`,
		// As the package's own build has it: XS then takes the same path through its arithmetic whatever the compiler.
		'CC=cc "-D__has_builtin(x)=1"',
	];
	const child = spawn("make", [`-j${availableParallelism()}`, "-f", "xsnap-worker.mk", ...variables], {
		cwd: folder,
		// The makefile appends to this path: our file is found before the package's of the same name.
		env: { ...env, VPATH: native, MAKEFLAGS: "" },
		stdio: ["ignore", "pipe", "pipe"],
	});
	let compiled = 0;
	child.stdout.on("data", (chunk) => {
		for (const _line of String(chunk).matchAll(/\.c$/gm)) {
			compiled += 1;
			if (compiled % REPORT_EVERY === 0) tell(`  ${compiled} of ${count} files`);
		}
	});
	let complaints = "";
	child.stderr.on("data", (chunk) => {
		complaints = `${complaints}${chunk}`.slice(-4000);
	});
	return new Promise((resolve, reject) => {
		child.on("error", reject);
		child.on("close", (code) => {
			if (code === 0) resolve(undefined);
			else reject(new Error(`XS cannot be built, make ended with ${code}:\n${complaints}`));
		});
	});
}

if (argv[1] === fileURLToPath(import.meta.url)) {
	try {
		await buildEngine(console.log);
	} catch (error) {
		console.error(`The XS engine: ${error.message}.`);
		process.exitCode = 1;
	}
}
