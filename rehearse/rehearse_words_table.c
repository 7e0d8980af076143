/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rehearse_work.h"

#include <errno.h>

#define DIRECT_CAUSE                                                                               \
	N_("Firmware wants a memory range of a function of group {group} mapped 1:1 for itself "   \
	   "(RMRR, IVMD){direct}: the kernel gives such a device to no VM.")
#define DIRECT_REMEDY                                                                              \
	N_("switch that use off in firmware setup (remote management of that slot, \"shared "      \
	   "memory\"), or use another slot: vfiokit explain device.reserved-memory tells how")
#define REMAPPING_CAUSE                                                                            \
	N_("Interrupts are not remapped on this host: a VM could raise any interrupt of the "      \
	   "host through the device, so the kernel refuses.")
#define REMAPPING_REMEDY                                                                           \
	N_("switch interrupt remapping on (firmware setup, and no intremap=off on the kernel "     \
	   "command line): vfiokit explain iommu.interrupt-remapping-off tells how")
#define SIBLINGS_CAUSE N_("Group {group} also holds {siblings}, which the host still uses.")
#define SIBLINGS_REMEDY                                                                            \
	N_("hand the whole group over, or use a slot with a group of its own: vfiokit explain "    \
	   "group.not-viable tells how")
#define MEMLOCK_CAUSE                                                                              \
	N_("RLIMIT_MEMLOCK of this process is {limit}, and all memory of a VM is locked. The "     \
	   "limit that would be needed: {needed}.")
#define MEMLOCK_REMEDY                                                                             \
	N_("raise it for what starts the VM (LimitMEMLOCK= of its systemd unit, memlock in "       \
	   "/etc/security/limits.d for a user)")
#define TOKEN_CAUSE                                                                                \
	N_("{device} and its physical or virtual functions are shared between users: whoever "     \
	   "opens one of them must give the VF token that was set when the physical function "     \
	   "was opened.")
#define TOKEN_REMEDY N_("give the VM the token (vf-token= of QEMU's vfio-pci device)")
#define HELD_CAUSE   N_("Another process has group {group} open: {holder}.")
#define HELD_REMEDY                                                                                \
	N_("shut that VM down, or take the device from it; sudo fuser -v {node} names it")
#define LOAD_TYPE1 N_("sudo modprobe vfio_iommu_type1")

const struct rehearse_words rehearse_words_table[] = {
	{CALL_OPEN_CONTAINER, ENOENT, WHEN_ANY,
	 N_("There is no /dev/vfio/vfio: module vfio is not loaded, the kernel was built without "
	    "VFIO's containers, or this is a container without the host's /dev."),
	 N_("sudo modprobe vfio-pci")},
	{CALL_OPEN_CONTAINER, ENODEV, WHEN_ANY,
	 N_("/dev/vfio/vfio is there, but no driver stands behind it: the kernel was built "
	    "without VFIO's containers (CONFIG_VFIO_CONTAINER), or module vfio cannot be loaded."),
	 N_("sudo modprobe vfio-pci; or let the VM use iommufd")},
	{CALL_OPEN_CONTAINER, EACCES, WHEN_ANY,
	 N_("This user may not open /dev/vfio/vfio; udev gives it mode 0666 on most hosts."),
	 N_("run as root, and look at the node's mode: vfiokit explain vfio.node-permission "
	    "tells how")},
	{CALL_OPEN_CONTAINER, EPERM, WHEN_ANY,
	 N_("A device cgroup or a security module keeps this process from /dev/vfio/vfio."),
	 N_("run it outside of the container or service that restricts it")},
	{CALL_OPEN_CONTAINER, -1, WHEN_ANY, N_("/dev/vfio/vfio cannot be opened: {error}."), NULL},

	{CALL_API_VERSION, -1, WHEN_ANY,
	 N_("The kernel speaks another version of VFIO's interface than QEMU."), NULL},

	{CALL_EXTENSION, 0, WHEN_ANY,
	 N_("The kernel offers no type 1 IOMMU: module vfio_iommu_type1 is not loaded."),
	 LOAD_TYPE1},
	{CALL_EXTENSION, -1, WHEN_ANY, N_("The kernel does not tell what it offers: {error}."),
	 NULL},

	{CALL_OPEN_GROUP, ENOENT, WHEN_ANY,
	 N_("There is no {node}: no function of group {group} is with a VFIO driver."),
	 N_("hand it over first: sudo vfiokit configure DEVICE")},
	{CALL_OPEN_GROUP, EBUSY, WHEN_ANY, HELD_CAUSE, HELD_REMEDY},
	{CALL_OPEN_GROUP, EACCES, WHEN_ANY,
	 N_("This user may not open {node}: it belongs to root, with mode 0600, unless udev was "
	    "told otherwise."),
	 N_("run as root; a VM's user needs the node, too: vfiokit explain vfio.node-permission "
	    "tells how")},
	{CALL_OPEN_GROUP, EPERM, WHEN_ANY,
	 N_("A device cgroup or a security module keeps this process from {node}; a group without "
	    "an IOMMU also needs CAP_SYS_RAWIO."),
	 N_("run it as root, outside of what restricts it")},
	{CALL_OPEN_GROUP, 0, WHEN_ANY,
	 N_("Group {group} has no IOMMU (vfio-noiommu): the device could write into any memory of "
	    "the host, and QEMU takes no such group."),
	 N_("switch the IOMMU on, and noiommu off: vfiokit explain vfio.noiommu tells how")},
	{CALL_OPEN_GROUP, -1, WHEN_ANY, N_("{node} cannot be opened: {error}."), NULL},

	{CALL_GROUP_STATUS, 0, WHEN_NOT_VIABLE, SIBLINGS_CAUSE, SIBLINGS_REMEDY},
	{CALL_GROUP_STATUS, 0, WHEN_ANY,
	 N_("The kernel calls group {group} not viable: something of it is in use by the host, "
	    "although no driver of its functions shows it."),
	 N_("vfiokit explain group.not-viable tells how")},
	{CALL_GROUP_STATUS, -1, WHEN_ANY, N_("The kernel does not tell its state: {error}."), NULL},

	{CALL_SET_CONTAINER, EPERM, WHEN_LOG_DIRECT, DIRECT_CAUSE, DIRECT_REMEDY},
	{CALL_SET_CONTAINER, EPERM, WHEN_NOT_VIABLE, SIBLINGS_CAUSE, SIBLINGS_REMEDY},
	{CALL_SET_CONTAINER, EPERM, WHEN_REGION_DIRECT, DIRECT_CAUSE, DIRECT_REMEDY},
	{CALL_SET_CONTAINER, EPERM, WHEN_ANY,
	 N_("Something else owns the DMA of group {group}: a driver of the host, or the kernel."),
	 N_("vfiokit explain group.not-viable tells how")},
	{CALL_SET_CONTAINER, EINVAL, WHEN_LOG_DIRECT, DIRECT_CAUSE, DIRECT_REMEDY},
	{CALL_SET_CONTAINER, EINVAL, WHEN_REGION_DIRECT, DIRECT_CAUSE, DIRECT_REMEDY},
	{CALL_SET_CONTAINER, EINVAL, WHEN_ANY,
	 N_("The group does not go into this container: it is in another one, or firmware wants "
	    "memory mapped 1:1 for one of its functions."),
	 N_("the kernel log of this moment tells which: sudo dmesg | tail")},
	{CALL_SET_CONTAINER, EBUSY, WHEN_ANY,
	 N_("The kernel itself uses an IOMMU domain for group {group} that it does not give up."),
	 NULL},
	{CALL_SET_CONTAINER, -1, WHEN_ANY, N_("The group does not go into a container: {error}."),
	 NULL},

	{CALL_SET_IOMMU, EPERM, WHEN_LOG_REMAPPING, REMAPPING_CAUSE, REMAPPING_REMEDY},
	{CALL_SET_IOMMU, EPERM, WHEN_LOG_DIRECT, DIRECT_CAUSE, DIRECT_REMEDY},
	{CALL_SET_IOMMU, EPERM, WHEN_REMAPPING_OFF, REMAPPING_CAUSE, REMAPPING_REMEDY},
	{CALL_SET_IOMMU, EPERM, WHEN_REGION_DIRECT, DIRECT_CAUSE, DIRECT_REMEDY},
	{CALL_SET_IOMMU, EPERM, WHEN_ANY,
	 N_("The kernel refuses an IOMMU domain: interrupts are not remapped, or firmware wants "
	    "memory mapped 1:1."),
	 N_("the kernel log of this moment tells which: sudo dmesg | tail")},
	{CALL_SET_IOMMU, EINVAL, WHEN_LOG_DIRECT, DIRECT_CAUSE, DIRECT_REMEDY},
	{CALL_SET_IOMMU, EINVAL, WHEN_REGION_DIRECT, DIRECT_CAUSE, DIRECT_REMEDY},
	{CALL_SET_IOMMU, EINVAL, WHEN_ANY,
	 N_("The IOMMU does not take group {group}: no domain of it fits the group's functions."),
	 N_("the kernel log of this moment may tell more: sudo dmesg | tail")},
	{CALL_SET_IOMMU, ENODEV, WHEN_ANY,
	 N_("The kernel offers no type 1 IOMMU: module vfio_iommu_type1 is not available, or no "
	    "IOMMU stands behind group {group}."),
	 LOAD_TYPE1},
	{CALL_SET_IOMMU, ENOSPC, WHEN_ANY,
	 N_("The IOMMU has no domain left: as many devices have one as the unit can tell apart."),
	 N_("shut down VMs that use devices, and try again")},
	{CALL_SET_IOMMU, ENOMEM, WHEN_ANY, N_("The host is out of memory for IOMMU tables."),
	 N_("free memory on the host")},
	{CALL_SET_IOMMU, -1, WHEN_ANY, N_("The kernel gives no IOMMU domain: {error}."), NULL},

	{CALL_IOMMU_INFO, 0, WHEN_ANY,
	 N_("The addresses that the IOMMU translates for group {group} do not suffice."),
	 N_("give the VM less memory: vfiokit explain iommu.address-width tells how")},
	{CALL_IOMMU_INFO, -1, WHEN_ANY, N_("The kernel does not describe the IOMMU: {error}."),
	 NULL},

	{CALL_MEMORY, 0, WHEN_MEMLOCK_COUNTS,
	 N_("RLIMIT_MEMLOCK of this process is {limit}, and all memory of a VM is locked. The "
	    "limit that would be needed: {needed}. It was not tried: the kernel would answer "
	    "ENOMEM."),
	 MEMLOCK_REMEDY},
	{CALL_MEMORY, ENOMEM, WHEN_ANY,
	 N_("The kernel gives this process no memory: the host is short of it, or the process is "
	    "limited (RLIMIT_AS, overcommit)."),
	 N_("free memory on the host")},
	{CALL_MEMORY, -1, WHEN_ANY, N_("The kernel gives this process no memory: {error}."), NULL},

	{CALL_MAP, ENOMEM, WHEN_LOG_MEMLOCK, MEMLOCK_CAUSE, MEMLOCK_REMEDY},
	{CALL_MAP, ENOMEM, WHEN_MEMLOCK_COUNTS, MEMLOCK_CAUSE, MEMLOCK_REMEDY},
	{CALL_MAP, ENOMEM, WHEN_ANY,
	 N_("The host has no memory left that could be locked, or a cgroup limits it."),
	 N_("free memory on the host, or look at the cgroup's memory.max")},
	{CALL_MAP, EINVAL, WHEN_ANY,
	 N_("The IOMMU does not take this address: it lies in a range that is reserved (MSI, "
	    "firmware), or beyond what the unit translates."),
	 N_("vfiokit explain iommu.address-width tells how")},
	{CALL_MAP, EEXIST, WHEN_ANY, N_("Something is mapped at this address already."), NULL},
	{CALL_MAP, EFAULT, WHEN_ANY, N_("The memory could not be locked where it is."), NULL},
	{CALL_MAP, ENOSPC, WHEN_ANY,
	 N_("The limit of mappings is reached (dma_entry_limit of vfio_iommu_type1)."),
	 N_("raise it: options vfio_iommu_type1 dma_entry_limit=… in /etc/modprobe.d")},
	{CALL_MAP, -1, WHEN_ANY, N_("The memory was not mapped for the device: {error}."), NULL},
	{CALL_UNMAP, -1, WHEN_ANY, N_("The mapping was not taken back: {error}."), NULL},

	{CALL_GET_DEVICE, EACCES, WHEN_LOG_TOKEN, TOKEN_CAUSE, TOKEN_REMEDY},
	{CALL_GET_DEVICE, EACCES, WHEN_TOKEN, TOKEN_CAUSE, TOKEN_REMEDY},
	{CALL_GET_DEVICE, EPERM, WHEN_TOKEN, TOKEN_CAUSE, TOKEN_REMEDY},
	{CALL_GET_DEVICE, EINVAL, WHEN_NOT_VIABLE, SIBLINGS_CAUSE, SIBLINGS_REMEDY},
	{CALL_GET_DEVICE, EINVAL, WHEN_ANY,
	 N_("The kernel does not open {device}: its group has no container, or its driver cannot "
	    "set the device up."),
	 N_("the kernel log of this moment may tell more: sudo dmesg | tail")},
	{CALL_GET_DEVICE, ENODEV, WHEN_ANY,
	 N_("{device} is not with a VFIO driver of group {group} (any more)."),
	 N_("look where it is: vfiokit list")},
	{CALL_GET_DEVICE, EBUSY, WHEN_ANY,
	 N_("{device} is in use: opened through iommufd, or about to be reset."),
	 N_("shut down the VM that has it")},
	{CALL_GET_DEVICE, EAGAIN, WHEN_ANY,
	 N_("{device} could not be reset when it was opened: somebody else holds it locked."),
	 N_("try again; if that lasts, look for a process that hangs in a reset")},
	{CALL_GET_DEVICE, -1, WHEN_POWER_OFF,
	 N_("{device} does not wake up: {error}. It is in {power}, or has fallen off the bus."),
	 N_("switch the machine off and on; options vfio-pci disable_idle_d3=1 keeps it awake: "
	    "vfiokit explain device.power-stuck tells how")},
	{CALL_GET_DEVICE, -1, WHEN_ANY, N_("The kernel does not open {device}: {error}."), NULL},
	{CALL_DEVICE_INFO, -1, WHEN_ANY, N_("The kernel does not describe {device}: {error}."),
	 NULL},

	{CALL_REGION, EBUSY, WHEN_FRAMEBUFFER,
	 N_("A boot framebuffer of the host ({framebuffer}) holds this memory of {device}."),
	 N_("keep the boot framebuffer from it: vfiokit explain device.framebuffer-holds-bar "
	    "tells how")},
	{CALL_REGION, EBUSY, WHEN_ANY,
	 N_("Something of the host holds this memory of {device}; /proc/iomem names it."),
	 N_("vfiokit explain device.framebuffer-holds-bar tells how")},
	{CALL_REGION, EINVAL, WHEN_ANY,
	 N_("This memory of {device} cannot be mapped: it has no address, or another size than "
	    "the kernel says."),
	 N_("vfiokit explain device.bar-unassigned tells how")},
	{CALL_REGION, -1, WHEN_ANY, N_("This memory of {device} cannot be mapped: {error}."), NULL},

	{CALL_INTERRUPT, EINVAL, WHEN_ANY,
	 N_("The kernel cannot switch this interrupt on: the device has no line or vector for it, "
	    "or is not powered."),
	 NULL},
	{CALL_INTERRUPT, EBUSY, WHEN_ANY,
	 N_("{device} cannot mask INTx itself and shares its line with a device of the host."),
	 N_("another slot, or a driver in the VM that uses MSI")},
	{CALL_INTERRUPT, ENOSPC, WHEN_ANY,
	 N_("The host, or the interrupt remapping unit, has no interrupt vectors left."),
	 N_("free some: fewer queues of network and storage devices")},
	{CALL_INTERRUPT, -1, WHEN_ANY, N_("The interrupt cannot be switched on: {error}."), NULL},

	{CALL_RESET, ENOTTY, WHEN_ANY,
	 N_("{device} did not come back from its reset, or no method works on it."),
	 N_("vfiokit explain device.reset-broken tells how")},
	{CALL_RESET, EINVAL, WHEN_ANY, N_("{device} has no reset of its own."),
	 N_("vfiokit explain device.no-reset tells how")},
	{CALL_RESET, EAGAIN, WHEN_ANY, N_("Somebody else holds {device} or its bus locked."),
	 N_("try again; if that lasts, look for a process that hangs in a reset")},
	{CALL_RESET, -1, WHEN_ANY, N_("{device} was not reset: {error}."),
	 N_("vfiokit explain device.reset-broken tells how")},
	{CALL_HOT_RESET_INFO, ENODEV, WHEN_ANY,
	 N_("Neither the slot nor the bus of {device} can be reset."),
	 N_("vfiokit explain device.no-reset tells how")},
	{CALL_HOT_RESET_INFO, -1, WHEN_ANY,
	 N_("The kernel does not tell what a bus reset would hit: {error}."), NULL},
	{CALL_HOT_RESET, EINVAL, WHEN_ANY,
	 N_("A function that the reset would hit is not with VFIO, or its group is not ours."),
	 N_("hand over all functions of the card")},
	{CALL_HOT_RESET, EPERM, WHEN_ANY,
	 N_("A function that the reset would hit is not with VFIO, or its group is not ours."),
	 N_("hand over all functions of the card")},
	{CALL_HOT_RESET, ENODEV, WHEN_ANY,
	 N_("Neither the slot nor the bus of {device} can be reset."),
	 N_("vfiokit explain device.no-reset tells how")},
	{CALL_HOT_RESET, -1, WHEN_ANY, N_("The bus of {device} was not reset: {error}."),
	 N_("vfiokit explain device.reset-broken tells how")},

	{CALL_OPEN_IOMMUFD, EACCES, WHEN_ANY, N_("This user may not open /dev/iommu."),
	 N_("run as root; a VM's user needs the node, too")},
	{CALL_OPEN_IOMMUFD, -1, WHEN_ANY, N_("/dev/iommu cannot be opened: {error}."),
	 N_("sudo modprobe iommufd")},
	{CALL_OPEN_CDEV, EACCES, WHEN_ANY, N_("This user may not open {device}'s own node."),
	 N_("run as root; a VM's user needs the node, too")},
	{CALL_OPEN_CDEV, -1, WHEN_ANY, N_("{device}'s own node cannot be opened: {error}."), NULL},
	{CALL_BIND_IOMMUFD, EBUSY, WHEN_ANY, N_("{device} is opened through its group: {holder}."),
	 HELD_REMEDY},
	{CALL_BIND_IOMMUFD, EACCES, WHEN_TOKEN, TOKEN_CAUSE, TOKEN_REMEDY},
	{CALL_BIND_IOMMUFD, EPERM, WHEN_REMAPPING_OFF, REMAPPING_CAUSE, REMAPPING_REMEDY},
	{CALL_BIND_IOMMUFD, EPERM, WHEN_NOT_VIABLE, SIBLINGS_CAUSE, SIBLINGS_REMEDY},
	{CALL_BIND_IOMMUFD, EPERM, WHEN_ANY,
	 N_("Interrupts are not remapped, or something else owns the DMA of group {group}."),
	 N_("the kernel log of this moment may tell more: sudo dmesg | tail")},
	{CALL_BIND_IOMMUFD, EINVAL, WHEN_ANY,
	 N_("The IOMMU does not enforce coherent caches for {device}, or it is bound already."),
	 NULL},
	{CALL_BIND_IOMMUFD, -1, WHEN_ANY, N_("The kernel does not open {device}: {error}."), NULL},
	{CALL_IOAS, -1, WHEN_ANY, N_("The kernel gives no address space: {error}."), NULL},
	{CALL_ATTACH, EINVAL, WHEN_LOG_DIRECT, DIRECT_CAUSE, DIRECT_REMEDY},
	{CALL_ATTACH, EINVAL, WHEN_REGION_DIRECT, DIRECT_CAUSE, DIRECT_REMEDY},
	{CALL_ATTACH, EINVAL, WHEN_ANY,
	 N_("The IOMMU does not take {device}: no domain of it fits."),
	 N_("the kernel log of this moment may tell more: sudo dmesg | tail")},
	{CALL_ATTACH, -1, WHEN_ANY, N_("{device} does not go into the address space: {error}."),
	 NULL},
};
const size_t rehearse_words_count = ARRAY_SIZE(rehearse_words_table);
