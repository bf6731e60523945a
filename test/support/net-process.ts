// Runs a module of the tests in a Node process of its own, for what may not share one with the test: a crowd of clients,
// a heap that is measured.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

export class Process {
	readonly #child: ChildProcess;
	readonly #folder: string;

	constructor(child: ChildProcess, folder: string) {
		this.#child = child;
		this.#folder = folder;
	}

	/** Sends `message`, and returns what is sent back. Fails when the process ends instead. */
	ask<Answer>(message: string): Promise<Answer> {
		return new Promise((resolve, reject) => {
			const ended = (code: number | null): void => reject(new Error(`the process ended with ${code}`));
			this.#child.once("exit", ended);
			this.#child.once("message", (answer: Answer) => {
				this.#child.off("exit", ended);
				resolve(answer);
			});
			this.#child.send(message);
		});
	}

	async end(): Promise<void> {
		if (this.#child.exitCode === null && this.#child.signalCode === null) {
			this.#child.kill("SIGKILL");
			await once(this.#child, "exit");
		}
		rmSync(this.#folder, { recursive: true, force: true });
	}
}

/** Starts a module of this folder, by its name, with options for Node and arguments for the module. */
export async function startProcess(name: string, execArgv: string[], args: string[]): Promise<Process> {
	const folder = mkdtempSync(join(tmpdir(), "thimble-process-"));
	const outfile = join(folder, `${name}.mjs`);
	await build({
		entryPoints: [fileURLToPath(new URL(`${name}.ts`, import.meta.url))],
		bundle: true,
		outfile,
		format: "esm",
		platform: "node",
		target: "node20",
	});
	return new Process(fork(outfile, args, { execArgv }), folder);
}
