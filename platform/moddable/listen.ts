// thimble-http/platform on the Moddable SDK: serves an app over its sockets.

import Listener from "embedded:io/socket/listener";
import TCP from "embedded:io/socket/tcp";
import config from "mc/config";
import Time from "time";
import Timer from "timer";
import type { App } from "../../src/app/app.js";
import { Server, type ServerOptions } from "../../src/server/server.js";
import { ModdablePlatform } from "./platform.js";
import type { Sockets } from "./sockets.js";

const SOCKETS: Sockets = Object.freeze({ Listener, TCP, Timer, Time });

/** What `listen` takes beside the app. */
export interface ListenArguments extends Omit<ServerOptions, "port"> {
	/** The port; 0 lets the system choose (`server.port` says which). Default 80. */
	readonly port?: number;
	/** How many connections the network stack has beside `limits.connections`. Default 2. */
	readonly spareConnections?: number;
	/** Whether the sockets can send what lies in flash. The default is the board's: false on the ESP8266. */
	readonly canSendFlash?: boolean;
	/** How many segments lwIP has memory for, if that is few. The default is the board's: 2 on the Pico W. */
	readonly segmentsMax?: number;
}

/**
 * Serves `app`. `onListening` and `onListenerError` say how it went, in the next turn; without a network the port cannot be
 * opened on an ESP32: `server.reopen()` tries again, when there is one. An open port survives the loss of the network.
 */
export function listen(app: App, options: ListenArguments = {}): Server {
	const { spareConnections = 2, canSendFlash, segmentsMax, ...serverOptions } = options;
	const onFault = (error: unknown) => (app.onError === null ? trace(`${String(error)}\n`) : app.onError(error, null));
	// What manifest_limits.json says of the board.
	const board = config.thimbleSockets ?? {};
	const platform = new ModdablePlatform(SOCKETS, {
		spareConnections,
		canSendFlash: canSendFlash ?? board.canSendFlash ?? true,
		segmentsMax: segmentsMax ?? board.segmentsMax,
		bufferLength: Math.max(app.limits.receiveLength, app.limits.sendLength),
		onFault,
	});
	const server = new Server(app, platform, { ...serverOptions, port: options.port ?? 80 });
	server.reopen();
	return server;
}

export type { Server, ServerOptions };
