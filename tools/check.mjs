// What `npm test` runs: types, format and lint, then every test, the XS engine among what they run on. Ends with one line,
// "N passed, N failed".

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const modules = join(root, "node_modules");

/** The steps before the tests, each counted as one check. */
const STEPS = [
	["types: src names no platform", [join(modules, "typescript", "bin", "tsc"), "-p", "tsconfig.json"]],
	[
		"types: the Moddable SDK's side names nothing of Node",
		[join(modules, "typescript", "bin", "tsc"), "-p", "tsconfig.moddable.json"],
	],
	["types: everything else", [join(modules, "typescript", "bin", "tsc"), "-p", "tsconfig.node.json"]],
	["format and lint", [join(modules, "@biomejs", "biome", "bin", "biome"), "check", "."]],
];

let passed = 0;
let failed = 0;
for (const [what, args] of STEPS) {
	console.log(`${what} …`);
	if (spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" }).status === 0) passed += 1;
	else failed += 1;
}
// Where it cannot be built, the tests that need it say so.
spawnSync(process.execPath, [join(root, "test", "xs", "engine.mjs")], { cwd: root, stdio: "inherit" });
const tests = spawnSync(process.execPath, [join(modules, "vitest", "vitest.mjs"), "run", ...process.argv.slice(2)], {
	cwd: root,
	stdio: "inherit",
	env: { ...process.env, THIMBLE_CHECKS: JSON.stringify({ passed, failed }) },
});
process.exit(tests.status === 0 && failed === 0 ? 0 : 1);
