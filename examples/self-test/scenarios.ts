// What clients and a server do to each other, step by step: the scenarios whose course on the SDK's own sockets is written
// down in transcripts/, for the double to be held against.
//
// A step is a few actions of one turn; before the next, everything settles. The client's: "connect", "send N", "fin", "reset",
// "stop", "resume". The program's: "hold" and "accept" (connections are not read, and are), "read N", "read all", "write N",
// "close", "busy" (nothing is called until all that was sent has arrived; a driver's client needs a while for more than 1,000
// octets), and "on readable|writable|error ACTION": what is done in the callback the next few times.

export interface Scenario {
	readonly name: string;
	readonly steps: readonly string[];
}

/** Made when they are played: in flash, each would have to be frozen. */
function written(): Scenario[] {
	return [
		{ name: "a request and its answer", steps: ["connect", "send 485", "read all", "write 1100", "fin", "close"] },
		{ name: "in pieces, read late", steps: ["connect", "send 3", "send 2", "read 4", "read 2", "read 1", "read 1"] },
		{
			name: "more than the buffer holds",
			steps: ["connect", "send 5000", "read 100", "read all", "read all", "read all"],
		},
		{ name: "read as it comes", steps: ["connect", "on readable read all", "send 5000", "send 1; busy", "fin"] },
		{
			name: "read a little each time",
			steps: ["connect", "on readable read 10", "send 25", "send 1", "read all", "fin"],
		},
		{
			name: "read to the last octet in two turns",
			steps: ["connect", "send 1536", "read 1535", "read 1", "send 1537", "read all"],
		},
		{ name: "too much is written", steps: ["connect", "write 1537", "write 1536", "write 1000; write 536; write 1"] },
		{
			name: "written in each callback",
			steps: ["connect", "on writable write 1536", "write 1", "on writable read 1", "fin"],
		},
		{
			name: "the end, with nothing unread",
			steps: ["connect", "fin", "read 1", "write 5", "write 1531", "write 1", "close"],
		},
		{ name: "the end behind octets", steps: ["connect", "send 10; fin; busy", "read 4", "read 6", "write 1", "close"] },
		{
			name: "the end behind octets that are read at once",
			steps: ["connect", "on readable read all", "send 10; fin; busy", "write 9"],
		},
		{
			name: "the end behind more than the buffer holds",
			steps: ["connect", "send 2000; fin; busy", "read all", "read all", "close"],
		},
		{ name: "a reset", steps: ["connect", "reset", "read 1", "close"] },
		{ name: "a reset behind octets", steps: ["connect", "send 10; busy", "reset", "read all", "close"] },
		{ name: "a reset behind octets not told of", steps: ["connect", "send 10; reset; busy", "read 1", "close"] },
		{ name: "a write into a reset", steps: ["connect", "reset; busy; write 5", "close"] },
		{ name: "closed at once", steps: ["connect", "close", "send 3"] },
		{ name: "closed with octets unread by the program", steps: ["connect", "send 10", "close"] },
		{ name: "closed with octets not told of", steps: ["connect", "send 10; busy; close"] },
		{ name: "closed with more than the buffer holds", steps: ["connect", "send 4000", "close"] },
		{ name: "closed behind a write", steps: ["connect", "send 10", "read all; write 1000; close"] },
		{ name: "closed in onReadable", steps: ["connect", "on readable close", "send 10"] },
		{ name: "closed in onWritable", steps: ["connect", "on writable close", "write 1; send 10; busy"] },
		{ name: "closed in onError", steps: ["connect", "on error close", "fin"] },
		{ name: "used after it was closed", steps: ["connect", "close; read 1; write 1; close"] },
		{
			name: "a client that takes nothing",
			steps: ["connect", "stop", "write 1536", "write 1536", "write 100", "resume", "write 1"],
		},
		{ name: "octets before the connection was read", steps: ["hold", "connect", "send 10", "accept", "read all"] },
		{ name: "the end before the connection was read", steps: ["hold", "connect", "fin", "accept", "write 3"] },
		{
			name: "octets and the end before the connection was read",
			steps: ["hold", "connect", "send 10; fin", "accept", "read all"],
		},
		{ name: "a reset before the connection was read", steps: ["hold", "connect", "reset", "accept", "close"] },
	];
}

const SIZES: readonly number[] = Object.freeze([1, 2, 3, 10, 100, 485, 1024, 1535, 1536, 1537, 2000, 3072, 4000]);
/** Three of them in one turn arrive in time. */
const SMALL_SIZES: readonly number[] = Object.freeze([1, 2, 3, 10, 100, 300]);

/** A reproducible source of numbers (mulberry32). */
class Dice {
	#state: number;

	constructor(seed: number) {
		this.#state = seed;
	}

	/** 0 to below `count`. */
	below(count: number): number {
		this.#state = (this.#state + 0x6d2b79f5) | 0;
		let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) % count;
	}

	of<Item>(items: readonly Item[]): Item {
		return items[this.below(items.length)] as Item;
	}
}

/** What a random scenario may still do. */
class Writer {
	readonly #dice: Dice;
	/** Whether the client can still send. */
	#canSend = true;

	constructor(seed: number) {
		this.#dice = new Dice(seed);
	}

	steps(): string[] {
		const steps = ["connect"];
		for (let count = 4 + this.#dice.below(6); count > 0; count -= 1) steps.push(this.#step());
		return steps;
	}

	#step(): string {
		const dice = this.#dice;
		const fate = dice.below(20);
		if (fate < 4) return `on ${dice.of(["readable", "writable"])} ${fate === 0 ? "close" : this.#serverAction()}`;
		// What crosses it on its way would be a matter of luck.
		if (fate === 4) return "close";
		if (this.#canSend) {
			if (fate < 8) return `send ${dice.of(SIZES)}`;
			// Nor can a client reset that has closed its side.
			if (fate === 8) {
				this.#canSend = false;
				return `reset; busy; ${this.#serverAction()}`;
			}
		}
		const actions: string[] = [];
		for (let count = 1 + dice.below(3); count > 0; count -= 1) {
			actions.push(this.#canSend && dice.below(2) === 0 ? this.#clientAction() : this.#serverAction());
		}
		return `${actions.join("; ")}; busy`;
	}

	#clientAction(): string {
		const dice = this.#dice;
		if (dice.below(10) > 0) return `send ${dice.of(SMALL_SIZES)}`;
		this.#canSend = false;
		return "fin";
	}

	#serverAction(): string {
		const dice = this.#dice;
		const fate = dice.below(10);
		if (fate < 4) return "read all";
		return `${fate < 6 ? "read" : "write"} ${dice.of(SIZES)}`;
	}
}

const RANDOM_COUNT = 100;

/** All of them. */
export function scenarios(): Scenario[] {
	const all = written();
	for (let seed = 1; seed <= RANDOM_COUNT; seed += 1) {
		all.push({ name: `random ${seed}`, steps: new Writer(seed).steps() });
	}
	return all;
}
