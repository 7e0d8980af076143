/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts from what people paste when they ask for help: the text of lspci, listings of IOMMU groups,
 * the kernel log. For --lspci and --dmesg.
 *
 * Such text is taken for what it says and no more. What it leaves open stays unknown, and
 * facts->commands names the command on that host that would tell. facts->devices_partial is set where
 * functions may be missing from the text (one device only, output of grep): then nothing follows from
 * what is not there.
 */
#ifndef VFIOKIT_FACTS_LSPCI_H
#define VFIOKIT_FACTS_LSPCI_H

#include "preflight/facts/facts.h"

/*
 * lspci_text: any mixture that lspci_parse() reads; NULL: none, then the functions are those that
 * the log enumerates. dmesg_text: as log_parse() reads it; NULL: none, or it stands in lspci_text as
 * well. A log that enumerates other devices than the text shows is another machine's and is left
 * out. Never fails; facts->devices is empty where no text names a function. The caller owns the
 * result (facts_free()); the texts may go.
 */
struct facts *facts_from_lspci(const char *lspci_text, size_t lspci_length, const char *dmesg_text,
			       size_t dmesg_length);

#endif
