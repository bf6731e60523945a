// The set-up portal: a phone that has joined the device's own network asks for a page it knows, to see whether the Internet is
// there; an answer other than the known one has it open the set-up page. The names it asks for have to lead here: that DNS is
// the firmware's.

import { redirectTo } from "../redirects.js";
import { type Prebuilt, prebuild } from "../response/prebuilt.js";

/** The paths of the connectivity probes. */
const PROBES: readonly string[] = Object.freeze([
	// Android, ChromeOS
	"/generate_204",
	"/gen_204",
	// iOS, macOS
	"/hotspot-detect.html",
	"/library/test/success.html",
	// Windows
	"/connecttest.txt",
	"/ncsi.txt",
	"/redirect",
	// Firefox
	"/canonical.html",
	"/success.txt",
	// GNOME, KDE
	"/check_network_status.txt",
	// Kindle
	"/kindle-wifi/wifistub.html",
]);

/**
 * Routes that answer the connectivity probes of phones and computers with a 302 to the set-up page: an address, as in
 * "http://192.168.4.1/setup", since names lead nowhere yet. A route of the app's own for one of these paths goes behind them:
 * `routes: { ...portalRoutes(…), "GET /redirect": … }`.
 */
export function portalRoutes(setUpPage: string): Record<string, Prebuilt> {
	// Says what is wrong with it.
	redirectTo(302, setUpPage);
	// What is remembered of a captive network would be wrong on the next one.
	const answer = prebuild({ status: 302, fields: { Location: setUpPage, "Cache-Control": "no-store" } });
	return Object.fromEntries(PROBES.map((path) => [`GET ${path}`, answer]));
}
