// One open port that stays open while one server after the other answers on it, as reloading needs, and that counts the
// board's control blocks. For the simulator.

import type { Socket } from "node:net";
import { NodePlatform } from "../platform/node/platform.js";
import { NodeTransport } from "../platform/node/transport.js";
import type { ListenerHandle, ListenerOwner, ListenOptions, Transport } from "../src/server/platform.js";
import { BoardTransport } from "./board-transport.js";
import type { Profile } from "./profiles.js";

/** Sees who connects. */
export interface PortObserver {
	/** A client connects; the server has not been told yet. */
	accepting(transport: Transport, remote: string): void;
	/** The server was told, or (`isHeld`) will be when a control block is free. */
	accepted(transport: Transport, isHeld: boolean): void;
	/** The server has handed on what stood in its send buffer, or as much of it as there was room for. */
	wrote(transport: Transport, length: number): void;
	/** Nothing is left of the connection. */
	gone(transport: Transport): void;
}

/** Sees each socket before anything has been read from it. */
export interface SocketObserver {
	connected(socket: Socket): void;
}

/** A socket of this machine as it is, that says how much is written. */
class HostTransport extends NodeTransport {
	readonly #onWrite: (length: number) => void;

	constructor(socket: Socket, onWrite: (length: number) => void) {
		super(socket);
		this.#onWrite = onWrite;
	}

	override write(octets: Uint8Array, start: number, length: number): void {
		this.#onWrite(length);
		super.write(octets, start, length);
	}
}

export class BoardPort extends NodePlatform implements ListenerOwner {
	readonly #profile: Profile | null;
	readonly #observer: PortObserver | null;
	readonly #sockets: SocketObserver | null;
	/** The connections that have a control block. */
	readonly #admitted = new Set<Transport>();
	/**
	 * Clients that no control block is left for. A board drops their SYN and they try again; here the system has accepted
	 * them already, so they are kept unread until a block is free.
	 */
	readonly #held: Transport[] = [];
	#owner: ListenerOwner | null = null;
	#handle: ListenerHandle | null = null;
	#isListening = false;

	/** `profile`: null for the host as it is. */
	constructor(profile: Profile | null, observer: PortObserver | null = null, sockets: SocketObserver | null = null) {
		// What arrives in a buffer that all sockets share, nobody but the server sees.
		super(sockets === null);
		this.#profile = profile;
		this.#observer = observer;
		this.#sockets = sockets;
	}

	/** Whether all control blocks are taken. */
	get isFull(): boolean {
		return this.#profile !== null && this.#admitted.size >= this.#profile.controlBlocks;
	}

	/** Opens the port for `owner`, or hands the open one over to it: from then on, clients are the new owner's. */
	override listen(options: ListenOptions, owner: ListenerOwner): ListenerHandle {
		this.#owner = owner;
		if (this.#handle === null) this.#handle = super.listen(options, this);
		else if (this.#isListening) queueMicrotask(() => owner.listening());
		const handle = this.#handle;
		return {
			get port() {
				return handle.port;
			},
			close: () => this.#closeFor(owner),
		};
	}

	#closeFor(owner: ListenerOwner): void {
		if (this.#owner !== owner) return;
		this.#owner = null;
		this.#isListening = false;
		this.#handle?.close();
		this.#handle = null;
		for (const transport of this.#held.splice(0)) transport.abort();
	}

	protected override transport(socket: Socket): Transport {
		this.#sockets?.connected(socket);
		const onWrite = (length: number) => this.#observer?.wrote(transport, length);
		const profile = this.#profile;
		const transport =
			profile === null ? new HostTransport(socket, onWrite) : new BoardTransport(socket, profile, onWrite);
		socket.once("close", () => this.#closed(transport));
		this.#observer?.accepting(transport, `${socket.remoteAddress ?? "?"}:${socket.remotePort ?? "?"}`);
		return transport;
	}

	accepted(transport: Transport): void {
		if (this.#owner === null) {
			transport.close();
			return;
		}
		if (this.isFull) {
			this.#hold(transport);
			this.#observer?.accepted(transport, true);
		} else this.#admit(transport);
	}

	#hold(transport: Transport): void {
		this.#held.push(transport);
		transport.owner = {
			readable() {},
			writable() {},
			// It has given up, and its place is free once it is closed.
			ended: () => transport.close(),
			failed() {},
		};
	}

	#admit(transport: Transport): void {
		this.#admitted.add(transport);
		this.#owner?.accepted(transport);
		this.#observer?.accepted(transport, false);
	}

	#closed(transport: Transport): void {
		const held = this.#held.indexOf(transport);
		if (held >= 0) this.#held.splice(held, 1);
		else this.#admitted.delete(transport);
		this.#observer?.gone(transport);
		while (this.#owner !== null && this.#held.length > 0 && !this.isFull) {
			this.#admit(this.#held.shift() as Transport);
		}
	}

	listening(): void {
		this.#isListening = true;
		this.#owner?.listening();
	}

	listenerFailed(error: unknown): void {
		this.#isListening = false;
		this.#handle = null;
		this.#owner?.listenerFailed(error);
	}
}
