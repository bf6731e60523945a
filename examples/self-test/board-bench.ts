// The sockets of the SDK this runs on as the bench of the contract, with the device as its own client over loopback. Such a
// client can send and close; what it cannot do, driver.mjs's can (driver-bench.ts), and the double's.

import type { Ability, Bench, Peer, Tcp } from "./contract-bench.js";

/** The TCP class, as a client uses it. */
export type ClientTcp = new (options: {
	address: string;
	port: number;
	nodelay: boolean;
	target: unknown;
	onReadable(this: Tcp, count: number): void;
	onWritable(this: Tcp, room: number): void;
	onError(this: Tcp): void;
}) => Tcp;

/** The SDK's classes. */
export interface BoardSockets {
	readonly Listener: Bench["Listener"];
	readonly TCP: Bench["TCP"] & ClientTcp;
	readonly Timer: Bench["Timer"] & { delay(ms: number): void };
	readonly Time: Bench["Time"];
}

class LoopbackPeer implements Peer {
	state: Peer["state"] = "connecting";
	text = "";
	#tcp: Tcp | null;
	#room = 0;
	/** What waits for room. */
	#waiting = "";
	#isClosing = false;

	constructor(TCP: ClientTcp, port: number) {
		this.#tcp = new TCP({
			address: "127.0.0.1",
			port,
			nodelay: true,
			target: this,
			onReadable(count) {
				(this.target as LoopbackPeer).#receive(this, count);
			},
			onWritable(room) {
				(this.target as LoopbackPeer).#connected(room);
			},
			onError() {
				(this.target as LoopbackPeer).#ended();
			},
		});
	}

	#receive(tcp: Tcp, count: number): void {
		const buffer = new Uint8Array(count);
		tcp.read(buffer);
		for (let index = 0; index < count; index += 1) this.text += String.fromCharCode(buffer[index] as number);
	}

	#connected(room: number): void {
		if (this.state === "connecting") this.state = "open";
		this.#room = room;
		this.#flush();
	}

	#ended(): void {
		this.state = "ended";
		this.#leave();
	}

	send(text: string): void {
		this.#waiting += text;
		this.#flush();
	}

	#flush(): void {
		const tcp = this.#tcp;
		const count = Math.min(this.#room, this.#waiting.length);
		if (tcp !== null && count > 0) {
			const octets = new Uint8Array(count);
			for (let index = 0; index < count; index += 1) octets[index] = this.#waiting.charCodeAt(index);
			this.#waiting = this.#waiting.slice(count);
			this.#room = tcp.write(octets) ?? 0;
		}
		if (this.#isClosing && this.state !== "connecting" && this.#waiting === "") this.#leave();
	}

	/** Both sides at once: the SDK's socket has nothing else. */
	close(): void {
		this.#isClosing = true;
		this.#flush();
	}

	#leave(): void {
		const tcp = this.#tcp;
		this.#tcp = null;
		tcp?.close();
	}
}

export class BoardBench implements Bench {
	readonly kind: Bench["kind"];
	readonly Listener: Bench["Listener"];
	readonly TCP: Bench["TCP"];
	readonly Timer: Bench["Timer"];
	readonly Time: Bench["Time"];
	readonly abilities: readonly Ability[];
	readonly #sockets: BoardSockets;

	constructor(sockets: BoardSockets, kind: Bench["kind"]) {
		this.#sockets = sockets;
		this.kind = kind;
		this.Listener = sockets.Listener;
		this.TCP = sockets.TCP;
		this.Timer = sockets.Timer;
		this.Time = sockets.Time;
		// On Linux the kernel sends at once; on lwIP a message of the program does.
		this.abilities = kind === "lin" ? ["atOnce"] : [];
	}

	connect(port: number): Peer {
		return new LoopbackPeer(this.#sockets.TCP, port);
	}

	busy(ms: number): void {
		this.#sockets.Timer.delay(ms);
	}

	wait(ms: number, next: () => void): void {
		this.#sockets.Timer.set(next, ms < 1 ? 1 : ms);
	}
}
