// Replays a case file against an app file, in virtual time: says what came of it, and writes it as pictures and text. For
// the command line.

import { readFileSync, writeFileSync } from "node:fs";
import { bundleApp, runBundle } from "./load-app.js";
import { errorText } from "./observed-app.js";
import { type Case, CaseError, readCase } from "./picture/case.js";
import { playCase } from "./picture/case-player.js";
import { ladder } from "./picture/ladder.js";
import { pcapng } from "./picture/pcapng.js";
import { traceText } from "./picture/text.js";
import { octetsText, spanText } from "./picture/words.js";
import type { SimClient } from "./virtual/client.js";
import type { Simulation } from "./virtual/simulation.js";

export interface ReplayOptions {
	readonly caseFile: string;
	/** The app's file. */
	readonly file: string;
	/** Where the pictures and the text go, as far as they are wanted. */
	readonly svg: string | undefined;
	readonly pcapng: string | undefined;
	readonly text: string | undefined;
	/** Shows a line. */
	readonly write: (line: string) => void;
}

/**
 * Rejected with CaseError for a case that cannot be read, with AppError for an app that cannot be loaded, and with the
 * system's error where a file cannot be read or written.
 */
export async function replay(options: ReplayOptions): Promise<void> {
	const { caseFile, file, write } = options;
	const played = readCaseFile(caseFile);
	const app = await runBundle(file, await bundleApp(file));
	const sim = await playCase(app, played);
	const { trace } = sim;
	write(`${caseFile} on ${file}: profile ${trace.profile}, seed ${trace.seed}, ${spanText(sim.time)} of virtual time`);
	for (const client of sim.clients) for (const line of clientLines(sim, client)) write(line);
	for (const error of sim.errors) write(`the app was told: ${errorText(error)}`);
	for (const error of sim.escaped) write(`an error escaped; on a board it aborts the machine: ${errorText(error)}`);
	const outputs = [
		[options.svg, () => ladder(trace, played.title === undefined ? {} : { title: played.title })],
		[options.pcapng, () => pcapng(trace)],
		[options.text, () => traceText(trace)],
	] as const;
	for (const [path, make] of outputs) {
		if (path === undefined) continue;
		writeFileSync(path, make());
		write(`wrote ${path}`);
	}
}

/** Reads a case. Throws CaseError, which names the file. */
function readCaseFile(path: string): Case {
	try {
		return readCase(readFileSync(path, "utf8"));
	} catch (error) {
		if (error instanceof CaseError) throw new CaseError(`${path}: ${error.message}`);
		throw error;
	}
}

/** What became of a client: each of its requests that the server understood, with its response; how it ended. */
function clientLines(sim: Simulation, client: SimClient): string[] {
	const requests = sim.trace.events.flatMap((event) =>
		event.kind === "request" && event.connection === client.number ? [event.text] : [],
	);
	const lines: string[] = [];
	for (let index = 0; index < Math.max(requests.length, client.responses.length); index += 1) {
		const request = requests[index] ?? "no request";
		lines.push(`#${client.number} ${request} → ${responseText(client, index)}`);
	}
	lines.push(`#${client.number} ${client.closed === null ? "is still open" : `closed: ${client.closed}`}`);
	return lines;
}

function responseText({ responses }: SimClient, index: number): string {
	if (index >= responses.length) return "no response";
	const { status, content, isComplete } = responses[index] as SimClient["response"];
	return `${status}, ${octetsText(content.length)}${isComplete ? "" : ", cut off"}`;
}
