/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks boot.*: does what somebody wrote reach the kernel at the next boot? */
#include "preflight/checks/boot_commands.h"
#include "preflight/checks/check.h"
#include "preflight/checks/cure.h"
#include "preflight/next_boot/next_boot.h"
#include "preflight/checks/passthrough_words.h"

/* Whether the configuration asks for anything at all that a boot would have to bring. */
static bool anything_asked(const struct facts *facts)
{
	for_each (device, &facts->devices)
		if (device->handover_asked == YES)
			return true;
	for_each (source, &facts->boot.sources)
		for (size_t i = 0; source->parameters && i < source->parameters->count; i++)
			if (word_is_passthrough(&source->parameters->items[i]))
				return true;
	return false;
}

static void quote_words(struct finding *finding, const struct parameters *words)
{
	for_each (word, words)
		finding_evidence(finding, &word->origin);
}

static const struct boot_entry *next_entry(const struct facts *facts)
{
	if (!facts->boot.next || facts->boot.next > facts->boot.entries.count)
		return NULL;
	return &facts->boot.entries.items[facts->boot.next - 1];
}

/* The line of an entry that has its words: not the one where it begins. */
static unsigned words_line(const struct boot_entry *entry)
{
	const struct origin *first = entry->parameters && entry->parameters->count
					     ? &entry->parameters->items[0].origin
					     : NULL;

	return first && streq(first->source, entry->source) ? first->line : entry->line;
}

static void unknown_boot(const struct facts *facts, struct finding *finding)
{
	finding_unknown(finding, facts->boot.unread_path ? facts->boot.unread_path : "/boot");
}

/* Who gets a device is not proven while the image that the entry names was not read. */
static void unknown_image(const struct facts *facts, struct finding *finding)
{
	const struct initramfs_image *image = next_boot_image(facts);

	finding_unknown(finding, image ? image->path : "/boot");
}

/* Words that somebody wrote for this host's loader, or that the next entry has, and that this boot
 * lacks. */
static struct parameters words_lacking_now(const struct facts *facts, struct finding *finding,
					   const struct parameters *next)
{
	struct parameters lacking = words_missing(finding->arena, next, &facts->cmdline);

	for_each (source, &facts->boot.sources) {
		struct parameters words = {0};

		if (source->used && !source->overridden)
			words = words_missing(finding->arena, source->parameters, &facts->cmdline);
		for_each (word, &words)
			if (!words_hold(&lacking, word))
				*ARRAY_ADD(finding->arena, &lacking) = *word;
	}
	return lacking;
}

/* -- boot.not-regenerated -------------------------------------------------------------------------- */

/* A file of this host's loader over which its generator will stumble. */
static bool quote_broken(struct finding *finding)
{
	for_each (source, &finding->facts->boot.sources) {
		if (!source->used || !source->broken)
			continue;
		finding_fail(finding, 1);
		finding_set(finding, "file", "%s", source->path);
		finding_evidence(finding, source->broken);
		return true;
	}
	return false;
}

static void not_regenerated(const struct facts *facts, const struct device *device,
			    struct finding *finding)
{
	const struct parameters *next = next_boot_cmdline(facts);
	const struct boot_entry *entry = next_entry(facts);
	struct parameters missing = {0};

	(void)device;
	if (!anything_asked(facts))
		return;
	if (!next || !entry) {
		/* What this boot has, some generated configuration had. */
		if (facts->cmdline_known == YES && !words_lacking_now(facts, finding, NULL).count)
			finding_pass(finding);
		else
			unknown_boot(facts, finding);
		return;
	}
	for_each (source, &facts->boot.sources) {
		struct parameters words;

		if (!source->used || source->overridden || !source->parameters)
			continue;
		words = words_missing(finding->arena, source->parameters, next);
		for_each (word, &words)
			*ARRAY_ADD(finding->arena, &missing) = *word;
	}
	if (quote_broken(finding))
		return;
	if (!missing.count) {
		finding_pass(finding);
		return;
	}
	finding_fail(finding, 0);
	finding_set(finding, "words", "%s", words_text(finding->arena, &missing));
	finding_set(finding, "config", "%s", entry->source ? entry->source : "the boot entry");
	finding_set(finding, "command", "%s", boot_regenerate_command(finding, &missing));
	quote_words(finding, &missing);
	finding_evidence_at(finding, entry->source, words_line(entry), "%s",
			    entry->cmdline ? entry->cmdline : "");
}

/* -- boot.wrong-loader --------------------------------------------------------------------------------- */

enum { WRONG_OTHER_LOADER, WRONG_GENERATED, WRONG_UNREAD, WRONG_SECOND_LINE };

/* A file of a loader that does boot this host, under a name or for a kind of entry that nothing reads. */
static unsigned wrong_variant(const struct facts *facts, const struct boot_source *source)
{
	enum loader loader = facts->boot.loader;

	if (source->generated)
		return WRONG_GENERATED;
	/* /etc/kernel/cmdline is read for systemd-boot only, and of it the first line. */
	if (source->loader == LOADER_PROXMOX_BOOT_TOOL && loader == LOADER_PROXMOX_BOOT_TOOL)
		return facts->boot.esp_loader == LOADER_SYSTEMD_BOOT ? WRONG_SECOND_LINE
								     : WRONG_OTHER_LOADER;
	return source->loader == loader || (source->loader == LOADER_GRUB && loader == LOADER_BLS)
		       ? WRONG_UNREAD
		       : WRONG_OTHER_LOADER;
}

/* As people call it; the document has loader_name(). */
static const char *loader_words(struct finding *finding, const struct boot_facts *boot)
{
	static const char *const words[LOADER_COUNT] = {
		[LOADER_GRUB] = "GRUB",
		[LOADER_BLS] = "GRUB with BLS entries",
		[LOADER_UKI] = "a unified kernel image",
	};

	/* proxmox-boot-tool is no loader: what it fills partitions for is. */
	enum loader loader =
		boot->loader == LOADER_PROXMOX_BOOT_TOOL ? boot->esp_loader : boot->loader;
	const char *name = words[loader] ? words[loader] : loader_name(loader);

	if (loader == boot->loader)
		return name;
	if (!name)
		return loader_name(boot->loader);
	return arena_printf(finding->arena, "%s (set up by %s)", name, loader_name(boot->loader));
}

static void wrong_loader(const struct facts *facts, const struct device *device,
			 struct finding *finding)
{
	const struct parameters *next = next_boot_cmdline(facts);
	const struct boot_entry *entry = next_entry(facts);
	struct parameters lost = {0};
	const struct boot_source *first = NULL;

	(void)device;
	for_each (source, &facts->boot.sources) {
		struct parameters words;

		if (source->used || !source->parameters)
			continue;
		words = words_missing(finding->arena, source->parameters,
				      next ? next : &facts->cmdline);
		for_each (word, &words)
			*ARRAY_ADD(finding->arena, &lost) = *word;
		if (words.count && !first)
			first = source;
	}
	if (!facts->boot.sources.count || facts->boot.loader == LOADER_UNKNOWN) {
		if (facts->boot.loader == LOADER_UNKNOWN && lost.count)
			unknown_boot(facts, finding);
		return;
	}
	if (!first) {
		finding_pass(finding);
		return;
	}
	finding_fail(finding, wrong_variant(facts, first));
	finding_set(finding, "words", "%s", words_text(finding->arena, &lost));
	finding_set(finding, "command", "%s", boot_grub_command(finding));
	finding_set(finding, "file", "%s", first->path);
	finding_set(finding, "config", "%s",
		    facts->boot.config ? facts->boot.config : "another file");
	finding_set(finding, "entry", "%s",
		    entry && entry->source ? entry->source : "another file");
	finding_set(finding, "loader", "%s", loader_words(finding, &facts->boot));
	quote_words(finding, &lost);
	/* That a file is there says little where variables or words speak. */
	for_each (claim, &facts->boot.claims)
		if (claim->loader == facts->boot.loader &&
		    (claim->strength > 1 || facts->boot.claims.items[0].strength <= 1))
			finding_evidence_at(finding, claim->source, 0, "%s", claim->text);
}

/* -- boot.pending ---------------------------------------------------------------------------------------- */

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
	if (!anything_asked(facts))
		return;
	finding_pass(finding);
	if (facts->cmdline_known == YES) {
		lacking = words_lacking_now(facts, finding, next);
		coming = words_missing(finding->arena, next, &facts->cmdline);
	}
	if (lacking.count && (!next || facts->boot.known != YES)) {
		unknown_boot(facts, finding);
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
			unknown_boot(facts, finding);
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
	quote_words(finding, &coming);
	warn_of_loss(facts, finding);
	finding_set(finding, "words", "%s",
		    coming.count ? words_text(finding->arena, &coming) : "vfio-pci for the device");
}

/* -- boot.loader-unknown ----------------------------------------------------------------------------------- */

static void loader_unknown(const struct facts *facts, const struct device *device,
			   struct finding *finding)
{
	(void)device;
	if (facts->boot.loader != LOADER_UNKNOWN && facts->boot.ambiguous != YES) {
		finding_pass(finding);
		return;
	}
	if (!anything_asked(facts) && facts->boot.ambiguous != YES)
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

/* -- boot.other-kernels -------------------------------------------------------------------------------------- */

static void other_kernels(const struct facts *facts, const struct device *device,
			  struct finding *finding)
{
	const struct parameters *next = next_boot_cmdline(facts);
	struct strings lacking = {0};

	(void)device;
	if (!next || !anything_asked(facts))
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
		finding_evidence_at(finding, entry->source, words_line(entry), "lacks %s",
				    words_text(finding->arena, &missing));
	}
	if (!lacking.count) {
		finding_pass(finding);
		return;
	}
	finding_fail(finding, 0);
	finding_set(finding, "kernels", "%s", strings_join(finding->arena, &lacking, ", "));
}

/* -- the rows ---------------------------------------------------------------------------------------- */

static const struct check rows[] = {
	{
		.id = "boot.not-regenerated",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_REGENERATE_BOOT,
		.title = N_("the generated boot configuration lacks what the edited file says"),
		.why = N_("Loaders do not read /etc/default/grub or /etc/kernel/cmdline. A command "
			  "turns those files "
			  "into the configuration that boots; until it has run, the edit does "
			  "nothing."),
		.references = {"https://www.gnu.org/software/grub/manual/grub/"},
		.evaluate = not_regenerated,
		.cured_by_configure = true,
		.variants = {{
				     N_("{words} stands in the edited file, but not in {config}"),
				     N_("The file was edited and the boot configuration was not "
					"generated anew."),
				     {{OWNER_USER, N_("generate the boot configuration"),
				       "{command}"}},
			     },
			     {
				     N_("{file} is malformed: the boot configuration cannot be "
					"generated from it"),
				     N_("The generator stops at the quoted line, or misreads it."),
				     {{OWNER_USER,
				       N_("correct the line, then generate the boot configuration"),
				       NULL}},
			     }},
	},
	{
		.id = "boot.wrong-loader",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_ARGUMENT_ADD,
		.title =
			N_("parameters stand in the file of a loader that does not boot this host"),
		.why = N_("Guides edit /etc/default/grub everywhere. Hosts that boot by "
			  "systemd-boot, proxmox-boot-tool, "
			  "kernelstub or a unified kernel image never read it."),
		.references = {"https://pve.proxmox.com/wiki/Host_Bootloader"},
		.evaluate = wrong_loader,
		.cured_by_configure = true,
		.variants =
			{[WRONG_OTHER_LOADER] =
				 {
					 N_("{words} stands in {file}, but {loader} boots this "
					    "host"),
					 N_("That file belongs to another loader; nothing reads it "
					    "here."),
					 {{OWNER_VFIOKIT,
					   N_("put the words where the loader of this host takes "
					      "them "
					      "from"),
					   "vfiokit configure"}},
				 },
			 [WRONG_GENERATED] =
				 {
					 N_("{words} was generated into {file}, but this host "
					    "boots by "
					    "{config}"),
					 N_("The boot configuration was written to a file that the "
					    "loader does not read here."),
					 {{OWNER_USER, N_("generate the file that boots"),
					   "{command}"}},
				 },
			 [WRONG_UNREAD] =
				 {
					 N_("{words} stands in {file}, which nothing reads on this "
					    "host"),
					 N_("The next boot takes its words from {entry}, which "
					    "does not "
					    "come from that file."),
					 {{OWNER_VFIOKIT,
					   N_("put the words where the loader of this host takes "
					      "them "
					      "from"),
					   "vfiokit configure"}},
				 },
			 [WRONG_SECOND_LINE] =
				 {
					 N_("{words} stands behind the first line of {file}, where "
					    "nothing reads it"),
					 N_("proxmox-boot-tool takes the first line of that file "
					    "and no other."),
					 {{OWNER_USER,
					   N_("put the words on the first line, then write them to "
					      "the boot partitions"),
					   "proxmox-boot-tool refresh"}},
				 }},
	},
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
