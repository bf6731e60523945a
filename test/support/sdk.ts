// An app on the Moddable adapter, over the double of the SDK's sockets, in virtual time. For the tests.

import { Network, type NetworkOptions } from "../../host-sim/sdk/network.js";
import type { SocketProfile } from "../../host-sim/sdk/profiles.js";
import { ModdablePlatform } from "../../platform/moddable/platform.js";
import type { Sockets } from "../../platform/moddable/sockets.js";
import { type App, type AppOptions, defineApp } from "../../src/app/app.js";
import { Server, type ServerOptions } from "../../src/server/server.js";

/** A server on a board. */
export interface Board {
	readonly app: App;
	readonly network: Network;
	readonly platform: ModdablePlatform;
	readonly server: Server;
	/** What the app's error hook was told. */
	readonly errors: unknown[];
	/** What was thrown where nothing may throw. */
	readonly faults: unknown[];
	/** Calls `call` each time between a listener's `read` and the taking over of what it returned; null: no more. */
	beforeTakingOver(call: (() => void) | null): void;
}

export interface BoardOptions extends NetworkOptions {
	/** The network, when there is one already. */
	readonly network?: Network;
	/** Whether the network is there at first. */
	readonly isUp?: boolean;
	readonly spareConnections?: number;
	readonly segmentsMax?: number;
	readonly server?: Partial<ServerOptions>;
}

/** Called between a listener's `read` and the taking over of what it returned. */
type Hook = (() => void) | null;

/** The double's classes, as the adapter takes them: their faces are the SDK's own, which know more kinds of buffers. */
function socketsOf(network: Network, hook: () => Hook): Sockets {
	const { TCP, Timer, Time, Listener: Plain } = network as unknown as Sockets;
	class Listener extends Plain {
		override read() {
			const pending = super.read();
			hook()?.();
			return pending;
		}
	}
	return { Listener, TCP, Timer, Time };
}

/** Serves an app on port 80 of a board. */
export function serveOn(profile: SocketProfile, app: AppOptions, options: BoardOptions = {}): Board {
	const { spareConnections = 1, segmentsMax, isUp = true, server: serverOptions = {}, ...networkOptions } = options;
	const network = options.network ?? new Network(profile, networkOptions);
	network.isUp = isUp;
	const errors: unknown[] = [];
	const defined = defineApp({ onError: (error) => errors.push(error), ...app });
	const { receiveLength, sendLength } = defined.limits;
	const faults: unknown[] = [];
	let hook: Hook = null;
	const platform = new ModdablePlatform(
		socketsOf(network, () => hook),
		{
			spareConnections,
			segmentsMax,
			bufferLength: Math.max(receiveLength, sendLength),
			onFault: (error) => faults.push(error),
		},
	);
	const server = new Server(defined, platform, { port: 80, ...serverOptions });
	server.reopen();
	return {
		app: defined,
		network,
		platform,
		server,
		errors,
		faults,
		beforeTakingOver(call) {
			hook = call;
		},
	};
}
