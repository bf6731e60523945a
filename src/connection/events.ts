// What a connection wants its driver to do next. For the connection and the server's slot.

// What `next` and `expire` return.
export const EVENT_NONE = 0;
/** A request has begun: route it and call its handler. */
export const EVENT_REQUEST = 1;
/** More content can be read than was announced before. */
export const EVENT_CONTENT = 2;
/** The content is complete, trailers included. */
export const EVENT_CONTENT_END = 3;
/** A rule was broken (`violation`): answer with its status, or end the connection when it has none or it is too late. */
export const EVENT_REFUSED = 4;
/** The response is sent and the connection goes on. */
export const EVENT_PERSISTED = 5;
/** The response is sent and was the last: close our side. */
export const EVENT_LAST = 6;
/** The client has closed, and nothing is owed to it: close. */
export const EVENT_ENDED = 7;
/** The client has closed in the middle of its content, or takes nothing any more, or the handler is silent: abort. */
export const EVENT_CUT_OFF = 8;
/** The handler has not begun its response in time. */
export const EVENT_HANDLER_LATE = 9;
/** Octets for the protocol that took over. */
export const EVENT_DETACHED_OCTETS = 10;
