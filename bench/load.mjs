// The clients, in a process of their own: raw sockets that send prepared requests over keep-alive connections, one after
// the answer to the other. Started by run.mjs; each message is one round:
//
//     {port, connections, ms, request: {kind, path, …}, depth, end}
//
// `depth` requests go out together (pipelining); an answer ends by its length (`end: "length"`) or with the last chunk
// (`end: "chunk"`). The reply says how many requests were answered in how many seconds. Whatever is not a 200 ends it.

import { connect } from "node:net";
import { browserGet, chunkedPut, jsonPost, VARIANTS, variants } from "./requests.mjs";

const MAKERS = {
	get: ({ path }, index) => browserGet(path, index),
	json: ({ path }, index) => jsonPost(path, index),
	upload: ({ path, length, chunkLength }, index) => chunkedPut(path, index, length, chunkLength),
};
const LAST_CHUNK = "0\r\n\r\n";
const STATUS_LINE = "HTTP/1.1 200 ";

/** The length of the one answer in `text`, or 0 while it is not whole. */
function answerLength(text) {
	if (!text.startsWith(STATUS_LINE.slice(0, text.length))) throw new Error(`the server answers ${text.slice(0, 80)}`);
	const headEnd = text.indexOf("\r\n\r\n");
	if (headEnd < 0) return 0;
	const length = headEnd + 4 + Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1]);
	if (Number.isNaN(length)) throw new Error("the answer has no Content-Length");
	return text.length < length ? 0 : length;
}

class Client {
	#round;
	#index;
	#socket = null;
	/** How long one answer is: the same for all of a round, once the first has come. */
	#length = 0;
	#received = 0;
	#head = "";
	#tail = "";

	constructor(round, index) {
		this.#round = round;
		this.#index = index;
	}

	open() {
		const socket = connect({
			port: this.#round.port,
			host: "127.0.0.1",
			noDelay: true,
			onread: { buffer: Buffer.allocUnsafe(65_536), callback: (count, buffer) => this.#read(count, buffer) },
		});
		this.#socket = socket;
		this.#received = 0;
		this.#head = "";
		socket.on("connect", () => this.#send());
		// A server may end a connection after so many requests: the next one is part of the work.
		socket.on("end", () => {
			socket.destroy();
			if (!this.#round.isOver) this.open();
		});
		socket.on("error", (error) => {
			if (!this.#round.isOver) this.#round.fail(error);
		});
	}

	close() {
		this.#socket.destroy();
	}

	#send() {
		if (this.#round.isOver) return;
		this.#index = (this.#index + 1) % VARIANTS;
		this.#socket.write(this.#round.batches[this.#index]);
	}

	#read(count, buffer) {
		try {
			if (this.#round.end === "chunk") this.#readChunks(count, buffer);
			else this.#readLength(count, buffer);
		} catch (error) {
			this.#round.fail(error);
		}
		return true;
	}

	#readLength(count, buffer) {
		const { depth } = this.#round;
		if (this.#length === 0) {
			this.#head += buffer.latin1Slice(0, count);
			this.#received += count;
			this.#length = answerLength(this.#head);
			if (this.#length === 0) return;
		} else {
			// The second digit of the status, and the blank behind it: 200 and nothing else.
			if (this.#received === 0 && (buffer[9] !== 0x32 || buffer[10] !== 0x30 || buffer[11] !== 0x30)) {
				throw new Error(`the server answers ${buffer.latin1Slice(0, Math.min(count, 80))}`);
			}
			this.#received += count;
		}
		const missing = this.#length * depth - this.#received;
		if (missing > 0) return;
		this.#received = 0;
		this.#round.answered(depth);
		// An answer that is longer than the others says that it is the last: the server ends the connection next.
		if (missing === 0) this.#send();
	}

	#readChunks(count, buffer) {
		if (this.#received === 0) answerLength(buffer.latin1Slice(0, Math.min(count, STATUS_LINE.length)));
		this.#received += count;
		const tail = this.#tail + buffer.latin1Slice(Math.max(0, count - LAST_CHUNK.length), count);
		this.#tail = tail.slice(-LAST_CHUNK.length);
		if (this.#tail !== LAST_CHUNK) return;
		this.#received = 0;
		this.#tail = "";
		this.#round.answered(1);
		this.#send();
	}
}

class Round {
	isOver = false;
	#count = 0;
	#start = process.hrtime.bigint();
	#clients = [];
	#resolve;
	#reject;

	constructor({ port, connections, ms, request, depth, end }) {
		this.port = port;
		this.depth = depth;
		this.end = end;
		const requests = variants((index) => MAKERS[request.kind](request, index));
		this.batches = requests.map((_, first) =>
			Buffer.concat(Array.from({ length: depth }, (_, index) => requests[(first + index) % VARIANTS])),
		);
		this.done = new Promise((resolve, reject) => {
			this.#resolve = resolve;
			this.#reject = reject;
		});
		setTimeout(() => this.#stop(), ms);
		for (let index = 0; index < connections; index += 1) this.#clients.push(new Client(this, index));
		for (const client of this.#clients) client.open();
	}

	answered(count) {
		this.#count += count;
	}

	fail(error) {
		this.isOver = true;
		this.#reject(error);
	}

	#stop() {
		const seconds = Number(process.hrtime.bigint() - this.#start) / 1e9;
		this.isOver = true;
		for (const client of this.#clients) client.close();
		this.#resolve({ count: this.#count, seconds });
	}
}

process.on("message", async (options) => {
	const before = process.cpuUsage();
	try {
		const result = await new Round(options).done;
		const { user, system } = process.cpuUsage(before);
		process.send({ ...result, cpuUs: user + system });
	} catch (error) {
		process.send({ error: `${options.request.path}: ${error.message}` });
	}
});
process.on("disconnect", () => process.exit());
process.send({ ready: true });
