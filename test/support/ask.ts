// One request over a connection of its own, by Node's client, and its whole answer. For tests over real sockets.

import { type ClientRequest, type IncomingMessage, request } from "node:http";

export interface Answer {
	readonly response: IncomingMessage;
	readonly content: Buffer;
}

/** After how many octets a client that reads slowly rests. */
const PAUSE_EVERY = 32_768;

/** Sends a request and reads its answer; `send` writes the content, `pauseMs` is how long a slow client rests. */
export function askAt(
	port: number,
	method: string,
	path: string,
	headers: Record<string, string | number> = {},
	send: (sending: ClientRequest) => void = (sending) => sending.end(),
	pauseMs = 0,
): Promise<Answer> {
	let untilPause = PAUSE_EVERY;
	return new Promise((resolve, reject) => {
		const sending = request({ port, host: "127.0.0.1", method, path, headers, agent: false }, (response) => {
			const parts: Buffer[] = [];
			response.on("data", (part: Buffer) => {
				parts.push(part);
				untilPause -= part.length;
				if (pauseMs === 0 || untilPause > 0) return;
				untilPause = PAUSE_EVERY;
				response.pause();
				setTimeout(() => response.resume(), pauseMs);
			});
			response.on("end", () => resolve({ response, content: Buffer.concat(parts) }));
			response.on("error", reject);
		});
		sending.on("error", reject);
		sending.setTimeout(20_000, () => sending.destroy(new Error("no answer")));
		send(sending);
	});
}
