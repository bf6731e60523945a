// GET /log/day.csv and /log/minutes.csv: the logs as files, with ranges, ETag and 304. `Range: bytes=-960` is the last 30
// readings. On a board with a file system the folder could as well be one of the SDK's.

import { type Folder, files } from "thimble-http/files";
import { station } from "./station.js";

const folder: Folder = Object.freeze({
	openFile({ path }: { readonly path: string }) {
		const one = station();
		const log = path === "day.csv" ? one.day : path === "minutes.csv" ? one.minutes : undefined;
		if (log === undefined) throw new Error(`there is no log ${path}`);
		one.catchUp();
		return log.open();
	},
});

export const logs = Object.freeze(files("/log", folder));
