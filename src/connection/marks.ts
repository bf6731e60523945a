// What is the case on a connection, one bit for each: a field of its own for each would take a heap slot of XS. For the layers of
// the connection.

/** It will go on after the current response. */
export const PERSISTS = 1;
/** The client has closed its side. */
export const PEER_ENDED = 2;
/** The client waits for an interim response before it sends its content. */
export const AWAITS_CONTINUE = 4;
/** The handler will read the content. */
export const WANTS_CONTENT = 8;
