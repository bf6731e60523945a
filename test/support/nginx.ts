// nginx in front of a server, in a folder of its own. For tests.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Server } from "../../src/server/server.js";
import { freePort, RawClient } from "./net.js";

/** How many idle connections nginx keeps to the server. */
export const KEPT = 4;

/** What a test adds to the configuration. */
export interface NginxOptions {
	/** Of the http block; `{prefix}` is nginx's folder. */
	readonly http?: string;
	/** Of the server. */
	readonly locations: string;
}

function configuration(prefix: string, port: number, upstreamPort: number, options: NginxOptions): string {
	const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
	return `
daemon off;
master_process off;
pid ${prefix}/nginx.pid;
error_log stderr error;
events { worker_connections 256; }
http {
	access_log off;
	${temporary.map((name) => `${name}_temp_path ${prefix}/${name};`).join("\n\t")}
	${(options.http ?? "").replaceAll("{prefix}", prefix)}
	upstream thimble { server 127.0.0.1:${upstreamPort}; keepalive ${KEPT}; }
	server {
		listen 127.0.0.1:${port};
		client_max_body_size 2m;
		proxy_http_version 1.1;
		proxy_set_header Connection "";
		${options.locations}
	}
}`;
}

/** Runs nginx in front of `server`, its upstream "thimble", while `use` runs. */
export async function proxied(
	nginx: string,
	server: Server,
	options: NginxOptions,
	use: (origin: string) => Promise<void>,
): Promise<void> {
	const prefix = mkdtempSync(join(tmpdir(), "thimble-nginx-"));
	mkdirSync(join(prefix, "logs"));
	const port = await freePort();
	const file = join(prefix, "nginx.conf");
	writeFileSync(file, configuration(prefix, port, server.port, options));
	const child = spawn(nginx, ["-p", prefix, "-c", file], { stdio: ["ignore", "ignore", "inherit"] });
	try {
		await isOpen(child, port);
		await use(`http://127.0.0.1:${port}`);
	} finally {
		if (child.exitCode === null) {
			child.kill("SIGKILL");
			await once(child, "exit");
		}
		rmSync(prefix, { recursive: true, force: true });
	}
}

async function isOpen(child: ChildProcess, port: number): Promise<void> {
	for (let attempt = 0; attempt < 100; attempt += 1) {
		if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}; its message is above`);
		const client = await RawClient.connected(port);
		const isConnected = !client.hasEnded && client.socket.readyState === "open";
		client.close();
		if (isConnected) return;
		await sleep(50);
	}
	throw new Error("nginx did not open its port");
}
