// The SDK's sockets on lwIP (modules/io/socket/lwip/tcp.c): functions and fields have its names, so that the two can be laid
// side by side. Of lwIP itself, only what reaches the SDK is here; where that is lwIP's doing, its function is named.
// For the double.

import { CLIENT_CONNECTED, CLIENT_END, CLIENT_WINDOW, type SdkClient } from "./client.js";
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
import type { MessageTarget, Network, Port } from "./network.js";
import { type Segment, SegmentQueue } from "./segment.js";
import { SERVER_TIMER, ServerEnd } from "./server-end.js";

const WRITABLE = 1 << 0;
const READABLE = 1 << 1;
const ERROR = 1 << 2;
const OUTPUT = 1 << 3;

/** TCP_TMR_INTERVAL of lwIP (lwip/priv/tcp_priv.h), in milliseconds: how often tcp_fasttmr runs. */
const FAST_TIMER_MS = 250;

/**
 * What a segment takes beside its octets, about: struct pbuf, the heads of three layers (PBUF_TRANSPORT), and the heap's own
 * struct mem.
 */
const SEGMENT_OVERHEAD = 80;

/** A control block of lwIP, as its callbacks see it. */
class Pcb extends ServerEnd {
	/** What tcp_arg, tcp_recv, tcp_sent and tcp_err were given. */
	record: TcpRecord | null = null;
	hasReceive = false;
	hasSent = false;
	hasError = false;
	/** Whether the connection waits in the listener, whose listenerReceive refuses everything. */
	isPending = true;
	readonly #listener: ListenerRecord;
	/** rcv_wnd: what may arrive yet. */
	#window: number;
	/** refused_data, and behind it what the client would have to send again. */
	readonly #refused = new SegmentQueue();
	#isEndRefused = false;
	/** TF_RXCLOSED */
	#isClosed = false;
	/** The segments that are not acknowledged: how many octets of each. */
	readonly #segmentLengths: number[] = [];
	/** Room in the last of them, which has not left yet (unsent_oversize). */
	#oversize = 0;

	constructor(network: Network, client: SdkClient, listener: ListenerRecord) {
		super(network, client);
		this.#listener = listener;
		this.#window = network.profile.windowLength;
	}

	get window(): number {
		return this.#window;
	}

	protected established(): void {
		this.#listener.accept(this);
	}

	/** tcp_input */
	protected arrive(segment: Segment): void {
		this.#window -= segment.length;
		if (this.#isClosed) {
			// Octets for a closed connection are answered with a reset.
			this.network.segments.give(segment);
			return this.sendReset();
		}
		if (this.#refused.first !== null) this.#processRefused();
		if (this.#refused.first !== null) this.#refused.add(segment);
		else this.#offer(segment);
	}

	/** TCP_EVENT_RECV */
	#offer(segment: Segment): void {
		if (this.isPending) {
			this.#refused.add(segment);
			const { time } = this.network;
			const next = (Math.floor(time / FAST_TIMER_MS) + 1) * FAST_TIMER_MS;
			this.network.after(next - time, this, SERVER_TIMER);
		} else if (this.record !== null && this.hasReceive) this.record.receive(segment);
		else {
			// tcp_recv_null
			this.received(segment.length);
			this.network.segments.give(segment);
		}
	}

	/** tcp_fasttmr: what was refused is offered again. */
	protected timer(): void {
		this.#processRefused();
	}

	/** tcp_process_refused_data */
	#processRefused(): void {
		if (this.isPending) {
			const first = this.#refused.first;
			if (first !== null) this.network.after(FAST_TIMER_MS, this, SERVER_TIMER);
			return;
		}
		for (let next = this.#refused.shift(); next !== null; next = this.#refused.shift()) this.#offer(next);
		if (!this.#isEndRefused) return;
		this.#isEndRefused = false;
		this.#ended();
	}

	/** A FIN behind refused data waits with it (PBUF_FLAG_TCP_FIN in tcp_input); without any it is told at once. */
	protected arriveEnd(): void {
		if (this.#refused.first !== null) this.#isEndRefused = true;
		else this.#ended();
	}

	/** TCP_EVENT_CLOSED. listenerReceive forgets it: an early FIN is lost. */
	#ended(): void {
		if (!this.isPending && this.hasReceive) this.record?.receiveEnd();
	}

	/** The control block is freed. Without an error handler nobody knows. */
	protected arriveReset(): void {
		if (this.hasError) this.record?.stackError();
	}

	/** tcp_input, when octets were acknowledged. */
	protected roomGrew(): void {
		this.#freeSegments();
		if (this.hasSent) this.record?.trigger(WRITABLE);
	}

	/** tcp_recved */
	received(count: number): void {
		this.#window += count;
		this.network.toClient(this.client, CLIENT_WINDOW, count, null);
	}

	/** tcp_write */
	write(octets: Uint8Array): boolean {
		if (this.network.writeFailures > 0) {
			this.network.writeFailures -= 1;
			return false;
		}
		if (!this.#takeSegments(octets.length)) return false;
		this.queue(octets, octets.length);
		return true;
	}

	/**
	 * tcp_pbuf_prealloc: with TCP_WRITE_FLAG_MORE, as the SDK has it, the first octet of a segment takes memory for all of it.
	 * Returns false when there is too little.
	 */
	#takeSegments(length: number): boolean {
		const { network } = this;
		const { segmentLength, memoryLength } = network.profile;
		if (memoryLength === Number.POSITIVE_INFINITY) return true;
		const rest = length - this.#oversize;
		const count = rest <= 0 ? 0 : Math.ceil(rest / segmentLength);
		const needed = count * (segmentLength + SEGMENT_OVERHEAD);
		if (network.memoryUsed + needed > memoryLength) return false;
		network.memoryUsed += needed;
		const lengths = this.#segmentLengths;
		if (lengths.length > 0)
			lengths[lengths.length - 1] = (lengths[lengths.length - 1] as number) + Math.min(length, this.#oversize);
		for (let left = rest; left > 0; left -= segmentLength) lengths.push(Math.min(left, segmentLength));
		this.#oversize = count === 0 ? -rest : count * segmentLength - rest;
		return true;
	}

	/** tcp_receive: a segment is freed when all of it is acknowledged. */
	#freeSegments(): void {
		const { network, queued } = this;
		const lengths = this.#segmentLengths;
		if (lengths.length === 0) return;
		let total = lengths.reduce((sum, length) => sum + length, 0);
		while (lengths.length > 0 && total - (lengths[0] as number) >= queued) {
			total -= lengths.shift() as number;
			network.memoryUsed -= network.profile.segmentLength + SEGMENT_OVERHEAD;
		}
	}

	override forget(): void {
		if (this.record !== null) this.record.skt = null;
		super.forget();
	}

	/** tcp_pcb_purge */
	protected override gone(): void {
		const { network } = this;
		network.memoryUsed -= this.#segmentLengths.length * (network.profile.segmentLength + SEGMENT_OVERHEAD);
		this.#segmentLengths.length = 0;
		super.gone();
	}

	/** tcp_output */
	output(): void {
		this.#oversize = 0;
		this.transmit();
	}

	/** tcp_close_safe in modules/network/socket/lwip/modLwipSafe.h */
	close(): void {
		if (this.isGone) return;
		if (this.isLost) return this.gone();
		// tcp_close: what was not read, or told of with tcp_recved, makes it a reset (tcp_close_shutdown).
		if (this.#window !== this.network.profile.windowLength || this.#refused.first !== null) return this.sendReset();
		this.#isClosed = true;
		if (!this.network.profile.closeAborts) return this.sendEnd();
		// The FIN of tcp_close, when nothing is before it, and the reset of tcp_abort.
		if (this.queued === 0) this.network.toClient(this.client, CLIENT_END, 0, null);
		this.sendReset();
	}
}

/** struct TCPRecord */
class TcpRecord implements MessageTarget {
	skt: Pcb | null = null;
	buffers = new SegmentQueue();
	triggerable = 0;
	triggered = 0;
	error = false;
	ready = false;
	format = "buffer";
	onReadable: Callback | null = null;
	onWritable: Callback | null = null;
	onError: Callback | null = null;
	readonly obj: unknown;
	readonly network: Network;
	#useCount = 1;

	constructor(network: Network, obj: unknown) {
		this.network = network;
		this.obj = obj;
		network.objectCount += 1;
	}

	/** The control block, which is used now. */
	use(): Pcb | null {
		if (this.skt?.isGone) this.network.hazard("a control block is used after it was freed");
		return this.skt;
	}

	removeCallbacks(): void {
		const { skt } = this;
		if (skt !== null) {
			skt.hasReceive = false;
			skt.hasSent = false;
			skt.hasError = false;
		}
		this.triggerable &= ~WRITABLE;
	}

	/** tcpReceive */
	receive(segment: Segment): void {
		this.buffers.add(segment);
		if ((this.triggerable & READABLE) !== 0) this.trigger(READABLE);
	}

	/** tcpReceive, without a pbuf: the client's FIN. The connection is given up, though it could be written to. */
	receiveEnd(): void {
		this.removeCallbacks();
		this.trigger(ERROR);
	}

	/** tcpError: a reset. */
	stackError(): void {
		this.removeCallbacks();
		this.skt = null;
		if ((this.triggerable & ERROR) !== 0) this.trigger(ERROR);
	}

	/** tcpTrigger */
	trigger(trigger: number): void {
		const { triggered } = this;
		this.triggered |= trigger;
		if (triggered !== 0) return;
		this.#useCount += 1;
		this.network.post(this);
	}

	/** tcpDeliver */
	deliver(): void {
		let { triggered } = this;
		this.triggered = 0;
		if ((triggered & ERROR) !== 0) {
			triggered &= ~(OUTPUT | WRITABLE);
			this.error = true;
			this.ready = false;
		}
		if ((triggered & OUTPUT) !== 0 && this.skt !== null) this.skt.output();
		if ((triggered & this.triggerable & READABLE) !== 0 && this.buffers.first !== null) {
			this.onReadable?.call(this.obj, this.buffers.length);
		}
		if (this.buffers.first === null || !this.error) {
			if (!this.error) {
				if ((triggered & this.triggerable & WRITABLE) !== 0 && this.skt !== null) {
					this.onWritable?.call(this.obj, this.skt.free);
				}
			} else if ((this.triggerable & ERROR) !== 0) this.onError?.call(this.obj);
		}
		this.release();
	}

	/** doClose */
	close(): void {
		this.ready = false;
		this.removeCallbacks();
		this.triggerable = 0;
		this.triggered = 0;
		this.release();
	}

	/** tcpRelease: a closed socket whose message is still on its way closes its connection when that has come. */
	release(): void {
		this.#useCount -= 1;
		if (this.#useCount > 0) return;
		// xs_tcp_destructor
		this.use()?.close();
		for (let next = this.buffers.shift(); next !== null; next = this.buffers.shift()) this.network.segments.give(next);
		this.network.objectCount -= 1;
	}

	/** xs_tcp_read; `out`: filled. */
	read(out: Uint8Array, requested: number): void {
		const { buffers } = this;
		let target = 0;
		while (target < requested) {
			const segment = buffers.first as Segment;
			const { octets, start } = segment;
			const count = Math.min(requested - target, segment.length);
			for (let index = 0; index < count; index += 1) out[target + index] = octets[start + index] as number;
			target += count;
			segment.start += count;
			buffers.length -= count;
			if (segment.length > 0) continue;
			buffers.shift();
			// The window opens when all of a segment was read, not before.
			this.use()?.received(segment.end);
			this.network.segments.give(segment);
			if (buffers.first === null && this.error) this.trigger(ERROR);
		}
	}

	/** xs_tcp_write */
	write(octets: Uint8Array): number | undefined {
		if (!this.ready) throw new Error("not ready");
		const skt = this.error ? null : this.use();
		if (skt === null) return;
		if (octets.length > skt.free) throw new Error("would block");
		if (!skt.write(octets)) {
			this.trigger(ERROR);
			return;
		}
		this.trigger(OUTPUT);
		return skt.free;
	}
}

/** struct ListenerRecord */
class ListenerRecord implements MessageTarget, Port {
	readonly port: number;
	readonly pending: Pcb[] = [];
	onReadable: Callback | null = null;
	readonly #network: Network;
	readonly #obj: unknown;
	#isTriggered = false;
	#isClosed = false;

	constructor(network: Network, obj: unknown, port: number) {
		this.#network = network;
		this.#obj = obj;
		this.port = port;
	}

	/** tcp_listen_input: a SYN has come, and there is a control block. */
	connect(client: SdkClient): void {
		const pcb = new Pcb(this.#network, client, this);
		client.end = pcb;
		client.window = this.#network.profile.windowLength;
		this.#network.opened(pcb);
		this.#network.toClient(client, CLIENT_CONNECTED, 0, null);
	}

	/** listenerAccept */
	accept(pcb: Pcb): void {
		if (this.#isClosed) return pcb.close();
		this.pending.push(pcb);
		if (this.onReadable === null || this.#isTriggered) return;
		this.#isTriggered = true;
		this.#network.post(this);
	}

	/** listenerDeliver */
	deliver(): void {
		this.#isTriggered = false;
		if (this.#isClosed || this.pending.length === 0) return;
		this.onReadable?.call(this.#obj, this.pending.length);
	}

	/** xs_listener_destructor_ */
	close(): void {
		this.#isClosed = true;
		this.#network.unlisten(this);
		for (const pcb of this.pending.splice(0)) pcb.close();
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
		const { skt } = from;
		if (skt === null) throw new Error("invalid from");
		let { triggered } = from;
		const record = new TcpRecord(network, this);
		record.buffers = from.buffers;
		record.ready = from.ready;
		if (onReadable !== null) record.triggerable |= READABLE;
		if (onWritable !== null) record.triggerable |= WRITABLE;
		if (onError !== null) record.triggerable |= ERROR;
		if ((record.triggerable & WRITABLE) !== 0 && skt.free > 0) triggered |= WRITABLE;
		if ((record.triggerable & READABLE) !== 0 && record.buffers.first !== null) triggered |= READABLE;
		from.skt = null;
		from.buffers = new SegmentQueue();
		pending.close();
		this.#record = record;
		record.format = format;
		if ("target" in options) this.target = options.target;
		record.skt = skt;
		record.onReadable = onReadable;
		record.onWritable = onWritable;
		record.onError = onError;
		skt.record = record;
		skt.hasReceive = true;
		skt.hasError = true;
		skt.hasSent = onWritable !== null;
		if (triggered !== 0) record.trigger(triggered);
		network.clients?.set(options.target, skt.client);
	}

	get #validated(): TcpRecord {
		if (this.#record === null) throw closedObject();
		return this.#record;
	}

	/** xs_listener_read, as far as it is about the socket. */
	static adopt(tcp: TCP, pcb: Pcb): void {
		const record = tcp.#validated;
		record.skt = pcb;
		pcb.isPending = false;
		pcb.record = record;
		pcb.hasReceive = true;
		pcb.hasError = true;
		record.ready = true;
	}

	close(): void {
		const record = this.#record;
		this.#record = null;
		record?.close();
	}

	read(argument?: unknown): unknown {
		const record = this.#validated;
		const { buffers } = record;
		if (buffers.first === null) return undefined;
		if (record.format === "number") {
			const one = new Uint8Array(1);
			record.read(one, 1);
			return one[0];
		}
		const requested = requestedOf(argument, buffers.length);
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

	get remoteAddress(): string {
		return this.#connected.client.address;
	}

	get remotePort(): number {
		return this.#connected.client.port;
	}

	/** After a reset, asking for the address reads through a null pointer. */
	get #connected(): Pcb {
		const record = this.#validated;
		const skt = record.use();
		if (skt !== null) return skt;
		record.network.fault("the address of a connection was asked for that is reset");
		throw new Error("null pointer");
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

	/** xs_listener_constructor; the address is not looked at. */
	constructor(network: Network, options: Dictionary) {
		this.#network = network;
		if (network.profile.needsNetwork && !network.isUp) throw new Error("no network");
		const port = portOf(options);
		const onReadable = callbackOf(options, "onReadable");
		checkFormat(options, "socket/tcp");
		const record = new ListenerRecord(network, this, network.freePort(port, "socket bind"));
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

	/** modules/io/socket/lwip/listener.js: makes a TCP first, which nobody closes when no connection waits. */
	read(): TCP | undefined {
		const tcp = new TCP(this.#network);
		const pcb = this.#validated.pending.shift();
		if (pcb === undefined) return undefined;
		if (pcb.isGone) this.#network.hazard("a connection is accepted whose control block was freed");
		TCP.adopt(tcp, pcb);
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
export function lwipSockets(network: Network): SocketClasses {
	return { TCP: programClass(TCP, network), Listener: programClass(Listener, network) };
}
