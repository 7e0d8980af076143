/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The manifest of --expect: what a host must be, and which findings somebody accepts until when
 * (CONTRACT section 6). An INI file:
 *
 *   [host]
 *   iommu = on                          on or off
 *   secure-boot = off                   on or off
 *   kernel-arg = intel_iommu=on         a word of the running command line; repeatable
 *   waive = iommu.dma-faults until 2027-01-31 because the HBA is replaced in January
 *
 *   [device 0000:01:00.0]               the function must be there
 *   id = 10de:2330
 *   driver = vfio-pci                   or none
 *   group-isolated = yes                no endpoint of another card in its group; or no
 *   link = 16GT/s x16
 *   waive = device.no-reset until 2027-01-31 because it is rebooted every night
 *
 * Lines that begin with ';' or '#' are comments, and so is what follows a ';' behind a blank. A waiver
 * in [host] holds for the whole host, one in [device …] for that function.
 *
 * Order: expect_parse() makes the struct, the caller sets facts->expect, checks_run() then judges it
 * (checks/expect.c). expect_write() makes such a file from facts.
 */
#ifndef VFIOKIT_EXPECT_H
#define VFIOKIT_EXPECT_H

#include "preflight/error.h"
#include "preflight/facts/facts.h"

/* A day as the decimal number YYYYMMDD, so that days compare as numbers. 0: none. */
typedef unsigned day_number;

/* What one [device ADDRESS] section asks for. */
struct expect_device {
	const char *address;       /* in full */
	struct origin origin;      /* the section's line */
	int vendor_id, device_id;  /* -1: not asked for */
	const char *driver;        /* "none": no driver; NULL: not asked for */
	enum truth group_isolated; /* UNKNOWN: not asked for */
	unsigned link_speed;       /* tenths of GT/s; 0: not asked for */
	unsigned link_width;       /* lanes; 0: not asked for */
	struct origin id_origin, driver_origin, group_origin, link_origin;
};

struct expect_devices {
	struct expect_device *items;
	size_t count, capacity;
};

/* A finding that somebody accepts until a day, that day included. */
struct waiver {
	const char *check; /* its id */
	const char
		*subject;  /* the address of the section it stands in; NULL: [host], any subject */
	const char *until; /* "2027-01-31" */
	const char *because;
	day_number last_day;
	struct origin origin;
};

struct waivers {
	struct waiver *items;
	size_t count, capacity;
};

struct expect {
	enum truth iommu, secure_boot; /* UNKNOWN: not asked for */
	struct origin iommu_origin, secure_boot_origin;
	struct parameters kernel_arguments; /* each with its line */
	struct expect_devices devices;      /* in the file's order */
	struct waivers waivers;
	day_number today; /* the day that decides about waivers; set by the caller */
};

/* The longest line: inih's buffer, as distributions build it, is 200 bytes with "\r\n\0". */
enum { EXPECT_LINE_LIMIT = 197 };

/*
 * Parses length bytes. name stands for the file in messages and origins. 0, or -EINVAL with the first
 * bad line in error ("host.ini:3: …"): unknown sections and keys, values and dates that are none, a
 * single-valued key given twice, ids of checks that do not exist. Memory comes from arena.
 */
int expect_parse(struct arena *arena, const char *name, const char *data, size_t length,
		 struct expect *ret_expect, struct error *error);

/* "2027-01-31" as a day; 0 where it is no day of the calendar. */
day_number day_parse(const char *text);

/* "16.0 GT/s PCIe", "16GT/s" in tenths of GT/s; 0 where it is no speed ("Unknown"). *ret_rest (may be
 * NULL) becomes what follows "GT/s". */
unsigned link_speed_parse(const char *text, const char **ret_rest);

/*
 * The speed at which a link is to be judged, in tenths of GT/s; 0 not known. Devices without work let
 * their link fall to 2.5 GT/s; then it is what both ends could do. Any other speed was trained and is
 * taken as it is.
 */
unsigned link_speed_judged(const struct device *device);

/* "16GT/s", "2.5GT/s" */
const char *link_speed_text(struct arena *arena, unsigned speed);

/* Whether no endpoint of another card shares the device's IOMMU group; UNKNOWN where that cannot be
 * told. *ret_others (may be NULL) gets the addresses of those that do. */
enum truth device_is_isolated(const struct facts *facts, struct arena *arena,
			      const struct device *device, struct strings *ret_others);

/*
 * The manifest of this host as it is: its targets, or, where there are none, every endpoint. It passes
 * when it is used on the same host. What is not known is left out, with a comment.
 */
const char *expect_write(const struct facts *facts, struct arena *arena);

/* -- judging (checks/expect.c) --------------------------------------------------------------------- */

struct findings;

/* Adds a finding for every line of facts->expect, then applies its waivers to all findings. Without
 * a manifest the checks are "na". Called by checks_run() behind everything else. */
void expect_judge(const struct facts *facts, struct findings *findings);

#endif
