/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PCI functions and what uses them. Part of facts.h, which includes this. */
#ifndef VFIOKIT_DEVICE_FACTS_H
#define VFIOKIT_DEVICE_FACTS_H

#include "preflight/facts/origin.h"
#include "preflight/parse/config.h"

/* -- what uses a device ---------------------------------------------------------------------- */

enum use_kind {
	USE_FILESYSTEM,
	USE_SWAP,
	USE_LVM,
	USE_MD,
	USE_ZFS,
	USE_CRYPT,
	USE_MULTIPATH,
	USE_STORAGE, /* a block device that nothing on this host uses now: data may still be on it
		      */
	USE_NETWORK,
	USE_DISPLAY,
	USE_INPUT,
	USE_PROCESS,
	USE_KINDS,
};

/*
 * One use of a device by the host. critical: taking the device away would hurt the running host (a
 * mounted file system, active swap, the interface with the default route or in a bridge or bond
 * with it, the only console, the only keyboard). Not critical: a disk nobody mounted, an idle
 * interface.
 */
struct use {
	enum use_kind kind;
	bool critical;
	const char *what;     /* "/dev/sda2 on /", "eno1: default route", "qemu-system-x86 (812):
				 /dev/dri/card0" */
	struct origin origin; /* what shows it */
};

struct uses {
	struct use *items;
	size_t count, capacity;
};

/* -- PCI functions --------------------------------------------------------------------------- */

enum device_state {
	STATE_UNKNOWN,
	STATE_HOST,     /* a host driver has it */
	STATE_DETACHED, /* a VFIO driver has it, nobody has opened it */
	STATE_ASSIGNED, /* a process (a VM) has its group or device node open */
	STATE_UNBOUND,  /* no driver */
	STATE_BRIDGE,   /* a bridge or port: stays with the host always */
};

enum { BAR_COUNT = 6, BAR_ROM = 6, BAR_SLOTS = 7 };

struct bar {
	bool present; /* the function implements it */
	bool io;      /* I/O ports, not memory */
	bool prefetchable;
	bool assigned;    /* has an address */
	unsigned bits;    /* 32 or 64; 0 for I/O */
	uint64_t address; /* meaningful where assigned */
	uint64_t size;    /* bytes; 0 where not known (unassigned BARs show no size in sysfs) */
};

struct group;

/* Why a device goes to whom at the next boot (next_boot.c). */
enum next_reason {
	NEXT_UNKNOWN,            /* not enough is known */
	NEXT_NOT_ASKED,          /* nothing asks vfio-pci to take it: its host driver will */
	NEXT_EARLY,              /* vfio-pci is loaded before any other driver can be */
	NEXT_SOFTDEP,            /* every rival's softdep loads vfio-pci first */
	NEXT_RIVALS_BLOCKED,     /* every rival is blacklisted, and vfio-pci is loaded */
	NEXT_NO_RIVAL,           /* no other driver claims it, and vfio-pci is loaded */
	NEXT_OVERRIDE,           /* driver_override is set before a driver can bind */
	NEXT_RIVAL_FIRST,        /* a host driver can bind first: nothing orders the two */
	NEXT_RIVAL_IN_INITRAMFS, /* the rival is in the initramfs, vfio-pci is not */
	NEXT_RIVAL_BUILT_IN,     /* the rival is built into the kernel */
	NEXT_IDS_NOT_SEEN, /* vfio-pci will not see the ids: built in, or the initramfs lacks them */
	NEXT_VFIO_NOT_LOADED, /* nothing loads vfio-pci */
};

struct device {
	const char *address; /* "0000:01:00.0"; domains beyond 0xffff have more digits */
	uint32_t domain;
	uint8_t bus, slot, function;
	struct origin origin; /* pasted text: the line that names it; on a host nowhere */
	const char *name;     /* pasted text: as it calls it; NULL: look it up by the ids */

	int vendor_id, device_id, subsystem_vendor_id, subsystem_device_id; /* -1 unknown */
	int class_code; /* 24 bits: class, subclass, programming interface; -1 unknown */
	int revision;   /* -1 unknown */

	struct config_space config; /* parsed configuration space; config.size 0 where unreadable */

	struct device *parent; /* the bridge above; NULL on a root bus, or not known */
	bool parent_unknown;   /* pasted text: there may be a bridge above that it does not show */
	const char *root_bus;  /* "pci0000:00": the host bridge it hangs from */
	struct device *physfn; /* a VF's physical function */
	bool is_bridge; /* header type 1/2 or class 0600, 0601, 0604, 0607: never handed over */

	enum truth has_group; /* the iommu_group link; UNKNOWN where sysfs does not tell */
	int linked_group;     /* the group that the link names; -1: none, or a copy without links */
	struct group *group;  /* NULL unless has_group is YES */
	int predicted_group;  /* index of the predicted group (groups/groups.h); -1 not predicted */
	struct strings predicted_because;

	enum truth has_driver; /* UNKNOWN where the link could not be looked at */
	const char *driver;    /* the driver's name as sysfs has it ("vfio-pci"); NULL unless YES */
	bool vfio_driver;      /* vfio-pci or a VFIO variant driver has it */
	const char *driver_override; /* NULL: none or not known */
	const char *modalias;
	struct strings modules; /* modules whose aliases claim it, '_' form, no vfio_pci */
	struct strings
		vfio_modules; /* VFIO variant drivers that claim it (nvgrace_gpu_vfio_pci, …) */
	enum truth modules_known;

	enum truth handover_asked; /* ids= or an override of the configuration ask for vfio-pci */
	struct origin handover_origin; /* where */
	const char *next_driver; /* who gets it at the next boot; NULL: nobody, or not known */
	enum truth next_known;
	enum next_reason next_reason;
	const char *next_rival; /* the host driver that competes or wins */

	enum device_state state;
	int assigned_pid; /* the process that has it open; 0 none or not known */
	const char *assigned_name;

	enum truth has_net; /* network functions: sysfs directory net, with or without interfaces */
	int numa_node;      /* -1: none or not known */
	enum truth reset_methods_known;
	struct strings reset_methods; /* in the kernel's order of use */
	bool reset_methods_derived;   /* from configuration space: kernels before 5.15 list none */
	struct bar bars[BAR_SLOTS];
	enum truth bars_known;
	enum truth boot_vga;         /* sysfs boot_vga; NO also where the class has no such file */
	enum truth boot_framebuffer; /* the firmware's framebuffer lies in one of its BARs */
	const char *power_state; /* "D0", "D3hot", "D3cold", "unknown", "error"; NULL not known */
	int sriov_total, sriov_active;           /* -1: no SR-IOV file */
	const char *link_speed, *link_speed_max; /* "16.0 GT/s PCIe"; NULL not known */
	int link_width, link_width_max;          /* -1 not known */
	int physical_slot;                       /* sys/bus/pci/slots; -1 none */

	struct uses uses;
	bool target;
};

struct devices {
	struct device *items; /* sorted by domain, bus, slot, function */
	size_t count, capacity;
};

struct device_refs {
	struct device **items;
	size_t count, capacity;
};

#endif
