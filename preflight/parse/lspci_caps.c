/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/lspci_parts.h"

enum { EXTENDED_START = 0x100 };

/* Whether the line has "name+" (YES) or "name-" (NO). */
static enum truth flag(const struct line *line, const char *name)
{
	struct line behind;

	if (!line_behind(line, name, &behind) || !behind.length)
		return UNKNOWN;
	return behind.text[0] == '+' ? YES : behind.text[0] == '-' ? NO : UNKNOWN;
}

static bool number_behind(const struct line *line, const char *name, unsigned base, unsigned limit,
			  int *ret_value)
{
	struct line behind;

	if (!line_behind(line, name, &behind))
		return false;
	behind = line_trim(behind);
	return line_digits(&behind, base, limit, ret_value);
}

/* -- PCI Express --------------------------------------------------------------------------------- */

static void begin_express(struct lspci_reading *reading, const struct line *line)
{
	/* The longer words first: an endpoint's are the beginning of nobody else's. */
	static const struct {
		const char *words;
		enum port_type type;
	} types[] = {
		{"Legacy Endpoint", PORT_LEGACY_ENDPOINT},
		{"Root Complex Integrated Endpoint", PORT_ROOT_COMPLEX_ENDPOINT},
		{"Root Complex Event Collector", PORT_EVENT_COLLECTOR},
		{"Root Port", PORT_ROOT_PORT},
		{"Upstream Port", PORT_UPSTREAM},
		{"Downstream Port", PORT_DOWNSTREAM},
		{"PCI-Express to PCI/PCI-X Bridge", PORT_PCIE_TO_PCI},
		{"PCI/PCI-X to PCI-Express Bridge", PORT_PCI_TO_PCIE},
		{"Endpoint", PORT_ENDPOINT},
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (line_find(line, types[i].words)) {
			reading->function->config.port_type = types[i].type;
			return;
		}
}

/* "16GT/s" as sysfs writes it (pci_speed_string()); NULL for "unknown". */
static const char *speed_words(const struct line *line)
{
	static const struct {
		const char *text, *words;
	} speeds[] = {
		{"2.5GT/s", "2.5 GT/s PCIe"}, {"5GT/s", "5.0 GT/s PCIe"},
		{"8GT/s", "8.0 GT/s PCIe"},   {"16GT/s", "16.0 GT/s PCIe"},
		{"32GT/s", "32.0 GT/s PCIe"}, {"64GT/s", "64.0 GT/s PCIe"},
	};
	struct line behind;

	if (!line_behind(line, "Speed ", &behind))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(speeds); i++)
		if (line_starts(&behind, speeds[i].text, NULL))
			return speeds[i].words;
	return NULL;
}

static void read_express(struct lspci_reading *reading, const struct line *line)
{
	/* 63 is what a link that does not answer reads, and no width is wider than 32 lanes. */
	const unsigned widest = 32;
	struct lspci_function *function = reading->function;
	struct config_space *config = &function->config;
	int value;

	/* DevCap comes before DevCtl, which may have a word of the same name. */
	if (config->flr == UNKNOWN)
		config->flr = flag(line, "FLReset");
	if (line_starts(line, "LnkCap:", NULL)) {
		function->link_speed_max = speed_words(line);
		if (number_behind(line, "Width x", 10, widest, &value))
			function->link_width_max = value;
	} else if (line_starts(line, "LnkSta:", NULL)) {
		function->link_speed = speed_words(line);
		if (number_behind(line, "Width x", 10, widest, &value))
			function->link_width = value;
	} else if (line_starts(line, "Slot #", NULL) &&
		   number_behind(line, "Slot #", 10, 0x1fff, &value)) {
		config->slot_number = value;
	}
}

/* -- power, resets ------------------------------------------------------------------------------- */

static void begin_power(struct lspci_reading *reading, const struct line *line)
{
	(void)line;
	reading->function->config.pm = YES;
}

/* "Status: D0 NoSoftRst+ PME-Enable- …" */
static void read_power(struct lspci_reading *reading, const struct line *line)
{
	struct config_space *config = &reading->function->config;
	int state;

	if (!line_starts(line, "Status:", NULL))
		return;
	config->pm_no_soft_reset = flag(line, "NoSoftRst");
	if (number_behind(line, "Status: D", 10, 3, &state))
		config->pm_state = state;
}

static void read_advanced_features(struct lspci_reading *reading, const struct line *line)
{
	enum truth transactions_pending = flag(line, "TP"), flr = flag(line, " FLR");

	if (!line_starts(line, "AFCap:", NULL) || flr == UNKNOWN)
		return;
	/* The kernel's pcie_af_flr() wants both. */
	reading->function->config.af_flr = truth_of(flr == YES && transactions_pending == YES);
}

static void begin_msi(struct lspci_reading *reading, const struct line *line)
{
	(void)line;
	reading->function->config.msi = YES;
}

static void begin_msix(struct lspci_reading *reading, const struct line *line)
{
	(void)line;
	reading->function->config.msix = YES;
}

/* -- extended capabilities ----------------------------------------------------------------------- */

static uint16_t acs_bits(const struct line *line)
{
	static const struct {
		const char *name;
		enum acs_bit bit;
	} bits[] = {
		{"SrcValid", ACS_SV},    {"TransBlk", ACS_TB},    {"ReqRedir", ACS_RR},
		{"CmpltRedir", ACS_CR},  {"UpstreamFwd", ACS_UF}, {"EgressCtrl", ACS_EC},
		{"DirectTrans", ACS_DT},
	};
	uint16_t value = 0;

	for (size_t i = 0; i < ARRAY_SIZE(bits); i++)
		if (flag(line, bits[i].name) == YES)
			value = (uint16_t)(value | bits[i].bit);
	return value;
}

static void begin_acs(struct lspci_reading *reading, const struct line *line)
{
	int offset;

	if (number_behind(line, "Capabilities: [", 16, 0xfff, &offset))
		reading->function->config.acs_offset = (uint16_t)offset;
}

/* Both registers are needed: -v tells of the capability only. */
static void read_acs(struct lspci_reading *reading, const struct line *line)
{
	struct config_space *config = &reading->function->config;

	if (line_starts(line, "ACSCap:", NULL)) {
		config->acs_capability = acs_bits(line);
	} else if (line_starts(line, "ACSCtl:", NULL) && config->acs_offset) {
		config->acs_control = acs_bits(line);
		config->acs = YES;
	}
}

static void begin_sriov(struct lspci_reading *reading, const struct line *line)
{
	(void)line;
	reading->function->config.sriov = YES;
}

static void read_sriov(struct lspci_reading *reading, const struct line *line)
{
	struct lspci_function *function = reading->function;
	struct config_space *config = &function->config;
	int value;

	if (line_starts(line, "IOVCtl:", NULL) && flag(line, "Enable") == NO)
		function->sriov.active = 0;
	if (number_behind(line, "Initial VFs: ", 10, 0xffff, &value))
		config->sriov_initial = value;
	if (number_behind(line, "Total VFs: ", 10, 0xffff, &value))
		config->sriov_total = value;
	if (number_behind(line, "Number of VFs: ", 10, 0xffff, &value) && function->sriov.active)
		function->sriov.active = value;
	if (number_behind(line, "VF offset: ", 10, 0xffff, &value))
		function->sriov.offset = value;
	if (number_behind(line, "stride: ", 10, 0xffff, &value))
		function->sriov.stride = value;
	if (number_behind(line, "Device ID: ", 16, 0xffff, &value))
		config->sriov_vf_device_id = value;
}

/* "BAR 1: current size: 256MB, supported: 256MB 512MB 1GB"; bit n of the bitmap is 2^n MiB. */
static void read_resizable(struct lspci_reading *reading, const struct line *line)
{
	struct config_space *config = &reading->function->config;
	struct line rest, word;
	int index;

	if (!number_behind(line, "BAR ", 10, BAR_COUNT - 1, &index) ||
	    !line_behind(line, "supported:", &rest))
		return;
	config->resizable_bar = YES;
	while (line_word(&rest, &word)) {
		static const struct {
			const char *unit;
			unsigned shift;
		} units[] = {{"MB", 0}, {"GB", 10}, {"TB", 20}, {"PB", 30}};
		uint64_t size;
		int number;

		if (!line_digits(&word, 10, 1 << 20, &number))
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(units); i++)
			if (line_find(&word, units[i].unit)) {
				size = (uint64_t)number << units[i].shift;
				config->resizable_sizes[index] |=
					size ? UINT64_C(1) << __builtin_ctzll(size) : 0;
			}
	}
}

static void begin_ari(struct lspci_reading *reading, const struct line *line)
{
	(void)line;
	reading->function->config.ari = YES;
}

static void begin_ats(struct lspci_reading *reading, const struct line *line)
{
	(void)line;
	reading->function->config.ats = YES;
}

/* -- all of them --------------------------------------------------------------------------------- */

struct capability {
	const char *words; /* behind "Capabilities: [60] " */
	enum lspci_section section;
	void (*begin)(struct lspci_reading *reading, const struct line *line);
	void (*read)(struct lspci_reading *reading, const struct line *line);
};

static const struct capability capabilities[] = {
	{"Express ", SECTION_EXPRESS, begin_express, read_express},
	{"Power Management ", SECTION_POWER, begin_power, read_power},
	{"PCI Advanced Features", SECTION_ADVANCED_FEATURES, NULL, read_advanced_features},
	{"MSI: ", SECTION_OTHER, begin_msi, NULL},
	{"MSI-X: ", SECTION_OTHER, begin_msix, NULL},
	{"Access Control Services", SECTION_ACS, begin_acs, read_acs},
	{"Single Root I/O Virtualization", SECTION_SRIOV, begin_sriov, read_sriov},
	{"Physical Resizable BAR", SECTION_RESIZABLE, NULL, read_resizable},
	{"Resizable BAR", SECTION_RESIZABLE, NULL, read_resizable},
	{"Alternative Routing-ID Interpretation", SECTION_OTHER, begin_ari, NULL},
	{"Address Translation Service", SECTION_OTHER, begin_ats, NULL},
};

static void begin_capability(struct lspci_reading *reading, const struct line *line,
			     const struct line *behind)
{
	struct line offset, words;
	int value;

	reading->section = SECTION_OTHER;
	if (line_starts(behind, "<access denied", NULL))
		reading->function->denied = true;
	if (!line_starts(behind, "[", &offset) || !line_digits(&offset, 16, 0xfff, &value) ||
	    !line_behind(&offset, "] ", &words))
		return;
	reading->function->extended_told |= value >= EXTENDED_START;
	for (size_t i = 0; i < ARRAY_SIZE(capabilities); i++) {
		if (!line_starts(&words, capabilities[i].words, NULL))
			continue;
		reading->section = capabilities[i].section;
		if (capabilities[i].begin)
			capabilities[i].begin(reading, line);
		return;
	}
}

bool lspci_read_capability_line(struct lspci_reading *reading, const struct line *line)
{
	struct line behind;

	if (line_starts(line, "<access denied to the rest>", NULL))
		reading->function->denied = true;
	if (line_starts(line, "Capabilities: ", &behind)) {
		begin_capability(reading, line, &behind);
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(capabilities); i++)
		if (capabilities[i].section == reading->section && capabilities[i].read) {
			capabilities[i].read(reading, line);
			return true;
		}
	return false;
}

/* -- what is not there --------------------------------------------------------------------------- */

static void settle(enum truth *truth)
{
	if (*truth == UNKNOWN)
		*truth = NO;
}

/* lspci prints FLReset of endpoints only; an older one leaves integrated ones out. */
static void settle_flr(struct lspci_function *function)
{
	struct config_space *config = &function->config;
	bool may_have = config->port_type == PORT_ENDPOINT ||
			config->port_type == PORT_LEGACY_ENDPOINT ||
			config->port_type == PORT_ROOT_COMPLEX_ENDPOINT;

	if (!may_have)
		settle(&config->flr);
}

static void settle_extended(struct lspci_function *function)
{
	struct config_space *config = &function->config;

	if (config->port_type == PORT_CONVENTIONAL)
		config->extended = NO;
	else if (function->extended_told && (config->acs == YES || !config->acs_offset))
		config->extended = YES;
	else
		return;
	settle(&config->acs);
	settle(&config->sriov);
	settle(&config->resizable_bar);
	settle(&config->ari);
	settle(&config->ats);
}

void lspci_settle_capabilities(struct lspci_function *function)
{
	struct config_space *config = &function->config;

	if (function->detail < LSPCI_VERBOSE || function->denied || function->dead ||
	    !function->closed)
		return;
	if (config->port_type == PORT_UNKNOWN)
		config->port_type = PORT_CONVENTIONAL;
	settle(&config->pm);
	settle(&config->msi);
	settle(&config->msix);
	settle_extended(function);
	if (function->detail < LSPCI_FULL)
		return;
	settle(&config->af_flr);
	settle_flr(function);
	/* The list is known in full where the one thing that resets hang on is. */
	if (config->flr != UNKNOWN)
		config->capabilities = YES;
}
