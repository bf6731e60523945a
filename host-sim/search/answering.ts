// Behaviours that answer whole: at once, later, twice, never. For the searched app.

import { prebuild } from "../../src/response/prebuilt.js";
import { type Behaviour, failed, handler, NOTHING, PATTERN, patternText, plain, textOf } from "./behaviour.js";

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

const STATUSES = [204, 205, 304, 201];
const SHORT_DELAYS = [0, 1, 2, 5, 30, 200];
const DELAY_MAX = 200;

const PREBUILT = prebuild({ content: "made beforehand", type: "text/plain" });

export const ANSWERING: readonly Behaviour[] = [
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
		outcome: (tag) => ({ status: 200, content: JSON.stringify({ to: tag }) }),
		route: (stage) => handler(stage, (_, response, sighting) => response.json({ to: sighting.tag })),
	},
	{
		name: "octets",
		parameters: (random) => [random.below(random.pick([10, 100, 700, 4000]))],
		numberMax: 4500,
		outcome: (_, [length = 0]) => ({ status: 200, content: patternText(length) }),
		route: (stage, number) =>
			handler(stage, (request, response) => response.octets(PATTERN.subarray(0, number(request, 0)))),
	},
	{
		name: "text",
		parameters: (random) => [random.below(random.pick([10, 100, 700, 3000]))],
		numberMax: 3000,
		outcome: (_, [length = 0]) => ({ status: 200, content: patternText(length) }),
		route: (stage, number) => handler(stage, (request, response) => response.text(patternText(number(request, 0)))),
	},
	{
		name: "prebuilt",
		parameters: NOTHING,
		outcome: () => ({ status: 200, content: "made beforehand" }),
		route: () => PREBUILT,
	},
	{
		name: "status",
		parameters: (random) => [random.below(STATUSES.length)],
		numberMax: STATUSES.length - 1,
		outcome: (_, [index = 0]) => ({ status: STATUSES[index] as number, content: "" }),
		route: (stage, number) =>
			handler(stage, (request, response) => {
				response.status = STATUSES[number(request, 0)] as number;
				return response.empty();
			}),
	},
	{
		name: "late",
		weight: 4,
		parameters: (random) => [random.pick(SHORT_DELAYS)],
		numberMax: DELAY_MAX,
		outcome: plain,
		route: (stage, number) =>
			handler(stage, (request, response, sighting) => {
				const ticket = response.defer();
				stage.later(number(request, 0), () => {
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
		numberMax: DELAY_MAX,
		outcome: plain,
		route: (stage, number) =>
			handler(stage, (request, response, sighting) => {
				const promise = new Promised();
				stage.later(number(request, 0), () => {
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
		numberMax: DELAY_MAX,
		outcome: () => failed,
		route: (stage, number) =>
			handler(stage, (request) => {
				const promise = new Promised();
				stage.later(number(request, 0), () => promise.reject(new Error("rejected on purpose")));
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
		name: "interim",
		weight: 2,
		parameters: (random) => [random.between(1, 3)],
		numberMax: 3,
		outcome: plain,
		route: (stage, number) =>
			handler(stage, (request, response, sighting) => {
				for (let count = number(request, 0); count > 0; count -= 1) response.interim(103, { link: "</x>" });
				response.setField("X-Tag", encodeURIComponent(sighting.tag));
				return response.text(textOf(sighting));
			}),
	},
	{
		name: "last",
		weight: 1,
		parameters: NOTHING,
		outcome: (tag) => ({ status: 200, content: `to ${tag}`, isLast: true }),
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
		numberMax: DELAY_MAX,
		outcome: plain,
		route: (stage, number) =>
			handler(stage, (request, response, sighting) => {
				const ticket = response.defer();
				response.text(textOf(sighting));
				stage.later(number(request, 0), () => {
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
];
