// "thimble-http" in a project that includes manifest_thimble.json: the core stands in the module "index", so that the paths
// between our modules are the same there as in the package. For manifest_thimble.json.

export * from "thimble-http/index";
