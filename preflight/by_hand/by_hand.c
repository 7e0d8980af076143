/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/by_hand/topics.h"

/* -- the topics --------------------------------------------------------------------------------------- */

static const struct by_hand_topic unset = {.name = "unset"};

static const struct by_hand_topic bind_now = {
	.name = "bind-now",
	.title = N_("hand the device over now, until the next boot"),
	.intro = N_("For every function of the card. Not while something uses it: unbinding then "
		    "hangs, and a disk or the host's network is gone at once. For good: vfiokit "
		    "explain driver.not-persistent"),
	.everywhere =
		{
			{N_("load the driver"), "modprobe vfio-pci"},
			{N_("let no other driver take the device"),
			 "echo vfio-pci > /sys/bus/pci/devices/ADDRESS/driver_override"},
			{N_("take it from the driver that has it, if one has"),
			 "echo ADDRESS > /sys/bus/pci/devices/ADDRESS/driver/unbind"},
			{N_("have it probed"), "echo ADDRESS > /sys/bus/pci/drivers_probe"},
		},
};

static const struct by_hand_topic node_mode = {
	.name = "node-mode",
	.title = N_("open /dev/vfio/vfio to everybody"),
	.everywhere =
		{
			{N_("for good: KERNEL==\"vfio\", MODE=\"0666\" in a file "
			    "/etc/udev/rules.d/99-vfio.rules (NixOS: services.udev.extraRules)"),
			 NULL},
			{N_("now"), "chmod 0666 /dev/vfio/vfio"},
		},
};

static const struct by_hand_topic reboot = {
	.name = "reboot",
	.title = N_("reboot"),
	.everywhere =
		{
			{N_("a full reboot, not by kexec, which may keep the old command line"),
			 "systemctl reboot"},
		},
};

static const struct by_hand_topic look = {
	.name = "look-up",
	.title = N_("look up what this host has"),
	.everywhere =
		{
			{N_("every function with address and ids"), "lspci -Dnn"},
			{N_("how they hang together"), "lspci -tv"},
		},
};

static const struct by_hand_topic stop_users = {
	.name = "stop-users",
	.title = N_("see who uses the device, and stop it"),
	.everywhere =
		{
			{N_("graphics, sound"), "fuser -v /dev/dri/* /dev/snd/* /dev/nvidia*"},
			{N_("a desktop has its graphics card open until it ends; this ends every "
			    "graphical session"),
			 "systemctl isolate multi-user.target"},
		},
};

static const struct by_hand_topic create_vfs = {
	.name = "create-vfs",
	.title = N_("create virtual functions"),
	.intro = N_("ADDRESS is the physical function's; NUMBER is at most what sriov_totalvfs "
		    "there says. A number other than 0 can only be changed by way of 0, which "
		    "takes the VFs from their VMs."),
	.everywhere =
		{
			{N_("now"), "echo NUMBER > /sys/bus/pci/devices/ADDRESS/sriov_numvfs"},
			{N_("for good, with a network adapter: ACTION==\"add\", "
			    "SUBSYSTEM==\"net\", KERNELS==\"ADDRESS\", "
			    "ATTR{device/sriov_numvfs}=\"NUMBER\" in a file of /etc/udev/rules.d "
			    "that ends in .rules (NixOS: services.udev.extraRules)"),
			 NULL},
		},
};

static const struct by_hand_topic manifest = {
	.name = "manifest",
	.title = N_("bring the host back to what the manifest says, or correct the manifest"),
	.everywhere =
		{
			{N_("the manifest of this host as it is now, to compare with"),
			 "vfiokit preflight --write-expect FILE"},
		},
};

static const struct by_hand_topic transaction = {
	.name = "transaction",
	.title = N_("put back what was cut off"),
	.intro = N_("NUMBER is the transaction's. The log of its journal names every file behind "
		    "the number of its step; old/ holds, under that number, what the file held."),
	.everywhere =
		{
			{N_("which files"), "grep -o '\"step\":[0-9]*\\|\"path\":\"[^\"]*' "
					    "/var/lib/vfiokit/transactions/NUMBER/log"},
			{N_("what they held"), "ls -l /var/lib/vfiokit/transactions/NUMBER/old"},
			{N_("when all of them are right: set the journal aside"),
			 "mv /var/lib/vfiokit/transactions/NUMBER /root/"},
		},
};

static const struct by_hand_topic firmware = {
	.name = "firmware",
	.title = N_("in firmware setup"),
	.reason = N_("Only firmware setup, or a firmware update, changes this: no command of the "
		     "host does."),
};

static const struct by_hand_topic hardware = {
	.name = "hardware",
	.title = N_("with other hardware"),
	.reason = N_("It is how the board or the card is made: no command changes it. Another "
		     "slot, another card, or living with it are the ways out."),
};

static const struct by_hand_topic move_first = {
	.name = "move-first",
	.title = N_("move what the host needs"),
	.reason = N_("Only you know where the host's data, network, console or keyboard can go. "
		     "Move it first, or choose another device; no command is safe to give here."),
};

static const struct by_hand_topic guest = {
	.name = "guest",
	.title = N_("in the VM's configuration"),
	.reason = N_("It is set where the VM is defined, not on the host."),
};

static const struct by_hand_topic xen = {
	.name = "xen",
	.title = N_("with Xen's own tools"),
	.reason = N_("Xen passes devices through itself (xl pci-assignable-add): nothing of VFIO "
		     "applies."),
};

static const struct by_hand_topic nothing = {
	.name = "nothing",
	.title = N_("nothing"),
	.reason = N_("It is told for information. There is nothing to put right."),
};

static const struct by_hand_topic *const topics[BY_HAND_COUNT] = {
	[BY_HAND_UNSET] = &unset,
	[BY_HAND_ARGUMENT_ADD] = &by_hand_argument_add,
	[BY_HAND_ARGUMENT_REMOVE] = &by_hand_argument_remove,
	[BY_HAND_MODPROBE] = &by_hand_modprobe,
	[BY_HAND_LOAD_EARLY] = &by_hand_load_early,
	[BY_HAND_REBUILD_INITRAMFS] = &by_hand_rebuild_initramfs,
	[BY_HAND_REGENERATE_BOOT] = &by_hand_regenerate_boot,
	[BY_HAND_BIND_NOW] = &bind_now,
	[BY_HAND_BY_ADDRESS] = &by_hand_by_address,
	[BY_HAND_INSTALL_KERNEL] = &by_hand_install_kernel,
	[BY_HAND_OTHER_KERNEL] = &by_hand_other_kernel,
	[BY_HAND_ENROLL_KEY] = &by_hand_enroll_key,
	[BY_HAND_MEMLOCK] = &by_hand_memlock,
	[BY_HAND_NODE_MODE] = &node_mode,
	[BY_HAND_REBOOT] = &reboot,
	[BY_HAND_LOOK] = &look,
	[BY_HAND_STOP_USERS] = &stop_users,
	[BY_HAND_CREATE_VFS] = &create_vfs,
	[BY_HAND_MANIFEST] = &manifest,
	[BY_HAND_TRANSACTION] = &transaction,
	[BY_HAND_FIRMWARE] = &firmware,
	[BY_HAND_HARDWARE] = &hardware,
	[BY_HAND_MOVE_FIRST] = &move_first,
	[BY_HAND_GUEST] = &guest,
	[BY_HAND_XEN] = &xen,
	[BY_HAND_NOTHING] = &nothing,
};

const struct by_hand_topic *by_hand_topic(enum by_hand topic)
{
	return topics[topic < BY_HAND_COUNT ? topic : BY_HAND_UNSET];
}

bool by_hand_is_everywhere(const struct by_hand_topic *topic)
{
	return topic->everywhere[0].text != NULL;
}

/* -- families ------------------------------------------------------------------------------------------- */

static const struct {
	const char *name, *title;
} families[FAMILY_COUNT] = {
	[FAMILY_DEBIAN] = {"debian", N_("Debian, Ubuntu")},
	[FAMILY_PROXMOX] = {"proxmox", N_("Proxmox VE")},
	[FAMILY_FEDORA] = {"fedora", N_("Fedora, RHEL")},
	[FAMILY_ARCH] = {"arch", N_("Arch")},
	[FAMILY_SUSE] = {"suse", N_("openSUSE, SLES")},
	[FAMILY_NIXOS] = {"nixos", N_("NixOS")},
};

const char *family_name(enum family family)
{
	return family < FAMILY_COUNT ? families[family].name : NULL;
}

const char *family_title(enum family family)
{
	return family < FAMILY_COUNT ? families[family].title : NULL;
}

/* Words of ID and ID_LIKE. */
static enum family family_of_id(const char *id, size_t length)
{
	static const struct {
		const char *id;
		enum family family;
	} ids[] = {
		{"debian", FAMILY_DEBIAN},    {"ubuntu", FAMILY_DEBIAN},  {"fedora", FAMILY_FEDORA},
		{"rhel", FAMILY_FEDORA},      {"centos", FAMILY_FEDORA},  {"rocky", FAMILY_FEDORA},
		{"almalinux", FAMILY_FEDORA}, {"ol", FAMILY_FEDORA},      {"amzn", FAMILY_FEDORA},
		{"arch", FAMILY_ARCH},        {"archlinux", FAMILY_ARCH}, {"manjaro", FAMILY_ARCH},
		{"suse", FAMILY_SUSE},        {"opensuse", FAMILY_SUSE},  {"sles", FAMILY_SUSE},
		{"nixos", FAMILY_NIXOS},
	};

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		if (strlen(ids[i].id) == length && strncmp(ids[i].id, id, length) == 0)
			return ids[i].family;
	/* opensuse-leap, opensuse-tumbleweed, opensuse-microos, … */
	if (length > 9 && strncmp(id, "opensuse-", 9) == 0)
		return FAMILY_SUSE;
	return FAMILY_COUNT;
}

enum family family_of(const struct machine_facts *machine)
{
	static const struct {
		const char *platform;
		enum family family;
	} platforms[] = {
		{"proxmox", FAMILY_PROXMOX}, {"nixos", FAMILY_NIXOS}, {"microos", FAMILY_SUSE}};
	const char *lists[] = {machine->distro_id, machine->distro_like};

	for (size_t i = 0; i < ARRAY_SIZE(platforms); i++)
		if (streq(machine->platform, platforms[i].platform))
			return platforms[i].family;
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		const char *at = lists[i] ? lists[i] : "";

		while (*at) {
			size_t length = strcspn(at, " ");
			enum family family = family_of_id(at, length);

			if (family != FAMILY_COUNT)
				return family;
			at += length + (at[length] == ' ');
		}
	}
	return FAMILY_COUNT;
}
