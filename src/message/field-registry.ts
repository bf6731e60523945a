// Which fields a server reads, and what each is to it. Built once from the app's definition; the field section matches
// against it and drops every other field, so that somebody else's cookies cost nothing (docs/architecture.md, "Heads").

import { TOKEN_LOWER } from "../octets/classes.js";
import { freeze } from "../octets/freeze.js";
import { NameSet } from "../octets/names.js";

// What a field means to the protocol itself.
export const PLAIN_FIELD = 0;
export const HOST_FIELD = 1;
export const CONTENT_LENGTH_FIELD = 2;
export const TRANSFER_ENCODING_FIELD = 3;
export const CONNECTION_FIELD = 4;
export const EXPECT_FIELD = 5;

const PROTOCOL_FIELDS = freeze({
	connection: CONNECTION_FIELD,
	"content-length": CONTENT_LENGTH_FIELD,
	expect: EXPECT_FIELD,
	host: HOST_FIELD,
	"transfer-encoding": TRANSFER_ENCODING_FIELD,
} as Record<string, number>);

export class FieldRegistry {
	/** All names the server reads, in lower case. */
	readonly names: NameSet;
	/** By index in `names`: what the field means to the protocol. */
	readonly meanings: Uint8Array;
	/** By index in `names`: 1 when the app wants to see the field. */
	readonly kept: Uint8Array;
	/** Whether every field is kept, registered or not. */
	readonly keepsAll: boolean;

	/** `wanted`: field names in any case, or "all". Throws TypeError for what is no field name. */
	constructor(wanted: readonly string[] | "all") {
		const registered = wanted === "all" ? [] : wanted.map(fieldName);
		const names = new NameSet([...new Set([...Object.keys(PROTOCOL_FIELDS), ...registered])]);
		this.names = names;
		this.meanings = new Uint8Array(names.names.length);
		this.kept = new Uint8Array(names.names.length);
		names.names.forEach((name, index) => {
			this.meanings[index] = PROTOCOL_FIELDS[name] ?? PLAIN_FIELD;
			this.kept[index] = registered.includes(name) ? 1 : 0;
		});
		this.keepsAll = wanted === "all";
		Object.freeze(this);
	}
}

/** `name` in lower case. Throws TypeError when it is no token (RFC 9110 §5.1). */
export function fieldName(name: string): string {
	if (name.length === 0) throw new TypeError("a field name is empty");
	for (let index = 0; index < name.length; index += 1) {
		if ((TOKEN_LOWER[name.charCodeAt(index)] ?? 0) === 0) throw new TypeError(`"${name}" is not a field name`);
	}
	return name.toLowerCase();
}
