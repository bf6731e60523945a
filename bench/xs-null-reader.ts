// The null reader of `npm run bench:xs`: what a measurement on the double costs without the server. While the server works,
// every call it makes of the SDK's sockets, timer and clocks is written down (Recorder). Then the same traffic is played
// again to a program that makes the very same calls, in the same order, and nothing else (Player). What the two measure
// differs by the server and the adapter alone.
//
// The player's own steps are no part of the double. They are measured over sockets that do nothing (idleSockets), where the
// calls themselves stay: what it takes to call a socket counts as the server's.

import type { Network } from "../host-sim/sdk/network.js";
import type { ListenerSocket, Sockets, TcpOptions, TcpSocket, TimerHandle } from "../platform/moddable/sockets.js";

// What a program calls.
const LISTEN = 0;
const ACCEPT = 1;
const TAKE_OVER = 2;
const READ = 3;
const WRITE = 4;
const CLOSE = 5;
const ADDRESS = 6;
const TICKS = 7;
const TIMER_SET = 8;
const TIMER_SCHEDULE = 9;
const TIMER_STOP = 10;
const DATE = 11;

/** A call. */
interface Step {
	readonly kind: number;
	/** Which of the sockets that are open, by the order in which they were. */
	readonly socket: number;
	/** As long as what was read or written. */
	readonly view: Uint8Array;
	readonly delay: number;
	readonly repeat: number;
}

/** What a program did when it was called once. */
export type Steps = readonly Step[];

const NOTHING = new Uint8Array(0);

/** A delay beyond this is one that never comes while something is measured, whatever is left of it. */
const FAR_MS = 0x1000_0000;

/** A program's clock of the day. */
export interface DayClock {
	now(): number;
}

/** The classes that a program is handed. */
export interface Machine extends Sockets {
	readonly Date: DayClock;
}

/** 2026-01-01, in milliseconds: the day does not end while something is measured. */
const DAY_MS = 1_767_225_600_000;

/** The clock of the day, standing still. */
export const STANDING: DayClock = { now: () => DAY_MS };

/** The double's classes. Their faces are the SDK's own, which know more kinds of buffers. */
export function machineOf(network: Network): Machine {
	const { TCP, Listener, Timer, Time } = network as unknown as Sockets;
	return { TCP, Listener, Timer, Time, Date: STANDING };
}

/** Writes down what a program does with `machine`. */
export class Recorder {
	/** What the program did in each of its callbacks; first, what it did before there was one. */
	readonly turns: Step[][] = [[]];
	readonly machine: Machine;
	readonly #views = new Map<number, Uint8Array>();
	readonly #open: (TcpSocket | null)[] = [];

	constructor(machine: Machine) {
		const note = this.#note.bind(this);
		const within = this.#within.bind(this);
		const open = this.#open;
		class TCP extends machine.TCP {
			constructor(options: TcpOptions) {
				const { from, nodelay, target, onReadable, onWritable, onError } = options;
				super({
					from,
					nodelay,
					target,
					onReadable(count) {
						within(() => onReadable.call(this, count));
					},
					onWritable(room) {
						within(() => onWritable.call(this, room));
					},
					onError() {
						within(() => onError.call(this));
					},
				});
				const free = open.indexOf(null);
				const socket = free < 0 ? open.length : free;
				open[socket] = this;
				note(TAKE_OVER, this);
			}

			override read(buffer: Uint8Array): number | undefined {
				note(READ, this, buffer.length);
				return super.read(buffer);
			}

			override write(buffer: Uint8Array): number | undefined {
				note(WRITE, this, buffer.length);
				return super.write(buffer);
			}

			override close(): void {
				note(CLOSE, this);
				open[open.indexOf(this)] = null;
				super.close();
			}

			override get remoteAddress(): string | undefined {
				note(ADDRESS, this);
				return super.remoteAddress;
			}
		}
		class Listener extends machine.Listener {
			constructor(options: ConstructorParameters<Sockets["Listener"]>[0]) {
				note(LISTEN);
				const { onReadable } = options;
				super({
					...options,
					onReadable(count) {
						within(() => onReadable.call(this, count));
					},
				});
			}

			override read(): TcpSocket | undefined {
				note(ACCEPT);
				return super.read();
			}
		}
		this.machine = {
			TCP,
			Listener,
			Timer: {
				set(callback, delay, repeat) {
					note(TIMER_SET, null, 0, delay, repeat);
					return machine.Timer.set(() => within(callback), delay, repeat);
				},
				schedule(timer, delay, repeat) {
					if (delay === undefined) note(TIMER_STOP);
					else note(TIMER_SCHEDULE, null, 0, delay, repeat);
					machine.Timer.schedule(timer, delay, repeat);
				},
			},
			Time: {
				get ticks() {
					note(TICKS);
					return machine.Time.ticks;
				},
			},
			Date: {
				now() {
					note(DATE);
					return machine.Date.now();
				},
			},
		};
	}

	#within(callback: () => void): void {
		this.turns.push([]);
		callback();
	}

	#note(kind: number, tcp: TcpSocket | null = null, length = 0, delay = 0, repeat = 0): void {
		const view = this.#views.get(length) ?? new Uint8Array(length);
		this.#views.set(length, view);
		const socket = tcp === null ? 0 : this.#open.indexOf(tcp);
		if (socket < 0) throw new Error("a call of a socket that is closed");
		const [first, second] = [Math.min(delay, FAR_MS), Math.min(repeat, FAR_MS)];
		this.turns.at(-1)?.push({ kind, socket, view, delay: first, repeat: second });
	}
}

/** Whether a program did the same. */
export function isSame(one: readonly Steps[], other: readonly Steps[]): boolean {
	const text = (turns: readonly Steps[]) =>
		JSON.stringify(
			turns.map((steps) =>
				steps.map(({ kind, socket, view, delay, repeat }) => [kind, socket, view.length, delay, repeat]),
			),
		);
	return text(one) === text(other);
}

/** A program that plays back what another did. */
export class Player {
	/** What its sockets call. */
	readonly callback: (this: TcpSocket) => void;
	readonly #machine: Machine;
	readonly #turns: readonly Steps[];
	readonly #loopStart: number;
	#next = 0;
	/** Made at once: what it takes is none of the program's. */
	readonly #open: (TcpSocket | null)[];
	#pending: TcpSocket | null = null;
	#listener: ListenerSocket | null = null;
	#timer: TimerHandle | null = null;
	readonly #onTimer = () => this.turn();
	readonly #tcpOptions: { -readonly [Name in keyof TcpOptions]: TcpOptions[Name] };
	readonly #listenerOptions: ConstructorParameters<Sockets["Listener"]>[0];

	/** Behind the last of `turns` it goes on with that at `loopStart`. */
	constructor(machine: Machine, turns: readonly Steps[], loopStart: number) {
		this.#machine = machine;
		this.#turns = turns;
		this.#loopStart = loopStart;
		this.callback = onTurn;
		const sockets = turns.flatMap((steps) => steps.map(({ socket }) => socket + 1));
		this.#open = Array.from({ length: sockets.reduce((most, count) => Math.max(most, count), 0) }, () => null);
		this.#tcpOptions = {
			from: null,
			nodelay: true,
			target: this,
			onReadable: onTurn,
			onWritable: onTurn,
			onError: onTurn,
		};
		this.#listenerOptions = { port: 80, target: this, onReadable: onTurn };
	}

	/** Does what was done in the next callback. */
	turn(): void {
		const steps = this.#turns[this.#next] as Steps;
		this.#next += 1;
		if (this.#next === this.#turns.length) this.#next = this.#loopStart;
		for (let index = 0; index < steps.length; index += 1) this.#take(steps[index] as Step);
	}

	#take(step: Step): void {
		const { Timer, Time } = this.#machine;
		switch (step.kind) {
			case READ:
				(this.#open[step.socket] as TcpSocket).read(step.view);
				return;
			case WRITE:
				(this.#open[step.socket] as TcpSocket).write(step.view);
				return;
			case TICKS:
				Time.ticks;
				return;
			case DATE:
				this.#machine.Date.now();
				return;
			case ADDRESS:
				(this.#open[step.socket] as TcpSocket).remoteAddress;
				return;
			case CLOSE:
				(this.#open[step.socket] as TcpSocket).close();
				return;
			case ACCEPT:
				this.#pending = (this.#listener as ListenerSocket).read() ?? null;
				return;
			case TAKE_OVER:
				this.#tcpOptions.from = this.#pending;
				this.#open[step.socket] = new this.#machine.TCP(this.#tcpOptions);
				this.#tcpOptions.from = null;
				this.#pending = null;
				return;
			case TIMER_SET:
				this.#timer = Timer.set(this.#onTimer, step.delay, step.repeat);
				return;
			case TIMER_SCHEDULE:
				Timer.schedule(this.#timer as TimerHandle, step.delay, step.repeat);
				return;
			case TIMER_STOP:
				Timer.schedule(this.#timer as TimerHandle);
				return;
			case LISTEN:
				this.#listener = new this.#machine.Listener(this.#listenerOptions);
		}
	}
}

function onTurn(this: { target: unknown }): void {
	(this.target as Player).turn();
}

class IdleSocket implements TcpSocket {
	target: unknown = null;
	port = 0;
	remoteAddress = "";

	read(): undefined {}

	write(): undefined {}

	close(): void {}
}

/** Sockets, a timer and clocks that do nothing. */
export function idleMachine(): Machine {
	const only = new IdleSocket();
	class TCP extends IdleSocket {}
	class Listener extends IdleSocket {
		override read(): never {
			return only as never;
		}
	}
	return {
		TCP,
		Listener: Listener as unknown as Sockets["Listener"],
		Timer: { set: () => NOTHING, schedule() {} },
		Time: { ticks: 0 },
		Date: { now: () => 0 },
	};
}
