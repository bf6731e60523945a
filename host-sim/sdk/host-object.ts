// What the SDK's natives do with their arguments and with callers that come too late. For the double's sockets.

/** What a closed socket answers to every call: fxGetHostDataValidate in xs/sources/xsAPI.c. */
export function closedObject(): SyntaxError {
	return new SyntaxError("C: xsGetHostData: invalid host data");
}

export type Callback = (this: unknown, count?: number) => void;

export type Dictionary = Readonly<Record<string, unknown>>;

/** builtinGetCallback in modules/io/common/builtinCommon.c */
export function callbackOf(options: Dictionary, name: string): Callback | null {
	const callback = options[name];
	if (callback === undefined || callback === null) return null;
	if (typeof callback !== "function") throw new Error("not a function");
	return callback as Callback;
}

/** builtinGetSignedInteger and the range that the sockets check. */
export function portOf(options: Dictionary): number {
	const { port } = options;
	if (port === undefined) return 0;
	const number = Number(port) | 0;
	if (number < 0 || number > 65_535) throw new RangeError("invalid port");
	return number;
}

/** builtinInitializeFormat in modules/io/common/builtinCommon.c, for a socket that knows only `format`. */
export function checkFormat(options: Dictionary, format: string): void {
	if (options.format && options.format !== format) throw new RangeError("unimplemented");
}

/** The octets of a buffer of any kind, as xsmcGetBufferReadable and xsmcGetBufferWritable give them. */
export function octetsOf(buffer: unknown): Uint8Array {
	if (buffer instanceof Uint8Array) return buffer;
	if (buffer instanceof ArrayBuffer) return new Uint8Array(buffer);
	if (ArrayBuffer.isView(buffer)) return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
	throw new TypeError("invalid buffer");
}

/** How many octets a read asks for: all of a buffer, a number, or without either `available`. */
export function requestedOf(argument: unknown, available: number): number {
	const requested = requestedLength(argument, available);
	if (requested <= 0 || requested > available) throw new Error("invalid");
	return requested;
}

function requestedLength(argument: unknown, available: number): number {
	if (argument === undefined) return available;
	return typeof argument === "object" ? octetsOf(argument).length : Number(argument) | 0;
}

/** The face of modules/io/socket/lwip/tcp.js and lin/tcp.js. */
export interface TcpFace {
	target: unknown;
	format: string;
	readonly remoteAddress: string;
	readonly remotePort: number;
	read(argument?: unknown): unknown;
	write(value: unknown): number | undefined;
	close(): void;
}

/** The face of modules/io/socket/lwip/listener.js and lin/listener.js. */
export interface ListenerFace {
	target: unknown;
	format: string;
	readonly port: number;
	read(): TcpFace | undefined;
	close(): void;
}

/** The classes of a program. */
export interface SocketClasses {
	readonly TCP: new (options?: Dictionary) => TcpFace;
	readonly Listener: new (options: Dictionary) => ListenerFace;
}

/**
 * A class as a program has it: without the constructor's first argument, which is the program's stack. It is bound, not made
 * anew: a class leaves an object shape behind that keeps the stack's network alive long after the program has ended.
 */
export function programClass<Stack, Arguments extends unknown[], Face extends object>(
	own: new (stack: Stack, ...rest: Arguments) => Face,
	stack: Stack,
): new (
	...rest: Arguments
) => Face {
	const bound = own.bind(null, stack) as new (...rest: Arguments) => Face;
	// A bound function has none, and could not be extended.
	Object.defineProperty(bound, "prototype", { value: own.prototype });
	return bound;
}
