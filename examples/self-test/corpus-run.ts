// Runs the packed conformance corpus on a bench: the server on the bench's sockets, each case on a connection of its own,
// whole and cut in two. What the app was told, and what the client got, has to be what the corpus says.

import type { AppOptions } from "thimble-http";
import type { Bench, Peer, Report } from "./contract-bench.js";
import { CorpusApp } from "./corpus-app.js";
import { caseCount, type PackedCase, type PackedOptions, unpackCase } from "./packed-cases.js";

/** A server that was started. */
export interface Served {
	/** How many connections it has. */
	readonly connectionCount: number;
	abort(): void;
}

/** Where the corpus is, and how an app is served. */
export interface CorpusBench {
	readonly bench: Bench;
	readonly options: readonly string[];
	readonly parts: readonly string[];
	serve(app: AppOptions, port: number): Served;
}

/** How long the second part of a request waits, so that it comes alone, in milliseconds. */
const CUT_MS = 60;
/** How often it is looked whether everything has come. */
const LOOK_MS = 10;
/** How long an answer may take. */
const ANSWER_MS = 3000;
/** How long nothing may follow. */
const QUIET_MS = 60;
/** How long it is waited where nothing at all is to come: lwIP may tell of first octets 250 ms late. */
const SILENCE_MS = 330;
const PORT = 8090;

/** Runs every case, one after the other, and reports; then calls `done`. */
export function runCorpus(corpus: CorpusBench, report: Report, done: () => void): void {
	new CorpusRun(corpus, report, done).next();
}

class CorpusRun {
	readonly #corpus: CorpusBench;
	readonly #report: Report;
	readonly #done: () => void;
	#index = -1;
	#isCut = true;
	#optionsIndex = -1;
	#served: Served | null = null;
	#app: CorpusApp | null = null;

	constructor(corpus: CorpusBench, report: Report, done: () => void) {
		this.#corpus = corpus;
		this.#report = report;
		this.#done = done;
	}

	/** The next case, or the same once more. */
	next(): void {
		const { bench, parts } = this.#corpus;
		this.#isCut = !this.#isCut;
		if (!this.#isCut) this.#index += 1;
		if (this.#index === caseCount(parts)) {
			this.#served?.abort();
			return bench.wait(QUIET_MS, this.#done);
		}
		const one = unpackCase(parts, this.#index);
		const name = `${one.name}, ${this.#isCut ? "cut in two" : "whole"}`;
		const reason = one.endsWithFin ? cannotHalfClose(bench) : null;
		if (reason !== null) {
			this.#report.skipped(name, reason);
			return bench.wait(0, () => this.next());
		}
		if (one.optionsIndex === this.#optionsIndex) return this.#run(one, name);
		this.#served?.abort();
		// The port is free again when everything is closed.
		bench.wait(QUIET_MS, () => {
			this.#serve(one.optionsIndex);
			this.#run(one, name);
		});
	}

	#serve(optionsIndex: number): void {
		const { options } = this.#corpus;
		this.#optionsIndex = optionsIndex;
		this.#app = new CorpusApp(JSON.parse(options[optionsIndex] as string) as PackedOptions);
		this.#served = this.#corpus.serve(this.#app.options, PORT);
	}

	#run(one: PackedCase, name: string): void {
		const { bench } = this.#corpus;
		const { octets } = one;
		const peer = bench.connect(PORT);
		// Every case is cut somewhere else.
		const cut = this.#isCut ? 1 + ((this.#index * 37) % Math.max(1, octets.length - 1)) : octets.length;
		peer.send(octets.slice(0, cut));
		if (cut >= octets.length) return this.#sent(one, name, peer);
		bench.wait(CUT_MS, () => {
			peer.send(octets.slice(cut));
			this.#sent(one, name, peer);
		});
	}

	#sent(one: PackedCase, name: string, peer: Peer): void {
		if (one.endsWithFin) peer.close();
		this.#await(one, name, peer, ANSWER_MS);
	}

	#await(one: PackedCase, name: string, peer: Peer, leftMs: number): void {
		const { bench } = this.#corpus;
		const { told, received } = one;
		const isTold = (this.#app as CorpusApp).lineCount >= told.length;
		const isThere = isTold && clientLines(peer, received).length >= received.length;
		if (!isThere && leftMs > 0) return bench.wait(LOOK_MS, () => this.#await(one, name, peer, leftMs - LOOK_MS));
		const isSilent = told.length + received.length === 0;
		bench.wait(isSilent ? SILENCE_MS : QUIET_MS, () => this.#judge(one, name, peer));
	}

	#judge(one: PackedCase, name: string, peer: Peer): void {
		const told = (this.#app as CorpusApp).take();
		const difference = differenceOf(told, one.told) ?? differenceOf(clientLines(peer, one.received), one.received);
		if (difference === null) this.#report.passed(name);
		else this.#report.failed(name, new Error(difference));
		peer.close();
		this.#leave(ANSWER_MS);
	}

	/** Waits for the server to be done with the connection. */
	#leave(leftMs: number): void {
		const { bench } = this.#corpus;
		const isGone = this.#served?.connectionCount === 0;
		bench.wait(LOOK_MS, () => (isGone || leftMs <= 0 ? this.next() : this.#leave(leftMs - LOOK_MS)));
	}
}

/** Why a client that closes its side behind its request cannot be tried; null where it can. */
function cannotHalfClose({ kind, abilities }: Bench): string | null {
	// On lwIP a FIN that comes with the last octets makes the socket unwritable before they are told of.
	if (kind !== "lin") return "lwIP cannot answer a client that has closed its side";
	return abilities.includes("halfClose") ? null : "the client cannot close one side";
}

/** The first line that is another, as text; null when there is none. */
function differenceOf(lines: readonly string[], expected: readonly string[]): string | null {
	for (let index = 0; index < Math.max(lines.length, expected.length); index += 1) {
		if (lines[index] === expected[index]) continue;
		return `${lines[index] ?? "nothing"} in place of ${expected[index] ?? "nothing"}`;
	}
	return null;
}

/** What a client has seen, as the corpus says it. `expected`: it knows what was asked, which a response does not say. */
function clientLines(peer: Peer, expected: readonly string[]): string[] {
	const { text, state } = peer;
	const lines: string[] = [];
	let offset = 0;
	while (offset < text.length) {
		const kind = /( head)?( old)?$/.exec(expected[lines.length] ?? "")?.[0] ?? "";
		const headEnd = text.indexOf("\r\n\r\n", offset) + 4;
		if (headEnd < 4) break;
		const head = text.slice(offset, headEnd).toLowerCase();
		const status = Number(head.slice("http/1.1 ".length, "http/1.1 200".length));
		const hasContent = status >= 200 && status !== 204 && status !== 304 && !kind.includes("head");
		const length = hasContent ? Number(/\r\ncontent-length: (\d+)\r\n/.exec(head)?.[1] ?? Number.NaN) : 0;
		// A response without a length is none that this app gives.
		if (!(headEnd + length <= text.length)) break;
		offset = headEnd + length;
		if (status < 200) {
			lines.push(`interim ${status}`);
			continue;
		}
		const connection = /\r\nconnection: ([^\r]*)\r\n/.exec(head)?.[1] ?? "";
		const persists = kind.includes("old") ? connection.includes("keep-alive") : !connection.includes("close");
		lines.push(`${status} ${persists ? "keep" : "close"}${kind}`);
	}
	if (offset < text.length) lines.push(`the rest: ${text.slice(offset, offset + 80)}`);
	const isOver = state === "ended" || state === "reset";
	const isLast = lines.length > 0 && / close/.test(lines[lines.length - 1] as string);
	if (isOver && !isLast) lines.push("closed");
	return lines;
}
