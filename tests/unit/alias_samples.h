/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Aliases and modaliases that the tests of the alias search share. */
#ifndef VFIOKIT_TESTS_ALIAS_SAMPLES_H
#define VFIOKIT_TESTS_ALIAS_SAMPLES_H

#include "preflight/parse/modules_alias.h"

/* Real lines of Debian's 6.1, of every shape that file2alias writes for PCI. */
static const struct {
	const char *module, *alias;
} aliases[] = {
	{"nouveau", "pci:v000010DEd*sv*sd*bc03sc*i*"},
	{"nouveau", "pci:v000012D2d*sv*sd*bc03sc*i*"},
	{"nvidiafb", "pci:v000010DEd*sv*sd*bc03sc00i00*"},
	{"snd-hda-intel", "pci:v000010DEd*sv*sd*bc04sc03i00*"},
	{"snd-hda-intel", "pci:v00008086d000043C8sv*sd*bc*sc*i*"},
	{"snd-sof-pci-intel-tgl", "pci:v00008086d000043C8sv*sd*bc*sc*i*"},
	{"xhci-pci", "pci:v*d*sv*sd*bc0Csc03i30*"},
	{"nvme", "pci:v*d*sv*sd*bc01sc08i02*"},
	{"nvme", "pci:v0000144Dd0000A821sv*sd*bc*sc*i*"},
	{"ahci", "pci:v*d*sv*sd*bc01sc06i01*"},
	{"megaraid_sas", "pci:v00001000d0000005Bsv*sd*bc*sc*i*"},
	{"hpsa", "pci:v0000103Cd*sv*sd*bc01sc04i*"},
	{"8139cp", "pci:v000010ECd00008139sv*sd*bc*sc*i*"},
	{"8139too", "pci:v000010ECd00008139sv*sd*bc*sc*i*"},
	{"radeon", "pci:v00001002d00007101sv*sd*bc*sc*i*"},
	{"amdgpu", "pci:v00001002d*sv*sd*bc03sc00i00*"},
	{"e100", "pci:v00008086d00001229sv*sd*bc02sc00i*"},
	{"ipw2100", "pci:v00008086d00001043sv00008086sd00002520bc*sc*i*"},
	{"mlx5_core", "pci:v000015B3d0000101Esv*sd*bc*sc*i*"},
	{"mlx5_vfio_pci", "vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i*"},
	{"vfio_pci", "vfio_pci:v*d*sv*sd*bc*sc*i*"},
	{"i8042", "serio:ty06pr*id*ex*"},
};

static const char rtx4080[] = "pci:v000010DEd00002704sv00001458sd000040BCbc03sc00i00";
static const char rtx4080_audio[] = "pci:v000010DEd000022BBsv00001458sd000040BCbc04sc03i00";
static const char rtl8139[] = "pci:v000010ECd00008139sv00001AF4sd00001100bc02sc00i00";
static const char mlx5_vf[] = "pci:v000015B3d0000101Esv000015B3sd00000001bc02sc00i00";
static const char xhci[] = "pci:v00001B36d0000000Dsv00001AF4sd00001100bc0Csc03i30";
static const char tiger_lake_audio[] = "pci:v00008086d000043C8sv00001028sd00000A61bc04sc03i80";

static const char *const modaliases[] = {
	rtx4080,
	rtx4080_audio,
	rtl8139,
	mlx5_vf,
	xhci,
	tiger_lake_audio,
	"pci:v0000144Dd0000A821sv0000144Dsd0000A821bc01sc08i02",
	"pci:v00001000d0000005Bsv00001028sd00001F35bc01sc04i00",
	"pci:v0000103Cd0000323Bsv0000103Csd00003354bc01sc04i00",
	"pci:v00008086d00002922sv00001AF4sd00001100bc01sc06i01",
	"pci:v00008086d00001043sv00008086sd00002520bc02sc80i00",
	"pci:v00008086d00001043sv00008086sd00002521bc02sc80i00",
	"pci:v00001002d00007101sv00001002sd00000B02bc03sc00i00",
	"pci:v00001B36d0000000Csv00001B36sd00000000bc06sc04i00",
	"pci:v000010DEd00002704sv00001458sd000040BCbc03sc00i00",
};

#endif
