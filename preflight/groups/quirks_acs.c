/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/groups/quirks.h"

/* drivers/pci/quirks.c pci_dev_acs_enabled[], in its order: the first row that answers decides. */
const struct acs_quirk acs_quirks[] = {
	{0x1002, 0x4385, ACS_RULE_AMD_SB, "pci_quirk_amd_sb_acs"},
	{0x1002, 0x439c, ACS_RULE_AMD_SB, "pci_quirk_amd_sb_acs"},
	{0x1002, 0x4383, ACS_RULE_AMD_SB, "pci_quirk_amd_sb_acs"},
	{0x1002, 0x439d, ACS_RULE_AMD_SB, "pci_quirk_amd_sb_acs"},
	{0x1002, 0x4384, ACS_RULE_AMD_SB, "pci_quirk_amd_sb_acs"},
	{0x1002, 0x4399, ACS_RULE_AMD_SB, "pci_quirk_amd_sb_acs"},
	{0x1022, 0x780f, ACS_RULE_AMD_SB, "pci_quirk_amd_sb_acs"},
	{0x1022, 0x7809, ACS_RULE_AMD_SB, "pci_quirk_amd_sb_acs"},
	{0x1924, 0x0903, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x1924, 0x0923, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x1924, 0x0a03, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x10c6, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x10db, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x10dd, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x10e1, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x10f1, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x10f7, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x10f8, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x10f9, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x10fa, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x10fb, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x10fc, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x1507, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x1514, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x151c, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x1529, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x152a, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x154d, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x154f, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x1551, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x1558, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x1509, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x150e, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x150f, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x1510, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x1511, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x1516, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x1527, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x10c9, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x10e6, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x10e7, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x10e8, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x150a, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x150d, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x1518, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x1526, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x10a7, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x10a9, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x10d6, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x1521, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x1522, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x1523, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x1524, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x105e, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x105f, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x1060, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x10d9, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x15b7, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, 0x15b8, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x8086, QUIRK_ANY_DEVICE, ACS_RULE_RCIEP_ONLY, "pci_quirk_rciep_acs"},
	{0x17cb, 0x0400, ACS_RULE_ALWAYS, "pci_quirk_qcom_rp_acs"},
	{0x17cb, 0x0401, ACS_RULE_ALWAYS, "pci_quirk_qcom_rp_acs"},
	{0x17cb, 0x0115, ACS_RULE_ALWAYS, "pci_quirk_qcom_rp_acs"},
	{0x17cb, 0x0111, ACS_RULE_ALWAYS, "pci_quirk_qcom_rp_acs"},
	{0x17cb, 0x0120, ACS_RULE_ALWAYS, "pci_quirk_qcom_rp_acs"},
	{0x1dbf, 0x0401, ACS_RULE_ALWAYS, "pci_quirk_qcom_rp_acs"},
	{0x8086, QUIRK_ANY_DEVICE, ACS_RULE_INTEL_PCH, "pci_quirk_intel_pch_acs"},
	{0x8086, QUIRK_ANY_DEVICE, ACS_RULE_INTEL_SPT, "pci_quirk_intel_spt_pch_acs"},
	{0x19a2, 0x0710, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x10df, 0x0720, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x177d, QUIRK_ANY_DEVICE, ACS_RULE_CAVIUM, "pci_quirk_cavium_acs"},
	{0x177d, 0xa026, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x177d, 0xa059, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x177d, 0xa060, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x10e8, 0xe004, ACS_RULE_ALWAYS, "pci_quirk_xgene_acs"},
	{0x1def, 0xe005, ACS_RULE_ALWAYS, "pci_quirk_xgene_acs"},
	{0x1def, 0xe006, ACS_RULE_ALWAYS, "pci_quirk_xgene_acs"},
	{0x1def, 0xe007, ACS_RULE_ALWAYS, "pci_quirk_xgene_acs"},
	{0x1def, 0xe008, ACS_RULE_ALWAYS, "pci_quirk_xgene_acs"},
	{0x1def, 0xe009, ACS_RULE_ALWAYS, "pci_quirk_xgene_acs"},
	{0x1def, 0xe00a, ACS_RULE_ALWAYS, "pci_quirk_xgene_acs"},
	{0x1def, 0xe00b, ACS_RULE_ALWAYS, "pci_quirk_xgene_acs"},
	{0x1def, 0xe00c, ACS_RULE_ALWAYS, "pci_quirk_xgene_acs"},
	{0x14e4, 0x16d7, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x14e4, 0x1750, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x14e4, 0x1751, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x14e4, 0x1752, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x14e4, 0x1760, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x14e4, 0x1761, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x14e4, 0x1762, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x14e4, 0x1763, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x14e4, 0xd714, ACS_RULE_ALWAYS, "pci_quirk_brcm_acs"},
	{0x0014, 0x3c09, ACS_RULE_ALWAYS, "pci_quirk_loongson_acs"},
	{0x0014, 0x3c19, ACS_RULE_ALWAYS, "pci_quirk_loongson_acs"},
	{0x0014, 0x3c29, ACS_RULE_ALWAYS, "pci_quirk_loongson_acs"},
	{0x0014, 0x7a09, ACS_RULE_ALWAYS, "pci_quirk_loongson_acs"},
	{0x0014, 0x7a19, ACS_RULE_ALWAYS, "pci_quirk_loongson_acs"},
	{0x0014, 0x7a29, ACS_RULE_ALWAYS, "pci_quirk_loongson_acs"},
	{0x0014, 0x7a39, ACS_RULE_ALWAYS, "pci_quirk_loongson_acs"},
	{0x0014, 0x7a49, ACS_RULE_ALWAYS, "pci_quirk_loongson_acs"},
	{0x0014, 0x7a59, ACS_RULE_ALWAYS, "pci_quirk_loongson_acs"},
	{0x0014, 0x7a69, ACS_RULE_ALWAYS, "pci_quirk_loongson_acs"},
	{0x1c36, 0x0031, ACS_RULE_ROOT_PORT_ONLY, "pci_quirk_al_acs"},
	{0x1d17, 0x3038, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x1d17, 0x3104, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x1d17, 0x9083, ACS_RULE_ALWAYS, "pci_quirk_mf_endpoint_acs"},
	{0x1957, 0x8d81, ACS_RULE_ALWAYS, "pci_quirk_nxp_rp_acs"},
	{0x1957, 0x8da1, ACS_RULE_ALWAYS, "pci_quirk_nxp_rp_acs"},
	{0x1957, 0x8d83, ACS_RULE_ALWAYS, "pci_quirk_nxp_rp_acs"},
	{0x1957, 0x8d80, ACS_RULE_ALWAYS, "pci_quirk_nxp_rp_acs"},
	{0x1957, 0x8da0, ACS_RULE_ALWAYS, "pci_quirk_nxp_rp_acs"},
	{0x1957, 0x8d82, ACS_RULE_ALWAYS, "pci_quirk_nxp_rp_acs"},
	{0x1957, 0x8d90, ACS_RULE_ALWAYS, "pci_quirk_nxp_rp_acs"},
	{0x1957, 0x8db0, ACS_RULE_ALWAYS, "pci_quirk_nxp_rp_acs"},
	{0x1957, 0x8d92, ACS_RULE_ALWAYS, "pci_quirk_nxp_rp_acs"},
	{0x1957, 0x8d91, ACS_RULE_ALWAYS, "pci_quirk_nxp_rp_acs"},
	{0x1957, 0x8db1, ACS_RULE_ALWAYS, "pci_quirk_nxp_rp_acs"},
	{0x1957, 0x8d93, ACS_RULE_ALWAYS, "pci_quirk_nxp_rp_acs"},
	{0x1957, 0x8d89, ACS_RULE_ALWAYS, "pci_quirk_nxp_rp_acs"},
	{0x1957, 0x8da9, ACS_RULE_ALWAYS, "pci_quirk_nxp_rp_acs"},
	{0x1957, 0x8d8b, ACS_RULE_ALWAYS, "pci_quirk_nxp_rp_acs"},
	{0x1957, 0x8d88, ACS_RULE_ALWAYS, "pci_quirk_nxp_rp_acs"},
	{0x1957, 0x8da8, ACS_RULE_ALWAYS, "pci_quirk_nxp_rp_acs"},
	{0x1957, 0x8d8a, ACS_RULE_ALWAYS, "pci_quirk_nxp_rp_acs"},
	{0x1957, 0x8d98, ACS_RULE_ALWAYS, "pci_quirk_nxp_rp_acs"},
	{0x1957, 0x8db8, ACS_RULE_ALWAYS, "pci_quirk_nxp_rp_acs"},
	{0x1957, 0x8d9a, ACS_RULE_ALWAYS, "pci_quirk_nxp_rp_acs"},
	{0x1957, 0x8d99, ACS_RULE_ALWAYS, "pci_quirk_nxp_rp_acs"},
	{0x1957, 0x8db9, ACS_RULE_ALWAYS, "pci_quirk_nxp_rp_acs"},
	{0x1957, 0x8d9b, ACS_RULE_ALWAYS, "pci_quirk_nxp_rp_acs"},
	{0x1d17, QUIRK_ANY_DEVICE, ACS_RULE_ZHAOXIN_PORTS, "pci_quirk_zhaoxin_pcie_ports_acs"},
	{0x8088, QUIRK_ANY_DEVICE, ACS_RULE_WANGXUN, "pci_quirk_wangxun_nic_acs"},
};

const size_t acs_quirk_count = ARRAY_SIZE(acs_quirks);

/* pci_quirk_intel_pch_acs_ids[] */
const uint16_t acs_intel_pch_ports[] = {
	0x3b42, 0x3b43, 0x3b44, 0x3b45, 0x3b46, 0x3b47, 0x3b48, 0x3b49, 0x3b4a, 0x3b4b, 0x3b4c,
	0x3b4d, 0x3b4e, 0x3b4f, 0x3b50, 0x3b51, 0x1c10, 0x1c11, 0x1c12, 0x1c13, 0x1c14, 0x1c15,
	0x1c16, 0x1c17, 0x1c18, 0x1c19, 0x1c1a, 0x1c1b, 0x1c1c, 0x1c1d, 0x1c1e, 0x1c1f, 0x1e10,
	0x1e11, 0x1e12, 0x1e13, 0x1e14, 0x1e15, 0x1e16, 0x1e17, 0x1e18, 0x1e19, 0x1e1a, 0x1e1b,
	0x1e1c, 0x1e1d, 0x1e1e, 0x1e1f, 0x8c10, 0x8c11, 0x8c12, 0x8c13, 0x8c14, 0x8c15, 0x8c16,
	0x8c17, 0x8c18, 0x8c19, 0x8c1a, 0x8c1b, 0x8c1c, 0x8c1d, 0x8c1e, 0x8c1f, 0x9c10, 0x9c11,
	0x9c12, 0x9c13, 0x9c14, 0x9c15, 0x9c16, 0x9c17, 0x9c18, 0x9c19, 0x9c1a, 0x9c1b, 0x9c90,
	0x9c91, 0x9c92, 0x9c93, 0x9c94, 0x9c95, 0x9c96, 0x9c97, 0x9c98, 0x9c99, 0x9c9a, 0x9c9b,
	0x1d10, 0x1d12, 0x1d14, 0x1d16, 0x1d18, 0x1d1a, 0x1d1c, 0x1d1e, 0x8d10, 0x8d11, 0x8d12,
	0x8d13, 0x8d14, 0x8d15, 0x8d16, 0x8d17, 0x8d18, 0x8d19, 0x8d1a, 0x8d1b, 0x8d1c, 0x8d1d,
	0x8d1e, 0x8c90, 0x8c92, 0x8c94, 0x8c96, 0x8c98, 0x8c9a, 0x8c9c, 0x8c9e,
};

const size_t acs_intel_pch_port_count = ARRAY_SIZE(acs_intel_pch_ports);

/* pci_quirk_intel_spt_pch_acs_match() */
const struct id_range acs_intel_spt_ports[] = {
	{0xa110, 0xa11f}, {0xa167, 0xa16a}, {0xa290, 0xa29f}, {0xa2e7, 0xa2ee}, {0x9d10, 0x9d1b},
};

const size_t acs_intel_spt_port_count = ARRAY_SIZE(acs_intel_spt_ports);

/* pci_quirk_zhaoxin_pcie_ports_acs() */
const struct id_range acs_zhaoxin_ports[] = {
	{0x0710, 0x071e},
	{0x0721, 0x0721},
	{0x0723, 0x0752},
};

const size_t acs_zhaoxin_port_count = ARRAY_SIZE(acs_zhaoxin_ports);

/* pci_quirk_wangxun_nic_acs() */
const struct id_range acs_wangxun_devices[] = {
	{0x0100, 0x010f}, {0x1001, 0x1001}, {0x2001, 0x2001}, {0x5010, 0x5010}, {0x5025, 0x5025},
	{0x5040, 0x5040}, {0x5110, 0x5110}, {0x5125, 0x5125}, {0x5140, 0x5140},
};

const size_t acs_wangxun_device_count = ARRAY_SIZE(acs_wangxun_devices);

/* pci_quirk_cavium_acs_match() */
const struct id_range acs_cavium_ports[] = {
	{0xa000, 0xa7ff},
	{0xaf84, 0xaf84},
	{0xb884, 0xb884},
};

const size_t acs_cavium_port_count = ARRAY_SIZE(acs_cavium_ports);

/* pci_disable_broken_acs_cap() */
const struct broken_acs_capability acs_broken_capabilities[] = {
	{0x111d, 0x80b5, KERNEL_7_3},
	{0x111d, 0x8090, KERNEL_7_3},
};

const size_t acs_broken_capability_count = ARRAY_SIZE(acs_broken_capabilities);
