// One connection of the ladder as SVG: its lifelines, arrows, states, deadlines and buffers, each placed by the axis. For the
// ladder.

import type { Side, StateEvent } from "../virtual/trace.js";
import type { Axis, Demand } from "./ladder-axis.js";
import type { Arrow, Lane, Note } from "./ladder-lane.js";
import { PHASE_COLOURS, SIZES } from "./ladder-style.js";
import { element, markup, number } from "./svg.js";
import { countText, cut, timeText } from "./words.js";

/** How wide a lane is, from the client's lifeline to the end of the second chart. */
export function laneWidth(arrowsWidth: number): number {
	const { barWidth, fuseWidth, notesWidth, chartWidth, chartGap } = SIZES;
	return arrowsWidth + barWidth + fuseWidth + notesWidth + 2 * (chartWidth + chartGap);
}

const LABEL_INDENT = 12;
const NOTE_LENGTH_MAX = Math.floor((SIZES.notesWidth - 6) / SIZES.noteAdvance);
const ARROW_HEAD = 7;
/** Between the ends of arrows that arrive at one moment. */
const ARRIVAL_STEP = 10;
const BARE_STEP = 3;
/** The least height of an arrow that stands for many. */
const BAND_HEIGHT = 6;
/** How far a segment gets that is lost, and how far down. */
const LOST_PART = 0.55;
const LOST_DROP = 12;

/** What happens in a lane at one time. */
interface Happening {
	readonly arrows: Arrow[];
	readonly notes: Note[];
}

/** Where an arrow stands. */
interface Placed {
	readonly arrow: Arrow;
	readonly y: number;
	arrivedY: number;
}

/** What stands along an arrow: it begins `y` down on its own side, is `width` long and comes `drop` further down. */
interface Label {
	readonly arrow: Arrow;
	readonly from: Side;
	readonly y: number;
	readonly slope: number;
	readonly width: number;
	readonly drop: number;
}

/** How far apart the lines of two labels have to be. */
const LABEL_CLEARANCE = 15;

export class LaneDrawing {
	readonly lane: Lane;
	readonly #happenings = new Map<number, Happening>();
	/** How many labelled arrows arrive at a time, on the side where more do. */
	readonly #arrivals = new Map<number, number>();
	readonly #labelLengthMax: number;
	readonly #clientX: number;
	readonly #serverX: number;

	/** `x`: of the client's lifeline. */
	constructor(lane: Lane, x: number, arrowsWidth: number) {
		this.lane = lane;
		this.#clientX = x;
		this.#serverX = x + arrowsWidth;
		this.#labelLengthMax = Math.floor((arrowsWidth - 2 * LABEL_INDENT) / SIZES.labelAdvance);
		for (const side of ["client", "server"]) this.#countArrivals(lane.arrows.filter(({ from }) => from === side));
		for (const arrow of lane.arrows) this.#at(arrow.time).arrows.push(arrow);
		for (const note of lane.notes) this.#at(note.time).notes.push(...linesOf(note));
	}

	#countArrivals(arrows: readonly Arrow[]): void {
		const counts = new Map<number, number>();
		for (const { arrived } of arrows) counts.set(arrived, (counts.get(arrived) ?? 0) + 1);
		for (const [time, count] of counts) this.#arrivals.set(time, Math.max(count, this.#arrivals.get(time) ?? 0));
	}

	#at(time: number): Happening {
		let happening = this.#happenings.get(time);
		if (happening === undefined) {
			happening = { arrows: [], notes: [] };
			this.#happenings.set(time, happening);
		}
		return happening;
	}

	/** Each time that has to have a place. */
	times(): number[] {
		const { lane } = this;
		const times = [lane.first, lane.last, ...this.#happenings.keys(), ...lane.missed.map(({ time }) => time)];
		for (const arrow of [...lane.bare, ...lane.arrows]) {
			times.push(arrow.time, arrow.lastTime);
			if (arrow.arrived >= 0) times.push(arrow.arrived, arrow.lastArrived);
		}
		return times;
	}

	/** What the lane needs at `time`. */
	demand(time: number): Demand {
		const { arrows, notes } = this.#happenings.get(time) ?? NOTHING;
		const arrivals = ((this.#arrivals.get(time) ?? 1) - 1) * ARRIVAL_STEP;
		const height = Math.max(arrows.length * SIZES.rowHeight, notes.length * SIZES.noteHeight, arrivals);
		return { time, height: height === 0 ? 0 : height + 7, rows: Math.max(arrows.length, notes.length) };
	}

	// ---- Behind everything: what is always there ----

	head(top: number): string {
		const { lane } = this;
		const state = lane.states[0];
		const y = top + SIZES.laneHeadHeight - 18;
		const texts = [
			text("tl-label tl-ink tl-strong", this.#clientX - 4, top + 14, `Connection ${lane.connection}`),
			text("tl-note tl-dim", this.#clientX - 4, y, "client"),
			text("tl-note tl-dim", this.#serverX + SIZES.barWidth, y, "server", "end"),
		];
		if (state !== undefined) {
			texts.push(text("tl-note tl-dim", this.#notesX, y, `slot ${state.slot}: states, waits`));
			for (const chart of CHARTS) {
				const peak = lane.states.reduce((most, one) => Math.max(most, chart.filled(one)), 0);
				const x = this.#chartX(chart.index);
				texts.push(text("tl-note tl-ink", x, y - 24, chart.name));
				texts.push(text("tl-note tl-dim", x, y - 12, `of ${countText(chart.length(state))}`));
				texts.push(text("tl-note tl-dim", x, y, `peak ${countText(peak)}`));
			}
		}
		return texts.join("");
	}

	/** Lifelines, states, buffers. */
	background(axis: Axis): string {
		const { lane } = this;
		const top = axis.y(lane.first) - 8;
		const bottom = axis.y(lane.last, 1) + 4;
		const parts = [
			line("tl-life", this.#clientX, top, this.#clientX, bottom),
			line("tl-life", this.#barMiddle, top, this.#barMiddle, bottom),
			end(this.#clientX, bottom),
			end(this.#barMiddle, bottom),
		];
		const places = placesOf(lane.states, axis);
		parts.push(this.#bars(places, bottom), this.#charts(places, bottom));
		return parts.join("");
	}

	get #barMiddle(): number {
		return this.#serverX + SIZES.barWidth / 2;
	}

	get #notesX(): number {
		return this.#serverX + SIZES.barWidth + SIZES.fuseWidth;
	}

	#chartX(index: number): number {
		return this.#notesX + SIZES.notesWidth + index * (SIZES.chartWidth + SIZES.chartGap);
	}

	#bars(places: readonly number[], bottom: number): string {
		const { states } = this.lane;
		let bars = "";
		for (let index = 0; index < states.length; ) {
			const { phase, time } = states[index] as StateEvent;
			const first = index;
			while (index < states.length && states[index]?.phase === phase) index += 1;
			const y = places[first] as number;
			const height = (places[index] ?? bottom) - y;
			const colour = PHASE_COLOURS[phase];
			if (colour === undefined || height < 0.25) continue;
			const until = states[index]?.time;
			const title = `${phase}, from ${timeText(time)}${until === undefined ? "" : ` to ${timeText(until)}`}`;
			const attributes = { x: this.#serverX, y, width: SIZES.barWidth, height, fill: colour };
			bars += element("rect", attributes, element("title", {}, markup(title)));
		}
		return bars;
	}

	#charts(places: readonly number[], bottom: number): string {
		const { states } = this.lane;
		const [first] = places;
		if (first === undefined) return "";
		let charts = "";
		for (const chart of CHARTS) {
			const x = this.#chartX(chart.index);
			const widths = states.map((state) => (SIZES.chartWidth * chart.filled(state)) / (chart.length(state) || 1));
			const frame = { x, y: first, width: SIZES.chartWidth, height: bottom - first, fill: "none", class: "tl-chart" };
			charts += element("rect", frame);
			charts += element("path", { class: chart.colour, d: areaPath(x, widths, places, bottom) });
		}
		return charts;
	}

	// ---- In front ----

	/** Deadlines, arrows, notes. */
	foreground(axis: Axis): string {
		const placed = this.#placed(axis);
		const parts = [this.#fuses(axis)];
		for (const one of placed) parts.push(this.#arrowLine(one, axis));
		parts.push(this.#labels(placed));
		for (const [time, { notes }] of this.#happenings) {
			if (!axis.has(time)) continue;
			const top = axis.y(time) + 11;
			notes.forEach((note, index) => {
				parts.push(this.#note(note, top + index * SIZES.noteHeight));
			});
		}
		return parts.join("");
	}

	/** The arrows with their places, those without labels included. */
	#placed(axis: Axis): Placed[] {
		const placed: Placed[] = [];
		for (const [time, { arrows }] of this.#happenings) {
			if (!axis.has(time)) continue;
			const top = axis.y(time);
			arrows.forEach((arrow, index) => {
				placed.push({ arrow, y: rowY(top, index), arrivedY: 0 });
			});
		}
		const counts = new Map<number, number>();
		for (const arrow of this.lane.bare) {
			const { time } = arrow;
			if (!axis.has(time)) continue;
			const count = counts.get(time) ?? 0;
			counts.set(time, count + 1);
			const y = Math.max(axis.y(time) + 1, axis.y(time, 1) - 2 - count * BARE_STEP);
			placed.push({ arrow, y, arrivedY: 0 });
		}
		placed.sort((a, b) => a.y - b.y);
		const arrivals = new Map<string, number>();
		for (const one of placed) {
			const { from, arrived } = one.arrow;
			const key = `${from} ${arrived}`;
			const count = arrivals.get(key) ?? 0;
			arrivals.set(key, count + 1);
			const top = axis.y(arrived);
			const offset = Math.min(count * ARRIVAL_STEP, axis.y(arrived, 1) - top);
			one.arrivedY = arrived < 0 ? one.y + LOST_DROP : Math.max(one.y, top + offset);
		}
		return placed;
	}

	#arrowLine({ arrow, y, arrivedY }: Placed, axis: Axis): string {
		const { from, style, count } = arrow;
		const [startX, endX] = from === "client" ? [this.#clientX, this.#serverX] : [this.#serverX, this.#clientX];
		const style_ = `tl-line tl-line-${style}`;
		if (arrow.arrived < 0) {
			const x = startX + (endX - startX) * LOST_PART;
			const cross = `M${number(x - 4)} ${number(arrivedY - 4)}l8 8m0 -8l-8 8`;
			return line(style_, startX, y, x, arrivedY) + element("path", { class: style_, d: cross });
		}
		const first = line(style_, startX, y, endX, arrivedY) + head(style, startX, y, endX, arrivedY);
		if (count === 1) return first;
		const lastY = Math.max(y + BAND_HEIGHT, axis.y(arrow.lastTime));
		const lastArrivedY = Math.max(arrivedY + BAND_HEIGHT, axis.y(arrow.lastArrived));
		const corners = [
			[startX, y],
			[endX, arrivedY],
			[endX, lastArrivedY],
			[startX, lastY],
		].map(([x, cornerY]) => `${number(x as number)},${number(cornerY as number)}`);
		const band = element("polygon", { class: `tl-band tl-text-${style}`, points: corners.join(" ") });
		const last = line(style_, startX, lastY, endX, lastArrivedY) + head(style, startX, lastY, endX, lastArrivedY);
		return band + first + last;
	}

	/** Each along its line, at the end where it left. Two that would meet in the middle are cut to half the way. */
	#labels(placed: readonly Placed[]): string {
		const labels = placed.filter(({ arrow }) => arrow.label !== "").map((one) => this.#label(one));
		const meeting = new Set<Label>();
		labels.forEach((label, index) => {
			for (let other = index + 1; other < labels.length; other += 1) {
				const next = labels[other] as Label;
				// Places go down, labels too: whoever begins below the end of this one is clear of it.
				if (next.y > label.y + label.drop + LABEL_CLEARANCE) break;
				if (next.from !== label.from && this.#meet(label, next)) meeting.add(label).add(next);
			}
		});
		const half = Math.floor(this.#labelLengthMax / 2);
		return labels.map((label) => this.#labelText(label, meeting.has(label) ? half : this.#labelLengthMax)).join("");
	}

	#label({ arrow, y, arrivedY }: Placed): Label {
		const { from, label } = arrow;
		const slope = (arrivedY - y) / ((this.#serverX - this.#clientX) * (arrow.arrived < 0 ? LOST_PART : 1));
		const width = cut(label, this.#labelLengthMax).length * SIZES.labelAdvance + LABEL_INDENT;
		return { arrow, from, y, slope, width, drop: slope * width };
	}

	/** Whether a label from the client and one from the server come too close to each other. */
	#meet(one: Label, other: Label): boolean {
		const [client, server] = one.from === "client" ? [one, other] : [other, one];
		const across = this.#serverX - this.#clientX;
		// Where both are, from left to right: there, how far apart their lines run.
		const [left, right] = [across - server.width, client.width];
		if (left > right) return false;
		const apart = (x: number) => client.y + client.slope * x - (server.y + server.slope * (across - x));
		const [atLeft, atRight] = [apart(left), apart(right)];
		return atLeft * atRight <= 0 || Math.min(Math.abs(atLeft), Math.abs(atRight)) < LABEL_CLEARANCE;
	}

	#labelText({ arrow, from, y, slope }: Label, lengthMax: number): string {
		const degrees = (Math.atan(from === "client" ? slope : -slope) * 180) / Math.PI;
		const x = from === "client" ? this.#clientX + LABEL_INDENT : this.#serverX - LABEL_INDENT;
		const place = `translate(${number(x)} ${number(y + slope * LABEL_INDENT)}) rotate(${number(degrees)})`;
		const title = `${from}, ${timeText(arrow.time)}: ${arrow.label}`;
		const anchor = from === "client" ? "start" : "end";
		const style = `tl-label tl-halo tl-text-${arrow.style}`;
		return element("g", { transform: place }, text(style, 0, -4, cut(arrow.label, lengthMax), anchor, title));
	}

	#note(note: Note, y: number): string {
		const style = {
			remark: "tl-text-remark tl-lean",
			message: "tl-ink tl-strong",
			path: "tl-ink",
			wait: "tl-dim",
			missed: "tl-missed tl-strong",
		}[note.style];
		return text(`tl-note ${style}`, this.#notesX, y, shortNote(note), "start", note.text);
	}

	/** For each wait with an end a dotted line, up to its deadline; full where the deadline was missed. */
	#fuses(axis: Axis): string {
		const { states, missed } = this.lane;
		const x = this.#serverX + SIZES.barWidth + SIZES.fuseWidth / 2;
		const places = placesOf(states, axis);
		let fuses = "";
		for (let index = 0; index < states.length; ) {
			const { wait, deadline } = states[index] as StateEvent;
			const first = index;
			while (index < states.length && states[index]?.wait === wait) index += 1;
			const y = places[first] as number;
			const bottom = places[index] ?? axis.y(this.lane.last, 1);
			if (deadline < 0 || bottom - y < 8) continue;
			fuses += element("path", {
				class: "tl-fuse",
				"stroke-dasharray": "1 3",
				d: `M${number(x)} ${number(y)}V${number(bottom)}`,
			});
			fuses += diamond(x, y + 4, 3, "tl-fuse tl-paper");
		}
		for (const { time } of missed) if (axis.has(time)) fuses += diamond(x, axis.y(time) + 5, 4.5, "tl-missed");
		return fuses;
	}
}

const NOTHING: Happening = { arrows: [], notes: [] };

/** The buffers that are drawn beside the server. */
const CHARTS = [
	{
		index: 0,
		name: "receive",
		colour: "tl-receive",
		filled: (state: StateEvent) => state.received,
		length: (state: StateEvent) => state.receiveLength,
	},
	{
		index: 1,
		name: "send",
		colour: "tl-send",
		filled: (state: StateEvent) => state.unsent,
		length: (state: StateEvent) => state.sendLength,
	},
] as const;

/** Where a row's arrow begins; its label stands above. */
function rowY(top: number, index: number): number {
	return top + 17 + index * SIZES.rowHeight;
}

/** The place of each state: those of one moment share its height. */
function placesOf(states: readonly StateEvent[], axis: Axis): number[] {
	const places: number[] = [];
	for (let index = 0; index < states.length; ) {
		const { time } = states[index] as StateEvent;
		const first = index;
		while (index < states.length && states[index]?.time === time) index += 1;
		for (let one = first; one < index; one += 1) places.push(axis.y(time, (one - first) / (index - first)));
	}
	return places;
}

/** How full a buffer is, downwards: steps from one place to the next. Of what falls on one pixel, the most and the last show. */
function areaPath(x: number, widths: readonly number[], places: readonly number[], bottom: number): string {
	let path = `M${number(x)} ${number(places[0] as number)}`;
	let index = 0;
	while (index < places.length) {
		const y = places[index] as number;
		let peak = 0;
		let last = 0;
		while (index < places.length && (places[index] as number) < y + 1) {
			last = widths[index] as number;
			peak = Math.max(peak, last);
			index += 1;
		}
		path += `V${number(y)}H${number(x + visible(peak))}`;
		if (visible(last) !== visible(peak)) path += `V${number(y + 1)}H${number(x + visible(last))}`;
	}
	return `${path}V${number(bottom)}H${number(x)}Z`;
}

/** A buffer that is not empty never looks empty. */
function visible(width: number): number {
	return width > 0 ? Math.max(1, Math.min(width, SIZES.chartWidth)) : 0;
}

/** A remark takes as many lines as it needs, up to some; anything else is one line. */
function linesOf(note: Note): Note[] {
	if (note.style !== "remark") return [note];
	const lines: string[] = [];
	for (const word of note.text.split(" ")) {
		const line = `${lines[lines.length - 1]} ${word}`;
		if (lines.length > 0 && (line.length <= NOTE_LENGTH_MAX || lines.length === REMARK_LINES_MAX)) {
			lines[lines.length - 1] = line;
		} else lines.push(word);
	}
	return lines.map((text) => ({ ...note, text }));
}

const REMARK_LINES_MAX = 4;

/** A note that fits: of a long way through the states, the beginning and the end. */
function shortNote({ text: words, style }: Note): string {
	if (words.length <= NOTE_LENGTH_MAX || style !== "path") return cut(words, NOTE_LENGTH_MAX);
	const phases = words.split(" › ");
	let tail = phases[phases.length - 1] as string;
	for (let index = phases.length - 2; index > 0; index -= 1) {
		const longer = `${phases[index]} › ${tail}`;
		if (`${phases[0]} › … › ${longer}`.length > NOTE_LENGTH_MAX) break;
		tail = longer;
	}
	return `${phases[0]} › … › ${tail}`;
}

// ---- Primitives ----

/** A line of text; `whole` is what it says in full, where it may be cut. */
export function text(style: string, x: number, y: number, words: string, anchor = "start", whole = words): string {
	const title = whole === words ? "" : element("title", {}, markup(whole));
	return element(
		"text",
		{ class: style, x, y, "text-anchor": anchor === "start" ? undefined : anchor },
		title + markup(words),
	);
}

export function line(style: string, x1: number, y1: number, x2: number, y2: number): string {
	return element("line", { class: style, x1, y1, x2, y2 });
}

export function diamond(x: number, y: number, radius: number, style: string): string {
	return element("path", {
		class: style,
		d: `M${number(x)} ${number(y - radius)}l${radius} ${radius}l${-radius} ${radius}l${-radius} ${-radius}z`,
	});
}

/** The end of a lifeline. */
function end(x: number, y: number): string {
	return line("tl-life", x - 5, y, x + 5, y);
}

/** An arrow's head, turned as its line. */
export function head(style: string, x1: number, y1: number, x2: number, y2: number): string {
	const length = Math.sqrt((x2 - x1) ** 2 + (y2 - y1) ** 2);
	const alongX = (x2 - x1) / length;
	const alongY = (y2 - y1) / length;
	const size = style === "ack" ? ARROW_HEAD - 2 : ARROW_HEAD;
	const half = size * 0.42;
	const baseX = x2 - alongX * size;
	const baseY = y2 - alongY * size;
	const points = [
		[x2, y2],
		[baseX - alongY * half, baseY + alongX * half],
		[baseX + alongY * half, baseY - alongX * half],
	].map(([x, y]) => `${number(x as number)},${number(y as number)}`);
	return element("polygon", { class: `tl-text-${style}`, points: points.join(" ") });
}
