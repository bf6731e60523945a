// One XS machine in a process of its own: evaluates scripts and reads the meter. It speaks the protocol of xsnap-worker,
// netstrings over two pipes. For the tests and bench:xs.

import { spawn } from "node:child_process";

const COMMAND_EVALUATE = "e";
const COMMAND_QUIT = "q";
const REPLY_DONE = 0x2e; // "."
const REPLY_FAILED = 0x21; // "!"
/** Between the meter and what the script returned. */
const SEPARATOR = 0x01;
const PIPE_TO = 3;
const PIPE_FROM = 4;

/**
 * What the machine says after a script.
 * @typedef {object} Evaluation
 * @property {string} result What the script's value, or its property `result` once all promises have settled, holds:
 * an ArrayBuffer, as UTF-8. Empty for anything else.
 * @property {number} computrons Byte codes executed, promise jobs included.
 * @property {number} slots Heap slots in use, garbage included.
 */

export class XsMachine {
	/** @type {import("node:child_process").ChildProcess} */
	#process;
	/** @type {{resolve: (evaluation: Evaluation) => void, reject: (error: Error) => void} | null} */
	#waiting = null;
	#received = Buffer.alloc(0);
	#complaints = "";
	#printed = "";
	/** @type {Promise<unknown>} */
	#exited;

	/** @param {string} worker The path of the program (engine.mjs). */
	constructor(worker) {
		const child = spawn(worker, ["thimble"], { stdio: ["ignore", "pipe", "pipe", "pipe", "pipe"] });
		this.#process = child;
		child.stdout?.on("data", (chunk) => {
			this.#printed += chunk;
		});
		child.stderr?.on("data", (chunk) => {
			this.#complaints += chunk;
		});
		this.#pipe(PIPE_FROM).on("data", (/** @type {Buffer} */ chunk) => this.#receive(chunk));
		// A machine that has aborted reads no more; its end is told below.
		this.#pipe(PIPE_TO).on("error", () => {});
		child.on("error", (error) => this.#settle(error));
		this.#exited = new Promise((resolve) => {
			child.on("close", (code, signal) => {
				this.#settle(new Error(`XS ended with ${signal ?? code}: ${this.#complaints}${this.#printed}`));
				resolve(undefined);
			});
		});
	}

	/**
	 * Evaluates a script, and waits until its promises have settled. Throws Error with what the script threw, and when the
	 * machine aborts.
	 * @param {string} script
	 * @returns {Promise<Evaluation>}
	 */
	evaluate(script) {
		if (this.#waiting !== null) throw new Error("the machine is still busy");
		return new Promise((resolve, reject) => {
			this.#waiting = { resolve, reject };
			this.#send(`${COMMAND_EVALUATE}${script}`);
		});
	}

	/** Ends the machine's process. */
	async close() {
		if (this.#process.exitCode === null && this.#process.signalCode === null) this.#send(COMMAND_QUIT);
		await this.#exited;
	}

	/** Takes what scripts have printed since the last call. */
	takePrinted() {
		const printed = this.#printed;
		this.#printed = "";
		return printed;
	}

	/**
	 * @param {number} number
	 * @returns {import("node:net").Socket}
	 */
	#pipe(number) {
		return /** @type {import("node:net").Socket} */ (this.#process.stdio[number]);
	}

	/** @param {string} text */
	#send(text) {
		const octets = Buffer.from(text);
		this.#pipe(PIPE_TO).write(Buffer.concat([Buffer.from(`${octets.length}:`), octets, Buffer.from(",")]));
	}

	/** @param {Buffer} chunk */
	#receive(chunk) {
		this.#received = Buffer.concat([this.#received, chunk]);
		const colon = this.#received.indexOf(":");
		if (colon < 0) return;
		const end = colon + 1 + Number(this.#received.toString("latin1", 0, colon));
		if (this.#received.length <= end) return;
		const message = this.#received.subarray(colon + 1, end);
		this.#received = this.#received.subarray(end + 1);
		this.#answer(message);
	}

	/** @param {Buffer} message */
	#answer(message) {
		if (message[0] === REPLY_FAILED) return this.#settle(new Error(`on XS: ${message.toString("utf8", 1)}`));
		const separator = message.indexOf(SEPARATOR);
		if (message[0] !== REPLY_DONE || separator < 0) return this.#settle(new Error(`XS says ${message}`));
		const meter = JSON.parse(message.toString("latin1", 1, separator));
		const waiting = this.#waiting;
		this.#waiting = null;
		waiting?.resolve({
			result: message.toString("utf8", separator + 1),
			computrons: meter.compute,
			slots: meter.currentHeapCount,
		});
	}

	/** @param {Error} error */
	#settle(error) {
		const waiting = this.#waiting;
		this.#waiting = null;
		waiting?.reject(error);
	}
}
