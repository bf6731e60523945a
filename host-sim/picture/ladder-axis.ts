// Where times stand in the ladder: from milliseconds to distances from its top. Time runs downwards. Each moment at which
// something happens has as much height as what it shows needs; between two moments stands a gap after the time that passes,
// drawn short (and marked) where nothing happens for long. For the ladder.

import { spanText } from "./words.js";

/** A moment and its place. */
export interface Moment {
	readonly time: number;
	readonly top: number;
	readonly height: number;
}

/** A stretch that is drawn shorter than it is. */
export interface Break {
	readonly top: number;
	readonly bottom: number;
	/** How much time passes in it. */
	readonly text: string;
	/** Whether something happens in it that is not drawn. */
	readonly isOmission: boolean;
}

const MOMENT_HEIGHT_MIN = 5;
const GAP_MIN = 12;
/** The height of the usual gap between two moments. */
const GAP_USUAL = 24;
/** A gap that would be higher than this is a silence. */
const GAP_MAX = 64;
const SILENCE_HEIGHT = 40;
const OMISSION_HEIGHT = 46;

/** What happens at one time, as far as it needs room. */
export interface Demand {
	readonly time: number;
	/** The height of its rows. */
	readonly height: number;
	/** How many rows these are, one at least: what is counted where a ladder gets too long. */
	readonly rows: number;
}

export class Axis {
	readonly moments: readonly Moment[];
	readonly breaks: readonly Break[];
	readonly bottom: number;
	/** The span whose arrows and notes are left out; null when there is none. */
	readonly omitted: { readonly from: number; readonly to: number } | null;

	/**
	 * `demands`: each time once, in order. With more than `rowsMax` rows in all, what happens in the middle is left out.
	 */
	constructor(demands: readonly Demand[], top: number, rowsMax: number) {
		const kept = keptOf(demands, rowsMax);
		const usual = usualGap(demands);
		const moments: Moment[] = [];
		const breaks: Break[] = [];
		let bottom = top;
		for (let index = 0; index < demands.length; index += 1) {
			if (index >= kept.head && index < kept.tail) continue;
			const { time, height } = demands[index] as Demand;
			const before = moments[moments.length - 1];
			if (before !== undefined) {
				const span = time - before.time;
				const isOmission = index === kept.tail && kept.tail > kept.head;
				const gap = gapOf(span, usual, isOmission);
				if (gap.isShort) {
					breaks.push({ top: bottom, bottom: bottom + gap.height, text: spanText(span), isOmission });
				}
				bottom += gap.height;
			}
			const moment = { time, top: bottom, height: Math.max(MOMENT_HEIGHT_MIN, height) };
			moments.push(moment);
			bottom += moment.height;
		}
		this.moments = moments;
		this.breaks = breaks;
		this.bottom = bottom;
		this.omitted =
			kept.tail > kept.head
				? { from: (demands[kept.head] as Demand).time, to: (demands[kept.tail - 1] as Demand).time }
				: null;
	}

	/** Whether what happens at `time` is drawn. */
	has(time: number): boolean {
		return this.omitted === null || time < this.omitted.from || time > this.omitted.to;
	}

	/** The distance of `time` from the top; `fraction` of the way from the beginning of its moment to the end. */
	y(time: number, fraction = 0): number {
		const { moments } = this;
		let low = 0;
		let high = moments.length;
		// The last moment that is not after `time`.
		while (high - low > 1) {
			const middle = (low + high) >> 1;
			if ((moments[middle] as Moment).time <= time) low = middle;
			else high = middle;
		}
		const moment = moments[low];
		if (moment === undefined) return this.bottom;
		if (time <= moment.time) return moment.top + fraction * moment.height;
		const next = moments[low + 1];
		const from = moment.top + moment.height;
		if (next === undefined) return from;
		return from + ((next.top - from) * (time - moment.time)) / (next.time - moment.time);
	}
}

/** Which demands are left out: those from `head` to before `tail`. */
function keptOf(demands: readonly Demand[], rowsMax: number): { readonly head: number; readonly tail: number } {
	const total = demands.reduce((sum, { rows }) => sum + rows, 0);
	if (total <= rowsMax) return { head: demands.length, tail: demands.length };
	// The beginning explains, the end is what went wrong: half for each.
	let head = 0;
	for (let rows = 0; rows + (demands[head] as Demand).rows <= rowsMax / 2; head += 1) {
		rows += (demands[head] as Demand).rows;
	}
	let tail = demands.length;
	for (let rows = 0; tail > head && rows + (demands[tail - 1] as Demand).rows <= rowsMax / 2; tail -= 1) {
		rows += (demands[tail - 1] as Demand).rows;
	}
	// At least the first moment and the last are shown, however much they hold.
	return { head: Math.max(1, head), tail: Math.min(demands.length - 1, tail) };
}

/** How long the usual gap lasts, in milliseconds: two fifths are shorter. */
function usualGap(demands: readonly Demand[]): number {
	const gaps: number[] = [];
	for (let index = 1; index < demands.length; index += 1) {
		gaps.push((demands[index] as Demand).time - (demands[index - 1] as Demand).time);
	}
	gaps.sort((a, b) => a - b);
	return gaps[Math.floor(gaps.length * 0.4)] ?? 1;
}

function gapOf(
	span: number,
	usual: number,
	isOmission: boolean,
): { readonly height: number; readonly isShort: boolean } {
	if (isOmission) return { height: OMISSION_HEIGHT, isShort: true };
	const height = (span / usual) * GAP_USUAL;
	if (height > GAP_MAX) return { height: SILENCE_HEIGHT, isShort: true };
	return { height: Math.max(GAP_MIN, height), isShort: false };
}
