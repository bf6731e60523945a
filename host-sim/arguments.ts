// The command line of thimble-sim: from arguments and environment to what is wanted, or to a complaint. For cli.ts.

import { parseArgs } from "node:util";
import { HOST_PROFILE, PROFILE_NAMES, PROFILES, type Profile, profileNamed } from "./profiles.js";
import { DEFAULT_ADDRESS, DEFAULT_PORT } from "./run-app.js";

export const USAGE = `Usage: thimble-sim APP [options]

Runs APP, a TypeScript or JavaScript file with "export default defineApp({ … })",
and loads it anew when one of its files changes.

  --port PORT        default ${DEFAULT_PORT}, or the environment's PORT; 0: any free port
  --address ADDRESS  default ${DEFAULT_ADDRESS}, which only this machine reaches
  --profile NAME     default ${HOST_PROFILE}; one of ${PROFILE_NAMES.join(", ")}
  --quiet            shows the start, warnings and errors only
  --help             shows this

Profiles:
  ${HOST_PROFILE.padEnd(8)} this machine as it is
${Object.values(PROFILES)
	.map(({ name, title }) => `  ${name.padEnd(8)} ${title}`)
	.join("\n")}
`;

/** What is wrong with the command line. */
export class ArgumentError extends Error {
	override readonly name = "ArgumentError";
}

export interface Arguments {
	readonly file: string;
	readonly port: number;
	readonly address: string;
	readonly profile: Profile | null;
	readonly isQuiet: boolean;
}

/** Reads the command line; null when it asks for help. Throws ArgumentError, in words for the person who typed it. */
export function readArguments(args: readonly string[], environment: NodeJS.ProcessEnv): Arguments | null {
	const { values, positionals } = parse(args);
	if (values.help === true) return null;
	const [file, ...more] = positionals;
	if (file === undefined) throw new ArgumentError("which app? Give its file, as in: thimble-sim app.ts");
	if (more.length > 0) throw new ArgumentError(`one app at a time: ${[file, ...more].join(", ")}`);
	const name = values.profile ?? HOST_PROFILE;
	const profile = profileNamed(name);
	if (profile === undefined) {
		throw new ArgumentError(`there is no profile "${name}"; there are ${PROFILE_NAMES.join(", ")}`);
	}
	const port =
		values.port !== undefined
			? portNumber(values.port, "--port")
			: portNumber(environment.PORT || String(DEFAULT_PORT), "PORT");
	return { file, port, address: values.address ?? DEFAULT_ADDRESS, profile, isQuiet: values.quiet === true };
}

function parse(args: readonly string[]) {
	try {
		return parseArgs({
			args: [...args],
			allowPositionals: true,
			options: {
				port: { type: "string" },
				address: { type: "string" },
				profile: { type: "string" },
				quiet: { type: "boolean" },
				help: { type: "boolean", short: "h" },
			},
		});
	} catch (error) {
		throw new ArgumentError(error instanceof Error ? error.message : String(error));
	}
}

function portNumber(text: string, from: string): number {
	const port = /^\d{1,5}$/.test(text) ? Number(text) : -1;
	if (port < 0 || port > 65_535) throw new ArgumentError(`${from} must be a number from 0 to 65535, not "${text}"`);
	return port;
}
