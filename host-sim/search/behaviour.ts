// What the behaviours of the searched app have in common: what one is, where it plays, and the ways of a handler to be called.
// For the behaviours, and for the play, which is their stage.

import type { HandlerResult, Route, RouteHandlers } from "../../src/app/app.js";
import type { Request } from "../../src/app/request.js";
import type { Response } from "../../src/app/response.js";
import { latin1Text } from "../virtual/octets.js";
import type { Random } from "../virtual/random.js";

const NO_OCTETS = new Uint8Array(0);

/** A request as its handler sees it: the handler's state. */
export class Sighting {
	/** What the target calls it. */
	readonly tag: string;
	/** Whose it is; the stage's own. */
	readonly owner: unknown;
	/** Which request of its connection, from 0. */
	readonly index: number;
	/** How many octets of content were read. */
	length = 0;
	/** Whether the handler was told that the content is complete. */
	isComplete = false;
	/** Whether the handler has left octets unread on purpose. */
	isPaused = false;
	/** How often the handler was told that it is over. */
	overCount = 0;
	#octets: Uint8Array = NO_OCTETS;

	constructor(tag: string, owner: unknown, index: number) {
		this.tag = tag;
		this.owner = owner;
		this.index = index;
	}

	/** The content so far. */
	get content(): Uint8Array {
		return this.#octets.slice(0, this.length);
	}

	/** The first `count` octets of `buffer` were read. */
	add(buffer: Uint8Array, count: number): void {
		const length = this.length + count;
		if (length > this.#octets.length) {
			const longer = new Uint8Array(Math.max(length, 2 * this.#octets.length, 64));
			longer.set(this.#octets);
			this.#octets = longer;
		}
		for (let index = 0; index < count; index += 1) this.#octets[this.length + index] = buffer[index] as number;
		this.length = length;
	}
}

/** Where the app plays: it is told what handlers see, and has the time. */
export interface Stage {
	/** A handler is called with a request. Returns the request's record. */
	seen(request: Request): Sighting;
	/** A handler has read `count` octets of `buffer`. */
	content(sighting: Sighting, buffer: Uint8Array, count: number): void;
	/** All content of a request is there. */
	complete(sighting: Sighting): void;
	/** A handler's last word: `onDone`, or `onError`. */
	ended(sighting: Sighting | undefined, isFailed: boolean): void;
	/** Calls `task` in `delayMs`. */
	later(delayMs: number, task: () => void): void;
	/** A handler has done what it must not, and was not told so. */
	wrong(what: string): void;
	/** A reply came when the request was over, and was told so. */
	late(): void;
}

/** How a request with some behaviour ends when nothing disturbs it. */
export interface Outcome {
	/** The status of the final response; 0: none is completed, the connection is cut off. */
	readonly status: number;
	/** Its content; null: whatever it is. */
	readonly content: string | null;
	/** Whether another protocol has the connection from here on. */
	readonly isDetached?: boolean;
	/** Whether the connection may end with it. */
	readonly isLast?: boolean;
	/** Whether nobody knows its length beforehand: to HTTP/1.0 it ends with its connection. */
	readonly hasNoLength?: boolean;
	/** Whether the handler reads content, and answers behind it. */
	readonly readsContent?: boolean;
	/** Whether the client has to wait for the end of a wait: not for calm runs. */
	readonly isStuck?: boolean;
}

/** Reads a number that stands in the path behind the tag, by its index. */
export type ParameterReader = (request: Request, index: number) => number;

/** One behaviour. */
export interface Behaviour {
	readonly name: string;
	/** Draws what stands in the path behind the tag. */
	readonly parameters: (random: Random) => readonly number[];
	/** Whether its requests usually carry content. */
	readonly hasContent?: boolean;
	/** `Infinity` and nothing: the app's limit. */
	readonly contentLengthMax?: number;
	readonly outcome: (tag: string, parameters: readonly number[], content: string) => Outcome;
	/** `number`: the request's parameter of that index. */
	readonly route: (stage: Stage, number: ParameterReader) => Route;
	/** The largest number that its parameters have; what is more counts as that. */
	readonly numberMax?: number;
	/** How often it is drawn, compared with the others. Default 2. */
	readonly weight?: number;
}

export const NOTHING = (): readonly number[] => [];

/** The answer of those that name the request they answer. */
export const plain = (tag: string): Outcome => ({ status: 200, content: `to ${tag}` });

/** The answer to whoever has a handler that failed. */
export const failed: Outcome = { status: 500, content: null };

export function textOf(sighting: Sighting): string {
	return `to ${sighting.tag}`;
}

/** A route that is a export function which answers, now or later. */
export function handler(
	stage: Stage,
	answer: (request: Request, response: Response, sighting: Sighting) => HandlerResult,
): RouteHandlers {
	return {
		onRequest(request, response) {
			const sighting = stage.seen(request);
			request.state = sighting;
			return answer(request, response, sighting);
		},
		...ends(stage),
	};
}

export function ends(stage: Stage): Pick<RouteHandlers, "onDone" | "onError"> {
	return {
		onDone: (request) => stage.ended(request.state as Sighting | undefined, false),
		onError: (request) => stage.ended(request.state as Sighting | undefined, true),
	};
}

const OCTETS_LENGTH = 16_384;
/** What long content is made of. */
export const PATTERN: Uint8Array = Uint8Array.from(
	{ length: OCTETS_LENGTH },
	(_, index) => 97 + ((index * 7 + (index >> 8)) % 26),
);

const PATTERN_TEXT = latin1Text(PATTERN);

/** The beginning of PATTERN as text. */
export function patternText(length: number): string {
	return PATTERN_TEXT.slice(0, length);
}
