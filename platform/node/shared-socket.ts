// Accepted connections that read into one buffer, all of them. Node's own way takes 64 KiB from the system for each read, and
// the collector gives them back: a tenth of what a small request costs. For NodePlatform and its transport.
//
// Node documents the reading into a buffer of one's own (`onread`) for sockets that connect, not for those that are accepted.
// So the connection changes its socket, by two properties that Node does not document: `_handle`, and the option of that
// name. Where either is missing, the socket stays what it is, and nothing but the saving is lost.

import { Socket } from "node:net";

/** How much one read takes, at most: as much as Node's own. */
const SHARED_LENGTH = 65_536;

/** Told what has arrived. `octets` are good until the call returns. */
export type Arrival = (octets: Buffer, length: number) => void;

/** What a socket of Node's is made of, as far as it matters here. */
interface Handle {
	readonly useUserBuffer?: unknown;
}

interface SharedOptions {
	readonly handle: Handle;
	readonly allowHalfOpen: boolean;
	readonly onread: { readonly buffer: Buffer; readonly callback: (length: number, octets: Buffer) => boolean };
}

type SocketOfHandle = new (options: SharedOptions) => Socket;

const SharedBase = Socket as unknown as SocketOfHandle;

let sharedOctets: Buffer | null = null;

/** A socket whose octets arrive in the shared buffer. */
export class SharedSocket extends SharedBase {
	arrived: Arrival | null = null;

	constructor(handle: Handle) {
		sharedOctets ??= Buffer.alloc(SHARED_LENGTH);
		const callback = (length: number, octets: Buffer): boolean => {
			this.arrived?.(octets, length);
			return true;
		};
		super({ handle, allowHalfOpen: true, onread: { buffer: sharedOctets, callback } });
	}
}

/**
 * The socket to use instead of an accepted one that has not begun to read: itself, or one that reads into the shared
 * buffer.
 */
export function sharing(accepted: Socket): Socket {
	const holder = accepted as unknown as { _handle?: Handle | null };
	const handle = holder._handle;
	if (typeof handle?.useUserBuffer !== "function") return accepted;
	holder._handle = null;
	// It has nothing left to close, and counts no more among its server's connections.
	accepted.destroy();
	return new SharedSocket(handle);
}
