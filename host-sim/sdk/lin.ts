// The SDK's sockets on Linux (modules/io/socket/lin/tcp.c): functions and fields have its names, so that the two can be laid
// side by side. They poll the kernel's sockets, every 20 milliseconds, each on its own. For the double.

import { LIN as BOARD } from "../profiles.js";
import { CLIENT_CONNECTED, CLIENT_WINDOW, type SdkClient } from "./client.js";
import {
	type Callback,
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
import type { Network, Port } from "./network.js";
import { type Segment, SegmentQueue } from "./segment.js";
import { ServerEnd } from "./server-end.js";
import type { NativeTimer, TimerTask } from "./timers.js";

const WRITABLE = 1 << 0;
const READABLE = 1 << 1;
const ERROR = 1 << 2;

/** kBufferSize */
const BUFFER_LENGTH = BOARD.sendLength;
/** kTaskInterval, in milliseconds. */
const TASK_INTERVAL_MS = 20;

/** What the kernel answers in place of a count. */
const FAILED = -1;

/** A socket of the kernel. */
class KernelSocket extends ServerEnd {
	readonly #received = new SegmentQueue();
	readonly #port: ListenerRecord;
	#hasEnded = false;
	#isReset = false;
	#isClosed = false;

	constructor(network: Network, client: SdkClient, port: ListenerRecord) {
		super(network, client);
		this.#port = port;
	}

	get window(): number {
		return this.network.profile.windowLength - this.#received.length;
	}

	protected established(): void {
		this.#port.accept(this);
	}

	protected arrive(segment: Segment): void {
		if (!this.#isClosed) return this.#received.add(segment);
		this.network.segments.give(segment);
		this.sendReset();
	}

	protected arriveEnd(): void {
		this.#hasEnded = true;
	}

	protected arriveReset(): void {
		this.#isReset = true;
	}

	protected timer(): void {}

	protected roomGrew(): void {}

	/** select(2): sk_stream_is_writable in the kernel's include/net/sock.h. An error makes a socket writable, too. */
	get isWritable(): boolean {
		return this.#isReset || this.free >= this.queued >> 1;
	}

	/** select(2) */
	get isReadable(): boolean {
		return this.#isReset || this.#hasEnded || this.#received.first !== null;
	}

	/** read(2): what came before a reset is there still (tcp_recvmsg_locked in the kernel's net/ipv4/tcp.c). */
	read(out: Uint8Array, start: number, length: number): number {
		if (this.#isReset && this.#received.first === null) return FAILED;
		let count = 0;
		for (let segment = this.#received.first; segment !== null && count < length; segment = this.#received.first) {
			const part = Math.min(length - count, segment.length);
			for (let index = 0; index < part; index += 1) {
				out[start + count + index] = segment.octets[segment.start + index] as number;
			}
			count += part;
			segment.start += part;
			this.#received.length -= part;
			if (segment.length > 0) break;
			this.#received.shift();
			this.network.segments.give(segment);
		}
		if (count > 0) this.network.toClient(this.client, CLIENT_WINDOW, count, null);
		return count;
	}

	/** write(2): as much as there is room for. */
	write(octets: Uint8Array): number {
		const { network } = this;
		if (network.writeFailures > 0) {
			network.writeFailures -= 1;
			return FAILED;
		}
		if (this.#isReset || this.free === 0) return FAILED;
		const count = Math.min(octets.length, this.free);
		this.queue(octets, count);
		this.transmit();
		return count;
	}

	/** close(2): with octets unread it resets the connection. */
	close(): void {
		this.#isClosed = true;
		if (this.isGone) return;
		if (this.isLost) return this.gone();
		if (this.#received.first !== null) this.sendReset();
		else this.sendEnd();
	}
}

/** struct TCPRecord */
class TcpRecord implements TimerTask {
	skt: KernelSocket | null = null;
	triggerable = 0;
	triggered = 0;
	error = false;
	format = "buffer";
	onReadable: Callback | null = null;
	onWritable: Callback | null = null;
	onError: Callback | null = null;
	bytesWritable = 0;
	bytesReadable = 0;
	readPosition = 0;
	readBuf: Uint8Array | null = null;
	readonly obj: unknown;
	readonly #network: Network;
	#task: NativeTimer | null = null;
	#isConnected = false;
	#isDone = false;
	#isInTask = false;
	#isFreed = false;

	constructor(network: Network, obj: unknown) {
		this.#network = network;
		this.obj = obj;
		network.objectCount += 1;
	}

	poll(): void {
		this.#task = this.#network.timers.add(TASK_INTERVAL_MS, TASK_INTERVAL_MS, this);
	}

	/** tcpTrigger: told at the next poll, if there is one. */
	trigger(trigger: number): void {
		if ((trigger & ERROR) !== 0) this.error = true;
		this.triggered |= trigger & this.triggerable;
	}

	/** tcpTask. After an error nothing is polled and nothing is told any more. */
	run(): void {
		if (this.skt === null || this.#isDone || this.error) return;
		this.#isInTask = true;
		this.#poll(this.skt);
		if (this.triggered !== 0) this.#reportTrigger();
		this.#isInTask = false;
		if (this.#isDone) this.#free();
	}

	#poll(skt: KernelSocket): void {
		if ((!this.#isConnected || this.bytesWritable !== BUFFER_LENGTH) && skt.isWritable) {
			this.#isConnected = true;
			if (this.bytesWritable !== BUFFER_LENGTH) {
				this.bytesWritable = BUFFER_LENGTH;
				this.trigger(WRITABLE);
			}
		}
		if (this.bytesReadable >= BUFFER_LENGTH || !skt.isReadable) return;
		const buffer = this.readBuf as Uint8Array;
		if (this.readPosition > 0) {
			buffer.copyWithin(0, this.readPosition, this.readPosition + this.bytesReadable);
			this.readPosition = 0;
		}
		const count = skt.read(buffer, this.bytesReadable, BUFFER_LENGTH - this.bytesReadable);
		if (count > 0) {
			this.bytesReadable += count;
			this.trigger(READABLE);
			return;
		}
		this.error = true;
		// Behind octets that wait unread the end is never told: the task does nothing any more.
		if (this.bytesReadable === 0) this.trigger(ERROR);
	}

	/** reportTrigger: goes on with a socket that one of the callbacks has closed. */
	#reportTrigger(): void {
		const { triggered } = this;
		this.triggered = 0;
		if ((triggered & WRITABLE) !== 0 && this.bytesWritable > 0 && !this.error) {
			this.onWritable?.call(this.obj, this.bytesWritable);
		}
		if ((triggered & READABLE) !== 0 && this.bytesReadable > 0) this.onReadable?.call(this.obj, this.bytesReadable);
		if ((triggered & ERROR) !== 0) this.onError?.call(this.obj);
	}

	/** doClose */
	close(): void {
		this.#isDone = true;
		this.triggerable = 0;
		this.triggered = 0;
		if (this.#task !== null) this.#network.timers.remove(this.#task);
		this.#task = null;
		if (!this.#isInTask) this.#free();
	}

	/** xs_tcp_destructor */
	#free(): void {
		if (this.#isFreed) return;
		this.#isFreed = true;
		this.skt?.close();
		this.#network.objectCount -= 1;
	}

	/** xs_tcp_read; `out`: filled. */
	read(out: Uint8Array, requested: number): void {
		const buffer = this.readBuf as Uint8Array;
		for (let index = 0; index < requested; index += 1) out[index] = buffer[this.readPosition + index] as number;
		this.readPosition += requested;
		this.bytesReadable -= requested;
		if (this.error && this.bytesReadable === 0) this.trigger(ERROR);
	}

	/** xs_tcp_write: what the kernel does not take is lost without a word. */
	write(octets: Uint8Array): number | undefined {
		if (octets.length > this.bytesWritable) throw new Error("would block");
		this.bytesWritable -= octets.length;
		if (this.skt === null || this.skt.write(octets) < 0) {
			this.trigger(ERROR);
			return;
		}
		return this.bytesWritable;
	}
}

/** struct ListenerRecord */
class ListenerRecord implements TimerTask, Port {
	readonly port: number;
	readonly pending: KernelSocket[] = [];
	onReadable: Callback | null = null;
	/** The kernel's backlog. */
	readonly #backlog: KernelSocket[] = [];
	readonly #network: Network;
	readonly #obj: unknown;
	readonly #task: NativeTimer;
	#isClosed = false;

	constructor(network: Network, obj: unknown, port: number) {
		this.#network = network;
		this.#obj = obj;
		this.port = port;
		this.#task = network.timers.add(TASK_INTERVAL_MS, TASK_INTERVAL_MS, this);
	}

	connect(client: SdkClient): void {
		const socket = new KernelSocket(this.#network, client, this);
		client.end = socket;
		client.window = this.#network.profile.windowLength;
		this.#network.opened(socket);
		this.#network.toClient(client, CLIENT_CONNECTED, 0, null);
	}

	accept(socket: KernelSocket): void {
		if (this.#isClosed) socket.close();
		else this.#backlog.push(socket);
	}

	/** listenerTask */
	run(): void {
		if (this.#backlog.length === 0) return;
		for (const socket of this.#backlog.splice(0)) this.pending.push(socket);
		this.onReadable?.call(this.#obj, this.pending.length);
	}

	/** xs_listener_destructor_ */
	close(): void {
		this.#isClosed = true;
		this.#network.timers.remove(this.#task);
		this.#network.unlisten(this);
		for (const socket of this.#backlog.splice(0)) socket.close();
		for (const socket of this.pending.splice(0)) socket.close();
	}
}

class TCP {
	target: unknown;
	#record: TcpRecord | null;

	/** xs_tcp_constructor */
	constructor(network: Network, options?: Dictionary) {
		if (options === undefined) {
			this.#record = new TcpRecord(network, this);
			return;
		}
		const format = (options.format as string | undefined) ?? "buffer";
		if (format !== "buffer" && format !== "number") throw new RangeError("unimplemented");
		const onReadable = callbackOf(options, "onReadable");
		const onWritable = callbackOf(options, "onWritable");
		const onError = callbackOf(options, "onError");
		const pending = options.from;
		if (!(pending instanceof TCP)) throw new Error("the double's sockets only accept connections");
		const from = pending.#validated;
		const record = new TcpRecord(network, this);
		record.skt = from.skt;
		record.readBuf = new Uint8Array(BUFFER_LENGTH);
		from.skt = null;
		pending.close();
		record.poll();
		this.#record = record;
		record.format = format;
		if ("target" in options) this.target = options.target;
		if (onReadable !== null) record.triggerable |= READABLE;
		if (onWritable !== null) record.triggerable |= WRITABLE;
		if (onError !== null) record.triggerable |= ERROR;
		record.onReadable = onReadable;
		record.onWritable = onWritable;
		record.onError = onError;
		if (record.skt !== null) network.clients?.set(options.target, record.skt.client);
	}

	get #validated(): TcpRecord {
		if (this.#record === null) throw closedObject();
		return this.#record;
	}

	/** xs_listener_read, as far as it is about the socket. */
	static adopt(tcp: TCP, socket: KernelSocket): void {
		tcp.#validated.skt = socket;
	}

	close(): void {
		const record = this.#record;
		this.#record = null;
		record?.close();
	}

	read(argument?: unknown): unknown {
		const record = this.#validated;
		if (record.bytesReadable === 0) return undefined;
		if (record.format === "number") {
			const one = new Uint8Array(1);
			record.read(one, 1);
			return one[0];
		}
		const requested = requestedOf(argument, record.bytesReadable);
		if (typeof argument === "object") {
			record.read(octetsOf(argument), requested);
			return requested;
		}
		const out = new Uint8Array(requested);
		record.read(out, requested);
		return out.buffer;
	}

	write(value: unknown): number | undefined {
		const record = this.#validated;
		return record.write(record.format === "number" ? new Uint8Array([Number(value)]) : octetsOf(value));
	}

	/** Of a socket without a connection, whatever lay on the stack. */
	get remoteAddress(): string {
		return this.#validated.skt?.client.address ?? "0.0.0.0";
	}

	get remotePort(): number {
		return this.#validated.skt?.client.port ?? 0;
	}

	get format(): string {
		return this.#validated.format;
	}

	set format(format: string) {
		if (format !== "buffer" && format !== "number") throw new RangeError("unimplemented");
		this.#validated.format = format;
	}
}

class Listener {
	target: unknown;
	#record: ListenerRecord | null;
	readonly #network: Network;

	/** xs_listener_constructor */
	constructor(network: Network, options: Dictionary) {
		this.#network = network;
		const port = portOf(options);
		const onReadable = callbackOf(options, "onReadable");
		checkFormat(options, "socket/tcp");
		const record = new ListenerRecord(network, this, freePort(network, port));
		network.listen(record);
		this.#record = record;
		if ("target" in options) this.target = options.target;
		record.onReadable = onReadable;
	}

	get #validated(): ListenerRecord {
		if (this.#record === null) throw closedObject();
		return this.#record;
	}

	close(): void {
		const record = this.#record;
		this.#record = null;
		record?.close();
	}

	/** modules/io/socket/lin/listener.js: makes a TCP first, which nobody closes when no connection waits. */
	read(): TCP | undefined {
		const tcp = new TCP(this.#network);
		const socket = this.#validated.pending.shift();
		if (socket === undefined) return undefined;
		TCP.adopt(tcp, socket);
		return tcp;
	}

	get port(): number {
		return this.#validated.port;
	}

	get format(): string {
		return "socket/tcp";
	}

	set format(format: string) {
		if (format !== "socket/tcp") throw new RangeError();
	}
}

/** The TCP and Listener classes of a program on `network`. */
export function linSockets(network: Network): SocketClasses {
	return { TCP: programClass(TCP, network), Listener: programClass(Listener, network) };
}

/** bind(2). What the constructor has remembered by then is freed, and not forgotten. */
function freePort(network: Network, port: number): number {
	try {
		return network.freePort(port, "bind socket failed");
	} catch (error) {
		network.hazard("a listener that could not be opened is remembered, and freed");
		throw error;
	}
}
