// A Platform on the simulated network, by the letter of src/server/platform.ts: its transports are connections themselves,
// without any board's sockets in between. For the simulation's profiles `node` and `hostile`.

import type { ListenerHandle, ListenerOwner, ListenOptions, Platform, TimerOwner } from "../../src/server/platform.js";
import { CLIENT_CONNECTED, type SdkClient } from "../sdk/client.js";
import type { Network, Port } from "../sdk/network.js";
import { ContractTransport } from "./contract-transport.js";
import type { PlatformManners } from "./manners.js";

export class ContractPlatform implements Platform {
	readonly timersRunFirst: boolean;
	readonly spareConnections: number;
	readonly #network: Network;
	readonly #manners: PlatformManners;
	#timer: object | null = null;

	constructor(network: Network, manners: PlatformManners) {
		this.#network = network;
		this.#manners = manners;
		this.timersRunFirst = manners.timersRunFirst;
		this.spareConnections = manners.spareConnections;
	}

	now(): number {
		return this.#network.Time.ticks | 0;
	}

	date(): number {
		const offset = this.#manners.dateOffset();
		return offset === null ? -1 : Math.floor(Date.now() / 1000) + offset;
	}

	setTimer(owner: TimerOwner, delayMs: number): void {
		this.clearTimer();
		const run = () => {
			this.#timer = null;
			owner.timeout();
		};
		this.#timer = this.#network.Timer.set(run, Math.max(0, Math.ceil(delayMs)) + this.#manners.latenessMs(), 0);
	}

	clearTimer(): void {
		if (this.#timer !== null) this.#network.Timer.clear(this.#timer);
		this.#timer = null;
	}

	allocateReceive(start: number, length: number): Uint8Array {
		return new Uint8Array(start + length);
	}

	allocateSend(length: number): Uint8Array {
		return new Uint8Array(length);
	}

	allocateScratch(length: number): Uint8Array {
		return new Uint8Array(length);
	}

	listen(options: ListenOptions, owner: ListenerOwner): ListenerHandle {
		const network = this.#network;
		const manners = this.#manners;
		let isOpen = true;
		const accept = (transport: ContractTransport) => {
			if (!isOpen) return transport.close();
			network.clients?.set(transport, transport.client);
			owner.accepted(transport);
		};
		const port: Port = {
			port: network.freePort(options.port, "the port is taken"),
			connect(client: SdkClient): void {
				const transport = new ContractTransport(network, client, manners.connection(), accept);
				client.end = transport;
				client.window = network.profile.windowLength;
				network.opened(transport);
				network.toClient(client, CLIENT_CONNECTED, 0, null);
			},
		};
		network.listen(port);
		network.post({ deliver: () => (isOpen ? owner.listening() : undefined) });
		return {
			port: port.port,
			close(): void {
				isOpen = false;
				network.unlisten(port);
			},
		};
	}
}
