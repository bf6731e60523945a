// Sockets that do next to nothing: a thinner double, on which a connection is open from the beginning, octets are there when
// the script says so, and whatever is written is taken. For what the double of host-sim would hide: how deep the stack is
// between a callback and `write`, and how much chunk garbage millions of requests leave. Runs on XS.

import type { ListenerSocket, TcpOptions, TcpSocket } from "../platform/moddable/sockets.js";
import type { Server } from "../src/server/server.js";
import { type Machine, STANDING } from "./xs-null-reader.js";
import { serve } from "./xs-stage.js";
import { appWith } from "./xs-traffic.js";

/** What a connection has room for, always. */
const ROOM = 8192;

/** What arrives next. */
class Wire {
	octets: Uint8Array = new Uint8Array(0);
	/** The connection, and its callbacks. */
	tcp: ScriptTcp | null = null;
	options: TcpOptions | null = null;
	listener: { target: unknown; onReadable(this: ListenerSocket, count: number): void } | null = null;
	/** How many octets were written. */
	written = 0;
}

class ScriptTcp implements TcpSocket {
	target: unknown;
	readonly remoteAddress = "192.0.2.1";
	readonly #wire: Wire;

	constructor(wire: Wire, target: unknown) {
		this.#wire = wire;
		this.target = target;
	}

	read(buffer: Uint8Array): number {
		buffer.set(this.#wire.octets);
		return buffer.length;
	}

	write(buffer: Uint8Array): number {
		this.#wire.written += buffer.length;
		return ROOM;
	}

	close(): void {}
}

function machineOf(wire: Wire): Machine {
	class TCP extends ScriptTcp {
		constructor(options: TcpOptions) {
			super(wire, options.target);
			wire.tcp = this;
			wire.options = options;
		}
	}
	class Listener {
		target: unknown;
		readonly port = 80;

		constructor(options: { target: unknown; onReadable(this: ListenerSocket, count: number): void }) {
			this.target = options.target;
			wire.listener = options;
		}

		read(): TcpSocket {
			return new ScriptTcp(wire, null);
		}

		close(): void {}
	}
	return { TCP, Listener, Timer: { set: () => wire, schedule() {} }, Time: { ticks: 0 }, Date: STANDING };
}

/** A connection to a server, on such sockets. */
export class ScriptedConnection {
	readonly server: Server;
	readonly #wire = new Wire();
	readonly #heads: readonly Uint8Array[];
	#next = 0;

	constructor(heads: readonly Uint8Array[]) {
		this.#heads = heads;
		const wire = this.#wire;
		this.server = serve(machineOf(wire), appWith());
		const { listener } = wire;
		listener?.onReadable.call({ target: listener.target } as ListenerSocket, 1);
		wire.options?.onWritable.call(wire.tcp as ScriptTcp, ROOM);
		this.receive();
	}

	/** How many octets the server has written. */
	get written(): number {
		return this.#wire.written;
	}

	/** The next head is there, all of it: from here to the return, all is the server's and the adapter's. */
	receive(): void {
		const wire = this.#wire;
		wire.octets = this.#heads[this.#next] as Uint8Array;
		this.#next = this.#next + 1 === this.#heads.length ? 0 : this.#next + 1;
		(wire.options as TcpOptions).onReadable.call(wire.tcp as ScriptTcp, wire.octets.length);
	}

	/** The client has acknowledged everything. */
	acknowledge(): void {
		const wire = this.#wire;
		(wire.options as TcpOptions).onWritable.call(wire.tcp as ScriptTcp, ROOM);
	}

	/** What `receive` and `acknowledge` themselves take. */
	nothing(): void {
		const wire = this.#wire;
		wire.octets = this.#heads[this.#next] as Uint8Array;
		this.#next = this.#next + 1 === this.#heads.length ? 0 : this.#next + 1;
		nobody.call(wire.tcp as ScriptTcp);
	}
}

function nobody(): void {}
