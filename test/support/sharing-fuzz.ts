// Fuzzes what connections share, the reader of heads and its memory: up to four of them are served in turn, with clients that
// stall and handlers that answer later, and each has to get what it gets alone, at once and without the memory. For
// tools/fuzz.mjs and test/fuzz.test.ts.

import { Random } from "../../host-sim/virtual/random.js";
import type { AppOptions } from "../../src/app/app.js";
import type { Request } from "../../src/app/request.js";
import type { Response, Ticket } from "../../src/app/response.js";
import { RequestError } from "../../src/server/host.js";
import { type Served, serve } from "./exchange.js";
import { KEPT_FIELDS, requestStream, streamSegments, TIGHT_LIMITS } from "./fuzz-requests.js";
import { difference, type Finding, type Fuzzer, thrownText } from "./fuzzing.js";
import { octetsOf, textOf } from "./octets.js";
import type { VirtualClient } from "./virtual.js";

const CONNECTIONS = 4;
/** Another sequence of the seed, for when handlers answer. */
const HANDLER_STREAM = 1;
/** More than all responses of a stream. */
const ROOM = 1_000_000;

type SharedOptions = Pick<AppOptions, "limits" | "fields" | "trustedGateway" | "targetCharacters">;

/** What a client has heard, and how its connection stands. */
interface Heard {
	readonly received: string;
	readonly state: string;
}

/** A client and what it is still to send. */
interface Sender {
	readonly client: VirtualClient;
	readonly segments: Uint8Array[];
}

export class SharingFuzzer implements Fuzzer {
	readonly #benches = new Map<string, Bench>();
	accepted = 0;
	refused = 0;

	round(seed: number): Finding | null {
		const random = new Random(seed);
		const options = optionsOf(random);
		const streams = Array.from({ length: random.between(1, CONNECTIONS) }, () => requestStream(random));
		if (streams.length > 1 && random.chance(0.5)) streams[1] = streams[0] as string[];
		const what = this.#compare(random, seed, options, streams);
		if (what === "") return null;
		const made = streams.map((stream, index) => `stream ${index} ${JSON.stringify(stream)}`);
		return { seed, what, made: [`options  ${JSON.stringify(options)}`, ...made] };
	}

	#compare(random: Random, seed: number, options: SharedOptions, streams: readonly string[][]): string {
		try {
			const alone = this.#bench({ ...options, limits: { ...options.limits, rememberedLength: 0 } });
			const expected = streams.map((stream) => alone.alone(octetsOf(stream.join(""))));
			const segments = streams.map((stream) => streamSegments(random, stream));
			const heard = this.#bench(options).together(random, new Random(seed, HANDLER_STREAM), segments);
			for (const [index, { received, state }] of heard.entries()) {
				const other = expected[index] as Heard;
				if (/^HTTP\/1\.1 200 /m.test(received)) this.accepted += 1;
				if (/^HTTP\/1\.1 [45]/m.test(received)) this.refused += 1;
				const octets = difference(other.received, received);
				if (octets !== "") return `connection ${index}: ${octets}`;
				if (state !== other.state) return `connection ${index} is ${state} and should be ${other.state}`;
			}
			return "";
		} catch (error) {
			// Whatever state they are in, nobody else is to meet it.
			this.#benches.clear();
			return thrownText(error);
		}
	}

	#bench(options: SharedOptions): Bench {
		const key = JSON.stringify(options);
		const bench = this.#benches.get(key) ?? new Bench(options);
		this.#benches.set(key, bench);
		return bench;
	}
}

function optionsOf(random: Random): SharedOptions {
	const fields = random.pick([undefined, "all" as const, ...KEPT_FIELDS]);
	return {
		limits: random.pick(TIGHT_LIMITS),
		...(fields !== undefined && { fields }),
		...(random.below(8) === 0 && { trustedGateway: true, targetCharacters: "visible" }),
	};
}

/** A server whose handlers answer with all they know of their request; used for one round after the other. */
class Bench {
	readonly #served: Served;
	/** Who is answered later. */
	readonly #waiting: { readonly ticket: Ticket; readonly text: string }[] = [];
	/** Draws who that is; null: nobody. */
	#random: Random | null = null;

	constructor(options: SharedOptions) {
		const simple = { onRequest: (request: Request, response: Response) => this.#answer(request, response, "") };
		const wild = {
			onRequest: (request: Request, response: Response) => {
				this.#answer(request, response, ` rest=${request.parameter("rest")}`);
			},
		};
		const reader = {
			onRequest: (request: Request) => {
				request.state = "";
			},
			onReadable: (request: Request, response: Response, count: number) => {
				request.state = `${request.state as string}${contentOf(request)}`;
				if (count === 0) this.#answer(request, response, ` content=${request.state as string}`);
			},
		};
		this.#served = serve({
			...options,
			limits: { ...options.limits, connections: CONNECTIONS },
			routes: {
				"GET /": simple,
				"GET /a": simple,
				"GET /b": simple,
				"DELETE /a": simple,
				"GET /p/*rest": wild,
				"GET /*rest": wild,
				"PUT /b": reader,
				"POST /*rest": reader,
			},
		});
	}

	/** What a client hears that has the server to itself, and sends all it has to say at once. */
	alone(octets: Uint8Array): Heard {
		this.#random = null;
		const client = this.#served.connect();
		client.send(octets);
		const heard = heardBy(client);
		this.#leave([client]);
		return heard;
	}

	/** What clients hear that are served in turn, as `random` draws it. `handlers`: draws which of them answer later. */
	together(random: Random, handlers: Random, streams: readonly Uint8Array[][]): Heard[] {
		this.#random = handlers;
		const senders = streams.map((segments) => ({ client: this.#served.connect(), segments }));
		const clients = senders.map(({ client }) => client);
		const stalls = random.chance(0.5);
		if (stalls) for (const client of clients) if (random.chance(0.5)) client.room = random.below(300);
		for (let open = sending(senders); open.length + this.#waiting.length > 0; open = sending(senders)) {
			if (open.length > 0 && (this.#waiting.length === 0 || random.below(3) > 0)) sendNext(random.pick(open));
			else this.#answerOne(random.below(this.#waiting.length));
			if (stalls && random.chance(0.5)) takeMore(random.pick(clients), random.below(200));
		}
		this.#settle(clients);
		const heard = clients.map(heardBy);
		this.#leave(clients);
		return heard;
	}

	/** Everybody reads all there is, and everybody is answered. */
	#settle(clients: readonly VirtualClient[]): void {
		do {
			while (this.#waiting.length > 0) this.#answerOne(0);
			for (const client of clients) takeMore(client, ROOM);
		} while (this.#waiting.length > 0);
	}

	#answerOne(index: number): void {
		for (const { ticket, text } of this.#waiting.splice(index, 1)) {
			const { response } = ticket;
			if (response !== undefined) finish(response, text);
		}
	}

	#answer(request: Request, response: Response, more: string): void {
		const text = described(request) + more;
		if (this.#random?.below(3) === 0) this.#waiting.push({ ticket: response.defer(), text });
		else finish(response, text);
	}

	/** Throws Error when something is left behind, or an error was told that is not about a client. */
	#leave(clients: readonly VirtualClient[]): void {
		const { platform, server, errors } = this.#served;
		for (const client of clients) client.reset();
		platform.advance(1);
		this.#waiting.length = 0;
		if (server.connectionCount > 0) throw new Error(`${server.connectionCount} connections outlive their clients`);
		const fault = errors.splice(0).find((error) => !(error instanceof RequestError));
		if (fault !== undefined) throw fault;
	}
}

function sending(senders: readonly Sender[]): Sender[] {
	return senders.filter(({ client, segments }) => client.state === "open" && segments.length > 0);
}

function sendNext({ client, segments }: Sender): void {
	client.send(segments.shift() as Uint8Array);
}

function takeMore(client: VirtualClient, count: number): void {
	if (client.state === "open") client.take(count);
}

function heardBy({ received, state }: VirtualClient): Heard {
	return { received, state };
}

function finish(response: Response, text: string): void {
	response.setField("X-Own", "e");
	response.text(text);
}

/** All that a handler can know of a request. */
function described(request: Request): string {
	const { method, target, path, query, version, contentLength, number, fieldCount } = request;
	const lines = [`${number} ${method} ${target} ${path} ${query} ${version} ${contentLength}`];
	const trailerCount = request.isContentComplete ? request.trailerCount : 0;
	for (let index = 0; index < fieldCount + trailerCount; index += 1) {
		lines.push(`${request.fieldName(index)}: ${request.fieldValue(index)}`);
	}
	return lines.join("\n");
}

function contentOf(request: Request): string {
	const piece = new Uint8Array(37);
	let text = "";
	for (let count = request.read(piece); count > 0; count = request.read(piece))
		text += textOf(piece.subarray(0, count));
	return text;
}
