/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the columns of the tree say about a function. */
#ifndef VFIOKIT_TREE_CELLS_H
#define VFIOKIT_TREE_CELLS_H

#include "names.h"
#include "tree_rows.h"

struct tree_source {
	const struct facts *facts;
	struct names *names;
	struct arena *arena; /* of all cells */
};

/* "9": the kernel's group; "~7": the predicted one, where the kernel has none; "9 ~7": both, where
 * they hold other functions; "-": none; "?": not known. */
const char *tree_group_cell(const struct tree_source *source, const struct tree_row *row);

const char *tree_ids_cell(const struct tree_source *source, const struct tree_row *row);
const char *tree_driver_cell(const struct tree_source *source, const struct tree_row *row);
const char *tree_class_cell(const struct tree_source *source, const struct tree_row *row);
/* With the vendor's name as people say it: "Intel Ethernet Controller I225-V". */
const char *tree_name_cell(const struct tree_source *source, const struct tree_row *row);
/* Who has it and what the host does with it; what the host needs first. */
const char *tree_uses_cell(const struct tree_source *source, const struct tree_row *row);
/* Name and uses in one, the more important first, for where there is little room. */
const char *tree_device_cell(const struct tree_source *source, const struct tree_row *row);

#endif
