// What the rules of the contract are tried with: the SDK's classes and clients, as whoever runs them has them. For contract.ts, its
// rules, and the benches.

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

/** What a TCP object is made with. */
export interface TcpOptions {
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
	readonly TCP: new (options: TcpOptions) => Tcp;
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
