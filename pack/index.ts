// thimble-http/pack: what thimble-pack does, for builds: on Node.

export { declarationText, manifestText, moduleText } from "./module.js";
export { hasHash, PackError, type PackedFile, type PackedFolder, type PackOptions, packFolder } from "./pack.js";
export { packedResources, type ResourcesPlugin } from "./rollup.js";
