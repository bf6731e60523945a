// The sensors of the station, simulated: pure functions of the time, so that any reading of the past can be had again.

/** One reading. */
export interface Reading {
	/** Seconds since 1970-01-01T00:00:00Z. */
	readonly seconds: number;
	readonly celsius: number;
	/** Relative humidity in percent. */
	readonly humidity: number;
	/** Air pressure in hectopascals. */
	readonly pressure: number;
}

const DAY_S = 86_400;
const HOUR_S = 3600;

/** A wave from −1 to 1 with this period. */
function wave(seconds: number, period: number): number {
	return Math.sin((2 * Math.PI * (seconds % period)) / period);
}

/** What looks like chance, from −1 to 1: the same for the same number. */
function chance(number: number, seed: number): number {
	let bits = Math.imul(number ^ seed, 0x9e3779b1);
	bits = Math.imul(bits ^ (bits >>> 15), 0x85ebca6b);
	return ((bits ^ (bits >>> 13)) >>> 8) / 0x800000 - 1;
}

/** What wanders between −1 and 1, from one chance to the next every `period` seconds. */
function drift(seconds: number, period: number, seed: number): number {
	const step = Math.floor(seconds / period);
	const share = seconds / period - step;
	const from = chance(step, seed);
	return from + (chance(step + 1, seed) - from) * share * share * (3 - 2 * share);
}

/** `value` with so many tenths, hundredths and so on as a sensor tells. */
function rounded(value: number, steps: number): number {
	return Math.round(value * steps) / steps;
}

/** The reading of a second. */
export function readingAt(seconds: number): Reading {
	const celsius =
		20.5 +
		2.6 * wave(seconds - 9 * HOUR_S, DAY_S) +
		1.1 * drift(seconds, 5400, 1) +
		0.4 * drift(seconds, 900, 2) +
		0.12 * drift(seconds, 7, 3) +
		0.02 * chance(seconds, 4);
	const humidity =
		50 -
		2.2 * (celsius - 20.5) +
		5 * drift(seconds, 4 * HOUR_S, 5) +
		drift(seconds, 1200, 6) +
		0.4 * drift(seconds, 9, 7);
	const pressure =
		1013 +
		4 * wave(seconds, 5 * DAY_S) +
		2.5 * drift(seconds, 6 * HOUR_S, 8) +
		0.3 * drift(seconds, 1800, 9) +
		0.2 * drift(seconds, 11, 10);
	return {
		seconds,
		celsius: rounded(celsius, 100),
		humidity: rounded(humidity, 10),
		pressure: rounded(pressure, 10),
	};
}
