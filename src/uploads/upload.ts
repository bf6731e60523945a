// One place for an upload: how far it has come, and the buffer on the way to its sink. For the routes of this folder.
//
// An upload outlives the requests that bring it. `offset` is what its sink has taken; what stands in the buffer beyond that is
// given to the sink before anybody is told the offset, so that no octet is lost or taken twice wherever a connection breaks.

import { freeze } from "../octets/freeze.js";
import { isThenable } from "../server/promises.js";
import type { FileSink } from "../sink.js";
import type { Transfer } from "./transfer.js";

// What an upload is.
/** None: the place is free. */
export const FREE = 0;
/** Unfinished. */
export const OPEN = 1;
/** Whole, and its sink has ended it. */
export const WHOLE = 2;
/** It will never be whole: its sink has refused it. */
export const FAILED = 3;

/** Where nothing goes. */
const NO_SINK: FileSink = freeze({ write: () => undefined, end: () => undefined });

export class Upload {
	state = FREE;
	id = "";
	length = 0;
	/** How many octets the sink has taken. */
	offset = 0;
	/** What comes behind them: the first `filled` octets, which are the sink's while `later` is there. */
	readonly buffer: Uint8Array;
	filled = 0;
	/** The request that brings octets; null while there is none. */
	transfer: Transfer | null = null;
	/** Pending while the sink takes its time. It is never rejected. */
	later: Promise<void> | null = null;
	/** Why it has failed. */
	error: unknown = undefined;
	/** When somebody last asked for it, by the clock that wraps. */
	usedMs = 0;
	private sink: FileSink = NO_SINK;
	private onWhole: ((sink: FileSink) => void) | undefined;

	constructor(bufferLength: number) {
		this.buffer = new Uint8Array(bufferLength);
	}

	/** Whether a request or the sink is at work with it. */
	get isBusy(): boolean {
		return this.transfer !== null || this.later !== null;
	}

	/** How many octets it will have taken when it has what is buffered. */
	get offsetToBe(): number {
		return this.offset + this.filled;
	}

	/** A new upload takes the place. Empty, it is whole at once. */
	begin(id: string, length: number, sink: FileSink, onWhole: ((sink: FileSink) => void) | undefined): void {
		this.state = OPEN;
		this.id = id;
		this.length = length;
		this.offset = 0;
		this.filled = 0;
		this.sink = sink;
		this.onWhole = onWhole;
		if (length === 0) this.finish();
	}

	/** Gives the sink what is buffered, unless it is at work. */
	flush(): void {
		if (this.filled === 0 || this.later !== null || this.state !== OPEN) return;
		try {
			const result = this.sink.write(this.buffer, 0, this.filled);
			if (isThenable(result)) this.wait(result, () => this.taken());
			else this.taken();
		} catch (error) {
			this.fail(error);
		}
	}

	/** Ends the upload for whoever wants it no more; its place is free. Not while the sink is at work. */
	drop(error: Error): void {
		const { sink } = this;
		this.state = FREE;
		this.id = "";
		this.error = undefined;
		this.sink = NO_SINK;
		this.onWhole = undefined;
		sink.abort?.(error);
	}

	private taken(): void {
		this.offset += this.filled;
		this.filled = 0;
		if (this.offset === this.length) this.finish();
	}

	private finish(): void {
		try {
			const result = this.sink.end();
			if (isThenable(result)) this.wait(result, () => this.ended());
			else this.ended();
		} catch (error) {
			this.fail(error);
		}
	}

	private ended(): void {
		const { sink, onWhole } = this;
		this.state = WHOLE;
		// It has ended, and cannot be aborted any more.
		this.sink = NO_SINK;
		try {
			onWhole?.(sink);
		} catch (error) {
			this.fail(error);
		}
	}

	private fail(error: unknown): void {
		const { sink } = this;
		this.state = FAILED;
		this.error = error;
		this.sink = NO_SINK;
		try {
			sink.abort?.(error);
		} catch {
			// What came first is what is told.
		}
	}

	private wait(result: PromiseLike<unknown>, next: () => void): void {
		this.later = Promise.resolve(result).then(
			() => {
				this.later = null;
				next();
			},
			(error: unknown) => {
				this.later = null;
				this.fail(error);
			},
		);
	}
}
