// Fuzzes the server (test/support/corpus-fuzz.ts): random heads and chunked streams in random segments.
//
//     node tools/fuzz.mjs [--count 1000000] [--seed N]
//
// Round i is made of the seed N + i alone, so a failure is run again with `--count 1 --seed N` as it is printed.

import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const ENTRY = `
export { Fuzzer } from "./test/support/corpus-fuzz.ts";
export { escapeOctets } from "./test/support/corpus-format.ts";
export { readCorpus } from "./test/support/corpus-files.ts";
`;
/** How often the progress is told, in milliseconds. */
const PROGRESS_MS = 1000;
/** How many failures are shown before it gives up. */
const FAILURES_MAX = 5;

function argument(name, fallback) {
	const index = process.argv.indexOf(`--${name}`);
	if (index < 0) return fallback;
	const value = Number(process.argv[index + 1]);
	if (!Number.isSafeInteger(value) || value < 0) {
		console.error(`--${name} takes a whole number, not ${process.argv[index + 1]}`);
		process.exit(2);
	}
	return value;
}

async function load() {
	const folder = await mkdtemp(join(tmpdir(), "thimble-fuzz-"));
	const outfile = join(folder, "fuzz.mjs");
	try {
		await build({
			stdin: { contents: ENTRY, resolveDir: root, loader: "ts" },
			bundle: true,
			format: "esm",
			platform: "node",
			target: "es2022",
			outfile,
			logLevel: "error",
		});
		return await import(pathToFileURL(outfile).href);
	} finally {
		rmSync(folder, { recursive: true });
	}
}

function tell(done, count, start, failures) {
	const seconds = (performance.now() - start) / 1000;
	const rate = done / seconds;
	const left = Math.ceil((count - done) / rate);
	const line = `${done} of ${count} rounds, ${Math.round(rate)}/s, ${left} s left, ${failures} failures`;
	if (process.stdout.isTTY) process.stdout.write(`\r${line.padEnd(78)}`);
	else console.log(line);
}

const count = argument("count", 1_000_000);
const seed = argument("seed", 1);
const { Fuzzer, escapeOctets, readCorpus } = await load();
const fuzzer = new Fuzzer(readCorpus(join(root, "test", "corpus")));
const start = performance.now();
let told = start;
let failures = 0;
let done = 0;
for (; done < count && failures < FAILURES_MAX; done += 1) {
	const finding = fuzzer.round(seed + done);
	if (finding !== null) {
		failures += 1;
		console.log(`\nseed ${finding.seed} (node tools/fuzz.mjs --count 1 --seed ${finding.seed})`);
		console.log(`  options  ${JSON.stringify(finding.options)}`);
		console.log(`  segments ${finding.segments.join(" ")}`);
		console.log(`  octets   ${escapeOctets(finding.octets, 20_000)}`);
		console.log(finding.what);
	}
	if (performance.now() - told >= PROGRESS_MS * (process.stdout.isTTY ? 1 : 10)) {
		told = performance.now();
		tell(done + 1, count, start, failures);
	}
}
if (process.stdout.isTTY) process.stdout.write("\r");
const seconds = ((performance.now() - start) / 1000).toFixed(1);
console.log(
	`${done} rounds of 2 runs from seed ${seed} in ${seconds} s: ${fuzzer.accepted} runs with an accepted request, ` +
		`${fuzzer.refused} with a refusal, ${failures} failures`,
);
process.exitCode = failures === 0 ? 0 : 1;
