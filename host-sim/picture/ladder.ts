// A trace as a ladder diagram (SVG): for each connection the lifelines of client and server, an arrow for each segment, and
// beside the server its states, what it waits for and until when, and how full its buffers are. One file without any other:
// for bug reports, for documentation, for looking at what a test did.

import type { Trace } from "../virtual/trace.js";
import { Axis, type Demand } from "./ladder-axis.js";
import { LaneDrawing, laneWidth } from "./ladder-drawing.js";
import { type Lane, lanesOf } from "./ladder-lane.js";
import { arrowHead, diamond, line, text } from "./ladder-shapes.js";
import { PHASE_COLOURS, SIZES, styleSheet } from "./ladder-style.js";
import { element, markup, number } from "./svg.js";
import { countText, cut, spanText, timeText } from "./words.js";

/** What of a trace is drawn. */
export interface LadderOptions {
	/** The headline. Default: the profile and the seed. */
	readonly title?: string;
	/** The numbers of the connections that are drawn. Default: the first ones, `connectionsMax` of them. */
	readonly connections?: readonly number[];
	/** Default 6. */
	readonly connectionsMax?: number;
	/** So many rows at most; when there are more, what happens in the middle is left out. Default 240. */
	readonly rowsMax?: number;
}

const CONNECTIONS_MAX = 6;
const ROWS_MAX = 240;
/** With more rows than that, runs of data are drawn as one arrow. */
const ROWS_COMFORTABLE = 80;
const LEFT_OUT = "left out: too much for one picture";
/** More connections than that stand closer. */
const ROOMY_LANES_MAX = 2;

/** The trace as an SVG document. */
export function ladder(trace: Trace, options: LadderOptions = {}): string {
	const { connections = null, connectionsMax = CONNECTIONS_MAX, rowsMax = ROWS_MAX } = options;
	const all = lanesOf(trace, connections);
	const lanes = connections === null ? all.slice(0, connectionsMax) : all;
	const picture = new Picture(trace, lanes, all.length - lanes.length, rowsMax);
	return picture.draw(options.title ?? `Simulation on ${trace.profile}, seed ${trace.seed}`);
}

class Picture {
	readonly #lanes: readonly Lane[];
	readonly #lanesLeftOut: number;
	readonly #drawings: readonly LaneDrawing[];
	/** When something was remarked that concerns all connections. */
	readonly #remarked = new Set<number>();
	readonly #axis: Axis;
	readonly #width: number;

	constructor(trace: Trace, lanes: readonly Lane[], lanesLeftOut: number, rowsMax: number) {
		this.#lanes = lanes;
		this.#lanesLeftOut = lanesLeftOut;
		for (const event of trace.events) {
			if (event.kind !== "remark" || event.connection !== 0) continue;
			this.#remarked.add(event.time);
			lanes[0]?.remark(event);
		}
		lanes[0]?.notes.sort((a, b) => a.time - b.time);
		this.#drawings = this.#draw();
		let demands = this.#demands();
		if (demands.reduce((sum, { rows }) => sum + rows, 0) > Math.min(rowsMax, ROWS_COMFORTABLE)) {
			for (const lane of lanes) lane.joinRuns();
			this.#drawings = this.#draw();
			demands = this.#demands();
		}
		this.#axis = new Axis(demands, SIZES.margin + SIZES.titleHeight + SIZES.laneHeadHeight, rowsMax);
		const columns = Math.max(1, lanes.length);
		this.#width =
			2 * SIZES.margin + SIZES.timesWidth + columns * laneWidth(this.#arrowsWidth) + (columns - 1) * SIZES.laneGap;
	}

	get #arrowsWidth(): number {
		return this.#lanes.length > ROOMY_LANES_MAX ? SIZES.narrowArrowsWidth : SIZES.arrowsWidth;
	}

	#draw(): readonly LaneDrawing[] {
		const left = SIZES.margin + SIZES.timesWidth;
		const arrowsWidth = this.#arrowsWidth;
		const step = laneWidth(arrowsWidth) + SIZES.laneGap;
		return this.#lanes.map((lane, index) => new LaneDrawing(lane, left + index * step, arrowsWidth));
	}

	/** What each moment needs, over all lanes. */
	#demands(): Demand[] {
		const times = new Set<number>(this.#remarked);
		for (const drawing of this.#drawings) for (const time of drawing.times()) times.add(time);
		return [...times]
			.sort((a, b) => a - b)
			.map((time) => {
				const lanes = this.#drawings.map((drawing) => drawing.demand(time));
				const height = lanes.reduce((most, one) => Math.max(most, one.height), 0);
				return { time, height, rows: lanes.reduce((most, one) => Math.max(most, one.rows), 1) };
			});
	}

	draw(title: string): string {
		const legend = this.#legend();
		const bottom = this.#axis.bottom + 24;
		const height = bottom + legend.height + SIZES.margin;
		const summary = this.#summary();
		const headline = cut(title, Math.floor((this.#width - 2 * SIZES.margin) / 9.5));
		const laneTop = SIZES.margin + SIZES.titleHeight;
		const parts = [
			element("title", { id: "tl-title" }, markup(title)),
			element("desc", { id: "tl-desc" }, markup(`${summary} ${this.#description()}`)),
			element("style", {}, styleSheet()),
			element("rect", { class: "tl-paper", width: this.#width, height }),
			element(
				"text",
				{ class: "tl-title tl-ink", x: SIZES.margin, y: SIZES.margin + 16, "font-size": 17, "font-weight": 600 },
				markup(headline),
			),
			element(
				"text",
				{ class: "tl-title tl-dim", x: SIZES.margin, y: SIZES.margin + 36, "font-size": 12 },
				markup(summary),
			),
			this.#moments(),
			...this.#drawings.map((drawing) => drawing.head(laneTop)),
			...this.#drawings.map((drawing) => drawing.background(this.#axis)),
			this.#breaks(),
			this.#remarkLines(),
			...this.#drawings.map((drawing) => drawing.foreground(this.#axis)),
			element("g", { transform: `translate(${SIZES.margin} ${number(bottom)})` }, legend.content),
		];
		const attributes = {
			xmlns: "http://www.w3.org/2000/svg",
			class: "tl-ladder",
			role: "img",
			"aria-labelledby": "tl-title tl-desc",
			width: this.#width,
			height,
			viewBox: `0 0 ${number(this.#width)} ${number(height)}`,
		};
		return `${element("svg", attributes, `\n${parts.filter((part) => part !== "").join("\n")}\n`)}\n`;
	}

	// ---- Time ----

	#moments(): string {
		const right = this.#width - SIZES.margin;
		const x = SIZES.margin + SIZES.timesWidth - 16;
		return this.#axis.moments
			.map(
				({ time, top }) =>
					line("tl-grid", x + 4, top, right, top) + text("tl-note tl-dim", x, top + 4, timeText(time), "end"),
			)
			.join("");
	}

	#breaks(): string {
		const right = this.#width - SIZES.margin;
		return this.#axis.breaks
			.map(({ top, bottom, text: words, isOmission }) => {
				const y = top + 6;
				const height = bottom - top - 16;
				const band = {
					class: "tl-break",
					"fill-opacity": 0.85,
					x: SIZES.margin,
					y,
					width: right - SIZES.margin,
					height,
				};
				const x = SIZES.margin + SIZES.timesWidth - 16;
				return (
					element("rect", band) +
					zigzag(SIZES.margin, right, y) +
					zigzag(SIZES.margin, right, y + height) +
					text("tl-note tl-ink tl-lean", x, y + height / 2 + 3.5, `+${words}`, "end") +
					(isOmission ? text("tl-note tl-ink tl-lean tl-halo", x + 28, y + height / 2 + 3.5, LEFT_OUT) : "")
				);
			})
			.join("");
	}

	/** A line across all connections; what is remarked stands in the first one's notes. */
	#remarkLines(): string {
		const left = SIZES.margin + SIZES.timesWidth - 12;
		const right = this.#width - SIZES.margin;
		return [...this.#remarked]
			.filter((time) => this.#axis.has(time))
			.map((time) => {
				const y = this.#axis.y(time);
				const line = { class: "tl-line-remark", "stroke-dasharray": "4 3", x1: left, y1: y, x2: right, y2: y };
				return element("line", line);
			})
			.join("");
	}

	// ---- Words ----

	#summary(): string {
		const { length } = this.#lanes;
		const segments = this.#lanes.reduce((sum, lane) => sum + lane.segmentCount, 0);
		const { moments, omitted } = this.#axis;
		const last = moments[moments.length - 1]?.time ?? 0;
		const words = [
			`${length} connection${length === 1 ? "" : "s"}, ${countText(segments)} segment${segments === 1 ? "" : "s"}, ${spanText(last)} of virtual time.`,
		];
		if (this.#lanesLeftOut > 0) words.push(`Connections that are not drawn: ${countText(this.#lanesLeftOut)}.`);
		if (omitted !== null) words.push(`Left out: ${timeText(omitted.from)} to ${timeText(omitted.to)}.`);
		return words.join(" ");
	}

	/** For those who do not see the picture: what became of each connection. */
	#description(): string {
		return this.#lanes
			.map((lane) => {
				const words = [`Connection ${lane.connection}: ${lane.messages.slice(0, 6).join("; ") || "no request"}`];
				if (lane.messages.length > 6) words.push(`; and ${lane.messages.length - 6} more`);
				for (const { time, wait } of lane.missed.slice(0, 6))
					words.push(`; deadline for ${wait} missed at ${timeText(time)}`);
				return `${words.join("")}. From ${timeText(lane.first)} to ${timeText(lane.last)}.`;
			})
			.join(" ");
	}

	/** What the signs mean, as far as they occur. */
	#legend(): { readonly content: string; readonly height: number } {
		const items = [...this.#phaseItems(), ...this.#arrowItems(), ...this.#signItems()];
		const widthMax = this.#width - 2 * SIZES.margin;
		let x = 0;
		let y = 0;
		let content = "";
		for (const { sign, words } of items) {
			const width = 30 + words.length * SIZES.noteAdvance + 18;
			if (x > 0 && x + width > widthMax) {
				x = 0;
				y += 18;
			}
			content += element(
				"g",
				{ transform: `translate(${number(x)} ${number(y)})` },
				sign + text("tl-note tl-dim", 28, 10, words),
			);
			x += width;
		}
		return { content, height: y + 18 };
	}

	#phaseItems(): LegendItem[] {
		const phases = new Set(this.#lanes.flatMap((lane) => lane.states.map(({ phase }) => phase)));
		return Object.keys(PHASE_COLOURS)
			.filter((phase) => phases.has(phase))
			.map((phase) => ({
				sign: element("rect", { x: 8, y: 1, width: SIZES.barWidth, height: 11, fill: PHASE_COLOURS[phase] as string }),
				words: phase,
			}));
	}

	#arrowItems(): LegendItem[] {
		const arrows = this.#lanes.flatMap((lane) => [...lane.bare, ...lane.arrows]);
		const items: LegendItem[] = ARROW_WORDS.filter(([style]) => arrows.some((arrow) => arrow.style === style)).map(
			([style, words]) => ({
				sign: line(`tl-line tl-line-${style}`, 0, 7, 18, 7) + arrowHead(style, 0, 7, 22, 7),
				words,
			}),
		);
		if (arrows.some(({ count }) => count > 1)) {
			const band = element("rect", { class: "tl-band tl-text-client", y: 2, width: 22, height: 9 });
			items.push({
				sign: band + line("tl-line tl-line-client", 0, 2, 22, 2) + line("tl-line tl-line-client", 0, 11, 22, 11),
				words: "several segments",
			});
		}
		return items;
	}

	#signItems(): LegendItem[] {
		const items: LegendItem[] = [];
		if (this.#lanes.some(({ states }) => states.some(({ deadline }) => deadline >= 0))) {
			items.push({ sign: diamond(13, 6.5, 3, "tl-fuse tl-paper"), words: "a deadline is set" });
		}
		if (this.#lanes.some(({ missed }) => missed.length > 0)) {
			items.push({ sign: diamond(13, 6.5, 4.5, "tl-missed"), words: "it has passed" });
		}
		if (this.#axis.breaks.length > 0) items.push({ sign: zigzag(0, 22, 7), words: "a silence, drawn short" });
		return items;
	}
}

interface LegendItem {
	/** Drawn into 24 by 13 pixels. */
	readonly sign: string;
	readonly words: string;
}

const ARROW_WORDS = [
	["client", "from the client"],
	["server", "from the server"],
	["fin", "FIN"],
	["rst", "RST"],
	["ack", "ACK, window"],
] as const;

/** The edge of a stretch that is drawn short. */
function zigzag(left: number, right: number, y: number): string {
	const count = Math.max(2, Math.round((right - left) / 8));
	const step = (right - left) / count;
	let path = `M${number(left)} ${number(y)}`;
	for (let index = 1; index <= count; index += 1)
		path += `L${number(left + index * step)} ${number(y + (index % 2 === 1 ? -3 : 0))}`;
	return element("path", { class: "tl-breakline", fill: "none", d: path });
}
