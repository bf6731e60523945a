// node examples/sensor-station/pack-page.mjs [FOLDER]: packs public/ into FOLDER (by default build/site) with thimble-pack, for
// the laptop and for firmware. Every file but the page itself gets a hash of its content into its name, so that browsers keep
// it for good and never ask again.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { transformSync } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const source = join(here, "public");
const target = process.argv[2] === undefined ? join(here, "build", "site") : resolve(process.argv[2]);
const thimblePack = join(here, "..", "..", "dist", "thimble-pack.js");

const PAGE = "index.html";
const HASH_LENGTH = 10;

/** A script or a style without what only people need: flash is dear. */
function small(name, text) {
	const loader = extname(name).slice(1);
	return loader === "js" || loader === "css"
		? transformSync(text, { loader, minify: true, target: "es2022" }).code
		: text;
}

/** Writes a file into `folder` under its hashed name, those that it mentions before it. Returns that name. */
function write(name, folder, written) {
	const before = written.get(name);
	if (before !== undefined) return before;
	let text = small(name, readFileSync(join(source, name), "utf8"));
	for (const other of readdirSync(source)) {
		const mention = `"./${other}"`;
		if (text.includes(mention)) text = text.replaceAll(mention, `"./${write(other, folder, written)}"`);
	}
	const hash = createHash("sha256").update(text).digest("hex").slice(0, HASH_LENGTH);
	const hashed = name === PAGE ? name : name.replace(/(?=\.\w+$)/, `-${hash}`);
	writeFileSync(join(folder, hashed), text);
	const { mtime } = statSync(join(source, name));
	utimesSync(join(folder, hashed), mtime, mtime);
	written.set(name, hashed);
	return hashed;
}

const folder = mkdtempSync(join(tmpdir(), "thimble-page-"));
try {
	write(PAGE, folder, new Map());
	const immutable = `-[0-9a-f]{${HASH_LENGTH}}\\.\\w+$`;
	const args = [thimblePack, folder, "-o", target, `--immutable=${immutable}`];
	const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
	process.exitCode = status ?? 1;
} finally {
	rmSync(folder, { recursive: true, force: true });
}
