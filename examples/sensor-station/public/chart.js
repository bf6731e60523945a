// Lines over time, drawn as SVG: the small one on a tile, and the large one with its axes. Points are [seconds, value].

const NAMESPACE = "http://www.w3.org/2000/svg";
const MINUTE = 60;
const HOUR = 3600;
/** Between two times of the axis. */
const TIME_STEPS = [10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR, 6 * HOUR];

function element(name, attributes = {}, text = "") {
	const made = document.createElementNS(NAMESPACE, name);
	for (const key in attributes) made.setAttribute(key, attributes[key]);
	made.textContent = text;
	return made;
}

/** Least and most of some values, a little apart. */
function bounds(points, leastSpan) {
	let least = Infinity;
	let most = -Infinity;
	for (const [, value] of points) {
		least = Math.min(least, value);
		most = Math.max(most, value);
	}
	const missing = Math.max(0, leastSpan - (most - least)) / 2;
	return [least - missing, most + missing];
}

/** What a path through the points is, where `x` and `y` say where they are. */
const through = (points, x, y) =>
	points
		.map(([seconds, value], index) => `${index === 0 ? "M" : "L"}${x(seconds).toFixed(1)} ${y(value).toFixed(1)}`)
		.join("");

/** A line that ends now, and began `seconds` ago. */
export function drawSpark(svg, points, seconds, leastSpan) {
	const { clientWidth: width, clientHeight: height } = svg;
	if (points.length < 2 || width === 0) return svg.replaceChildren();
	const [least, most] = bounds(points, leastSpan);
	const end = points.at(-1)[0];
	const x = (at) => width - 12 - ((end - at) / seconds) * (width - 12);
	const y = (value) => height - 6 - ((value - least) / (most - least)) * (height - 12);
	const d = through(points, x, y);
	svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
	svg.replaceChildren(
		element("path", { class: "area", d: `${d}H${width}V${height}H${x(points[0][0])}Z` }),
		element("path", { class: "line", d }),
		element("circle", { class: "dot", cx: x(end), cy: y(points.at(-1)[1]), r: 3.5 }),
	);
}

/** Some round numbers from `least` to `most`, and how many digits they need. */
function rounds(least, most) {
	const rough = (most - least) / 5;
	const power = 10 ** Math.floor(Math.log10(rough));
	const step = power * ([1, 2, 2.5, 5].find((one) => one * power >= rough) ?? 10);
	const numbers = [];
	for (let index = Math.ceil(least / step - 1e-9); index * step <= most + step * 1e-9; index += 1)
		numbers.push(index * step);
	return [numbers, Number.isInteger(step) ? 0 : step * 10 === Math.round(step * 10) ? 1 : 2];
}

/** Times on the axis: whole ones of the clock on the wall. */
function times(start, end, width) {
	const step = TIME_STEPS.find((one) => ((end - start) / one) * 58 <= width) ?? 12 * HOUR;
	const offset = new Date(start * 1000).getTimezoneOffset() * MINUTE;
	const all = [];
	for (let at = Math.ceil((start - offset) / step) * step + offset; at <= end; at += step) all.push(at);
	return all;
}

/** A time as the clock on the wall shows it. */
export const timeText = (seconds, options = {}) =>
	new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...options });

const MARGIN = { top: 12, right: 12, bottom: 26, left: 46 };
/** Half of what the text of a time takes. */
const TIME_WIDTH = 17;

/** Where points are in a drawing of this size: so that all of them are in it, and some room above and below. */
function scaleOf(points, leastSpan, width, height) {
	const [least, most] = bounds(points, leastSpan);
	const pad = (most - least) * 0.08;
	const scale = { start: points[0][0], end: points.at(-1)[0], low: least - pad, high: most + pad };
	scale.left = MARGIN.left;
	scale.right = width - MARGIN.right;
	scale.bottom = height - MARGIN.bottom;
	scale.x = (at) => scale.left + ((at - scale.start) / (scale.end - scale.start)) * (scale.right - scale.left);
	scale.y = (value) => scale.bottom - ((value - scale.low) / (scale.high - scale.low)) * (scale.bottom - MARGIN.top);
	return scale;
}

/** The lines across, and what they and the times below are called. */
function axes({ start, end, low, high, left, right, bottom, x, y }) {
	const [numbers, digits] = rounds(low, high);
	const fitting = times(start, end, right - left).filter((one) => x(one) <= right + MARGIN.right - TIME_WIDTH);
	return [
		...numbers.map((one) => element("line", { class: "grid", x1: left, x2: right, y1: y(one), y2: y(one) })),
		...numbers.map((one) => element("text", { class: "number", x: left - 8, y: y(one) + 4 }, one.toFixed(digits))),
		...fitting.map((one) => element("text", { class: "time", x: x(one), y: bottom + 20 }, timeText(one))),
	];
}

/** The colour below the line, which fades. */
function fade() {
	const made = element("linearGradient", { id: "fade", x1: 0, y1: 0, x2: 0, y2: 1 });
	made.append(element("stop", { offset: 0, class: "from" }), element("stop", { offset: 1, class: "to" }));
	return made;
}

/** The large chart, and what tells a moment of it: the pointer, or a slider for who has none. */
export class Chart {
	#svg;
	#slider;
	#tell;
	#points = [];
	#options = {};
	#scale = null;
	#mark = null;

	/** `tell(point)` returns what is to be said of a point, or of all of them, when it is null. */
	constructor(svg, slider, tell) {
		this.#svg = svg;
		this.#slider = slider;
		this.#tell = tell;
		new ResizeObserver(() => this.#draw()).observe(svg);
		svg.addEventListener("pointermove", (event) => this.#look(this.#nearest(event.offsetX)));
		svg.addEventListener("pointerleave", () => this.#look(-1));
		for (const name of ["focus", "input"]) slider.addEventListener(name, () => this.#look(slider.valueAsNumber));
		slider.addEventListener("blur", () => this.#look(-1));
	}

	/** `options`: `hue`, the class of the line; `leastSpan`, below which values are no more spread. */
	show(points, options) {
		this.#points = points;
		this.#options = options;
		this.#slider.max = Math.max(0, points.length - 1);
		this.#slider.value = this.#slider.max;
		this.#draw();
		this.#look(-1);
	}

	#draw() {
		const svg = this.#svg;
		const points = this.#points;
		const { clientWidth: width, clientHeight: height } = svg;
		svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
		svg.setAttribute("class", this.#options.hue ?? "");
		this.#mark = null;
		if (points.length < 2 || width === 0) return svg.replaceChildren();
		const scale = scaleOf(points, this.#options.leastSpan, width, height);
		const { left, bottom, x, y } = scale;
		const d = through(points, x, y);
		this.#scale = scale;
		this.#mark = element("g", { class: "mark", visibility: "hidden" });
		this.#mark.append(element("line", { y1: MARGIN.top, y2: bottom }), element("circle", { r: 5 }));
		const area = element("path", { fill: "url(#fade)", d: `${d}V${bottom}H${left}Z` });
		svg.replaceChildren(fade(), ...axes(scale), area, element("path", { class: "line", d }), this.#mark);
	}

	/** The point below the pointer, if there are any. */
	#nearest(offset) {
		if (this.#mark === null) return -1;
		const { x } = this.#scale;
		const distances = this.#points.map(([seconds]) => Math.abs(x(seconds) - offset));
		return distances.indexOf(Math.min(...distances));
	}

	#look(index) {
		const point = this.#points[index] ?? null;
		this.#slider.setAttribute("aria-valuetext", this.#tell(point));
		this.#mark?.setAttribute("visibility", point === null ? "hidden" : "visible");
		if (point === null || this.#mark === null) return;
		const [line, circle] = this.#mark.children;
		const x = this.#scale.x(point[0]);
		for (const name of ["x1", "x2"]) line.setAttribute(name, x);
		circle.setAttribute("cx", x);
		circle.setAttribute("cy", this.#scale.y(point[1]));
	}
}
