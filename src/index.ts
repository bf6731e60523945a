// thimble-http: what an app is written with.

export {
	type App,
	type AppOptions,
	defineApp,
	type Handler,
	type HandlerResult,
	type Route,
	type RouteHandlers,
} from "./app/app.js";
export type { Request } from "./app/request.js";
export {
	type DetachedConnection,
	type DetachedProtocol,
	LENGTH_UNKNOWN,
	type Response,
	type Ticket,
} from "./app/response.js";
export { completeLimits, DEFAULT_LIMITS, type Limits } from "./limits.js";
export {
	type Prebuilt,
	type PrebuiltFields,
	type PrebuiltOptions,
	prebuild,
	prebuildFields,
} from "./response/prebuilt.js";
export { RequestError } from "./server/host.js";
export { type MemoryCost, memoryCost } from "./server/memory.js";
export type {
	ListenerHandle,
	ListenerOwner,
	ListenOptions,
	Platform,
	TimerOwner,
	Transport,
	TransportOwner,
} from "./server/platform.js";
export { Server, type ServerObserver, type ServerOptions } from "./server/server.js";
export type { Slot } from "./server/slot.js";
