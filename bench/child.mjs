// A process of the benchmark: started with fork, asked one thing at a time. For run.mjs.

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

export class Child {
	#process;
	#what;

	constructor(script, args) {
		this.#what = [script, ...args].join(" ");
		this.#process = fork(fileURLToPath(new URL(script, import.meta.url)), args);
	}

	/** Sends `message`, if there is one, and resolves to the next answer. Rejects when the process ends or reports an error. */
	ask(message) {
		return new Promise((resolve, reject) => {
			const exited = (code) => reject(new Error(`${this.#what} has ended with ${code}`));
			this.#process.once("exit", exited);
			this.#process.once("message", (answer) => {
				this.#process.off("exit", exited);
				if (answer.error !== undefined) reject(new Error(answer.error));
				else resolve(answer);
			});
			if (message !== undefined) this.#process.send(message);
		});
	}

	/** Ends the process. */
	end() {
		if (this.#process.connected) this.#process.disconnect();
	}
}
