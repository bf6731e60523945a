// The methods Thimble knows by name: the IANA HTTP Method Registry (RFC 9110 §16.1). What an app does not serve of them is
// answered 405; a method that stands neither here nor in a route is answered 501 (RFC 9110 §9.1).

import { NameSet } from "../octets/names.js";

export const METHODS: NameSet = new NameSet([
	"ACL",
	"BASELINE-CONTROL",
	"BIND",
	"CHECKIN",
	"CHECKOUT",
	"CONNECT",
	"COPY",
	"DELETE",
	"GET",
	"HEAD",
	"LABEL",
	"LINK",
	"LOCK",
	"MERGE",
	"MKACTIVITY",
	"MKCALENDAR",
	"MKCOL",
	"MKREDIRECTREF",
	"MKWORKSPACE",
	"MOVE",
	"OPTIONS",
	"ORDERPATCH",
	"PATCH",
	"POST",
	"PROPFIND",
	"PROPPATCH",
	"PUT",
	"QUERY",
	"REBIND",
	"REPORT",
	"SEARCH",
	"TRACE",
	"UNBIND",
	"UNCHECKOUT",
	"UNLINK",
	"UNLOCK",
	"UPDATE",
	"UPDATEREDIRECTREF",
	"VERSION-CONTROL",
]);

/** A method outside the registry: its text stands in the request line. */
export const METHOD_UNREGISTERED = -1;
export const METHOD_CONNECT: number = METHODS.indexOf("CONNECT");
export const METHOD_GET: number = METHODS.indexOf("GET");
export const METHOD_HEAD: number = METHODS.indexOf("HEAD");
export const METHOD_OPTIONS: number = METHODS.indexOf("OPTIONS");

/** The longest method that is read; a longer one is answered 501 (RFC 9112 §3). */
export const METHOD_LENGTH_MAX = 32;
