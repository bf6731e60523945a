// The app that is searched: its routes are made once, and play on whatever stage is set. For the play.

import { type App, defineApp } from "../../src/app/app.js";
import type { Request } from "../../src/app/request.js";
import { connectionLimits } from "../../src/connection/waits.js";
import { completeLimits, headOptions, type Limits } from "../../src/limits.js";
import { BufferShelf } from "../virtual/buffer-shelf.js";
import type { Sighting, Stage } from "./behaviour.js";
import { routesOn } from "./behaviours.js";
import type { Plan } from "./plan.js";

const KEPT: Readonly<Record<Plan["keeps"], readonly string[] | "all">> = {
	all: "all",
	some: ["Host", "X-Keep", "Cookie"],
	none: [],
};

/** With less, some answer of the app would not fit. */
const SMALLEST: Partial<Limits> = { sendLength: 600 };

/** A stage that is set anew for each plan. */
export class SearchedApp implements Stage {
	stage: Stage | null = null;
	/** The buffers of each plan's board. */
	readonly shelf = new BufferShelf();
	readonly #apps: Readonly<Record<Plan["keeps"], App>>;
	/** The last plan's app, and what it was made of: most plans are played once more. */
	#last: { readonly given: Partial<Limits>; readonly keeps: Plan["keeps"]; readonly app: App } | null = null;

	constructor() {
		const routes = routesOn(this);
		const define = (keeps: Plan["keeps"]) => defineApp({ routes, limits: SMALLEST, fields: KEPT[keeps] });
		this.#apps = { all: define("all"), some: define("some"), none: define("none") };
	}

	/** The app of a plan: one of three, with its limits. What `defineApp` checks, holds for all of them. */
	app(given: Partial<Limits>, keeps: Plan["keeps"]): App {
		if (this.#last?.given === given && this.#last.keeps === keeps) return this.#last.app;
		const limits = completeLimits(given);
		const app = {
			...this.#apps[keeps],
			limits,
			headOptions: headOptions(limits, false, false),
			// A copy, since V8 compiles no look into an array that is frozen.
			connectionLimits: connectionLimits(limits).slice(),
		};
		this.#last = { given, keeps, app };
		return app;
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
