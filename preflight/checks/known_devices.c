/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/checks/known_devices.h"

static bool listed(const uint16_t *ids, size_t count, int device)
{
	for (size_t i = 0; i < count; i++)
		if (ids[i] == device)
			return true;
	return false;
}

bool known_vfio_denylisted(int vendor, int device)
{
	static const uint16_t intel[] = {
		0x0435, 0x0443, /* QuickAssist DH895xCC and its VF */
		0x37c8, 0x37c9, /* C62x */
		0x19e2, 0x19e3, /* C3xxx */
		0x0b25,         /* Data Streaming Accelerator */
		0x0cfe,         /* In-Memory Analytics Accelerator */
	};

	return vendor == 0x8086 && listed(intel, ARRAY_SIZE(intel), device);
}

bool known_amd_integrated_graphics(int vendor, int device)
{
	static const uint16_t amd[] = {
		0x15dd, 0x15d8, /* Raven, Picasso */
		0x1636, 0x1638, /* Renoir, Cezanne */
		0x164c, 0x15e7, /* Lucienne, Barcelo */
		0x163f,         /* Van Gogh */
		0x1681,         /* Rembrandt */
		0x164d, 0x164e, /* Rembrandt, Raphael */
		0x1506,         /* Mendocino */
		0x15bf, 0x15c8, /* Phoenix1, Phoenix2 */
		0x1900, 0x1901, /* Phoenix3, Phoenix4 (Hawk Point) */
		0x150e, 0x1586, /* Strix, Strix Halo */
		0x13c0,         /* Granite Ridge */
		0x9874, 0x98e4, /* Carrizo, Stoney */
	};

	return vendor == 0x1002 && listed(amd, ARRAY_SIZE(amd), device);
}

bool known_defective_remapping(int vendor, int device, int revision)
{
	static const uint16_t bridges[] = {0x3403, 0x3405, 0x3406};

	return vendor == 0x8086 && listed(bridges, ARRAY_SIZE(bridges), device) && revision >= 0 &&
	       (revision <= 0x13 || (device == 0x3405 && revision == 0x22));
}
