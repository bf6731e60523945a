// Builds dist: tsc to JavaScript and declarations, rollup over the JavaScript. And packs the corpus for the self-test, and the page of the
// sensor station.

import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeManifests } from "./manifests.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

function run(bin, ...args) {
	const result = spawnSync(process.execPath, [join(root, "node_modules", ...bin), ...args], {
		cwd: root,
		stdio: "inherit",
	});
	if (result.status !== 0) process.exit(result.status ?? 1);
}

for (const folder of ["build", "dist"]) rmSync(join(root, folder), { recursive: true, force: true });
for (const project of ["tsconfig.build.json", "tsconfig.build-moddable.json"]) {
	run(["typescript", "bin", "tsc"], "-p", project);
}
run(["rollup", "dist", "bin", "rollup"], "-c", "--silent");

for (const name of readdirSync(join(root, "build"), { recursive: true })) {
	if (name.endsWith(".d.ts")) cpSync(join(root, "build", name), join(root, "dist", "types", name));
}
writeManifests(root);
run(["..", "examples", "self-test", "pack-corpus.mjs"]);
run(["..", "examples", "sensor-station", "pack-page.mjs"]);
for (const command of ["thimble-sim.js", "thimble-pack.js"]) chmodSync(join(root, "dist", command), 0o755);
