// The examples in the pages about features (docs/*.md): short, compiled by the tests, and run by them.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { App } from "../../src/app/app.js";
import { Server } from "../../src/server/server.js";
import type { Served } from "./exchange.js";
import { VirtualPlatform } from "./virtual.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** An example: what stands in the page, and the names that it leaves to the reader's firmware. */
export interface Example {
	readonly text: string;
	readonly lines: number;
	readonly prelude: string;
}

/** The examples of a page. `prelude`: TypeScript that defines what they leave out. */
export function examplesOf(page: string, prelude: string): Example[] {
	const text = readFileSync(join(root, "docs", page), "utf8");
	return [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, example = ""]) => ({
		text: example,
		lines: example.split("\n").filter((line) => line.trim() !== "").length,
		prelude,
	}));
}

/** The source file of an entry of the package. */
function entry(name: string): string {
	const path = name.slice("thimble-http".length + 1);
	if (path === "crypto" || path === "update") return join(root, "platform/node", `${path}.ts`);
	if (path === "platform") return join(root, "platform/node/listen.ts");
	if (path === "") return join(root, "src/index.ts");
	const file = join(root, "src", `${path}.ts`);
	return existsSync(file) ? file : join(root, "src", path, "index.ts");
}

/** The example as a module that imports the sources. */
function moduleOf(example: Example): string {
	const text = example.text.replace(/"(thimble-http[\w/]*)"/g, (_, name: string) => JSON.stringify(entry(name)));
	return `${text}\n${example.prelude}`;
}

/** Calls `use` with the path of a folder that holds the examples, one module each. */
async function withModules<T>(
	examples: readonly Example[],
	use: (paths: string[], folder: string) => T | Promise<T>,
): Promise<T> {
	const parent = join(root, "node_modules", ".thimble-test");
	mkdirSync(parent, { recursive: true });
	const folder = mkdtempSync(join(parent, "examples-"));
	try {
		const paths = examples.map((_, index) => join(folder, `example-${index}.ts`));
		examples.forEach((example, index) => {
			// "./app.js" of a page is the example before.
			writeFileSync(paths[index] as string, moduleOf(example).replace("./app.js", `./example-${index - 1}.ts`));
		});
		return await use(paths, folder);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** What the compiler says against the examples; "" for nothing. */
export function complaintsAbout(examples: readonly Example[]): Promise<string> {
	return withModules(examples, (_paths, folder) => {
		const compilerOptions = { types: ["node"], allowImportingTsExtensions: true, noUnusedParameters: false };
		const config = { extends: join(root, "tsconfig.node.json"), compilerOptions, include: ["*.ts"] };
		writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
		const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
		const result = spawnSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" });
		return result.stdout + result.stderr;
	});
}

/** Serves the app that an example exports, in virtual time. */
export function serveExample(example: Example): Promise<Served> {
	return withModules([example], async ([path]) => {
		const module = (await import(/* @vite-ignore */ path as string)) as { readonly default: App };
		const platform = new VirtualPlatform();
		const server = new Server(module.default, platform, { port: 80 });
		server.reopen();
		return { app: module.default, platform, server, errors: [], connect: (prepare) => platform.connect(prepare) };
	});
}
