// What is the case on a slot, one bit for each. For the layers of the slot: a field of its own for each of these would
// take a heap slot of XS on every connection.

// Of the answer.
/** The connection ends with this response, whatever the client says. */
export const LAST = 1;
/** The response was complete with its head, so that whatever is written goes nowhere. */
export const WITHOUT_CONTENT = 2;

// Of the exchange.
/** A handler is concerned with the request: from its first call until it was told of the end. */
export const SERVING = 4;
/** The handlers have to be told of the end. */
export const OWING_END = 8;
/** The handler keeps a ticket and answers later. */
export const DEFERRED = 16;
/** The handler's promise is open. */
export const PROMISED = 32;
/** Code that runs later may hold the request and the response. */
export const HELD = 64;
/** One of the handler's verbs is running. */
export const CALLED = 128;
/** The handler writes outside its verbs. */
export const WRITING = 256;
/** The app is told of an end or an error: until it has returned, the slot does nothing, and nobody else is given it. */
export const TELLING = 8192;

// Of the slot.
/** `run`, or what stands for it, is under way. */
export const RUNNING = 512;
/** `run` was put off to the next turn. */
export const DUE = 1024;
/** The transport may have octets to read. */
export const READABLE = 2048;
/** Another protocol takes over as soon as the handler has returned. */
export const TAKEN_OVER = 16384;
/** The protocol that took over has closed: what it wrote goes out, then the connection ends. */
export const ENDING = 4096;
/** The connection goes, and the observer is told of its response: it cannot go once more. */
export const LEAVING = 32768;
