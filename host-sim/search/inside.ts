// Where the search looks into a server beyond what firmware sees: cursors and buffers of each slot, its phase and its wait.
// The only module of the search that knows of these; what it reads is read alone, but for the poison it puts into the
// buffers of slots that are free, and the calls that it listens to.

import { EVENT_PERSISTED, EVENT_REQUEST } from "../../src/connection/events.js";
import { CAUSES, EXCHANGE, FREE, PHASES } from "../../src/connection/states.js";
import { WAITS } from "../../src/connection/waits.js";
import { VALID, violationName } from "../../src/message/violation.js";
import type { Transport } from "../../src/server/platform.js";
import type { Server } from "../../src/server/server.js";
import type { Slot } from "../../src/server/slot.js";

// Copies, since V8 compiles no look into an array that is frozen, and there are some after every event.
const PHASE_NAMES = PHASES.slice();
const WAIT_NAMES = WAITS.slice();

/** What fills the buffers of a slot that is free. No plan sends it, and no handler writes it. */
export const POISON = 0xfa;

/** Hears of every step in the life of a connection. */
export interface SlotListener {
	/** The connection goes from `phase` to another, by `cause`. */
	moved(view: SlotView, phase: string, cause: string): void;
	/** A deadline has passed. */
	expired(view: SlotView, wait: string): void;
	/** It had to go for one that waits. */
	evicted(view: SlotView, phase: string): void;
	/** The server cuts off all that is left. */
	cutOff(): void;
}

/** The methods of the server that are listened to, under names of its own. */
interface Listened {
	move(cause: number, now: number): void;
	beginExchange(head: unknown): number;
	answerAtOnce(prebuilt: unknown, now: number): boolean;
	endResponse(): void;
	nextFlush(now: number): number;
	expire(now: number): number;
}

/** A stretch of a buffer that holds nothing but poison while its slot is free. */
class Stretch {
	readonly #octets: Uint8Array;
	/** The same, four octets at a time: all of it is looked at whenever a slot is given. */
	readonly #words: Int32Array;
	readonly #start: number;
	readonly #end: number;

	/** From `start` to before `end`. */
	constructor(octets: Uint8Array, start: number, end: number) {
		this.#octets = octets;
		this.#words = new Int32Array(octets.buffer, octets.byteOffset, octets.length >> 2);
		this.#start = start;
		this.#end = end;
	}

	poison(): void {
		this.#octets.fill(POISON, this.#start, this.#end);
	}

	get isPoisoned(): boolean {
		const words = this.#words;
		const first = (this.#start + 3) >> 2;
		const last = this.#end >> 2;
		for (let index = first; index < last; index += 1) if (words[index] !== POISON_WORD) return false;
		return isAll(this.#octets, this.#start, 4 * first) && isAll(this.#octets, 4 * last, this.#end);
	}
}

/** Four of them. */
const POISON_WORD = (0x0101_0101 * POISON) | 0;

export class SlotView {
	readonly slot: Slot;
	readonly #receiveOctets: Uint8Array;
	readonly #sendOctets: Uint8Array;
	readonly #received: Stretch;
	readonly #unsent: Stretch;
	readonly #receiveBase: number;
	readonly #receiveLimit: number;
	readonly #sendBase: number;
	readonly #sendLimit: number;
	#isPoisoned = false;

	constructor(slot: Slot, listener: SlotListener) {
		const { receive, response: send } = slot.connection;
		this.slot = slot;
		this.#receiveOctets = receive.octets;
		this.#sendOctets = send.octets;
		this.#receiveBase = receive.base;
		this.#receiveLimit = receive.limit;
		this.#sendBase = send.base;
		this.#sendLimit = send.limit;
		this.#received = new Stretch(receive.octets, 0, receive.limit);
		this.#unsent = new Stretch(send.octets, send.base, send.limit);
		listen(this, listener);
	}

	get transport(): Transport | null {
		return this.slot.transport;
	}

	get isFree(): boolean {
		return this.slot.isFree;
	}

	get phase(): string {
		return PHASE_NAMES[this.slot.connection.phase] as string;
	}

	get wait(): string {
		return WAIT_NAMES[this.slot.connection.wait] as string;
	}

	/** How many requests the connection has brought. */
	get requestCount(): number {
		return this.slot.connection.requestCount;
	}

	/** The rule that the connection has broken, or "". */
	get violation(): string {
		const { violation } = this.slot.connection;
		return violation === VALID ? "" : violationName(violation);
	}

	/** How long the deadline has passed, in milliseconds: negative before it, NaN without one. */
	overdue(now: number): number {
		const { connection } = this.slot;
		// In 32 bits, and by nobody else's arithmetic.
		return connection.hasDeadline ? (now - connection.deadline) | 0 : Number.NaN;
	}

	/** Whether content of the request has not been read, by its handler or to be dropped. */
	get hasContentLeft(): boolean {
		return !this.slot.connection.isContentComplete;
	}

	/** Whether a handler may be called with its request now. */
	get isInExchange(): boolean {
		return this.slot.connection.phase === EXCHANGE;
	}

	/** What is wrong with cursors and buffers, or "". */
	get disorder(): string {
		const { receive, response: send, phase } = this.slot.connection;
		if (receive.octets !== this.#receiveOctets || send.octets !== this.#sendOctets) return "a buffer is another one";
		if (receive.octets.length < this.#receiveLimit) return "the receive buffer has lost its end";
		if (receive.base !== this.#receiveBase || receive.limit !== this.#receiveLimit) return "the receive buffer moved";
		if (send.base !== this.#sendBase || send.limit !== this.#sendLimit) return "the send buffer moved";
		const { consumed, scanned, received, limit } = receive;
		if (!(0 <= consumed && consumed <= scanned && scanned <= received && received <= limit)) {
			return `0 ≤ ${consumed} ≤ ${scanned} ≤ ${received} ≤ ${limit} does not hold`;
		}
		if (!(send.base <= send.start && send.start <= send.end && send.end <= send.limit)) {
			return `${send.base} ≤ ${send.start} ≤ ${send.end} ≤ ${send.limit} does not hold`;
		}
		if ((phase === FREE) !== this.slot.isFree) return "a slot is free and its connection is not";
		return "";
	}

	/** For a slot that has become free. */
	poison(): void {
		this.#received.poison();
		this.#unsent.poison();
		this.#isPoisoned = true;
	}

	/** Whether nobody has written to the buffers since they were poisoned; asked once, before the slot is used again. */
	isUntouched(): boolean {
		if (!this.#isPoisoned) return true;
		this.#isPoisoned = false;
		return this.#received.isPoisoned && this.#unsent.isPoisoned;
	}

	/** The slot is in use, whether anybody has asked or not. */
	use(): void {
		this.#isPoisoned = false;
	}
}

function isAll(octets: Uint8Array, start: number, end: number): boolean {
	for (let index = start; index < end; index += 1) if (octets[index] !== POISON) return false;
	return true;
}

/** Puts something before a method of one object, which may have a frozen class. None of the methods has more than two parameters. */
function before<T extends object, Name extends keyof T>(object: T, name: Name, hear: (value: unknown) => void): void {
	const own = object[name] as unknown as (...values: unknown[]) => unknown;
	Object.defineProperty(object, name, {
		value(this: T, one: unknown, other: unknown) {
			hear(one);
			return own.call(this, one, other);
		},
	});
}

/** Puts something behind a method of one object: `hear` is given what it returned, and what `look` had seen before. */
function around<T extends object, Name extends keyof T, Seen>(
	object: T,
	name: Name,
	look: () => Seen,
	hear: (result: unknown, seen: Seen) => void,
): void {
	const own = object[name] as unknown as (...values: unknown[]) => unknown;
	Object.defineProperty(object, name, {
		value(this: T, one: unknown, other: unknown) {
			const seen = look();
			const result = own.call(this, one, other);
			hear(result, seen);
			return result;
		},
	});
}

function listen(view: SlotView, listener: SlotListener): void {
	const { slot } = view;
	const { connection } = slot;
	const listened = connection as unknown as Listened;
	const phase = () => PHASE_NAMES[connection.phase] as string;
	before(listened, "move", (cause) => listener.moved(view, phase(), CAUSES[cause as number] as string));
	// The common ways of a request change the phase without a call.
	around(listened, "beginExchange", phase, (event, from) => {
		if (event === EVENT_REQUEST) listener.moved(view, from, "headComplete");
	});
	around(listened, "answerAtOnce", phase, (isOver, from) => {
		if (isOver) listener.moved(view, from, "persisted");
	});
	around(listened, "nextFlush", phase, (event, from) => {
		if (event === EVENT_PERSISTED) listener.moved(view, from, "persisted");
	});
	before(listened, "endResponse", () => listener.moved(view, phase(), "responseComplete"));
	before(listened, "expire", () => listener.expired(view, WAIT_NAMES[connection.wait] as string));
	before(slot, "evict", () => listener.evicted(view, phase()));
}

/** The slots of a server. */
export function slotViews(server: Server, listener: SlotListener): readonly SlotView[] {
	before(server, "abort", () => listener.cutOff());
	return server.slots.map((slot) => new SlotView(slot, listener));
}
