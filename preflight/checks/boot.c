/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks boot.*: what will the next boot bring, and does anybody know? */
#include "preflight/checks/boot_asked.h"
#include "preflight/checks/check.h"
#include "preflight/checks/cure.h"
#include "preflight/next_boot/next_boot.h"
#include "preflight/checks/passthrough_words.h"

/* Who gets a device is not proven while the image that the entry names was not read. */
static void unknown_image(const struct facts *facts, struct finding *finding)
{
	const struct initramfs_image *image = next_boot_image(facts);

	finding_unknown(finding, image ? image->path : "/boot");
}

/* -- boot.pending ------------------------------------------------------------------------------ */

/* A device that vfio-pci could not take for want of an IOMMU will not be taken next time either. */
static bool can_be_taken(const struct facts *facts, const struct device *device)
{
	if (facts->iommu.active != YES && !cure_brings_iommu(facts))
		return false;
	return !log_find(&facts->log, LOG_VFIO_PROBE_FAILED, device->address) ||
	       facts->iommu.active != YES;
}

/* Nobody is told to reboot into a configuration that takes from the host what it needs. */
static void warn_of_loss(const struct facts *facts, struct finding *finding)
{
	for_each (device, &facts->devices) {
		if (device->handover_asked != YES || device->vfio_driver ||
		    !next_boot_host_needs(device))
			continue;
		finding_fail(finding, 1);
		finding_set(finding, "loss", "%s", device->address);
		finding_evidence(finding, &device->handover_origin);
		return;
	}
}

/*
 * What is configured and this boot lacks: a passthrough word on the command line, or vfio-pci for a
 * device. Only a next boot that is proven to bring it is "pending"; where that cannot be told the
 * result is unknown, and where it is not so other checks say why.
 */
static void pending(const struct facts *facts, const struct device *device, struct finding *finding)
{
	const struct parameters *next = next_boot_cmdline(facts);
	struct parameters lacking = {0}, coming = {0};
	struct device_refs arriving = {0};
	bool lost = false;

	(void)device;
	if (!boot_anything_asked(facts))
		return;
	finding_pass(finding);
	if (facts->cmdline_known == YES) {
		lacking = boot_words_lacking_now(facts, finding, next);
		coming = words_missing(finding->arena, next, &facts->cmdline);
	}
	if (lacking.count && (!next || facts->boot.known != YES)) {
		finding_unknown_boot(facts, finding);
		return;
	}
	/* What stands in an edited file only is not in place: another check says so. */
	if (words_missing(finding->arena, &lacking, next).count)
		return;
	for_each (target, &facts->targets) {
		if ((*target)->vfio_driver || (*target)->handover_asked != YES ||
		    !can_be_taken(facts, *target))
			continue;
		if (!next || facts->boot.known != YES) {
			finding_unknown_boot(facts, finding);
			return;
		}
		if ((*target)->next_known != YES) {
			unknown_image(facts, finding);
			return;
		}
		if (streq((*target)->next_driver, "vfio-pci"))
			*ARRAY_ADD(finding->arena, &arriving) = *target;
		else
			lost = true;
	}
	/* Where the next boot gives another one to its host driver, a reboot is not the cure. */
	if (lost)
		arriving.count = 0;
	if (!arriving.count && !coming.count)
		return;
	finding_fail(finding, 0);
	for_each (target, &arriving)
		finding_evidence(finding, &(*target)->handover_origin);
	finding_evidence_words(finding, &coming);
	warn_of_loss(facts, finding);
	finding_set(finding, "words", "%s",
		    coming.count ? words_text(finding->arena, &coming)
				 : _("vfio-pci for the device"));
}

/* -- boot.loader-unknown ----------------------------------------------------------------------- */

static void loader_unknown(const struct facts *facts, const struct device *device,
			   struct finding *finding)
{
	(void)device;
	if (facts->boot.loader != LOADER_UNKNOWN && facts->boot.ambiguous != YES) {
		finding_pass(finding);
		return;
	}
	if (!boot_anything_asked(facts) && facts->boot.ambiguous != YES)
		return;
	if (facts->boot.ambiguous != YES && !facts->boot.claims.count) {
		finding_fail(finding, 0);
		finding_evidence_at(finding, "/boot", 0,
				    "no loader's configuration was recognised");
		return;
	}
	finding_fail(finding, 1);
	for_each (claim, &facts->boot.claims)
		finding_evidence_at(finding, claim->source, 0, "%s%s%s",
				    loader_name(claim->loader) ? loader_name(claim->loader) : "",
				    loader_name(claim->loader) ? ": " : "", claim->text);
}

/* -- boot.other-kernels ------------------------------------------------------------------------ */

static void other_kernels(const struct facts *facts, const struct device *device,
			  struct finding *finding)
{
	const struct parameters *next = next_boot_cmdline(facts);
	struct strings lacking = {0};

	(void)device;
	if (!next || !boot_anything_asked(facts))
		return;
	/* Older deployments and generations keep the command line they were made with: that is what
	 * they are kept for. */
	if (facts->boot.loader == LOADER_OSTREE || facts->boot.loader == LOADER_NIXOS)
		return;
	for_each (entry, &facts->boot.entries) {
		struct parameters missing;

		if (entry->recovery || entry->parameters == next || !entry->parameters)
			continue;
		missing = words_missing(finding->arena, next, entry->parameters);
		if (!missing.count)
			continue;
		strings_add(finding->arena, &lacking,
			    entry->kernel_version ? entry->kernel_version : entry->id);
		finding_evidence_at(finding, entry->source, boot_words_line(entry), "lacks %s",
				    words_text(finding->arena, &missing));
	}
	if (!lacking.count) {
		finding_pass(finding);
		return;
	}
	finding_fail(finding, 0);
	finding_set(finding, "kernels", "%s", strings_join(finding->arena, &lacking, ", "));
}

/* -- the rows ---------------------------------------------------------------------------------- */

static const struct check rows[] = {
	{
		.id = "boot.pending",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_REBOOT,
		.title = N_("what is configured needs a reboot"),
		.why = N_("Everything is in place for the next boot: it was checked in the "
			  "generated configuration and "
			  "inside the initramfs."),
		.references = {"https://docs.kernel.org/admin-guide/kernel-parameters.html"},
		.evaluate = pending,
		.variants =
			{{
				 N_("the next boot brings {words}; this one does not have it yet"),
				 N_("The configuration is in place, but not booted."),
				 {{OWNER_USER,
				   N_("reboot (not by kexec, which may keep the old command line)"),
				   "systemctl reboot"}},
			 },
			 {
				 N_("do not reboot yet: the next boot takes {loss} from the host"),
				 N_("The configuration waits for a reboot, and it hands over a "
				    "device that the host itself needs."),
				 {{OWNER_USER,
				   N_("take that device out of the configuration before the next "
				      "boot"),
				   NULL}},
			 }},
	},
	{
		.id = "boot.loader-unknown",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_ARGUMENT_ADD,
		.title = N_("it is not clear which loader boots this host"),
		.why = N_("Without knowing the loader nobody can tell which file the next command "
			  "line comes from; editing "
			  "by guess is how hosts stop booting."),
		.references =
			{"https://uapi-group.org/specifications/specs/boot_loader_specification/"},
		.evaluate = loader_unknown,
		.variants =
			{
				{
					N_("the loader that boots this host was not recognised"),
					N_("None of the known loaders' files was found where they "
					   "are expected."),
					{{OWNER_USER,
					  N_("add kernel parameters by hand, the way this host's "
					     "loader wants it"),
					  NULL}},
				},
				{
					N_("more than one loader claims this host"),
					N_("The evidence below does not settle which of them boots "
					   "it."),
					{{OWNER_USER,
					  N_("remove what is left of the loader that is not used, "
					     "or keep both in step"),
					  NULL}},
				},
			},
	},
	{
		.id = "boot.other-kernels",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_REGENERATE_BOOT,
		.title = N_("the entry of another installed kernel lacks the parameters"),
		.why = N_("When an older or newer kernel is booted, by hand or after an update, "
			  "passthrough is gone until "
			  "its entry has the same words."),
		.references = {"https://docs.kernel.org/admin-guide/kernel-parameters.html"},
		.evaluate = other_kernels,
		.variants = {{
			N_("the entries of {kernels} lack words that the next boot has"),
			N_("They would boot without what passthrough needs."),
			{{OWNER_USER, N_("generate the entries of all kernels anew"), NULL}},
		}},
	},
};

const struct check_table checks_boot = {rows, ARRAY_SIZE(rows)};
