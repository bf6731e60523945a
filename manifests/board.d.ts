import type { Limits } from "../dist/types/src/index.js";

/**
 * What to give `defineApp` as `limits` to use the memory of the board as its preset says; add your own with
 * `{ ...limits, contentLengthMax: 4096 }`.
 */
export declare const limits: Partial<Limits>;
