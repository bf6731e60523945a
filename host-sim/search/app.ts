// The app that is searched: its routes are made once, and play on whatever stage is set. For the play.

import { type App, defineApp } from "../../src/app/app.js";
import type { Request } from "../../src/app/request.js";
import type { Limits } from "../../src/limits.js";
import { routesOn, type Sighting, type Stage } from "./behaviours.js";
import type { Plan } from "./plan.js";

const KEPT: Readonly<Record<Plan["keeps"], readonly string[] | "all">> = {
	all: "all",
	some: ["Host", "X-Keep", "Cookie"],
	none: [],
};

/** A stage that is set anew for each plan. */
export class SearchedApp implements Stage {
	stage: Stage | null = null;
	readonly #routes = routesOn(this);

	/** The app of a plan. */
	app(limits: Partial<Limits>, keeps: Plan["keeps"]): App {
		return defineApp({ routes: this.#routes, limits, fields: KEPT[keeps] });
	}

	private get live(): Stage {
		if (this.stage === null) throw new Error("no plan is played");
		return this.stage;
	}

	seen(request: Request): Sighting {
		return this.live.seen(request);
	}

	content(sighting: Sighting, buffer: Uint8Array, count: number): void {
		this.live.content(sighting, buffer, count);
	}

	complete(sighting: Sighting): void {
		this.live.complete(sighting);
	}

	ended(sighting: Sighting | undefined, isFailed: boolean): void {
		this.live.ended(sighting, isFailed);
	}

	later(delayMs: number, task: () => void): void {
		this.live.later(delayMs, task);
	}

	wrong(what: string): void {
		this.live.wrong(what);
	}

	late(): void {
		this.live.late();
	}
}
