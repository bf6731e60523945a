// A connected socket of the Linux kernel, with the system calls that the SDK makes on it. For lin.ts.

import { CLIENT_WINDOW, type SdkClient } from "./client.js";
import type { Network } from "./network.js";
import { type Segment, SegmentQueue } from "./segment.js";
import { ServerEnd } from "./server-end.js";

/** What the kernel answers in place of a count. */
const FAILED = -1;

/** What listen(2) is given: takes a connection into its backlog. */
export interface KernelListener {
	accept(socket: KernelSocket): void;
}

/** A socket of the kernel. */
export class KernelSocket extends ServerEnd {
	readonly #received = new SegmentQueue();
	readonly #listener: KernelListener;
	#hasEnded = false;
	#isReset = false;
	#isClosed = false;

	constructor(network: Network, client: SdkClient, listener: KernelListener) {
		super(network, client);
		this.#listener = listener;
	}

	get window(): number {
		return this.network.profile.windowLength - this.#received.length;
	}

	protected established(): void {
		this.#listener.accept(this);
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
			this.network.fill(out, start + count, segment.octets, segment.start, part);
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
		this.queue(octets, 0, count);
		this.transmit();
		return count;
	}

	/** close(2): with octets unread it resets the connection. */
	close(): void {
		this.#isClosed = true;
		const hasUnread = this.#received.first !== null;
		this.network.segments.giveAll(this.#received);
		if (this.isGone) return;
		if (this.isLost) return this.gone();
		if (hasUnread) this.sendReset();
		else this.sendEnd();
	}
}
