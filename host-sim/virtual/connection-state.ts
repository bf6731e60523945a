// What a server has of its connections and its pool, to be asserted on: plain values, as they are at the moment. For the
// simulation.

import { since } from "../../src/clock.js";
import { PHASES } from "../../src/connection/states.js";
import { WAITS } from "../../src/connection/waits.js";
import type { Server } from "../../src/server/server.js";
import type { Slot } from "../../src/server/slot.js";

/** A connection that has a slot. */
export interface ConnectionState {
	/** The client's number. */
	readonly client: number;
	/** The slot it has. */
	readonly slot: number;
	/** A name of PHASES (src/connection/states.ts). */
	readonly phase: (typeof PHASES)[number];
	/** What it waits for: a name of WAITS (src/connection/waits.ts). */
	readonly waitsFor: (typeof WAITS)[number];
	/** How long it will still wait, in milliseconds; null: for ever. */
	readonly leftMs: number | null;
	/** How many requests it has brought. */
	readonly requestCount: number;
	/** How many octets its receive buffer holds. */
	readonly receivedLength: number;
	/** How many octets its send buffer holds. */
	readonly unsentLength: number;
	/** Whether a handler's promise is waited for. */
	readonly hasPromise: boolean;
}

/** Who has what. */
export interface PoolState {
	/** How many slots there are. */
	readonly slots: number;
	/** How many of them serve a connection. */
	readonly used: number;
	/** How many clients wait in line for one. */
	readonly waiting: number;
	/** How many control blocks the network stack has in use. */
	readonly controlBlocks: number;
}

export function connectionState(server: Server, slot: Slot, client: number): ConnectionState {
	const { connection } = slot;
	const { receive } = connection;
	return {
		client,
		slot: slot.index,
		phase: PHASES[connection.phase] as (typeof PHASES)[number],
		waitsFor: WAITS[connection.wait] as (typeof WAITS)[number],
		leftMs: connection.hasDeadline ? since(server.now(), connection.deadline) : null,
		requestCount: connection.requestCount,
		receivedLength: receive.held,
		unsentLength: connection.response.buffered,
		hasPromise: slot.hasPromise,
	};
}
