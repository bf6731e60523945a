// Who may log in, and how their secrets are kept: as the hash of "name:realm:password", which is what Digest needs (A1 of
// RFC 7616 §3.4.2), and Basic can be checked with. For the links of this folder.

import type { HashFunction, HashName } from "../crypto.js";
import { freeze } from "../octets/freeze.js";
import { utf8 } from "../octets/text.js";

/** Somebody who may log in. `secretOf` makes the hashes, in 64 and 32 hexadecimal digits. */
export interface User {
	readonly name: string;
	/** SHA-256 of "name:realm:password". */
	readonly sha256: string;
	/** MD5 of the same, for clients of Digest that know nothing better. */
	readonly md5?: string;
}

/** The users, or what finds one of them: for firmware whose users can be changed. */
export type Users = readonly User[] | ((name: string) => User | undefined);

/** The hash that is kept of a password. For firmware that sets one, and for definitions. */
export function secretOf(
	hash: HashFunction,
	algorithm: HashName,
	name: string,
	realm: string,
	password: string,
): string {
	const octets = utf8(`${name}:${realm}:${password}`);
	const digest = new Uint8Array(hashLength(algorithm));
	hash(algorithm, octets, octets.length, digest);
	let text = "";
	for (let index = 0; index < digest.length; index += 1) {
		text += ((digest[index] as number) + 0x100).toString(16).slice(1);
	}
	return text;
}

/** How many octets a hash has. */
export function hashLength(algorithm: HashName): number {
	return algorithm === "MD5" ? 16 : 32;
}

/** What nobody's secret is, and everybody knows: worked with where there is no such user, so that it takes as long. */
const NOBODY_SHA256 = "-".repeat(64);
const NOBODY_MD5 = "-".repeat(32);

/**
 * What is kept of this user's password; nobody's, when there is no such user, or no such hash of theirs. Where a proof is made
 * of it, `isSecret` has to be asked as well: anybody can prove that they know nobody's.
 */
export function keptHash(users: Users, name: string, algorithm: HashName): string {
	const user = typeof users === "function" ? users(name) : find(users, name);
	if (algorithm === "MD5") return user?.md5 ?? NOBODY_MD5;
	return user?.sha256 ?? NOBODY_SHA256;
}

/** Whether `kept` is the hash of a password, and not nobody's, or nothing that a function of users may have given. */
export function isSecret(kept: string, algorithm: HashName): boolean {
	return isHash(kept, 2 * hashLength(algorithm));
}

/** The same users for good: of an app in flash, what can change would cost the RAM of a pointer each. */
export function unchanging(users: Users): Users {
	return typeof users === "function" ? users : freeze(users.map((user) => ({ ...user })));
}

function find(users: readonly User[], name: string): User | undefined {
	for (let index = 0; index < users.length; index += 1) if (users[index]?.name === name) return users[index];
	return undefined;
}

/** Throws TypeError for a realm or a user that could not be sent, or a hash that is none. */
export function checkSecrets(realm: string, users: Users): void {
	if (!isQuotable(realm)) throw new TypeError(`the realm "${realm}" holds quotes, or what is not ASCII`);
	if (typeof users === "function") return;
	for (const { name, sha256, md5 } of users) {
		if (name.includes(":") || !isPlain(name))
			throw new TypeError(`"${name}" is no user name: it holds ":", quotes or controls`);
		if (!isHash(sha256, 64) || (md5 !== undefined && !isHash(md5, 32))) {
			throw new TypeError(`the secret of ${name} is no hash: make it with secretOf`);
		}
	}
}

function isHash(text: string, length: number): boolean {
	for (let index = 0; index < text.length; index += 1)
		if (!"0123456789abcdef".includes(text[index] as string)) return false;
	return text.length === length;
}

function isPlain(text: string): boolean {
	for (let index = 0; index < text.length; index += 1) {
		const code = text.charCodeAt(index);
		if (code < 0x20 || code === 0x7f || code === 0x22 || code === 0x5c) return false;
	}
	return text.length > 0;
}

function isQuotable(text: string): boolean {
	for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 0x7e) return false;
	return isPlain(text);
}
