// Rules of the contract: what comes before a connection is accepted, or taken over. For contract.ts.

import type { Peer, Tcp } from "./contract-bench.js";
import { Log, LWIP_ALL, REDELIVERY_MS, type Rule, SETTLE_MS, thrownBy } from "./contract-trial.js";

export const WAITING_RULES: readonly Rule[] = [
	{
		// listenerReceive answers ERR_MEM; tcp_fasttmr offers it again
		name: "on lwIP octets that came before the connection was read come up to 250 ms late",
		only: LWIP_ALL,
		*run(trial) {
			const [peer, takeOver] = yield* trial.waiting();
			peer.send("abc");
			yield SETTLE_MS;
			const log = takeOver();
			yield 0;
			trial.isTrue(!log.names().includes("readable"), "not told at once");
			yield REDELIVERY_MS;
			trial.equal(log.events[log.events.length - 1], "readable 3", "told by the timer");
			trial.equal(log.read(3), "abc", "octets");
		},
	},
	{
		name: "on lwIP what follows brings with it what came too early",
		only: LWIP_ALL,
		*run(trial) {
			const [peer, takeOver] = yield* trial.waiting();
			peer.send("abc");
			yield REDELIVERY_MS;
			const log = takeOver();
			peer.send("de");
			// Sooner than the timer, but for an unlucky moment.
			yield 15;
			trial.equal(log.available, 5, "octets told of");
			trial.equal(log.read(5), "abcde", "octets, in order");
		},
	},
	{
		// listenerReceive forgets a FIN
		name: "on lwIP a client that closes before its connection was read is never told of",
		only: LWIP_ALL,
		*run(trial) {
			const [peer, takeOver] = yield* trial.waiting();
			peer.close();
			yield SETTLE_MS;
			const log = takeOver();
			yield 2000;
			trial.equal(log.names(), "writable", "events");
		},
	},
	{
		// the FIN waits behind the octets that were refused (tcp_process_refused_data)
		name: "on lwIP a client that sends and closes before its connection was read is heard",
		only: LWIP_ALL,
		*run(trial) {
			const [peer, takeOver] = yield* trial.waiting();
			peer.send("abc");
			peer.close();
			yield SETTLE_MS;
			const log = new Log();
			log.inReadable = () => log.read(3);
			takeOver(log);
			yield REDELIVERY_MS + SETTLE_MS;
			trial.equal(log.events[log.events.length - 1], "error", "the last event");
			trial.isTrue(log.names().includes("readable"), "octets were told of");
		},
	},
	{
		name: "on Linux the kernel keeps what came before the connection was read",
		only: ["lin"],
		*run(trial) {
			const [peer, log] = trial.connecting();
			log.inReadable = () => log.read(log.available);
			peer.send("abc");
			peer.close();
			yield SETTLE_MS + SETTLE_MS;
			trial.equal(log.names(), "writable readable error", "events");
		},
	},
	{
		// xs_tcp_constructor: "invalid from"
		name: "a connection that was reset after it was read cannot be taken over",
		only: ["lwip"],
		needs: ["reset"],
		*run(trial) {
			let thrown = "";
			let peer: Peer | null = null;
			trial.listen(function () {
				const from = this.read() as Tcp;
				peer?.reset?.();
				trial.bench.busy(20);
				thrown = thrownBy(() => trial.take(from));
				from.close();
			});
			peer = trial.connect();
			yield SETTLE_MS;
			trial.equal(thrown, "invalid from", "thrown");
		},
	},
	{
		name: "on Linux a connection that was reset after it was read can be taken over, and fails",
		only: ["lin"],
		needs: ["reset"],
		*run(trial) {
			const log = new Log();
			let peer: Peer | null = null;
			trial.listen(function () {
				const from = this.read() as Tcp;
				peer?.reset?.();
				trial.bench.busy(20);
				trial.take(from, log);
			});
			peer = trial.connect();
			yield SETTLE_MS;
			trial.equal(log.events[log.events.length - 1], "error", "the last event");
		},
	},
];
