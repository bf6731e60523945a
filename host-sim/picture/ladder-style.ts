// What the ladder looks like: sizes, colours for light and dark, and what the colours mean. For the ladder.

/** All sizes in pixels. */
export const SIZES = {
	margin: 16,
	/** Labels are set in a font whose characters are all as wide as this, at the size of each. */
	labelSize: 11,
	labelAdvance: 6.62,
	noteSize: 10,
	noteAdvance: 6.02,
	rowHeight: 16,
	noteHeight: 13,
	/** The column of times at the left. */
	timesWidth: 84,
	/** Between the two lifelines; where many connections stand side by side, it is less. */
	arrowsWidth: 312,
	narrowArrowsWidth: 236,
	barWidth: 10,
	/** From the bar to the notes: where the deadlines run. */
	fuseWidth: 16,
	notesWidth: 208,
	chartWidth: 44,
	chartGap: 26,
	laneGap: 34,
	laneHeadHeight: 62,
	titleHeight: 50,
} as const;

/** The colour of each phase (src/connection/states.ts): the same on light and on dark. */
export const PHASE_COLOURS: Readonly<Record<string, string>> = {
	first: "#9fb3c8",
	idle: "#a3d9a5",
	head: "#f0b94d",
	exchange: "#5596e6",
	flush: "#38b2a3",
	linger: "#b08ae0",
	detached: "#e883b0",
};

/** A class, what it sets, on light and on dark. */
type Rule = readonly [selector: string, property: string, light: string, dark: string];

const RULES: readonly Rule[] = [
	[".tl-paper", "fill", "#ffffff", "#0d1117"],
	[".tl-ink", "fill", "#1f2328", "#e6edf3"],
	[".tl-dim", "fill", "#59636e", "#9198a1"],
	[".tl-grid", "stroke", "#eaeef2", "#1c2128"],
	[".tl-life", "stroke", "#8c959f", "#6e7681"],
	[".tl-break", "fill", "#f6f8fa", "#161b22"],
	[".tl-breakline", "stroke", "#afb8c1", "#484f58"],
	[".tl-line-client", "stroke", "#0969da", "#58a6ff"],
	[".tl-line-server", "stroke", "#1a7f37", "#3fb950"],
	[".tl-line-fin", "stroke", "#8250df", "#bc8cff"],
	[".tl-line-rst", "stroke", "#cf222e", "#ff7b72"],
	[".tl-line-ack", "stroke", "#afb8c1", "#484f58"],
	[".tl-text-client", "fill", "#0550ae", "#79c0ff"],
	[".tl-text-server", "fill", "#116329", "#56d364"],
	[".tl-text-fin", "fill", "#6639ba", "#d2a8ff"],
	[".tl-text-rst", "fill", "#a40e26", "#ffa198"],
	[".tl-text-ack", "fill", "#59636e", "#9198a1"],
	[".tl-text-remark", "fill", "#7d4e00", "#e3b341"],
	[".tl-line-remark", "stroke", "#bf8700", "#d29922"],
	[".tl-missed", "fill", "#cf222e", "#ff7b72"],
	[".tl-fuse", "stroke", "#8c959f", "#6e7681"],
	[".tl-chart", "stroke", "#d1d9e0", "#3d444d"],
	[".tl-receive", "fill", "#54aeff", "#388bfd"],
	[".tl-send", "fill", "#4ac26b", "#2ea043"],
	[".tl-halo", "stroke", "#ffffff", "#0d1117"],
];

/** The style sheet of a ladder. Its classes have a prefix: a picture within a page shares the page's. */
export function styleSheet(): string {
	const light = RULES.map(([selector, property, value]) => `${selector}{${property}:${value}}`).join("");
	const dark = RULES.map(([selector, property, , value]) => `${selector}{${property}:${value}}`).join("");
	const mono = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace";
	return [
		`.tl-ladder text{font-family:${mono}}`,
		".tl-ladder .tl-title{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','DejaVu Sans',sans-serif}",
		`.tl-label{font-size:${SIZES.labelSize}px}`,
		`.tl-note{font-size:${SIZES.noteSize}px}`,
		".tl-halo{stroke-width:3px;stroke-linejoin:round;paint-order:stroke}",
		".tl-line{fill:none;stroke-width:1.4px}",
		".tl-line-ack{stroke-width:1px}",
		".tl-strong{font-weight:600}",
		".tl-lean{font-style:italic}",
		".tl-band{opacity:.14;stroke:none}",
		light,
		`@media(prefers-color-scheme:dark){${dark}}`,
	].join("");
}
