// thimble-sim: the simulator's command. Runs when it is imported; nothing imports it.

import { writeFileSync } from "node:fs";
import { ArgumentError, type ReplayArguments, readArguments, type ServeArguments, USAGE } from "./arguments.js";
import { AppError } from "./load-app.js";
import { Log } from "./log.js";
import { errorText } from "./observed-app.js";
import { CaseError, caseText } from "./picture/case.js";
import { replay } from "./replay.js";
import { type RunningApp, runApp } from "./run-app.js";
import { SessionRecorder } from "./session-recorder.js";

/** npm and a terminal may both pass on one Ctrl-C; what comes this soon after it, in milliseconds, is the same. */
const SAME_SIGNAL_MS = 200;
const EXIT_FAILED = 1;
const EXIT_MISUSED = 2;
/** As a shell has it for a program that a Ctrl-C has ended. */
const EXIT_INTERRUPTED = 130;

function fail(message: string, code: number): never {
	process.stderr.write(`thimble-sim: ${message}\n`);
	process.exit(code);
}

function makeLog(isQuiet: boolean): Log {
	const { stdout } = process;
	// A reader that went away, as `head` does, is no reason to stop serving.
	stdout.on("error", () => {});
	return new Log({
		write: (line) => stdout.write(`${line}\n`),
		isQuiet,
		hasColour: stdout.isTTY === true && !process.env.NO_COLOR,
	});
}

/** Why the port could not be opened, and what to do. */
function listenAdvice(error: NodeJS.ErrnoException, { port, address }: ServeArguments): string {
	const other = `choose another port (--port ${port < 65_535 ? port + 1 : 8080}, or PORT=…; 0 takes any free one)`;
	switch (error.code) {
		case "EADDRINUSE":
			return `port ${port} of ${address} is taken: stop what listens there, or ${other}`;
		case "EACCES":
			return `port ${port} is not yours to open: ${other}`;
		case "EADDRNOTAVAIL":
		case "ENOTFOUND":
			return `${address} is no address of this machine: --address 127.0.0.1 always is, --address 0.0.0.0 means all`;
		default:
			return `port ${port} of ${address} cannot be opened: ${error.message}`;
	}
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
	return error instanceof Error && "syscall" in error;
}

/** On a board, these abort the machine; here they are shown, and the server goes on. */
function watchEscapes(log: Log): void {
	const tell = (error: unknown): void => {
		log.error(`an error escaped from a timer or a promise; on a board it aborts the machine: ${errorText(error)}`);
	};
	process.on("uncaughtException", tell);
	process.on("unhandledRejection", tell);
}

/** `onEnd`: called when nothing more will happen. */
function closeOnSignals(running: RunningApp, log: Log, onEnd: () => void): void {
	let firstSignal = 0;
	const close = (): void => {
		const now = performance.now();
		if (firstSignal === 0) {
			firstSignal = now;
			const count = running.connectionCount;
			const connections = count === 0 ? "" : `; ${count} connection${count === 1 ? "" : "s"} may finish`;
			log.notice(`closing${connections}; Ctrl-C again cuts off`);
			void running.close().then(() => {
				log.notice("closed");
				onEnd();
				process.exit(0);
			});
		} else if (now - firstSignal > SAME_SIGNAL_MS) {
			running.abort();
			log.notice("cut off");
			onEnd();
			process.exit(EXIT_INTERRUPTED);
		}
	};
	process.on("SIGINT", close);
	process.on("SIGTERM", close);
}

function wanted(): ServeArguments | ReplayArguments {
	try {
		const given = readArguments(process.argv.slice(2), process.env);
		if (given !== null) return given;
	} catch (error) {
		if (error instanceof ArgumentError) fail(`${error.message}\n\n${USAGE}`, EXIT_MISUSED);
		throw error;
	}
	process.stdout.write(USAGE);
	process.exit(0);
}

async function serve(given: ServeArguments): Promise<void> {
	const log = makeLog(given.isQuiet);
	const { command, caseFile, file, profile } = given;
	const recorder = command === "record" ? new SessionRecorder(profile, `recorded from ${file}`) : null;
	const recording = recorder === null ? { isWatching: true } : { sockets: recorder };
	try {
		const running = await runApp({ ...given, ...recording, log });
		watchEscapes(log);
		closeOnSignals(running, log, () => {
			if (recorder !== null) save(recorder, caseFile, log);
		});
		if (recorder !== null) log.notice(`recording; Ctrl-C closes and writes ${caseFile}`);
	} catch (error) {
		if (error instanceof AppError) fail(error.message, EXIT_FAILED);
		if (isSystemError(error)) fail(listenAdvice(error, given), EXIT_FAILED);
		throw error;
	}
}

function save(recorder: SessionRecorder, path: string, log: Log): void {
	const { clientCount } = recorder;
	try {
		writeFileSync(path, caseText(recorder.finish()));
		log.notice(`wrote ${path}: ${clientCount} connection${clientCount === 1 ? "" : "s"}`);
	} catch (error) {
		fail(`the case cannot be written: ${error instanceof Error ? error.message : String(error)}`, EXIT_FAILED);
	}
}

async function replayCase(given: ReplayArguments): Promise<void> {
	try {
		await replay({ ...given, write: (line) => process.stdout.write(`${line}\n`) });
	} catch (error) {
		if (error instanceof CaseError || error instanceof AppError || isSystemError(error))
			fail(error.message, EXIT_FAILED);
		throw error;
	}
}

const given = wanted();
process.setSourceMapsEnabled(true);
if (given.command === "replay") await replayCase(given);
else await serve(given);
