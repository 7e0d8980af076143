/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plan as people read it, and as JSON. */
#ifndef VFIOKIT_PLAN_TEXT_H
#define VFIOKIT_PLAN_TEXT_H

#include "configure/plan.h"
#include "configure/transaction.h"
#include "report/terminal.h"

#include <json-c/json.h>

/* What would be done, file by file as unified diffs, command by command, each with its reason; what is in
 * place already; what stands against it. */
void plan_print(const struct text_style *style, const struct plan *plan);

/* Only what stands against it. */
void plan_print_refusals(const struct text_style *style, const struct plan *plan);

/*
 * {"schema": "vfiokit-plan/1", "devices": [..], "refused": bool, "refusals": [{"id","subject","text",
 * "accepted"}], "steps": [{"kind": "write"|"remove"|"run", "path", "diff", "argv": [..], "because"}],
 * "present": [{"what","source","line"}], "snippets": [{"where","text","then"}], "notes": [..],
 * "needs_reboot": bool}. The caller puts it.
 */
json_object *plan_json(const struct plan *plan);

/* "update-initramfs -u -k all", quoted as a shell needs it. */
const char *plan_command_text(struct arena *arena, const char *const *argv);

#endif
