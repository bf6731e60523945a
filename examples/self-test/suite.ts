// What the self-test tries, on the sockets of the board it runs on.

import Listener from "embedded:io/socket/listener";
import TCP from "embedded:io/socket/tcp";
import config from "mc/config";
import Time from "time";
import Timer from "timer";
import { BoardBench, type BoardSockets } from "./board-bench.js";
import { type Report, runContract } from "./contract.js";

/** Runs everything; `report.done` is called after the last check. */
export function run(report: Report): void {
	// The types of the SDK's modules know neither a client nor what the contract asks of a server.
	const sockets = { Listener, TCP, Timer, Time } as unknown as BoardSockets;
	runContract(new BoardBench(sockets, config.selfTest.sockets), report);
}
