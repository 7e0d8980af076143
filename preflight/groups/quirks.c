/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/groups/quirks.h"

#include <ctype.h>

/* Reads decimal digits at *text and moves behind them; versions never need more than four. */
static bool number_read(const char **text, unsigned *ret_number)
{
	const char *at = *text;
	unsigned number = 0;

	while (isdigit((unsigned char)*at) && at - *text < 4)
		number = number * 10 + (unsigned)(*at++ - '0');
	if (at == *text)
		return false;
	*text = at;
	*ret_number = number;
	return true;
}

struct kernel_version kernel_version_parse(const char *release)
{
	struct kernel_version version = {0, 0}, unknown = {0, 0};

	if (!release || !number_read(&release, &version.major) || *release != '.')
		return unknown;
	release++;
	if (!number_read(&release, &version.minor))
		return unknown;
	return version;
}

int kernel_version_compare(struct kernel_version a, struct kernel_version b)
{
	if (a.major != b.major)
		return a.major < b.major ? -1 : 1;
	if (a.minor != b.minor)
		return a.minor < b.minor ? -1 : 1;
	return 0;
}

/* The kernels that tell something about a version: one of them, or the two around it. */
static unsigned kernels_around(struct kernel_version version)
{
	const struct kernel_version first = {6, 1}, second = {6, 12}, third = {7, 3};

	if (version.major == 0)
		return KERNELS_ALL;
	if (kernel_version_compare(version, first) <= 0)
		return KERNEL_6_1;
	if (kernel_version_compare(version, second) < 0)
		return KERNEL_6_1 | KERNEL_6_12;
	if (kernel_version_compare(version, second) == 0)
		return KERNEL_6_12;
	if (kernel_version_compare(version, third) < 0)
		return KERNEL_6_12 | KERNEL_7_3;
	return KERNEL_7_3;
}

enum truth quirk_in_kernel(unsigned kernels, struct kernel_version version)
{
	unsigned around = kernels_around(version);

	if ((kernels & around) == around)
		return YES;
	return kernels & around ? UNKNOWN : NO;
}

static bool range_holds(const struct id_range *ranges, size_t count, int id)
{
	for (size_t i = 0; i < count; i++)
		if (id >= ranges[i].first && id <= ranges[i].last)
			return true;
	return false;
}

static bool list_holds(const uint16_t *ids, size_t count, int id)
{
	for (size_t i = 0; i < count; i++)
		if (id == ids[i])
			return true;
	return false;
}

bool acs_rule_lists(enum acs_rule rule, int device)
{
	switch (rule) {
	case ACS_RULE_INTEL_PCH:
		return list_holds(acs_intel_pch_ports, acs_intel_pch_port_count, device);
	case ACS_RULE_INTEL_SPT:
		return range_holds(acs_intel_spt_ports, acs_intel_spt_port_count, device);
	case ACS_RULE_CAVIUM:
		return range_holds(acs_cavium_ports, acs_cavium_port_count, device);
	case ACS_RULE_ZHAOXIN_PORTS:
		return range_holds(acs_zhaoxin_ports, acs_zhaoxin_port_count, device);
	case ACS_RULE_WANGXUN:
		return range_holds(acs_wangxun_devices, acs_wangxun_device_count, device);
	default:
		return false;
	}
}

enum truth acs_source_validation_broken(int vendor, int device, struct kernel_version version)
{
	for (size_t i = 0; i < acs_broken_capability_count; i++) {
		const struct broken_acs_capability *row = &acs_broken_capabilities[i];

		if (vendor == row->vendor && device == row->device)
			return quirk_in_kernel(row->kernels, version);
	}
	return NO;
}

const struct alias_quirk *alias_quirk_find(int vendor, int device)
{
	for (size_t i = 0; i < alias_quirk_count; i++)
		if (vendor == alias_quirks[i].vendor && device == alias_quirks[i].device)
			return &alias_quirks[i];
	return NULL;
}

bool quirk_is_vmd_endpoint(int vendor, int device)
{
	return vendor == 0x8086 && list_holds(intel_vmd_devices, intel_vmd_device_count, device);
}

static enum truth condition_holds(enum quirk_condition condition, const struct quirk_ids *ids)
{
	switch (condition) {
	case QUIRK_ALWAYS:
		return YES;
	case QUIRK_VGA:
		return ids->class_code < 0 ? UNKNOWN : truth_of(ids->class_code >> 8 == 0x0300);
	case QUIRK_REVISION_1:
		return ids->revision < 0 ? UNKNOWN : truth_of(ids->revision == 1);
	case QUIRK_NVIDIA_SXM:
		return truth_of((ids->device & 0xffc0) == 0x2340);
	case QUIRK_FIRMWARE:
		break;
	}
	return UNKNOWN;
}

static enum truth row_applies(const struct reset_quirk *row, const struct quirk_ids *ids,
			      struct kernel_version version)
{
	enum truth condition, kernel;

	if (ids->vendor != row->vendor || ids->device < 0 ||
	    (row->device != QUIRK_ANY_DEVICE && row->device != ids->device))
		return NO;
	condition = condition_holds(row->condition, ids);
	kernel = quirk_in_kernel(row->kernels, version);
	if (condition == NO || kernel == NO)
		return NO;
	return condition == YES && kernel == YES ? YES : UNKNOWN;
}

enum truth reset_quirk_applies(enum reset_quirk_kind kind, const struct quirk_ids *ids,
			       struct kernel_version version, const struct reset_quirk **ret_quirk)
{
	const struct reset_trouble *trouble = reset_trouble_find(ids->vendor, ids->device, version);
	enum truth best = NO;

	/* A kernel that is too old to avoid the trouble does not have the quirk that does. */
	if (kind == RESET_NO_FLR && trouble && trouble->fixed_in.major)
		return NO;
	for (size_t i = 0; i < reset_quirk_count && best != YES; i++) {
		const struct reset_quirk *row = &reset_quirks[i];
		enum truth answer = row->kind == kind ? row_applies(row, ids, version) : NO;

		if (answer == NO || answer == best)
			continue;
		best = answer;
		if (ret_quirk)
			*ret_quirk = row;
	}
	return best;
}

const struct reset_trouble *reset_trouble_find(int vendor, int device,
					       struct kernel_version version)
{
	for (size_t i = 0; i < reset_trouble_count; i++) {
		const struct reset_trouble *row = &reset_troubles[i];

		if (vendor != row->vendor || device < row->first || device > row->last)
			continue;
		if (row->fixed_in.major == 0)
			return row;
		if (version.major != 0 && kernel_version_compare(version, row->fixed_in) < 0)
			return row;
	}
	return NULL;
}
