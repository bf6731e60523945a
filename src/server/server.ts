// The server: an app on a platform. It owns the slots, decides who gets one, keeps the one timer, and closes it all.

import type { App, RouteTarget } from "../app/app.js";
import type { Request } from "../app/request.js";
import { later, since } from "../clock.js";
import { Connection } from "../connection/connection.js";
import { FIRST, HEAD, IDLE, LINGER } from "../connection/states.js";
import type { Limits } from "../limits.js";
import type { ContentReader } from "../message/content.js";
import { Head } from "../message/head.js";
import { freeze } from "../octets/freeze.js";
import { DateLine } from "../response/date.js";
import type { Prebuilt } from "../response/prebuilt.js";
import type { RouteEntry } from "../router/router.js";
import type { ServerHost, SlotObserver } from "./host.js";
import { Memory, type MemoryCost, memoryCost } from "./memory.js";
import type { ListenerHandle, ListenerOwner, ListenOptions, Platform, TimerOwner, Transport } from "./platform.js";
import { turnAway } from "./refusal.js";
import { Slot } from "./slot.js";
import { WaitingLine, type WaitingLineOwner } from "./waiting-line.js";

/** Sees what happens in a server, for logs and tests. */
export interface ServerObserver extends SlotObserver {
	/** A client was turned away with 503, or waits for a slot. */
	crowded(isRefused: boolean): void;
	/** The server is made, and its slots. */
	serving?(server: Server): void;
}

/** What `listen` takes beside an app. */
export interface ServerOptions extends ListenOptions {
	/** The listener opened the port. */
	readonly onListening?: (server: Server) => void;
	/** The listener failed: the port is taken, the network is gone. `server.reopen()` tries again. Without it, as the app's `onError`. */
	readonly onListenerError?: (error: unknown, server: Server) => void;
	readonly observer?: ServerObserver;
}

const PORT_MAX = 65_535;

/** The least time in milliseconds that a connection has for its first octet, however many wait. */
const FIRST_OCTET_TENURE_MS = 20;

const NOBODY: readonly (() => void)[] = freeze([]);

export class Server implements ServerHost, ListenerOwner, TimerOwner, WaitingLineOwner {
	readonly app: App;
	/** All slots, for logs and tests. */
	readonly slots: readonly Slot[];
	readonly scratch: Uint8Array;
	route: RouteEntry<RouteTarget> | null = null;
	answer: Prebuilt | null = null;
	/** Sees what happens, if there is one. */
	readonly observer: ServerObserver | null;
	/** Whether the server closes or is closed. */
	isClosing = false;

	private readonly platform: Platform;
	private readonly options: ServerOptions;
	private readonly dateLine = new DateLine();
	private readonly waiting: WaitingLine;
	private listener: ListenerHandle | null = null;
	private isTimerSet = false;
	private timerDue = 0;
	private closeDeadline = 0;
	private isAdmitting = false;
	/** Who waits for the end. */
	private onClosed: readonly (() => void)[] = NOBODY;

	/** For `listen`. Allocates everything there will ever be. Throws RangeError for a port that is none. */
	constructor(app: App, platform: Platform, options: ServerOptions) {
		const limits = app.limits;
		const port = options.port;
		if (!Number.isInteger(port) || port < 0 || port > PORT_MAX) {
			throw new RangeError(
				`port must be a whole number from 0 to 65,535, not ${typeof port === "string" ? `"${port}"` : port}`,
			);
		}
		this.app = app;
		this.platform = platform;
		this.options = options;
		this.observer = options.observer ?? null;
		this.waiting = new WaitingLine(Math.min(limits.waitingMax, platform.spareConnections), this);
		this.slots = this.makeSlots();
		this.scratch = platform.allocateScratch(limits.targetLengthMax);
		this.observer?.serving?.(this);
	}

	private makeSlots(): readonly Slot[] {
		const app = this.app;
		const limits = app.limits;
		const memory = new Memory(limits, this.platform);
		const head = new Head(memory.receive[0] as ContentReader, limits.connections, app.registry, app.headOptions);
		const slots: Slot[] = [];
		for (let index = 0; index < limits.connections; index += 1) {
			const receive = memory.receive[index] as ContentReader;
			const connection = new Connection(app.connectionLimits, head, receive, memory.responseWriter(this.dateLine));
			slots.push(new Slot(connection, this));
		}
		return Object.freeze(slots);
	}

	/** The limits it runs with. */
	get limits(): Limits {
		return this.app.limits;
	}

	/** Opens the port, or opens it again after it failed. Does nothing while it is open or the server closes. */
	reopen(): void {
		if (this.listener !== null || this.isClosing) return;
		this.listener = this.platform.listen(this.options, this);
	}

	/** The port that is listened on; 0 while none is. */
	get port(): number {
		return this.listener === null ? 0 : this.listener.port;
	}

	/** What it has allocated. */
	get memory(): MemoryCost {
		return memoryCost(this.limits, this.app.registry.keepsAny);
	}

	/** How many connections have a slot. */
	get connectionCount(): number {
		let count = 0;
		for (const slot of this.slots) if (!slot.isFree) count += 1;
		return count;
	}

	/** How many clients wait for a slot. */
	get waitingCount(): number {
		return this.waiting.count;
	}

	/**
	 * Stops listening, lets responses in flight finish with `Connection: close`, those that have no end of their own in
	 * `onClosing`, and aborts what is left after `limits.shutdownTimeoutMs`. The promise is fulfilled when no connection is left.
	 */
	close(): Promise<void> {
		const closed = new Promise<void>((resolve) => {
			this.onClosed = [...this.onClosed, resolve];
		});
		if (!this.isClosing) {
			this.isClosing = true;
			this.closeListener();
			this.turnAwayAll();
			for (const slot of this.slots) {
				slot.closeIfIdle();
				slot.callClosing();
			}
			this.closeDeadline = later(this.now(), this.limits.shutdownTimeoutMs);
			this.setTimer(this.limits.shutdownTimeoutMs);
		}
		this.checkClosed();
		return closed;
	}

	/** Stops listening and cuts off every connection at once. */
	abort(): void {
		this.isClosing = true;
		this.closeListener();
		this.turnAwayAll();
		for (const slot of this.slots) slot.abort();
		this.checkClosed();
	}

	private closeListener(): void {
		this.listener?.close();
		this.listener = null;
	}

	private turnAwayAll(): void {
		for (let next = this.waiting.next(); next !== null; next = this.waiting.next()) next.close();
	}

	private checkClosed(): void {
		if (!this.isClosing || this.connectionCount > 0) return;
		this.platform.clearTimer(this);
		this.isTimerSet = false;
		const waiting = this.onClosed;
		this.onClosed = NOBODY;
		for (const resolve of waiting) resolve();
	}

	// ---- ListenerOwner ----

	listening(): void {
		// It was closed while the port was being opened.
		if (this.isClosing) return;
		try {
			this.options.onListening?.(this);
		} catch (error) {
			this.report(error, null);
		}
	}

	listenerFailed(error: unknown): void {
		this.closeListener();
		const { onListenerError } = this.options;
		if (onListenerError === undefined) return this.report(error, null);
		try {
			onListenerError(error, this);
		} catch (thrown) {
			this.report(thrown, null);
		}
	}

	accepted(transport: Transport): void {
		if (this.isClosing) {
			transport.close();
			return;
		}
		const free = this.waiting.count === 0 ? this.freeSlot() : null;
		if (free !== null) {
			free.open(transport);
			return;
		}
		// Where nobody can be kept waiting, somebody may go all the same.
		const evictable = this.waiting.isFull && this.waiting.count === 0 ? this.evictable() : null;
		if (evictable !== null) {
			evictable.evict();
			evictable.open(transport);
			return;
		}
		this.observer?.crowded(this.waiting.isFull);
		if (this.waiting.isFull) {
			this.turnAway(transport);
			return;
		}
		this.waiting.enter(transport, this.now());
		this.admit();
	}

	// ---- Who gets a slot ----

	waitingReadable(): void {
		this.admit();
	}

	private freeSlot(): Slot | null {
		for (let index = 0; index < this.slots.length; index += 1) {
			const slot = this.slots[index] as Slot;
			if (slot.isFree && slot.isAvailable) return slot;
		}
		return null;
	}

	/** Gives slots to clients that wait, as long as there are slots to be had, and sees to it that it is tried again. */
	private admit(): void {
		if (this.isAdmitting) return;
		this.isAdmitting = true;
		while (this.waiting.count > 0) {
			let slot = this.freeSlot();
			if (slot === null) {
				slot = this.evictable();
				if (slot === null) break;
				slot.evict();
			}
			const transport = this.waiting.next();
			if (transport !== null) slot.open(transport);
		}
		this.isAdmitting = false;
		if (this.waiting.count > 0) this.setTimer(this.waitForSlot());
	}

	/**
	 * The connection that goes first when somebody waits: by its rank, and among equals the one that has been longest what
	 * it is. Null when all have to be let be.
	 */
	private evictable(): Slot | null {
		const now = this.now();
		let best: Slot | null = null;
		let bestRank = 0;
		let bestAge = -1;
		for (let index = 0; index < this.slots.length; index += 1) {
			const slot = this.slots[index] as Slot;
			const phase = slot.connection.phase;
			const phaseStart = slot.connection.phaseStart;
			const age = since(phaseStart, now);
			const rank = evictionRank(phase, age >= this.tenure(phase));
			if (rank === 0 || rank < bestRank || !slot.isAvailable) continue;
			if (rank === bestRank && age <= bestAge) continue;
			best = slot;
			bestRank = rank;
			bestAge = age;
		}
		return best;
	}

	/** How long a request may take to arrive, or a client to close, before it has to yield: the less, the more clients wait. */
	private tenure(phase: number): number {
		const tenure = this.limits.tenureMs / (this.waiting.count + 1);
		return phase === FIRST && tenure < FIRST_OCTET_TENURE_MS ? FIRST_OCTET_TENURE_MS : tenure;
	}

	/** Milliseconds until a connection has to yield, or the first in the line has waited too long. */
	private waitForSlot(): number {
		const now = this.now();
		let wait = this.limits.waitTimeoutMs - since(this.waiting.oldest, now);
		for (let index = 0; index < this.slots.length; index += 1) {
			const { phase, phaseStart } = (this.slots[index] as Slot).connection;
			if (phase !== FIRST && phase !== HEAD && phase !== LINGER) continue;
			wait = Math.min(wait, this.tenure(phase) - since(phaseStart, now));
		}
		return wait < 1 ? 1 : Math.ceil(wait);
	}

	private turnAway(transport: Transport): void {
		this.updateDate();
		turnAway(transport, this.app.refusal, this.dateLine, this.scratch);
	}

	// ---- ServerHost ----

	now(): number {
		return this.platform.now();
	}

	date(): number {
		return this.platform.date();
	}

	/** Keep-alive is refused while somebody waits, and while the server closes. */
	get mustClose(): boolean {
		return this.isClosing || this.waiting.count > 0;
	}

	updateDate(): void {
		this.dateLine.update(this.platform.date());
	}

	report(error: unknown, request: Request | null): void {
		try {
			if (this.app.onError === null) this.platform.report?.(error);
			else this.app.onError(error, request);
		} catch {
			// An error hook that throws has nobody left to tell.
		}
	}

	due(): void {
		this.setTimer(0);
	}

	freed(_slot: Slot): void {
		if (this.isClosing) this.checkClosed();
		else if (this.waiting.count > 0) this.admit();
	}

	deadlineMoved(slot: Slot): void {
		const connection = slot.connection;
		if (this.waiting.count > 0) this.mayAdmit(connection.phase);
		if (!connection.hasDeadline || (this.isTimerSet && ((connection.deadline - this.timerDue) | 0) >= 0)) return;
		this.setTimer(since(this.now(), connection.deadline));
	}

	/** A connection that has just become idle, or is done with, may go for one that waits. */
	private mayAdmit(phase: number): void {
		if (phase === IDLE || phase === LINGER) this.admit();
	}

	// ---- The timer ----

	private setTimer(delayMs: number): void {
		const delay = delayMs < 0 ? 0 : delayMs;
		const due = later(this.now(), delay);
		if (this.isTimerSet && since(this.timerDue, due) >= 0) return;
		this.isTimerSet = true;
		this.timerDue = due;
		this.platform.setTimer(this, delay);
	}

	timeout(): void {
		this.isTimerSet = false;
		const now = this.now();
		if (this.isClosing && since(this.closeDeadline, now) >= 0) {
			this.abort();
			return;
		}
		for (let index = 0; index < this.slots.length; index += 1) {
			const slot = this.slots[index] as Slot;
			if (slot.isDue) slot.run();
			this.expire(slot, now);
		}
		this.turnAwayExpired(now);
		if (this.waiting.count > 0) this.admit();
		this.setNextTimer();
	}

	private expire(slot: Slot, now: number): void {
		const connection = slot.connection;
		if (slot.isFree || !connection.hasDeadline || since(connection.deadline, now) < 0) return;
		// What would have met the deadline may have arrived while the platform was busy: it is told in the next turn.
		if (!this.platform.timersRunFirst || !connection.spendGrace()) slot.expire();
	}

	private turnAwayExpired(now: number): void {
		for (;;) {
			const transport = this.waiting.nextExpired(now, this.limits.waitTimeoutMs);
			if (transport === null) return;
			this.observer?.crowded(true);
			this.turnAway(transport);
		}
	}

	private setNextTimer(): void {
		const now = this.now();
		for (let index = 0; index < this.slots.length; index += 1) {
			const slot = this.slots[index] as Slot;
			const connection = slot.connection;
			if (slot.isFree || !connection.hasDeadline) continue;
			const rest = since(now, connection.deadline);
			this.setTimer(rest > 0 ? rest : 1);
		}
		if (this.isClosing && this.connectionCount > 0) this.setTimer(since(now, this.closeDeadline));
	}
}

/**
 * What a connection is worth to those who wait, the highest first: one that has been idle for its tenure; one that has
 * lingered for its tenure; one that has just become idle, whose client may be about to use it; a request that has been
 * arriving for its tenure. 0: it stays.
 */
function evictionRank(phase: number, isBeyondTenure: boolean): number {
	if (phase === IDLE) return isBeyondTenure ? 4 : 2;
	if (!isBeyondTenure) return 0;
	if (phase === LINGER) return 3;
	return phase === HEAD || phase === FIRST ? 1 : 0;
}
