// The worker of @agoric/xsnap as the package has it, with four functions more. This file stands before the package's own of
// the same name on the makefile's search path (test/xs/engine.mjs), and includes it.
//
// petrify(object)   XS's own freezing of what a preloaded module leaves behind: beside the properties also the octets of an
//                   ArrayBuffer, the entries of Map and Set, and private fields. A write throws. Not recursive.
// privates(object)  an array of the objects and functions in its private fields and accessors.
// chunkLength()     octets in chunks now, garbage included: what the meter does not show.
// stackDepth()      slots of stack used below the caller since the last call, at most.

#include "xsAll.h"

// The package installs its built-ins in a row; this is the last of them.
#define modInstallBase64 installBase64AndOurs
#include "../sources/xsnap-worker.c"
#undef modInstallBase64

extern void modInstallBase64(xsMachine *the);

static void pushTo(xsMachine *the, txSlot *instance)
{
	if (!instance) return;
	mxPushReference(instance);
	// The call moves the stack on before it looks at what it is given.
	xsSlot *reference = (xsSlot *)the->stack;
	xsCall1(xsResult, xsID("push"), *reference);
	mxPop();
}

static void privates(xsMachine *the)
{
	txSlot *instance = fxToInstance(the, mxArgv(0));
	xsResult = xsNewArray(0);
	for (txSlot *property = instance->next; property; property = property->next) {
		if (!(property->flag & XS_INTERNAL_FLAG) || property->kind != XS_PRIVATE_KIND) continue;
		for (txSlot *field = property->value.private.first; field; field = field->next) {
			if (field->kind == XS_REFERENCE_KIND) pushTo(the, field->value.reference);
			if (field->kind == XS_ACCESSOR_KIND) {
				pushTo(the, field->value.accessor.getter);
				pushTo(the, field->value.accessor.setter);
			}
		}
	}
}

static void chunkLength(xsMachine *the)
{
	xsResult = xsInteger(the->currentChunksSize);
}

// What the stack holds where nobody has written since the last call.
#define UNTOUCHED 0x5A
// So many untouched slots in a row are the end of what was used: engine functions borrow the far end for themselves.
#define GAP 64

static int isUntouched(const txByte *slot)
{
	for (size_t index = 0; index < sizeof(txSlot); index += 1) {
		if (slot[index] != UNTOUCHED) return 0;
	}
	return 1;
}

static void stackDepth(xsMachine *the)
{
	txSlot *top = the->stack;
	txSlot *deepest = top;
	for (txSlot *slot = top - 1; slot >= the->stackBottom && deepest - slot <= GAP; slot -= 1) {
		if (!isUntouched((const txByte *)slot)) deepest = slot;
	}
	memset(the->stackBottom, UNTOUCHED, (size_t)((txByte *)top - (txByte *)the->stackBottom));
	xsResult = xsInteger((int)(top - deepest));
}

void installBase64AndOurs(xsMachine *the)
{
	modInstallBase64(the);
	xsResult = xsNewHostFunction(fx_petrify, 1);
	xsDefine(xsGlobal, xsID("petrify"), xsResult, xsDontEnum);
	xsResult = xsNewHostFunction(privates, 1);
	xsDefine(xsGlobal, xsID("privates"), xsResult, xsDontEnum);
	xsResult = xsNewHostFunction(chunkLength, 0);
	xsDefine(xsGlobal, xsID("chunkLength"), xsResult, xsDontEnum);
	xsResult = xsNewHostFunction(stackDepth, 0);
	xsDefine(xsGlobal, xsID("stackDepth"), xsResult, xsDontEnum);
}
