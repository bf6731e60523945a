// The command line of thimble-sim: from arguments and environment to what is wanted, or to a complaint. For cli.ts.

import { parseArgs } from "node:util";
import { HOST_PROFILE, PROFILE_NAMES, PROFILES, type Profile, profileNamed } from "./profiles.js";
import { DEFAULT_ADDRESS, DEFAULT_PORT } from "./run-app.js";

export const USAGE = `Usage: thimble-sim APP [options]
       thimble-sim record APP --case FILE [options]
       thimble-sim replay CASE APP [--svg FILE] [--pcapng FILE] [--text FILE]

Runs APP, a TypeScript or JavaScript file with "export default defineApp({ … })",
and loads it anew when one of its files changes.

  --port PORT        default ${DEFAULT_PORT}, or the environment's PORT; 0: any free port
  --address ADDRESS  default ${DEFAULT_ADDRESS}, which only this machine reaches
  --profile NAME     default ${HOST_PROFILE}; one of ${PROFILE_NAMES.join(", ")}
  --quiet            shows the start, warnings and errors only
  --help             shows this

"record" runs APP, once, and keeps what its clients do as a case.

  --case FILE        where the case goes when the server closes (Ctrl-C)

"replay" does what the clients of CASE did to APP again, in virtual time.

  --svg FILE         what happened as a ladder diagram
  --pcapng FILE      as a capture, which Wireshark opens
  --text FILE        as text, a line for each event

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

/** Serving an app: as it is, or to keep what its clients do. */
export interface ServeArguments {
	readonly command: "run" | "record";
	readonly file: string;
	readonly port: number;
	readonly address: string;
	readonly profile: Profile | null;
	readonly isQuiet: boolean;
	/** Where the case goes; "" when none is kept. */
	readonly caseFile: string;
}

export interface ReplayArguments {
	readonly command: "replay";
	readonly caseFile: string;
	readonly file: string;
	readonly svg: string | undefined;
	readonly pcapng: string | undefined;
	readonly text: string | undefined;
}

const SERVE_OPTIONS = {
	port: { type: "string" },
	address: { type: "string" },
	profile: { type: "string" },
	quiet: { type: "boolean" },
	case: { type: "string" },
} as const;

const REPLAY_OPTIONS = {
	svg: { type: "string" },
	pcapng: { type: "string" },
	text: { type: "string" },
} as const;

const HELP = ["--help", "-h"];

/** Reads the command line; null when it asks for help. Throws ArgumentError, in words for the person who typed it. */
export function readArguments(
	args: readonly string[],
	environment: NodeJS.ProcessEnv,
): ServeArguments | ReplayArguments | null {
	if (args.some((argument) => HELP.includes(argument))) return null;
	const [command, ...rest] = args;
	if (command === "replay") return readReplay(rest);
	return command === "record" ? readServe("record", rest, environment) : readServe("run", args, environment);
}

function readServe(command: "run" | "record", args: readonly string[], environment: NodeJS.ProcessEnv): ServeArguments {
	const { values, positionals } = understood(() =>
		parseArgs({ args: [...args], allowPositionals: true, options: SERVE_OPTIONS }),
	);
	const name = command === "record" ? "thimble-sim record app.ts --case case.json" : "thimble-sim app.ts";
	const [file, ...more] = positionals;
	if (file === undefined) throw new ArgumentError(`which app? Give its file, as in: ${name}`);
	if (more.length > 0) throw new ArgumentError(`one app at a time: ${positionals.join(", ")}`);
	if (command === "record" && !values.case) {
		throw new ArgumentError(`where does the case go? Give a file, as in: ${name}`);
	}
	if (command === "run" && values.case !== undefined) {
		throw new ArgumentError("--case is for recording: thimble-sim record app.ts --case case.json");
	}
	const port =
		values.port !== undefined
			? portNumber(values.port, "--port")
			: portNumber(environment.PORT || String(DEFAULT_PORT), "PORT");
	return {
		command,
		file,
		port,
		address: values.address ?? DEFAULT_ADDRESS,
		profile: profileOf(values.profile ?? HOST_PROFILE),
		isQuiet: values.quiet === true,
		caseFile: values.case ?? "",
	};
}

function readReplay(args: readonly string[]): ReplayArguments {
	const { values, positionals } = understood(() =>
		parseArgs({ args: [...args], allowPositionals: true, options: REPLAY_OPTIONS }),
	);
	const [caseFile, file, ...more] = positionals;
	const example = "as in: thimble-sim replay case.json app.ts";
	if (caseFile === undefined) throw new ArgumentError(`which case, and which app? Give their files, ${example}`);
	if (file === undefined) throw new ArgumentError(`which app? Give its file behind the case, ${example}`);
	if (more.length > 0) throw new ArgumentError(`one case and one app at a time: ${positionals.join(", ")}`);
	return { command: "replay", caseFile, file, svg: values.svg, pcapng: values.pcapng, text: values.text };
}

/** What `parse` returns; what it complains about is the person's, not ours. */
function understood<Result>(parse: () => Result): Result {
	try {
		return parse();
	} catch (error) {
		throw new ArgumentError(error instanceof Error ? error.message : String(error));
	}
}

function profileOf(name: string): Profile | null {
	const profile = profileNamed(name);
	if (profile !== undefined) return profile;
	throw new ArgumentError(`there is no profile "${name}"; there are ${PROFILE_NAMES.join(", ")}`);
}

function portNumber(text: string, from: string): number {
	const port = /^\d{1,5}$/.test(text) ? Number(text) : -1;
	if (port < 0 || port > 65_535) throw new ArgumentError(`${from} must be a number from 0 to 65535, not "${text}"`);
	return port;
}
