// Real sockets on loopback for tests: opens a server on a free port, and is a client of it that sends octets as they are.

import { request } from "node:http";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { listen } from "../../platform/node/listen.js";
import type { App } from "../../src/app/app.js";
import type { Server, ServerOptions } from "../../src/server/server.js";

/** Serves `app` on a free port of 127.0.0.1, until the server is aborted. */
export function listening(app: App, options: Pick<ServerOptions, "observer"> = {}): Promise<Server> {
	return new Promise((resolve, reject) => {
		listen(app, { ...options, port: 0, address: "127.0.0.1", onListening: resolve, onListenerError: reject });
	});
}

/** Serves `app` on a free port of 127.0.0.1 while `use` runs, and sees to it that nothing is left behind. */
export async function serving(
	app: App,
	use: (server: Server) => Promise<void>,
	options: Pick<ServerOptions, "observer"> = {},
): Promise<void> {
	const server = await listening(app, options);
	try {
		await use(server);
	} finally {
		server.abort();
	}
}

/** How many connections have had a slot since the server was opened. */
export function connectionsServed(server: Server): number {
	return server.slots.reduce((sum, slot) => sum + slot.generation, server.connectionCount);
}

/** A port on which nobody listens, for a program that cannot choose one by itself. */
export function freePort(): Promise<number> {
	return new Promise((resolve, reject) => {
		const probe = createServer();
		probe.on("error", reject);
		probe.listen(0, "127.0.0.1", () => {
			const address = probe.address();
			probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
		});
	});
}

/** Waits until `isTrue`; throws, with `what` was waited for, after `timeoutMs`. */
export async function until(what: string, isTrue: () => boolean, timeoutMs = 5000): Promise<void> {
	const end = performance.now() + timeoutMs;
	while (!isTrue()) {
		if (performance.now() > end) throw new Error(`${what}: not within ${timeoutMs} ms`);
		await sleep(2);
	}
}

/** One GET by an ordinary client, over a connection of its own. */
export function get(port: number, path = "/"): Promise<{ status: number; latencyMs: number }> {
	return new Promise((resolve, reject) => {
		const start = performance.now();
		const message = request({ port, path, host: "127.0.0.1", agent: false }, (response) => {
			response.resume();
			response.on("end", () => resolve({ status: response.statusCode ?? 0, latencyMs: performance.now() - start }));
		});
		message.on("error", reject);
		message.end();
	});
}

/** A client that sends octets as they are. */
export class RawClient {
	/** Everything received, one character for each octet. */
	received = "";
	/** Whether the server has closed its side, in whatever way. */
	hasEnded = false;
	/** Whether it was with a reset. */
	wasReset = false;
	readonly socket: Socket;

	constructor(port: number) {
		this.socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
		this.socket.on("data", (chunk: Buffer) => {
			this.received += chunk.toString("latin1");
		});
		this.socket.on("end", () => {
			this.hasEnded = true;
		});
		this.socket.on("error", (error: NodeJS.ErrnoException) => {
			this.wasReset ||= error.code === "ECONNRESET" || error.code === "EPIPE";
		});
		this.socket.on("close", () => {
			this.hasEnded = true;
		});
	}

	/** A client that is connected. */
	static async connected(port: number): Promise<RawClient> {
		const client = new RawClient(port);
		await until("the connection", () => !client.socket.connecting);
		return client;
	}

	send(octets: string): void {
		this.socket.write(octets, "latin1");
	}

	/** Waits for the end of the head of the next response; returns its status. */
	async status(timeoutMs = 5000): Promise<number> {
		await until("a response", () => this.hasEnded || this.received.includes("\r\n\r\n"), timeoutMs);
		return Number(/^HTTP\/1\.1 (\d{3}) /.exec(this.received)?.[1] ?? 0);
	}

	close(): void {
		this.socket.destroy();
	}

	reset(): void {
		this.socket.resetAndDestroy();
	}
}
