// thimble-http/wifi on the Moddable SDK: what firmware calls to survive the loss of its network.

import config from "mc/config";
import Modules from "modules";
import Timer from "timer";
import { keepConnected, type Reopened, type WifiAccess, type WifiClass } from "./reconnect.js";

const WIFI = "embedded:network/interface/wifi";

/** What mcconfig's command line has named; null without. */
function named(): WifiAccess | null {
	const { ssid, password } = config;
	if (ssid === undefined) return null;
	return password === undefined ? { SSID: ssid } : { SSID: ssid, password, secure: true };
}

/**
 * From now on connects to the Wi-Fi again whenever it was lost, and opens the port of `server` again where it could not be
 * opened. `access`: the network, by default that of mcconfig's command line (`ssid=… password=…`). To be called once, after
 * `listen`. Does nothing where there is no Wi-Fi, or none is named.
 */
export function keepWifi(server: Reopened, access: WifiAccess | null = named()): void {
	if (access === null || !Modules.has(WIFI)) return;
	keepConnected(Modules.importNow(WIFI) as WifiClass, Timer, access, server);
}
