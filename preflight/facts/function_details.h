/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is asked of a function only where it is judged or listed itself: power state, NUMA node, BARs and reset
 * methods. Four files of each function are half of all that a host of thousands has to tell, so who judges a few
 * leaves them out for the others (facts_collect_to_judge()). For facts/pci.c and facts/target_details.c.
 */
#ifndef VFIOKIT_FUNCTION_DETAILS_H
#define VFIOKIT_FUNCTION_DETAILS_H

#include "preflight/facts/function_files.h"

/* The beginning of configuration space, as far as it could be read. */
struct function_header {
	uint8_t bytes[64];
	size_t length;
};

static inline void function_header_take(struct function_header *header, const void *config,
					size_t length)
{
	header->length = length < sizeof(header->bytes) ? length : sizeof(header->bytes);
	memcpy(header->bytes, config, header->length);
}

/* What the files reset_method and reset of a function say together; judged when all are read. */
enum reset_files {
	RESET_UNREADABLE,
	RESET_METHODS, /* reset_method is there */
	RESET_OFFERED, /* only reset is there, as before Linux 5.15 */
	RESET_ABSENT,  /* neither is */
};

/* Sets power_state, numa_node, bars and, as far as reset_method tells them, reset_methods of files->device; configuration
 * space must be parsed. *ret_reset waits for function_details_settle_resets(). */
void function_details_read(struct function_files *files, const struct function_header *header,
			   bool is_virtual_function, enum reset_files *ret_reset);

/* Sets bars of files->device alone. */
void function_details_read_bars(struct function_files *files, const struct function_header *header,
				bool is_virtual_function);

/*
 * Settles the reset methods of functions without the file reset_method, which means "none" only on a kernel that has
 * such files at all. resets has one item for each function of facts; RESET_UNREADABLE leaves one as it is.
 */
void function_details_settle_resets(struct facts *facts, const enum reset_files *resets);

/* Whether the machine's kernel makes the file reset_method where there is a method (since 5.15). A tree may come from a
 * tool that did not copy the file, so its kernel version proves nothing. */
bool function_details_kernel_tells_resets(const struct facts *facts);

#endif
