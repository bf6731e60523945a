// Which fields a server reads, and what each is to it. Built once from the app's definition; the field section matches
// against it and drops every other field, so that somebody else's cookies cost nothing (docs/architecture.md, "Heads").

import { COLON } from "../octets/ascii.js";
import { TOKEN_LOWER } from "../octets/classes.js";
import { freeze } from "../octets/freeze.js";
import { NameWords } from "../octets/name-words.js";
import { NameSet } from "../octets/names.js";

// What a field means to the protocol itself.
export const PLAIN_FIELD = 0;
export const HOST_FIELD = 1;
export const CONTENT_LENGTH_FIELD = 2;
export const TRANSFER_ENCODING_FIELD = 3;
export const CONNECTION_FIELD = 4;
export const EXPECT_FIELD = 5;

// What is to be done with the value of a field in a head or, where the protocol's own mean nothing, in a trailer section.
/** Nobody reads it: it is checked and dropped. */
export const ROLE_DROPPED = 0;
/** It is kept for the app and means nothing to the protocol. */
export const ROLE_KEPT = 1;
export const ROLE_HOST = 2;
export const ROLE_CONNECTION = 3;
/** It means something else to the protocol, or more than one of these holds. */
export const ROLE_OTHER = 4;

const PROTOCOL_FIELDS = freeze({
	connection: CONNECTION_FIELD,
	"content-length": CONTENT_LENGTH_FIELD,
	expect: EXPECT_FIELD,
	host: HOST_FIELD,
	"transfer-encoding": TRANSFER_ENCODING_FIELD,
} as Record<string, number>);

/**
 * What ordinary clients and proxies send beside, as they spell it. Names that are known are told apart four octets at a
 * time, others octet by octet: this list costs flash, and saves time.
 */
const COMMON_FIELDS: readonly string[] = freeze([
	"Accept",
	"Accept-Encoding",
	"Accept-Language",
	"Authorization",
	"Cache-Control",
	"Content-Type",
	"Cookie",
	"DNT",
	"Forwarded",
	"If-Modified-Since",
	"If-None-Match",
	"Keep-Alive",
	"Origin",
	"Pragma",
	"Priority",
	"Range",
	"Referer",
	"Sec-CH-UA",
	"Sec-CH-UA-Mobile",
	"Sec-CH-UA-Platform",
	"Sec-Fetch-Dest",
	"Sec-Fetch-Mode",
	"Sec-Fetch-Site",
	"Sec-Fetch-User",
	"Sec-GPC",
	"TE",
	"Upgrade",
	"Upgrade-Insecure-Requests",
	"User-Agent",
	"Via",
	"X-Forwarded-For",
	"X-Forwarded-Host",
	"X-Forwarded-Proto",
	"X-Real-IP",
	"X-Requested-With",
]);

export class FieldRegistry {
	/** All names that are told apart, in lower case: those the server reads, and those it often gets. */
	readonly names: NameSet;
	/** The same, to be matched four octets at a time. */
	readonly words: NameWords;
	/** By index in `names`: what the field means to the protocol. */
	readonly meanings: Uint8Array;
	/** By index in `names`: 1 when the app wants to see the field. */
	readonly kept: Uint8Array;
	/** By index in `names`: one of ROLE_…. */
	readonly roles: Uint8Array;
	readonly trailerRoles: Uint8Array;
	/** Whether every field is kept, registered or not. */
	readonly keepsAll: boolean;
	/** Whether any field is kept. */
	readonly keepsAny: boolean;

	/**
	 * `wanted`: field names in any case, or "all"; `also`: more of them, which can be told apart where all are kept. Throws
	 * TypeError for what is no field name.
	 */
	constructor(wanted: readonly string[] | "all", also: readonly string[] = []) {
		const registered = [...(wanted === "all" ? [] : wanted), ...also].map(fieldName);
		const names = new NameSet([
			...new Set([...Object.keys(PROTOCOL_FIELDS), ...COMMON_FIELDS.map(fieldName), ...registered]),
		]);
		this.names = names;
		this.words = new NameWords(names, COMMON_FIELDS, COLON);
		this.meanings = new Uint8Array(names.names.length);
		this.kept = new Uint8Array(names.names.length);
		this.roles = new Uint8Array(names.names.length);
		this.trailerRoles = new Uint8Array(names.names.length);
		this.keepsAll = wanted === "all";
		this.keepsAny = this.keepsAll || registered.length > 0;
		names.names.forEach((name, index) => {
			this.meanings[index] = PROTOCOL_FIELDS[name] ?? PLAIN_FIELD;
			this.kept[index] = registered.includes(name) ? 1 : 0;
			const plain = this.keepsAll ? ROLE_OTHER : this.kept[index] === 1 ? ROLE_KEPT : ROLE_DROPPED;
			this.trailerRoles[index] = plain;
			this.roles[index] = this.meanings[index] === PLAIN_FIELD ? plain : ROLE_OTHER;
			if (plain === ROLE_DROPPED && name === "host") this.roles[index] = ROLE_HOST;
			if (plain === ROLE_DROPPED && name === "connection") this.roles[index] = ROLE_CONNECTION;
		});
		Object.freeze(this);
	}
}

/** `name` in lower case. Throws TypeError when it is no token (RFC 9110 §5.1). */
export function fieldName(name: string): string {
	if (name.length === 0) throw new TypeError("a field name is empty");
	if (!isToken(name)) throw new TypeError(`"${name}" is not a field name`);
	return name.toLowerCase();
}

/** Whether it is a token (RFC 9110 §5.6.2). For definitions. */
export function isToken(text: string): boolean {
	for (let index = 0; index < text.length; index += 1) {
		if ((TOKEN_LOWER[text.charCodeAt(index)] ?? 0) === 0) return false;
	}
	return text.length > 0;
}
