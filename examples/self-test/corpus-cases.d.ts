// What pack-corpus.mjs makes of the conformance corpus.

/** The options of the cases, each once, as JSON. */
export declare const OPTIONS: readonly string[];

/**
 * Four for each case: "OPTIONS FIN FILE:LINE NAME", its octets, the lines that the app is told, and the lines that the client
 * sees. Runs are shortened in the octets and in what the app is told.
 */
export declare const PARTS: readonly string[];
