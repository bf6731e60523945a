// app.ts: a definition. Importing it opens nothing.
import { defineApp } from "thimble-http";

export default defineApp({
	routes: {
		"GET /": (_request, response) => {
			response.text("Hello from a thimble\n");
		},
		"GET /greet/:name": (request, response) => {
			response.json({ hello: request.parameter("name") });
		},
	},
});
