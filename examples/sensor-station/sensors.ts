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

/** What looks like the noise of a sensor, from −0.5 to 0.5: the same for the same second. */
function noise(seconds: number, seed: number): number {
	let bits = Math.imul(seconds ^ seed, 0x9e3779b1);
	bits = Math.imul(bits ^ (bits >>> 15), 0x85ebca6b);
	return ((bits ^ (bits >>> 13)) >>> 8) / 0x1000000 - 0.5;
}

/** `value` with so many tenths, hundredths and so on as a sensor tells. */
function rounded(value: number, steps: number): number {
	return Math.round(value * steps) / steps;
}

/** The reading of a second. */
export function readingAt(seconds: number): Reading {
	const celsius = 21 + 4 * wave(seconds - 6 * HOUR_S, DAY_S) + 0.6 * wave(seconds, 1500) + 0.1 * noise(seconds, 1);
	const humidity = 52 - 2.5 * (celsius - 21) + 3 * wave(seconds, 5 * HOUR_S) + 0.5 * noise(seconds, 2);
	const pressure = 1013 + 6 * wave(seconds, 5 * DAY_S) + wave(seconds, 7 * HOUR_S) + 0.2 * noise(seconds, 3);
	return {
		seconds,
		celsius: rounded(celsius, 100),
		humidity: rounded(humidity, 10),
		pressure: rounded(pressure, 10),
	};
}
