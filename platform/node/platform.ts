// Node as the server's platform: node:net, the monotonic clock, setTimeout.

import { createServer, type Server as NetServer, type Socket } from "node:net";
import type {
	ListenerHandle,
	ListenerOwner,
	ListenOptions,
	Platform,
	TimerOwner,
	Transport,
} from "../../src/server/platform.js";
import { sharing } from "./shared-socket.js";
import { NodeTransport } from "./transport.js";

export class NodePlatform implements Platform {
	/** Node's loop runs due timers before it polls the sockets. */
	readonly timersRunFirst = true;
	readonly spareConnections: number = 1024;
	readonly #sharesReads: boolean;
	#timer: NodeJS.Timeout | null = null;
	#second = 0;

	/** `sharesReads`: whether all connections read into one buffer, where Node lets them (shared-socket.ts). */
	constructor(sharesReads = true) {
		this.#sharesReads = sharesReads;
	}

	now(): number {
		return performance.now() | 0;
	}

	date(): number {
		const time = Date.now();
		// Asked for with every response: the second is the same for most of them.
		const sinceSecond = time - this.#second * 1000;
		if (sinceSecond < 0 || sinceSecond >= 1000) this.#second = Math.floor(time / 1000);
		return this.#second;
	}

	setTimer(owner: TimerOwner, delayMs: number): void {
		this.clearTimer();
		this.#timer = setTimeout(() => owner.timeout(), delayMs);
	}

	clearTimer(): void {
		if (this.#timer !== null) clearTimeout(this.#timer);
		this.#timer = null;
	}

	report(error: unknown): void {
		console.error(error);
	}

	allocateReceive(start: number, length: number): Uint8Array {
		return new Uint8Array(start + length);
	}

	allocateSend(length: number): Uint8Array {
		return new Uint8Array(length);
	}

	allocateScratch(length: number): Uint8Array {
		return new Uint8Array(length);
	}

	/** Makes the transport of an accepted socket. A simulator puts its board in between. */
	protected transport(socket: Socket): Transport {
		return new NodeTransport(socket);
	}

	listen(options: ListenOptions, owner: ListenerOwner): ListenerHandle {
		const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) => {
			owner.accepted(this.transport(this.#sharesReads ? sharing(socket) : socket));
		});
		server.on("error", (error) => owner.listenerFailed(error));
		server.on("listening", () => owner.listening());
		server.listen(options.port, options.address);
		return new NodeListener(server, options.port);
	}
}

class NodeListener implements ListenerHandle {
	readonly #server: NetServer;
	readonly #port: number;

	constructor(server: NetServer, port: number) {
		this.#server = server;
		this.#port = port;
	}

	/** The asked port until it is open. */
	get port(): number {
		const address = this.#server.address();
		return typeof address === "object" && address !== null ? address.port : this.#port;
	}

	close(): void {
		if (this.#server.listening) this.#server.close();
		// Node goes on opening a port that is not open yet.
		else this.#server.once("listening", () => this.#server.close());
	}
}
