// What comes of the preconditions of a request, in the order that RFC 9110 §13.2.2 has: pure. For whoever has evaluated the
// fields one by one.

// How the condition of one field came out. A field that is to be ignored counts as absent.
export const ABSENT = 0;
export const TRUE = 1;
export const FALSE = 2;

// What comes of all.
/** The method is carried out, as if there were no preconditions. */
export const PROCEED = 0;
/** 304 Not Modified. */
export const NOT_MODIFIED = 1;
/** 412 Precondition Failed. */
export const PRECONDITION_FAILED = 2;

/**
 * What comes of the conditions of a request. `isRetrieval`: the method is GET or HEAD. Each condition is one of ABSENT, TRUE
 * and FALSE, where If-None-Match is FALSE when a tag of it is ours.
 */
export function decide(
	isRetrieval: boolean,
	ifMatch: number,
	ifUnmodifiedSince: number,
	ifNoneMatch: number,
	ifModifiedSince: number,
): number {
	// 1 and 2: with If-Match, If-Unmodified-Since is not looked at.
	if (ifMatch === FALSE) return PRECONDITION_FAILED;
	if (ifMatch === ABSENT && ifUnmodifiedSince === FALSE) return PRECONDITION_FAILED;
	// 3 and 4: with If-None-Match, If-Modified-Since is not looked at.
	if (ifNoneMatch === FALSE) return isRetrieval ? NOT_MODIFIED : PRECONDITION_FAILED;
	if (ifNoneMatch === ABSENT && isRetrieval && ifModifiedSince === FALSE) return NOT_MODIFIED;
	return PROCEED;
}

/**
 * Step 5: whether Range is to be looked at, when the method is to be carried out. `isGet`: the method is GET, the only one for
 * which ranges are defined (§14.2). `ifRange`: as above.
 */
export function heedsRange(isGet: boolean, hasRange: boolean, ifRange: number): boolean {
	return isGet && hasRange && ifRange !== FALSE;
}
