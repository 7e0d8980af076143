/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stand-in for the kernel's VFIO, for tests of the rehearsal: groups, containers, devices, iommufd and
 * the log, with the kernel's own order of things (no device without an IOMMU domain, one kind of
 * interrupt at a time, no address mapped twice). Any call can be made to fail.
 */
#ifndef VFIOKIT_TESTS_VFIO_MADE_H
#define VFIOKIT_TESTS_VFIO_MADE_H

#include "rehearse/rehearse_work.h"

enum { VFIO_FDS = 64, VFIO_MAPPINGS = 256 };

struct vfio_fd {
	enum {
		FD_CLOSED,
		FD_LOG,
		FD_CONTAINER,
		FD_GROUP,
		FD_DEVICE,
		FD_EVENT,
		FD_IOMMUFD,
		FD_CDEV
	} kind;
	int group;          /* FD_GROUP: its number; FD_CONTAINER: of the one inside, -1 */
	bool iommu;         /* FD_CONTAINER: has a domain; FD_CDEV: bound */
	const char *device; /* FD_DEVICE, FD_CDEV: address */
	int armed;          /* FD_DEVICE: index of the interrupt that is on, -1 */
};

struct vfio_mapping {
	uint64_t address, size;
};

struct vfio_made {
	struct facts *facts;
	struct rehearse_limits limits;
	struct vfio_fd fds[VFIO_FDS];
	struct vfio_mapping mappings[VFIO_MAPPINGS]; /* for the device; size 0: free */
	uint64_t pinned, pinned_most;                /* bytes */
	uint64_t left; /* bytes still mapped when what they were mapped through was closed */
	int memory;    /* mappings of the process that are there */
	/* What it is like. */
	bool no_reset;           /* the devices have no reset of their own */
	bool no_container, cdev; /* /dev/vfio/vfio is missing; the nodes of iommufd are there */
	bool not_viable;
	bool type1_missing;
	int version;
	uint64_t last_address; /* what the IOMMU translates, from 0 but for the MSI window */
	int other_group;       /* of 0000:01:00.1 in what a bus reset hits; -1: the same */
	/* A call that fails, once. */
	enum rehearse_call fail;  /* CALL_COUNT: none */
	int error;                /* errno */
	const char *log;          /* what the kernel logs then, NULL nothing */
	const char *pending;      /* the record that is to be read */
	const char *pending_user; /* one that a program wrote, before it */
	char events[4096];        /* "open 0000:01:00.0; reset 0000:01:00.0; " */
};

/* A machine whose group 17 holds 0000:01:00.0 (a target) and 0000:01:00.1, both with vfio-pci. */
void vfio_made_begin(struct vfio_made *made);
/* Fails the test where a descriptor, a mapping or an armed interrupt was left. */
void vfio_made_end(struct vfio_made *made);

struct rehearse_calls vfio_made_calls(struct vfio_made *made);

/* The step of a call with this result, the nth; NULL none. */
const struct rehearse_step *vfio_made_step(const struct rehearsal *rehearsal,
					   enum rehearse_call call, enum rehearse_result result);

#endif
