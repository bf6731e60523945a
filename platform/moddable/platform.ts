// The Moddable SDK as the server's platform: its ECMA-419 sockets, its timer and its clock, which are handed in.

import { later, since } from "../../src/clock.js";
import type { ListenerHandle, ListenerOwner, ListenOptions, Platform, TimerOwner } from "../../src/server/platform.js";
import { ModdableListener } from "./listener.js";
import { SegmentTransport, SegmentTurns } from "./segments.js";
import type { Sockets, TcpSocket } from "./sockets.js";
import { Alarm } from "./timer.js";
import { ModdableTransport } from "./transport.js";

/** 2024-01-01T00:00:00Z, in milliseconds: a clock that says less was never set. */
const CLOCK_MIN_MS = 1_704_067_200_000;

export interface ModdableOptions {
	/** How many connections the platform has to spare beside those the server serves. Undefined: two. */
	readonly spareConnections?: number | undefined;
	/**
	 * Whether the sockets can be given octets that lie in flash. Not on the ESP8266, whose lwIP reads them octet by octet
	 * (the list of what is to do in modules/io/socket/lwip/tcp.c). Default true.
	 */
	readonly canSendFlash?: boolean;
	/**
	 * How many segments lwIP has memory for, where that is less than what its send buffers promise (the Pico W: segments.ts).
	 * Undefined: enough.
	 */
	readonly segmentsMax?: number | undefined;
	/** The longest buffer of a connection, in octets. Default 1,536. */
	readonly bufferLength?: number;
	/** Told what was thrown where nothing may throw. */
	readonly onFault?: (error: unknown) => void;
}

export class ModdablePlatform extends Alarm implements Platform {
	readonly spareConnections: number;
	private readonly onFault: ((error: unknown) => void) | undefined;
	private readonly turns: SegmentTurns | null;
	/** The server's timer. */
	private timerOwner: TimerOwner | null = null;
	private timerDue = 0;
	/** What the platform has to do itself. */
	private hasDuty = false;
	private dutyDue = 0;
	/** The last there was. */
	private listener: ModdableListener | null = null;
	/** The last of the transports, each of which knows the one before it: an array of them would be two heap slots and a chunk. */
	private transports: ModdableTransport | null = null;

	constructor(sockets: Sockets, options: ModdableOptions = {}) {
		super(sockets, options.canSendFlash ?? true, options.bufferLength ?? 1536);
		this.spareConnections = options.spareConnections ?? 2;
		this.turns = options.segmentsMax === undefined ? null : new SegmentTurns(options.segmentsMax);
		this.onFault = options.onFault;
	}

	// ---- Time ----

	/** So does every device of the SDK: see `loop_task` in build/devices/esp32/lib/main/main.c. */
	get timersRunFirst(): boolean {
		return true;
	}

	now(): number {
		return this.sockets.Time.ticks | 0;
	}

	date(): number {
		const milliseconds = Date.now();
		return milliseconds < CLOCK_MIN_MS ? -1 : Math.floor(milliseconds / 1000);
	}

	setTimer(owner: TimerOwner, delayMs: number): void {
		const now = this.now();
		this.timerOwner = owner;
		this.timerDue = later(now, delayMs);
		this.renewAlarm(now);
	}

	clearTimer(): void {
		this.timerOwner = null;
		this.renewAlarm(this.now());
	}

	/** For the transports. */
	tendAt(due: number): void {
		if (this.hasDuty && since(this.dutyDue, due) >= 0) return;
		this.hasDuty = true;
		this.dutyDue = due;
		this.renewAlarm(this.now());
	}

	protected renewAlarm(now: number): void {
		if (this.timerOwner === null && !this.hasDuty) return this.clearAlarm();
		const isDuty = this.timerOwner === null || (this.hasDuty && since(this.dutyDue, this.timerDue) > 0);
		this.setAlarm(since(now, isDuty ? this.dutyDue : this.timerDue));
	}

	protected alarm(): void {
		try {
			const now = this.now();
			if (this.hasDuty && since(this.dutyDue, now) >= 0) this.doDuty(now);
			const owner = this.timerOwner;
			if (owner !== null && since(this.timerDue, now) >= 0) {
				this.timerOwner = null;
				owner.timeout();
			}
		} catch (error) {
			this.report(error);
		}
	}

	private doDuty(now: number): void {
		this.hasDuty = false;
		this.listener?.tell();
		for (let transport = this.transports; transport !== null; transport = transport.before) {
			if (transport.tend(now)) this.tendAt(transport.due);
		}
	}

	// ---- Connections ----

	listen(options: ListenOptions, owner: ListenerOwner): ListenerHandle {
		const listener = new ModdableListener(this, options, owner);
		this.listener = listener;
		return listener;
	}

	/** For the listener. */
	tellSoon(): void {
		this.tendAt(this.now());
	}

	/** For the listener: takes over a connection. */
	connected(pending: TcpSocket): void {
		this.take().begin(this.sockets.TCP, pending);
	}

	private take(): ModdableTransport {
		for (let transport = this.transports; transport !== null; transport = transport.before) {
			if (transport.isFree) return transport;
		}
		const { transports, turns } = this;
		const made =
			turns === null ? new ModdableTransport(this, transports) : new SegmentTransport(this, transports, turns);
		this.transports = made;
		return made;
	}

	/** For the transports. */
	opened(transport: ModdableTransport): void {
		this.listener?.owner.accepted(transport);
	}

	/** For the transports. */
	closed(transport: ModdableTransport): void {
		transport.vacate();
	}

	/** For the transports, too. */
	report(error: unknown): void {
		try {
			this.onFault?.(error);
		} catch {
			// It has nobody left to tell.
		}
	}
}
