// The SDK's sockets on lwIP (modules/io/socket/lwip/tcp.c): functions and fields have its names, so that the two can be laid
// side by side. For the double.

import type { SdkClient } from "./client.js";
import type { SocketClasses } from "./host-object.js";
import { Pcb, type PcbListener, type PcbOwner } from "./lwip-pcb.js";
import type { MessageTarget, Network } from "./network.js";
import { type Segment, SegmentQueue } from "./segment.js";
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

/** kTCPOutput */
const OUTPUT = 1 << 3;

class LwipTcpRecord extends TcpRecord<Pcb> implements MessageTarget, PcbOwner {
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
		pcb.owner = this;
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

	/** tcpSent */
	sent(): void {
		this.trigger(WRITABLE);
	}

	/** tcpError: a reset. */
	stackError(): void {
		this.removeCallbacks();
		this.skt = null;
		if ((this.triggerable & ERROR) !== 0) this.trigger(ERROR);
	}

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
		this.network.segments.giveAll(this.buffers);
		this.network.objectCount -= 1;
	}

	read(out: Uint8Array, requested: number): void {
		const { buffers } = this;
		let target = 0;
		while (target < requested) {
			const segment = buffers.first as Segment;
			const { octets, start } = segment;
			const count = Math.min(requested - target, segment.length);
			this.network.fill(out, target, octets, start, count);
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

class LwipListenerRecord extends ListenerRecord<Pcb> implements MessageTarget, PcbListener {
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
class LwipStack extends SocketStack<Pcb> {
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
