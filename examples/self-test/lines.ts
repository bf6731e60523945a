// Lines of text over a connection that the device opens, with the SDK's client. For driver-bench.ts.

import type { ClientTcp } from "./board-bench.js";
import type { Tcp } from "./contract-bench.js";

export class Lines {
	readonly #tcp: Tcp;
	readonly #ready: () => void;
	readonly #told: (line: string) => void;
	#isReady = false;
	#room = 0;
	/** What waits for room. */
	#waiting = "";
	/** The start of a line whose end has not come. */
	#rest = "";

	constructor(TCP: ClientTcp, address: string, port: number, ready: () => void, told: (line: string) => void) {
		this.#ready = ready;
		this.#told = told;
		this.#tcp = new TCP({
			address,
			port,
			nodelay: true,
			target: this,
			onReadable(count) {
				(this.target as Lines).#receive(this, count);
			},
			onWritable(room) {
				(this.target as Lines).#writable(room);
			},
			onError() {
				throw new Error("the driver has gone");
			},
		});
	}

	/** `line`: without a line end, every character an octet. */
	send(line: string): void {
		this.#waiting += `${line}\n`;
		this.#flush();
	}

	#writable(room: number): void {
		this.#room = room;
		this.#flush();
		if (this.#isReady) return;
		this.#isReady = true;
		this.#ready();
	}

	#flush(): void {
		const count = Math.min(this.#room, this.#waiting.length);
		if (count === 0) return;
		const octets = new Uint8Array(count);
		for (let index = 0; index < count; index += 1) octets[index] = this.#waiting.charCodeAt(index);
		this.#waiting = this.#waiting.slice(count);
		this.#room = this.#tcp.write(octets) ?? 0;
	}

	#receive(tcp: Tcp, count: number): void {
		const buffer = new Uint8Array(count);
		tcp.read(buffer);
		let line = this.#rest;
		for (let index = 0; index < count; index += 1) {
			const octet = buffer[index] as number;
			if (octet !== 10) line += String.fromCharCode(octet);
			else {
				this.#told(line);
				line = "";
			}
		}
		this.#rest = line;
	}
}
