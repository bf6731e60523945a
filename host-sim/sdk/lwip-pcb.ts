// A control block of lwIP: of lwIP, what reaches the SDK's sockets, under the names of its functions. For lwip.ts.

import { CLIENT_END, CLIENT_WINDOW, type SdkClient } from "./client.js";
import type { Network } from "./network.js";
import { type Segment, SegmentQueue } from "./segment.js";
import { SERVER_TIMER, ServerEnd } from "./server-end.js";

/** TCP_TMR_INTERVAL of lwIP (lwip/priv/tcp_priv.h), in milliseconds: how often tcp_fasttmr runs. */
const FAST_TIMER_MS = 250;

/**
 * What a segment takes beside its octets, about: struct pbuf, the heads of three layers (PBUF_TRANSPORT), and the heap's own
 * struct mem.
 */
const SEGMENT_OVERHEAD = 80;

/** What tcp_arg, tcp_recv, tcp_sent and tcp_err are given: a socket's record, with its callbacks. */
export interface PcbOwner {
	/** Null once the control block is another's, or freed. */
	skt: Pcb | null;
	/** Octets, which the owner has to give back with `received` when it has read them. */
	receive(segment: Segment): void;
	/** The client's FIN: a call without a pbuf. */
	receiveEnd(): void;
	sent(): void;
	stackError(): void;
}

/** What tcp_accept is given. */
export interface PcbListener {
	accept(pcb: Pcb): void;
}

/** A control block of lwIP, as its callbacks see it. */
export class Pcb extends ServerEnd {
	owner: PcbOwner | null = null;
	hasReceive = false;
	hasSent = false;
	hasError = false;
	/** Whether the connection waits in the listener, whose listenerReceive refuses everything. */
	isPending = true;
	readonly #listener: PcbListener;
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

	constructor(network: Network, client: SdkClient, listener: PcbListener) {
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
		} else if (this.owner !== null && this.hasReceive) this.owner.receive(segment);
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
		if (!this.isPending && this.hasReceive) this.owner?.receiveEnd();
	}

	/** The control block is freed. Without an error handler nobody knows. */
	protected arriveReset(): void {
		if (this.hasError) this.owner?.stackError();
	}

	/** tcp_input, when octets were acknowledged. */
	protected roomGrew(): void {
		this.#freeSegments();
		if (this.hasSent) this.owner?.sent();
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
		this.queue(octets, 0, octets.length);
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
		if (this.owner !== null) this.owner.skt = null;
		super.forget();
	}

	/** tcp_pcb_purge */
	protected override gone(): void {
		const { network } = this;
		network.memoryUsed -= this.#segmentLengths.length * (network.profile.segmentLength + SEGMENT_OVERHEAD);
		this.#segmentLengths.length = 0;
		network.segments.giveAll(this.#refused);
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
