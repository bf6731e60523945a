// The shapes that the ladder is made of. For the ladder.

import { element, markup, number } from "./svg.js";

const ARROW_HEAD = 7;

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
export function lifelineEnd(x: number, y: number): string {
	return line("tl-life", x - 5, y, x + 5, y);
}

/** An arrow's head, turned as its line. */
export function arrowHead(style: string, x1: number, y1: number, x2: number, y2: number): string {
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
