// Reads the corpus (test/corpus/README.md) into cases. For everything that runs it: no platform is named here, the text
// of a file comes from the caller.

/** What a case asks of the server beside its defaults. */
export interface CaseOptions {
	readonly limits?: Readonly<Record<string, number>>;
	readonly fields?: readonly string[];
	readonly fin?: boolean;
	readonly trustedGateway?: boolean;
	readonly targetCharacters?: "rfc3986" | "visible";
}

/** One case. Octets are strings of one character for each. */
export interface CorpusCase {
	readonly file: string;
	readonly section: string;
	readonly name: string;
	/** The line of its heading in the file. */
	readonly line: number;
	/** The paragraphs that say why. */
	readonly why: string;
	readonly options: CaseOptions;
	readonly octets: string;
	readonly expected: readonly string[];
}

const OPTION_NAMES = ["limits", "fields", "fin", "trustedGateway", "targetCharacters"];

const ESCAPES: Readonly<Record<string, string>> = Object.freeze({ r: "\r", n: "\n", t: "\t", "0": "\0", "\\": "\\" });

/** Reads the cases of one file. Throws Error, naming file and line, for what the format does not know. */
export function parseCorpus(file: string, text: string): CorpusCase[] {
	return new Parser(file, text.split("\n")).parse();
}

class Parser {
	readonly #file: string;
	readonly #lines: readonly string[];
	readonly #cases: CorpusCase[] = [];
	#index = 0;
	#section = "";

	constructor(file: string, lines: readonly string[]) {
		this.#file = file;
		this.#lines = lines;
	}

	parse(): CorpusCase[] {
		while (this.#index < this.#lines.length) {
			const line = this.#lines[this.#index] as string;
			if (line.startsWith("## ")) this.#section = line.slice(3).trim();
			if (line.startsWith("### ")) this.#cases.push(this.#case(line.slice(4).trim()));
			else if (line.startsWith("```")) this.#fail("a block outside a case");
			else this.#index += 1;
		}
		return this.#cases;
	}

	#fail(what: string): never {
		throw new Error(`${this.#file}:${this.#index + 1}: ${what}`);
	}

	#case(name: string): CorpusCase {
		const line = this.#index + 1;
		const why: string[] = [];
		const blocks = new Map<string, readonly string[]>();
		this.#index += 1;
		while (this.#index < this.#lines.length && !/^###? /.test(this.#lines[this.#index] as string)) {
			const text = this.#lines[this.#index] as string;
			this.#index += 1;
			if (!text.startsWith("```")) {
				if (text !== "") why.push(text);
				continue;
			}
			const kind = text.slice(3);
			if (!["options", "request", "expect"].includes(kind)) this.#fail(`a block of kind "${kind}"`);
			if (blocks.has(kind)) this.#fail(`a second ${kind} block`);
			blocks.set(kind, this.#block());
		}
		const request = blocks.get("request") ?? this.#fail(`"${name}" has no request block`);
		const expect = blocks.get("expect") ?? this.#fail(`"${name}" has no expect block`);
		const octets = requestOctets(request);
		if (/[\u0100-\uffff]/.test(octets)) this.#fail(`"${name}" holds a character that is no octet`);
		return {
			file: this.#file,
			section: this.#section,
			name,
			line,
			why: why.join(" "),
			options: this.#options(blocks.get("options") ?? []),
			octets,
			expected: expect.map(expand),
		};
	}

	#block(): readonly string[] {
		const start = this.#index;
		while (this.#index < this.#lines.length && this.#lines[this.#index] !== "```") this.#index += 1;
		if (this.#index === this.#lines.length) this.#fail("the block is not closed");
		this.#index += 1;
		return this.#lines.slice(start, this.#index - 1);
	}

	#options(lines: readonly string[]): CaseOptions {
		const text = lines.join("\n");
		if (text.trim() === "") return {};
		const options = JSON.parse(text) as CaseOptions;
		for (const name of Object.keys(options)) {
			if (!OPTION_NAMES.includes(name)) this.#fail(`an option named "${name}"`);
		}
		return options;
	}
}

/** The octets of a request block: every line with CRLF, but where a single backslash ends it. */
function requestOctets(lines: readonly string[]): string {
	let octets = "";
	for (const line of lines) {
		const isOpen = ((/\\+$/.exec(line)?.[0].length ?? 0) & 1) === 1;
		octets += isOpen ? expand(line.slice(0, -1)) : `${expand(line)}\r\n`;
	}
	return octets;
}

/** Expands escapes and repetitions: `\r \n \t \0 \\ \xHH {text*N}`. Braces around anything else stand for themselves. */
export function expand(line: string): string {
	return line.replace(
		/\{([^{}]*)\*(\d+)\}|\\(x[0-9A-Fa-f]{2}|.)/g,
		(_, unit: string | undefined, count: string | undefined, code: string) =>
			unit === undefined ? octetOf(code) : expand(unit).repeat(Number(count)),
	);
}

function octetOf(code: string): string {
	if (code.length === 3) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
	const octet = ESCAPES[code];
	if (octet === undefined) throw new Error(`there is no escape \\${code}`);
	return octet;
}

/** Writes octets as the corpus writes them, for messages; what is long is shortened. */
export function escapeOctets(octets: string, lengthMax = 400): string {
	const text = octets.replace(/[^\x20-\x7e]|\\/g, (octet) => {
		const name = Object.entries(ESCAPES).find(([, value]) => value === octet)?.[0];
		return name === undefined ? `\\x${octet.charCodeAt(0).toString(16).padStart(2, "0").toUpperCase()}` : `\\${name}`;
	});
	return text.length <= lengthMax ? text : `${text.slice(0, lengthMax)}… (${octets.length} octets)`;
}
