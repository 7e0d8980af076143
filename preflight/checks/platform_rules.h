/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Check platform.requirement: what a platform asks for beyond a device that VFIO would take. Each platform that is named
 * (--for) or recognised on the host has one function, which makes a finding of its own for every rule
 * that is broken.
 */
#ifndef VFIOKIT_PLATFORM_RULES_H
#define VFIOKIT_PLATFORM_RULES_H

#include "preflight/checks/check.h"

/* The variants of the row. */
enum requirement {
	REQUIREMENT_DOMAIN,       /* Cloudpods, ABLESTACK Mold, nova: {title}, {last} */
	REQUIREMENT_WORDS,        /* Cloudpods: {words} */
	REQUIREMENT_BOOT_GPU,     /* Cloudpods */
	REQUIREMENT_PROBE_OFF,    /* Cloudpods: {key} */
	REQUIREMENT_MAPPING,      /* Proxmox: {mapping}, {path}, {key}, {expected}, {found} */
	REQUIREMENT_MAPPING_GONE, /* Proxmox: {mapping}, {path} */
	REQUIREMENT_Q35,          /* Proxmox: {vm} */
	REQUIREMENT_GROUP_TAKEN,  /* Proxmox: {others} */
	REQUIREMENT_TWIN,         /* Proxmox: {others}, {id} */
	REQUIREMENT_ONE_IN_GROUP, /* KubeVirt: {others} */
	REQUIREMENT_WHOLE_GROUP,  /* Morpheus: {others}, {count} */
	REQUIREMENT_NVIDIA,       /* GPU Operator */
	REQUIREMENT_ALL_GPUS,     /* GPU Operator: {others} */
};

/* How far judging a platform has come. */
struct requirements {
	const struct facts *facts;
	struct findings *findings;
	enum platform platform;
	bool any; /* a rule applied */
};

/* A new finding for a rule that is broken; device NULL: by the host. Good until the next one is made. */
struct finding *requirement_broken(struct requirements *requirements, const struct device *device,
				   enum requirement requirement);

/* A rule that could not be looked at, because path could not be read. */
void requirement_unread(struct requirements *requirements, const char *path);

/* One for each platform: platform_proxmox.c, platform_rules.c. */
void requirements_proxmox(struct requirements *requirements);
void requirements_cloudpods(struct requirements *requirements);
void requirements_kubevirt(struct requirements *requirements);
void requirements_morpheus(struct requirements *requirements);
void requirements_gpu_operator(struct requirements *requirements);
/* Platforms that cannot name all PCI domains. */
void requirements_domains(struct requirements *requirements);

/* Adds the findings of all platforms, in place of the "na" that the row gave. Called by checks_run(). */
void platform_judge(const struct facts *facts, struct findings *findings);

#endif
