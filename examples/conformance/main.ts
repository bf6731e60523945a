// Opens both ports on loopback. For serve.mjs, which bundles it.

import type { App } from "thimble-http";
import { listen, type Server } from "thimble-http/platform";
import echo from "./echo.js";
import reflect from "./reflect.js";

function open(app: App, port: number): Promise<Server> {
	return new Promise((resolve, reject) => {
		listen(app, { port, address: "127.0.0.1", onListening: resolve, onListenerError: reject });
	});
}

/** Serves the echo and the reflect app; 0 lets the system choose a port. Fulfilled once both ports are open. */
export async function serve(echoPort: number, reflectPort: number): Promise<readonly [Server, Server]> {
	return [await open(echo, echoPort), await open(reflect, reflectPort)];
}
