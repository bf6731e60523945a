// app.ts: a definition. Importing it opens nothing.
import { defineApp } from "thimble-http";
import { limits } from "thimble-http/board";

export default defineApp({
	limits, // what suits the board; on the laptop the defaults hold
	routes: {
		"GET /": (_request, response) => {
			response.text("Hello from a thimble\n");
		},
		"GET /greet/:name": (request, response) => {
			response.json({ hello: request.parameter("name") });
		},
	},
});
