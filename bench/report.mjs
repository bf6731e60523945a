// Medians, rows, and the tables that are printed. For run.mjs and the bench on XS.

export function median(values) {
	const sorted = [...values].sort((left, right) => left - right);
	const middle = sorted.length >> 1;
	return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * One row of the result. `ratio` is how many times better Thimble is, whichever way `unit` is better: more per second, or
 * fewer seconds each.
 */
export function row(work, unit, value, peer, peerValue) {
	const ratio = unit.endsWith("/s") ? value / peerValue : peerValue / value;
	return { work, value: rounded(value), unit, peer, peerValue: rounded(peerValue), ratio: rounded(ratio) };
}

/** To four digits: no benchmark knows more. */
function rounded(value) {
	return Number(value.toPrecision(4));
}

const NUMBER = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });

export function table(rows) {
	const header = ["work", "Thimble", "unit", "peer", "peer's value", "ratio"];
	const lines = rows.map(({ work, value, unit, peer, peerValue, ratio }) => [
		work,
		NUMBER.format(value),
		unit,
		peer,
		NUMBER.format(peerValue),
		`${ratio.toFixed(2)} x`,
	]);
	return aligned(header, lines, [false, true, false, false, true, true]);
}

/** Lines of cells below a header, those to the right where `isNumber` says so. */
export function aligned(header, lines, isNumber) {
	const cells = [header, ...lines];
	const widths = isNumber.map((_, column) => Math.max(...cells.map((line) => line[column].length)));
	const text = (line) =>
		line.map((cell, column) => (isNumber[column] ? cell.padStart(widths[column]) : cell.padEnd(widths[column])));
	return cells.map((line) => text(line).join("  ").trimEnd()).join("\n");
}
