// The SDK's sockets on lwIP (modules/io/socket/lwip/tcp.c): functions and fields have its names, so that the two can be laid
// side by side. Of lwIP itself, only what reaches the SDK is here; where that is lwIP's doing, its function is named.
// For the double.

import { CLIENT_END, CLIENT_WINDOW, type SdkClient } from "./client.js";
import type { SocketClasses } from "./host-object.js";
import type { MessageTarget, Network } from "./network.js";
import { type Segment, SegmentQueue } from "./segment.js";
import { SERVER_TIMER, ServerEnd } from "./server-end.js";
import {
	ERROR,
	ListenerRecord,
	READABLE,
	type SocketStack,
	type TcpCallbacks,
	TcpRecord,
	WRITABLE,
} from "./socket-records.js";
import { socketsOn } from "./sockets.js";

/** kTCPOutput */
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
	record: LwipTcpRecord | null = null;
	hasReceive = false;
	hasSent = false;
	hasError = false;
	/** Whether the connection waits in the listener, whose listenerReceive refuses everything. */
	isPending = true;
	readonly #listener: LwipListenerRecord;
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

	constructor(network: Network, client: SdkClient, listener: LwipListenerRecord) {
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

class LwipTcpRecord extends TcpRecord<Pcb> implements MessageTarget {
	buffers = new SegmentQueue();
	ready = false;
	#useCount = 1;

	get available(): number {
		return this.buffers.length;
	}

	/** After a reset, asking for the address reads through a null pointer. */
	get peer(): SdkClient {
		const skt = this.use();
		if (skt !== null) return skt.client;
		this.network.fault("the address of a connection was asked for that is reset");
		throw new Error("null pointer");
	}

	adopt(pcb: Pcb): void {
		if (pcb.isGone) this.network.hazard("a connection is accepted whose control block was freed");
		pcb.isPending = false;
		this.ready = true;
		this.#take(pcb);
	}

	/** tcp_arg, tcp_recv, tcp_err */
	#take(pcb: Pcb): void {
		this.skt = pcb;
		pcb.record = this;
		pcb.hasReceive = true;
		pcb.hasError = true;
	}

	handOver(obj: unknown, callbacks: TcpCallbacks): LwipTcpRecord {
		const { skt } = this;
		if (skt === null) throw new Error("invalid from");
		let { triggered } = this;
		const record = new LwipTcpRecord(this.network, obj);
		record.setCallbacks(callbacks);
		record.buffers = this.buffers;
		record.ready = this.ready;
		if ((record.triggerable & WRITABLE) !== 0 && skt.free > 0) triggered |= WRITABLE;
		if ((record.triggerable & READABLE) !== 0 && record.buffers.first !== null) triggered |= READABLE;
		this.skt = null;
		this.buffers = new SegmentQueue();
		this.close();
		record.#take(skt);
		skt.hasSent = record.onWritable !== null;
		if (triggered !== 0) record.trigger(triggered);
		return record;
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

class LwipListenerRecord extends ListenerRecord<Pcb> implements MessageTarget {
	#isTriggered = false;

	/** tcp_listen_input */
	protected socketOf(client: SdkClient): Pcb {
		return new Pcb(this.network, client, this);
	}

	/** listenerAccept */
	accept(pcb: Pcb): void {
		if (this.isClosed) return pcb.close();
		this.pending.push(pcb);
		if (this.onReadable === null || this.#isTriggered) return;
		this.#isTriggered = true;
		this.network.post(this);
	}

	/** listenerDeliver */
	deliver(): void {
		this.#isTriggered = false;
		if (!this.isClosed && this.pending.length > 0) this.report();
	}
}

/** lwIP on `network`. */
class LwipStack implements SocketStack<Pcb> {
	readonly network: Network;

	constructor(network: Network) {
		this.network = network;
	}

	record(tcp: unknown): LwipTcpRecord {
		return new LwipTcpRecord(this.network, tcp);
	}

	/** tcp_bind */
	bind(listener: unknown, port: number): LwipListenerRecord {
		return new LwipListenerRecord(this.network, listener, this.network.freePort(port, "socket bind"));
	}
}

/** The TCP and Listener classes of a program on `network`. */
export function lwipSockets(network: Network): SocketClasses {
	return socketsOn(new LwipStack(network));
}
