// hello, on a board. The SDK has brought up Wi-Fi by now (ssid=… password=… on mcconfig's command line).

import { listen } from "thimble-http/platform";
import { keepWifi } from "thimble-http/wifi";
import app from "./app.js";

keepWifi(listen(app));
