/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What words and files say about drivers and parameters: the command line, modprobe, and whatever else
 * decides who gets a device. Part of facts.h, which includes this. */
#ifndef VFIOKIT_CONFIGURATION_FACTS_H
#define VFIOKIT_CONFIGURATION_FACTS_H

#include "preflight/facts/origin.h"

/* -- kernel command line ------------------------------------------------------------------- */

/* One word of the command line as the kernel's next_arg() splits it (lib/cmdline.c). */
struct parameter {
	const char *text;  /* as written, quotes included */
	const char *name;  /* before '=', quotes removed, '-' and '_' as written */
	const char *value; /* behind '=', quotes removed; NULL without '=' */
	struct origin origin;
};

struct parameters {
	struct parameter *items;
	size_t count, capacity;
};

/* -- modprobe configuration ------------------------------------------------------------------ */

enum modprobe_command {
	MODPROBE_OPTIONS,
	MODPROBE_BLACKLIST,
	MODPROBE_INSTALL,
	MODPROBE_REMOVE,
	MODPROBE_SOFTDEP,
	MODPROBE_WEAKDEP,
	MODPROBE_ALIAS,
	MODPROBE_UNKNOWN, /* a first word that modprobe does not know */
};

/* One logical line (continuations joined) of a *.conf file that modprobe reads. */
struct modprobe_line {
	enum modprobe_command command;
	const char *module;   /* the module or alias named, '-' turned into '_'; NULL where none */
	const char *argument; /* the rest of the line, blanks trimmed; "" where none */
	struct origin origin;
};

struct modprobe_lines {
	struct modprobe_line *items;
	size_t count, capacity;
};

/* -- what else decides who gets a device ------------------------------------------------------- */

/* A module that somebody wants loaded at boot: a line of /etc/modules or modules-load.d, or a word
 * (rd.driver.pre=, modules_load=) of a command line. */
struct load_request {
	const char *module; /* '_' form */
	struct origin origin;
};

struct load_requests {
	struct load_request *items;
	size_t count, capacity;
};

/* A rule that sets driver_override for a device: a udev rule or a driverctl file. */
struct override_rule {
	const char *address;      /* the PCI address it names; NULL: matched in another way */
	int vendor_id, device_id; /* -1: any */
	const char *driver;
	struct origin origin;
};

struct override_rules {
	struct override_rule *items;
	size_t count, capacity;
};

/* A file in (or beside) a configuration folder that the tool never reads, and that speaks of vfio. */
struct ignored_file {
	const char *path;     /* with leading slash */
	const char *reader;   /* who people think reads it: "modprobe", "dracut", … */
	struct origin origin; /* its first line about vfio */
};

struct ignored_files {
	struct ignored_file *items;
	size_t count, capacity;
};

struct handover_facts {
	struct load_requests loads;
	enum truth loads_known;
	struct override_rules overrides;
	enum truth overrides_known;
	struct ignored_files ignored;
};

#endif
