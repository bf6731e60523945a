// The SDK's Listener as the server's: hands each connection that waits to the platform. For the platform.

import type { ListenerHandle, ListenerOwner, ListenOptions } from "../../src/server/platform.js";
import type { ListenerSocket, Sockets, TcpSocket } from "./sockets.js";

/** What a listener needs of its platform. */
export interface ListenerHost {
	readonly sockets: Sockets;
	/** A client has connected. */
	connected(pending: TcpSocket): void;
	/** `tell` is to be called in the next turn. */
	tellSoon(): void;
}

// What its owner is told.
const TO_TELL = 0; // how it went
const TOLD = 1;
const CLOSED = 2; // nothing any more

export class ModdableListener implements ListenerHandle {
	readonly owner: ListenerOwner;
	private readonly host: ListenerHost;
	private listener: ListenerSocket | null = null;
	private failure: unknown;
	private state = TO_TELL;

	constructor(host: ListenerHost, options: ListenOptions, owner: ListenerOwner) {
		this.host = host;
		this.owner = owner;
		const { port, address } = options;
		try {
			this.listener = new host.sockets.Listener(
				address === undefined
					? { port, target: this, onReadable: onConnected }
					: { port, address, target: this, onReadable: onConnected },
			);
		} catch (error) {
			this.failure = error;
		}
		host.tellSoon();
	}

	get port(): number {
		return this.listener === null ? 0 : this.listener.port;
	}

	close(): void {
		this.state = CLOSED;
		const listener = this.listener;
		this.listener = null;
		listener?.close();
	}

	/** Tells the owner how it went, if it was not told yet. */
	tell(): void {
		if (this.state !== TO_TELL) return;
		this.state = TOLD;
		if (this.listener === null) this.owner.listenerFailed(this.failure);
		else this.owner.listening();
	}

	/**
	 * Takes over the `count` connections that wait. Every one at once: as long as it waits, nothing tells that its client has
	 * gone. And no more: the SDK makes a socket for each call, which nobody would close.
	 */
	connected(count: number): void {
		for (let index = 0; index < count && this.listener !== null; index += 1) {
			let pending: TcpSocket | undefined;
			try {
				pending = this.listener.read();
			} catch (error) {
				// No memory for another socket, say.
				this.fail(error);
				return;
			}
			if (pending === undefined) return;
			this.host.connected(pending);
		}
	}

	private fail(error: unknown): void {
		this.failure = error;
		this.listener?.close();
		this.listener = null;
		this.state = TO_TELL;
		this.host.tellSoon();
	}
}

/** The callback of every listener. */
function onConnected(this: ListenerSocket, count: number): void {
	(this.target as ModdableListener).connected(count);
}
