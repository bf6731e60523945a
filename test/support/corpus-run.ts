// Runs cases of the corpus through the real server, in virtual time: whole, octet by octet, alone and in turn
// with other connections, and cut in two.

import { VALID } from "../../src/message/violation.js";
import { Server } from "../../src/server/server.js";
import type { Slot } from "../../src/server/slot.js";
import type { CaseOptions, CorpusCase } from "./corpus-format.js";
import { escapeOctets } from "./corpus-format.js";
import { CorpusTrace } from "./corpus-trace.js";
import { octetsOf } from "./octets.js";
import { VirtualPlatform } from "./virtual.js";

/** More than all limits of time together, so that a connection that was left is over. */
const LONG_MS = 1_000_000;

/** A server for one set of options, used for one connection after the other. */
export class CorpusServer {
	readonly #platform = new VirtualPlatform();
	readonly #trace: CorpusTrace;
	readonly #server: Server;
	readonly #endsWithFin: boolean;

	constructor(options: CaseOptions) {
		this.#trace = new CorpusTrace(options);
		this.#endsWithFin = options.fin ?? false;
		this.#server = new Server(this.#trace.app, this.#platform, { port: 80, observer: this.#trace });
		this.#server.reopen();
	}

	/**
	 * Sends the segments on a connection of their own; returns the lines of the trace. `takesTurns`: whether other connections
	 * have the head that all share between two segments (src/message/head.ts).
	 */
	run(segments: Iterable<Uint8Array>, takesTurns = false): string[] {
		const client = this.#platform.connect((one) => this.#trace.begin(one));
		const { connection: other } = this.#server.slots.find((slot) => slot.isFree) ?? (this.#server.slots[0] as Slot);
		for (const segment of segments) {
			client.send(segment);
			// Whoever asks for its head has it.
			if (takesTurns) other.head.violation = VALID;
		}
		if (this.#endsWithFin) client.end();
		const lines = this.#trace.finish(this.#server.slots.find((slot) => !slot.isFree) ?? null, this.#endsWithFin);
		client.end();
		if (this.#server.connectionCount > 0) this.#platform.advance(LONG_MS);
		if (this.#server.connectionCount > 0) throw new Error("the connection outlives its client");
		return lines;
	}
}

/** Each octet in a segment of its own. */
export function* octetByOctet(octets: Uint8Array): Iterable<Uint8Array> {
	for (let index = 0; index < octets.length; index += 1) yield octets.subarray(index, index + 1);
}

/** What the protocol itself reads, so that other code reads it when an app wants to see it too. */
const PROTOCOL_FIELDS = ["connection", "content-length", "expect", "host", "transfer-encoding"];

/**
 * The case as it is written, for an app that keeps every field, and as it looks to an app that registers none, and to one
 * that registers those it meets but for the protocol's own: fields that are kept, dropped or understood are read in
 * different ways. A case that says which fields are registered, or breaks a rule about keeping them, is only as it is.
 */
function appsOf(one: CorpusCase): [string, CorpusCase][] {
	const apps: [string, CorpusCase][] = [["as written", one]];
	if (one.options.fields !== undefined || one.expected.includes("refused fieldsKeptTooLong")) return apps;
	const names = one.expected.map((line) => /^(?:field|trailer) ([^:]+):/.exec(line)?.[1]?.toLowerCase());
	const met = [...new Set(names)].filter((name) => name !== undefined && !PROTOCOL_FIELDS.includes(name)) as string[];
	for (const fields of met.length === 0 ? [[]] : [[], met]) {
		const expected = one.expected.filter((_, index) => names[index] === undefined || fields.includes(names[index]));
		const how = fields.length === 0 ? "no field registered" : "its fields registered";
		apps.push([how, { ...one, options: { ...one.options, fields }, expected }]);
	}
	return apps;
}

/** Is given every trace; `how`: how the case was cut. */
export type TraceListener = (how: string, lines: readonly string[]) => void;

/** Every point at which a request can be cut in two. */
export function* everyCut(length: number): Iterable<number> {
	for (let cut = 1; cut < length; cut += 1) yield cut;
}

/** Servers by their options: making one costs more than running a case. */
export class CorpusRunner {
	readonly #servers = new Map<string, CorpusServer>();
	readonly #listener: TraceListener;

	constructor(listener: TraceListener = () => {}) {
		this.#listener = listener;
	}

	server(options: CaseOptions): CorpusServer {
		const key = JSON.stringify(options);
		const known = this.#servers.get(key);
		if (known !== undefined) return known;
		const server = new CorpusServer(options);
		this.#servers.set(key, server);
		return server;
	}

	/** Runs the case in one segment, for every kind of app. Throws Error when a trace is another. */
	runWhole(one: CorpusCase): void {
		const octets = octetsOf(one.octets);
		for (const [app, seen] of appsOf(one)) this.#compare(seen, `${app}, whole`, [octets]);
	}

	/** Runs the case octet by octet, and in two segments for each of `cuts`. Throws Error when a trace is another. */
	runCut(one: CorpusCase, cuts: (length: number) => Iterable<number> = everyCut): void {
		const octets = octetsOf(one.octets);
		for (const [app, seen] of appsOf(one)) {
			this.#compare(seen, `${app}, octet by octet`, octetByOctet(octets));
			this.#compare(seen, `${app}, octet by octet, in turn with others`, octetByOctet(octets), true);
			for (const cut of cuts(octets.length)) {
				this.#compare(seen, `${app}, cut at ${cut}`, [octets.subarray(0, cut), octets.subarray(cut)]);
			}
		}
	}

	#compare(one: CorpusCase, how: string, segments: Iterable<Uint8Array>, takesTurns = false): void {
		const where = `${one.file}:${one.line} "${one.name}", ${how}`;
		const { expected } = one;
		let lines: readonly string[];
		try {
			lines = this.server(one.options).run(segments, takesTurns);
		} catch (error) {
			// Whatever it left behind is not the next case's.
			this.#servers.clear();
			throw new Error(`${where}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
		}
		this.#listener(how, lines);
		// The server knows registered fields by their names in lower case only.
		const isSame = one.options.fields === undefined ? isSameLine : isSameLowered;
		const index = lines.findIndex((line, position) => !isSame(line, expected[position]));
		if (index < 0 && lines.length === expected.length) return;
		const at = index < 0 ? lines.length : index;
		const show = (line: string | undefined) => (line === undefined ? "nothing" : escapeOctets(line, 200));
		throw new Error(
			`${where}: line ${at + 1} is\n  ${show(lines[at])}\nand should be\n  ${show(expected[at])}\nThe whole trace:\n` +
				lines.map((line) => `  ${show(line)}`).join("\n"),
		);
	}
}

function isSameLine(line: string, expected: string | undefined): boolean {
	return line === expected;
}

function isSameLowered(line: string, expected: string | undefined): boolean {
	return expected !== undefined && lowerName(line) === lowerName(expected);
}

function lowerName(line: string): string {
	return line.replace(/^(field|trailer) [^:]+:/, (name) => name.toLowerCase());
}
