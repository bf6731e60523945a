// One rule of the contract, and one try of it: what happens to its connections, and what it opens and closes. For the rules
// (rules-*.ts) and contract.ts.

import type { Ability, Bench, Listening, Peer, Tcp, TcpOptions } from "./contract-bench.js";
import { messageOf } from "./thrown.js";

/** A generator that yields the milliseconds it wants to let pass. */
type Steps = Generator<number, void, void>;

export interface Rule {
	readonly name: string;
	/** Where it holds; without it everywhere. */
	readonly only?: readonly Bench["kind"][];
	/** What the client has to be able to do. */
	readonly needs?: readonly Ability[];
	run(trial: Trial): Steps;
}

export const LWIP_ALL: readonly Bench["kind"][] = ["lwip", "esp8266"];

/** Enough for everything to arrive and be told, polls included, in milliseconds. */
export const SETTLE_MS = 80;

/** lwIP offers refused data again every 250 ms. */
export const REDELIVERY_MS = 260;

/** The port that the rules listen on. */
export const PORT = 8088;

/** Octets from a text, one for each character. */
export function octets(text: string): Uint8Array {
	const result = new Uint8Array(text.length);
	for (let index = 0; index < text.length; index += 1) result[index] = text.charCodeAt(index);
	return result;
}

function text(buffer: Uint8Array): string {
	let result = "";
	for (let index = 0; index < buffer.length; index += 1) result += String.fromCharCode(buffer[index] as number);
	return result;
}

/** What a call throws, as text; "" when it throws nothing. */
export function thrownBy(call: () => unknown): string {
	try {
		call();
		return "";
	} catch (error) {
		return messageOf(error);
	}
}

/** What happens to one connection, and what is done then. */
export class Log {
	/** "readable 5", "writable 8192", "error", in order. */
	readonly events: string[] = [];
	tcp: Tcp | null = null;
	room = 0;
	available = 0;
	/** What is done in a callback, after it was noted. */
	inReadable: ((tcp: Tcp) => void) | null = null;
	inWritable: ((tcp: Tcp) => void) | null = null;

	/** The connection, which has been accepted. */
	get open(): Tcp {
		if (this.tcp === null) throw new Error("no connection was accepted");
		return this.tcp;
	}

	/** Reads `count` octets as text. */
	read(count: number): string {
		const buffer = new Uint8Array(count);
		this.open.read(buffer);
		this.available -= count;
		return text(buffer);
	}

	names(): string {
		return this.events.map((event) => event.split(" ")[0]).join(" ");
	}
}

function onReadable(this: Tcp, count: number): void {
	const log = this.target as Log;
	log.events.push(`readable ${count}`);
	log.available = count;
	log.inReadable?.(this);
}

function onWritable(this: Tcp, room: number): void {
	const log = this.target as Log;
	log.events.push(`writable ${room}`);
	log.room = room;
	log.inWritable?.(this);
}

function onError(this: Tcp): void {
	const log = this.target as Log;
	log.events.push("error");
}

/** The callbacks of every connection, which note what happens in the log that is its target. */
export const CALLBACKS = { onReadable, onWritable, onError };

/** One try of one rule: what it has opened is closed after it. */
export class Trial {
	readonly bench: Bench;
	readonly #listeners: Listening[] = [];
	readonly #logs: Log[] = [];
	readonly #peers: Peer[] = [];

	constructor(bench: Bench) {
		this.bench = bench;
	}

	equal(actual: unknown, expected: unknown, what: string): void {
		if (actual !== expected) throw new Error(`${what}: ${String(actual)} in place of ${String(expected)}`);
	}

	isTrue(condition: boolean, what: string): void {
		if (!condition) throw new Error(what);
	}

	/** Opens the port. */
	listen(accept: (this: Listening, count: number) => void): Listening {
		const listener = new this.bench.Listener({ port: PORT, onReadable: accept });
		this.#listeners.push(listener);
		return listener;
	}

	connect(): Peer {
		const peer = this.bench.connect(PORT);
		this.#peers.push(peer);
		return peer;
	}

	/** Takes over a connection that waits. */
	take(from: Tcp, log = new Log()): Log {
		return this.takeWith({ from, nodelay: true, target: log, ...CALLBACKS }, log);
	}

	/** Takes over a connection with options that lead to `log`. */
	takeWith(options: TcpOptions, log: Log): Log {
		this.#logs.push(log);
		log.tcp = new this.bench.TCP(options);
		return log;
	}

	/** Opens the port and takes over the one client that connects. */
	accept(log = new Log()): Log {
		const trial = this;
		this.listen(function (count) {
			for (let index = 0; index < count; index += 1) trial.take(this.read() as Tcp, log);
		});
		return log;
	}

	/** A client whose connection is accepted and has told its room. */
	*open(): Generator<number, readonly [Peer, Log], void> {
		const [peer, log] = this.connecting();
		yield SETTLE_MS;
		return [peer, log];
	}

	/** A client that connects: its connection will be accepted, and nothing has happened yet. */
	connecting(): readonly [Peer, Log] {
		const log = this.accept();
		return [this.connect(), log];
	}

	/** An open connection whose client has sent this, of which the program has been told. */
	*sent(text: string): Generator<number, readonly [Peer, Log], void> {
		const [peer, log] = yield* this.open();
		peer.send(text);
		yield SETTLE_MS;
		return [peer, log];
	}

	/** A client whose connection waits in the listener until it is taken over. */
	*waiting(): Generator<number, readonly [Peer, (log?: Log) => Log], void> {
		let listener: Listening | null = null;
		this.listen(function () {
			listener = this;
		});
		const peer = this.connect();
		yield SETTLE_MS;
		return [peer, (log) => this.take((listener as Listening | null)?.read() as Tcp, log)];
	}

	end(): void {
		for (const listener of this.#listeners) thrownBy(() => listener.close());
		for (const log of this.#logs) thrownBy(() => log.tcp?.close());
		for (const peer of this.#peers) thrownBy(() => (peer.reset === undefined ? peer.close() : peer.reset()));
	}
}
