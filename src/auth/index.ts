// thimble-http/auth: who may come in: Basic and Digest, as links of a chain around routes (docs/auth.md).

export { BasicAuth } from "./basic.js";
export { DigestAuth, type DigestOptions } from "./digest.js";
export type { GuessLimits } from "./guesses.js";
export type { AuthOptions } from "./link.js";
export { secretOf, type User, type Users } from "./secrets.js";
