// The double of the SDK's sockets as the bench of the contract (examples/self-test/contract.ts). For tests, on any engine.

import type { Ability, Bench, Peer } from "../../examples/self-test/contract-bench.js";
import type { Network } from "../../host-sim/sdk/network.js";

export class DoubleBench implements Bench {
	readonly kind: Bench["kind"];
	readonly Listener: Bench["Listener"];
	readonly TCP: Bench["TCP"];
	readonly Timer: Bench["Timer"];
	readonly Time: Bench["Time"];
	readonly abilities: readonly Ability[] = ["reset", "stop", "take", "atOnce", "tell", "halfClose"];
	readonly #network: Network;
	#delay = 0;
	#next: (() => void) | null = null;

	constructor(network: Network) {
		const { name } = network.profile;
		this.kind = name === "lin" ? "lin" : name === "esp8266" ? "esp8266" : "lwip";
		this.#network = network;
		this.Listener = network.Listener as unknown as Bench["Listener"];
		this.TCP = network.TCP as unknown as Bench["TCP"];
		this.Timer = network.Timer;
		this.Time = network.Time;
	}

	connect(port: number): Peer {
		return this.#network.connect(port);
	}

	busy(ms: number): void {
		this.#network.stall(ms);
	}

	wait(ms: number, next: () => void): void {
		this.#delay = ms;
		this.#next = next;
	}

	/** Lets time pass until nothing waits any more. */
	run(): void {
		for (let next = this.#next; next !== null; next = this.#next) {
			this.#next = null;
			this.#network.advance(this.#delay);
			next();
		}
	}
}
