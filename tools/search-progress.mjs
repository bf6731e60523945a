// How far a search is: a line with rate, memory and estimate, written over on a terminal. For tools/sim.mjs.

/** How often it is told, in milliseconds: on a terminal, and elsewhere. */
const INTERVAL_MS = 1000;
const INTERVAL_LOG_MS = 10_000;
const LINE_LENGTH = 120;

export class Progress {
	#told = 0;
	#start = performance.now();
	#count;
	done = 0;
	connectionCount = 0;
	ladenCount = 0;
	secondCount = 0;
	failureCount = 0;

	/** `count`: how many seeds there are. */
	constructor(count) {
		this.#count = count;
	}

	get seconds() {
		return (performance.now() - this.#start) / 1000;
	}

	/** What a worker has done. */
	add({ count, connectionCount, ladenCount, secondCount, findings }) {
		this.done += count;
		this.connectionCount += connectionCount;
		this.ladenCount += ladenCount;
		this.secondCount += secondCount;
		this.failureCount += findings.length;
		const now = performance.now();
		if (now - this.#told < (process.stdout.isTTY ? INTERVAL_MS : INTERVAL_LOG_MS)) return;
		this.#told = now;
		if (process.stdout.isTTY) process.stdout.write(`\r${this.#line().padEnd(LINE_LENGTH)}`);
		else console.log(this.#line());
	}

	#line() {
		const rate = this.done / this.seconds;
		const parts = [
			`${this.done} of ${this.#count} seeds`,
			`${Math.round(rate)} seeds/s`,
			`${Math.round(this.connectionCount / this.seconds)} connections/s`,
			`${Math.round(process.memoryUsage.rss() / 1e6)} MB`,
			`${this.failureCount} failures`,
		];
		if (rate > 0) parts.push(`${duration((this.#count - this.done) / rate)} left`);
		return parts.join(", ");
	}

	/** What came of it, in a sentence. */
	summary(from, workerCount) {
		const { done, seconds, connectionCount, ladenCount, secondCount, failureCount } = this;
		const share = (count) => `${Math.round((100 * count) / Math.max(1, connectionCount))} %`;
		return (
			`${done} seeds from ${from} in ${duration(seconds)} on ${workerCount} workers: ${connectionCount} connections ` +
			`(${Math.round(connectionCount / seconds)} a second; ${share(ladenCount)} with three answers or more, one of them ` +
			`to content; ${share(secondCount)} played again in other pieces), ${failureCount} failures`
		);
	}
}

function duration(seconds) {
	const whole = Math.ceil(seconds);
	if (whole < 120) return `${whole} s`;
	const minutes = Math.ceil(whole / 60);
	return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
