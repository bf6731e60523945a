// What a server needs from where it runs: sockets, time, a timer. `platform/` and the simulator implement it; nothing in
// `src` does.

/** One connection of the transport, as the server uses it. Every call is made between `accepted` and `close` or `abort`. */
export interface Transport {
	/** Who is told what happens. Set by the server before it returns from `accepted`. */
	owner: TransportOwner | null;
	/** The client's address, as text; "" when unknown. */
	readonly remoteAddress: string;
	/** How many octets `write` would take now. */
	readonly room: number;
	/** How many octets wait to be read, as far as the platform knows. */
	readonly unread: number;
	/** Whether everything written has left for the client, as far as the platform can tell. */
	readonly isDrained: boolean;
	/**
	 * Whether a view is sent as it is, and a part of one has to be copied: what fits a segment then waits until all of it can be
	 * written, as long as not everything has left. Then there is room for more, and the owner is told (`writable`).
	 */
	readonly copiesParts: boolean;
	/**
	 * Puts at most `length` received octets into `octets` at `start`; returns how many: fewer than `length` only when these are
	 * all there are now. The rest of those `length` octets may be overwritten.
	 */
	read(octets: Uint8Array, start: number, length: number): number;
	/**
	 * Takes `length` octets of `octets` from `start`, all of them: `length` is at most what `room` was in this turn, less what
	 * was written since. Keeps no reference. May hold them back until `flush`, `end` or `close`.
	 *
	 * A connection may turn out to be lost with a write, or between two of one turn: then nothing is thrown, what is written
	 * from there on goes nowhere, and the owner is told in a later turn (`failed`).
	 */
	write(octets: Uint8Array, start: number, length: number): void;
	/**
	 * Takes a head in two parts and content, which may be empty, one behind the other and all of them: together they are at most
	 * `room`. Otherwise as `write`.
	 */
	writeMessage(head: Uint8Array, headEnd: Uint8Array, content: Uint8Array): void;
	/** Nothing more is written for now. */
	flush(): void;
	/** Closes our side once everything written is sent. False when the platform cannot close one side alone. */
	end(): boolean;
	/** Closes both sides once everything written is sent. Nothing is told to the owner any more. */
	close(): void;
	/** Closes both sides at once, with a reset where the platform can. Nothing is told to the owner any more. */
	abort(): void;
}

/**
 * What a transport tells. `readable` is told on arrival only: an owner that stops reading asks again by itself. None of
 * these throws.
 */
export interface TransportOwner {
	readable(): void;
	/** There is more room than there was. */
	writable(): void;
	/** The client has closed its side, and everything it sent has been read. */
	ended(): void;
	/** The connection is gone. */
	failed(): void;
}

/** An open port. */
export interface ListenerHandle {
	/** The port that is listened on, the real one where 0 was asked for. */
	readonly port: number;
	/** Stops listening; connections go on. */
	close(): void;
}

/** Who a listener tells. */
export interface ListenerOwner {
	accepted(transport: Transport): void;
	/** Listening has failed or ended: the port is taken, the network is gone. It can be tried again. */
	listenerFailed(error: unknown): void;
	/** The port is open. */
	listening(): void;
}

/** Where a server runs. */
export interface Platform {
	/** Milliseconds from an arbitrary start, as a 32-bit integer that may wrap. */
	now(): number;
	/** Seconds since 1970-01-01T00:00:00Z, or a negative number while nobody knows. */
	date(): number;
	/**
	 * Calls `owner.timeout` once, `delayMs` from now or a little later; a call before that replaces the earlier one.
	 */
	setTimer(owner: TimerOwner, delayMs: number): void;
	clearTimer(owner: TimerOwner): void;
	/**
	 * Whether, after the platform was busy, timers run before the octets that came meanwhile are told: then a deadline that
	 * has passed is given one more turn.
	 */
	readonly timersRunFirst: boolean;
	/** How many connections the platform has to spare beside those the server serves. */
	readonly spareConnections: number;
	/**
	 * `start + length` octets, all zero: a stretch that is the server's alone, and one receive buffer behind it, which is what
	 * transports read into.
	 */
	allocateReceive(start: number, length: number): Uint8Array;
	/** `length` octets, all zero: the send buffers of all connections. What may stand behind them is the platform's. Asked for once. */
	allocateSend(length: number): Uint8Array;
	/**
	 * `length` octets or more for what is needed for a moment: the next call of a transport may overwrite them. Asked for once,
	 * after the others.
	 */
	allocateScratch(length: number): Uint8Array;
	listen(options: ListenOptions, owner: ListenerOwner): ListenerHandle;
	/** Shows an error to whoever runs the program: the app has no hook for it. Without it, nobody is told. */
	report?(error: unknown): void;
}

/** Who a timer tells. */
export interface TimerOwner {
	timeout(): void;
}

/** Where to listen. */
export interface ListenOptions {
	/** 0 to 65,535; 0 lets the platform choose. */
	readonly port: number;
	/** The local address; without one, all of them. */
	readonly address?: string;
}
