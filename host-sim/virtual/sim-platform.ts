// The platform that a profile stands for, on the simulated network: the adapter to the SDK's sockets as it is flashed, or
// one of the simulator's own. For the simulation.

import { type ModdableOptions, ModdablePlatform } from "../../platform/moddable/platform.js";
import type { Sockets } from "../../platform/moddable/sockets.js";
import type { Limits } from "../../src/limits.js";
import type { Platform } from "../../src/server/platform.js";
import type { Network } from "../sdk/network.js";
import { type BufferShelf, ShelvedPlatform } from "./buffer-shelf.js";
import { ContractPlatform } from "./contract-platform.js";
import { HostileManners, NODE_MANNERS } from "./manners.js";
import type { SimProfile } from "./profiles.js";
import type { Random } from "./random.js";

export interface PlatformOptions {
	readonly limits: Limits;
	/** What a platform draws from that behaves as it likes. */
	readonly random: Random;
	/** How many connections a board says it can spare; undefined: as the adapter has it. */
	readonly spareConnections: number | undefined;
	/** Where buffers come from that were used before; null: they are made. */
	readonly shelf: BufferShelf | null;
	/** Told what was thrown where nothing may throw. */
	readonly onFault: (error: unknown) => void;
}

export function simPlatform(profile: SimProfile, network: Network, options: PlatformOptions): Platform {
	const { limits, random, spareConnections, shelf, onFault } = options;
	const { board, isHostile } = profile;
	if (board === null) return new ContractPlatform(network, isHostile ? new HostileManners(random) : NODE_MANNERS);
	const { canSendFlash } = board;
	const bufferLength = Math.max(limits.receiveLength, limits.sendLength);
	// The double's classes have the SDK's faces, which know more kinds of buffers than the adapter uses.
	const sockets = network as unknown as Sockets;
	const moddable: ModdableOptions = {
		spareConnections,
		segmentsMax: board.segmentsMax,
		canSendFlash,
		bufferLength,
		onFault,
	};
	return shelf === null ? new ModdablePlatform(sockets, moddable) : new ShelvedPlatform(shelf, sockets, moddable);
}
