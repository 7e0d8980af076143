/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Boot loader entries of type 1: loader/entries/NAME.conf, read by systemd-boot and by the GRUB of
 * Fedora, RHEL and others (and of 2.14). Sources: UAPI.1 Boot Loader Specification, systemd's
 * src/boot/boot.c (boot_entry_add_type1), Fedora's grub2 grub-core/commands/blscfg.c.
 */
#ifndef VFIOKIT_PARSE_BLS_H
#define VFIOKIT_PARSE_BLS_H

#include "preflight/facts/facts.h"

/* Who reads the file: they differ. */
enum bls_reader {
	BLS_SYSTEMD_BOOT, /* "options" may be repeated: the values are joined */
	/* GRUB takes the first "options" only, and stops at the first line that has no value, also an
	 * empty one. */
	BLS_GRUB,
};

struct bls_entry {
	const char *title, *version, *machine_id, *sort_key; /* NULL none */
	const char *linux_path;                              /* as written; NULL none */
	const char *image_path; /* of "efi" or "uki": a program or unified image; NULL none */
	struct strings initrds;
	struct origins options; /* the values as text, one for each line taken */
	unsigned line;          /* where "linux" or the image stands; 1 where neither does */
};

/* Parses the bytes of one entry file. source becomes the origins' path. Unknown keys are skipped. */
void bls_parse(struct arena *arena, const char *source, const char *data, size_t length,
	       enum bls_reader reader, struct bls_entry *ret_entry);

/* What the file's name tells. */
struct bls_name {
	const char *
		id; /* the name without folder, counters and suffix: "arch", "0123…-6.1.0-50-amd64" */
	int tries_left; /* from "+LEFT" or "+LEFT-DONE" in front of the suffix; -1 not counted */
	int tries_done; /* -1 not counted */
};

/* Takes "NAME+3-1.conf" apart. suffix is ".conf" or ".efi" and compared without case; false where the
 * name does not end so or begins with a dot. */
bool bls_name_parse(struct arena *arena, const char *name, const char *suffix,
		    struct bls_name *ret_name);

#endif
