// What the searched app does with a request: one behaviour for each route, well-behaved or not, with what has to come of it.
// The path says all: "/late/c1r2/250" is answered 250 ms later, and names itself, so that an answer that reaches somebody
// else is known at once. For the search.

import type { AppOptions, HandlerResult, Route, RouteHandlers } from "../../src/app/app.js";
import type { Request } from "../../src/app/request.js";
import type { DetachedConnection, Response } from "../../src/app/response.js";
import { prebuild } from "../../src/response/prebuilt.js";
import { Random } from "../virtual/random.js";

/** The one that a handler's promise is: it settles when virtual time says so, and no job queue is needed. */
class Promised implements PromiseLike<unknown> {
	#state: "pending" | "fulfilled" | "rejected" = "pending";
	#error: unknown;
	readonly #fulfilled: ((value: undefined) => unknown)[] = [];
	readonly #rejected: ((error: unknown) => unknown)[] = [];

	// biome-ignore lint/suspicious/noThenProperty: it is one, on purpose.
	then<A, B>(
		fulfilled?: ((value: unknown) => A | PromiseLike<A>) | null,
		rejected?: ((error: unknown) => B | PromiseLike<B>) | null,
	): PromiseLike<A | B> {
		if (this.#state === "fulfilled") fulfilled?.(undefined);
		else if (this.#state === "rejected") rejected?.(this.#error);
		else {
			if (fulfilled) this.#fulfilled.push(fulfilled);
			if (rejected) this.#rejected.push(rejected);
		}
		return this as unknown as PromiseLike<A | B>;
	}

	fulfil(): void {
		this.#state = "fulfilled";
		for (const one of this.#fulfilled) one(undefined);
	}

	reject(error: unknown): void {
		this.#state = "rejected";
		this.#error = error;
		for (const one of this.#rejected) one(error);
	}
}

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
	#octets: Uint8Array = new Uint8Array(0);

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

/** The largest number that is drawn for a path. */
const NUMBER_MAX = 4500;

const OCTETS_LENGTH = 16_384;
/** What long content is made of. */
export const PATTERN: Uint8Array = Uint8Array.from(
	{ length: OCTETS_LENGTH },
	(_, index) => 97 + ((index * 7 + (index >> 8)) % 26),
);

/** The beginning of PATTERN as text. */
export function patternText(length: number): string {
	let text = "";
	for (let index = 0; index < length; index += 1) text += String.fromCharCode(PATTERN[index] as number);
	return text;
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
	/** How long it takes the handler to begin its response, in milliseconds. */
	readonly delayMs?: number;
	/** Whether the handler reads content, and answers behind it. */
	readonly readsContent?: boolean;
	/** Whether the client has to wait for the end of a wait: not for calm runs. */
	readonly isStuck?: boolean;
}

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
	readonly route: (stage: Stage) => Route;
	/** How often it is drawn, compared with the others. Default 2. */
	readonly weight?: number;
}

/** A number in a path, which a mutation may have made anything. */
function numberOf(request: Request, name: string): number {
	return Math.min(Number(request.parameter(name)) | 0, NUMBER_MAX);
}

function textOf(sighting: Sighting): string {
	return `to ${sighting.tag}`;
}

/** A route that is a function which answers, now or later. */
function handler(
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

function ends(stage: Stage): Pick<RouteHandlers, "onDone" | "onError"> {
	return {
		onDone: (request) => stage.ended(request.state as Sighting | undefined, false),
		onError: (request) => stage.ended(request.state as Sighting | undefined, true),
	};
}

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

/** A response in pieces of at most `pieceLength` octets, `length` in all. */
function writer(
	stage: Stage,
	begin: (response: Response, length: number) => void,
	last: (response: Response) => void,
): RouteHandlers {
	const written = new WeakMap<Sighting, number>();
	return {
		onRequest(request, response) {
			const sighting = stage.seen(request);
			request.state = sighting;
			written.set(sighting, 0);
			begin(response, numberOf(request, "p0"));
		},
		onWritable(request, response, room) {
			const sighting = request.state as Sighting;
			const start = written.get(sighting) as number;
			const length = numberOf(request, "p0");
			const count = Math.min(room, Math.max(1, numberOf(request, "p1")), length - start);
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

const NOTHING = (): readonly number[] => [];
const STATUSES = [204, 205, 304, 201];
const SHORT_DELAYS = [0, 1, 2, 5, 30, 200];

const PREBUILT = prebuild({ content: "made beforehand", type: "text/plain" });

const plain = (tag: string): Outcome => ({ status: 200, content: `to ${tag}` });
const failed: Outcome = { status: 500, content: null };

/** A length, and that of a piece: seldom so short that there are hundreds of them. */
function pieces(random: Random): readonly number[] {
	const length = random.below(random.pick([10, 100, 700, 3000]));
	const least = random.chance(0.03) ? 1 : Math.ceil(length / 24);
	return [length, random.between(Math.max(1, least), Math.max(1, least) * random.pick([1, 4, 40]))];
}

export const BEHAVIOURS: readonly Behaviour[] = [
	{
		name: "now",
		weight: 8,
		parameters: NOTHING,
		outcome: plain,
		route: (stage) => handler(stage, (_, response, sighting) => response.text(textOf(sighting))),
	},
	{
		name: "json",
		parameters: NOTHING,
		outcome: (tag) => ({ status: 200, content: `{"to":"${tag}"}` }),
		route: (stage) => handler(stage, (_, response, sighting) => response.json({ to: sighting.tag })),
	},
	{
		name: "octets",
		parameters: (random) => [random.below(random.pick([10, 100, 700, 4000]))],
		outcome: (_, [length = 0]) => ({ status: 200, content: patternText(length) }),
		route: (stage) =>
			handler(stage, (request, response) => response.octets(PATTERN.subarray(0, numberOf(request, "p0")))),
	},
	{
		name: "text",
		parameters: (random) => [random.below(random.pick([10, 100, 700, 3000]))],
		outcome: (_, [length = 0]) => ({ status: 200, content: patternText(length) }),
		route: (stage) => handler(stage, (request, response) => response.text(patternText(numberOf(request, "p0")))),
	},
	{
		name: "prebuilt",
		parameters: NOTHING,
		outcome: () => ({ status: 200, content: "made beforehand" }),
		route: () => PREBUILT,
	},
	{
		name: "status",
		parameters: (random) => [random.pick(STATUSES)],
		outcome: (_, [status = 0]) => ({ status, content: "" }),
		route: (stage) =>
			handler(stage, (request, response) => {
				response.status = numberOf(request, "p0");
				return response.empty();
			}),
	},
	{
		name: "late",
		weight: 4,
		parameters: (random) => [random.pick(SHORT_DELAYS)],
		outcome: (tag, [delayMs = 0]) => ({ ...plain(tag), delayMs }),
		route: (stage) =>
			handler(stage, (request, response, sighting) => {
				const ticket = response.defer();
				stage.later(numberOf(request, "p0"), () => {
					const open = ticket.response;
					if (open === undefined) stage.late();
					else open.text(textOf(sighting));
				});
			}),
	},
	{
		name: "promise",
		weight: 3,
		parameters: (random) => [random.pick(SHORT_DELAYS)],
		outcome: (tag, [delayMs = 0]) => ({ ...plain(tag), delayMs }),
		route: (stage) =>
			handler(stage, (request, response, sighting) => {
				const promise = new Promised();
				stage.later(numberOf(request, "p0"), () => {
					if (!response.text(textOf(sighting))) stage.late();
					promise.fulfil();
				});
				return promise as unknown as Promise<unknown>;
			}),
	},
	{
		name: "throw",
		parameters: NOTHING,
		outcome: () => failed,
		route: (stage) =>
			handler(stage, () => {
				throw new Error("thrown on purpose");
			}),
	},
	{
		name: "reject",
		weight: 3,
		parameters: (random) => [random.pick(SHORT_DELAYS)],
		outcome: (_, [delayMs = 0]) => ({ ...failed, delayMs }),
		route: (stage) =>
			handler(stage, (request) => {
				const promise = new Promised();
				stage.later(numberOf(request, "p0"), () => promise.reject(new Error("rejected on purpose")));
				return promise as unknown as Promise<unknown>;
			}),
	},
	{
		name: "silent",
		weight: 1,
		parameters: NOTHING,
		outcome: () => failed,
		route: (stage) => handler(stage, () => undefined),
	},
	{
		name: "never",
		weight: 1,
		parameters: NOTHING,
		outcome: () => ({ status: 503, content: null, isStuck: true }),
		route: (stage) =>
			handler(stage, (_, response) => {
				response.defer();
			}),
	},
	{
		name: "stream",
		weight: 3,
		parameters: pieces,
		outcome: (_, [length = 0]) => ({ status: 200, content: patternText(length) }),
		route: (stage) =>
			writer(
				stage,
				(response) => response.begin(),
				(response) => response.end(),
			),
	},
	{
		name: "sized",
		weight: 2,
		parameters: pieces,
		outcome: (_, [length = 0]) => ({ status: 200, content: patternText(length) }),
		route: (stage) =>
			writer(
				stage,
				(response, length) => response.begin(length),
				(response) => response.end(),
			),
	},
	{
		name: "over",
		weight: 1,
		parameters: (random) => [random.between(1, 30)],
		outcome: () => ({ status: 0, content: null, isLast: true }),
		route: (stage) =>
			handler(stage, (request, response) => {
				const length = numberOf(request, "p0");
				if (response.begin(length) && request.method !== "HEAD") response.write(PATTERN, 0, length + 1);
			}),
	},
	{
		name: "under",
		weight: 1,
		parameters: (random) => [random.between(1, 30)],
		outcome: () => ({ status: 0, content: null, isLast: true }),
		route: (stage) =>
			handler(stage, (request, response) => {
				const length = numberOf(request, "p0");
				response.begin(length);
				response.write(PATTERN, 0, length - 1);
				response.end();
			}),
	},
	{
		name: "stop",
		weight: 1,
		parameters: (random) => [random.between(1, 30)],
		outcome: () => ({ status: 0, content: null, isLast: true, isStuck: true }),
		route: (stage) =>
			handler(stage, (request, response) => {
				response.defer();
				response.begin();
				response.write(PATTERN, 0, numberOf(request, "p0"));
			}),
	},
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
		outcome: (tag) => ({ ...plain(tag) }),
		route: (stage) => ({
			onRequest(request, response) {
				const sighting = stage.seen(request);
				request.state = sighting;
				if (numberOf(request, "p0") === 0) response.text(textOf(sighting));
			},
			onReadable(request, response, count) {
				const sighting = request.state as Sighting;
				if (count > 0) readSome(stage, request, sighting, numberOf(request, "p0"));
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
		outcome: () => ({ ...failed, readsContent: true }),
		route: (stage) => ({
			...reader(stage, () => undefined),
			onReadable() {
				throw new Error("thrown on purpose at content");
			},
		}),
	},
	{
		name: "interim",
		weight: 2,
		parameters: (random) => [random.between(1, 3)],
		outcome: plain,
		route: (stage) =>
			handler(stage, (request, response, sighting) => {
				for (let count = numberOf(request, "p0"); count > 0; count -= 1) response.interim(103, { link: "</x>" });
				response.setField("X-Tag", sighting.tag);
				return response.text(textOf(sighting));
			}),
	},
	{
		name: "last",
		weight: 1,
		parameters: NOTHING,
		outcome: (tag) => ({ ...plain(tag), isLast: true }),
		route: (stage) =>
			handler(stage, (_, response, sighting) => {
				response.setLast();
				return response.text(textOf(sighting));
			}),
	},
	{
		name: "twice",
		weight: 1,
		parameters: NOTHING,
		outcome: plain,
		route: (stage) =>
			handler(stage, (_, response, sighting) => {
				response.text(textOf(sighting));
				response.text("again");
				stage.wrong("a second answer was taken");
			}),
	},
	{
		name: "keep",
		weight: 3,
		parameters: (random) => [random.pick(SHORT_DELAYS)],
		outcome: plain,
		route: (stage) =>
			handler(stage, (request, response, sighting) => {
				const ticket = response.defer();
				response.text(textOf(sighting));
				stage.later(numberOf(request, "p0"), () => {
					if (ticket.response !== undefined) stage.wrong("a ticket is good for a second answer");
				});
				if (response.isOpen) stage.wrong("a response is open that was answered");
			}),
	},
	{
		name: "wide",
		weight: 1,
		parameters: NOTHING,
		outcome: () => failed,
		route: (stage) =>
			handler(stage, (_, response) => {
				for (let count = 0; count < 400; count += 1) response.setField("X-Wide", patternText(200));
			}),
	},
	{
		name: "detach",
		weight: 2,
		parameters: (random) => [random.pick([0, 40, 400])],
		outcome: () => ({ status: 101, content: null, isDetached: true, isLast: true }),
		route: detaching,
	},
];

/** Reads a piece, lets time go by, reads the next: back-pressure. */
function pausing(stage: Stage): RouteHandlers {
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
				pause(request, sighting, Math.max(1, numberOf(request, "p0")), Math.max(1, numberOf(request, "p1")));
				return;
			}
			sighting.isPaused = false;
			stage.complete(sighting);
			response.octets(sighting.content);
		},
		...ends(stage),
	};
}

/** Another protocol: it sends back what it gets, and closes at an exclamation mark. */
function detaching(stage: Stage): RouteHandlers {
	return handler(stage, (request, response) => {
		const timeoutMs = numberOf(request, "p0");
		if (!request.isContentComplete || request.version === "1.0") throw new Error("no upgrade here");
		response.setField("Upgrade", "echo");
		const pump = (connection: DetachedConnection) => {
			const octets = new Uint8Array(64);
			for (;;) {
				const count = connection.read(octets, 0, Math.min(octets.length, connection.room));
				if (count === 0) return;
				connection.write(octets, 0, count);
				if (octets.subarray(0, count).includes(0x21)) return connection.close();
			}
		};
		response.detach({ onReadable: pump, onWritable: pump }, timeoutMs);
	});
}

/** The routes of the app that is searched: as many parameters stand behind the tag as the behaviour draws. */
export function routesOn(stage: Stage): AppOptions["routes"] {
	const routes: Record<string, Route> = {};
	for (const behaviour of BEHAVIOURS) {
		const parameters = Array.from({ length: COUNTS.get(behaviour.name) ?? 0 }, (_, index) => `/:p${index}`);
		routes[`* /${behaviour.name}/:tag${parameters.join("")}`] = behaviour.route(stage);
	}
	return routes;
}

const COUNTS: ReadonlyMap<string, number> = new Map(
	BEHAVIOURS.map((one) => [one.name, one.parameters(new Random(0)).length]),
);

const BY_NAME: ReadonlyMap<string, Behaviour> = new Map(BEHAVIOURS.map((one) => [one.name, one]));

/** What a target asks for. */
export interface Wish {
	readonly behaviour: Behaviour;
	readonly tag: string;
	readonly parameters: readonly number[];
}

/** What a target asks for; null when it is no route's, or is spelled so that it had to be decoded first. */
export function wishOf(target: string): Wish | null {
	const match =
		/^(?:http:\/\/[^/?]+)?\/([a-z]+)\/(?!\.\.?[/?])([A-Za-z0-9\-._~!$&'()*+,;=:@]+)((?:\/[0-9]+)*)(?:\?.*)?$/.exec(
			target,
		);
	const behaviour = match === null ? undefined : BY_NAME.get(match[1] as string);
	if (match === null || behaviour === undefined) return null;
	const parameters = (match[3] as string).split("/").slice(1).map(Number);
	// A mutation may have made numbers that nobody draws.
	if (parameters.length !== COUNTS.get(behaviour.name) || parameters.some((one) => one > NUMBER_MAX)) return null;
	if (behaviour.name === "status" && !STATUSES.includes(parameters[0] as number)) return null;
	return { behaviour, tag: match[2] as string, parameters };
}
