// Behaviours that get content: read at once or in pieces, with pauses, in part, not at all. For the searched app.

import type { HandlerResult, RouteHandlers } from "../../src/app/app.js";
import type { Request } from "../../src/app/request.js";
import type { Response } from "../../src/app/response.js";
import {
	type Behaviour,
	ends,
	handler,
	NOTHING,
	type ParameterReader,
	plain,
	type Sighting,
	type Stage,
	textOf,
} from "./behaviour.js";

const BUFFER = new Uint8Array(4096);

/** Reads all that is there, at most `lengthMax` octets. */
function readSome(stage: Stage, request: Request, sighting: Sighting, lengthMax: number): number {
	let total = 0;
	while (total < lengthMax) {
		const count = request.read(BUFFER, 0, Math.min(BUFFER.length, lengthMax - total));
		if (count === 0) break;
		stage.content(sighting, BUFFER, count);
		total += count;
	}
	return total;
}

/** A route that reads content as `read` says, and answers with it. */
function reader(
	stage: Stage,
	answer: (request: Request, response: Response, sighting: Sighting) => HandlerResult,
): RouteHandlers {
	return {
		onRequest(request) {
			request.state = stage.seen(request);
		},
		onReadable(request, response, count) {
			const sighting = request.state as Sighting;
			if (count > 0) {
				readSome(stage, request, sighting, Number.POSITIVE_INFINITY);
				return undefined;
			}
			stage.complete(sighting);
			return answer(request, response, sighting);
		},
		...ends(stage),
	};
}

export const READING: readonly Behaviour[] = [
	{
		name: "echo",
		hasContent: true,
		weight: 10,
		parameters: NOTHING,
		outcome: (_, __, content) => ({ status: 200, content, readsContent: true }),
		route: (stage) => reader(stage, (_, response, sighting) => response.octets(sighting.content)),
	},
	{
		name: "limited",
		hasContent: true,
		contentLengthMax: 40,
		weight: 2,
		parameters: NOTHING,
		outcome: (_, __, content) => ({ status: 200, content, readsContent: true }),
		route: (stage) => ({
			contentLengthMax: 40,
			...reader(stage, (_, response, sighting) => response.octets(sighting.content)),
		}),
	},
	{
		name: "pause",
		hasContent: true,
		weight: 6,
		parameters: (random) => [random.between(1, random.pick([3, 40, 300])), random.pick([1, 3, 20])],
		numberMax: 300,
		outcome: (_, __, content) => ({ status: 200, content, readsContent: true }),
		route: pausing,
	},
	{
		name: "ignore",
		hasContent: true,
		weight: 3,
		parameters: NOTHING,
		outcome: plain,
		route: (stage) => handler(stage, (_, response, sighting) => response.text(textOf(sighting))),
	},
	{
		name: "early",
		hasContent: true,
		weight: 3,
		parameters: (random) => [random.below(60)],
		numberMax: 60,
		outcome: plain,
		route: (stage, number) => ({
			onRequest(request, response) {
				const sighting = stage.seen(request);
				request.state = sighting;
				if (number(request, 0) === 0) response.text(textOf(sighting));
			},
			onReadable(request, response, count) {
				const sighting = request.state as Sighting;
				if (count > 0) readSome(stage, request, sighting, number(request, 0));
				else stage.complete(sighting);
				if (response.isOpen) response.text(textOf(sighting));
			},
			...ends(stage),
		}),
	},
	{
		name: "choke",
		hasContent: true,
		weight: 1,
		parameters: NOTHING,
		outcome: () => ({ status: 500, content: null, readsContent: true }),
		route: (stage) => ({
			...reader(stage, () => undefined),
			onReadable() {
				throw new Error("thrown on purpose at content");
			},
		}),
	},
];

/** Reads a piece, lets time go by, reads the next: back-pressure. */
function pausing(stage: Stage, number: ParameterReader): RouteHandlers {
	const resume = (request: Request, sighting: Sighting, length: number, delayMs: number) => {
		if (!sighting.isPaused) return;
		sighting.isPaused = false;
		// A request that is over has nothing to read.
		if (readSome(stage, request, sighting, length) === length) pause(request, sighting, length, delayMs);
	};
	const pause = (request: Request, sighting: Sighting, length: number, delayMs: number) => {
		if (sighting.isPaused) return;
		sighting.isPaused = true;
		stage.later(delayMs, () => resume(request, sighting, length, delayMs));
	};
	return {
		onRequest(request, response) {
			const sighting = stage.seen(request);
			request.state = sighting;
			// What reads outside its verbs keeps a ticket.
			response.defer();
		},
		onReadable(request, response, count) {
			const sighting = request.state as Sighting;
			if (count > 0) {
				pause(request, sighting, Math.max(1, number(request, 0)), Math.max(1, number(request, 1)));
				return;
			}
			sighting.isPaused = false;
			stage.complete(sighting);
			response.octets(sighting.content);
		},
		...ends(stage),
	};
}
