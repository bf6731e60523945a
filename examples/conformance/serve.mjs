// npm run conformance -- --echo PORT --reflect PORT: serves the two apps of this folder on 127.0.0.1 until Ctrl-C.

import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";

function port(name, value) {
	const number = Number(value);
	if (/^\d+$/.test(value) && number <= 65_535) return number;
	console.error(`--${name} takes a port, 0 to 65535, not "${value}"`);
	process.exit(2);
}

const { values } = parseArgs({
	options: { echo: { type: "string", default: "8081" }, reflect: { type: "string", default: "8082" } },
});
const echoPort = port("echo", values.echo);
const reflectPort = port("reflect", values.reflect);

const bundle = await build({
	entryPoints: [fileURLToPath(new URL("main.ts", import.meta.url))],
	bundle: true,
	write: false,
	format: "esm",
	platform: "node",
	target: "node20",
});
const code = Buffer.from(bundle.outputFiles[0].contents).toString("base64");
const { serve } = await import(`data:text/javascript;base64,${code}`);

try {
	const servers = await serve(echoPort, reflectPort);
	const [echo, reflect] = servers;
	console.log(`echo on http://127.0.0.1:${echo.port}/, reflect on http://127.0.0.1:${reflect.port}/ (Ctrl-C ends it)`);
	for (const signal of ["SIGINT", "SIGTERM"]) {
		process.once(signal, async () => {
			await Promise.all(servers.map((server) => server.close()));
			process.exit(0);
		});
	}
} catch (error) {
	console.error(`Cannot listen: ${error.message}`);
	process.exit(1);
}
