// The SDK's classes as far as the server uses them. They are handed to the platform, so that the very same code runs on a
// board, on the SDK's simulators and on a double of them. The real ones come from listen.ts.
//
// The faces are those of modules/io/socket/*/tcp.js and listener.js, modules/base/timer/timer.js and
// modules/base/time/time.js in the SDK.

/** A connection. Its methods throw after `close`. */
export interface TcpSocket {
	/** What was given to the constructor: whose connection it is. */
	target: unknown;
	readonly remoteAddress: string | undefined;
	/** Fills all of `buffer`; throws when less is there. Undefined when nothing is there at all. */
	read(buffer: Uint8Array): number | undefined;
	/** Takes all of `buffer` and returns the room left; throws when there is no room. Undefined when it took nothing. */
	write(buffer: Uint8Array): number | undefined;
	close(): void;
}

export interface TcpOptions {
	/** The connection to take over, as the listener gave it. */
	readonly from: TcpSocket | null;
	readonly nodelay: boolean;
	readonly target: unknown;
	onReadable(this: TcpSocket, count: number): void;
	onWritable(this: TcpSocket, room: number): void;
	onError(this: TcpSocket): void;
}

/** An open port. */
export interface ListenerSocket {
	target: unknown;
	readonly port: number;
	/** The next connection that waits. To be called only when one does: without one, what it makes is never freed. */
	read(): TcpSocket | undefined;
	close(): void;
}

export interface ListenerOptions {
	port: number;
	address?: string;
	target: unknown;
	onReadable(this: ListenerSocket, count: number): void;
}

/** What `Timer.set` returns. */
export type TimerHandle = object;

export interface Sockets {
	readonly Listener: new (options: ListenerOptions) => ListenerSocket;
	readonly TCP: new (options: TcpOptions) => TcpSocket;
	readonly Timer: {
		set(callback: () => void, delayMs: number, repeatMs: number): TimerHandle;
		/** Without a delay the timer stands still until it is scheduled again. */
		schedule(timer: TimerHandle, delayMs?: number, repeatMs?: number): void;
	};
	readonly Time: {
		/** Milliseconds from an arbitrary start: a 32-bit integer that wraps on a board, a larger number elsewhere. */
		readonly ticks: number;
	};
}
