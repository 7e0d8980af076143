/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by checks/expect.c ([host], waivers) and checks/expect_device.c ([device ADDRESS]). */
#ifndef VFIOKIT_CHECKS_EXPECT_LINES_H
#define VFIOKIT_CHECKS_EXPECT_LINES_H

#include "preflight/checks/check.h"

struct expect_device;

/* What evaluates the manifest's rows: without a manifest there is nothing to compare, "na". */
void expect_leave_to_manifest(const struct facts *facts, const struct device *device,
			      struct finding *finding);

/* The finding of a line that the host does not match. */
void expect_differ(struct finding *finding, unsigned variant, const struct origin *line,
		   const struct difference *difference);

/* Adds a finding for each thing that the manifest says of one device. */
void expect_judge_device(const struct facts *facts, const struct expect_device *expected,
			 struct findings *findings);

/* The remedy of every difference. */
#define EXPECT_CORRECT                                                                             \
	{                                                                                          \
		OWNER_USER,                                                                        \
			N_("find out what changed it; where it is meant to be, correct the "       \
			   "manifest"),                                                            \
			NULL                                                                       \
	}

#endif
