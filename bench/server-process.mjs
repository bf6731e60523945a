// One server in a process of its own. Started by run.mjs with the server's name, the bundle and its options; says on which
// port it listens, and answers each further message with the CPU time it has used, in microseconds.

import { SERVERS } from "./servers.mjs";

const [name, bundle, options] = process.argv.slice(2);
const port = await SERVERS[name](bundle, JSON.parse(options));
process.on("message", () => {
	const { user, system } = process.cpuUsage();
	process.send({ cpuUs: user + system });
});
process.on("disconnect", () => process.exit());
process.send({ port });
