/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks boot.*: does what somebody wrote reach what boots? */
#include "preflight/checks/boot_asked.h"
#include "preflight/checks/boot_commands.h"
#include "preflight/checks/check.h"
#include "preflight/checks/passthrough_words.h"
#include "preflight/next_boot/next_boot.h"

/* -- boot.not-regenerated ---------------------------------------------------------------------- */

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
	const struct boot_entry *entry = boot_next_entry(facts);
	struct parameters missing = {0};

	(void)device;
	if (!boot_anything_asked(facts))
		return;
	if (!next || !entry) {
		/* What this boot has, some generated configuration had. */
		if (facts->cmdline_known == YES &&
		    !boot_words_lacking_now(facts, finding, NULL).count)
			finding_pass(finding);
		else
			finding_unknown_boot(facts, finding);
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
	finding_set(finding, "config", "%s", entry->source ? entry->source : _("the boot entry"));
	finding_set(finding, "command", "%s", boot_regenerate_command(finding, &missing));
	finding_evidence_words(finding, &missing);
	finding_evidence_at(finding, entry->source, boot_words_line(entry), "%s",
			    entry->cmdline ? entry->cmdline : "");
}

/* -- boot.wrong-loader ------------------------------------------------------------------------- */

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
		[LOADER_BLS] = N_("GRUB with BLS entries"),
		[LOADER_UKI] = N_("a unified kernel image"),
	};

	/* proxmox-boot-tool is no loader: what it fills partitions for is. */
	enum loader loader =
		boot->loader == LOADER_PROXMOX_BOOT_TOOL ? boot->esp_loader : boot->loader;
	const char *name = words[loader] ? _(words[loader]) : loader_name(loader);

	if (loader == boot->loader)
		return name;
	if (!name)
		return loader_name(boot->loader);
	return arena_printf(finding->arena, _("%s (set up by %s)"), name,
			    loader_name(boot->loader));
}

static void wrong_loader(const struct facts *facts, const struct device *device,
			 struct finding *finding)
{
	const struct parameters *next = next_boot_cmdline(facts);
	const struct boot_entry *entry = boot_next_entry(facts);
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
			finding_unknown_boot(facts, finding);
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
		    facts->boot.config ? facts->boot.config : _("another file"));
	finding_set(finding, "entry", "%s",
		    entry && entry->source ? entry->source : _("another file"));
	finding_set(finding, "loader", "%s", loader_words(finding, &facts->boot));
	finding_evidence_words(finding, &lost);
	/* That a file is there says little where variables or words speak. */
	for_each (claim, &facts->boot.claims)
		if (claim->loader == facts->boot.loader &&
		    (claim->strength > 1 || facts->boot.claims.items[0].strength <= 1))
			finding_evidence_at(finding, claim->source, 0, "%s", claim->text);
}

/* -- the rows ---------------------------------------------------------------------------------- */

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
					      "them from"),
					   "vfiokit configure"}},
				 },
			 [WRONG_GENERATED] =
				 {
					 N_("{words} was generated into {file}, but this host "
					    "boots by {config}"),
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
					    "does not come from that file."),
					 {{OWNER_VFIOKIT,
					   N_("put the words where the loader of this host takes "
					      "them from"),
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
};

const struct check_table checks_boot_written = {rows, ARRAY_SIZE(rows)};
