// What the server relies on of the SDK's sockets, stated as checks: each rule says where in the SDK it comes from, and is
// tried on whatever sockets it is given: a board's own, with the board as its own client over loopback, or the double of
// them (host-sim/sdk) on Node and on XS. It needs nothing but the language.
//
// A rule is a generator that yields the milliseconds it wants to let pass.

/**
 * What not every client can do; rules that need it are skipped where it cannot. "atOnce": what it sends leaves even while the
 * program is busy. "tell": it can tell a reset from an end. "halfClose": it can close its side only, and goes on reading.
 */
export type Ability = "reset" | "stop" | "take" | "atOnce" | "tell" | "halfClose";

/** A client. */
export interface Peer {
	send(text: string): void;
	/** Closes its side, or both where it can close only both. */
	close(): void;
	/** Cuts the connection off. */
	reset?(): void;
	/** Takes no more octets until `take`. */
	stop?(): void;
	take?(count: number): void;
	readonly state: "connecting" | "open" | "ended" | "reset";
	/** What it has received, a character for each octet. */
	readonly text: string;
}

/** A TCP object of the SDK. */
export interface Tcp {
	target: unknown;
	readonly remoteAddress: string | undefined;
	read(buffer: Uint8Array): number | undefined;
	write(buffer: Uint8Array): number | undefined;
	close(): void;
}

interface TcpCallbacks {
	from: Tcp;
	nodelay?: boolean;
	target?: unknown;
	onReadable?(this: Tcp, count: number): void;
	onWritable?(this: Tcp, room: number): void;
	onError?(this: Tcp): void;
}

export interface Listening {
	target: unknown;
	readonly port: number;
	read(): Tcp | undefined;
	close(): void;
}

/** Where the rules are tried. */
export interface Bench {
	/** Which of the SDK's implementations: lwIP on an ESP32, lwIP elsewhere, or the one for Linux. */
	readonly kind: "lwip" | "esp8266" | "lin";
	readonly Listener: new (options: {
		port: number;
		target?: unknown;
		onReadable(this: Listening, count: number): void;
	}) => Listening;
	readonly TCP: new (options: TcpCallbacks) => Tcp;
	readonly Timer: {
		set(callback: () => void, delayMs: number, repeatMs?: number): object;
		schedule(timer: object, delayMs?: number, repeatMs?: number): void;
		clear(timer: object): void;
	};
	readonly Time: { readonly ticks: number };
	/** What its clients can do beside sending and closing. */
	readonly abilities: readonly Ability[];
	/** A client connects. */
	connect(port: number): Peer;
	/** Keeps the program busy for `ms`: nothing is called meanwhile. */
	busy(ms: number): void;
	/** Calls `next` in `ms`. */
	wait(ms: number, next: () => void): void;
}

/** Who is told of each rule. */
export interface Report {
	passed(name: string): void;
	failed(name: string, error: unknown): void;
	skipped(name: string, why: string): void;
}

type Steps = Generator<number, void, void>;

interface Rule {
	readonly name: string;
	/** Where it holds; without it everywhere. */
	readonly only?: readonly Bench["kind"][];
	/** What the client has to be able to do. */
	readonly needs?: readonly Ability[];
	run(trial: Trial): Steps;
}

const LWIP_ALL: readonly Bench["kind"][] = ["lwip", "esp8266"];

/** Enough for everything to arrive and be told, polls included, in milliseconds. */
const SETTLE_MS = 80;

/** lwIP offers refused data again every 250 ms. */
const REDELIVERY_MS = 260;

/** The port that the rules listen on. */
const PORT = 8088;

/** Octets from a text, one for each character. */
function octets(text: string): Uint8Array {
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
function thrownBy(call: () => unknown): string {
	try {
		call();
		return "";
	} catch (error) {
		return error instanceof Error ? error.message : String(error);
	}
}

/** What happens to one connection, and what is done then. */
class Log {
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

/** One try of one rule: what it has opened is closed after it. */
class Trial {
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
		this.#logs.push(log);
		log.tcp = new this.bench.TCP({ from, nodelay: true, target: log, onReadable, onWritable, onError });
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
	*open(log = new Log()): Generator<number, readonly [Peer, Log], void> {
		this.accept(log);
		const peer = this.connect();
		yield SETTLE_MS;
		return [peer, log];
	}

	end(): void {
		for (const listener of this.#listeners) thrownBy(() => listener.close());
		for (const log of this.#logs) thrownBy(() => log.tcp?.close());
		for (const peer of this.#peers) thrownBy(() => (peer.reset === undefined ? peer.close() : peer.reset()));
	}
}

const RULES: readonly Rule[] = [
	// ---- Listener ----
	{
		// xs_listener_constructor. Not to be tried on Linux: there, what failed stays among the objects that the engine
		// remembers, though it is freed, and the program crashes sooner or later.
		name: "a port that is open cannot be opened again, but when it was closed",
		only: LWIP_ALL,
		*run(trial) {
			const listener = trial.listen(() => {});
			trial.equal(listener.port, PORT, "port");
			trial.equal(
				thrownBy(() => trial.listen(() => {})),
				"socket bind",
				"thrown",
			);
			listener.close();
			trial.listen(() => {});
			yield 0;
		},
	},
	{
		// listenerDeliver; lin: listenerTask
		name: "onReadable tells how many clients wait, and read gives each of them",
		*run(trial) {
			const counts: number[] = [];
			const addresses: (string | undefined)[] = [];
			trial.listen(function (count) {
				counts.push(count);
				for (let index = 0; index < count; index += 1)
					addresses.push(trial.take(this.read() as Tcp).open.remoteAddress);
			});
			trial.connect();
			trial.connect();
			yield SETTLE_MS;
			trial.equal(
				counts.reduce((sum, count) => sum + count, 0),
				2,
				"clients told of",
			);
			trial.equal(addresses.length, 2, "clients read");
			trial.isTrue(
				addresses.every((address) => /^\d+\.\d+\.\d+\.\d+$/.test(address ?? "")),
				"addresses are dotted",
			);
		},
	},
	{
		// listenerDeliver: only an accept triggers it
		name: "a client that is not read is counted again with the next, and not told of by itself",
		*run(trial) {
			const counts: number[] = [];
			trial.listen((count) => counts.push(count));
			trial.connect();
			yield SETTLE_MS;
			trial.connect();
			yield SETTLE_MS;
			trial.equal(counts.join(" "), "1 2", "counts");
		},
	},
	// ---- A connection ----
	{
		// xs_tcp_constructor: triggers kTCPWritable; lin: tcpTask
		name: "the room is told soon after the connection was taken over, and target is the socket's",
		*run(trial) {
			const [, log] = yield* trial.open();
			trial.equal(log.names(), "writable", "events");
			trial.isTrue(log.room > 0, "there is room");
			if (trial.bench.kind === "lin") trial.equal(log.room, 1536, "room on Linux (kBufferSize)");
		},
	},
	{
		// bytesWritable is 0 until the first poll
		name: "on Linux nothing can be written before the first poll",
		only: ["lin"],
		*run(trial) {
			let thrown = "";
			trial.listen(function () {
				const { open } = trial.take(this.read() as Tcp);
				thrown = thrownBy(() => open.write(octets("a")));
			});
			trial.connect();
			yield SETTLE_MS;
			trial.equal(thrown, "would block", "thrown");
		},
	},
	{
		// xs_listener_read sets `ready`
		name: "on lwIP a connection can be written to as soon as it was taken over",
		only: LWIP_ALL,
		*run(trial) {
			trial.listen(function () {
				trial.take(this.read() as Tcp).open.write(octets("early"));
			});
			const peer = trial.connect();
			yield SETTLE_MS;
			trial.equal(peer.text, "early", "received");
		},
	},
	{
		// tcpReceive, tcpTask
		name: "octets are told of when they arrive, and not again while they wait",
		*run(trial) {
			const [peer, log] = yield* trial.open();
			peer.send("abc");
			yield SETTLE_MS;
			trial.equal(log.events.slice(1).join(), "readable 3", "events");
			yield 1000;
			trial.equal(log.events.slice(1).join(), "readable 3", "events a second later");
			peer.send("de");
			yield SETTLE_MS;
			trial.equal(log.events.slice(1).join(), "readable 3,readable 5", "events with more");
		},
	},
	{
		// xs_tcp_read
		name: "read fills exactly what it is given, and the rest waits",
		*run(trial) {
			const [peer, log] = yield* trial.open();
			trial.equal(log.open.read(new Uint8Array(1)), undefined, "of nothing");
			peer.send("abcde");
			yield SETTLE_MS;
			trial.equal(log.read(2), "ab", "the first two");
			trial.equal(log.read(3), "cde", "the others");
			trial.equal(log.open.read(new Uint8Array(1)), undefined, "of nothing left");
		},
	},
	{
		// xs_tcp_read: "invalid"
		name: "read throws when its buffer is longer than what is there, and takes nothing",
		*run(trial) {
			const [peer, log] = yield* trial.open();
			peer.send("abc");
			yield SETTLE_MS;
			trial.equal(
				thrownBy(() => log.open.read(new Uint8Array(4))),
				"invalid",
				"thrown",
			);
			trial.equal(
				thrownBy(() => log.open.read(new Uint8Array(0))),
				"invalid",
				"thrown for no octets",
			);
			trial.equal(log.read(3), "abc", "still there");
		},
	},
	{
		// xs_tcp_write
		name: "write takes all of it and returns the room left",
		*run(trial) {
			const [peer, log] = yield* trial.open();
			const { room } = log;
			trial.equal(log.open.write(octets("hello")), room - 5, "room left");
			yield SETTLE_MS;
			trial.equal(peer.text, "hello", "received");
			trial.equal(log.room, room, "room after it was acknowledged");
		},
	},
	{
		// xs_tcp_write: "would block"
		name: "write of more than the room throws and takes nothing",
		*run(trial) {
			const [peer, log] = yield* trial.open();
			const { room } = log;
			trial.equal(
				thrownBy(() => log.open.write(new Uint8Array(room + 1))),
				"would block",
				"thrown",
			);
			trial.equal(log.open.write(octets("ok")), room - 2, "room left");
			yield SETTLE_MS;
			trial.equal(peer.text, "ok", "received");
		},
	},
	{
		name: "the room can be filled to the last octet, and comes back as the client takes it",
		needs: ["stop", "take"],
		only: LWIP_ALL,
		*run(trial) {
			const [peer, log] = yield* trial.open();
			const { room } = log;
			peer.stop?.();
			trial.equal(log.open.write(new Uint8Array(room)), 0, "room left");
			trial.equal(
				thrownBy(() => log.open.write(octets("a"))),
				"would block",
				"thrown",
			);
			yield SETTLE_MS;
			trial.equal(log.names(), "writable", "events while the client takes nothing");
			peer.take?.(100);
			yield SETTLE_MS;
			trial.equal(log.room, 100, "room after it took some");
			peer.take?.(1_000_000);
			yield 500;
			trial.equal(log.room, room, "room after it took all");
			trial.equal(peer.text.length, room, "received");
		},
	},
	{
		// tcpTask: bytesWritable is 1,536 again at each poll, as long as the kernel takes more
		name: "on Linux the room is whole again at the next poll, whatever the client takes",
		only: ["lin"],
		needs: ["stop"],
		*run(trial) {
			const [peer, log] = yield* trial.open();
			peer.stop?.();
			trial.equal(log.open.write(new Uint8Array(1536)), 0, "room left");
			yield SETTLE_MS;
			trial.equal(log.room, 1536, "room at the next poll");
			trial.equal(log.names(), "writable writable", "events");
		},
	},
	{
		// tcpDeliver: readable before writable; lin, reportTrigger: the other way round
		name: "what is told first, when octets and room come together",
		needs: ["atOnce"],
		*run(trial) {
			const log = new Log();
			trial.accept(log);
			const peer = trial.connect();
			peer.send("abc");
			yield REDELIVERY_MS + SETTLE_MS;
			log.events.length = 0;
			log.open.write(octets("x"));
			peer.send("de");
			trial.bench.busy(10);
			yield SETTLE_MS;
			if (trial.bench.kind === "lin") trial.equal(log.names(), "writable readable", "events");
			else if (log.events.length === 2) trial.equal(log.names(), "readable writable", "events");
		},
	},
	{
		name: "on lwIP the first octets are told before the first room",
		only: LWIP_ALL,
		*run(trial) {
			const log = new Log();
			let pending: Tcp | undefined;
			trial.listen(function () {
				pending = this.read();
			});
			const peer = trial.connect();
			yield SETTLE_MS;
			peer.send("abc");
			yield SETTLE_MS;
			trial.take(pending as Tcp, log);
			yield SETTLE_MS;
			trial.equal(log.names(), "readable writable", "events");
		},
	},
	// ---- Before it is accepted ----
	{
		// listenerReceive answers ERR_MEM; tcp_fasttmr offers it again
		name: "on lwIP octets that came before the connection was read come up to 250 ms late",
		only: LWIP_ALL,
		*run(trial) {
			const log = new Log();
			let pending: Listening | null = null;
			trial.listen(function () {
				pending = this;
			});
			const peer = trial.connect();
			yield SETTLE_MS;
			peer.send("abc");
			yield SETTLE_MS;
			trial.take((pending as Listening | null)?.read() as Tcp, log);
			yield 0;
			trial.isTrue(!log.names().includes("readable"), "not told at once");
			yield REDELIVERY_MS;
			trial.equal(log.events[log.events.length - 1], "readable 3", "told by the timer");
			trial.equal(log.read(3), "abc", "octets");
		},
	},
	{
		name: "on lwIP what follows brings with it what came too early",
		only: LWIP_ALL,
		*run(trial) {
			const log = new Log();
			let pending: Listening | null = null;
			trial.listen(function () {
				pending = this;
			});
			const peer = trial.connect();
			yield SETTLE_MS;
			peer.send("abc");
			yield REDELIVERY_MS;
			trial.take((pending as Listening | null)?.read() as Tcp, log);
			peer.send("de");
			// Sooner than the timer, but for an unlucky moment.
			yield 15;
			trial.equal(log.available, 5, "octets told of");
			trial.equal(log.read(5), "abcde", "octets, in order");
		},
	},
	{
		// listenerReceive forgets a FIN
		name: "on lwIP a client that closes before its connection was read is never told of",
		only: LWIP_ALL,
		*run(trial) {
			const log = new Log();
			let pending: Listening | null = null;
			trial.listen(function () {
				pending = this;
			});
			const peer = trial.connect();
			yield SETTLE_MS;
			peer.close();
			yield SETTLE_MS;
			trial.take((pending as Listening | null)?.read() as Tcp, log);
			yield 2000;
			trial.equal(log.names(), "writable", "events");
		},
	},
	{
		// the FIN waits behind the octets that were refused (tcp_process_refused_data)
		name: "on lwIP a client that sends and closes before its connection was read is heard",
		only: LWIP_ALL,
		*run(trial) {
			const log = new Log();
			let pending: Listening | null = null;
			trial.listen(function () {
				pending = this;
			});
			const peer = trial.connect();
			yield SETTLE_MS;
			peer.send("abc");
			peer.close();
			yield SETTLE_MS;
			log.inReadable = () => log.read(3);
			trial.take((pending as Listening | null)?.read() as Tcp, log);
			yield REDELIVERY_MS + SETTLE_MS;
			trial.equal(log.events[log.events.length - 1], "error", "the last event");
			trial.isTrue(log.names().includes("readable"), "octets were told of");
		},
	},
	{
		name: "on Linux the kernel keeps what came before the connection was read",
		only: ["lin"],
		*run(trial) {
			const log = new Log();
			log.inReadable = () => log.read(log.available);
			trial.accept(log);
			const peer = trial.connect();
			peer.send("abc");
			peer.close();
			yield SETTLE_MS + SETTLE_MS;
			trial.equal(log.names(), "writable readable error", "events");
		},
	},
	{
		// xs_tcp_constructor: "invalid from"
		name: "a connection that was reset after it was read cannot be taken over",
		only: ["lwip"],
		needs: ["reset"],
		*run(trial) {
			let thrown = "";
			let peer: Peer | null = null;
			trial.listen(function () {
				const from = this.read() as Tcp;
				peer?.reset?.();
				trial.bench.busy(20);
				thrown = thrownBy(() => trial.take(from));
				from.close();
			});
			peer = trial.connect();
			yield SETTLE_MS;
			trial.equal(thrown, "invalid from", "thrown");
		},
	},
	{
		name: "on Linux a connection that was reset after it was read can be taken over, and fails",
		only: ["lin"],
		needs: ["reset"],
		*run(trial) {
			const log = new Log();
			let peer: Peer | null = null;
			trial.listen(function () {
				const from = this.read() as Tcp;
				peer?.reset?.();
				trial.bench.busy(20);
				trial.take(from, log);
			});
			peer = trial.connect();
			yield SETTLE_MS;
			trial.equal(log.events[log.events.length - 1], "error", "the last event");
		},
	},
	// ---- How it ends ----
	{
		// tcpReceive without a pbuf; tcpDeliver: kTCPError
		name: "a client that closes is an error",
		*run(trial) {
			const [peer, log] = yield* trial.open();
			peer.close();
			yield SETTLE_MS;
			trial.equal(log.names(), "writable error", "events");
		},
	},
	{
		name: "a client that resets is an error",
		needs: ["reset"],
		*run(trial) {
			const [peer, log] = yield* trial.open();
			peer.reset?.();
			yield SETTLE_MS;
			trial.equal(log.names(), "writable error", "events");
		},
	},
	{
		// tcpDeliver: "error delivered after receive buffers empty"; xs_tcp_read triggers it
		name: "on lwIP the end is told when everything is read, and not before",
		only: LWIP_ALL,
		*run(trial) {
			const [peer, log] = yield* trial.open();
			peer.send("abc");
			yield SETTLE_MS;
			peer.close();
			yield 1000;
			trial.equal(log.names(), "writable readable", "events before");
			log.read(2);
			yield SETTLE_MS;
			trial.equal(log.names(), "writable readable", "events with one octet left");
			log.read(1);
			yield SETTLE_MS;
			trial.equal(log.names(), "writable readable error", "events after");
		},
	},
	{
		// tcpTask does nothing any more after an error, not even report what xs_tcp_read triggers
		name: "on Linux an end that comes while octets wait is never told",
		only: ["lin"],
		*run(trial) {
			const [peer, log] = yield* trial.open();
			peer.send("abc");
			yield SETTLE_MS;
			peer.close();
			yield SETTLE_MS;
			log.read(3);
			yield 1000;
			trial.equal(log.names(), "writable readable", "events");
		},
	},
	{
		// tcpDeliver clears `ready`
		name: "on lwIP nothing can be written once the end is known, though octets wait to be read",
		only: LWIP_ALL,
		needs: ["atOnce"],
		*run(trial) {
			const [peer, log] = yield* trial.open();
			let thrown = "nothing was told";
			log.inReadable = (tcp) => {
				thrown = thrownBy(() => tcp.write(octets("late")));
			};
			peer.send("abc");
			peer.close();
			trial.bench.busy(20);
			yield SETTLE_MS;
			trial.equal(thrown, "not ready", "thrown in the last onReadable");
			trial.equal(peer.text, "", "received");
		},
	},
	{
		name: "on Linux a client that has closed its side can still be written to, as far as the room goes",
		only: ["lin"],
		*run(trial) {
			const [peer, log] = yield* trial.open();
			peer.close();
			yield SETTLE_MS;
			trial.equal(log.open.write(octets("still")), 1536 - 5, "room left");
			yield 1000;
			trial.equal(log.names(), "writable error", "events: the room never comes back");
		},
	},
	{
		// xs_tcp_write: no `skt`
		name: "on the ESP32 a write between a reset and its being told returns undefined",
		only: ["lwip"],
		needs: ["reset"],
		*run(trial) {
			const [peer, log] = yield* trial.open();
			peer.reset?.();
			trial.bench.busy(20);
			trial.equal(log.open.write(octets("lost")), undefined, "returned");
			yield SETTLE_MS;
			trial.equal(
				thrownBy(() => log.open.write(octets("late"))),
				"not ready",
				"thrown after it was told",
			);
			trial.equal(log.names(), "writable error", "events");
		},
	},
	{
		// tcpTrigger sets `error`, and tcpTask does nothing any more
		name: "on Linux a failed write returns undefined, and nothing is ever told",
		only: ["lin"],
		needs: ["reset"],
		*run(trial) {
			const [peer, log] = yield* trial.open();
			peer.reset?.();
			trial.bench.busy(20);
			trial.equal(log.open.write(octets("lost")), undefined, "returned");
			yield 1000;
			trial.equal(log.names(), "writable", "events");
		},
	},
	{
		// fxGetHostDataValidate; tcpDeliver looks at `triggerable`, which doClose clears
		name: "a closed socket throws, and on lwIP is told nothing",
		*run(trial) {
			const [peer, log] = yield* trial.open();
			log.inReadable = (tcp) => tcp.close();
			log.open.write(octets("x"));
			peer.send("abc");
			yield SETTLE_MS;
			log.open.close();
			trial.isTrue(thrownBy(() => log.open.read(new Uint8Array(1))) !== "", "read throws");
			trial.isTrue(thrownBy(() => log.open.write(octets("a"))) !== "", "write throws");
			const told = log.events.length;
			peer.send("de");
			yield 1000;
			trial.equal(log.events.length, told, "events after close");
		},
	},
	{
		name: "on lwIP a socket that is closed in its last onReadable is not told of the end",
		only: LWIP_ALL,
		*run(trial) {
			const [peer, log] = yield* trial.open();
			log.inReadable = (tcp) => {
				log.read(3);
				tcp.close();
			};
			peer.send("abc");
			peer.close();
			trial.bench.busy(20);
			yield SETTLE_MS;
			trial.equal(log.names(), "writable readable", "events");
		},
	},
	{
		// reportTrigger keeps its own `triggered`
		name: "on Linux a socket that is closed in onWritable is told of its octets all the same",
		only: ["lin"],
		*run(trial) {
			const log = new Log();
			trial.accept(log);
			const peer = trial.connect();
			log.inWritable = (tcp) => tcp.close();
			peer.send("abc");
			yield SETTLE_MS + SETTLE_MS;
			trial.equal(log.names(), "writable readable", "events");
		},
	},
	{
		// tcp_close_shutdown in lwIP; close(2) of the kernel, for what the SDK has not taken from it
		name: "a connection closed with octets unread is reset",
		only: LWIP_ALL,
		needs: ["tell"],
		*run(trial) {
			const [peer, log] = yield* trial.open();
			peer.send("abc");
			yield SETTLE_MS;
			log.open.write(octets("lost"));
			log.open.close();
			yield SETTLE_MS;
			trial.equal(peer.state, "reset", "the client");
		},
	},
	{
		// tcp_recved is called when a whole segment was consumed
		name: "on lwIP a segment that was read in part counts as unread",
		only: LWIP_ALL,
		needs: ["tell"],
		*run(trial) {
			const [peer, log] = yield* trial.open();
			peer.send("abc");
			yield SETTLE_MS;
			log.read(2);
			log.open.close();
			yield SETTLE_MS;
			trial.equal(peer.state, "reset", "the client");
		},
	},
	{
		// xs_tcp_destructor: tcp_close sends what is queued, then a FIN
		name: "a connection closed with everything read ends in order",
		only: ["lwip", "lin"],
		needs: ["tell"],
		*run(trial) {
			const [peer, log] = yield* trial.open();
			peer.send("abc");
			yield SETTLE_MS;
			log.read(3);
			log.open.write(octets("bye"));
			log.open.close();
			yield SETTLE_MS;
			trial.equal(peer.text, "bye", "received");
			trial.equal(peer.state, "ended", "the client");
		},
	},
	{
		// tcp_close_safe: tcp_close, then tcp_abort
		name: "where closing aborts, a connection may be closed when its room is what it was, and not before",
		only: ["esp8266"],
		needs: ["tell"],
		*run(trial) {
			const [peer, log] = yield* trial.open();
			const { room } = log;
			log.open.write(octets("bye"));
			yield SETTLE_MS;
			trial.equal(log.room, room, "room");
			trial.equal(peer.text, "bye", "received");
			log.open.close();
			yield SETTLE_MS;
			trial.equal(peer.state, "reset", "the client");
		},
	},
	{
		// xs_tcp_read: tcp_recved when the last octet of a pbuf was read
		name: "on lwIP the window opens by whole segments",
		only: LWIP_ALL,
		*run(trial) {
			const [peer, log] = yield* trial.open();
			const segment = "s".repeat(1000);
			for (let count = 0; count < 20; count += 1) peer.send(segment);
			yield 500;
			const first = log.available;
			trial.isTrue(first < 20_000, "the window holds the client back");
			log.read(999);
			yield 500;
			trial.equal(log.available, first - 999, "octets there after a part of a segment was read");
			log.read(1);
			yield 500;
			trial.isTrue(log.available > first - 1000, "more came after all of it was read");
		},
	},
	{
		name: "everything arrives, in order, however it is read",
		*run(trial) {
			const [peer, log] = yield* trial.open();
			let expected = "";
			for (let count = 0; count < 40; count += 1) {
				const piece = `${count},`.repeat(80);
				expected += piece;
				peer.send(piece);
			}
			let received = "";
			for (let turn = 0; turn < 400 && received.length < expected.length; turn += 1) {
				if (log.available > 0) received += log.read(Math.min(log.available, 1 + ((turn * 97) % 700)));
				else yield 20;
			}
			trial.equal(received.length, expected.length, "length");
			trial.isTrue(received === expected, "octets");
		},
	},
	// ---- Time ----
	{
		// modTimersExecute removes a timer without a repeat when its callback returns
		name: "a timer that fires once is gone, even if its callback schedules it again",
		only: LWIP_ALL,
		*run(trial) {
			const { Timer } = trial.bench;
			let fired = 0;
			const timer = Timer.set(() => {
				fired += 1;
				Timer.schedule(timer, 10);
			}, 10);
			yield 200;
			trial.equal(fired, 1, "times fired");
			trial.isTrue(thrownBy(() => Timer.schedule(timer, 10)) !== "", "it cannot be scheduled any more");
		},
	},
	{
		name: "a timer that repeats can be scheduled, stopped and scheduled again, in its callback and outside",
		*run(trial) {
			const { Timer } = trial.bench;
			let fired = 0;
			let next = 0;
			const timer = Timer.set(
				() => {
					fired += 1;
					if (next > 0) Timer.schedule(timer, next, next);
					else Timer.schedule(timer);
				},
				20,
				20,
			);
			next = 100;
			yield 50;
			trial.equal(fired, 1, "times fired at first");
			yield 100;
			trial.equal(fired, 2, "times fired after it was scheduled in its callback");
			next = 0;
			yield 100;
			trial.equal(fired, 3, "times fired before it was stopped");
			yield 500;
			trial.equal(fired, 3, "times fired after it was stopped");
			Timer.schedule(timer, 20, 20);
			yield 50;
			trial.equal(fired, 4, "times fired after it was scheduled again");
			Timer.clear(timer);
		},
	},
	{
		// modTimerExecuteOne adds a second source when `first` and `interval` differ, and forgets the one that is there
		name: "on Linux a timer scheduled in its callback with two different delays cannot be stopped any more",
		only: ["lin"],
		*run(trial) {
			const { Timer } = trial.bench;
			let fired = 0;
			let isOver = false;
			const timer = Timer.set(
				() => {
					fired += 1;
					if (fired === 1) Timer.schedule(timer, 30, 1000);
					// In its own callback it can be given up safely.
					if (isOver) Timer.clear(timer);
				},
				20,
				20,
			);
			yield 300;
			trial.isTrue(fired > 5, "it fires every 30 ms, not every second");
			Timer.schedule(timer);
			const before = fired;
			yield 200;
			trial.isTrue(fired > before, "it fires though it was stopped");
			isOver = true;
			yield 100;
		},
	},
	{
		// loop_task: modTimersExecute, then modMessageService
		name: "after the program was busy, timers that are due come before what has arrived",
		only: LWIP_ALL,
		needs: ["atOnce"],
		*run(trial) {
			const { bench } = trial;
			const [peer, log] = yield* trial.open();
			log.events.length = 0;
			const timer = bench.Timer.set(() => log.events.push("timer"), 10);
			peer.send("abc");
			bench.busy(50);
			yield SETTLE_MS;
			trial.equal(log.names(), "timer readable", "events");
			bench.Timer.clear(timer);
		},
	},
	{
		// xs_time_ticks
		name: "the clock counts milliseconds, in 32 bits on a board",
		*run(trial) {
			const { Time, kind } = trial.bench;
			const start = Time.ticks;
			yield 100;
			const passed = ((Time.ticks | 0) - (start | 0)) | 0;
			trial.isTrue(passed >= 99 && passed < 1000, `100 ms are about 100, not ${passed}`);
			if (kind !== "lin") trial.equal(Time.ticks, Time.ticks | 0, "a 32-bit integer");
		},
	},
];

/** Tries each rule that `bench` is meant for, one after the other, and reports; then calls `done`. */
export function runContract(bench: Bench, report: Report, done: () => void): void {
	tryRule(bench, report, done, 0);
}

function tryRule(bench: Bench, report: Report, done: () => void, index: number): void {
	const rule = RULES[index];
	if (rule === undefined) return done();
	const next = () => tryRule(bench, report, done, index + 1);
	if (rule.only !== undefined && !rule.only.includes(bench.kind)) return bench.wait(0, next);
	const trial = new Trial(bench);
	const steps = rule.run(trial);
	const step = () => {
		let wait: number | null = null;
		try {
			const missing = missingFor(rule, bench);
			if (missing !== undefined) report.skipped(rule.name, `the client cannot ${missing}`);
			else {
				const result = steps.next();
				if (result.done !== true) wait = result.value;
				else report.passed(rule.name);
			}
		} catch (error) {
			report.failed(rule.name, error);
		}
		if (wait !== null) return bench.wait(wait, step);
		trial.end();
		// Everything that was closed is gone before the next rule.
		bench.wait(2 * SETTLE_MS, next);
	};
	bench.wait(0, step);
}

function missingFor(rule: Rule, bench: Bench): string | undefined {
	return rule.needs?.find((ability) => !bench.abilities.includes(ability));
}
