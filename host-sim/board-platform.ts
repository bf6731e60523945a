// A board as a server's platform: Node's clock and timer, a board's sockets. For the simulator and for tests.

import { NodePlatform } from "../platform/node/platform.js";
import type { ListenerHandle, ListenerOwner, ListenOptions } from "../src/server/platform.js";
import { BoardPort } from "./board-port.js";
import type { Profile } from "./profiles.js";

export class BoardPlatform extends NodePlatform {
	override readonly spareConnections: number;
	readonly #port: BoardPort;

	/**
	 * `connections`: how many the server serves; the control blocks that are left are for clients that wait. `port`: one
	 * that another server has or will have too; by default its own.
	 */
	constructor(profile: Profile | null, connections: number, port: BoardPort = new BoardPort(profile)) {
		super();
		this.#port = port;
		if (profile !== null && Number.isFinite(profile.controlBlocks)) {
			this.spareConnections = Math.max(0, profile.controlBlocks - connections);
		} else this.spareConnections = new NodePlatform().spareConnections;
	}

	override listen(options: ListenOptions, owner: ListenerOwner): ListenerHandle {
		return this.#port.listen(options, owner);
	}
}
