// Programs that the tests drive: finds them on this machine, runs them. For tests that need what npm does not install.

import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { test } from "vitest";

/** Where servers like nginx are installed, which is not on everybody's path. */
const MORE_FOLDERS = ["/usr/sbin", "/usr/local/sbin"];

/** The full path of a program, or undefined when this machine has none of that name. */
export function findProgram(name: string): string | undefined {
	for (const folder of [...(process.env.PATH ?? "").split(delimiter), ...MORE_FOLDERS]) {
		const path = join(folder, name);
		try {
			accessSync(path, constants.X_OK);
			return path;
		} catch {
			// Not in this folder.
		}
	}
	return undefined;
}

/**
 * A test that needs a program; `run` is given its path. Without the program the test says so and is skipped; where
 * CI=true it fails, so that a machine that lacks it cannot pass for one on which all is well.
 */
export function testWith(name: string, title: string, run: (path: string) => Promise<void>, timeoutMs = 30_000): void {
	const path = findProgram(name);
	if (path !== undefined) {
		test(title, () => run(path), timeoutMs);
	} else if (process.env.CI === "true") {
		test(title, () => {
			throw new Error(`${name} is not installed`);
		});
	} else {
		console.log(`skipped, since ${name} is not installed: ${title}`);
		test.skip(title, () => {});
	}
}

/** What a program that has ended left behind. */
export interface Outcome {
	readonly code: number | null;
	readonly output: Buffer;
	/** Its standard error. */
	readonly complaints: string;
}

/** Runs a program to its end, and kills it after `timeoutMs`. */
export function run(
	path: string,
	args: readonly string[],
	input: Buffer | string = "",
	timeoutMs = 20_000,
): Promise<Outcome> {
	return new Promise((resolve, reject) => {
		const child = spawn(path, args, { timeout: timeoutMs, killSignal: "SIGKILL" });
		const output: Buffer[] = [];
		let complaints = "";
		child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
		child.stderr.on("data", (chunk: Buffer) => {
			complaints += chunk.toString();
		});
		child.on("error", reject);
		child.on("close", (code) => resolve({ code, output: Buffer.concat(output), complaints }));
		// A program that does not read all of its input closes the pipe.
		child.stdin.on("error", () => {});
		child.stdin.end(input);
	});
}

/** Runs a program that has to succeed; returns what it wrote, as text. */
export async function textOf(path: string, args: readonly string[], input: Buffer | string = ""): Promise<string> {
	const { code, output, complaints } = await run(path, args, input);
	if (code !== 0) throw new Error(`${path} ${args.join(" ")} ended with ${code}: ${complaints}`);
	return output.toString();
}
