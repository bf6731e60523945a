// What the benchmarks use of Thimble, bundled by bundle.mjs: the package's own exports, and of the core what parses a head.

export { listen } from "../platform/node/listen.js";
export { wholeContent } from "../src/content.js";
export { defineApp, prebuild } from "../src/index.js";
export { DEFAULT_LIMITS, headOptions } from "../src/limits.js";
export { FieldRegistry } from "../src/message/field-registry.js";
export { contentFraming } from "../src/message/framing.js";
export { HEAD_COMPLETE, Head } from "../src/message/head.js";
export { ReceiveBuffer } from "../src/message/receive-buffer.js";
