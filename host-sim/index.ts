// thimble-http/sim: the simulator for programs: a board as a platform, its profiles, and running an app file.

export { BoardPlatform } from "./board-platform.js";
export { BoardPort, type PortObserver } from "./board-port.js";
export { BoardTransport } from "./board-transport.js";
export { ConnectionLog } from "./connection-log.js";
export { AppError } from "./load-app.js";
export { type Colour, Log, type LogOptions, SILENT_LOG } from "./log.js";
export { HOST_PROFILE, PROFILE_NAMES, PROFILES, type Profile, profileNamed } from "./profiles.js";
export { type RunningApp, type RunOptions, runApp } from "./run-app.js";
