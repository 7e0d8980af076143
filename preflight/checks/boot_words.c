/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks boot.parameter-*: words of the kernel command line that undo or mean nothing. */
#include "preflight/checks/check.h"
#include "preflight/next_boot/next_boot.h"
#include "preflight/checks/passthrough_words.h"

/* -- boot.parameter-conflict, boot.parameter-unknown ------------------------------------------------------------ */

/* Words of which a later one undoes an earlier one. Several pci=, module_blacklist= and the like are
 * all used. */
static bool undoes(const struct parameter *later, const struct parameter *earlier)
{
	static const struct {
		const char *name, *first, *second;
	} pairs[] = {
		{"intel_iommu", "on", "off"}, {"iommu", "pt", "nopt"},
		{"iommu", "force", "off"},    {"iommu", "pt", "off"},
		{"intremap", "on", "off"},    {"iommu.passthrough", "1", "0"},
	};

	if (!names_equal(later->name, earlier->name) || !later->value || !earlier->value ||
	    streq(later->value, earlier->value))
		return false;
	if (names_equal(later->name, "vfio-pci.ids"))
		return true; /* the last list replaces the one before */
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		if (names_equal(pairs[i].name, later->name) &&
		    ((streq(earlier->value, pairs[i].first) &&
		      streq(later->value, pairs[i].second)) ||
		     (streq(earlier->value, pairs[i].second) &&
		      streq(later->value, pairs[i].first))))
			return true;
	return false;
}

/* The command line that is judged: the next boot's where known, else the running one. */
static const struct parameters *judged_words(const struct facts *facts)
{
	const struct parameters *next = next_boot_cmdline(facts);

	return next ? next : &facts->cmdline;
}

static void parameter_conflict(const struct facts *facts, const struct device *device,
			       struct finding *finding)
{
	const struct parameters *words = judged_words(facts);

	(void)device;
	if (words == &facts->cmdline && facts->cmdline_known != YES) {
		finding_unknown(finding, "/proc/cmdline");
		return;
	}
	finding_pass(finding);
	/* Passthrough words are few; a hostile line of millions of others costs one pass. */
	for (size_t i = 0; i < words->count; i++) {
		if (!word_is_passthrough(&words->items[i]))
			continue;
		for (size_t before = 0; before < i && before < 4096; before++) {
			if (!undoes(&words->items[i], &words->items[before]))
				continue;
			finding_fail(finding, 0);
			finding_set(finding, "later", "%s", words->items[i].text);
			finding_set(finding, "earlier", "%s", words->items[before].text);
			finding_evidence(finding, &words->items[before].origin);
			finding_evidence(finding, &words->items[i].origin);
			return;
		}
	}
}

enum { WORD_MISSPELT, WORD_OTHER_TOOL };

/* Words that only one initramfs generator understands. */
static bool is_for_other_generator(const struct facts *facts, const struct parameter *word)
{
	enum generator generator = facts->initramfs.generator;

	if (generator == GENERATOR_UNKNOWN || generator == GENERATOR_DRACUT ||
	    generator == GENERATOR_OTHER)
		return false;
	return names_equal(word->name, "rd.driver.pre") ||
	       names_equal(word->name, "rd.driver.post") ||
	       names_equal(word->name, "rd.driver.blacklist") ||
	       names_equal(word->name, "rdblacklist") || names_equal(word->name, "rdloaddriver");
}

static void judge_words(const struct facts *facts, struct finding *finding,
			const struct parameters *words)
{
	for (size_t i = 0; words && i < words->count; i++) {
		const struct parameter *word = &words->items[i];
		const char *meant = word_meant(word);

		if (!meant && !is_for_other_generator(facts, word))
			continue;
		if (finding->result != RESULT_FAIL) {
			finding_fail(finding, meant ? WORD_MISSPELT : WORD_OTHER_TOOL);
			finding_set(finding, "word", "%s", word->text);
			finding_set(finding, "name", "%s", word->name);
			finding_set(finding, "meant", "%s", meant ? meant : "");
			finding_set(finding, "generator", "%s",
				    generator_name(facts->initramfs.generator)
					    ? generator_name(facts->initramfs.generator)
					    : _("this initramfs"));
		}
		finding_evidence(finding, &word->origin);
	}
}

/* The kernel's own list of words that it does not know, where one of these is on it (words with a
 * dot never are). */
static void quote_complaint(const struct facts *facts, struct finding *finding)
{
	const struct log_event *event = log_find(&facts->log, LOG_UNKNOWN_PARAMETERS, NULL);

	if (finding->result != RESULT_FAIL || !event)
		return;
	for_each (word, &facts->cmdline)
		if (word_meant(word) && strstr(event->text, word->text)) {
			finding_evidence_event(finding, &facts->log, event);
			return;
		}
}

static void parameter_unknown(const struct facts *facts, const struct device *device,
			      struct finding *finding)
{
	(void)device;
	if (facts->cmdline_known != YES) {
		finding_unknown(finding, "/proc/cmdline");
		return;
	}
	finding_pass(finding);
	judge_words(facts, finding, &facts->cmdline);
	judge_words(facts, finding, next_boot_cmdline(facts));
	for_each (source, &facts->boot.sources)
		judge_words(facts, finding, source->parameters);
	quote_complaint(facts, finding);
}

/* -- the rows ---------------------------------------------------------------------------------------- */

static const struct check rows[] = {
	{
		.id = "boot.parameter-conflict",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_ARGUMENT_REMOVE,
		.title = N_("a later kernel parameter undoes an earlier one"),
		.why = N_("The kernel reads the command line from left to right; where two words "
			  "say the opposite, or two "
			  "lists of ids are given, the last one counts."),
		.references = {"https://docs.kernel.org/admin-guide/kernel-parameters.html"},
		.evaluate = parameter_conflict,
		.variants = {{
			N_("{later} undoes {earlier}"),
			N_("The last one counts."),
			{{OWNER_USER,
			  N_("keep one of them (ids of several devices belong into one list, with "
			     "commas)"),
			  NULL}},
		}},
	},
	{
		.id = "boot.parameter-unknown",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_ARGUMENT_REMOVE,
		.title = N_("a passthrough parameter is misspelt or unknown here"),
		.why = N_("The kernel hands words that it does not know on to init, silently where "
			  "they hold a dot."),
		.references = {"https://docs.kernel.org/admin-guide/kernel-parameters.html"},
		.evaluate = parameter_unknown,
		.variants =
			{
				[WORD_MISSPELT] =
					{
						N_("{word}: no such parameter; {meant} is meant"),
						N_("The kernel ignores the word, and vfio-pci gets "
						   "nothing of it."),
						{{OWNER_USER,
						  N_("write {meant}= instead of {name}="), NULL}},
					},
				[WORD_OTHER_TOOL] =
					{
						N_("{word} does nothing here: only dracut reads "
						   "it, and {generator} made this initramfs"),
						N_("Each generator has words of its own."),
						{{OWNER_USER,
						  N_("order the drivers with a softdep line in "
						     "/etc/modprobe.d instead"),
						  NULL}},
					},
			},
	},
};

const struct check_table checks_boot_words = {rows, ARRAY_SIZE(rows)};
