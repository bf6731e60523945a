// The SDK's sockets as the bench of the contract, with clients on another machine that driver.mjs plays: they can do what a
// client of the SDK cannot.

import { BoardBench, type BoardSockets } from "./board-bench.js";
import type { Ability, Bench, Peer } from "./contract-bench.js";
import { Lines } from "./lines.js";

type Message = [what: string, id: number, text?: string];

class DrivenPeer implements Peer {
	state: Peer["state"] = "connecting";
	text = "";
	readonly #id: number;
	readonly #lines: Lines;

	constructor(lines: Lines, id: number, port: number) {
		this.#id = id;
		this.#lines = lines;
		this.#ask("connect", port);
	}

	#ask(verb: string, argument?: number | string): void {
		this.#lines.send(JSON.stringify([verb, this.#id, argument]));
	}

	/** The driver tells. */
	told(what: string, text: string): void {
		if (what === "data") this.text += text;
		else if (this.state !== "reset") this.state = what as Peer["state"];
	}

	send(text: string): void {
		this.#ask("send", text);
	}

	close(): void {
		this.#ask("close");
	}

	reset(): void {
		this.state = "reset";
		this.#ask("reset");
	}

	stop(): void {
		this.#ask("stop");
	}

	take(count: number): void {
		this.#ask("take", count);
	}
}

export class DriverBench extends BoardBench {
	override readonly abilities: readonly Ability[];
	readonly #lines: Lines;
	readonly #peers: DrivenPeer[] = [];

	/** `ready`: called once the driver has answered at `address`:`port`. */
	constructor(sockets: BoardSockets, kind: Bench["kind"], address: string, port: number, ready: () => void) {
		super(sockets, kind);
		const abilities: Ability[] = ["reset", "stop", "take", "tell", "halfClose"];
		this.abilities = kind === "lin" ? [...abilities, "atOnce"] : abilities;
		this.#lines = new Lines(sockets.TCP, address, port, ready, (line) => {
			const [what, id, text = ""] = JSON.parse(line) as Message;
			this.#peers[id]?.told(what, text);
		});
	}

	override connect(port: number): Peer {
		const peer = new DrivenPeer(this.#lines, this.#peers.length, port);
		this.#peers.push(peer);
		return peer;
	}
}
