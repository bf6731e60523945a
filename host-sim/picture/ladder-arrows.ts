// The arrows of one connection of the ladder: where they begin and end, and the labels along them. For the ladder.

import type { Side } from "../virtual/trace.js";
import type { Axis } from "./ladder-axis.js";
import type { Arrow, Lane } from "./ladder-lane.js";
import { arrowHead, line, text } from "./ladder-shapes.js";
import { SIZES } from "./ladder-style.js";
import { element, number } from "./svg.js";
import { cut, timeText } from "./words.js";

const LABEL_INDENT = 12;
/** How far apart the lines of two labels have to be. */
const LABEL_CLEARANCE = 15;
/** Between the ends of arrows that arrive at one moment. */
const ARRIVAL_STEP = 10;
const BARE_STEP = 3;
/** The least height of an arrow that stands for many. */
const BAND_HEIGHT = 6;
/** How far a segment gets that is lost, and how far down. */
const LOST_PART = 0.55;
const LOST_DROP = 12;

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

export class ArrowsDrawing {
	readonly #lane: Lane;
	readonly #clientX: number;
	readonly #serverX: number;
	/** The labelled arrows, by the time they left. */
	readonly #departures = new Map<number, Arrow[]>();
	/** How many labelled arrows arrive at a time, on the side where more do. */
	readonly #arrivals = new Map<number, number>();
	readonly #labelLengthMax: number;

	/** From one lifeline to the other. */
	constructor(lane: Lane, clientX: number, serverX: number) {
		this.#lane = lane;
		this.#clientX = clientX;
		this.#serverX = serverX;
		this.#labelLengthMax = Math.floor((serverX - clientX - 2 * LABEL_INDENT) / SIZES.labelAdvance);
		for (const arrow of lane.arrows) {
			const departures = this.#departures.get(arrow.time);
			if (departures === undefined) this.#departures.set(arrow.time, [arrow]);
			else departures.push(arrow);
		}
		for (const side of ["client", "server"]) this.#countArrivals(lane.arrows.filter(({ from }) => from === side));
	}

	#countArrivals(arrows: readonly Arrow[]): void {
		const counts = new Map<number, number>();
		for (const { arrived } of arrows) counts.set(arrived, (counts.get(arrived) ?? 0) + 1);
		for (const [time, count] of counts) this.#arrivals.set(time, Math.max(count, this.#arrivals.get(time) ?? 0));
	}

	/** Each time at which something leaves or arrives. */
	times(): number[] {
		const { bare, arrows } = this.#lane;
		const times: number[] = [];
		for (const arrow of [...bare, ...arrows]) {
			times.push(arrow.time, arrow.lastTime);
			if (arrow.arrived >= 0) times.push(arrow.arrived, arrow.lastArrived);
		}
		return times;
	}

	/** How many rows it takes at `time`. */
	rows(time: number): number {
		return this.#departures.get(time)?.length ?? 0;
	}

	/** How high it is at `time`. */
	height(time: number): number {
		return Math.max(this.rows(time) * SIZES.rowHeight, ((this.#arrivals.get(time) ?? 1) - 1) * ARRIVAL_STEP);
	}

	/** The arrows, the labels over them. */
	draw(axis: Axis): string {
		const placed = this.#placed(axis);
		return placed.map((one) => this.#line(one, axis)).join("") + this.#labels(placed);
	}

	/** The arrows with their places, those without labels included. */
	#placed(axis: Axis): Placed[] {
		const placed: Placed[] = [];
		for (const [time, arrows] of this.#departures) {
			if (!axis.has(time)) continue;
			const top = axis.y(time);
			arrows.forEach((arrow, index) => {
				placed.push({ arrow, y: rowY(top, index), arrivedY: 0 });
			});
		}
		const counts = new Map<number, number>();
		for (const arrow of this.#lane.bare) {
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

	#line({ arrow, y, arrivedY }: Placed, axis: Axis): string {
		const { from, style, count } = arrow;
		const [startX, endX] = from === "client" ? [this.#clientX, this.#serverX] : [this.#serverX, this.#clientX];
		const look = `tl-line tl-line-${style}`;
		if (arrow.arrived < 0) {
			const x = startX + (endX - startX) * LOST_PART;
			const cross = `M${number(x - 4)} ${number(arrivedY - 4)}l8 8m0 -8l-8 8`;
			return line(look, startX, y, x, arrivedY) + element("path", { class: look, d: cross });
		}
		const first = line(look, startX, y, endX, arrivedY) + arrowHead(style, startX, y, endX, arrivedY);
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
		const last = line(look, startX, lastY, endX, lastArrivedY) + arrowHead(style, startX, lastY, endX, lastArrivedY);
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
		return labels.map((label) => this.#text(label, meeting.has(label) ? half : this.#labelLengthMax)).join("");
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

	#text({ arrow, from, y, slope }: Label, lengthMax: number): string {
		const degrees = (Math.atan(from === "client" ? slope : -slope) * 180) / Math.PI;
		const x = from === "client" ? this.#clientX + LABEL_INDENT : this.#serverX - LABEL_INDENT;
		const place = `translate(${number(x)} ${number(y + slope * LABEL_INDENT)}) rotate(${number(degrees)})`;
		const title = `${from}, ${timeText(arrow.time)}: ${arrow.label}`;
		const anchor = from === "client" ? "start" : "end";
		const style = `tl-label tl-halo tl-text-${arrow.style}`;
		return element("g", { transform: place }, text(style, 0, -4, cut(arrow.label, lengthMax), anchor, title));
	}
}

/** Where a row's arrow begins; its label stands above. */
function rowY(top: number, index: number): number {
	return top + 17 + index * SIZES.rowHeight;
}
