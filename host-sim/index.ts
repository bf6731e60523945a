// thimble-http/sim: the simulator for programs and for tests. In virtual time: `simulate` runs an app on a simulated board.
// On loopback: a board as a platform, its profiles, and running an app file.

export { BoardPlatform } from "./board-platform.js";
export { BoardPort, type PortObserver } from "./board-port.js";
export { BoardTransport } from "./board-transport.js";
export { ConnectionLog } from "./connection-log.js";
export { AppError } from "./load-app.js";
export { type Colour, Log, type LogOptions, SILENT_LOG } from "./log.js";
export { type Case, type CaseConditions, CaseError, type CaseStep, caseText, readCase } from "./picture/case.js";
export { type Content, type ContentPart, contentOctets, contentOf } from "./picture/case-content.js";
export { playCase } from "./picture/case-player.js";
export { CaseWriter } from "./picture/case-writer.js";
export { type LadderOptions, ladder } from "./picture/ladder.js";
export { pcapng } from "./picture/pcapng.js";
export { eventText, type TextOptions, traceText } from "./picture/text.js";
export { HOST_PROFILE, PROFILE_NAMES, PROFILES, type Profile, profileNamed } from "./profiles.js";
export { type RunningApp, type RunOptions, runApp } from "./run-app.js";
export type {
	Closed,
	ResetPoint,
	SendOptions,
	SimClient,
	SlowReadOptions,
	TrickleOptions,
} from "./virtual/client.js";
export type { Conditions } from "./virtual/conditions.js";
export type { ConnectionState, PoolState } from "./virtual/connection-state.js";
export type { Mishaps } from "./virtual/mishaps.js";
export { SIM_PROFILE_NAMES, type SimProfileName } from "./virtual/profiles.js";
export type { RequestOptions } from "./virtual/request-octets.js";
export type { ResponseList } from "./virtual/response-list.js";
export { type Framing, type ReaderViolation, type ReadResponse, ResponseReader } from "./virtual/response-reader.js";
export { Time, Timer } from "./virtual/sdk-modules.js";
export { type ConnectOptions, type Outage, type SimulateOptions, Simulation, simulate } from "./virtual/simulation.js";
export type {
	MessageEvent,
	RemarkEvent,
	SegmentEvent,
	SegmentKind,
	Side,
	StateEvent,
	Trace,
	TraceEvent,
} from "./virtual/trace.js";
export type { WireOptions } from "./virtual/wire-text.js";
