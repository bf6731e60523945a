// What the self-test tries, on the sockets of the board it runs on.

import Listener from "embedded:io/socket/listener";
import TCP from "embedded:io/socket/tcp";
import config from "mc/config";
import { type AppOptions, defineApp } from "thimble-http";
import { listen } from "thimble-http/platform";
import Time from "time";
import Timer from "timer";
import { BoardBench, type BoardSockets } from "./board-bench.js";
import type { ConsoleReport } from "./console-report.js";
import { runContract } from "./contract.js";
import type { Bench } from "./contract-bench.js";
import { OPTIONS, PARTS } from "./corpus-cases.js";
import { runCorpus } from "./corpus-run.js";
import { DriverBench } from "./driver-bench.js";
import { runScenarios } from "./scenario-run.js";

/** The port of driver.mjs. */
const DRIVER_PORT = 8089;

/** Runs everything; `report.done` is called after the last check. */
export function run(report: ConsoleReport): void {
	// The types of the SDK's modules know neither a client nor what the contract asks of a server.
	const sockets = { Listener, TCP, Timer, Time } as unknown as BoardSockets;
	const { sockets: kind } = config.selfTest;
	const { driver } = config;
	if (driver === undefined) {
		const bench = new BoardBench(sockets, kind);
		runContract(bench, report, () => corpus(bench, report));
		return;
	}
	const bench: Bench = new DriverBench(sockets, kind, driver, DRIVER_PORT, () => {
		const note = (line: string) => report.note(line);
		runContract(bench, report, () => runScenarios(bench, note, () => corpus(bench, report)));
	});
}

function corpus(bench: Bench, report: ConsoleReport): void {
	if (!config.selfTest.hasCorpus) return report.done();
	const serve = (app: AppOptions, port: number) => listen(defineApp(app), { port });
	runCorpus({ bench, options: OPTIONS, parts: PARTS, serve }, report, () => report.done());
}
