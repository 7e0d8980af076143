/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The modalias of a PCI function. The kernel prints into it the very numbers that it prints into the
 * files vendor, device, subsystem_vendor, subsystem_device and class (drivers/pci/pci-sysfs.c
 * modalias_show()): one file tells what five do. Pure.
 */
#ifndef VFIOKIT_PARSE_MODALIAS_H
#define VFIOKIT_PARSE_MODALIAS_H

#include "preflight/base.h"

struct modalias {
	int vendor_id, device_id, subsystem_vendor_id, subsystem_device_id;
	int class_code; /* 24 bits */
};

/* "pci:v000010DEd00002330sv000010DEsd000016C1bc03sc02i00", whole. false (and *ret_modalias untouched) for
 * anything else, also where an id has more than 16 bits. */
bool modalias_parse(const char *text, struct modalias *ret_modalias);

#endif
