/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tree_builder.h"

#include <linux/pci_regs.h>

/* Where the capabilities lie. */
enum {
	AT_PM = 0x40,
	AT_SSID = 0x48,
	AT_MSI = 0x50,
	AT_AF = 0x60,
	AT_PCIE = 0x70,
	AT_AER = 0x100,
	AT_ACS = 0x150,
	AT_SRIOV = 0x160,
};

static void put8(unsigned char *at, unsigned value)
{
	at[0] = (unsigned char)value;
}

static void put16(unsigned char *at, unsigned value)
{
	put8(at, value & 0xff);
	put8(at + 1, value >> 8 & 0xff);
}

static void put32(unsigned char *at, uint64_t value)
{
	put16(at, value & 0xffff);
	put16(at + 2, value >> 16 & 0xffff);
}

static bool key_set(const struct built_device *device, const char *name)
{
	const char *value = pairs_get(&device->keys, name);

	return value && *value && !streq(value, "0") && !streq(value, "none");
}

/* -- capabilities ------------------------------------------------------------------------- */

struct chain {
	unsigned char *bytes;
	unsigned char *link; /* where the next capability's offset goes */
};

static unsigned char *chain_add(struct chain *chain, unsigned at, unsigned id)
{
	unsigned char *capability = chain->bytes + at;

	put8(chain->link, at);
	put8(capability, id);
	chain->link = capability + 1;
	return capability;
}

static void put_power(struct chain *chain, const struct built_device *device)
{
	const char *power = pairs_get(&device->keys, "power");
	unsigned char *capability;

	if (!key_set(device, "pm"))
		return;
	capability = chain_add(chain, AT_PM, PCI_CAP_ID_PM);
	put16(capability + PCI_PM_PMC, 0xc803); /* version 3, PME# from D3 */
	put16(capability + PCI_PM_CTRL,
	      (streq(pairs_get(&device->keys, "pm"), "noreset") ? PCI_PM_CTRL_NO_SOFT_RESET : 0) |
		      (streq(power, "D3hot") ? 3 : 0));
}

static void put_link(unsigned char *capability, const struct built_device *device)
{
	static const char *const speeds[] = {"", "2.5GT/s", "5GT/s", "8GT/s", "16GT/s", "32GT/s"};
	char now[12] = "8GT/s", most[12] = "8GT/s";
	unsigned width = 4, width_most = 4, speed = 3, speed_most = 3;
	const char *link = pairs_get(&device->keys, "link");

	if (link)
		(void)sscanf(link, "%11[^:]:%2u:%11[^:]:%2u", now, &width, most, &width_most);
	for (unsigned i = 1; i < ARRAY_SIZE(speeds); i++) {
		speed = streq(now, speeds[i]) ? i : speed;
		speed_most = streq(most, speeds[i]) ? i : speed_most;
	}
	put32(capability + PCI_EXP_LNKCAP, speed_most | width_most << 4);
	if (!device->virtual_function)
		put16(capability + PCI_EXP_LNKSTA, speed | width << 4);
}

static void put_pcie(struct chain *chain, const struct built_device *device)
{
	bool port = device->type == PORT_ROOT_PORT || device->type == PORT_DOWNSTREAM;
	bool slot = port && pairs_get(&device->keys, "slot");
	unsigned char *capability;
	uint64_t number = 0;

	if (device->type == PORT_CONVENTIONAL)
		return;
	capability = chain_add(chain, AT_PCIE, PCI_CAP_ID_EXP);
	put16(capability + PCI_EXP_FLAGS,
	      2U | (unsigned)device->type << 4 | (slot ? PCI_EXP_FLAGS_SLOT : 0U));
	put32(capability + PCI_EXP_DEVCAP,
	      0x8001 | (key_set(device, "flr") ? PCI_EXP_DEVCAP_FLR : 0));
	put16(capability + PCI_EXP_DEVCTL, 0x2810);
	if (device->type != PORT_ROOT_COMPLEX_ENDPOINT && device->type != PORT_EVENT_COLLECTOR)
		put_link(capability, device);
	if (slot && number_parse(pairs_get(&device->keys, "slot"), 10, &number) == 0)
		put32(capability + PCI_EXP_SLTCAP, number << 19);
}

static void put_capabilities(unsigned char *bytes, const struct built_device *device)
{
	struct chain chain = {.bytes = bytes, .link = bytes + PCI_CAPABILITY_LIST};
	unsigned char *capability;

	put_power(&chain, device);
	if (device->bridge && pairs_get(&device->keys, "sub")) {
		capability = chain_add(&chain, AT_SSID, PCI_CAP_ID_SSVID);
		put16(capability + PCI_SSVID_VENDOR_ID, (unsigned)device->subsystem_vendor_id);
		put16(capability + PCI_SSVID_DEVICE_ID, (unsigned)device->subsystem_device_id);
	}
	if (key_set(device, "msi")) {
		capability = chain_add(&chain, AT_MSI, PCI_CAP_ID_MSI);
		put16(capability + PCI_MSI_FLAGS,
		      PCI_MSI_FLAGS_64BIT |
			      (device->driver && !device->vfio_driver ? PCI_MSI_FLAGS_ENABLE : 0));
	}
	if (key_set(device, "af")) {
		capability = chain_add(&chain, AT_AF, PCI_CAP_ID_AF);
		put8(capability + PCI_AF_LENGTH, 6);
		put8(capability + PCI_AF_CAP, PCI_AF_CAP_TP | PCI_AF_CAP_FLR);
	}
	put_pcie(&chain, device);
	if (bytes[PCI_CAPABILITY_LIST])
		put16(bytes + PCI_STATUS, PCI_STATUS_CAP_LIST);
}

/* -- extended capabilities ---------------------------------------------------------------- */

struct extended_chain {
	unsigned char *bytes;
	unsigned char *last; /* the capability before; NULL none */
};

static unsigned char *extended_add(struct extended_chain *chain, unsigned at, unsigned id,
				   unsigned version)
{
	unsigned char *capability = chain->bytes + at;

	put32(capability, id | version << 16);
	if (chain->last)
		put16(chain->last + 2, (unsigned)chain->last[2] | at << 4);
	chain->last = capability;
	return capability;
}

static void put_acs(struct extended_chain *chain, const struct builder *builder,
		    const struct built_device *device)
{
	const char *narrow = pairs_get(&device->keys, "acs");
	const char *wide = pairs_get(&device->keys, "acs-wide");
	const char *value = wide ? wide : narrow;
	unsigned capability = 0, control = 0;
	unsigned char *at;

	if (!value || sscanf(value, "%x/%x", &capability, &control) < 1)
		return;
	at = extended_add(chain, AT_ACS, PCI_EXT_CAP_ID_ACS, 1);
	/* The kernel sets control bits only where an IOMMU was asked for at boot. */
	if (builder->iommu_off)
		control = 0;
	if (wide) {
		put32(at + 4, capability);
		put32(at + 8, control);
	} else {
		put16(at + PCI_ACS_CAP, capability);
		put16(at + PCI_ACS_CTRL, control);
	}
}

static unsigned requester_id(const struct built_device *device)
{
	return (unsigned)device->place.bus << 8 | (unsigned)device->place.slot << 3 |
	       device->place.function;
}

static void put_sriov(struct extended_chain *chain, const struct builder *builder,
		      const struct built_device *device)
{
	const char *value = pairs_get(&device->keys, "sriov");
	unsigned total = 0, active = 0, offset = 1, stride = 1, found = 0;
	unsigned written = 0;
	int vf_id = device->device_id + 1;
	unsigned char *at;

	if (!value || sscanf(value, "%u/%u:%x", &total, &active, &written) < 1)
		return;
	if (written)
		vf_id = (int)written;
	for_each (other, &builder->devices) {
		if (!streq(pairs_get(&(*other)->keys, "vf-of"), device->address))
			continue;
		if (found == 0)
			offset = requester_id(*other) - requester_id(device);
		else if (found == 1)
			stride = requester_id(*other) - requester_id(device) - offset;
		vf_id = (*other)->device_id;
		found++;
	}
	at = extended_add(chain, AT_SRIOV, PCI_EXT_CAP_ID_SRIOV, 1);
	put16(at + PCI_SRIOV_CTRL, active ? PCI_SRIOV_CTRL_VFE | PCI_SRIOV_CTRL_MSE : 0);
	put16(at + PCI_SRIOV_INITIAL_VF, total);
	put16(at + PCI_SRIOV_TOTAL_VF, total);
	put16(at + PCI_SRIOV_NUM_VF, active);
	put16(at + PCI_SRIOV_VF_OFFSET, offset);
	put16(at + PCI_SRIOV_VF_STRIDE, stride);
	put16(at + PCI_SRIOV_VF_DID, (unsigned)vf_id);
	put32(at + PCI_SRIOV_SUP_PGSIZE, 0x553);
	put32(at + PCI_SRIOV_SYS_PGSIZE, 1);
}

static void put_extended(unsigned char *bytes, const struct builder *builder,
			 const struct built_device *device)
{
	struct extended_chain chain = {.bytes = bytes};

	if (device->type == PORT_CONVENTIONAL)
		return;
	if (device->type != PORT_ROOT_COMPLEX_ENDPOINT)
		(void)extended_add(&chain, AT_AER, PCI_EXT_CAP_ID_ERR, 2);
	else if (pairs_get(&device->keys, "acs") || pairs_get(&device->keys, "sriov"))
		(void)extended_add(&chain, AT_AER, PCI_EXT_CAP_ID_VNDR, 1);
	put_acs(&chain, builder, device);
	put_sriov(&chain, builder, device);
}

/* -- header ------------------------------------------------------------------------------- */

static void put_bars(unsigned char *bytes, const struct built_device *device)
{
	for (unsigned i = 0; i < (device->bridge ? 2U : BUILT_BARS); i++) {
		const struct built_bar *bar = &device->bars[i];
		unsigned char *at = bytes + PCI_BASE_ADDRESS_0 + 4 * i;
		uint64_t flags =
			bar->io ? PCI_BASE_ADDRESS_SPACE_IO
				: (bar->wide ? PCI_BASE_ADDRESS_MEM_TYPE_64 : 0U) |
					  (bar->prefetchable ? PCI_BASE_ADDRESS_MEM_PREFETCH : 0U);
		if (!bar->present || device->virtual_function)
			continue;
		put32(at, bar->address | flags);
		if (bar->wide)
			put32(at + 4, bar->address >> 32);
	}
}

static void put_windows(unsigned char *bytes, const struct builder *builder,
			const struct built_device *device)
{
	struct window windows[WINDOWS];
	const struct window *io = &windows[WINDOW_IO], *memory = &windows[WINDOW_MEMORY],
			    *prefetchable = &windows[WINDOW_PREFETCHABLE];

	bridge_windows(builder, device, windows);
	/* A window whose start lies above its end is closed. */
	put8(bytes + PCI_IO_BASE, io->start <= io->end ? (io->start >> 8 & 0xf0) | 1 : 0xf1);
	put8(bytes + PCI_IO_LIMIT, io->start <= io->end ? (io->end >> 8 & 0xf0) | 1 : 0x01);
	put16(bytes + PCI_MEMORY_BASE,
	      memory->start <= memory->end ? memory->start >> 16 & 0xfff0 : 0xfff0);
	put16(bytes + PCI_MEMORY_LIMIT,
	      memory->start <= memory->end ? memory->end >> 16 & 0xfff0 : 0);
	put16(bytes + PCI_PREF_MEMORY_BASE, 0xfff1);
	put16(bytes + PCI_PREF_MEMORY_LIMIT, 0x0001);
	if (prefetchable->start > prefetchable->end)
		return;
	put16(bytes + PCI_PREF_MEMORY_BASE, (prefetchable->start >> 16 & 0xfff0) | 1);
	put16(bytes + PCI_PREF_MEMORY_LIMIT, (prefetchable->end >> 16 & 0xfff0) | 1);
	put32(bytes + PCI_PREF_BASE_UPPER32, prefetchable->start >> 32);
	put32(bytes + PCI_PREF_LIMIT_UPPER32, prefetchable->end >> 32);
}

static unsigned command_bits(const struct built_device *device)
{
	unsigned bits = device->bridge ? PCI_COMMAND_IO | PCI_COMMAND_MEMORY : 0;

	for (unsigned i = 0; i < BUILT_BARS; i++)
		if (device->bars[i].present && device->bars[i].assigned)
			bits |= device->bars[i].io ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY;
	if (device->bridge || (device->driver && !device->vfio_driver))
		bits |= PCI_COMMAND_MASTER;
	if (device->driver && key_set(device, "msi"))
		bits |= PCI_COMMAND_INTX_DISABLE;
	return bits;
}

static void put_header(unsigned char *bytes, const struct builder *builder,
		       const struct built_device *device)
{
	put16(bytes + PCI_VENDOR_ID, (unsigned)device->vendor_id);
	put16(bytes + PCI_DEVICE_ID, (unsigned)device->device_id);
	if (device->virtual_function)
		put32(bytes + PCI_VENDOR_ID, 0xffffffff); /* the PF's capability holds them */
	put16(bytes + PCI_COMMAND, command_bits(device));
	put8(bytes + PCI_REVISION_ID, (unsigned)device->revision);
	put8(bytes + PCI_CLASS_PROG, (unsigned)device->class_code);
	put16(bytes + PCI_CLASS_DEVICE, (unsigned)device->class_code >> 8);
	put8(bytes + PCI_CACHE_LINE_SIZE, 0x10);
	put8(bytes + PCI_HEADER_TYPE,
	     (device->bridge ? 1U : 0U) | (device->multifunction ? 0x80U : 0));
	/* Host and ISA bridges raise no interrupt of their own. */
	if (!device->virtual_function && (device->bridge || device->class_code >> 16 != 0x06))
		put8(bytes + PCI_INTERRUPT_PIN, device->place.function % 4 + 1U);
	put_bars(bytes, device);
	if (device->bridge) {
		put8(bytes + PCI_PRIMARY_BUS, device->place.bus);
		put8(bytes + PCI_SECONDARY_BUS, device->secondary);
		put8(bytes + PCI_SUBORDINATE_BUS, device->subordinate);
		put_windows(bytes, builder, device);
		return;
	}
	put16(bytes + PCI_SUBSYSTEM_VENDOR_ID, (unsigned)device->subsystem_vendor_id);
	put16(bytes + PCI_SUBSYSTEM_ID, (unsigned)device->subsystem_device_id);
	put32(bytes + PCI_ROM_ADDRESS, device->rom_address);
}

void config_build(const struct builder *builder, const struct built_device *device,
		  unsigned char bytes[BUILT_CONFIG_SIZE])
{
	memset(bytes, 0, BUILT_CONFIG_SIZE);
	put_header(bytes, builder, device);
	put_capabilities(bytes, device);
	put_extended(bytes, builder, device);
}
