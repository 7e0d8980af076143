/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks driver.*: lines of modprobe.d and module lists that do not do what they seem to. */
#include "preflight/checks/check.h"
#include "preflight/next_boot/next_boot.h"
#include "preflight/parse/modprobe.h"
#include "preflight/groups/quirks.h"

/* -- driver.config-syntax ------------------------------------------------------------------------- */

enum { SYNTAX_BLANK, SYNTAX_ID, SYNTAX_COMMAND, SYNTAX_CRLF, SYNTAX_EMPTY };

static void fail_syntax(struct finding *finding, unsigned variant, const struct origin *origin,
			const char *text)
{
	if (finding->result != RESULT_FAIL) {
		finding_fail(finding, variant);
		finding_set(finding, "text", "%s", text);
	}
	finding_evidence(finding, origin);
}

/* Whether a word looks like an id: what follows a blank inside an ids= list. */
static bool looks_like_id(const char *word)
{
	size_t digits = strspn(word, "0123456789abcdefABCDEF");

	return digits == 4 && word[4] == ':' && strspn(word + 5, "0123456789abcdefABCDEF") == 4;
}

static void judge_ids(struct finding *finding, const char *value, const struct origin *origin)
{
	struct vfio_ids ids;

	vfio_ids_parse(finding->arena, value, &ids);
	for_each (id, &ids)
		if (!id->valid)
			fail_syntax(finding, SYNTAX_ID, origin, id->text);
	/* sscanf() of "1=8086:9d71" reads a number and stops: one number is no id. */
}

static void judge_vfio_line(struct finding *finding, const struct modprobe_line *line)
{
	struct module_options options;

	if (!*line->argument) {
		fail_syntax(finding, SYNTAX_EMPTY, &line->origin, line->origin.text);
		return;
	}
	modprobe_split_options(finding->arena, line->argument, &options);
	for_each (option, &options) {
		if (!option->value && looks_like_id(option->name))
			fail_syntax(finding, SYNTAX_BLANK, &line->origin, option->name);
		else if (names_equal(option->name, "ids") && option->value)
			judge_ids(finding, option->value, &line->origin);
	}
}

static bool speaks_of_vfio(const struct modprobe_line *line)
{
	return line->origin.text && strstr(line->origin.text, "vfio");
}

static void judge_line(struct finding *finding, const struct modprobe_line *line)
{
	if (line->command == MODPROBE_UNKNOWN && speaks_of_vfio(line))
		fail_syntax(finding, SYNTAX_COMMAND, &line->origin, line->origin.text);
	else if (line->module && strchr(line->module, '\r'))
		fail_syntax(finding, SYNTAX_CRLF, &line->origin, line->origin.text);
	else if (line->command == MODPROBE_OPTIONS && streq(line->module, "vfio_pci"))
		judge_vfio_line(finding, line);
	else if (line->command == MODPROBE_SOFTDEP && speaks_of_vfio(line)) {
		struct soft_dependencies dependencies = {0};

		modprobe_split_softdep(finding->arena, line->argument, &dependencies);
		if (!dependencies.before.count && !dependencies.after.count)
			fail_syntax(finding, SYNTAX_COMMAND, &line->origin, line->origin.text);
	}
}

static void judge_cmdline(struct finding *finding, const struct parameters *words)
{
	for (size_t i = 0; words && i < words->count; i++) {
		const struct parameter *word = &words->items[i];

		if (names_equal(word->name, "vfio-pci.ids") && word->value)
			judge_ids(finding, word->value, &word->origin);
		else if (!word->value && looks_like_id(word->name) && i > 0 &&
			 names_equal(words->items[i - 1].name, "vfio-pci.ids"))
			fail_syntax(finding, SYNTAX_BLANK, &word->origin, word->text);
	}
}

static void config_syntax(const struct facts *facts, const struct device *device,
			  struct finding *finding)
{
	(void)device;
	if (facts->modules.modprobe_known == YES)
		finding_pass(finding);
	else if (next_boot_matters(facts))
		finding_unknown(finding, "/etc/modprobe.d");
	for_each (line, &facts->modules.modprobe)
		judge_line(finding, line);
	judge_cmdline(finding, &facts->cmdline);
	judge_cmdline(finding, next_boot_cmdline(facts));
	for_each (source, &facts->boot.sources)
		if (source->used && !source->overridden)
			judge_cmdline(finding, source->parameters);
	if (finding->result == RESULT_FAIL) {
		finding_evidence_kind(finding, LOG_VFIO_INVALID_ID);
		finding_evidence_kind(finding, LOG_UNKNOWN_MODULE_PARAMETER);
	}
}

/* -- driver.unknown-option -------------------------------------------------------------------------- */

/* Parameters of the modules that passthrough configures, in 6.1 to 7.3 (module_param lines of
 * drivers/vfio, drivers/iommu/iommufd). */
static const struct {
	const char *module, *option;
} options_known[] = {
	{"vfio_pci", "ids"},
	{"vfio_pci", "nointxmask"},
	{"vfio_pci", "disable_vga"},
	{"vfio_pci", "disable_idle_d3"},
	{"vfio_pci", "enable_sriov"},
	{"vfio_pci", "disable_denylist"},
	{"vfio", "enable_unsafe_noiommu_mode"},
	{"vfio_iommu_type1", "allow_unsafe_interrupts"},
	{"vfio_iommu_type1", "disable_hugepages"},
	{"vfio_iommu_type1", "dma_entry_limit"},
	{"iommufd", "allow_unsafe_interrupts"},
};

static bool has_known_options(const char *module)
{
	for (size_t i = 0; i < ARRAY_SIZE(options_known); i++)
		if (streq(options_known[i].module, module))
			return true;
	return false;
}

static bool option_is_known(const struct facts *facts, const char *module, const char *option)
{
	/* disable_vga exists only where the kernel has VFIO_PCI_VGA. */
	if (names_equal(option, "disable_vga") && facts->machine.config.vfio_pci_vga == 'n')
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(options_known); i++)
		if (streq(options_known[i].module, module) &&
		    names_equal(options_known[i].option, option))
			return true;
	return false;
}

static void unknown_option(const struct facts *facts, const struct device *device,
			   struct finding *finding)
{
	(void)device;
	if (facts->modules.modprobe_known == YES)
		finding_pass(finding);
	else if (next_boot_matters(facts))
		finding_unknown(finding, "/etc/modprobe.d");
	for_each (line, &facts->modules.modprobe) {
		struct module_options options;

		if (line->command != MODPROBE_OPTIONS || !line->module ||
		    !has_known_options(line->module))
			continue;
		modprobe_split_options(finding->arena, line->argument, &options);
		for_each (option, &options) {
			if (option_is_known(facts, line->module, option->name) ||
			    looks_like_id(option->name))
				continue; /* a stray id is driver.config-syntax */
			if (finding->result != RESULT_FAIL) {
				finding_fail(finding, 0);
				finding_set(finding, "option", "%s", option->name);
				finding_set(finding, "module", "%s", line->module);
			}
			finding_evidence(finding, &line->origin);
		}
	}
	if (finding->result == RESULT_FAIL)
		finding_evidence_kind(finding, LOG_UNKNOWN_MODULE_PARAMETER);
}

/* -- driver.virqfd-obsolete --------------------------------------------------------------------------- */

static void virqfd_obsolete(const struct facts *facts, const struct device *device,
			    struct finding *finding)
{
	struct kernel_version version = kernel_version_parse(
		facts->boot.next_kernel ? facts->boot.next_kernel : facts->machine.kernel);

	(void)device;
	if (!version.major) {
		finding_unknown(finding, "/proc/sys/kernel/osrelease");
		return;
	}
	finding_pass(finding);
	if (kernel_version_compare(version, (struct kernel_version){6, 2}) < 0)
		return;
	for_each (load, &facts->handover.loads)
		if (streq(load->module, "vfio_virqfd")) {
			finding_fail(finding, 0);
			finding_evidence(finding, &load->origin);
		}
	for_each (setting, &facts->initramfs.settings) {
		bool fatal = facts->initramfs.generator == GENERATOR_DRACUT ||
			     facts->initramfs.generator == GENERATOR_MKINITCPIO;

		if (!setting->value || (!strstr(setting->value, "vfio_virqfd") &&
					!strstr(setting->value, "vfio-virqfd")))
			continue;
		finding_fail(finding, fatal ? 1 : 0);
		if (fatal)
			finding_severity(finding, SEVERITY_BLOCKER);
		finding_evidence_at(finding, setting->source, setting->line, "%s", setting->value);
	}
}

/* -- driver.blacklist-* ---------------------------------------------------------------------------------- */

static bool claims(const struct device *device, const char *module)
{
	for_each (name, &device->modules)
		if (names_equal(*name, module))
			return true;
	return false;
}

/* Whether the module could drive a target: blacklists of others are nobody's business here. */
static bool concerns_targets(const struct facts *facts, const char *module)
{
	for_each (target, &facts->targets)
		if (claims(*target, module))
			return true;
	return false;
}

/* Lists of modules-load.d are no way around it: systemd-modules-load applies the blacklist
 * (KMOD_PROBE_APPLY_BLACKLIST), unlike modprobe with a name. */
static void blacklist_ineffective(const struct facts *facts, const struct device *device,
				  struct finding *finding)
{
	bool any = false;

	(void)device;
	for_each (line, &facts->modules.modprobe) {
		if (line->command != MODPROBE_BLACKLIST || !line->module ||
		    !concerns_targets(facts, line->module))
			continue;
		any = true;
		if (!strings_contain(&facts->modules.builtin, line->module))
			continue;
		finding_fail(finding, 0);
		finding_set(finding, "module", "%s", line->module);
		finding_evidence(finding, &line->origin);
	}
	if (any && finding->result != RESULT_FAIL)
		finding_pass(finding);
}

static void blacklist_too_wide(const struct facts *facts, const struct device *device,
			       struct finding *finding)
{
	struct strings losers = {0};
	bool any = false;

	(void)device;
	for_each (line, &facts->modules.modprobe) {
		if (line->command != MODPROBE_BLACKLIST || !line->module ||
		    !concerns_targets(facts, line->module))
			continue;
		any = true;
		for_each (other, &facts->devices) {
			/* Only where the module is the one that the device would have. */
			if (other->target || other->is_bridge || other->vfio_driver ||
			    !claims(other, line->module) || other->modules.count != 1 ||
			    strings_contain(&losers, other->address))
				continue;
			strings_add(finding->arena, &losers, other->address);
			finding_set(finding, "module", "%s", line->module);
			finding_evidence(finding, &line->origin);
		}
	}
	if (losers.count) {
		finding_fail(finding, 0);
		finding_set(finding, "losers", "%s", strings_join(finding->arena, &losers, ", "));
	} else if (any) {
		finding_pass(finding);
	}
}

/* -- the rows ---------------------------------------------------------------------------------------- */

static const struct check rows[] = {
	{
		.id = "driver.config-syntax",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_MODPROBE,
		.title = N_("a line about vfio is malformed"),
		.why = N_("modprobe and the kernel skip what they cannot read. A blank inside ids= "
			  "ends the list; a word "
			  "that is no id is dropped."),
		.references = {"https://manpages.debian.org/kmod/modprobe.d.5.en.html"},
		.evaluate = config_syntax,
		.variants =
			{
				[SYNTAX_BLANK] =
					{
						N_("there is a blank inside the ids= list: {text} "
						   "is dropped"),
						N_("A blank ends the value; the ids behind it "
						   "never reach vfio-pci."),
						{{OWNER_USER,
						  N_("write the ids with commas and without "
						     "blanks: ids=10de:2484,10de:228b"),
						  NULL}},
					},
				[SYNTAX_ID] =
					{
						N_("{text} in the ids= list is no id"),
						N_("An id is vendor:device in hex. The kernel "
						   "skips this entry with a warning."),
						{{OWNER_USER,
						  N_("write vendor:device, as the list command "
						     "shows them"),
						  "vfiokit list"}},
					},
				[SYNTAX_COMMAND] =
					{
						N_("\"{text}\" is not a line that modprobe "
						   "understands"),
						N_("Known are options, softdep, blacklist, "
						   "install, remove and alias; a softdep needs "
						   "\"pre:\" or \"post:\" with a blank behind it."),
						{{OWNER_USER, N_("correct the line"), NULL}},
					},
				[SYNTAX_CRLF] =
					{
						N_("the file has Windows line ends: the module's "
						   "name is not what it seems"),
						N_("modprobe takes the carriage return for a part "
						   "of the name."),
						{{OWNER_USER,
						  N_("convert the file to Unix line ends"),
						  "sed -i 's/\\r$//' FILE"}},
					},
				[SYNTAX_EMPTY] =
					{
						N_("\"{text}\" has nothing behind it"),
						N_("modprobe ignores such a line."),
						{{OWNER_USER, N_("complete or remove the line"),
						  NULL}},
					},
			},
	},
	{
		.id = "driver.unknown-option",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_MODPROBE,
		.title = N_("a module option does not exist"),
		.why = N_("The kernel ignores options that a module does not have, with a line in "
			  "the log."),
		.references = {"https://docs.kernel.org/driver-api/vfio.html"},
		.evaluate = unknown_option,
		.variants = {{
			N_("{module} has no option {option}"),
			N_("It is misspelt, of another module, or this kernel was built without "
			   "what it belongs to."),
			{{OWNER_USER, N_("remove or correct it"), NULL}},
		}},
	},
	{
		.id = "driver.virqfd-obsolete",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_LOAD_EARLY,
		.title = N_("vfio_virqfd is listed, a module that no longer exists"),
		.why = N_("It became part of vfio in Linux 6.2. Guides still list it."),
		.references = {"https://docs.kernel.org/driver-api/vfio.html"},
		.evaluate = virqfd_obsolete,
		.variants =
			{
				{
					N_("vfio_virqfd is listed, but kernel {kernel} has no such "
					   "module"),
					N_("Loading it fails; nothing else is affected."),
					{{OWNER_USER, N_("remove vfio_virqfd from the list"),
					  NULL}},
				},
				{
					N_("vfio_virqfd is listed for the initramfs, but kernel "
					   "{kernel} has no such module"),
					N_("The generator fails on a module that does not exist, "
					   "and leaves the image incomplete."),
					{{OWNER_USER,
					  N_("remove vfio_virqfd from the list and build the "
					     "initramfs anew"),
					  NULL}},
				},
			},
	},
	{
		.id = "driver.blacklist-ineffective",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_MODPROBE,
		.title = N_("a blacklisted driver is loaded all the same"),
		.why = N_("\"blacklist\" stops loading by alias only: not built-in drivers, not "
			  "loading by name or as a "
			  "dependency, and not a copy in an initramfs that lacks the line."),
		.references = {"https://manpages.debian.org/kmod/modprobe.d.5.en.html"},
		.evaluate = blacklist_ineffective,
		.variants = {{
			N_("{module} is blacklisted, but it is built into the kernel"),
			N_("The line does not keep it from the device."),
			{{OWNER_USER, N_("use a softdep, or bind by address"), NULL}},
		}},
	},
	{
		.id = "driver.blacklist-too-wide",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_MODPROBE,
		.title = N_("a blacklist takes the driver from devices that stay with the host"),
		.why = N_("\"blacklist snd_hda_intel\" silences every sound device of the host, "
			  "not only the card's."),
		.references = {"https://manpages.debian.org/kmod/modprobe.d.5.en.html"},
		.evaluate = blacklist_too_wide,
		.variants = {{
			N_("blacklisting {module} also leaves {losers} without a driver"),
			N_("These stay with the host and have no other driver."),
			{{OWNER_USER,
			  N_("use \"softdep {module} pre: vfio-pci\" with ids= instead of the "
			     "blacklist"),
			  NULL}},
		}},
	},
};

const struct check_table checks_modprobe = {rows, ARRAY_SIZE(rows)};
