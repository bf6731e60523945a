// The station's page, as pack-page.mjs packs it from public/. A module of its own, since firmware has another name for it.

export { default } from "./build/site/index.js";
