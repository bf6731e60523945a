// A crowd of clients that never finish a request and come back at once when they are sent away. Runs in a process of its
// own (net-process.ts): `net-crowd PORT COUNT dribble|silent`. Asked "open", it answers once every client has been
// connected; asked "count", it answers with a CrowdCount.

import { connect, type Socket } from "node:net";

/** What the crowd has seen so far. */
export interface CrowdCount {
	/** Clients that are connected now. */
	readonly open: number;
	/** Connections made, all in all. */
	readonly connections: number;
	/** Responses, by status. */
	readonly statuses: Readonly<Record<string, number>>;
}

const HEAD = `GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ${"a".repeat(4000)}`;
const FIRST_PART = 20;
const DRIBBLE_INTERVAL_MS = 200;

const [port = 0, count = 0] = process.argv.slice(2, 4).map(Number);
const dribbles = process.argv[4] === "dribble";
const statuses: Record<string, number> = {};
const open = new Map<Socket, number>();
let connections = 0;
let askedOpen = false;

function join(): void {
	const socket = connect({ port, host: "127.0.0.1", noDelay: true });
	socket.on("connect", () => {
		connections += 1;
		open.set(socket, FIRST_PART);
		if (dribbles) socket.write(HEAD.slice(0, FIRST_PART), "latin1");
		tellOpen();
	});
	socket.on("data", (chunk) => {
		const status = chunk.toString("latin1", 9, 12);
		statuses[status] = (statuses[status] ?? 0) + 1;
	});
	socket.on("error", () => {});
	socket.on("close", () => {
		open.delete(socket);
		join();
	});
}

function tellOpen(): void {
	if (!askedOpen || connections < count) return;
	askedOpen = false;
	process.send?.("open");
}

process.on("message", (question) => {
	askedOpen = question === "open";
	if (askedOpen) tellOpen();
	else process.send?.({ open: open.size, connections, statuses } satisfies CrowdCount);
});
process.on("disconnect", () => process.exit());

for (let index = 0; index < count; index += 1) join();
if (dribbles) {
	setInterval(() => {
		for (const [socket, at] of open) {
			socket.write(HEAD.charAt(at), "latin1");
			open.set(socket, at + 1);
		}
	}, DRIBBLE_INTERVAL_MS);
}
