/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices with a reset that is known not to work. A row stands here because a published report or
 * the kernel says so, never because of a likeness to another device.
 *
 * AMD cards: those that the vendor-reset project has in its device table because the PCI resets
 * fail on them (the processors that the table has beside Navi 10 are left out). Integrated
 * graphics: reports to the same project.
 */
#include "preflight/groups/quirks.h"

#define AMD_CARD                                                                                   \
	N_("after a guest has used it, the PCI resets do not bring it back; the next boot "        \
	   "of the host does")
#define AMD_PROCESSOR                                                                              \
	N_("integrated graphics without a working reset: usable once after each boot of the "      \
	   "host")
#define ATHEROS N_("a bus reset hangs it, so the kernel does none, and it has no other")
#define MATISSE                                                                                    \
	N_("its function level reset hangs it; kernels from 5.8 on no longer use "                 \
	   "it")

#define VENDOR_RESET    "https://github.com/gnif/vendor-reset/blob/master/src/device-db.h"
#define VENDOR_RESET_82 "https://github.com/gnif/vendor-reset/issues/82"
#define NO_BUS_RESET    "drivers/pci/quirks.c quirk_no_bus_reset"
#define NO_FLR          "drivers/pci/quirks.c quirk_no_flr"

const struct reset_trouble reset_troubles[] = {
	{0x1002, 0x67c0, 0x67c2, {0, 0}, "AMD Polaris 10", AMD_CARD, VENDOR_RESET, true, false},
	{0x1002, 0x67c4, 0x67c4, {0, 0}, "AMD Polaris 10", AMD_CARD, VENDOR_RESET, true, false},
	{0x1002, 0x67c7, 0x67ca, {0, 0}, "AMD Polaris 10", AMD_CARD, VENDOR_RESET, true, false},
	{0x1002, 0x67cc, 0x67cc, {0, 0}, "AMD Polaris 10", AMD_CARD, VENDOR_RESET, true, false},
	{0x1002, 0x67cf, 0x67d0, {0, 0}, "AMD Polaris 10", AMD_CARD, VENDOR_RESET, true, false},
	{0x1002, 0x67df, 0x67df, {0, 0}, "AMD Polaris 10", AMD_CARD, VENDOR_RESET, true, false},
	{0x1002, 0x6fdf, 0x6fdf, {0, 0}, "AMD Polaris 10", AMD_CARD, VENDOR_RESET, true, false},
	{0x1002, 0x67e0, 0x67e1, {0, 0}, "AMD Polaris 11", AMD_CARD, VENDOR_RESET, true, false},
	{0x1002, 0x67e3, 0x67e3, {0, 0}, "AMD Polaris 11", AMD_CARD, VENDOR_RESET, true, false},
	{0x1002, 0x67e7, 0x67e9, {0, 0}, "AMD Polaris 11", AMD_CARD, VENDOR_RESET, true, false},
	{0x1002, 0x67eb, 0x67eb, {0, 0}, "AMD Polaris 11", AMD_CARD, VENDOR_RESET, true, false},
	{0x1002, 0x67ef, 0x67ef, {0, 0}, "AMD Polaris 11", AMD_CARD, VENDOR_RESET, true, false},
	{0x1002, 0x67ff, 0x67ff, {0, 0}, "AMD Polaris 11", AMD_CARD, VENDOR_RESET, true, false},
	{0x1002, 0x6980, 0x6981, {0, 0}, "AMD Polaris 12", AMD_CARD, VENDOR_RESET, true, false},
	{0x1002, 0x6985, 0x6987, {0, 0}, "AMD Polaris 12", AMD_CARD, VENDOR_RESET, true, false},
	{0x1002, 0x6995, 0x6995, {0, 0}, "AMD Polaris 12", AMD_CARD, VENDOR_RESET, true, false},
	{0x1002, 0x6997, 0x6997, {0, 0}, "AMD Polaris 12", AMD_CARD, VENDOR_RESET, true, false},
	{0x1002, 0x699f, 0x699f, {0, 0}, "AMD Polaris 12", AMD_CARD, VENDOR_RESET, true, false},
	{0x1002, 0x6860, 0x6864, {0, 0}, "AMD Vega 10", AMD_CARD, VENDOR_RESET, true, false},
	{0x1002, 0x6867, 0x686f, {0, 0}, "AMD Vega 10", AMD_CARD, VENDOR_RESET, true, false},
	{0x1002, 0x687f, 0x687f, {0, 0}, "AMD Vega 10", AMD_CARD, VENDOR_RESET, true, false},
	{0x1002, 0x66a0, 0x66a4, {0, 0}, "AMD Vega 20", AMD_CARD, VENDOR_RESET, true, false},
	{0x1002, 0x66a7, 0x66a7, {0, 0}, "AMD Vega 20", AMD_CARD, VENDOR_RESET, true, false},
	{0x1002, 0x66af, 0x66af, {0, 0}, "AMD Vega 20", AMD_CARD, VENDOR_RESET, true, false},
	{0x1002, 0x7310, 0x7310, {0, 0}, "AMD Navi 10", AMD_CARD, VENDOR_RESET, true, false},
	{0x1002, 0x7312, 0x7312, {0, 0}, "AMD Navi 10", AMD_CARD, VENDOR_RESET, true, false},
	{0x1002, 0x7318, 0x731b, {0, 0}, "AMD Navi 10", AMD_CARD, VENDOR_RESET, true, false},
	{0x1002, 0x731e, 0x731f, {0, 0}, "AMD Navi 10", AMD_CARD, VENDOR_RESET, true, false},
	{0x1002, 0x7360, 0x7360, {0, 0}, "AMD Navi 12", AMD_CARD, VENDOR_RESET, true, false},
	{0x1002, 0x7362, 0x7362, {0, 0}, "AMD Navi 12", AMD_CARD, VENDOR_RESET, true, false},
	{0x1002, 0x7340, 0x7341, {0, 0}, "AMD Navi 14", AMD_CARD, VENDOR_RESET, true, false},
	{0x1002, 0x7347, 0x7347, {0, 0}, "AMD Navi 14", AMD_CARD, VENDOR_RESET, true, false},
	{0x1002, 0x734f, 0x734f, {0, 0}, "AMD Navi 14", AMD_CARD, VENDOR_RESET, true, false},
	{0x1002,
	 0x15bf,
	 0x15bf,
	 {0, 0},
	 "AMD Radeon 780M",
	 AMD_PROCESSOR,
	 VENDOR_RESET_82,
	 false,
	 false},
	{0x1002,
	 0x1900,
	 0x1900,
	 {0, 0},
	 "AMD Radeon 780M",
	 AMD_PROCESSOR,
	 VENDOR_RESET_82,
	 false,
	 false},
	{0x168c, 0x0030, 0x0030, {0, 0}, "Atheros", ATHEROS, NO_BUS_RESET, false, true},
	{0x168c, 0x0032, 0x0032, {0, 0}, "Atheros", ATHEROS, NO_BUS_RESET, false, true},
	{0x168c, 0x0033, 0x0033, {0, 0}, "Atheros", ATHEROS, NO_BUS_RESET, false, true},
	{0x168c, 0x0034, 0x0034, {0, 0}, "Atheros", ATHEROS, NO_BUS_RESET, false, true},
	{0x168c, 0x003c, 0x003c, {0, 0}, "Atheros", ATHEROS, NO_BUS_RESET, false, true},
	{0x168c, 0x003e, 0x003e, {0, 0}, "Atheros", ATHEROS, NO_BUS_RESET, false, true},
	{0x1022, 0x1487, 0x1487, {5, 8}, "AMD Matisse audio", MATISSE, NO_FLR, false, false},
	{0x1022, 0x148c, 0x148c, {5, 8}, "AMD Starship USB", MATISSE, NO_FLR, false, false},
	{0x1022, 0x149c, 0x149c, {5, 8}, "AMD Matisse USB", MATISSE, NO_FLR, false, false},
};

const size_t reset_trouble_count = ARRAY_SIZE(reset_troubles);
