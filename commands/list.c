/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiokit list: every PCI function, as a table or as a tree. */
#include "command.h"
#include "preflight/checks/check.h"
#include "report/document.h"
#include "report/table.h"
#include "report/text.h"
#include "report/tree.h"

#include <errno.h>

static int print_json(const struct facts *facts, struct names *names)
{
	struct findings findings = {0};
	json_object *document, *part, *devices = NULL, *groups = NULL;

	checks_run(facts, &findings);
	document = document_build(facts, &findings, names, DOCUMENT_ALL_DEVICES);
	part = json_object_new_object();
	(void)json_object_object_get_ex(document, "devices", &devices);
	(void)json_object_object_get_ex(document, "groups", &groups);
	json_object_object_add(part, "schema", json_object_new_string("vfiokit/1"));
	json_object_object_add(part, "groups", json_object_get(groups));
	json_object_object_add(part, "devices", json_object_get(devices));
	printf("%s\n", json_object_to_json_string_ext(
			       part, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(part);
	json_object_put(document);
	return 0;
}

static int run(const struct settings *settings, struct error *error)
{
	_cleanup_facts_ struct facts *facts = facts_from_settings(settings, FACTS_ALL, error);
	_cleanup_names_ struct names *names = NULL;
	struct text_style style;

	if (!facts)
		return EXIT_USAGE;
	if (facts->targets_missing.count) {
		error_set(error, -ENODEV, "%s: no such device", facts->targets_missing.items[0]);
		return EXIT_USAGE;
	}
	if (!facts->devices.count && facts_unread_error(facts, "sys/bus/pci/devices")) {
		error_set(error, facts_unread_error(facts, "sys/bus/pci/devices"),
			  "/sys/bus/pci/devices: %s",
			  error_words(facts_unread_error(facts, "sys/bus/pci/devices")));
		return EXIT_USAGE;
	}
	names = names_new();
	if (streq(settings->format, "json"))
		return print_json(facts, names);
	style = text_style_for_output(settings->color);
	if (settings->tree) {
		style.width = terminal_table_width();
		tree_print_devices(facts, names, &style);
		return 0;
	}
	return table_print_devices(facts, names, &style, error) < 0 ? EXIT_USAGE : 0;
}

static const struct option_row options[] = {
	{"tree", NULL, N_("draw the PCIe topology: groups, and which port breaks isolation"),
	 OPTION_FLAG, offsetof(struct settings, tree), NULL},
};

const struct command command_list = {
	.name = "list",
	.arguments = "[DEVICE…]",
	.brief = N_("every PCI function, its IOMMU group and what uses it"),
	.summary = N_("List PCI functions: address, IOMMU group and the predicted one, ids, "
		      "driver, class, name,\n"
		      "state and what the host uses them for. Writes nothing."),
	.options = options,
	.option_count = ARRAY_SIZE(options),
	.reads_only = true,
	.run = run,
};
