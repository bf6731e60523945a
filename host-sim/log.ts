// Lines for a person who watches: each with the time, in colour where that is wanted. For the simulator.

/** Where lines go and what they look like. */
export interface LogOptions {
	readonly write: (line: string) => void;
	/** Whether only the start, warnings and errors are shown. */
	readonly isQuiet?: boolean;
	readonly hasColour?: boolean;
}

export type Colour = "plain" | "dim" | "red" | "green" | "yellow" | "cyan";

const CODES: Readonly<Record<Colour, string>> = {
	plain: "0",
	dim: "2",
	red: "31",
	green: "32",
	yellow: "33",
	cyan: "36",
};

export class Log {
	readonly isQuiet: boolean;
	readonly #options: LogOptions;

	constructor(options: LogOptions) {
		this.#options = options;
		this.isQuiet = options.isQuiet ?? false;
	}

	colour(text: string, colour: Colour): string {
		return this.#options.hasColour === true && colour !== "plain" ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text;
	}

	/** A line as it is, shown always. */
	plain(line: string): void {
		this.#options.write(line);
	}

	/** Something happened. */
	event(text: string): void {
		if (!this.isQuiet) this.#timed(text);
	}

	/** Something that is shown even when quiet is wanted. */
	notice(text: string): void {
		this.#timed(text);
	}

	warning(text: string): void {
		this.#timed(this.colour(`warning: ${text}`, "yellow"));
	}

	error(text: string): void {
		this.#timed(this.colour(text, "red"));
	}

	#timed(text: string): void {
		this.#options.write(`${this.colour(timeOfDay(new Date()), "dim")} ${text}`);
	}
}

/** A log that shows nothing. */
export const SILENT_LOG = new Log({ write: () => {}, isQuiet: true });

function timeOfDay(date: Date): string {
	const part = (value: number, digits: number) => String(value).padStart(digits, "0");
	const seconds = `${part(date.getSeconds(), 2)}.${part(date.getMilliseconds(), 3)}`;
	return `${part(date.getHours(), 2)}:${part(date.getMinutes(), 2)}:${seconds}`;
}

/** A time span for people. */
export function formatSpan(ms: number): string {
	if (ms < 10) return `${ms.toFixed(1)} ms`;
	return ms < 1000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 100) / 10} s`;
}

/** A number of octets for people, with commas. */
export function formatCount(count: number): string {
	return count.toLocaleString("en-US");
}
