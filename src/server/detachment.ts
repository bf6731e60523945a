// A connection under another protocol, as that protocol sees it. For the slot, which stays in charge of the transport.

import { checkSilence, type DetachedConnection, type DetachedProtocol } from "../app/response.js";
import { reportRejection } from "./promises.js";
import type { Slot } from "./slot.js";

export class Detachment implements DetachedConnection {
	state: unknown = undefined;
	#slot: Slot | null;
	#isClosing = false;
	readonly #protocol: DetachedProtocol;
	readonly #remoteAddress: string;

	constructor(slot: Slot, protocol: DetachedProtocol) {
		this.#slot = slot;
		this.#protocol = protocol;
		this.#remoteAddress = slot.remoteAddress;
	}

	get remoteAddress(): string {
		return this.#remoteAddress;
	}

	get room(): number {
		return this.open === null ? 0 : this.open.roomDetached;
	}

	read(buffer: Uint8Array, start = 0, end: number = buffer.length): number {
		if (!(Number.isInteger(start) && Number.isInteger(end) && start >= 0 && end <= buffer.length))
			throw new RangeError(`there is no room from ${start} to ${end}`);
		return this.open === null || end <= start ? 0 : this.open.readDetached(buffer, start, end);
	}

	write(octets: Uint8Array, start = 0, end: number = octets.length): boolean {
		if (!(Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end && end <= octets.length)) {
			throw new RangeError(`there are no octets from ${start} to ${end} in ${octets.length}`);
		}
		if (this.open === null) return false;
		this.open.writeDetached(octets, start, end);
		return true;
	}

	limitSilence(timeoutMs: number): void {
		checkSilence(timeoutMs);
		this.open?.limitSilence(timeoutMs);
	}

	close(): void {
		const slot = this.open;
		this.#isClosing = true;
		slot?.closeDetached();
	}

	/** The slot, as long as the protocol has not closed. */
	private get open(): Slot | null {
		return this.#isClosing ? null : this.#slot;
	}

	/** For the slot. */
	readable(count: number): void {
		if (!this.#isClosing) this.guarded(() => this.#protocol.onReadable?.(this, count));
	}

	/** For the slot. */
	writable(room: number): void {
		if (!this.#isClosing) this.guarded(() => this.#protocol.onWritable?.(this, room));
	}

	/** For the slot: the connection is over. */
	closed(error: unknown): void {
		const slot = this.#slot;
		this.#slot = null;
		try {
			const result: unknown = this.#protocol.onClose?.(this, error);
			reportRejection(result, (thrown) => slot?.reportDetached(thrown));
		} catch (thrown) {
			slot?.reportDetached(thrown);
		}
	}

	/** A protocol that throws costs its own connection, nothing more. */
	private guarded(call: () => unknown): void {
		try {
			reportRejection(call(), (error) => this.fail(error));
		} catch (error) {
			this.fail(error);
		}
	}

	private fail(error: unknown): void {
		this.#slot?.reportDetached(error);
		this.#slot?.abort();
	}
}
