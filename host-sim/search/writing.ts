// Behaviours that write their response in pieces, with the length they have announced, with more or less. For the searched app.

import type { RouteHandlers } from "../../src/app/app.js";
import type { Response } from "../../src/app/response.js";
import type { Random } from "../virtual/random.js";
import {
	type Behaviour,
	ends,
	handler,
	PATTERN,
	type ParameterReader,
	patternText,
	type Sighting,
	type Stage,
} from "./behaviour.js";

/** A response in pieces of at most `pieceLength` octets, `length` in all. */
function writer(
	stage: Stage,
	number: ParameterReader,
	begin: (response: Response, length: number) => void,
	last: (response: Response) => void,
): RouteHandlers {
	const written = new WeakMap<Sighting, number>();
	return {
		onRequest(request, response) {
			const sighting = stage.seen(request);
			request.state = sighting;
			written.set(sighting, 0);
			begin(response, number(request, 0));
		},
		onWritable(request, response, room) {
			const sighting = request.state as Sighting;
			const start = written.get(sighting) as number;
			const length = number(request, 0);
			const count = Math.min(room, Math.max(1, number(request, 1)), length - start);
			if (count > 0) {
				// As octets and as text, in turns.
				if ((start & 1) === 0) response.write(PATTERN, start, start + count);
				else response.write(patternText(start + count).slice(start));
			}
			written.set(sighting, start + count);
			if (start + count === length) last(response);
		},
		...ends(stage),
	};
}

const LENGTH_MAX = 4500;

/** A length, and that of a piece: seldom so short that there are hundreds of them. */
function pieces(random: Random): readonly number[] {
	const length = random.below(random.pick([10, 100, 700, 3000]));
	const least = random.chance(0.03) ? 1 : Math.ceil(length / 24);
	return [length, random.between(Math.max(1, least), Math.max(1, least) * random.pick([1, 4, 40]))];
}

export const WRITING: readonly Behaviour[] = [
	{
		name: "stream",
		weight: 3,
		parameters: pieces,
		numberMax: LENGTH_MAX,
		outcome: (_, [length = 0]) => ({ status: 200, content: patternText(length), hasNoLength: true }),
		route: (stage, number) =>
			writer(
				stage,
				number,
				(response) => response.begin(),
				(response) => response.end(),
			),
	},
	{
		name: "sized",
		weight: 2,
		parameters: pieces,
		numberMax: LENGTH_MAX,
		outcome: (_, [length = 0]) => ({ status: 200, content: patternText(length) }),
		route: (stage, number) =>
			writer(
				stage,
				number,
				(response, length) => response.begin(length),
				(response) => response.end(),
			),
	},
	{
		name: "over",
		weight: 1,
		parameters: (random) => [random.between(1, 30)],
		numberMax: 30,
		outcome: () => ({ status: 0, content: null, isLast: true }),
		route: (stage, number) =>
			handler(stage, (request, response) => {
				const length = Math.max(1, number(request, 0));
				if (response.begin(length) && request.method !== "HEAD") response.write(PATTERN, 0, length + 1);
			}),
	},
	{
		name: "under",
		weight: 1,
		parameters: (random) => [random.between(1, 30)],
		numberMax: 30,
		outcome: () => ({ status: 0, content: null, isLast: true }),
		route: (stage, number) =>
			handler(stage, (request, response) => {
				const length = Math.max(1, number(request, 0));
				response.begin(length);
				response.write(PATTERN, 0, length - 1);
				response.end();
			}),
	},
	{
		name: "stop",
		weight: 1,
		parameters: (random) => [random.between(1, 30)],
		numberMax: 30,
		outcome: () => ({ status: 0, content: null, isLast: true, isStuck: true }),
		route: (stage, number) =>
			handler(stage, (request, response) => {
				response.defer();
				response.begin();
				response.write(PATTERN, 0, number(request, 0));
			}),
	},
];
