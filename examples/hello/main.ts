// main.ts
import { listen } from "thimble-http/platform";
import app from "./app.js";

listen(app, { port: 8080, address: "127.0.0.1" });
