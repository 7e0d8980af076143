/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The proof behind an apply: facts collected anew, on the changed host, show that the next boot does what
 * the plan wanted. What a generator printed, or that it ended well, proves nothing.
 */
#ifndef VFIOKIT_PROOF_H
#define VFIOKIT_PROOF_H

#include "configure/plan.h"
#include "preflight/checks/check.h"

/* What could not be looked at, before the plan as well as after it: said, and no reason to undo. */
struct proof {
	struct strings unproven; /* one sentence each; none: everything is proven */
};

/*
 * after: facts of the changed host with the plan's devices as targets, findings: of them. provable: the
 * loader's configuration could be read before the plan (boot.known). 0; or -EPROTO with words: the next
 * boot would not do it, or something that was readable before no longer is. Memory of ret_proof: the
 * facts' arena.
 */
int plan_prove(const struct plan *plan, bool provable, const struct facts *after,
	       const struct findings *findings, struct proof *ret_proof, struct error *error);

#endif
