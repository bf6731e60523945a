// A server with one connection, over a transport that costs nothing, so that what is left on the heap of XS is the server's or
// the handler's. For what test/xs-heap.test.ts measures.

import type { App } from "../../src/index.js";
import type { ListenerOwner, Platform, Transport } from "../../src/server/platform.js";
import { Server, type ServerObserver } from "../../src/server/server.js";

class NullTransport implements Transport {
	owner: Transport["owner"] = null;
	readonly remoteAddress = "192.0.2.1";
	readonly room = 65_536;
	readonly isDrained = true;
	readonly copiesParts = true;
	/** What arrives next. */
	next: Uint8Array | null = null;
	written = 0;

	get unread(): number {
		return this.next === null ? 0 : this.next.length;
	}

	read(octets: Uint8Array, start: number): number {
		if (this.next === null) return 0;
		const count = this.next.length;
		octets.set(this.next, start);
		this.next = null;
		return count;
	}

	write(_octets: Uint8Array, _start: number, length: number): void {
		this.written += length;
	}

	writeMessage(head: Uint8Array, headEnd: Uint8Array, content: Uint8Array): void {
		this.written += head.length + headEnd.length + content.length;
	}

	flush(): void {}

	end(): boolean {
		return true;
	}

	close(): void {
		throw new Error("the connection was closed");
	}

	abort(): void {
		throw new Error("the connection was aborted");
	}
}

/** The one connection of a server. */
export class OneConnection {
	private readonly transport = new NullTransport();

	constructor(app: App, observer?: ServerObserver) {
		const listeners: ListenerOwner[] = [];
		const platform: Platform = {
			timersRunFirst: true,
			spareConnections: 0,
			now: () => 0,
			date: () => 0,
			setTimer: () => {},
			clearTimer: () => {},
			allocateReceive: (start, length) => new Uint8Array(start + length),
			allocateSend: (length) => new Uint8Array(length),
			allocateScratch: (length) => new Uint8Array(length),
			listen: (_options, owner) => {
				listeners.push(owner);
				return { port: 80, close: () => {} };
			},
		};
		new Server(app, platform, observer === undefined ? { port: 80 } : { port: 80, observer }).reopen();
		listeners[0]?.accepted(this.transport);
	}

	/** Lets octets arrive; whether something was sent. */
	arrive(octets: Uint8Array): boolean {
		const { transport } = this;
		const before = transport.written;
		transport.next = octets;
		transport.owner?.readable();
		return transport.written !== before;
	}
}

/** Serves an app; returns what sends a request so often, and throws Error when one is not answered. */
export function serveOne(app: App, observer?: ServerObserver): (request: Uint8Array, count: number) => void {
	const connection = new OneConnection(app, observer);
	return (request, count) => {
		for (let index = 0; index < count; index += 1) {
			if (!connection.arrive(request)) throw new Error("there was no answer");
		}
	};
}
