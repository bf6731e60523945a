// Where content goes that nobody keeps in memory, and how it is refused there. For features that hand content on in pieces,
// and for sinks: an app's own, and those of thimble-http/update.

/** Where a file goes. While a promise that it returned is open, the client is held back. */
export interface FileSink {
	/** Takes `octets[start, end)`, which are the sink's only until it returns, or until its promise is settled. */
	write(octets: Uint8Array, start: number, end: number): void | Promise<unknown>;
	/** The file is whole. The form it came in may still be refused: what cannot be undone is the handler's to do. */
	end(): void | Promise<unknown>;
	/** The file will not become whole: the client left for good or broke a rule, or something threw, `write` or `end` among it. */
	abort?(error: unknown): void;
}

/**
 * Content that is well-formed and cannot be taken all the same. Thrown by a sink or by what opens one, or rejecting its promise,
 * it is answered with 422 (RFC 9110 §15.5.21), or with 413 (§15.5.14) where there is too much of it, and its message.
 */
export class ContentError extends Error {
	override readonly name: string = "ContentError";
	readonly status: 413 | 422;

	/** `message`: what would be taken. */
	constructor(message: string, status: 413 | 422 = 422) {
		super(message);
		this.status = status;
	}
}
