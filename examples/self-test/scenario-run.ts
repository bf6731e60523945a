// Plays the scenarios on a bench and tells their course, line by line: each step, and behind it what the program was told, what
// its calls gave, and what the client has noticed. For suite.ts, and for the test that holds the double against transcripts/.
//
// When things happen is no part of it: every step has time to settle, and several `onReadable`, or `onWritable`, with nothing
// done in between, are one line, that of the last; and what is done in a callback is done three times at most, since with each
// poll there may be another. Octets are told by their number; they are checked to be the right ones.

import type { Bench, Listening, Peer, Tcp } from "./contract-bench.js";
import { type Scenario, scenarios } from "./scenarios.js";
import { messageOf } from "./thrown.js";

/** Enough for everything to arrive and be told, in milliseconds. */
const SETTLE_MS = 220;
/** Enough for everything to arrive. */
const BUSY_MS = 30;
const PORT = 8088;

/** How often a reaction is shown. */
const REACTIONS_MAX = 3;

/** The octets of each direction: from "!" to "z", over and over. */
const FIRST_OCTET = 33;
const OCTET_COUNT = 90;

function fill(octets: Uint8Array, offset: number): void {
	for (let index = 0; index < octets.length; index += 1) octets[index] = FIRST_OCTET + ((offset + index) % OCTET_COUNT);
}

function isRight(octet: number, offset: number): boolean {
	return octet === FIRST_OCTET + (offset % OCTET_COUNT);
}

class Course {
	readonly #bench: Bench;
	readonly #tell: (line: string) => void;
	readonly #listener: Listening;
	readonly #peers: Peer[] = [];
	#tcp: Tcp | null = null;
	#holds = false;
	#sent = 0;
	#read = 0;
	#written = 0;
	#seen = 0;
	/** Whether the client's end was told. */
	#isOver = false;
	#available = 0;
	/** What is done in a callback. */
	readonly #reactions: Record<string, { action: string; left: number }> = {};
	/** The last event, which the next of its kind may replace. */
	#last = "";

	constructor(bench: Bench, tell: (line: string) => void) {
		this.#bench = bench;
		this.#tell = tell;
		const course = this;
		this.#listener = new bench.Listener({
			port: PORT,
			onReadable() {
				if (!course.#holds) course.#accept();
			},
		});
	}

	#accept(): void {
		const course = this;
		const from = this.#listener.read();
		if (from === undefined) return this.#note("nobody waits");
		this.#tcp = new this.#bench.TCP({
			from,
			nodelay: true,
			onReadable(count) {
				course.#available = count;
				course.#event("readable", String(count));
			},
			onWritable(room) {
				course.#event("writable", String(room));
			},
			onError() {
				course.#event("error", "");
			},
		});
	}

	#event(kind: string, value: string): void {
		const line = `${kind} ${value}`.trimEnd();
		const reaction = this.#reactions[kind];
		if (!this.#last.startsWith(kind)) this.#flush();
		this.#last = line;
		if (reaction === undefined || reaction.left === 0) return;
		reaction.left -= 1;
		this.#flush();
		this.#do(reaction.action);
	}

	#flush(): void {
		if (this.#last !== "") this.#tell(`\t${this.#last}`);
		this.#last = "";
	}

	#note(line: string): void {
		this.#flush();
		this.#tell(`\t${line}`);
	}

	/** Does the actions of a step. */
	step(step: string): void {
		this.#tell(step);
		for (const action of step.split("; ")) {
			if (action.startsWith("on ")) this.#react(action);
			else this.#do(action);
		}
	}

	#react(action: string): void {
		const [, kind = "", ...words] = action.split(" ");
		this.#reactions[kind] = { action: words.join(" "), left: REACTIONS_MAX };
	}

	#do(action: string): void {
		const [verb = "", argument = ""] = action.split(" ");
		switch (verb) {
			case "connect":
				this.#peers.push(this.#bench.connect(PORT));
				return;
			case "hold":
				this.#holds = true;
				return;
			case "accept":
				return this.#accept();
			case "busy":
				return this.#bench.busy(BUSY_MS);
			case "read":
				return this.#call(action, (tcp) => this.#readFrom(tcp, argument));
			case "write":
				return this.#call(action, (tcp) => this.#writeTo(tcp, Number(argument)));
			case "close":
				return this.#call(action, (tcp) => {
					tcp.close();
					return "";
				});
			default:
				return this.#client(verb, Number(argument));
		}
	}

	#call(action: string, call: (tcp: Tcp) => string): void {
		const tcp = this.#tcp;
		if (tcp === null) return this.#note(`${action}: no connection`);
		try {
			const result = call(tcp);
			this.#note(`${action}${result === "" ? "" : `: ${result}`}`);
		} catch (error) {
			this.#note(`${action}: throws ${messageOf(error)}`);
		}
	}

	#readFrom(tcp: Tcp, argument: string): string {
		// One more than nothing, so that a closed socket and an empty one are told apart.
		const buffer = new Uint8Array(argument === "all" ? Math.max(1, this.#available) : Number(argument));
		const count = tcp.read(buffer);
		if (count === undefined) return "nothing";
		this.#available -= count;
		for (let index = 0; index < count; index += 1) {
			if (!isRight(buffer[index] as number, this.#read + index)) return `${count}, wrong at ${index}`;
		}
		this.#read += count;
		return String(count);
	}

	#writeTo(tcp: Tcp, count: number): string {
		const buffer = new Uint8Array(count);
		fill(buffer, this.#written);
		const room = tcp.write(buffer);
		if (room === undefined) return "nothing is said";
		this.#written += count;
		return `${room} left`;
	}

	#client(verb: string, count: number): void {
		const peer = this.#peers[0] as Peer;
		if (verb === "send") {
			let text = "";
			for (let index = 0; index < count; index += 1) {
				text += String.fromCharCode(FIRST_OCTET + ((this.#sent + index) % OCTET_COUNT));
			}
			this.#sent += count;
			peer.send(text);
		} else if (verb === "fin") peer.close();
		else if (verb === "reset") peer.reset?.();
		else if (verb === "stop") peer.stop?.();
		else if (verb === "resume") peer.take?.(1_000_000);
		else throw new Error(`no action "${verb}"`);
	}

	/** Everything has settled: what the client has noticed. */
	settled(): void {
		this.#flush();
		const peer = this.#peers[0];
		if (peer === undefined) return;
		const { text, state } = peer;
		if (text.length > this.#seen) {
			let wrong = "";
			for (let index = this.#seen; index < text.length && wrong === ""; index += 1) {
				if (!isRight(text.charCodeAt(index), index)) wrong = `, wrong at ${index}`;
			}
			this.#tell(`\tclient: ${text.length - this.#seen} octets${wrong}`);
			this.#seen = text.length;
		}
		// A client that has seen the end learns of a reset behind it only when it writes again, and not all do at once.
		const isOver = state === "ended" || state === "reset";
		if (isOver && !this.#isOver) this.#tell(`\tclient: ${state}`);
		this.#isOver = isOver;
	}

	/** Nothing of it is left. */
	end(): void {
		this.#holds = true;
		this.#listener.close();
		try {
			this.#tcp?.close();
		} catch {
			// It was closed already.
		}
		if (this.#peers[0]?.state !== "reset") this.#peers[0]?.reset?.();
	}
}

/** Plays all of them, one after the other, and tells their course; then calls `done`. */
export function runScenarios(bench: Bench, tell: (line: string) => void, done: () => void): void {
	const all = scenarios();
	const play = (index: number) => {
		const scenario = all[index];
		if (scenario === undefined) done();
		else runScenario(bench, scenario, tell, () => play(index + 1));
	};
	play(0);
}

function runScenario(bench: Bench, { name, steps }: Scenario, tell: (line: string) => void, done: () => void): void {
	tell(`# ${name}`);
	const course = new Course(bench, tell);
	const step = (index: number) => {
		if (index > 0) course.settled();
		const next = steps[index];
		if (next === undefined) {
			course.end();
			bench.wait(SETTLE_MS, done);
		} else {
			course.step(next);
			bench.wait(SETTLE_MS, () => step(index + 1));
		}
	};
	step(0);
}
