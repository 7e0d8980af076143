/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tree_builder.h"

#include <errno.h>
#include <inttypes.h>

static const char *group_path(const struct builder *builder, const char *group, const char *name)
{
	return arena_printf(builder->arena, "sys/kernel/iommu_groups/%s/%s", group, name);
}

/* What the kernel reserves for every device of such an IOMMU. */
static const char *default_regions(const struct builder *builder)
{
	static const char msi[] = "0x00000000fee00000 0x00000000feefffff msi\n";
	const char *unit = builder->units.count ? builder->units.items[0] : "";

	if (starts_with(unit, "ivhd"))
		return arena_printf(builder->arena, "%s%s", msi,
				    "0x000000fd00000000 0x000000ffffffffff reserved\n");
	if (starts_with(unit, "smmu"))
		return "0x0000000008000000 0x00000000080fffff msi\n";
	return msi;
}

int build_group_defaults(const struct builder *builder, const char *group)
{
	int result;

	if (builder_exists(builder, group_path(builder, group, "type")))
		return 0;
	result = builder_directory(builder, group_path(builder, group, "devices"));
	if (result == 0)
		result = builder_printf(builder, group_path(builder, group, "type"), "DMA-FQ\n");
	if (result < 0)
		return result;
	return builder_printf(builder, group_path(builder, group, "reserved_regions"), "%s",
			      default_regions(builder));
}

/* "START-END:TYPE" as a line of reserved_regions. */
static const char *region_line(const struct builder *builder, const char *value)
{
	uint64_t start, end;
	char type[24];

	if (sscanf(value, "%" SCNx64 "-%" SCNx64 ":%23[a-z-]", &start, &end, type) != 3)
		return NULL;
	return arena_printf(builder->arena, "0x%016" PRIx64 " 0x%016" PRIx64 " %s\n", start, end,
			    type);
}

static int set_group_key(const struct builder *builder, const char *group, const struct pair *key,
			 const char **regions)
{
	const char *line;

	if (streq(key->name, "type") || streq(key->name, "name"))
		return builder_printf(builder, group_path(builder, group, key->name), "%s\n",
				      key->value);
	line = streq(key->name, "region") ? region_line(builder, key->value) : NULL;
	if (!line)
		return builder_fail(builder, -EINVAL, "%s=%s: not a setting of a group", key->name,
				    key->value);
	*regions = arena_printf(builder->arena, "%s%s", *regions ? *regions : "", line);
	return 0;
}

int build_group(struct builder *builder, char *arguments)
{
	const char *group = strsep(&arguments, " \t"), *regions = NULL;
	struct pairs keys = {0};
	uint64_t number;
	int result;

	if (number_parse(group, 10, &number) < 0)
		return builder_fail(builder, -EINVAL, "%s: not a group number", group);
	result = pairs_parse(builder, arguments, &keys);
	if (result == 0)
		result = build_group_defaults(builder, group);
	for_each (key, &keys)
		if (result == 0)
			result = set_group_key(builder, group, key, &regions);
	if (result == 0 && regions)
		result = builder_printf(builder, group_path(builder, group, "reserved_regions"),
					"%s", regions);
	return result;
}

/* -- units -------------------------------------------------------------------------------- */

const char *unit_path(const struct builder *builder, const char *unit)
{
	if (!strings_contain(&builder->units, unit))
		return NULL;
	/* Named after the platform device that the IORT driver makes, which are counted. */
	if (starts_with(unit, "smmu3."))
		for (size_t i = 0; i < builder->units.count; i++)
			if (streq(builder->units.items[i], unit))
				return arena_printf(builder->arena,
						    "sys/devices/platform/arm-smmu-v3.%zu.auto/"
						    "iommu/%s",
						    i, unit);
	/* AMD's hangs from the IOMMU function of its root complex. */
	if (starts_with(unit, "ivhd"))
		for_each (device, &builder->devices)
			if ((*device)->class_code >> 8 == 0x0806)
				return arena_printf(builder->arena, "%s/iommu/%s", (*device)->path,
						    unit);
	return arena_printf(builder->arena, "sys/devices/virtual/iommu/%s", unit);
}

struct unit_file {
	const char *name, *value;
};

static int write_unit_files(const struct builder *builder, const char *directory,
			    const struct unit_file *files, size_t count)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < count; i++)
		result = builder_printf(
			builder, arena_printf(builder->arena, "%s/%s", directory, files[i].name),
			"%s\n", files[i].value);
	return result;
}

static int write_intel_unit(const struct builder *builder, const char *path, const char *unit,
			    const struct pairs *keys)
{
	const char *cap = pairs_get(keys, "cap"), *address = pairs_get(keys, "address");
	const struct unit_file files[] = {
		{"address", address                ? address
			    : streq(unit, "dmar0") ? "fed90000"
						   : "fed91000"},
		{"cap", cap ? cap : "d2008c40660462"},
		{"ecap", "f050da"},
		{"version", "1:0"},
		{"domains_supported", "65536"},
		{"domains_used", "13"},
	};

	return write_unit_files(builder, arena_printf(builder->arena, "%s/intel-iommu", path),
				files, ARRAY_SIZE(files));
}

static int write_amd_unit(const struct builder *builder, const char *path, const char *cap)
{
	const struct unit_file files[] = {
		{"cap", cap ? cap : "190b640f"},
		{"features", "246577efa2254afa:0"},
	};

	return write_unit_files(builder, arena_printf(builder->arena, "%s/amd-iommu", path), files,
				ARRAY_SIZE(files));
}

int build_unit(struct builder *builder, char *arguments)
{
	const char *unit = strsep(&arguments, " \t"), *path;
	struct pairs keys = {0};
	int result = pairs_parse(builder, arguments, &keys);

	if (result < 0)
		return result;
	if (!strings_contain(&builder->units, unit))
		strings_add(builder->arena, &builder->units, unit);
	path = unit_path(builder, unit);
	result = builder_directory(builder, arena_printf(builder->arena, "%s/devices", path));
	if (result == 0)
		result =
			builder_link_to(builder, arena_printf(builder->arena, "%s/subsystem", path),
					"sys/class/iommu");
	if (result == 0)
		result = builder_link_to(
			builder, arena_printf(builder->arena, "sys/class/iommu/%s", unit), path);
	if (result == 0 && starts_with(unit, "dmar"))
		result = write_intel_unit(builder, path, unit, &keys);
	if (result == 0 && starts_with(unit, "ivhd"))
		result = write_amd_unit(builder, path, pairs_get(&keys, "cap"));
	return result;
}
