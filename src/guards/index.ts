// thimble-http/guards: what guards a device on a home network, and what opens it where that is wanted (docs/guards.md).

export { type CorsOptions, cors } from "./cors.js";
export { allowHosts, type HostOptions } from "./hosts.js";
export { sameOrigin } from "./origin.js";
export { portalRoutes } from "./portal.js";
