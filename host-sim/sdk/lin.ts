// The SDK's sockets on Linux (modules/io/socket/lin/tcp.c): functions and fields have its names, so that the two can be laid
// side by side. They poll the kernel's sockets, every 20 milliseconds, each on its own. For the double.

import { LIN as BOARD } from "../profiles.js";
import type { SdkClient } from "./client.js";
import type { SocketClasses } from "./host-object.js";
import { type KernelListener, KernelSocket } from "./kernel-socket.js";
import type { Network } from "./network.js";
import {
	ERROR,
	ListenerRecord,
	READABLE,
	SocketStack,
	type TcpCallbacks,
	TcpRecord,
	WRITABLE,
} from "./socket-records.js";
import { socketsOn } from "./sockets.js";
import type { NativeTimer, TimerTask } from "./timers.js";

/** kBufferSize */
const BUFFER_LENGTH = BOARD.sendLength;
/** kTaskInterval, in milliseconds. */
const TASK_INTERVAL_MS = 20;

/** The peer of a socket that has none. */
const NOBODY = { address: "0.0.0.0", port: 0 };

class LinTcpRecord extends TcpRecord<KernelSocket> implements TimerTask {
	bytesWritable = 0;
	bytesReadable = 0;
	readPosition = 0;
	readBuf: Uint8Array | null = null;
	#task: NativeTimer | null = null;
	#isConnected = false;
	#isDone = false;
	#isInTask = false;
	#isFreed = false;

	get available(): number {
		return this.bytesReadable;
	}

	/** Of a socket without a connection, whatever lay on the stack. */
	get peer(): { readonly address: string; readonly port: number } {
		return this.skt?.client ?? NOBODY;
	}

	adopt(socket: KernelSocket): void {
		this.skt = socket;
	}

	handOver(obj: unknown, callbacks: TcpCallbacks): LinTcpRecord {
		const record = new LinTcpRecord(this.network, obj);
		record.setCallbacks(callbacks);
		record.skt = this.skt;
		record.readBuf = new Uint8Array(BUFFER_LENGTH);
		this.skt = null;
		this.close();
		record.#task = this.network.timers.add(TASK_INTERVAL_MS, TASK_INTERVAL_MS, record);
		return record;
	}

	/** Told at the next poll, if there is one. */
	trigger(trigger: number): void {
		if ((trigger & ERROR) !== 0) this.error = true;
		this.triggered |= trigger & this.triggerable;
	}

	/** As `#poll` has it. Outside of it nothing is triggered but an error, which is not told any more. */
	get isIdle(): boolean {
		const { skt } = this;
		if (skt === null || this.#isDone || this.error) return true;
		if (this.bytesReadable < BUFFER_LENGTH && skt.isReadable) return false;
		return this.bytesWritable === BUFFER_LENGTH || !skt.isWritable;
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

	close(): void {
		this.#isDone = true;
		this.triggerable = 0;
		this.triggered = 0;
		if (this.#task !== null) this.network.timers.remove(this.#task);
		this.#task = null;
		if (!this.#isInTask) this.#free();
	}

	/** xs_tcp_destructor */
	#free(): void {
		if (this.#isFreed) return;
		this.#isFreed = true;
		this.skt?.close();
		this.network.objectCount -= 1;
	}

	read(out: Uint8Array, requested: number): void {
		this.network.fill(out, 0, this.readBuf as Uint8Array, this.readPosition, requested);
		this.readPosition += requested;
		this.bytesReadable -= requested;
		if (this.error && this.bytesReadable === 0) this.trigger(ERROR);
	}

	/** What the kernel does not take is lost without a word. */
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

class LinListenerRecord extends ListenerRecord<KernelSocket> implements TimerTask, KernelListener {
	/** The kernel's backlog. */
	readonly #backlog: KernelSocket[] = [];
	readonly #task: NativeTimer;

	constructor(network: Network, obj: unknown, port: number) {
		super(network, obj, port);
		this.#task = network.timers.add(TASK_INTERVAL_MS, TASK_INTERVAL_MS, this);
	}

	protected socketOf(client: SdkClient): KernelSocket {
		return new KernelSocket(this.network, client, this);
	}

	accept(socket: KernelSocket): void {
		if (this.isClosed) socket.close();
		else this.#backlog.push(socket);
	}

	get isIdle(): boolean {
		return this.#backlog.length === 0;
	}

	/** listenerTask */
	run(): void {
		if (this.#backlog.length === 0) return;
		for (const socket of this.#backlog.splice(0)) this.pending.push(socket);
		this.report();
	}

	override close(): void {
		this.network.timers.remove(this.#task);
		for (const socket of this.#backlog.splice(0)) socket.close();
		super.close();
	}
}

/** The kernel's sockets on `network`. */
class LinStack extends SocketStack<KernelSocket> {
	record(tcp: unknown): LinTcpRecord {
		return new LinTcpRecord(this.network, tcp);
	}

	/** bind(2). What the constructor has remembered by then is freed, and not forgotten. */
	bind(listener: unknown, port: number): LinListenerRecord {
		return new LinListenerRecord(this.network, listener, this.#freePort(port));
	}

	#freePort(port: number): number {
		try {
			return this.network.freePort(port, "bind socket failed");
		} catch (error) {
			this.network.hazard("a listener that could not be opened is remembered, and freed");
			throw error;
		}
	}
}

/** The TCP and Listener classes of a program on `network`. */
export function linSockets(network: Network): SocketClasses {
	return socketsOn(new LinStack(network));
}
