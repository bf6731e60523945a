// thimble-http/board in firmware: the limits that manifest_limits.json has for the board it is built for, and what the
// project's own manifests change of them ("config": { "thimble": { … } }).

import config from "mc/config";

export const limits = config.thimble;
