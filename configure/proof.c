/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/proof.h"
#include "preflight/next_boot/next_boot.h"
#include "preflight/parse/cmdline.h"

#include <errno.h>

static int prove_words(const struct plan *plan, bool provable, const struct facts *after,
		       struct proof *proof, struct error *error)
{
	const struct parameters *words = next_boot_cmdline(after);

	if (!plan->wanted.count)
		return 0;
	if (!words || after->boot.known != YES) {
		if (provable)
			return error_set(
				error, -EPROTO,
				"the loader's configuration could be read before and cannot "
				"be read now%s%s",
				after->boot.unread_path ? ": " : "",
				after->boot.unread_path ? after->boot.unread_path : "");
		strings_add(after->arena, &proof->unproven,
			    arena_printf(after->arena, _("the next command line%s%s%s"),
					 after->boot.unread_path ? " (" : "",
					 after->boot.unread_path ? after->boot.unread_path : "",
					 after->boot.unread_path ? _(" could not be read)") : ""));
		return 0;
	}
	for_each (text, &plan->wanted)
		if (!cmdline_holds(words, *text))
			return error_set(error, -EPROTO, "the next command line would lack %s: %s",
					 *text, after->boot.config ? after->boot.config : "");
	return 0;
}

static int prove_device(const char *address, bool provable, const struct facts *after,
			struct proof *proof, struct error *error)
{
	const struct device *device = facts_find_device(after, address);

	if (!device)
		return error_set(error, -EPROTO, "%s is no longer there", address);
	if (device->next_known == YES && streq(device->next_driver, "vfio-pci"))
		return 0;
	if (device->next_known == YES)
		return error_set(error, -EPROTO,
				 "at the next boot %s would go to %s, not to vfio-pci", address,
				 device->next_driver ? device->next_driver : N_("no driver"));
	if (device->next_reason == NEXT_RIVAL_FIRST || device->next_reason == NEXT_RIVAL_BUILT_IN)
		return error_set(
			error, -EPROTO, "at the next boot %s could take %s before vfio-pci",
			device->next_rival ? device->next_rival : N_("another driver"), address);
	if (provable)
		return error_set(error, -EPROTO,
				 "who gets %s at the next boot cannot be told any more", address);
	strings_add(after->arena, &proof->unproven,
		    arena_printf(after->arena, _("who gets %s at the next boot"), address));
	return 0;
}

/* Findings that a plan must not leave behind. */
static int prove_findings(const struct findings *findings, struct error *error)
{
	static const char *const ids[] = {
		"boot.not-regenerated",     "boot.wrong-loader",
		"driver.host-driver-first", "driver.config-ignored",
		"driver.config-syntax",     "driver.builtin-ignores-modprobe",
		"initramfs.stale",          "initramfs.vfio-missing",
		"initramfs.image-missing",
	};

	for_each (finding, findings)
		for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
			if (finding->result == RESULT_FAIL &&
			    finding->severity >= SEVERITY_BLOCKER &&
			    streq(finding->check->id, ids[i]))
				return error_set(error, -EPROTO, "%s: %s", finding->check->id,
						 finding->title);
	return 0;
}

int plan_prove(const struct plan *plan, bool provable, const struct facts *after,
	       const struct findings *findings, struct proof *ret_proof, struct error *error)
{
	int r = prove_words(plan, provable, after, ret_proof, error);

	for_each (address, &plan->devices)
		r = r < 0 ? r : prove_device(*address, provable, after, ret_proof, error);
	return r < 0 ? r : prove_findings(findings, error);
}
