// Which numbers the simulator takes: from its callers, who get a RangeError, and from case files. What is asked for ends, if
// not soon: no range has steps that time cannot be counted in.

/** What a number must be; the words are for the person who gave another. */
export interface Range {
	readonly words: string;
	readonly isOne: (value: unknown) => boolean;
}

/** Four months: longer than any wait that a server can have. */
const SPAN_MAX_MS = 10_000_000_000;
const SPAN_MAX = "10,000,000,000";
/** The last and, below zero, the first millisecond that a `Date` can hold (ECMA-262). */
const DATE_MAX_MS = 8_640_000_000_000_000;
const BANDWIDTH_MIN = 0.001;
const PORT_MAX = 65_535;

const isWithin = (value: unknown, least: number, most: number): value is number =>
	typeof value === "number" && value >= least && value <= most;
const isWhole = (value: unknown, least: number, most: number): boolean =>
	isWithin(value, least, most) && Number.isSafeInteger(value);

export const COUNT: Range = {
	words: "a whole number from 0",
	isOne: (value) => isWhole(value, 0, Number.MAX_SAFE_INTEGER),
};
export const POSITIVE: Range = {
	words: "a whole number from 1",
	isOne: (value) => isWhole(value, 1, Number.MAX_SAFE_INTEGER),
};
export const WHOLE: Range = { words: "a whole number", isOne: Number.isSafeInteger };
export const PORT: Range = { words: "a port, 1 to 65,535", isOne: (value) => isWhole(value, 1, PORT_MAX) };

/** How long something takes. */
export const SPAN: Range = {
	words: `a number of milliseconds from 0 to ${SPAN_MAX}`,
	isOne: (value) => isWithin(value, 0, SPAN_MAX_MS),
};
/** How far a clock jumps, or where it stands. */
export const TICKS: Range = {
	words: `a whole number of milliseconds from −${SPAN_MAX} to ${SPAN_MAX}`,
	isOne: (value) => isWhole(value, -SPAN_MAX_MS, SPAN_MAX_MS),
};
/** How long from one time to the next of what happens again and again. */
export const INTERVAL: Range = {
	words: `a number of milliseconds from 1 to ${SPAN_MAX}`,
	isOne: (value) => isWithin(value, 1, SPAN_MAX_MS),
};
/** The same for what need not happen at all. */
export const INTERVAL_OR_NEVER: Range = {
	words: `0, for never, or ${INTERVAL.words}`,
	isOne: (value) => value === 0 || INTERVAL.isOne(value),
};
export const BANDWIDTH: Range = {
	words: "0, for as much as there is, or a number from 0.001 to 10,000,000,000",
	isOne: (value) => value === 0 || isWithin(value, BANDWIDTH_MIN, SPAN_MAX_MS),
};
export const DATE: Range = {
	words: "a date as a whole number of milliseconds since 1970",
	isOne: (value) => isWhole(value, -DATE_MAX_MS, DATE_MAX_MS),
};

/** Throws RangeError when a value is not in its range. */
export function checkRange(name: string, value: unknown, range: Range): void {
	if (!range.isOne(value)) throw new RangeError(rangeFault(name, range, String(value)));
}

/** The same for what need not be given. */
export function checkOption(name: string, value: unknown, range: Range): void {
	if (value !== undefined) checkRange(name, value, range);
}

/** What is said of a value that is not in its range. */
export function rangeFault(name: string, { words }: Range, shown: string): string {
	return `${name} must be ${words}, not ${shown}`;
}
