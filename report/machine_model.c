/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "machine_model.h"
#include "view_parts.h"

#include <strings.h>

/* What firmware holds where nobody has written a name. */
static bool is_name(const char *value)
{
	static const char *const fillers[] = {
		"to be filled by o.e.m.",
		"system product name",
		"system manufacturer",
		"default string",
		"not specified",
		"not applicable",
		"unknown",
		"none",
		"o.e.m.",
		"oem",
		"empty",
		"product name",
	};

	if (!value || !value[strspn(value, " .-_0")])
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(fillers); i++)
		if (strcasecmp(value, fillers[i]) == 0)
			return false;
	return true;
}

json_object *machine_model(const struct machine_facts *machine)
{
	const char *name = is_name(machine->dmi_product) ? machine->dmi_product
			   : is_name(machine->dmi_board) ? machine->dmi_board
							 : NULL;

	if (!name)
		return NULL;
	if (!is_name(machine->dmi_vendor) || starts_with(name, machine->dmi_vendor))
		return text(name);
	return textf("%s %s", machine->dmi_vendor, name);
}
