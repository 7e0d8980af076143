/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Takes out of a host's files what tells whose host it is. The same name always becomes the same
 * placeholder, in file contents, paths and link targets alike, and placeholders keep their shape, so
 * that every parser still works and devices still match what names them:
 *
 *   MAC address         02:00:00:00:00:01       also with dashes, and inside enx001122334455
 *   UUID                00000000-0000-4000-8000-000000000001, also without dashes (machine ids)
 *   UUIDs of FAT, NTFS, MBR partitions and LVM      zeros and a number in the same shape
 *   WWN                 0x5000000000000001, naa. and eui. likewise
 *   IP address          192.0.2.1, 2001:db8::1 (capture/redact_addresses.h); hexadecimal in routing tables
 *   host name           host1, its domain example.test
 *   user name in a path /home/user1
 *   serial number       zeros and a number in the same shape
 *   password            REDACTED
 *
 * Well-known identifiers (EFI vendors, partition types) stay. Lines stay lines, so that evidence names
 * the same ones; only of udev's records and of a host name's file lines are left out.
 * No function reads a file; the redactor only remembers which name became which placeholder.
 */
#ifndef VFIOKIT_REDACT_H
#define VFIOKIT_REDACT_H

#include "preflight/host/host.h"

/* What kind of file it is. */
enum redaction {
	REDACT_NOTHING, /* public data, the same on every host of its kind */
	REDACT_TEXT,
	REDACT_MOUNTS,     /* mountinfo, mounts, fstab: text with names of file servers */
	REDACT_HOST_NAME,  /* the whole file is the host's name */
	REDACT_ROUTES,     /* proc/net/route */
	REDACT_ROUTES6,    /* proc/net/ipv6_route */
	REDACT_UDEV,       /* a record of udev's database: only file system types, labels, UUIDs */
	REDACT_MODULES,    /* proc/modules: text without the kernel's addresses */
	REDACT_COMMAND,    /* proc/PID/cmdline: only the program, no arguments */
	REDACT_GRUB_BLOCK, /* grubenv: text of a fixed size, '#' behind it */
	REDACT_CONFIG_SPACE, /* a PCI function's: without its serial number */
	REDACT_EFI_VARIABLE, /* as efivarfs shows it: attributes, then UTF-16 text or a load option */
	REDACT_IMAGE,        /* an initramfs in short (capture/images.h): its members are text */
};

struct redactor;

/* A new redactor; it and all it remembers belong to arena. */
struct redactor *redactor_new(struct arena *arena);

/*
 * What is learned before anything is replaced.
 *
 * _learn_host   the host's name, with or without domain. A name that is a technical word too ("pve",
 *               "debian") is replaced only where it stands for the host.
 * _keep_word    a technical word of this host (a driver, a distribution)
 * _learn_serial the content of a file that holds a serial number or a MAC address: replaced wherever
 *               it stands as a word of its own. Fillers ("Default string") are left out.
 * _learn        a file of this kind: networks of routing tables, names behind UUID= and the like
 */
void redactor_learn_host(struct redactor *redactor, const char *name);
void redactor_keep_word(struct redactor *redactor, const char *word);
void redactor_learn_serial(struct redactor *redactor, const char *text, size_t length);
void redactor_learn(struct redactor *redactor, enum redaction redaction, struct bytes bytes);

/* The file's bytes without what the kind of file may tell, in arena. */
struct bytes redactor_apply(struct redactor *redactor, struct arena *arena,
			    enum redaction redaction, struct bytes bytes);

/* A path or a link's target likewise. */
const char *redactor_apply_path(struct redactor *redactor, struct arena *arena, const char *path);

#endif
