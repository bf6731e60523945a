// node examples/self-test/pack-corpus.mjs [FOLDER]: packs the conformance corpus (test/corpus) for the self-test, as the
// module corpus-cases.js in FOLDER, by default in build/ beside this file. Firmware has it in flash: strings only, one for each
// part of each case, and runs of one octet are shortened. packed-cases.ts is the other side.
//
// What a client and an app can see is kept: what the app was told, and what the client got. Which rule was broken they cannot
// see but for its status.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const corpus = join(here, "..", "..", "test", "corpus");
const target = process.argv[2] === undefined ? join(here, "build") : resolve(process.argv[2]);

async function loadParser() {
	const entryPoint = join(here, "..", "..", "test", "support", "corpus-format.ts");
	const bundle = await build({
		entryPoints: [entryPoint],
		bundle: true,
		write: false,
		format: "esm",
		platform: "neutral",
	});
	const code = Buffer.from(bundle.outputFiles[0].contents).toString("base64");
	return (await import(`data:text/javascript;base64,${code}`)).parseCorpus;
}

/** U+0100, the octet, and U+0100 plus how many: for four or more of one octet. */
function packRuns(octets) {
	return octets.replace(/([\s\S])\1{3,}/g, (run, octet) => `\u0100${octet}${String.fromCharCode(0x100 + run.length)}`);
}

/** The server answers these by itself: no app is told of them. */
function isServersOwn(method, target) {
	return method === "CONNECT" || (method === "OPTIONS" && target === "*");
}

/** What the app and the client see of it, line by line. Of each response: its status, and what it is an answer to. */
function seen({ expected, options }) {
	const told = [];
	const received = [];
	let isTold = true;
	let kind = "";
	for (const line of expected) {
		const [what, method, ...rest] = line.split(" ");
		if (what === "request") {
			isTold = !isServersOwn(method, rest[0]);
			kind = `${method === "HEAD" ? " head" : ""}${rest[1] === "1.0" ? " old" : ""}`;
		}
		if (what === "refused") kind = kind.replace(" old", "");
		if (what === "response") received.push(`${line.slice("response ".length)}${kind}`);
		else if (what === "interim" || what === "closed") received.push(line);
		else if (what !== "waiting" && what !== "refused" && isTold) {
			// Of registered fields the server knows the names in lower case only.
			const isName = options.fields !== undefined && /^(field|trailer) /.test(line);
			told.push(isName ? line.replace(/^\S+ [^:]+:/, (name) => name.toLowerCase()) : line);
		}
	}
	return { told: told.join("\u0101"), received: received.join("\u0101") };
}

const parseCorpus = await loadParser();
const optionSets = [];
const parts = [];
for (const file of readdirSync(corpus)
	.filter((name) => name.endsWith(".md") && name !== "README.md")
	.sort()) {
	for (const one of parseCorpus(file, readFileSync(join(corpus, file), "utf8"))) {
		const { fin = false, ...options } = one.options;
		const key = JSON.stringify(options);
		if (!optionSets.includes(key)) optionSets.push(key);
		const { told, received } = seen(one);
		const head = `${optionSets.indexOf(key)} ${fin ? 1 : 0} ${file}:${one.line} ${one.name}`;
		parts.push(head, packRuns(one.octets), packRuns(told), received);
	}
}
const source = [
	"// Made by pack-corpus.mjs of the conformance corpus.",
	`export const OPTIONS = Object.freeze(${JSON.stringify(optionSets)});`,
	`export const PARTS = Object.freeze(${JSON.stringify(parts)});`,
	"",
].join("\n");
mkdirSync(target, { recursive: true });
writeFileSync(join(target, "corpus-cases.js"), source);
console.log(`Packed ${parts.length / 4} cases of the corpus: ${source.length.toLocaleString("en")} characters`);
