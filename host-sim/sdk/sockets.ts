// The SDK's TCP and Listener: tcp.js and listener.js in modules/io/socket/lwip and modules/io/socket/lin, which are the same,
// and what the natives of both do alike before they come to their stack. For the double's stacks.

import {
	callbackOf,
	checkFormat,
	closedObject,
	type Dictionary,
	octetsOf,
	portOf,
	programClass,
	requestedOf,
	type SocketClasses,
} from "./host-object.js";
import type { ServerEnd } from "./server-end.js";
import type { ListenerRecord, SocketStack, TcpRecord } from "./socket-records.js";

const LISTENER_FORMAT = "socket/tcp";

class TCP<Socket extends ServerEnd> {
	target: unknown;
	#record: TcpRecord<Socket> | null;

	/** xs_tcp_constructor */
	constructor(stack: SocketStack<Socket>, options?: Dictionary) {
		if (options === undefined) {
			this.#record = stack.record(this);
			return;
		}
		const format = tcpFormat((options.format as string | undefined) ?? "buffer");
		const callbacks = {
			onReadable: callbackOf(options, "onReadable"),
			onWritable: callbackOf(options, "onWritable"),
			onError: callbackOf(options, "onError"),
		};
		const pending = options.from;
		if (!(pending instanceof TCP)) throw new Error("the double's sockets only accept connections");
		const record: TcpRecord<Socket> = pending.#validated.handOver(this, callbacks);
		pending.#record = null;
		this.#record = record;
		record.format = format;
		if ("target" in options) this.target = options.target;
		if (record.skt !== null) stack.network.clients?.set(options.target, record.skt.client);
	}

	get #validated(): TcpRecord<Socket> {
		if (this.#record === null) throw closedObject();
		return this.#record;
	}

	/** xs_listener_read, as far as it is about the socket. */
	static adopt<Socket extends ServerEnd>(tcp: TCP<Socket>, socket: Socket): void {
		tcp.#validated.adopt(socket);
	}

	close(): void {
		const record = this.#record;
		this.#record = null;
		record?.close();
	}

	/** xs_tcp_read */
	read(argument?: unknown): unknown {
		const record = this.#validated;
		const { available } = record;
		if (available === 0) return undefined;
		if (record.format === "number") {
			const one = new Uint8Array(1);
			record.read(one, 1);
			return one[0];
		}
		const requested = requestedOf(argument, available);
		if (typeof argument === "object") {
			record.read(octetsOf(argument), requested);
			return requested;
		}
		const out = new Uint8Array(requested);
		record.read(out, requested);
		return out.buffer;
	}

	/** xs_tcp_write */
	write(value: unknown): number | undefined {
		const record = this.#validated;
		return record.write(record.format === "number" ? new Uint8Array([Number(value)]) : octetsOf(value));
	}

	get remoteAddress(): string {
		return this.#validated.peer.address;
	}

	get remotePort(): number {
		return this.#validated.peer.port;
	}

	get format(): string {
		return this.#validated.format;
	}

	/** xs_tcp_set_format */
	set format(format: string) {
		const known = tcpFormat(format);
		this.#validated.format = known;
	}
}

class Listener<Socket extends ServerEnd> {
	target: unknown;
	#record: ListenerRecord<Socket> | null;
	readonly #stack: SocketStack<Socket>;

	/** xs_listener_constructor; the address is not looked at. */
	constructor(stack: SocketStack<Socket>, options: Dictionary) {
		this.#stack = stack;
		const { network } = stack;
		if (network.profile.needsNetwork && !network.isUp) throw new Error("no network");
		const port = portOf(options);
		const onReadable = callbackOf(options, "onReadable");
		checkFormat(options, LISTENER_FORMAT);
		const record = stack.bind(this, port);
		network.listen(record);
		this.#record = record;
		if ("target" in options) this.target = options.target;
		record.onReadable = onReadable;
	}

	get #validated(): ListenerRecord<Socket> {
		if (this.#record === null) throw closedObject();
		return this.#record;
	}

	close(): void {
		const record = this.#record;
		this.#record = null;
		record?.close();
	}

	/** Makes a TCP first, which nobody closes when no connection waits. */
	read(): TCP<Socket> | undefined {
		const tcp = new TCP(this.#stack);
		const socket = this.#validated.pending.shift();
		if (socket === undefined) return undefined;
		TCP.adopt(tcp, socket);
		return tcp;
	}

	get port(): number {
		return this.#validated.port;
	}

	get format(): string {
		return LISTENER_FORMAT;
	}

	set format(format: string) {
		if (format !== LISTENER_FORMAT) throw new RangeError();
	}
}

/** The formats that xs_tcp_constructor and xs_tcp_set_format know. */
function tcpFormat(format: string): string {
	if (format !== "buffer" && format !== "number") throw new RangeError("unimplemented");
	return format;
}

/** The TCP and Listener classes of a program on the network of `stack`. */
export function socketsOn<Socket extends ServerEnd>(stack: SocketStack<Socket>): SocketClasses {
	return { TCP: programClass(TCP<Socket>, stack), Listener: programClass(Listener<Socket>, stack) };
}
