// What a token and a field line look like (RFC 9110 §5.6.2, §5.5). For the parts of the oracle.

export const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
export const TOKEN_ONLY = new RegExp(`^${TOKEN}$`);
export const FIELD_LINE = new RegExp(
	`^(${TOKEN}):[\\t ]*(?:([\\x21-\\x7e\\x80-\\xff](?:[\\t\\x20-\\x7e\\x80-\\xff]*[\\x21-\\x7e\\x80-\\xff])?)[\\t ]*)?$`,
);
