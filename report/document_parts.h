/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the document's maker share. For report/document*.c only. */
#ifndef VFIOKIT_DOCUMENT_PARTS_H
#define VFIOKIT_DOCUMENT_PARTS_H

#include "document.h"

/* Gets the items of an array as they are made, and owns them. */
struct document_taker {
	void (*take)(json_object *item, void *into);
	void *into;
};

/* One object for each finding that `devices` has in the document. Findings that are told in short may
 * share one (json_object_get()). */
void document_make_checks(const struct findings *findings, enum document_devices devices,
			  struct document_taker taker);

#endif
