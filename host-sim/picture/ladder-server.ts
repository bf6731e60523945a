// What stands at the server in the ladder, for one connection: its states as a bar, its deadlines, the notes, how full its
// buffers are. For the ladder.

import type { StateEvent } from "../virtual/trace.js";
import type { Axis } from "./ladder-axis.js";
import type { Lane, Note } from "./ladder-lane.js";
import { diamond, text } from "./ladder-shapes.js";
import { PHASE_COLOURS, SIZES } from "./ladder-style.js";
import { element, markup, number } from "./svg.js";
import { countText, cut, timeText } from "./words.js";

const NOTE_LENGTH_MAX = Math.floor((SIZES.notesWidth - 6) / SIZES.noteAdvance);
const REMARK_LINES_MAX = 4;

/** How wide it is. */
export const SERVER_WIDTH: number =
	SIZES.barWidth + SIZES.fuseWidth + SIZES.notesWidth + 2 * (SIZES.chartWidth + SIZES.chartGap);

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

export class ServerDrawing {
	readonly #lane: Lane;
	/** Where the bar begins. */
	readonly #x: number;
	readonly #notes = new Map<number, Note[]>();

	constructor(lane: Lane, x: number) {
		this.#lane = lane;
		this.#x = x;
		for (const note of lane.notes) {
			const notes = this.#notes.get(note.time);
			if (notes === undefined) this.#notes.set(note.time, linesOf(note));
			else notes.push(...linesOf(note));
		}
	}

	get #notesX(): number {
		return this.#x + SIZES.barWidth + SIZES.fuseWidth;
	}

	#chartX(index: number): number {
		return this.#notesX + SIZES.notesWidth + index * (SIZES.chartWidth + SIZES.chartGap);
	}

	/** Each time that there is something to say of. */
	times(): number[] {
		return [...this.#notes.keys(), ...this.#lane.missed.map(({ time }) => time)];
	}

	/** How many rows it takes at `time`. */
	rows(time: number): number {
		return this.#notes.get(time)?.length ?? 0;
	}

	/** How high it is at `time`. */
	height(time: number): number {
		return this.rows(time) * SIZES.noteHeight;
	}

	/** What stands above: `y` is the last line's. */
	head(y: number): string {
		const { states } = this.#lane;
		const [state] = states;
		if (state === undefined) return "";
		const texts = [text("tl-note tl-dim", this.#notesX, y, `slot ${state.slot}: states, waits`)];
		for (const chart of CHARTS) {
			const peak = states.reduce((most, one) => Math.max(most, chart.filled(one)), 0);
			const x = this.#chartX(chart.index);
			texts.push(text("tl-note tl-ink", x, y - 24, chart.name));
			texts.push(text("tl-note tl-dim", x, y - 12, `of ${countText(chart.length(state))}`));
			texts.push(text("tl-note tl-dim", x, y, `peak ${countText(peak)}`));
		}
		return texts.join("");
	}

	/** States and buffers, down to `bottom`. */
	background(axis: Axis, bottom: number): string {
		const places = placesOf(this.#lane.states, axis);
		return this.#bars(places, bottom) + this.#charts(places, bottom);
	}

	/** Deadlines and notes. */
	foreground(axis: Axis): string {
		const parts = [this.#fuses(axis)];
		for (const [time, notes] of this.#notes) {
			if (!axis.has(time)) continue;
			const top = axis.y(time) + 11;
			notes.forEach((note, index) => {
				parts.push(this.#note(note, top + index * SIZES.noteHeight));
			});
		}
		return parts.join("");
	}

	#bars(places: readonly number[], bottom: number): string {
		const { states } = this.#lane;
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
			const attributes = { x: this.#x, y, width: SIZES.barWidth, height, fill: colour };
			bars += element("rect", attributes, element("title", {}, markup(title)));
		}
		return bars;
	}

	#charts(places: readonly number[], bottom: number): string {
		const { states } = this.#lane;
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
		const { states, missed } = this.#lane;
		const x = this.#x + SIZES.barWidth + SIZES.fuseWidth / 2;
		const places = placesOf(states, axis);
		let fuses = "";
		for (let index = 0; index < states.length; ) {
			const { wait, deadline } = states[index] as StateEvent;
			const first = index;
			while (index < states.length && states[index]?.wait === wait) index += 1;
			const y = places[first] as number;
			const bottom = places[index] ?? axis.y(this.#lane.last, 1);
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
