// thimble-http/platform on Node: serves an app over node:net.

import type { App } from "../../src/app/app.js";
import { Server, type ServerOptions } from "../../src/server/server.js";
import { NodePlatform } from "./platform.js";

/** What `listen` takes beside the app. */
export interface ListenArguments extends Omit<ServerOptions, "port"> {
	/** The port; 0 lets the system choose (`server.port` says which, once `onListening` was called). Default 80. */
	readonly port?: number;
	/**
	 * Whether all connections read into one buffer, which saves a tenth of a small request and takes two properties of Node's
	 * sockets that it does not document; where they are missing, it is as if this was false. Default true.
	 */
	readonly sharesReads?: boolean;
}

/** Serves `app`. Listening begins at once; `onListening` and `onListenerError` say how it went. */
export function listen(app: App, options: ListenArguments = {}): Server {
	const server = new Server(app, new NodePlatform(options.sharesReads ?? true), {
		...options,
		port: options.port ?? 80,
	});
	server.reopen();
	return server;
}

export type { Server, ServerOptions };
