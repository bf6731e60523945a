// A case: a simulation that can be run again, as JSON that a person reads and writes. It says what the app runs on, what the
// network is like, and what clients do and when. The search writes what failed, `thimble-sim record` what really happened;
// `thimble-sim replay` runs either.

import { OPTION_RANGES, optionsFault } from "../virtual/option-ranges.js";
import { SIM_PROFILE_NAMES, type SimProfileName } from "../virtual/profiles.js";
import { COUNT, DATE, INTERVAL, POSITIVE, type Range, rangeFault, SPAN, TICKS } from "../virtual/ranges.js";
import type { SimulateOptions } from "../virtual/simulation.js";
import { CONTENT_LENGTH_MAX, type Content, contentFault, contentLength } from "./case-content.js";

/** What a case file says it is. */
const FORMAT = "thimble-case";
const VERSION = 1;

/** What of `simulate`'s options a case may set. */
export type CaseConditions = Omit<SimulateOptions, "profile" | "seed" | "isRecorded" | "between" | "shelf">;

/** What happens next. Clients are numbered from 1, in the order in which they connect. */
export type CaseStep =
	| { readonly do: "connect"; readonly client: number; readonly address?: string }
	| {
			readonly do: "send";
			readonly client: number;
			readonly octets: Content;
			readonly segmentLength?: number;
			readonly cuts?: readonly number[];
	  }
	| {
			readonly do: "trickle";
			readonly client: number;
			readonly octets: Content;
			readonly segmentLength?: number;
			readonly intervalMs?: number;
	  }
	| { readonly do: "stall"; readonly client: number; readonly length?: number }
	| { readonly do: "readSlowly"; readonly client: number; readonly length: number; readonly intervalMs: number }
	| { readonly do: "resume" | "end" | "close" | "reset"; readonly client: number }
	| {
			readonly do: "resetAt";
			readonly client: number;
			readonly sentLength?: number;
			readonly receivedLength?: number;
	  }
	/** Time passes. */
	| { readonly do: "advance"; readonly ms: number }
	/** The board is busy with something else, and serves nobody. */
	| { readonly do: "busy"; readonly ms: number }
	| { readonly do: "loseNetwork"; readonly outage?: "delays" | "forgets" | "resets" }
	| { readonly do: "restoreNetwork" }
	| { readonly do: "reboot"; readonly bootMs?: number }
	| { readonly do: "jumpTicks"; readonly ms: number }
	| { readonly do: "setDate"; readonly epochMs: number };

export interface Case {
	/** What it is about, for people. */
	readonly title?: string;
	readonly profile: SimProfileName;
	readonly seed: number;
	readonly conditions?: CaseConditions;
	readonly steps: readonly CaseStep[];
}

/** What is wrong with a case file, and where. */
export class CaseError extends Error {
	override readonly name = "CaseError";
}

// ---- What there can be ----

/** What a value must be, a number or not. */
type Kind = Range;

const TEXT: Kind = { words: "a string", isOne: (value) => typeof value === "string" };
const YES_OR_NO: Kind = { words: "true or false", isOne: (value) => typeof value === "boolean" };
const COUNTS: Kind = {
	words: "an array of whole numbers from 0",
	isOne: (value) => Array.isArray(value) && value.every(COUNT.isOne),
};
const OUTAGE: Kind = {
	words: '"delays", "forgets" or "resets"',
	isOne: (value) => value === "delays" || value === "forgets" || value === "resets",
};
/** Looked at part by part. */
const CONTENT: Kind = { words: "content", isOne: (value) => value !== undefined };

/** A field; one that need not be there. */
interface Field {
	readonly kind: Kind;
	readonly isOptional: boolean;
}

const must = (kind: Kind): Field => ({ kind, isOptional: false });
const may = (kind: Kind): Field => ({ kind, isOptional: true });

const CLIENT = must(POSITIVE);

const STEPS: Readonly<Record<CaseStep["do"], Readonly<Record<string, Field>>>> = {
	connect: { client: CLIENT, address: may(TEXT) },
	send: { client: CLIENT, octets: must(CONTENT), segmentLength: may(POSITIVE), cuts: may(COUNTS) },
	trickle: { client: CLIENT, octets: must(CONTENT), segmentLength: may(POSITIVE), intervalMs: may(SPAN) },
	stall: { client: CLIENT, length: may(COUNT) },
	readSlowly: { client: CLIENT, length: must(POSITIVE), intervalMs: must(INTERVAL) },
	resume: { client: CLIENT },
	end: { client: CLIENT },
	close: { client: CLIENT },
	reset: { client: CLIENT },
	resetAt: { client: CLIENT, sentLength: may(COUNT), receivedLength: may(COUNT) },
	advance: { ms: must(SPAN) },
	busy: { ms: must(SPAN) },
	loseNetwork: { outage: may(OUTAGE) },
	restoreNetwork: {},
	reboot: { bootMs: may(SPAN) },
	jumpTicks: { ms: must(TICKS) },
	setDate: { epochMs: must(DATE) },
};

const CONDITIONS: Readonly<Record<keyof CaseConditions, Field>> = {
	latencyMs: may(OPTION_RANGES.latencyMs),
	jitterMs: may(OPTION_RANGES.jitterMs),
	bandwidthKbitPerS: may(OPTION_RANGES.bandwidthKbitPerS),
	lossEveryMs: may(OPTION_RANGES.lossEveryMs),
	lossMs: may(OPTION_RANGES.lossMs),
	outageEveryMs: may(OPTION_RANGES.outageEveryMs),
	outageMs: may(OPTION_RANGES.outageMs),
	clockJumpEveryMs: may(OPTION_RANGES.clockJumpEveryMs),
	clockJumpMs: may(OPTION_RANGES.clockJumpMs),
	segmentLength: may(OPTION_RANGES.segmentLength),
	spareConnections: may(OPTION_RANGES.spareConnections),
	ticksMs: may(OPTION_RANGES.ticksMs),
	epochMs: may(OPTION_RANGES.epochMs),
	isUp: may(YES_OR_NO),
};

const PROFILE: Kind = {
	words: `one of ${SIM_PROFILE_NAMES.join(", ")}`,
	isOne: (value) => SIM_PROFILE_NAMES.some((name) => name === value),
};
const ANYTHING: Kind = { words: "", isOne: () => true };

const CASE: Readonly<Record<string, Field>> = {
	format: must({ words: `"${FORMAT}"`, isOne: (value) => value === FORMAT }),
	version: must({ words: `${VERSION}, the only version there is`, isOne: (value) => value === VERSION }),
	title: may(TEXT),
	profile: must(PROFILE),
	seed: must(OPTION_RANGES.seed),
	conditions: may(ANYTHING),
	steps: must({ words: "an array of steps", isOne: Array.isArray }),
};

// ---- Reading ----

/** Reads a case file. Throws CaseError, in words for the person who wrote it. */
export function readCase(text: string): Case {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch (error) {
		throw new CaseError(`this is no JSON: ${error instanceof Error ? error.message : String(error)}`);
	}
	const fields = checked(value, "", CASE, "a case");
	if (fields.conditions !== undefined) checkConditions(fields.conditions, fields.profile as SimProfileName);
	const known = new Set<number>();
	const steps = (fields.steps as readonly unknown[]).map((step, index) => readStep(step, `steps[${index}]`, known));
	const { format: _format, version: _version, ...rest } = fields;
	return { ...rest, steps } as unknown as Case;
}

/** Each for itself, and together. */
function checkConditions(value: unknown, profile: SimProfileName): void {
	const conditions: CaseConditions = checked(value, "conditions", CONDITIONS, '"conditions"');
	const fault = optionsFault({ ...conditions, profile });
	if (fault !== "") throw new CaseError(`conditions.${fault}`);
}

/** `known`: the clients that have connected. */
function readStep(value: unknown, place: string, known: Set<number>): CaseStep {
	const verb = typeof value === "object" && value !== null ? (value as Record<string, unknown>).do : undefined;
	const verbs = Object.keys(STEPS);
	if (typeof verb !== "string" || !verbs.includes(verb)) {
		throw new CaseError(`${place}.do must be one of ${verbs.join(", ")}, not ${shown(verb)}`);
	}
	const fields = STEPS[verb as CaseStep["do"]];
	const step = checked(value, place, { do: must(TEXT), ...fields }, `"${verb}"`);
	if ("octets" in fields) checkContent(step.octets, `${place}.octets`);
	if ("client" in fields) checkClient(verb, step.client as number, place, known);
	return step as unknown as CaseStep;
}

function checkClient(verb: string, client: number, place: string, known: Set<number>): void {
	const next = known.size + 1;
	if (verb === "connect") {
		if (client !== next) throw new CaseError(`${place}.client must be ${next}: clients are numbered as they connect`);
		known.add(client);
	} else if (!known.has(client)) {
		throw new CaseError(`${place}: client ${client} has not connected; { "do": "connect", "client": ${next} } does`);
	}
}

function checkContent(content: unknown, place: string): void {
	const parts = Array.isArray(content) ? content : [content];
	let length = 0;
	parts.forEach((part, index) => {
		const fault = contentFault(part);
		if (fault !== "") throw new CaseError(`${place}${Array.isArray(content) ? `[${index}]` : ""} ${fault}`);
		length += contentLength(part);
	});
	if (length > CONTENT_LENGTH_MAX) {
		throw new CaseError(
			`${place} must be at most ${CONTENT_LENGTH_MAX} octets, not ${length}: send them in several steps`,
		);
	}
}

/** An object with these fields and no others. */
function checked(
	value: unknown,
	place: string,
	fields: Readonly<Record<string, Field>>,
	what: string,
): Readonly<Record<string, unknown>> {
	if (typeof value !== "object" || value === null || Array.isArray(value)) {
		throw new CaseError(`${place === "" ? "the file" : place} must be an object, not ${shown(value)}`);
	}
	const given = value as Readonly<Record<string, unknown>>;
	const prefix = place === "" ? "" : `${place}.`;
	for (const key of Object.keys(given)) {
		if (Object.hasOwn(fields, key)) continue;
		throw new CaseError(`${prefix}${key}: ${what} has no such field; there are ${Object.keys(fields).join(", ")}`);
	}
	for (const key of Object.keys(fields)) {
		const { kind, isOptional } = fields[key] as Field;
		if (given[key] === undefined && isOptional) continue;
		if (given[key] === undefined) throw new CaseError(`${prefix}${key} is missing: ${kind.words}`);
		if (!kind.isOne(given[key])) throw new CaseError(rangeFault(`${prefix}${key}`, kind, shown(given[key])));
	}
	return given;
}

/** A value in an error message. */
function shown(value: unknown): string {
	if (value === undefined) return "missing";
	const text = JSON.stringify(value);
	return text.length <= 40 ? text : `${text.slice(0, 39)}…`;
}

// ---- Writing ----

/** The case as a file: a line for each step, and one for each line that a client sends. */
export function caseText({ title, profile, seed, conditions, steps }: Case): string {
	const fields: [string, unknown][] = [
		["format", FORMAT],
		["version", VERSION],
		["title", title],
		["profile", profile],
		["seed", seed],
		["conditions", conditions],
	];
	const lines = fields
		.filter(([, value]) => value !== undefined)
		.map(([name, value]) => `\t${json(name)}: ${spaced(value)},\n`);
	const list = steps.length === 0 ? "[]" : `[\n${steps.map(stepText).join(",\n")}\n\t]`;
	return `{\n${lines.join("")}\t"steps": ${list}\n}\n`;
}

/** The longest step that stands on one line, its indentation aside. */
const STEP_LENGTH_MAX = 110;

function stepText(step: CaseStep): string {
	const line = spaced(step);
	if (line.length <= STEP_LENGTH_MAX || !("octets" in step)) return `\t\t${line}`;
	const entries = Object.entries(step).map(([name, value]) => {
		if (name !== "octets" || !Array.isArray(value)) return `\t\t\t${json(name)}: ${spaced(value)}`;
		return `\t\t\t"octets": [\n${value.map((part) => `\t\t\t\t${spaced(part)}`).join(",\n")}\n\t\t\t]`;
	});
	return `\t\t{\n${entries.join(",\n")}\n\t\t}`;
}

/** JSON on one line, with a space where people set one. */
function spaced(value: unknown): string {
	if (Array.isArray(value)) return `[${value.map(spaced).join(", ")}]`;
	if (typeof value !== "object" || value === null) return json(value);
	const entries = Object.entries(value).filter(([, one]) => one !== undefined);
	return entries.length === 0
		? "{}"
		: `{ ${entries.map(([name, one]) => `${json(name)}: ${spaced(one)}`).join(", ")} }`;
}

/** What is no printable ASCII is escaped, so that octets survive every editor. */
function json(value: unknown): string {
	return JSON.stringify(value).replace(
		/[\x7f-\uffff]/g,
		(character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
	);
}
