/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far a group keeps its devices apart from others: the evaluations of group.not-isolated,
 * group.acs-override and group.acs-override-ineffective, whose rows stand in group.c. */
#ifndef VFIOKIT_CHECKS_ISOLATION_H
#define VFIOKIT_CHECKS_ISOLATION_H

#include "preflight/checks/check.h"

/* Variants of group.not-isolated. */
enum {
	SHARED,           /* strangers are in the group */
	SHARED_ONCE_ON,   /* they will be, once the IOMMU is on */
	SHARED_BY_KERNEL, /* they are, and the model does not say why */
	SHARED_BUILT_IN,  /* they are, and the device cannot move */
	HOLE_IN_SWITCH,   /* none is, but a switch may pass requests on between groups */
	HOLE_IN_KERNEL,   /* none is, but the model would have them there */
};

/* Variants of group.acs-override. */
enum { OVERRIDE_ACTIVE, OVERRIDE_MAYBE };

void judge_not_isolated(const struct facts *facts, const struct device *device,
			struct finding *finding);
void judge_acs_override(const struct facts *facts, const struct device *device,
			struct finding *finding);
void judge_acs_override_ineffective(const struct facts *facts, const struct device *device,
				    struct finding *finding);

#endif
