/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small machine in pasted text, and facts made of such text. */
#ifndef VFIOKIT_TESTS_LSPCI_MADE_H
#define VFIOKIT_TESTS_LSPCI_MADE_H

#include "preflight/facts/lspci.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define HEADER_LINES                                                                               \
	"\tControl: I/O+ Mem+ BusMaster+ SpecCycle- MemWINV- VGASnoop- ParErr- Stepping- SERR-\n"  \
	"\tStatus: Cap+ 66MHz- UDF- FastB2B- ParErr- DEVSEL=fast >TAbort- <TAbort-\n"
#define ACS_LINES                                                                                  \
	"\tCapabilities: [220 v1] Access Control Services\n"                                       \
	"\t\tACSCap:\tSrcValid+ TransBlk+ ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- "         \
	"DirectTrans-\n"                                                                           \
	"\t\tACSCtl:\tSrcValid+ TransBlk- ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- "         \
	"DirectTrans-\n"
#define ENDPOINT_LINES                                                                             \
	"\tCapabilities: [60] Express (v2) Endpoint, MSI 00\n"                                     \
	"\t\tDevCap:\tMaxPayload 256 bytes, PhantFunc 0\n"                                         \
	"\t\t\tExtTag+ AttnBtn- AttnInd- PwrInd- RBE+ FLReset-\n"                                  \
	"\tCapabilities: [100 v1] Virtual Channel\n"

/* A small machine as root sees it: a graphics card behind a root port, a disk behind another. */
#define HOST_BRIDGE                                                                                \
	"00:00.0 Host bridge [0600]: Intel Corporation Bridge [8086:3e30] (rev 0a)\n" HEADER_LINES \
	"\tIOMMU group: 0\n"                                                                       \
	"\tCapabilities: [e0] Vendor Specific Information: Len=10 <?>\n"                           \
	"\n"
#define PORT(slot, group, bus)                                                                     \
	"00:" slot " PCI bridge [0604]: Example Port [1b36:000c]\n" HEADER_LINES                   \
	"\tIOMMU group: " group "\n"                                                               \
	"\tBus: primary=00, secondary=" bus ", subordinate=" bus ", sec-latency=0\n"               \
	"\tCapabilities: [40] Express (v2) Root Port (Slot+), MSI 00\n"                            \
	"\t\tDevCap:\tMaxPayload 256 bytes\n" ACS_LINES "\tKernel driver in use: pcieport\n\n"
#define GPU                                                                                        \
	"01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GA104 [10de:2484] (rev "     \
	"a1)\n" HEADER_LINES "\tIOMMU group: 2\n"                                                  \
	"\tRegion 0: Memory at a3000000 (32-bit, non-prefetchable) [size=16M]\n"                   \
	"\tRegion 1: Memory at 4000000000 (64-bit, prefetchable) [size=256M]\n" ENDPOINT_LINES     \
	"\tKernel driver in use: nouveau\n"                                                        \
	"\tKernel modules: nvidia-drm, nouveau\n"                                                  \
	"\n"                                                                                       \
	"01:00.1 Audio device [0403]: NVIDIA Corporation GA104 Audio [10de:228b] (rev "            \
	"a1)\n" HEADER_LINES "\tIOMMU group: 2\n" ENDPOINT_LINES                                   \
	"\tKernel driver in use: snd_hda_intel\n\n"
#define DISK                                                                                       \
	"02:00.0 Non-Volatile memory controller [0108]: Example Disk [144d:a808] (prog-if 02 "     \
	"[NVM Express])\n" HEADER_LINES "\tIOMMU group: 4\n" ENDPOINT_LINES                        \
	"\tKernel driver in use: nvme\n\n"
#define WHOLE HOST_BRIDGE PORT("01.0", "1", "01") PORT("1d.0", "3", "02") GPU DISK

static inline struct facts *facts_of(const char *lspci, const char *dmesg)
{
	return facts_from_lspci(lspci, lspci ? strlen(lspci) : 0, dmesg, dmesg ? strlen(dmesg) : 0);
}

static inline struct device *device_of(const struct facts *facts, const char *address)
{
	struct device *device = facts_find_device(facts, address);

	assert_non_null(device);
	return device;
}

#endif
