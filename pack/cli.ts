// thimble-pack, the command. Runs when it is imported; nothing imports it.

import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { declarationText, manifestText, moduleText } from "./module.js";
import { PackError, type PackedFile, type PackedFolder, packFolder } from "./pack.js";

const USAGE = `Usage: thimble-pack FOLDER -o OUT [options]

Packs the files in FOLDER into OUT/index.js, a module for thimble-http/resources:

  import { resources } from "thimble-http/resources";
  import site from "./OUT/index.js";
  export default defineApp({ routes: { ...resources(site) } });

Firmware includes OUT/manifest.json; then the files lie in flash, and the module
is named as the folder OUT is.

  -o, --output OUT     where to write; made if it is not there
  --immutable REGEXP   paths of files that never change; default: names that end
                       in a hash, as app-3f9a41c2.js
  --no-gzip            keeps files as they are only
  --quiet              says nothing unless something is wrong
  --help               shows this

Last-Modified is each file's; SOURCE_DATE_EPOCH sets it for all.
`;

const EXIT_FAILED = 1;
const EXIT_MISUSED = 2;
const NUMBER = new Intl.NumberFormat("en-US");

class ArgumentError extends Error {}

interface Arguments {
	readonly folder: string;
	readonly output: string;
	readonly immutable: RegExp | undefined;
	readonly compresses: boolean;
	readonly isQuiet: boolean;
}

function readArguments(args: readonly string[]): Arguments | null {
	const { values, positionals } = parse(args);
	if (values.help === true) return null;
	const [folder, ...more] = positionals;
	if (folder === undefined) throw new ArgumentError("which folder? As in: thimble-pack public -o build/resources");
	if (more.length > 0) throw new ArgumentError(`one folder at a time: ${[folder, ...more].join(", ")}`);
	if (values.output === undefined)
		throw new ArgumentError(`where to? As in: thimble-pack ${folder} -o build/resources`);
	return {
		folder,
		output: values.output,
		immutable: values.immutable === undefined ? undefined : regularExpression(values.immutable),
		compresses: values["no-gzip"] !== true,
		isQuiet: values.quiet === true,
	};
}

function parse(args: readonly string[]) {
	try {
		return parseArgs({
			args: [...args],
			allowPositionals: true,
			options: {
				output: { type: "string", short: "o" },
				immutable: { type: "string" },
				"no-gzip": { type: "boolean" },
				quiet: { type: "boolean" },
				help: { type: "boolean" },
			},
		});
	} catch (error) {
		throw new ArgumentError((error as Error).message);
	}
}

function regularExpression(text: string): RegExp {
	try {
		return new RegExp(text);
	} catch (error) {
		throw new ArgumentError((error as Error).message);
	}
}

function lineOf(file: PackedFile, width: number): string {
	const { path, length, gzipLength, isImmutable, isTypeUnknown } = file;
	const sizes = `${NUMBER.format(length).padStart(11)}${gzipLength === null ? "" : ` → ${NUMBER.format(gzipLength)}`}`;
	const notes = [isImmutable ? "never changes" : "", isTypeUnknown ? "of unknown type" : ""].filter(
		(one) => one !== "",
	);
	return `  ${path.padEnd(width)}${sizes.padEnd(24)}${notes.join(", ")}`.trimEnd();
}

function report({ files, leftOut }: PackedFolder, output: string): string {
	const width = Math.max(...files.map(({ path }) => path.length));
	const sum = files.reduce((octets, { length, gzipLength }) => octets + length + (gzipLength ?? 0), 0);
	return [
		...files.map((file) => lineOf(file, width)),
		...(leftOut.length > 0 ? [`left out, since they begin with a dot: ${leftOut.join(", ")}`] : []),
		`${files.length} ${files.length === 1 ? "file" : "files"}, ${NUMBER.format(sum)} octets, in ${join(output, "index.js")}`,
		"",
	].join("\n");
}

function main(): void {
	const wanted = readArguments(process.argv.slice(2));
	if (wanted === null) return void process.stdout.write(USAGE);
	const { folder, output, immutable, compresses, isQuiet } = wanted;
	const isImmutable = immutable === undefined ? {} : { isImmutable: (path: string) => immutable.test(path) };
	const packed = packFolder(folder, { compresses, ...isImmutable });
	try {
		mkdirSync(output, { recursive: true });
		writeFileSync(join(output, "index.js"), moduleText(packed));
		writeFileSync(join(output, "index.d.ts"), declarationText());
		writeFileSync(join(output, "manifest.json"), manifestText(basename(resolve(output))));
	} catch (error) {
		throw new PackError(`${output} cannot be written: ${(error as Error).message}`);
	}
	if (!isQuiet) process.stdout.write(report(packed, output));
}

try {
	main();
} catch (error) {
	if (!(error instanceof ArgumentError || error instanceof PackError)) throw error;
	process.stderr.write(`thimble-pack: ${error.message}\n`);
	if (error instanceof ArgumentError) process.stderr.write("thimble-pack --help says more\n");
	process.exitCode = error instanceof ArgumentError ? EXIT_MISUSED : EXIT_FAILED;
}
