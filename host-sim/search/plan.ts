// What a seed decides: the limits, the network, the clients with every octet they send, and what goes wrong when. A plan is
// plain data: it can be made smaller (shrink.ts), written down (regressions.json) and played again (play.ts).

import { DEFAULT_LIMITS, type Limits } from "../../src/limits.js";
import type { Conditions } from "../virtual/conditions.js";
import type { SimProfileName } from "../virtual/profiles.js";
import { Random } from "../virtual/random.js";
import { drawMessages } from "./grammar.js";

/** Octets that leave in one piece, `delayMs` behind those before. */
export interface Send {
	readonly delayMs: number;
	readonly length: number;
}

/** Something a client does beside sending, at a time since it connected. */
export interface ClientFault {
	readonly atMs: number;
	/** "stall": it takes nothing more; "take": it takes `count` octets more; "end": it closes its side; "reset". */
	readonly kind: "stall" | "take" | "end" | "reset";
	readonly count: number;
}

export interface ClientPlan {
	/** When it connects. */
	readonly atMs: number;
	/** What it sends. A character is an octet. */
	readonly messages: readonly string[];
	/** How it is cut: all octets that no Send takes leave in one piece behind them. */
	readonly sends: readonly Send[];
	readonly faults: readonly ClientFault[];
}

/**
 * What befalls the device. "busy": its program does nothing for `count` milliseconds; "delays", "forgets", "resets": the network
 * is away for as long, and its connections survive, die unheard, or are cut off; "fail": so many writes fail; "close": the
 * server closes; "reboot": the device loses its power, and boots in `count` milliseconds; "jump": its clock jumps ahead.
 */
export const MISHAPS = ["busy", "delays", "forgets", "resets", "fail", "close", "reboot", "jump"] as const;

export interface WorldFault {
	readonly atMs: number;
	readonly kind: (typeof MISHAPS)[number];
	readonly count: number;
}

export interface Plan {
	readonly seed: number;
	readonly profile: SimProfileName;
	/** Nothing goes wrong, and no deadline is near: everything that was asked for has to come. */
	readonly isCalm: boolean;
	readonly limits: Partial<Limits>;
	/** Which request fields the app keeps. */
	readonly keeps: "all" | "some" | "none";
	readonly spareConnections: number;
	readonly latencyMs: number;
	/** What else the network is like, where it is like something else. */
	readonly weather?: Omit<Conditions, "latencyMs">;
	/** Where the device's clock begins. */
	readonly ticks: number;
	readonly clients: readonly ClientPlan[];
	readonly faults: readonly WorldFault[];
}

/** The values that a limit may be given, limit by limit. */
type LimitTable = readonly (readonly [name: string, values: readonly number[]])[];

function tableOf(values: { readonly [Name in keyof Limits]?: readonly number[] }): LimitTable {
	return Object.entries(values);
}

const TARGET_LENGTHS = [40, 100, 150];

const MEMORY = tableOf({
	receiveLength: [256, 256, 320, 700, 1536],
	rememberedLength: [0, 64, 512],
	sendLength: [600, 600, 800, 1536],
	targetLengthMax: TARGET_LENGTHS,
	headLengthMax: [260, 700, 8192],
	fieldLinesMax: [9, 20, 100],
	fieldsKeptMax: [2, 5, 16],
	contentLengthMax: [60, 900, 65_536],
	chunkExtensionLengthMax: [0, 12, 256],
	trailerSectionLengthMax: [0, 30, 1024],
	discardLengthMax: [0, 50, 65_536],
});

const TIMES = tableOf({
	headTimeoutMs: [40, 250, 1000],
	idleTimeoutMs: [50, 300, 1000],
	contentIdleTimeoutMs: [40, 250, 1000],
	contentRateMin: [0, 100, 4000],
	handlerTimeoutMs: [60, 190, 1000],
	responseIdleTimeoutMs: [0, 90, 500],
	sendTimeoutMs: [60, 300, 1000],
	responseRateMin: [0, 100, 4000],
	lingerTimeoutMs: [20, 200],
	waitTimeoutMs: [30, 200, 1000],
	tenureMs: [0, 15, 250],
	shutdownTimeoutMs: [30, 400],
});

function drawLimits(random: Random, isCalm: boolean): Partial<Limits> {
	const limits: Record<string, number> = { connections: random.between(1, 4) };
	// Some plans change one limit, some all of them.
	const chance = random.pick([0.1, 0.5, 1]);
	const draw = (table: LimitTable) => {
		for (const [name, values] of table) if (random.chance(chance)) limits[name] = random.pick(values);
	};
	draw(MEMORY);
	// The longest target has to fit both.
	if (limits.receiveLength !== undefined || limits.headLengthMax !== undefined) {
		limits.targetLengthMax ??= random.pick(TARGET_LENGTHS);
	}
	if (isCalm) return limits;
	draw(TIMES);
	if (random.chance(0.2)) limits.requestsMax = random.between(1, 3);
	if (random.chance(0.3)) limits.waitingMax = random.below(3);
	return limits;
}

/** The most segments that a stream is cut into; what is left leaves in one. */
const PIECES_MAX = 1500;

/** Cuts `length` octets into pieces of at most `longest`. `delayMs`: how long behind the one before each leaves. */
export function drawPieces(random: Random, length: number, longest: number, delayMs: () => number): Send[] {
	const sends: Send[] = [];
	for (let rest = length; rest > 0 && sends.length < PIECES_MAX; ) {
		const count = Math.min(rest, random.between(1, longest));
		sends.push({ delayMs: delayMs(), length: count });
		rest -= count;
	}
	return sends;
}

/** Cuts a stream: whole, by messages, or anywhere. */
function drawSends(random: Random, messages: readonly string[], isCalm: boolean): Send[] {
	const length = messages.reduce((sum, message) => sum + message.length, 0);
	const gaps = isCalm ? [0, 0, 1, 3] : [0, 0, 1, 5, 40, 150];
	const gap = random.pick(gaps);
	switch (random.below(4)) {
		case 0:
			return [];
		case 1:
			return messages.map((message) => ({ delayMs: random.below(gap + 1), length: message.length }));
		default: {
			// Mostly a few dozen segments; now and then every octet in one of its own.
			const fine = random.chance(0.04) ? 1 : Math.ceil(length / 20);
			const longest = random.pick([fine, fine, 200, 1500]);
			return drawPieces(random, length, longest, () => (random.chance(0.3) ? random.below(gap + 1) : 0));
		}
	}
}

/** What the network is like: each of its faults has its chance. Where nothing goes wrong, no deadline is near. */
function drawWeather(random: Random, isCalm: boolean): Plan["weather"] {
	const jitterMs = random.pick(isCalm ? [0, 0, 0, 3, 20] : [0, 0, 0, 5, 60]);
	const bandwidthKbitPerS = random.pick(isCalm ? [0, 0, 0, 0, 2000] : [0, 0, 0, 0, 1000, 100]);
	const loses = random.chance(0.15);
	const lossEveryMs = loses ? random.pick([300, 700, 3000]) : 0;
	const lossMs = loses ? random.pick([30, 100, 200]) : 0;
	if (jitterMs === 0 && bandwidthKbitPerS === 0 && !loses) return undefined;
	const weather: { -readonly [Name in keyof Conditions]: Conditions[Name] } = {};
	if (jitterMs > 0) weather.jitterMs = jitterMs;
	if (bandwidthKbitPerS > 0) weather.bandwidthKbitPerS = bandwidthKbitPerS;
	if (loses) {
		weather.lossEveryMs = lossEveryMs;
		weather.lossMs = lossMs;
	}
	return weather;
}

/** What befalls the device, of some kinds or of none. */
function drawMishaps(random: Random, isCalm: boolean): WorldFault[] {
	const chance = isCalm ? 0 : random.pick([0, 0.3, 0.6, 0.8]);
	const share = random.pick([0.15, 0.4, 1]);
	const kinds = MISHAPS.filter(() => random.chance(share));
	const faults: WorldFault[] = [];
	while (kinds.length > 0 && random.chance(chance)) {
		const kind = random.pick(kinds);
		const most = kind === "fail" ? 4 : kind === "jump" ? random.pick([10, 300, 20_000]) : 300;
		faults.push({ atMs: random.below(random.pick([60, 300, 600])), kind, count: random.below(most) });
	}
	return faults;
}

const CLIENT_FAULTS: readonly ClientFault["kind"][] = ["stall", "take", "end", "reset"];

function drawClient(random: Random, index: number, limits: Limits, isCalm: boolean, chance: number): ClientPlan {
	const messages = drawMessages(random, index, { limits, isCalm });
	const sends = drawSends(random, messages, isCalm);
	const faults: ClientFault[] = [];
	while (random.chance(chance)) {
		const atMs = random.below(random.pick([5, 60, 600]));
		faults.push({ atMs, kind: random.pick(CLIENT_FAULTS), count: random.below(random.pick([3, 500])) });
	}
	return { atMs: random.below(random.pick([1, 20, 300])), messages, sends, faults };
}

/** What a seed decides, on the profile it is given, or on one that it draws of `profiles`. */
export function drawPlan(seed: number, profiles: readonly SimProfileName[]): Plan {
	const random = new Random(seed);
	const profile = random.pick(profiles);
	const isCalm = random.chance(0.4);
	const limits = drawLimits(random, isCalm);
	const whole: Limits = { ...DEFAULT_LIMITS, ...limits };
	const crowd = isCalm ? whole.connections : random.pick([1, 3, 5, 8]);
	const clientFaults = isCalm ? 0 : random.pick([0, 0.3, 0.6]);
	const clients: ClientPlan[] = [];
	for (let index = 0; index < crowd; index += 1) {
		clients.push(drawClient(random, index, whole, isCalm, clientFaults));
	}
	const faults = drawMishaps(random, isCalm);
	const weather = drawWeather(random, isCalm);
	const plan: Plan = {
		seed,
		profile,
		isCalm,
		limits,
		keeps: random.pick(["all", "some", "none"] as const),
		spareConnections: isCalm ? 2 : random.below(4),
		latencyMs: random.pick([0, 1, 1, 7]),
		// Near the place where 32 bits wrap, now and then.
		ticks: random.chance(0.2) ? 0x7fffffff - random.below(2000) : random.below(100_000),
		clients,
		faults,
	};
	return weather === undefined ? plan : { ...plan, weather };
}

/** All that a client sends. */
export function streamOf(client: ClientPlan): string {
	return client.messages.join("");
}
