// The SDK's socket modules, as listen.ts imports them, in place of the files of @moddable/typings (5.6.0) about the same
// modules. Those differ from the SDK's sources: there `write` returns nothing, a `read` into a buffer returns nothing, and a
// Listener cannot be closed. In the SDK they do and it can: xs_tcp_write, xs_tcp_read and xs_listener_close_ in
// modules/io/socket/lwip/tcp.c, with the faces of tcp.js and listener.js beside it.

type SdkSockets = import("./sockets.js").Sockets;

declare module "embedded:io/socket/listener" {
	const Listener: SdkSockets["Listener"];
	export default Listener;
}

declare module "embedded:io/socket/tcp" {
	const TCP: SdkSockets["TCP"];
	export default TCP;
}
