// What the options of a simulation may be that are numbers, each for itself and together. For `simulate` and for case files.

import { LOSS_MS } from "./conditions.js";
import { type SimProfileName, simProfile } from "./profiles.js";
import {
	BANDWIDTH,
	COUNT,
	DATE,
	INTERVAL_OR_NEVER,
	POSITIVE,
	type Range,
	rangeFault,
	SPAN,
	TICKS,
	WHOLE,
} from "./ranges.js";
import type { SimulateOptions } from "./simulation.js";

/** What a packet of IPv4 has room for beside the heads of IP and TCP (RFC 791, RFC 9293). */
const SEGMENT_LENGTH_MAX = 65_495;
/** What every host takes (RFC 9293 §3.7.1). */
const DEFAULT_SEGMENT_LENGTH = 536;

/** The names of options that are numbers. */
export type NumberOption = Exclude<keyof SimulateOptions, "profile" | "isUp" | "isRecorded" | "between" | "shelf">;

export const OPTION_RANGES: Readonly<Record<NumberOption, Range>> = {
	latencyMs: SPAN,
	jitterMs: SPAN,
	bandwidthKbitPerS: BANDWIDTH,
	lossEveryMs: INTERVAL_OR_NEVER,
	lossMs: SPAN,
	outageEveryMs: INTERVAL_OR_NEVER,
	outageMs: SPAN,
	clockJumpEveryMs: INTERVAL_OR_NEVER,
	clockJumpMs: SPAN,
	segmentLength: POSITIVE,
	spareConnections: COUNT,
	ticksMs: TICKS,
	epochMs: DATE,
	seed: WHOLE,
};

const NAMES = Object.keys(OPTION_RANGES) as readonly NumberOption[];

/** What is wrong with the numbers among the options, beginning with the name of one; "" for nothing. */
export function optionsFault(options: SimulateOptions): string {
	const wrong = NAMES.find((name) => options[name] !== undefined && !OPTION_RANGES[name].isOne(options[name]));
	if (wrong !== undefined) return rangeFault(wrong, OPTION_RANGES[wrong], String(options[wrong]));
	const { lossEveryMs = 0, lossMs = LOSS_MS, profile, segmentLength } = options;
	if (lossEveryMs > 0 && lossEveryMs <= lossMs) {
		return `lossEveryMs must be more than lossMs, which is ${lossMs}, not ${lossEveryMs}`;
	}
	return segmentLength === undefined ? "" : segmentFault(profile, segmentLength);
}

/**
 * A segment that is longer than the window never leaves. And where lwIP has memory for a few of the board's own only, a longer
 * one is never taken, and of short ones, each with its overhead, one message takes all there is.
 */
function segmentFault(profile: SimProfileName | undefined, segmentLength: number): string {
	const { name, windowLength, memoryLength, segmentLength: own } = simProfile(profile ?? "esp32").sockets;
	const isScarce = memoryLength !== Number.POSITIVE_INFINITY;
	const least = isScarce ? DEFAULT_SEGMENT_LENGTH : 1;
	const most = isScarce ? own : Math.min(windowLength, SEGMENT_LENGTH_MAX);
	if (segmentLength >= least && segmentLength <= most) return "";
	return `segmentLength must be from ${least} to ${most} on ${name}, not ${segmentLength}`;
}
