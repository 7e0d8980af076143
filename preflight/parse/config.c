/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/config.h"

/* Registers of the header that all layouts share, and of each layout. */
enum {
	REGISTER_VENDOR = 0x00,
	REGISTER_DEVICE = 0x02,
	REGISTER_COMMAND = 0x04,
	REGISTER_STATUS = 0x06,
	REGISTER_REVISION = 0x08,
	REGISTER_HEADER_TYPE = 0x0e,
	REGISTER_PRIMARY_BUS = 0x18,
	REGISTER_SECONDARY_BUS = 0x19,
	REGISTER_SUBORDINATE_BUS = 0x1a,
	REGISTER_SUBSYSTEM = 0x2c,
	REGISTER_CAPABILITIES = 0x34,
	REGISTER_INTERRUPT_PIN = 0x3d,
	CARDBUS_CAPABILITIES = 0x14,
	CARDBUS_SUBSYSTEM = 0x40,
	STATUS_CAPABILITIES = 0x10,
	HEADER_SIZE = 0x40,
	EXTENDED_START = 0x100,
};

/* The kernel follows at most this many pointers (drivers/pci/pci.c: PCI_FIND_CAP_TTL; the extended
 * space holds no more than one capability for each eight bytes). */
enum {
	CONVENTIONAL_LIMIT = 48,
	EXTENDED_LIMIT = (4096 - 256) / 8,
};

struct space {
	const uint8_t *bytes;
	size_t size;
};

static bool space_holds(const struct space *space, size_t offset, size_t length)
{
	return offset <= space->size && length <= space->size - offset;
}

static uint8_t byte_at(const struct space *space, size_t offset)
{
	return space_holds(space, offset, 1) ? space->bytes[offset] : 0xff;
}

static uint16_t word_at(const struct space *space, size_t offset)
{
	return (uint16_t)(byte_at(space, offset) | byte_at(space, offset + 1) << 8);
}

static uint32_t dword_at(const struct space *space, size_t offset)
{
	return word_at(space, offset) | (uint32_t)word_at(space, offset + 2) << 16;
}

/* -- capabilities ------------------------------------------------------------------------------ */

static void parse_power_management(const struct space *space, size_t at,
				   struct config_space *config)
{
	uint16_t control = word_at(space, at + 4);

	config->pm = YES;
	config->pm_no_soft_reset = truth_of(control & 0x8);
	config->pm_state = control & 0x3;
}

static void parse_msi(const struct space *space, size_t at, struct config_space *config)
{
	(void)space, (void)at;
	config->msi = YES;
}

static void parse_msix(const struct space *space, size_t at, struct config_space *config)
{
	(void)space, (void)at;
	config->msix = YES;
}

static void parse_bridge_subsystem(const struct space *space, size_t at,
				   struct config_space *config)
{
	if (config->header_type != 1)
		return;
	config->subsystem_vendor_id = word_at(space, at + 4);
	config->subsystem_device_id = word_at(space, at + 6);
}

static void parse_express(const struct space *space, size_t at, struct config_space *config)
{
	uint16_t flags = word_at(space, at + 2);
	bool has_slot = flags & 0x100;

	config->port_type = (enum port_type)(flags >> 4 & 0xf);
	config->flr = truth_of(dword_at(space, at + 4) & 1u << 28);
	if (has_slot && space_holds(space, at + 0x14, 4) &&
	    (config->port_type == PORT_ROOT_PORT || config->port_type == PORT_DOWNSTREAM))
		config->slot_number = (int)(dword_at(space, at + 0x14) >> 19);
}

static void parse_advanced_features(const struct space *space, size_t at,
				    struct config_space *config)
{
	/* The kernel's pcie_af_flr() wants the transactions-pending bit as well. */
	config->af_flr = truth_of((byte_at(space, at + 3) & 0x3) == 0x3);
}

static void parse_acs(const struct space *space, size_t at, struct config_space *config)
{
	config->acs = YES;
	config->acs_offset = (uint16_t)at;
	config->acs_capability = word_at(space, at + 4);
	config->acs_control = word_at(space, at + 6);
	config->acs_wide_known = space_holds(space, at, 12);
	if (config->acs_wide_known) {
		config->acs_wide_capability = dword_at(space, at + 4);
		config->acs_wide_control = dword_at(space, at + 8);
	}
}

static void parse_sriov(const struct space *space, size_t at, struct config_space *config)
{
	config->sriov = YES;
	config->sriov_initial = word_at(space, at + 0x0c);
	config->sriov_total = word_at(space, at + 0x0e);
	config->sriov_vf_device_id = word_at(space, at + 0x1a);
}

static void parse_resizable_bar(const struct space *space, size_t at, struct config_space *config)
{
	unsigned count = dword_at(space, at + 8) >> 5 & 0x7;

	config->resizable_bar = YES;
	for (unsigned i = 0; i < count; i++) {
		size_t entry = at + 4 + i * 8;
		uint32_t control = dword_at(space, entry + 4);
		unsigned index = control & 0x7;

		if (!space_holds(space, entry, 8) || index >= ARRAY_SIZE(config->resizable_sizes))
			continue;
		/* Sizes from 256 TiB on stand in the upper half of the control register. */
		config->resizable_sizes[index] =
			dword_at(space, entry) >> 4 | (uint64_t)(control >> 16) << 28;
	}
}

static void parse_ari(const struct space *space, size_t at, struct config_space *config)
{
	(void)space, (void)at;
	config->ari = YES;
}

static void parse_ats(const struct space *space, size_t at, struct config_space *config)
{
	(void)space, (void)at;
	config->ats = YES;
}

struct capability {
	uint16_t id;
	uint16_t size; /* bytes that parse() needs */
	void (*parse)(const struct space *space, size_t at, struct config_space *config);
};

static const struct capability conventional_capabilities[] = {
	{0x01, 6, parse_power_management},
	{0x05, 4, parse_msi},
	{0x0d, 8, parse_bridge_subsystem},
	{0x10, 8, parse_express},
	{0x11, 4, parse_msix},
	{0x13, 4, parse_advanced_features},
};

static const struct capability extended_capabilities[] = {
	{0x0d, 8, parse_acs},
	{0x0e, 8, parse_ari},
	{0x0f, 8, parse_ats},
	{0x10, 0x1c, parse_sriov},
	{0x15, 12, parse_resizable_bar},
};

/* Parses the capability at `at` where the table knows it. The first of an id counts, as in the
 * kernel's pci_find_capability(). false: it is cut off. */
static bool parse_capability(const struct space *space, size_t at, uint16_t id,
			     const struct capability *table, size_t count, uint32_t *seen,
			     struct config_space *config)
{
	for (size_t i = 0; i < count; i++) {
		if (table[i].id != id || *seen & 1u << i)
			continue;
		*seen |= 1u << i;
		if (!space_holds(space, at, table[i].size))
			return false;
		table[i].parse(space, at, config);
	}
	return true;
}

/* Follows the list in the first 256 bytes. true: it was followed to its end, so that what was not
 * found is not there. */
static bool walk_conventional(const struct space *space, struct config_space *config)
{
	unsigned start = config->header_type == 2 ? CARDBUS_CAPABILITIES : REGISTER_CAPABILITIES;
	size_t at = byte_at(space, start) & ~3u;
	bool complete = true;
	uint32_t seen = 0;

	for (unsigned i = 0; i < CONVENTIONAL_LIMIT; i++) {
		if (at == 0)
			return complete;
		if (at < HEADER_SIZE || !space_holds(space, at, 2) || byte_at(space, at) == 0xff)
			return false;
		complete &=
			parse_capability(space, at, byte_at(space, at), conventional_capabilities,
					 ARRAY_SIZE(conventional_capabilities), &seen, config);
		at = byte_at(space, at + 1) & ~3u;
	}
	return false;
}

/* The same for the list from 0x100 on. */
static bool walk_extended(const struct space *space, struct config_space *config)
{
	size_t at = EXTENDED_START;
	bool complete = true;
	uint32_t seen = 0;

	for (unsigned i = 0; i < EXTENDED_LIMIT; i++) {
		uint32_t header = dword_at(space, at);

		if (at == 0)
			return complete;
		if (at < EXTENDED_START || !space_holds(space, at, 4) || header == UINT32_MAX)
			return false;
		if (header == 0)
			return complete;
		complete &= parse_capability(space, at, (uint16_t)header, extended_capabilities,
					     ARRAY_SIZE(extended_capabilities), &seen, config);
		at = header >> 20 & 0xffc;
	}
	return false;
}

static void settle(enum truth *truth)
{
	if (*truth == UNKNOWN)
		*truth = NO;
}

static void settle_extended(struct config_space *config)
{
	settle(&config->acs);
	settle(&config->sriov);
	settle(&config->resizable_bar);
	settle(&config->ari);
	settle(&config->ats);
}

static void parse_capabilities(const struct space *space, struct config_space *config)
{
	bool has_list = word_at(space, REGISTER_STATUS) & STATUS_CAPABILITIES;

	if (has_list && !walk_conventional(space, config))
		return;
	config->capabilities = YES;
	if (config->port_type == PORT_UNKNOWN)
		config->port_type = PORT_CONVENTIONAL;
	settle(&config->flr);
	settle(&config->af_flr);
	settle(&config->pm);
	settle(&config->msi);
	settle(&config->msix);
}

static void parse_extended(const struct space *space, struct config_space *config)
{
	if (config->port_type == PORT_UNKNOWN)
		return;
	if (config->port_type == PORT_CONVENTIONAL) {
		config->extended = NO;
		settle_extended(config);
	} else if (walk_extended(space, config)) {
		config->extended = YES;
		settle_extended(config);
	}
}

/* -- header ------------------------------------------------------------------------------------ */

static bool answers_ones(const struct space *space)
{
	size_t length = space->size < HEADER_SIZE ? space->size : HEADER_SIZE;

	for (size_t i = 0; i < length; i++)
		if (space->bytes[i] != 0xff)
			return false;
	return length >= 4;
}

/* An id register; ffff is no id (a VF's own vendor and device registers read so). */
static int id_at(const struct space *space, size_t offset)
{
	uint16_t id = word_at(space, offset);

	return id == 0xffff ? -1 : id;
}

static void parse_layout(const struct space *space, struct config_space *config)
{
	if (config->header_type == 0) {
		config->subsystem_vendor_id = id_at(space, REGISTER_SUBSYSTEM);
		config->subsystem_device_id = id_at(space, REGISTER_SUBSYSTEM + 2);
	} else if (config->header_type > 0) {
		config->primary_bus = byte_at(space, REGISTER_PRIMARY_BUS);
		config->secondary_bus = byte_at(space, REGISTER_SECONDARY_BUS);
		config->subordinate_bus = byte_at(space, REGISTER_SUBORDINATE_BUS);
	}
	if (config->header_type == 2) {
		config->subsystem_vendor_id = id_at(space, CARDBUS_SUBSYSTEM);
		config->subsystem_device_id = id_at(space, CARDBUS_SUBSYSTEM + 2);
	}
}

static void parse_header(const struct space *space, struct config_space *config)
{
	uint8_t type = byte_at(space, REGISTER_HEADER_TYPE);

	config->header_known = true;
	config->vendor_id = id_at(space, REGISTER_VENDOR);
	config->device_id = id_at(space, REGISTER_DEVICE);
	config->command = word_at(space, REGISTER_COMMAND);
	config->revision = byte_at(space, REGISTER_REVISION);
	config->class_code = (int)(dword_at(space, REGISTER_REVISION) >> 8);
	config->multifunction = type & 0x80;
	config->header_type = (type & 0x7f) <= 2 ? type & 0x7f : -1;
	config->interrupt_pin = byte_at(space, REGISTER_INTERRUPT_PIN);
	parse_layout(space, config);
}

static const struct config_space nothing_known = {
	.vendor_id = -1,
	.device_id = -1,
	.class_code = -1,
	.revision = -1,
	.subsystem_vendor_id = -1,
	.subsystem_device_id = -1,
	.header_type = -1,
	.command = -1,
	.primary_bus = -1,
	.secondary_bus = -1,
	.subordinate_bus = -1,
	.interrupt_pin = -1,
	.port_type = PORT_UNKNOWN,
	.slot_number = -1,
	.pm_state = -1,
	.sriov_total = -1,
	.sriov_initial = -1,
	.sriov_vf_device_id = -1,
};

void config_parse(const void *bytes, size_t length, struct config_space *ret_config)
{
	struct space space = {.bytes = bytes, .size = length};
	struct config_space config = nothing_known;

	config.size = length;
	config.all_ones = answers_ones(&space);
	if (length >= HEADER_SIZE && !config.all_ones) {
		parse_header(&space, &config);
		/* Where the list starts depends on the layout. */
		if (config.header_type >= 0)
			parse_capabilities(&space, &config);
		parse_extended(&space, &config);
	}
	*ret_config = config;
}

const char *port_type_name(enum port_type type)
{
	switch (type) {
	case PORT_ENDPOINT:
		return N_("endpoint");
	case PORT_LEGACY_ENDPOINT:
		return N_("legacy endpoint");
	case PORT_ROOT_PORT:
		return N_("root port");
	case PORT_UPSTREAM:
		return N_("upstream port");
	case PORT_DOWNSTREAM:
		return N_("downstream port");
	case PORT_PCIE_TO_PCI:
		return N_("PCIe-to-PCI bridge");
	case PORT_PCI_TO_PCIE:
		return N_("PCI-to-PCIe bridge");
	case PORT_ROOT_COMPLEX_ENDPOINT:
		return N_("root complex integrated endpoint");
	case PORT_EVENT_COLLECTOR:
		return N_("root complex event collector");
	case PORT_CONVENTIONAL:
		return N_("conventional PCI");
	case PORT_UNKNOWN:
		break;
	}
	return "unknown";
}
