// A TCP proxy on loopback, for tests of what a page does when the network fails: it can be slow, cut a connection after so many
// octets of the client, and be gone.

import { connect, createServer, type Server, type Socket } from "node:net";

/** How long a client that is slowed down rests after each piece. */
const REST_MS = 10;

export class TcpProxy {
	/** How many octets clients have sent through it. */
	receivedLength = 0;
	/** Connections are cut, once, when they have sent so many octets. */
	cutAfterLength = Number.POSITIVE_INFINITY;
	/** Whether clients rest after each piece that they send. */
	isSlow = false;
	port = 0;
	readonly #target: number;
	readonly #sockets = new Set<Socket>();
	#server: Server | null = null;

	/** `target`: a port of 127.0.0.1. */
	constructor(target: number) {
		this.#target = target;
	}

	/** Accepts clients: at the port that it had before, if it had one. */
	open(): Promise<void> {
		return new Promise((resolve, reject) => {
			const server = createServer((client) => this.#forward(client));
			this.#server = server;
			server.on("error", reject);
			server.listen(this.port, "127.0.0.1", () => {
				const address = server.address();
				this.port = typeof address === "object" && address !== null ? address.port : 0;
				resolve();
			});
		});
	}

	/** Is gone, and every connection with it. */
	close(): void {
		this.#server?.close();
		for (const socket of this.#sockets) socket.resetAndDestroy();
	}

	#forward(client: Socket): void {
		const server = connect(this.#target, "127.0.0.1");
		let length = 0;
		for (const [socket, other] of [
			[client, server],
			[server, client],
		] as const) {
			this.#sockets.add(socket);
			socket.on("error", () => {});
			socket.on("close", () => {
				this.#sockets.delete(socket);
				other.destroy();
			});
		}
		server.pipe(client);
		client.on("end", () => server.end());
		client.on("data", (piece: Buffer) => {
			length += piece.length;
			this.receivedLength += piece.length;
			if (length >= this.cutAfterLength) {
				this.cutAfterLength = Number.POSITIVE_INFINITY;
				client.resetAndDestroy();
				server.resetAndDestroy();
				return;
			}
			const isFull = !server.write(piece);
			if (!isFull && !this.isSlow) return;
			client.pause();
			if (isFull) server.once("drain", () => client.resume());
			else setTimeout(() => client.resume(), REST_MS);
		});
	}
}
