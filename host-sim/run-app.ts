// Runs an app file: loads it, serves it on a port under a board's profile, and loads it anew when it changes. The new app
// takes over the port; what the old one has begun, it finishes. For the command line, and for programs that want a server
// of an app file.

import { setTimeout as sleep } from "node:timers/promises";
import type { App } from "../src/app/app.js";
import { IDLE } from "../src/connection/states.js";
import { memoryCost } from "../src/server/memory.js";
import { Server } from "../src/server/server.js";
import { BoardPlatform } from "./board-platform.js";
import { BoardPort, type SocketObserver } from "./board-port.js";
import { ConnectionLog } from "./connection-log.js";
import { AppError, type Bundle, bundleApp, runBundle } from "./load-app.js";
import { type Log, SILENT_LOG } from "./log.js";
import { observedApp } from "./observed-app.js";
import type { Profile } from "./profiles.js";
import { boardWarnings, memoryTable, profileText } from "./start-table.js";
import { FileWatch } from "./watch.js";

export interface RunOptions {
	/** The app's file: TypeScript or JavaScript with `export default defineApp(…)`. */
	readonly file: string;
	/** Default 8080; 0 lets the system choose. */
	readonly port?: number;
	/** Default 127.0.0.1. */
	readonly address?: string;
	/** The board to hold the app to; null, the default, for this machine as it is. */
	readonly profile?: Profile | null;
	/** Default: nothing is shown. */
	readonly log?: Log;
	/** Whether the app is loaded anew when one of its files changes. Default false. */
	readonly isWatching?: boolean;
	/** Sees each client's socket. Default: nobody does. */
	readonly sockets?: SocketObserver;
}

/** How long clients of a replaced app that have connected, and not asked yet, have for it, in milliseconds. */
const JUST_CONNECTED_MS = 250;

export const DEFAULT_PORT = 8080;
export const DEFAULT_ADDRESS = "127.0.0.1";

/** An app that runs. */
export class RunningApp {
	readonly #options: RunOptions;
	readonly #log: Log;
	readonly #profile: Profile | null;
	readonly #connections: ConnectionLog;
	readonly #port: BoardPort;
	readonly #watch: FileWatch | null;
	/** The server that clients get, and before it those that still finish something. */
	readonly #servers: Server[] = [];
	#code = "";
	#reloading: Promise<void> = Promise.resolve();
	#isClosing = false;

	/** For `runApp`. */
	constructor(options: RunOptions) {
		this.#options = options;
		this.#log = options.log ?? SILENT_LOG;
		this.#profile = options.profile ?? null;
		this.#connections = new ConnectionLog(this.#log);
		this.#port = new BoardPort(this.#profile, this.#connections, options.sockets ?? null);
		this.#watch = options.isWatching === true ? new FileWatch(() => this.#reloadSoon()) : null;
	}

	/** The server that answers new clients. */
	get server(): Server {
		return this.#servers.at(-1) as Server;
	}

	get port(): number {
		return this.server.port;
	}

	get url(): string {
		const address = this.#options.address ?? DEFAULT_ADDRESS;
		return `http://${address.includes(":") ? `[${address}]` : address}:${this.port}/`;
	}

	/** How many connections are open, those of apps that were replaced included. */
	get connectionCount(): number {
		return this.#servers.reduce((sum, server) => sum + server.connectionCount, 0);
	}

	/** For `runApp`. */
	async start(): Promise<void> {
		const { file } = this.#options;
		const bundle = await bundleApp(file);
		const app = await runBundle(file, bundle);
		await this.#serve(app);
		this.#loaded(bundle);
		const log = this.#log;
		log.plain(`${file} on ${log.colour(this.url, "cyan")}`);
		this.#introduce(app);
	}

	#introduce(app: App): void {
		const log = this.#log;
		const cost = memoryCost(app.limits, app.registry.keepsAny);
		if (!log.isQuiet) {
			log.plain(`profile ${profileText(this.#profile, app.limits)}`);
			log.plain("memory that listen allocates:");
			for (const line of memoryTable(app.limits, cost, this.#profile)) log.plain(line);
		}
		for (const warning of boardWarnings(app.limits, cost, this.#profile)) log.warning(warning);
	}

	#loaded(bundle: Bundle): void {
		this.#code = bundle.code;
		this.#watch?.add(bundle.files);
	}

	/** Makes the app's server the one that new clients get. Rejected when the port cannot be opened. */
	#serve(app: App): Promise<void> {
		const { port = DEFAULT_PORT, address = DEFAULT_ADDRESS } = this.#options;
		return new Promise((resolve, reject) => {
			const platform = new BoardPlatform(this.#profile, app.limits.connections, this.#port);
			const server = new Server(observedApp(app, this.#log), platform, {
				port,
				address,
				observer: this.#connections,
				onListening: () => resolve(),
				onListenerError: (error) => reject(error),
			});
			this.#connections.follow(server);
			this.#servers.push(server);
			server.reopen();
		});
	}

	#reloadSoon(): void {
		this.#reloading = this.#reloading.then(() => this.#reload());
	}

	async #reload(): Promise<void> {
		const { file } = this.#options;
		const log = this.#log;
		if (this.#isClosing) return;
		try {
			const bundle = await bundleApp(file);
			if (bundle.code === this.#code) return;
			this.#loaded(bundle);
			const app = await runBundle(file, bundle);
			if (this.#isClosing) return;
			const old = this.server;
			await this.#serve(app);
			const busy = old.connectionCount;
			void this.#retire(old);
			log.notice(`${file} has changed: the new app answers now${busy > 0 ? `; the old one finishes` : ""}`);
			this.#introduce(app);
		} catch (error) {
			if (error instanceof AppError) this.#watch?.add(error.files);
			log.error(`${error instanceof Error ? error.message : String(error)}\nThe app that runs goes on.`);
		}
	}

	/** Lets a server that was replaced finish: who is idle goes at once; who has only just connected is heard first. */
	async #retire(old: Server): Promise<void> {
		for (const slot of old.slots) if (slot.connection.phase === IDLE) slot.closeIfIdle();
		await sleep(JUST_CONNECTED_MS, undefined, { ref: false });
		await old.close();
		this.#servers.splice(this.#servers.indexOf(old), 1);
	}

	/** Closes in good order: responses in flight finish, within `limits.shutdownTimeoutMs`. */
	async close(): Promise<void> {
		this.#isClosing = true;
		this.#watch?.close();
		await Promise.all(this.#servers.map((server) => server.close()));
	}

	/** Cuts everything off. */
	abort(): void {
		this.#isClosing = true;
		this.#watch?.close();
		for (const server of [...this.#servers]) server.abort();
	}
}

/**
 * Runs an app file. Fulfilled when it listens. Rejected with AppError when the file holds no app that can be run, and with
 * the system's error when the port cannot be opened.
 */
export async function runApp(options: RunOptions): Promise<RunningApp> {
	const running = new RunningApp(options);
	try {
		await running.start();
	} catch (error) {
		running.abort();
		throw error;
	}
	return running;
}
