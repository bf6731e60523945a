// One connection of the ladder as SVG: two lifelines, the arrows between them, and what stands at the server, placed by the
// axis. For the ladder.

import { ArrowsDrawing } from "./ladder-arrows.js";
import type { Axis, Demand } from "./ladder-axis.js";
import type { Lane } from "./ladder-lane.js";
import { SERVER_WIDTH, ServerDrawing } from "./ladder-server.js";
import { lifelineEnd, line, text } from "./ladder-shapes.js";
import { SIZES } from "./ladder-style.js";

/** How wide a lane is, from the client's lifeline to the end of the second chart. */
export function laneWidth(arrowsWidth: number): number {
	return arrowsWidth + SERVER_WIDTH;
}

/** Above the first row of a moment, so that what arrives there does not meet its label. */
const MOMENT_PADDING = 7;

export class LaneDrawing {
	readonly lane: Lane;
	readonly #arrows: ArrowsDrawing;
	readonly #server: ServerDrawing;
	readonly #clientX: number;
	readonly #serverX: number;

	/** `x`: of the client's lifeline. */
	constructor(lane: Lane, x: number, arrowsWidth: number) {
		this.lane = lane;
		this.#clientX = x;
		this.#serverX = x + arrowsWidth;
		this.#arrows = new ArrowsDrawing(lane, this.#clientX, this.#serverX);
		this.#server = new ServerDrawing(lane, this.#serverX);
	}

	/** Each time that has to have a place. */
	times(): number[] {
		return [this.lane.first, this.lane.last, ...this.#arrows.times(), ...this.#server.times()];
	}

	/** What the lane needs at `time`. */
	demand(time: number): Demand {
		const height = Math.max(this.#arrows.height(time), this.#server.height(time));
		const rows = Math.max(this.#arrows.rows(time), this.#server.rows(time));
		return { time, height: height === 0 ? 0 : height + MOMENT_PADDING, rows };
	}

	/** What stands above the lifelines. */
	head(top: number): string {
		const y = top + SIZES.laneHeadHeight - 18;
		return [
			text("tl-label tl-ink tl-strong", this.#clientX - 4, top + 14, `Connection ${this.lane.connection}`),
			text("tl-note tl-dim", this.#clientX - 4, y, "client"),
			text("tl-note tl-dim", this.#serverX + SIZES.barWidth, y, "server", "end"),
			this.#server.head(y),
		].join("");
	}

	/** Lifelines, states, buffers. */
	background(axis: Axis): string {
		const { lane } = this;
		const top = axis.y(lane.first) - 8;
		const bottom = axis.y(lane.last, 1) + 4;
		const barMiddle = this.#serverX + SIZES.barWidth / 2;
		return [
			...[this.#clientX, barMiddle].flatMap((x) => [line("tl-life", x, top, x, bottom), lifelineEnd(x, bottom)]),
			this.#server.background(axis, bottom),
		].join("");
	}

	/** Arrows, deadlines, notes. */
	foreground(axis: Axis): string {
		return this.#arrows.draw(axis) + this.#server.foreground(axis);
	}
}
