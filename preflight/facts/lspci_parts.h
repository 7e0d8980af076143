/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files facts_lspci*.c share. */
#ifndef VFIOKIT_FACTS_LSPCI_PARTS_H
#define VFIOKIT_FACTS_LSPCI_PARTS_H

#include "preflight/facts/facts.h"
#include "preflight/parse/enumeration.h"
#include "preflight/parse/lspci.h"

/* What the log is good for. */
enum log_fit {
	LOG_MISSING,
	LOG_OF_OTHER_MACHINE, /* it enumerates other devices: nothing of it counts */
	LOG_OF_OTHER_BOOT,    /* some devices differ: its messages count, not what it enumerates */
	LOG_FITS,
};

struct paste {
	struct facts *facts;
	struct arena *scratch;
	struct lspci_text text;
	struct enumeration enumeration;
	enum log_fit fit;
	/* One for each of facts->devices; NULL where the text or the log does not name it. */
	const struct lspci_function **functions;
	const struct enumerated_function **enumerated;
};

/* facts/lspci_devices.c: makes facts->devices and all that a function's own lines tell. */
void paste_make_devices(struct paste *paste);
/* What follows from missing lines, once it is known whether the text is whole: no driver. */
void paste_settle_devices(struct paste *paste);

/* facts/lspci_topology.c: parents, physical functions, functions of one slot; parent_unknown and
 * facts->devices_partial. */
void paste_resolve_topology(struct paste *paste);

/* facts/lspci_groups.c: facts->groups and has_group. */
void paste_make_groups(struct paste *paste);

/* facts/lspci_commands.c: fills facts->commands. */
void paste_name_commands(struct paste *paste);

#endif
