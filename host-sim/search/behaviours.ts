// What the searched app does with a request: one behaviour for each route, well-behaved or not, with what has to come of it.
// The path says all: "/late/c1r2/200" is answered 200 ms later, and names itself, so that an answer that reaches somebody
// else is known at once. For the search.

import type { AppOptions, Route } from "../../src/app/app.js";
import type { Request } from "../../src/app/request.js";
import { Random } from "../virtual/random.js";
import { ANSWERING } from "./answering.js";
import type { Behaviour, Stage } from "./behaviour.js";
import { DETACHING } from "./detaching.js";
import { READING } from "./reading.js";
import { segmentsOf, textOf } from "./target.js";
import { WRITING } from "./writing.js";

export const BEHAVIOURS: readonly Behaviour[] = [...ANSWERING, ...WRITING, ...READING, ...DETACHING];

/** How many numbers stand in a path behind the tag. */
const COUNTS: ReadonlyMap<string, number> = new Map(
	BEHAVIOURS.map((one) => [one.name, one.parameters(new Random(0)).length]),
);

const BY_NAME: ReadonlyMap<string, Behaviour> = new Map(BEHAVIOURS.map((one) => [one.name, one]));

/** The number that a text in a path is, which a mutation may have made anything. */
function numberOf(text: string, { numberMax = 0 }: Behaviour): number {
	return Math.min(Math.max(0, Number(text) | 0), numberMax);
}

/** The routes of the app that is searched: as many parameters stand behind the tag as the behaviour draws. */
export function routesOn(stage: Stage): AppOptions["routes"] {
	const routes: Record<string, Route> = {};
	for (const behaviour of BEHAVIOURS) {
		const parameters = Array.from({ length: COUNTS.get(behaviour.name) ?? 0 }, (_, index) => `/:p${index}`);
		const number = (request: Request, index: number) => numberOf(request.parameter(`p${index}`), behaviour);
		routes[`* /${behaviour.name}/:tag${parameters.join("")}`] = behaviour.route(stage, number);
	}
	return routes;
}

/** What a target asks for. */
export interface Wish {
	readonly behaviour: Behaviour;
	/** In UTF-8, a character for each octet. */
	readonly tag: string;
	readonly parameters: readonly number[];
}

/** What was asked for before: each target is looked at some ten times. */
const WISHES = new Map<string, Wish | null>();
const WISHES_MAX = 1000;

/** What a target asks for; null when it is no route's. */
export function wishOf(target: string): Wish | null {
	const known = WISHES.get(target);
	if (known !== undefined) return known;
	const wish = readWish(target);
	if (WISHES.size >= WISHES_MAX) WISHES.clear();
	WISHES.set(target, wish);
	return wish;
}

function readWish(target: string): Wish | null {
	const segments = segmentsOf(target);
	const behaviour = BY_NAME.get(segments?.names[0] ?? "");
	if (segments === null || behaviour === undefined) return null;
	const [, tag = "", ...parameters] = segments.parameters;
	if (parameters.length !== COUNTS.get(behaviour.name) || tag === "" || parameters.includes("")) return null;
	return { behaviour, tag, parameters: parameters.map((one) => numberOf(textOf(one), behaviour)) };
}
