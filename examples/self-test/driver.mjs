// node examples/self-test/driver.mjs [--port PORT] [--host ADDRESS]: plays the clients of a self-test, which tells it over a
// connection of its own what they are to do. The SDK's own client can only send and close; these can also close one side,
// reset, and stop reading. Both sides speak lines of JSON: [verb, client, argument].

import { createServer, Socket } from "node:net";
import { parseArgs } from "node:util";

const { values } = parseArgs({
	options: { port: { type: "string", default: "8089" }, host: { type: "string", default: "127.0.0.1" } },
});

/** One client, of the device that `tell` tells. */
class Client {
	#room = Number.POSITIVE_INFINITY;
	#socket = new Socket({ allowHalfOpen: true });

	constructor(address, port, tell) {
		const socket = this.#socket;
		socket.setNoDelay(true);
		socket.on("connect", () => tell("open"));
		socket.on("readable", () => this.#take(tell));
		socket.on("end", () => tell("ended"));
		socket.on("error", () => tell("reset"));
		socket.connect(port, address);
	}

	#take(tell) {
		const count = Math.min(this.#room, this.#socket.readableLength);
		// With nothing left to read, this is what brings about "end".
		const octets = this.#room === 0 ? null : this.#socket.read(count === 0 ? undefined : count);
		if (octets === null) return;
		this.#room -= octets.length;
		tell("data", octets.toString("latin1"));
	}

	send(text) {
		this.#socket.write(Buffer.from(text, "latin1"));
	}

	close() {
		this.#socket.end();
	}

	reset() {
		this.#socket.resetAndDestroy();
	}

	stop() {
		this.#room = 0;
	}

	take(count, tell) {
		this.#room += count;
		this.#take(tell);
	}
}

/** A device has connected. */
function serve(control) {
	const clients = new Map();
	control.setNoDelay(true);
	control.setEncoding("latin1");
	const address = control.remoteAddress;
	const obey = ([verb, id, argument]) => {
		const tell = (what, text) => {
			if (!control.destroyed) control.write(`${JSON.stringify([what, id, text])}\n`, "latin1");
		};
		if (verb === "connect") clients.set(id, new Client(address, argument, tell));
		else clients.get(id)[verb](argument, tell);
	};
	let rest = "";
	control.on("data", (text) => {
		const lines = (rest + text).split("\n");
		rest = lines.pop();
		for (const line of lines) obey(JSON.parse(line));
	});
	control.on("error", () => {});
	control.on("close", () => {
		for (const client of clients.values()) client.reset();
	});
}

createServer(serve).listen(Number(values.port), values.host, () => {
	console.log(`Drives self-tests on ${values.host}:${values.port} (Ctrl-C ends it)`);
});
