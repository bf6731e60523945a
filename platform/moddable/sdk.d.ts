// The SDK's socket modules, as listen.ts imports them, in place of the files of @moddable/typings (5.6.0) about the same
// modules. Those differ from the SDK's sources: there `write` returns nothing, a `read` into a buffer returns nothing, and a
// Listener cannot be closed. In the SDK they do and it can: xs_tcp_write, xs_tcp_read and xs_listener_close_ in
// modules/io/socket/lwip/tcp.c, with the faces of tcp.js and listener.js beside it.

type SdkSockets = import("./sockets.js").Sockets;

/** Writes to the console that is connected to the device: fx_trace in xs/sources/xsGlobal.c. */
declare function trace(text: string): void;

declare module "embedded:io/socket/listener" {
	const Listener: SdkSockets["Listener"];
	export default Listener;
}

declare module "embedded:io/socket/tcp" {
	const TCP: SdkSockets["TCP"];
	export default TCP;
}

// The "config" of the manifests. Others add to it what their own manifests say.
declare module "mc/config" {
	export interface Config {
		/** What is particular about the board's sockets (manifests/manifest_limits.json). */
		readonly thimbleSockets?: { readonly canSendFlash?: boolean; readonly segmentsMax?: number };
		/** From mcconfig's command line. */
		readonly ssid?: string;
		readonly password?: string;
	}
	const config: Config;
	export default config;
}

// modules/base/modules in the SDK.
declare module "modules" {
	const Modules: {
		has(specifier: string): boolean;
		/** The module's default export. */
		importNow(specifier: string): unknown;
	};
	export default Modules;
}
