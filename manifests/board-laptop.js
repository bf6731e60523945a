// thimble-http/board where there is no board: no limits of its own, so the defaults hold.

export const limits = Object.freeze({});
