// thimble-http/resources: a folder of files as routes, packed by thimble-pack into a module that lies in flash.

export {
	type ContentText,
	type PackedContent,
	type PackedResource,
	type PackedResources,
	packed,
	type ResourceText,
} from "./resources/packed.js";
export { type ResourceOptions, resources } from "./resources/routes.js";
