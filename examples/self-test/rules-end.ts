// Rules of the contract: how a connection ends, and what is in order until then. For contract.ts.

import { LWIP_ALL, octets, type Rule, SETTLE_MS, thrownBy } from "./contract-trial.js";

export const END_RULES: readonly Rule[] = [
	{
		// tcpReceive without a pbuf; tcpDeliver: kTCPError
		name: "a client that closes is an error",
		*run(trial) {
			const [peer, log] = yield* trial.open();
			peer.close();
			yield SETTLE_MS;
			trial.equal(log.names(), "writable error", "events");
		},
	},
	{
		name: "a client that resets is an error",
		needs: ["reset"],
		*run(trial) {
			const [peer, log] = yield* trial.open();
			peer.reset?.();
			yield SETTLE_MS;
			trial.equal(log.names(), "writable error", "events");
		},
	},
	{
		// tcpDeliver: "error delivered after receive buffers empty"; xs_tcp_read triggers it
		name: "on lwIP the end is told when everything is read, and not before",
		only: LWIP_ALL,
		*run(trial) {
			const [peer, log] = yield* trial.sent("abc");
			peer.close();
			yield 1000;
			trial.equal(log.names(), "writable readable", "events before");
			log.read(2);
			yield SETTLE_MS;
			trial.equal(log.names(), "writable readable", "events with one octet left");
			log.read(1);
			yield SETTLE_MS;
			trial.equal(log.names(), "writable readable error", "events after");
		},
	},
	{
		// tcpTask does nothing any more after an error, not even report what xs_tcp_read triggers
		name: "on Linux an end that comes while octets wait is never told",
		only: ["lin"],
		*run(trial) {
			const [peer, log] = yield* trial.sent("abc");
			peer.close();
			yield SETTLE_MS;
			log.read(3);
			yield 1000;
			trial.equal(log.names(), "writable readable", "events");
		},
	},
	{
		// tcpDeliver clears `ready`
		name: "on lwIP nothing can be written once the end is known, though octets wait to be read",
		only: LWIP_ALL,
		needs: ["atOnce"],
		*run(trial) {
			const [peer, log] = yield* trial.open();
			let thrown = "nothing was told";
			log.inReadable = (tcp) => {
				thrown = thrownBy(() => tcp.write(octets("late")));
			};
			peer.send("abc");
			peer.close();
			trial.bench.busy(20);
			yield SETTLE_MS;
			trial.equal(thrown, "not ready", "thrown in the last onReadable");
			trial.equal(peer.text, "", "received");
		},
	},
	{
		name: "on Linux a client that has closed its side can still be written to, as far as the room goes",
		only: ["lin"],
		*run(trial) {
			const [peer, log] = yield* trial.open();
			peer.close();
			yield SETTLE_MS;
			trial.equal(log.open.write(octets("still")), 1536 - 5, "room left");
			yield 1000;
			trial.equal(log.names(), "writable error", "events: the room never comes back");
		},
	},
	{
		// xs_tcp_write: no `skt`
		name: "on the ESP32 a write between a reset and its being told returns undefined",
		only: ["lwip"],
		needs: ["reset"],
		*run(trial) {
			const [peer, log] = yield* trial.open();
			peer.reset?.();
			trial.bench.busy(20);
			trial.equal(log.open.write(octets("lost")), undefined, "returned");
			yield SETTLE_MS;
			trial.equal(
				thrownBy(() => log.open.write(octets("late"))),
				"not ready",
				"thrown after it was told",
			);
			trial.equal(log.names(), "writable error", "events");
		},
	},
	{
		// tcpTrigger sets `error`, and tcpTask does nothing any more
		name: "on Linux a failed write returns undefined, and nothing is ever told",
		only: ["lin"],
		needs: ["reset"],
		*run(trial) {
			const [peer, log] = yield* trial.open();
			peer.reset?.();
			trial.bench.busy(20);
			trial.equal(log.open.write(octets("lost")), undefined, "returned");
			yield 1000;
			trial.equal(log.names(), "writable", "events");
		},
	},
	{
		// fxGetHostDataValidate; tcpDeliver looks at `triggerable`, which doClose clears
		name: "a closed socket throws, and on lwIP is told nothing",
		*run(trial) {
			const [peer, log] = yield* trial.open();
			log.inReadable = (tcp) => tcp.close();
			log.open.write(octets("x"));
			peer.send("abc");
			yield SETTLE_MS;
			log.open.close();
			trial.isTrue(thrownBy(() => log.open.read(new Uint8Array(1))) !== "", "read throws");
			trial.isTrue(thrownBy(() => log.open.write(octets("a"))) !== "", "write throws");
			const told = log.events.length;
			peer.send("de");
			yield 1000;
			trial.equal(log.events.length, told, "events after close");
		},
	},
	{
		name: "on lwIP a socket that is closed in its last onReadable is not told of the end",
		only: LWIP_ALL,
		*run(trial) {
			const [peer, log] = yield* trial.open();
			log.inReadable = (tcp) => {
				log.read(3);
				tcp.close();
			};
			peer.send("abc");
			peer.close();
			trial.bench.busy(20);
			yield SETTLE_MS;
			trial.equal(log.names(), "writable readable", "events");
		},
	},
	{
		// reportTrigger keeps its own `triggered`
		name: "on Linux a socket that is closed in onWritable is told of its octets all the same",
		only: ["lin"],
		*run(trial) {
			const [peer, log] = trial.connecting();
			log.inWritable = (tcp) => tcp.close();
			peer.send("abc");
			yield SETTLE_MS + SETTLE_MS;
			trial.equal(log.names(), "writable readable", "events");
		},
	},
	{
		// tcp_close_shutdown in lwIP; close(2) of the kernel, for what the SDK has not taken from it
		name: "a connection closed with octets unread is reset",
		only: LWIP_ALL,
		needs: ["tell"],
		*run(trial) {
			const [peer, log] = yield* trial.sent("abc");
			log.open.write(octets("lost"));
			log.open.close();
			yield SETTLE_MS;
			trial.equal(peer.state, "reset", "the client");
		},
	},
	{
		// tcp_recved is called when a whole segment was consumed
		name: "on lwIP a segment that was read in part counts as unread",
		only: LWIP_ALL,
		needs: ["tell"],
		*run(trial) {
			const [peer, log] = yield* trial.sent("abc");
			log.read(2);
			log.open.close();
			yield SETTLE_MS;
			trial.equal(peer.state, "reset", "the client");
		},
	},
	{
		// xs_tcp_destructor: tcp_close sends what is queued, then a FIN
		name: "a connection closed with everything read ends in order",
		only: ["lwip", "lin"],
		needs: ["tell"],
		*run(trial) {
			const [peer, log] = yield* trial.sent("abc");
			log.read(3);
			log.open.write(octets("bye"));
			log.open.close();
			yield SETTLE_MS;
			trial.equal(peer.text, "bye", "received");
			trial.equal(peer.state, "ended", "the client");
		},
	},
	{
		// tcp_close_safe: tcp_close, then tcp_abort
		name: "where closing aborts, a connection may be closed when its room is what it was, and not before",
		only: ["esp8266"],
		needs: ["tell"],
		*run(trial) {
			const [peer, log] = yield* trial.open();
			const { room } = log;
			log.open.write(octets("bye"));
			yield SETTLE_MS;
			trial.equal(log.room, room, "room");
			trial.equal(peer.text, "bye", "received");
			log.open.close();
			yield SETTLE_MS;
			trial.equal(peer.state, "reset", "the client");
		},
	},
	{
		// xs_tcp_read: tcp_recved when the last octet of a pbuf was read
		name: "on lwIP the window opens by whole segments",
		only: LWIP_ALL,
		*run(trial) {
			const [peer, log] = yield* trial.open();
			const segment = "s".repeat(1000);
			for (let count = 0; count < 20; count += 1) peer.send(segment);
			yield 500;
			const first = log.available;
			trial.isTrue(first < 20_000, "the window holds the client back");
			log.read(999);
			yield 500;
			trial.equal(log.available, first - 999, "octets there after a part of a segment was read");
			log.read(1);
			yield 500;
			trial.isTrue(log.available > first - 1000, "more came after all of it was read");
		},
	},
	{
		name: "everything arrives, in order, however it is read",
		*run(trial) {
			const [peer, log] = yield* trial.open();
			let expected = "";
			for (let count = 0; count < 40; count += 1) {
				const piece = `${count},`.repeat(80);
				expected += piece;
				peer.send(piece);
			}
			let received = "";
			for (let turn = 0; turn < 400 && received.length < expected.length; turn += 1) {
				if (log.available > 0) received += log.read(Math.min(log.available, 1 + ((turn * 97) % 700)));
				else yield 20;
			}
			trial.equal(received.length, expected.length, "length");
			trial.isTrue(received === expected, "octets");
		},
	},
];
