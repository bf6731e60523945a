// Runs a case against an app. For `thimble-sim replay`, for tests, for the search.

import type { App } from "../../src/app/app.js";
import type { SimClient } from "../virtual/client.js";
import { type Simulation, simulate } from "../virtual/simulation.js";
import type { Case, CaseStep } from "./case.js";
import { contentOctets } from "./case-content.js";

/**
 * Plays a case to its end, in virtual time, promises of the app included. The simulation that it returns has not ended: it
 * can be looked at, and advanced. What a client can do no more, since its connection is over, it does not, and the trace
 * has a remark of it.
 */
export async function playCase(app: App, { profile, seed, conditions, steps }: Case): Promise<Simulation> {
	const sim = simulate(app, { ...conditions, profile, seed });
	for (const step of steps) {
		if (step.do === "advance") await sim.advanceAsync(step.ms);
		else if ("client" in step) clientStep(sim, step);
		else boardStep(sim, step);
	}
	return sim;
}

type ClientStep = Extract<CaseStep, { readonly client: number }>;
type BoardStep = Exclude<CaseStep, ClientStep>;

function clientStep(sim: Simulation, step: ClientStep): void {
	if (step.do === "connect") {
		sim.connect(step.address === undefined ? {} : { address: step.address });
		return;
	}
	const client = sim.clients[step.client - 1] as SimClient;
	if (isOver(client)) {
		sim.remark(`the client would ${step.do}; its connection is over`, step.client);
		return;
	}
	switch (step.do) {
		case "send":
			client.send(contentOctets(step.octets), step);
			return;
		case "trickle":
			client.trickle(contentOctets(step.octets), step);
			return;
		case "stall":
			sim.remark("the client stops reading", step.client);
			client.stall(step.length);
			return;
		case "readSlowly":
			sim.remark(`the client reads ${step.length} octets every ${step.intervalMs} ms`, step.client);
			client.readSlowly(step);
			return;
		case "resume":
			sim.remark("the client reads on", step.client);
			client.resume();
			return;
		case "end":
			client.end();
			return;
		case "close":
			client.close();
			return;
		case "reset":
			client.reset();
			return;
		case "resetAt":
			client.resetAt(step);
	}
}

/** Whether there is nothing left that a client could do. One whose server has closed may still send. */
function isOver(client: SimClient): boolean {
	return client.closed !== null && client.closed !== "ended";
}

function boardStep(sim: Simulation, step: BoardStep): void {
	switch (step.do) {
		case "busy":
			sim.stall(step.ms);
			return;
		case "loseNetwork":
			sim.loseNetwork(step.outage);
			return;
		case "restoreNetwork":
			sim.restoreNetwork();
			return;
		case "reboot":
			sim.reboot(step.bootMs);
			return;
		case "jumpTicks":
			sim.jumpTicks(step.ms);
			return;
		case "setDate":
			sim.setDate(step.epochMs);
	}
}
