// What stands behind the SDK's sockets on either stack: the records of modules/io/socket/lwip/tcp.c and lin/tcp.c, as far as
// the two have them in common. For sockets.ts, which calls them, and for the double's stacks, which complete them.

import { CLIENT_CONNECTED, type SdkClient } from "./client.js";
import type { Callback } from "./host-object.js";
import type { Network, Port } from "./network.js";
import type { ServerEnd } from "./server-end.js";

// kTCPWritable, kTCPReadable, kTCPError: what a socket's program is told of.
export const WRITABLE = 1 << 0;
export const READABLE = 1 << 1;
export const ERROR = 1 << 2;

/** What a socket's program gives it to be told; null: nothing. */
export interface TcpCallbacks {
	readonly onReadable: Callback | null;
	readonly onWritable: Callback | null;
	readonly onError: Callback | null;
}

/** struct TCPRecord */
export abstract class TcpRecord<Socket extends ServerEnd> implements TcpCallbacks {
	skt: Socket | null = null;
	triggerable = 0;
	triggered = 0;
	error = false;
	format = "buffer";
	onReadable: Callback | null = null;
	onWritable: Callback | null = null;
	onError: Callback | null = null;
	readonly obj: unknown;
	readonly network: Network;

	constructor(network: Network, obj: unknown) {
		this.network = network;
		this.obj = obj;
		network.objectCount += 1;
	}

	/** How many octets a read may ask for. */
	abstract get available(): number;
	/** Who is at the other end. */
	abstract get peer(): { readonly address: string; readonly port: number };
	/** xs_listener_read: it has the connection from now on. */
	abstract adopt(socket: Socket): void;
	/** xs_tcp_constructor, with `from`: closes this one, and returns the record of `obj`, which has its connection. */
	abstract handOver(obj: unknown, callbacks: TcpCallbacks): TcpRecord<Socket>;
	/** tcpTrigger */
	abstract trigger(trigger: number): void;
	/** xs_tcp_read: fills `out` from its beginning. */
	abstract read(out: Uint8Array, requested: number): void;
	/** xs_tcp_write: returns how many octets more it would take. */
	abstract write(octets: Uint8Array): number | undefined;
	/** doClose */
	abstract close(): void;

	/** What xs_tcp_constructor derives `triggerable` from. */
	protected setCallbacks({ onReadable, onWritable, onError }: TcpCallbacks): void {
		if (onReadable !== null) this.triggerable |= READABLE;
		if (onWritable !== null) this.triggerable |= WRITABLE;
		if (onError !== null) this.triggerable |= ERROR;
		this.onReadable = onReadable;
		this.onWritable = onWritable;
		this.onError = onError;
	}
}

/** struct ListenerRecord */
export abstract class ListenerRecord<Socket extends ServerEnd> implements Port {
	readonly port: number;
	/** Connections that the program has not read. */
	readonly pending: Socket[] = [];
	onReadable: Callback | null = null;
	protected readonly network: Network;
	protected isClosed = false;
	readonly #obj: unknown;

	constructor(network: Network, obj: unknown, port: number) {
		this.network = network;
		this.#obj = obj;
		this.port = port;
	}

	/** The board's end of a connection that a client opens. */
	protected abstract socketOf(client: SdkClient): Socket;

	/** The stack has got a SYN, and has room for a connection. */
	connect(client: SdkClient): void {
		const socket = this.socketOf(client);
		client.end = socket;
		client.window = this.network.profile.windowLength;
		this.network.opened(socket);
		this.network.toClient(client, CLIENT_CONNECTED, 0, null);
	}

	/** Tells the program how many connections wait. */
	protected report(): void {
		this.onReadable?.call(this.#obj, this.pending.length);
	}

	/** xs_listener_destructor_ */
	close(): void {
		this.isClosed = true;
		this.network.unlisten(this);
		for (const socket of this.pending.splice(0)) socket.close();
	}
}

/** The stack of a network. */
export abstract class SocketStack<Socket extends ServerEnd> {
	readonly network: Network;

	constructor(network: Network) {
		this.network = network;
	}

	/** The record of `tcp`, which has no connection yet. */
	abstract record(tcp: unknown): TcpRecord<Socket>;
	/** The record of `listener`, with the port it is bound to; 0: with a free one. */
	abstract bind(listener: unknown, port: number): ListenerRecord<Socket>;
}
