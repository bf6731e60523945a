// The snippets of docs/testing.md: they compile, and vitest runs them, against the package as it is built.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const text = readFileSync(join(root, "docs", "testing.md"), "utf8");
const snippets = new Map(
	[...text.matchAll(/```ts\n(\/\/ ([\w.]+\.ts)[\s\S]*?)```/g)].map(([, code, name]) => [
		name as string,
		code as string,
	]),
);

describe("the snippets of docs/testing.md", () => {
	let folder = "";

	beforeAll(() => {
		const parent = join(root, "node_modules", ".thimble-test");
		mkdirSync(parent, { recursive: true });
		folder = mkdtempSync(join(parent, "testing-"));
		for (const [name, code] of snippets) writeFileSync(join(folder, name), code);
	});

	afterAll(() => rmSync(folder, { recursive: true, force: true }));

	function run(bin: readonly string[], ...args: readonly string[]): string {
		const path = join(root, "node_modules", ...bin);
		const { stdout, stderr } = spawnSync(process.execPath, [path, ...args], { cwd: folder, encoding: "utf8" });
		return stdout + stderr;
	}

	test("are all named", () => {
		expect(text.match(/```ts\n/g)).toHaveLength(snippets.size);
		expect([...snippets.keys()].filter((name) => name.endsWith(".test.ts"))).toHaveLength(8);
	});

	test("compile, against the declarations of the package", () => {
		const paths = {
			"thimble-http": [join(root, "dist/types/src/index.d.ts")],
			"thimble-http/sim": [join(root, "dist/types/host-sim/index.d.ts")],
		};
		const compilerOptions = { noUnusedParameters: false, types: ["node"], paths, rootDir: root };
		const config = { extends: join(root, "tsconfig.json"), compilerOptions, include: ["*.ts"] };
		writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
		expect(run(["typescript", "bin", "tsc"], "-p", folder)).toBe("");
	});

	test("hold", () => {
		const alias = { "thimble-http/sim": join(root, "dist/sim.js"), "thimble-http": join(root, "dist/index.js") };
		const config = { root: folder, resolve: { alias }, test: { include: ["*.test.ts"], environment: "node" } };
		writeFileSync(join(folder, "vitest.config.mjs"), `export default ${JSON.stringify(config)};`);
		const report = run(["vitest", "vitest.mjs"], "run", "--reporter=json");
		const { numPassedTests, numFailedTests, testResults } = JSON.parse(report.slice(report.indexOf("{")));
		const failures = testResults.flatMap(
			({ message, assertionResults }: { message: string; assertionResults: { failureMessages: string[] }[] }) => [
				message,
				...assertionResults.flatMap(({ failureMessages }) => failureMessages),
			],
		);
		expect(failures.filter((failure: string) => failure !== "")).toEqual([]);
		expect([numPassedTests, numFailedTests]).toEqual([29, 0]);
	}, 60_000);
});
