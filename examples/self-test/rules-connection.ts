// Rules of the contract: what a listener tells, and how a connection is read and written. For contract.ts.

import type { Tcp, TcpOptions } from "./contract-bench.js";
import {
	CALLBACKS,
	Log,
	LWIP_ALL,
	octets,
	PORT,
	REDELIVERY_MS,
	type Rule,
	SETTLE_MS,
	thrownBy,
} from "./contract-trial.js";

export const CONNECTION_RULES: readonly Rule[] = [
	// ---- Listener ----
	{
		// xs_listener_constructor. Not to be tried on Linux: there, what failed stays among the objects that the engine
		// remembers, though it is freed, and the program crashes sooner or later.
		name: "a port that is open cannot be opened again, but when it was closed",
		only: LWIP_ALL,
		*run(trial) {
			const listener = trial.listen(() => {});
			trial.equal(listener.port, PORT, "port");
			trial.equal(
				thrownBy(() => trial.listen(() => {})),
				"socket bind",
				"thrown",
			);
			listener.close();
			trial.listen(() => {});
			yield 0;
		},
	},
	{
		// listenerDeliver; lin: listenerTask
		name: "onReadable tells how many clients wait, and read gives each of them",
		*run(trial) {
			const counts: number[] = [];
			const addresses: (string | undefined)[] = [];
			trial.listen(function (count) {
				counts.push(count);
				for (let index = 0; index < count; index += 1)
					addresses.push(trial.take(this.read() as Tcp).open.remoteAddress);
			});
			trial.connect();
			trial.connect();
			yield SETTLE_MS;
			trial.equal(
				counts.reduce((sum, count) => sum + count, 0),
				2,
				"clients told of",
			);
			trial.equal(addresses.length, 2, "clients read");
			trial.isTrue(
				addresses.every((address) => /^\d+\.\d+\.\d+\.\d+$/.test(address ?? "")),
				"addresses are dotted",
			);
		},
	},
	{
		// listenerDeliver: only an accept triggers it
		name: "a client that is not read is counted again with the next, and not told of by itself",
		*run(trial) {
			const counts: number[] = [];
			trial.listen((count) => counts.push(count));
			trial.connect();
			yield SETTLE_MS;
			trial.connect();
			yield SETTLE_MS;
			trial.equal(counts.join(" "), "1 2", "counts");
		},
	},
	// ---- A connection ----
	{
		// xs_tcp_constructor: triggers kTCPWritable; lin: tcpTask
		name: "the room is told soon after the connection was taken over, and target is the socket's",
		*run(trial) {
			const [, log] = yield* trial.open();
			trial.equal(log.names(), "writable", "events");
			trial.isTrue(log.room > 0, "there is room");
			if (trial.bench.kind === "lin") trial.equal(log.room, 1536, "room on Linux (kBufferSize)");
		},
	},
	{
		// xs_tcp_constructor: xsmcHas and xsmcGet (fxHasAll and fxGetAll in xs/sources/xsAPI.c), as do builtinGetCallback and
		// builtinInitializeTarget in modules/io/common/builtinCommon.c
		name: "what a connection is taken over with may be inherited and come from getters, and is not asked for later",
		*run(trial) {
			const log = new Log();
			trial.listen(function () {
				const from = this.read() as Tcp;
				const inherited: TcpOptions = {
					get from() {
						return from;
					},
					get nodelay() {
						return true;
					},
					get target() {
						return log;
					},
					...CALLBACKS,
				};
				trial.takeWith(Object.create(inherited) as TcpOptions, log);
				const late = () => log.events.push("late");
				Object.assign(inherited, { onReadable: late, onWritable: late, onError: late });
			});
			const peer = trial.connect();
			yield SETTLE_MS;
			peer.send("abc");
			yield SETTLE_MS;
			trial.equal(log.open.target, log, "target");
			trial.equal(log.read(3), "abc", "read");
			peer.close();
			yield SETTLE_MS;
			trial.equal(log.names(), "writable readable error", "events");
		},
	},
	{
		// bytesWritable is 0 until the first poll
		name: "on Linux nothing can be written before the first poll",
		only: ["lin"],
		*run(trial) {
			let thrown = "";
			trial.listen(function () {
				const { open } = trial.take(this.read() as Tcp);
				thrown = thrownBy(() => open.write(octets("a")));
			});
			trial.connect();
			yield SETTLE_MS;
			trial.equal(thrown, "would block", "thrown");
		},
	},
	{
		// xs_listener_read sets `ready`
		name: "on lwIP a connection can be written to as soon as it was taken over",
		only: LWIP_ALL,
		*run(trial) {
			trial.listen(function () {
				trial.take(this.read() as Tcp).open.write(octets("early"));
			});
			const peer = trial.connect();
			yield SETTLE_MS;
			trial.equal(peer.text, "early", "received");
		},
	},
	{
		// tcpReceive, tcpTask
		name: "octets are told of when they arrive, and not again while they wait",
		*run(trial) {
			const [peer, log] = yield* trial.sent("abc");
			trial.equal(log.events.slice(1).join(), "readable 3", "events");
			yield 1000;
			trial.equal(log.events.slice(1).join(), "readable 3", "events a second later");
			peer.send("de");
			yield SETTLE_MS;
			trial.equal(log.events.slice(1).join(), "readable 3,readable 5", "events with more");
		},
	},
	{
		// xs_tcp_read
		name: "read fills exactly what it is given, and the rest waits",
		*run(trial) {
			const [peer, log] = yield* trial.open();
			trial.equal(log.open.read(new Uint8Array(1)), undefined, "of nothing");
			peer.send("abcde");
			yield SETTLE_MS;
			trial.equal(log.read(2), "ab", "the first two");
			trial.equal(log.read(3), "cde", "the others");
			trial.equal(log.open.read(new Uint8Array(1)), undefined, "of nothing left");
		},
	},
	{
		// xs_tcp_read: "invalid"
		name: "read throws when its buffer is longer than what is there, and takes nothing",
		*run(trial) {
			const [, log] = yield* trial.sent("abc");
			trial.equal(
				thrownBy(() => log.open.read(new Uint8Array(4))),
				"invalid",
				"thrown",
			);
			trial.equal(
				thrownBy(() => log.open.read(new Uint8Array(0))),
				"invalid",
				"thrown for no octets",
			);
			trial.equal(log.read(3), "abc", "still there");
		},
	},
	{
		// xs_tcp_write
		name: "write takes all of it and returns the room left",
		*run(trial) {
			const [peer, log] = yield* trial.open();
			const { room } = log;
			trial.equal(log.open.write(octets("hello")), room - 5, "room left");
			yield SETTLE_MS;
			trial.equal(peer.text, "hello", "received");
			trial.equal(log.room, room, "room after it was acknowledged");
		},
	},
	{
		// xs_tcp_write: "would block"
		name: "write of more than the room throws and takes nothing",
		*run(trial) {
			const [peer, log] = yield* trial.open();
			const { room } = log;
			trial.equal(
				thrownBy(() => log.open.write(new Uint8Array(room + 1))),
				"would block",
				"thrown",
			);
			trial.equal(log.open.write(octets("ok")), room - 2, "room left");
			yield SETTLE_MS;
			trial.equal(peer.text, "ok", "received");
		},
	},
	{
		name: "the room can be filled to the last octet, and comes back as the client takes it",
		needs: ["stop", "take"],
		only: LWIP_ALL,
		*run(trial) {
			const [peer, log] = yield* trial.open();
			const { room } = log;
			peer.stop?.();
			trial.equal(log.open.write(new Uint8Array(room)), 0, "room left");
			trial.equal(
				thrownBy(() => log.open.write(octets("a"))),
				"would block",
				"thrown",
			);
			yield SETTLE_MS;
			trial.equal(log.names(), "writable", "events while the client takes nothing");
			peer.take?.(100);
			yield SETTLE_MS;
			trial.equal(log.room, 100, "room after it took some");
			peer.take?.(1_000_000);
			yield 500;
			trial.equal(log.room, room, "room after it took all");
			trial.equal(peer.text.length, room, "received");
		},
	},
	{
		// tcpTask: bytesWritable is 1,536 again at each poll, as long as the kernel takes more
		name: "on Linux the room is whole again at the next poll, whatever the client takes",
		only: ["lin"],
		needs: ["stop"],
		*run(trial) {
			const [peer, log] = yield* trial.open();
			peer.stop?.();
			trial.equal(log.open.write(new Uint8Array(1536)), 0, "room left");
			yield SETTLE_MS;
			trial.equal(log.room, 1536, "room at the next poll");
			trial.equal(log.names(), "writable writable", "events");
		},
	},
	{
		// tcpDeliver: readable before writable; lin, reportTrigger: the other way round
		name: "what is told first, when octets and room come together",
		needs: ["atOnce"],
		*run(trial) {
			const [peer, log] = trial.connecting();
			peer.send("abc");
			yield REDELIVERY_MS + SETTLE_MS;
			log.events.length = 0;
			log.open.write(octets("x"));
			peer.send("de");
			trial.bench.busy(10);
			yield SETTLE_MS;
			if (trial.bench.kind === "lin") trial.equal(log.names(), "writable readable", "events");
			else if (log.events.length === 2) trial.equal(log.names(), "readable writable", "events");
		},
	},
	{
		name: "on lwIP the first octets are told before the first room",
		only: LWIP_ALL,
		*run(trial) {
			const log = new Log();
			let pending: Tcp | undefined;
			trial.listen(function () {
				pending = this.read();
			});
			const peer = trial.connect();
			yield SETTLE_MS;
			peer.send("abc");
			yield SETTLE_MS;
			trial.take(pending as Tcp, log);
			yield SETTLE_MS;
			trial.equal(log.names(), "readable writable", "events");
		},
	},
];
