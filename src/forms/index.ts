// thimble-http/forms: what clients send, read by name or part by part: queries, forms, files, JSON (docs/forms.md).

export { ContentError, type FileSink } from "../sink.js";
export { FieldError, Fields, FormFields, QueryFields } from "./fields.js";
export { type MultipartHandler, type MultipartOptions, multipartForm } from "./multipart.js";
export type { FilePart } from "./part-head.js";
export {
	type ContentOptions,
	type FormHandler,
	form,
	type JsonHandler,
	type JsonOptions,
	json,
	type QueryHandler,
	query,
} from "./routes.js";
