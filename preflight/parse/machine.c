/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/machine.h"
#include "preflight/lines.h"

/* -- os-release ------------------------------------------------------------------------------ */

/* Takes quotes and backslashes away, up to the end of the shell word. */
static const char *unquote(struct arena *arena, struct line value)
{
	char *text = arena_alloc(arena, value.length + 1), *end = text;
	char quote = '\0';

	for (size_t i = 0; i < value.length; i++) {
		char c = value.text[i];

		if (quote ? c == quote : c == '"' || c == '\'') {
			quote = quote ? '\0' : c;
			continue;
		}
		if (!quote && (c == ' ' || c == '\t'))
			break;
		if (c == '\\' && quote != '\'' && i + 1 < value.length &&
		    (!quote || strchr("\\\"$`", value.text[i + 1])))
			c = value.text[++i];
		*end++ = c;
	}
	return printable_copy(arena, text, (size_t)(end - text));
}

const char *os_release_value(struct arena *arena, const char *text, size_t length, const char *name)
{
	struct line_reader reader = lines_of(text, length);
	struct line line, value, found = {0};

	while (lines_next(&reader, &line)) {
		line = line_trim(line);
		if (line_starts(&line, name, &value) && line_starts(&value, "=", &value))
			found = value;
	}
	return found.text ? unquote(arena, found) : NULL;
}

/* -- /proc/cpuinfo --------------------------------------------------------------------------- */

enum { CPUINFO_LIMIT = 65536, WIDEST_ADDRESS = 64 };

/* The value behind "name   : ", of the first line with that name; text NULL where there is none. */
static struct line find_value(struct line_reader reader, const char *name)
{
	struct line line, rest;

	while (lines_next(&reader, &line)) {
		if (!line_starts(&line, name, &rest))
			continue;
		rest = line_trim(rest);
		if (line_starts(&rest, ":", &rest))
			return line_trim(rest);
	}
	return (struct line){0};
}

static bool line_is(const struct line *line, const char *text)
{
	return line->length == strlen(text) && line_starts(line, text, NULL);
}

static bool has_word(struct line words, const char *text)
{
	struct line word;

	while (line_word(&words, &word))
		if (line_is(&word, text))
			return true;
	return false;
}

static enum cpu_vendor vendor_of(struct line id)
{
	static const struct {
		const char *id;
		enum cpu_vendor vendor;
	} vendors[] = {
		{"GenuineIntel", CPU_INTEL}, {"AuthenticAMD", CPU_AMD},
		{"HygonGenuine", CPU_HYGON}, {"CentaurHauls", CPU_ZHAOXIN},
		{"Shanghai", CPU_ZHAOXIN},
	};

	for (size_t i = 0; i < ARRAY_SIZE(vendors); i++)
		if (line_is(&id, vendors[i].id))
			return vendors[i].vendor;
	return CPU_OTHER;
}

static void describe_x86(struct line vendor, struct line flags, struct cpu_description *cpu)
{
	cpu->vendor = vendor_of(vendor);
	cpu->x86 = YES;
	cpu->architecture = has_word(flags, "lm") ? "x86_64" : "i686";
	cpu->virtualization = truth_of(has_word(flags, "vmx") || has_word(flags, "svm"));
	cpu->hypervisor = truth_of(has_word(flags, "hypervisor"));
}

static bool value_starts(struct line_reader reader, const char *name, const char *prefix)
{
	struct line value = find_value(reader, name);

	return value.text && line_starts(&value, prefix, NULL);
}

static void describe_other(struct line_reader reader, struct cpu_description *cpu)
{
	cpu->x86 = NO;
	cpu->vendor = CPU_OTHER;
	if (value_starts(reader, "CPU implementer", "")) {
		cpu->vendor = CPU_ARM;
		cpu->architecture =
			value_starts(reader, "CPU architecture", "8") ? "aarch64" : "armv7l";
	} else if (value_starts(reader, "isa", "rv64")) {
		cpu->architecture = "riscv64";
	} else if (value_starts(reader, "vendor_id", "IBM/S390")) {
		cpu->architecture = "s390x";
	}
}

/* "48 bits physical, 48 bits virtual" */
static int physical_bits(struct line sizes)
{
	struct line word;
	uint64_t bits;

	if (!line_word(&sizes, &word) || !line_decimal(&word, &bits) || bits > WIDEST_ADDRESS)
		return 0;
	sizes = line_trim(sizes);
	return line_starts(&sizes, "bits physical", NULL) ? (int)bits : 0;
}

void cpuinfo_parse(struct arena *arena, const char *text, size_t length,
		   struct cpu_description *ret_cpu)
{
	struct line_reader reader = lines_of(text, length < CPUINFO_LIMIT ? length : CPUINFO_LIMIT);
	struct line flags = find_value(reader, "flags");
	struct line vendor = find_value(reader, "vendor_id");
	struct line model = find_value(reader, "model name");

	*ret_cpu = (struct cpu_description){0};
	if (!memchr(text, ':', (size_t)(reader.end - text)))
		return;
	if (flags.text && vendor.text)
		describe_x86(vendor, flags, ret_cpu);
	else
		describe_other(reader, ret_cpu);
	ret_cpu->physical_bits = physical_bits(find_value(reader, "address sizes"));
	if (!model.text)
		model = find_value(reader, "cpu"); /* POWER */
	if (model.length)
		ret_cpu->model = printable_copy(arena, model.text, model.length);
}

/* -- kernel configuration --------------------------------------------------------------------- */

static const struct {
	const char *name; /* without CONFIG_ */
	size_t member;
} options[] = {
	{"INTEL_IOMMU", offsetof(struct kernel_config, intel_iommu)},
	{"INTEL_IOMMU_DEFAULT_ON", offsetof(struct kernel_config, intel_iommu_default_on)},
	{"INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF",
	 offsetof(struct kernel_config, intel_iommu_default_on_intgpu_off)},
	{"AMD_IOMMU", offsetof(struct kernel_config, amd_iommu)},
	{"IRQ_REMAP", offsetof(struct kernel_config, irq_remap)},
	{"VFIO", offsetof(struct kernel_config, vfio)},
	{"VFIO_PCI", offsetof(struct kernel_config, vfio_pci)},
	{"VFIO_IOMMU_TYPE1", offsetof(struct kernel_config, vfio_iommu_type1)},
	{"VFIO_PCI_VGA", offsetof(struct kernel_config, vfio_pci_vga)},
	{"VFIO_GROUP", offsetof(struct kernel_config, vfio_group)},
	{"IOMMUFD", offsetof(struct kernel_config, iommufd)},
	{"MODULES", offsetof(struct kernel_config, modules)},
	{"VFIO_DEVICE_CDEV", offsetof(struct kernel_config, vfio_device_cdev)},
	{"ARM_SMMU", offsetof(struct kernel_config, arm_smmu)},
	{"ARM_SMMU_V3", offsetof(struct kernel_config, arm_smmu_v3)},
	{"IOMMU_DEFAULT_PASSTHROUGH", offsetof(struct kernel_config, default_passthrough)},
};

static char *option_of(struct kernel_config *config, size_t i)
{
	return (char *)config + options[i].member;
}

/* Stores the option of a line "NAME=y" or "NAME is not set". */
static void take_option(const struct line *line, struct kernel_config *config)
{
	struct line rest;

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		if (!line_starts(line, options[i].name, &rest) || rest.length < 2)
			continue;
		if (rest.text[0] == '=' && (rest.text[1] == 'y' || rest.text[1] == 'm'))
			*option_of(config, i) = rest.text[1];
		else if (rest.text[0] == ' ')
			*option_of(config, i) = 'n';
	}
}

void kernel_config_parse(const char *text, size_t length, struct kernel_config *ret_config)
{
	struct line_reader reader = lines_of(text, length);
	struct kernel_config config = {.source = ret_config->source};
	struct line line;

	while (lines_next(&reader, &line)) {
		bool set = line_starts(&line, "CONFIG_", &line);

		if (set && line_starts(&line, "PCI=y", NULL))
			config.known = YES;
		else if ((set || line_starts(&line, "# CONFIG_", &line)) && line.length &&
			 strchr("AIV", line.text[0]))
			take_option(&line, &config);
	}
	if (config.known != YES)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (!*option_of(&config, i) &&
		    options[i].member != offsetof(struct kernel_config, vfio_group))
			*option_of(&config, i) = 'n';
	*ret_config = config;
}
