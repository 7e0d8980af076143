/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiokit rehearse: what QEMU would ask of the kernel, without a VM. */
#include "host_source.h"
#include "progress.h"
#include "preflight/targets.h"
#include "rehearsal_json.h"
#include "report/document_write.h"
#include "report/text_rehearsal.h"

#include <errno.h>
#include <limits.h>

/* "16G" in bytes. A number alone is refused: some mean bytes, others MiB. */
static int parse_memory(const char *text, uint64_t *ret_size, struct error *error)
{
	static const char units[] = "KMGT";
	unsigned long long number;
	const char *unit;
	char *end;

	errno = 0;
	number = strtoull(text, &end, 10);
	unit = *end ? strchr(units, *end) : NULL;
	if (*text < '0' || *text > '9' || errno || !unit || (end[1] && !streq(end + 1, "iB")) ||
	    !number || number > (UINT64_C(1) << 50) >> (10 * (unit - units + 1)))
		return error_set(error, -EINVAL,
				 "--memory %s: a size like 512M or 16G is meant, of at most 1024T",
				 text);
	*ret_size = number << (10 * (unit - units + 1));
	return 0;
}

static const char *status_words(enum rehearse_verdict verdict, bool opened)
{
	switch (verdict) {
	case REHEARSE_PASSED:
		return opened ? _("PASSED   the kernel hands it over")
			      : _("PASSED   the kernel hands its group over; the device itself "
				  "was not opened");
	case REHEARSE_FAILED:
		return _("FAILED   the kernel does not hand it over as it is");
	case REHEARSE_UNPROVEN:
		return _("UNPROVEN   not everything could be tried");
	}
	return "";
}

static void print_json(const struct facts *facts, const struct rehearse_options *options,
		       const struct rehearsal *rehearsal)
{
	json_object *object = json_object_new_object(), *devices = json_object_new_array();

	put(object, "schema", text("vfiokit-rehearsal/1"));
	for_each (target, &facts->targets)
		json_object_array_add(devices, text((*target)->address));
	put(object, "devices", devices);
	put(object, "opened", json_object_new_boolean(options->open));
	put(object, "memory", options->memory ? json_object_new_uint64(options->memory) : NULL);
	put(object, "result", text(rehearse_verdict_name(rehearse_verdict(rehearsal))));
	put(object, "rehearsal", rehearsal_json(rehearsal));
	printf("%s\n", json_object_to_json_string_ext(
			       object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}

static void print_text(const struct settings *settings, const struct rehearse_options *options,
		       const struct rehearsal *rehearsal)
{
	struct text_style style = text_style_for_output(settings->color);
	json_object *steps = rehearsal_json(rehearsal);

	if (!settings->quiet)
		text_print_rehearsal(&style, steps, false);
	(void)puts(status_words(rehearse_verdict(rehearsal), options->open));
	json_object_put(steps);
}

static int exit_status(enum rehearse_verdict verdict)
{
	static const int status[] = {
		[REHEARSE_PASSED] = 0, [REHEARSE_FAILED] = 1, [REHEARSE_UNPROVEN] = 3};

	return status[verdict];
}

static int run(const struct settings *settings, struct error *error)
{
	_cleanup_host_source_ struct host_source source = {0};
	_cleanup_facts_ struct facts *facts = NULL;
	struct rehearse_options options = {.open = settings->open_devices};
	struct rehearse_calls calls;
	struct rehearsal rehearsal;
	struct progress progress;

	if (settings->root || settings->snapshot || settings->lspci || settings->dmesg) {
		error_set(error, -EINVAL, "only the running machine can be rehearsed");
		return EXIT_USAGE;
	}
	if (!settings->name_count) {
		error_set(error, -EINVAL, "the DEVICE is missing; see vfiokit rehearse --help");
		return EXIT_USAGE;
	}
	if (settings->memory && parse_memory(settings->memory, &options.memory, error) < 0)
		return EXIT_USAGE;
	if (host_source_open(settings, &source, error) < 0)
		return EXIT_USAGE;
	progress_begin(&progress, settings, PROGRESS_READING);
	facts = facts_collect(source.host);
	progress_end(&progress);
	if (targets_named(facts, settings->names, settings->name_count, error) < 0 ||
	    rehearse_refuse(facts, error) < 0)
		return EXIT_USAGE;
	calls = rehearse_calls_live(source.host);
	progress_begin(&progress, settings, N_("asking the kernel…"));
	rehearse_run(facts, &calls, &options, facts->arena, &rehearsal);
	progress_end(&progress);
	if (streq(settings->format, "json"))
		print_json(facts, &options, &rehearsal);
	else
		print_text(settings, &options, &rehearsal);
	return exit_status(rehearse_verdict(&rehearsal));
}

static const struct option_row options[] = {
	{"open", NULL, N_("open the devices, too, which resets them: regions, interrupts, reset"),
	 OPTION_FLAG, offsetof(struct settings, open_devices), NULL},
	{"memory", "SIZE", N_("map that much memory, as a VM's (16G); never more than is free"),
	 OPTION_TEXT, offsetof(struct settings, memory), NULL},
};

const struct command command_rehearse = {
	.name = "rehearse",
	.arguments = "DEVICE…",
	.brief = N_("ask the kernel what QEMU would ask, without a VM"),
	.summary = N_("Ask the kernel what QEMU would ask, without a VM: is the group viable, does "
		      "it get\n"
		      "an IOMMU domain, can memory be mapped for it. DEVICE must be with a VFIO "
		      "driver and\n"
		      "with no VM; a VM that starts at the same moment finds its group busy. "
		      "Devices are\n"
		      "not touched unless --open is given. The kernel resets a device when it is "
		      "opened and\n"
		      "closed, and may then reset the card's other functions that vfio-pci has and "
		      "nobody\n"
		      "uses. Everything is taken back, also when the program is killed.\n"
		      "Exit status: 0 passed, 1 a step failed, 2 bad usage or not possible, 3 not "
		      "all of it\n"
		      "could be tried (often: not root)."),
	.options = options,
	.option_count = ARRAY_SIZE(options),
	.run = run,
};
