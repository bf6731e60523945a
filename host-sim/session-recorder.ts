// Keeps what real clients do on loopback as a case: who connects, what arrives and when, who closes or resets. For
// `thimble-sim record`.
//
// It sees what arrives at the server, when the server's socket takes it. So it cannot tell a client that reads nothing from
// one that has nothing to read: stalls are not recorded.

import type { Socket } from "node:net";
import type { SocketObserver } from "./board-port.js";
import type { Case } from "./picture/case.js";
import { contentOf } from "./picture/case-content.js";
import { CaseWriter } from "./picture/case-writer.js";
import type { Profile } from "./profiles.js";
import type { SimProfileName } from "./virtual/profiles.js";

/**
 * As long as a segment is on its way in the case, in milliseconds: short enough for every answer to be there before what a
 * client on loopback sends next.
 */
const LATENCY_MS = 0.01;

export class SessionRecorder implements SocketObserver {
	readonly #writer: CaseWriter;
	/** When the first client connected: where the case begins. */
	#first = -1;
	#count = 0;

	/** `profile`: the one the app runs under; null: this machine as it is. */
	constructor(profile: Profile | null, title: string) {
		const name = (profile?.name ?? "node") as SimProfileName;
		this.#writer = new CaseWriter({ title, profile: name, seed: 0, conditions: { latencyMs: LATENCY_MS } });
	}

	/** How many clients have connected. */
	get clientCount(): number {
		return this.#count;
	}

	connected(socket: Socket): void {
		if (this.#first < 0) this.#first = performance.now();
		this.#count += 1;
		const client = this.#count;
		const writer = this.#writer;
		writer.add(client === 1 ? 0 : this.#now(), { do: "connect", client });
		socket.on("data", (octets: Buffer) => {
			writer.add(this.#now(), { do: "send", client, octets: contentOf(octets) });
		});
		socket.on("end", () => writer.add(this.#now(), { do: "end", client }));
		socket.on("error", (error: NodeJS.ErrnoException) => {
			if (error.code === "ECONNRESET") writer.add(this.#now(), { do: "reset", client });
		});
	}

	/** The case so far. */
	finish(): Case {
		return this.#writer.finish(this.#now());
	}

	/** Milliseconds since the case began. */
	#now(): number {
		return this.#first < 0 ? 0 : performance.now() - this.#first;
	}
}
