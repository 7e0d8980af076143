/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of `vfiokit list --tree`: which function stands below which, and what marks it. No words
 * and no widths: tree.c prints them. */
#ifndef VFIOKIT_TREE_ROWS_H
#define VFIOKIT_TREE_ROWS_H

#include "preflight/groups/breaks.h"

enum { ROW_NONE = -1 };

struct tree_row {
	const struct device *device;
	int parent;     /* row of the bridge above; ROW_NONE right below a host bridge */
	unsigned depth; /* bridges above it */
	bool last;      /* no function follows below the same bridge */
	bool new_root;  /* the first one below its host bridge */
	int group;      /* group_standing() */
	unsigned band;  /* colour of its group, below BAND_COLORS; rows that follow each other have
			     the same one only where their group is the same */
	bool odd;      /* changes from row to row where the group does: two kinds of band are enough
			     without colours */
	bool differs;  /* the kernel's group holds other functions than the predicted one */
	bool critical; /* the running host needs it */
	bool handed_over; /* asked for; where nothing was: on a VFIO driver, or configured to be */
	struct group_break broken;
};

struct tree_rows {
	struct tree_row *items;
	size_t count, capacity;
};

/*
 * Rows in the order in which the tree is drawn; each below its bridge, siblings by address. All
 * functions, or, where there are targets, these, their groups, and the bridges above. Memory is the
 * arena's. Takes linear time, and parents that go round in a circle end in a row of their own.
 */
void tree_rows_make(const struct facts *facts, struct arena *arena, struct tree_rows *ret_rows);

#endif
