// Sees to it that what `npm start` and `npm test` need is there: Node, the dependencies, the build. Says what it does,
// and does nothing when there is nothing to do.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const NODE_LEAST = [20, 19];

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < NODE_LEAST[0] || (major === NODE_LEAST[0] && minor < NODE_LEAST[1])) {
	console.error(
		`Thimble needs Node ${NODE_LEAST.join(".")} or newer; this is ${process.versions.node}. See https://nodejs.org.`,
	);
	process.exit(1);
}

/** Runs npm as the one that runs us, or the one on the path. */
function npm(...args) {
	const own = process.env.npm_execpath;
	const isScript = own !== undefined && /\.[cm]?js$/.test(own);
	const [command, first] = isScript ? [process.execPath, [own]] : ["npm", []];
	return spawnSync(command, [...first, ...args], {
		cwd: root,
		stdio: "inherit",
		shell: !isScript && process.platform === "win32",
	});
}

/** Runs a script of the repository, and ends when it fails. */
function run(...path) {
	if (spawnSync(process.execPath, [join(root, ...path)], { cwd: root, stdio: "inherit" }).status !== 0) process.exit(1);
}

function newest(path) {
	const stats = statSync(path);
	if (!stats.isDirectory()) return stats.mtimeMs;
	return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
}

const lock = readFileSync(join(root, "package-lock.json"), "utf8");
const stamp = join(root, "node_modules", ".thimble-installed");
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock) {
	console.log("Installing the dependencies (npm ci) …");
	if (npm("ci", "--no-audit", "--no-fund", "--loglevel=error").status !== 0) {
		console.error("npm ci failed; its messages are above. Thimble needs the npm registry the first time.");
		process.exit(1);
	}
	writeFileSync(stamp, lock);
}

const built = join(root, "dist", "thimble-sim.js");
const sources = [
	"src",
	"platform",
	"host-sim",
	"pack",
	"rollup.config.js",
	"tsconfig.json",
	"tsconfig.build.json",
	"tsconfig.build-moddable.json",
	"package.json",
];
if (!existsSync(built) || statSync(built).mtimeMs < Math.max(...sources.map((name) => newest(join(root, name))))) {
	console.log("Building dist (tsc, rollup) …");
	run("tools", "build.mjs");
}

const station = join(root, "examples", "sensor-station");
const page = join(station, "build", "site", "index.js");
if (
	!existsSync(page) ||
	statSync(page).mtimeMs < Math.max(newest(join(station, "public")), newest(join(station, "pack-page.mjs")))
) {
	console.log("Packing the page of the sensor station …");
	run("examples", "sensor-station", "pack-page.mjs");
}
