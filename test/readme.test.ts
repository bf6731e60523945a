// The README's snippets: hello world stands in examples/hello to the letter, and the rest compiles.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { memoryCost } from "../src/index.js";
import { completeLimits } from "../src/limits.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(join(root, "README.md"), "utf8");
const snippets = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1] as string);

/** What the longer snippet leaves to the reader's firmware. */
const PRELUDE = `
interface Log { next(room: number): Uint8Array | undefined }
declare function somethingSlow(): Promise<void>;
declare function onNextEvent(callback: (event: unknown) => void): void;
declare function apply(content: Uint8Array): boolean;
declare function flash(block: Uint8Array, length: number): void;
declare function openLog(): Log;
declare const block: Uint8Array;
`;

test("hello world is the example, to the letter", () => {
	for (const name of ["app.ts", "main.ts"]) {
		expect(snippets).toContain(readFileSync(join(root, "examples", "hello", name), "utf8"));
	}
});

test("every snippet compiles", () => {
	const parent = join(root, "node_modules", ".thimble-test");
	mkdirSync(parent, { recursive: true });
	const folder = mkdtempSync(join(parent, "readme-"));
	try {
		snippets.forEach((snippet, index) => {
			const name = /^\/\/ (\w+\.ts)/.exec(snippet)?.[1] ?? `snippet-${index}.ts`;
			writeFileSync(join(folder, name), name.startsWith("snippet") ? snippet + PRELUDE : snippet);
		});
		const paths = {
			"thimble-http": [join(root, "src/index.ts")],
			"thimble-http/board": [join(root, "manifests/board.d.ts")],
			"thimble-http/content": [join(root, "src/content.ts")],
			"thimble-http/platform": [join(root, "platform/node/listen.ts")],
		};
		const compilerOptions = { noUnusedParameters: false, types: ["node"], paths };
		const config = { extends: join(root, "tsconfig.node.json"), compilerOptions, include: ["*.ts"] };
		writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
		const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
		const result = spawnSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" });
		expect(result.stdout + result.stderr).toBe("");
		expect(snippets.length).toBeGreaterThanOrEqual(3);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
});

test("the memory table says what memoryCost says", () => {
	const rows: [string, Parameters<typeof completeLimits>[0]][] = [
		["the defaults", {}],
		["`connections: 4, receiveLength: 1024", { connections: 4, receiveLength: 1024, sendLength: 1024 }],
		[
			"`connections: 2, receiveLength: 768",
			{
				connections: 2,
				receiveLength: 768,
				sendLength: 768,
				targetLengthMax: 256,
				fieldsKeptMax: 8,
				rememberedLength: 0,
			},
		],
	];
	for (const [start, limits] of rows) {
		const cost = memoryCost(completeLimits(limits));
		const figures = [cost.connectionLength, cost.sharedLength, cost.totalLength].map((one) => one.toLocaleString("en"));
		const line = readme.split("\n").find((one) => one.startsWith(`| ${start}`));
		expect(
			line
				?.split("|")
				.slice(2, 5)
				.map((cell) => cell.trim()),
		).toEqual(figures);
	}
});
