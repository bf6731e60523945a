// What the station remembers while it runs: its settings, its logs, who guessed. An app may lie in flash, where nothing changes; so this
// is made at its first use. For the routes.

import { type Cancel, now } from "./clock.js";
import { Guesses } from "./guesses.js";
import { ReadingLog } from "./reading-log.js";
import { type Reading, readingAt } from "./sensors.js";

/** What the settings form sets. */
export interface Settings {
	readonly name: string;
	/** How the page shows temperatures; the API and the logs have °C. */
	readonly unit: "C" | "F";
	/** Between two live readings. */
	readonly intervalSeconds: number;
}

export class Station {
	settings: Settings = { name: "Sensor station", unit: "C", intervalSeconds: 1 };
	/** Takes back the next live reading. */
	cancelReading: Cancel = () => {};
	/** Whether there is an image to try uploads with (trial-image.ts). */
	hasTrialImage = false;
	readonly guesses = new Guesses();
	/** Two minutes, by the second. */
	readonly minutes = new ReadingLog(1, 120);
	/** A day, by two minutes. */
	readonly day = new ReadingLog(120, 720);

	/** What the sensors read now. */
	read(): Reading {
		return readingAt(Math.floor(now() / 1000));
	}

	/**
	 * Brings the logs up to date. These sensors are simulated, so that a new station can ask them for what it has missed; with real
	 * ones a timer of the firmware adds what they read.
	 */
	catchUp(): void {
		const seconds = Math.floor(now() / 1000);
		this.minutes.catchUp(seconds, readingAt);
		this.day.catchUp(seconds, readingAt);
	}
}

function once(): () => Station {
	let made: Station | undefined;
	return () => {
		made ??= new Station();
		return made;
	};
}

/** The station, which begins with the first request that needs it. */
export const station = once();
