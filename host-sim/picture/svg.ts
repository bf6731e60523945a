// Scalable Vector Graphics as text: elements, attributes, and what has to be escaped. For the ladder.

/** What an attribute may be. Undefined ones are left out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** An element with what stands in it, as markup. */
export function element(name: string, attributes: Attributes, content = ""): string {
	let text = `<${name}`;
	for (const key of Object.keys(attributes)) {
		const value = attributes[key];
		if (value === undefined) continue;
		text += ` ${key}="${typeof value === "number" ? number(value) : markup(value)}"`;
	}
	return content === "" ? `${text}/>` : `${text}>${content}</${name}>`;
}

/** A coordinate, to the tenth: finer nobody sees, and the file stays small. */
export function number(value: number): string {
	return String(Math.round(value * 10) / 10);
}

/** Any text as character data. What XML 1.0 cannot hold becomes U+FFFD. */
export function markup(text: string): string {
	let safe = "";
	for (const character of text) {
		const code = character.codePointAt(0) as number;
		if (character === "&") safe += "&amp;";
		else if (character === "<") safe += "&lt;";
		else if (character === ">") safe += "&gt;";
		else if (character === '"') safe += "&quot;";
		else safe += isCharacter(code) ? character : "\ufffd";
	}
	return safe;
}

/** XML 1.0, production 2. */
function isCharacter(code: number): boolean {
	if (code < 0x20) return code === 0x09 || code === 0x0a || code === 0x0d;
	return code < 0xd800 || (code > 0xdfff && code !== 0xfffe && code !== 0xffff);
}
