// A log of readings in fixed memory: one every so many seconds, so many of them, the oldest out. It is also a file, whose rows
// all have the same length: the last hour is the last so many octets (RFC 9110 §14.1.2), and no reader needs the rest. For the
// station.

import type { OpenFile } from "thimble-http/files";
import type { Reading } from "./sensors.js";

/** Octets of a row, its line end included: seconds, °C, %, hPa, each as wide as it ever gets. */
export const ROW_LENGTH = 32;
/** Rows that a reader still gets after others have taken their places in the log. */
const SPARE_COUNT = 4;

export class ReadingLog {
	readonly #stepSeconds: number;
	readonly #count: number;
	// Hundredths of a degree, tenths of a percent and of a hectopascal: six octets a reading.
	readonly #celsius: Int16Array;
	readonly #humidity: Uint16Array;
	readonly #pressure: Uint16Array;
	/** The number of the next reading: its time, in steps since 1970. */
	#next = 0;

	constructor(stepSeconds: number, count: number) {
		this.#stepSeconds = stepSeconds;
		this.#count = count;
		this.#celsius = new Int16Array(count + SPARE_COUNT);
		this.#humidity = new Uint16Array(count + SPARE_COUNT);
		this.#pressure = new Uint16Array(count + SPARE_COUNT);
	}

	/** Adds what `readingAt` says of each step up to `seconds` that the log has not had yet. */
	catchUp(seconds: number, readingAt: (seconds: number) => Reading): void {
		const last = Math.floor(seconds / this.#stepSeconds);
		for (let one = Math.max(this.#next, last - this.#count + 1); one <= last; one += 1) {
			const place = one % this.#celsius.length;
			const { celsius, humidity, pressure } = readingAt(one * this.#stepSeconds);
			this.#celsius[place] = Math.round(celsius * 100);
			this.#humidity[place] = Math.round(humidity * 10);
			this.#pressure[place] = Math.round(pressure * 10);
			this.#next = one + 1;
		}
	}

	/** The log as it is now, as a file: rows of `seconds,celsius,humidity,pressure`, oldest first, without a heading. */
	open(): OpenFile {
		const first = this.#next - this.#count;
		const size = this.#count * ROW_LENGTH;
		const modifiedMs = (this.#next - 1) * this.#stepSeconds * 1000;
		return {
			read: (buffer, position) => this.#read(first, buffer, position, Math.min(buffer.length, size - position)),
			status: () => ({ size, modifiedMs, isFile: () => true }),
			close() {},
		};
	}

	#read(first: number, buffer: Uint8Array, position: number, count: number): number {
		let row = "";
		for (let index = 0; index < count; index += 1) {
			const column = (position + index) % ROW_LENGTH;
			if (column === 0 || index === 0) row = this.#row(first + Math.floor((position + index) / ROW_LENGTH));
			buffer[index] = row.charCodeAt(column);
		}
		return count;
	}

	#row(one: number): string {
		const places = this.#celsius.length;
		if (one < this.#next - places) throw new Error("the reader was slower than the log");
		const place = one % places;
		const celsius = ((this.#celsius[place] as number) / 100).toFixed(2).padStart(6);
		const humidity = ((this.#humidity[place] as number) / 10).toFixed(1).padStart(5);
		const pressure = ((this.#pressure[place] as number) / 10).toFixed(1).padStart(7);
		return `${one * this.#stepSeconds},${celsius},${humidity},${pressure}\n`;
	}
}
