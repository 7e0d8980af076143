/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/checks/passthrough_words.h"

/* Names, and beginnings of names where they end in '.'. */
static const char *const names[] = {
	"intel_iommu",
	"amd_iommu",
	"iommu",
	"iommu.passthrough",
	"iommu.strict",
	"intremap",
	"pcie_acs_override",
	"vfio-pci.",
	"vfio.",
	"vfio_iommu_type1.",
	"module_blacklist",
	"modprobe.blacklist",
	"rd.driver.pre",
	"rd.driver.blacklist",
	"rd.driver.post",
	"rdblacklist",
	"rdloaddriver",
	"initcall_blacklist",
	"efifb",
	"nouveau.modeset",
	"vfio-pci-ids",
	"vfio_pci_ids",
};

bool word_is_passthrough(const struct parameter *word)
{
	const char *value = word->value ? word->value : "";

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t length = strlen(names[i]);
		char beginning[64];

		if (names[i][length - 1] != '.') {
			if (names_equal(word->name, names[i]))
				return true;
			continue;
		}
		if (strlen(word->name) <= length || length >= sizeof(beginning))
			continue;
		memcpy(beginning, word->name, length);
		beginning[length] = '\0';
		if (names_equal(beginning, names[i]))
			return true;
	}
	if (names_equal(word->name, "pci"))
		return strstr(value, "acs") || strstr(value, "realloc");
	if (names_equal(word->name, "video"))
		return strstr(value, "efifb") || strstr(value, "simplefb") ||
		       strstr(value, "vesafb");
	return word_meant(word) != NULL;
}

bool words_hold(const struct parameters *words, const struct parameter *word)
{
	for (size_t i = 0; words && i < words->count; i++)
		if (names_equal(words->items[i].name, word->name) &&
		    streq(words->items[i].value, word->value))
			return true;
	return false;
}

struct parameters words_missing(struct arena *arena, const struct parameters *wanted,
				const struct parameters *present)
{
	struct parameters missing = {0};

	for (size_t i = 0; wanted && i < wanted->count; i++)
		if (word_is_passthrough(&wanted->items[i]) &&
		    !words_hold(present, &wanted->items[i]) &&
		    !words_hold(&missing, &wanted->items[i]))
			*ARRAY_ADD(arena, &missing) = wanted->items[i];
	return missing;
}

const char *words_text(struct arena *arena, const struct parameters *words)
{
	struct strings texts = {0};

	for_each (word, words)
		strings_add(arena, &texts, word->text);
	return strings_join(arena, &texts, " ");
}

const char *word_meant(const struct parameter *word)
{
	/* Written without the dot, or with a module's or option's name slightly wrong. */
	static const struct {
		const char *wrong, *right;
	} known[] = {
		{"vfio-pci-ids", "vfio-pci.ids"},
		{"vfio-pci.id", "vfio-pci.ids"},
		{"vfio-pci.idz", "vfio-pci.ids"},
		{"vfio-pci.pci-ids", "vfio-pci.ids"},
		{"vfio.ids", "vfio-pci.ids"},
		{"vfio.pci.ids", "vfio-pci.ids"},
		{"vfiopci.ids", "vfio-pci.ids"},
		{"vfio-ids", "vfio-pci.ids"},
		{"vfio-pci", "vfio-pci.ids"},
		{"rd.driver-pre", "rd.driver.pre"},
		{"rd.drivers.pre", "rd.driver.pre"},
		{"rd.driver.black-list", "rd.driver.blacklist"},
		{"modprobe-blacklist", "modprobe.blacklist"},
		{"modules-blacklist", "module_blacklist"},
		{"module.blacklist", "module_blacklist"},
		{"pci-acs-override", "pcie_acs_override"},
		{"pcie-acs-overide", "pcie_acs_override"},
		{"acs-override", "pcie_acs_override"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (names_equal(word->name, known[i].wrong))
			return known[i].right;
	return NULL;
}
