// A connection under another protocol, as that protocol sees it. For the slot, which stays in charge of the transport.

import type { DetachedConnection, DetachedProtocol } from "../app/response.js";
import type { Slot } from "./slot.js";

export class Detachment implements DetachedConnection {
	state: unknown;
	#slot: Slot | null;
	readonly #protocol: DetachedProtocol;
	readonly #remoteAddress: string;

	constructor(slot: Slot, protocol: DetachedProtocol, state: unknown) {
		this.#slot = slot;
		this.#protocol = protocol;
		this.#remoteAddress = slot.remoteAddress;
		this.state = state;
	}

	get remoteAddress(): string {
		return this.#remoteAddress;
	}

	get room(): number {
		return this.#slot === null ? 0 : this.#slot.roomDetached;
	}

	read(buffer: Uint8Array, start = 0, end: number = buffer.length): number {
		return this.#slot === null ? 0 : this.#slot.readDetached(buffer, start, end);
	}

	write(octets: Uint8Array, start = 0, end: number = octets.length): boolean {
		if (this.#slot === null) return false;
		this.#slot.writeDetached(octets, start, end);
		return true;
	}

	setTimeout(timeoutMs: number): void {
		this.#slot?.setTimeoutDetached(timeoutMs);
	}

	close(): void {
		this.#slot?.closeDetached();
	}

	/** For the slot. */
	readable(count: number): void {
		this.#guarded(() => this.#protocol.onReadable?.(this, count));
	}

	/** For the slot. */
	writable(room: number): void {
		this.#guarded(() => this.#protocol.onWritable?.(this, room));
	}

	/** For the slot: the connection is over. */
	closed(error: unknown): void {
		const slot = this.#slot;
		this.#slot = null;
		try {
			this.#protocol.onClose?.(this, error);
		} catch (thrown) {
			slot?.reportDetached(thrown);
		}
	}

	/** A protocol that throws costs its own connection, nothing more. */
	#guarded(call: () => void): void {
		try {
			call();
		} catch (error) {
			this.#slot?.reportDetached(error);
			this.#slot?.abort();
		}
	}
}
