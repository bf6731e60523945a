// The command thimble-sim as a process, as a person at a terminal has it. For tests.

import { type ChildProcess, spawn } from "node:child_process";
import { get } from "node:http";
import { join } from "node:path";
import { until } from "./net.js";

const PATIENCE_MS = 10_000;

export class SimCommand {
	output = "";
	errors = "";
	code: number | null = null;
	hasExited = false;
	readonly child: ChildProcess;

	/** `folder`: where it runs; `folder/tmp`, which has to exist, is where it puts what it needs for a while. */
	constructor(command: string, folder: string, args: string[], environment: Record<string, string> = {}) {
		const { PORT: _, ...inherited } = process.env;
		const env = { ...inherited, TMPDIR: join(folder, "tmp"), ...environment };
		this.child = spawn(process.execPath, [command, ...args], { cwd: folder, env });
		this.child.stdout?.on("data", (chunk: Buffer) => {
			this.output += chunk;
		});
		this.child.stderr?.on("data", (chunk: Buffer) => {
			this.errors += chunk;
		});
		this.child.on("close", (code) => {
			this.code = code;
			this.hasExited = true;
		});
	}

	get port(): number {
		return Number(/on http:\/\/127\.0\.0\.1:(\d+)\//.exec(this.output)?.[1] ?? 0);
	}

	/** Waits for text in what it shows. */
	async shows(text: string | RegExp): Promise<void> {
		const isThere = () => (typeof text === "string" ? this.output.includes(text) : text.test(this.output));
		await until("the text", () => isThere() || this.hasExited, PATIENCE_MS).catch(() => {});
		if (!isThere()) throw new Error(`no ${text} in\n${this.output}${this.errors}`);
	}

	async started(): Promise<this> {
		await this.shows("on http://");
		return this;
	}

	async exit(): Promise<number | null> {
		await until("the exit", () => this.hasExited, PATIENCE_MS);
		return this.code;
	}

	/** GET over a connection of its own. */
	get(path: string): Promise<string> {
		return new Promise((resolve, reject) => {
			const options = { port: this.port, host: "127.0.0.1", path, agent: false, timeout: 5000 };
			get(options, (response) => {
				let content = "";
				response.setEncoding("utf8").on("data", (text: string) => {
					content += text;
				});
				response.on("end", () => resolve(content));
			}).on("error", reject);
		});
	}
}
