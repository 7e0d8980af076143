/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/interrupts.h"

static bool is_number(const struct line *word)
{
	for (size_t i = 0; i < word->length; i++)
		if (word->text[i] < '0' || word->text[i] > '9')
			return false;
	return word->length > 0;
}

/*
 * "24:  12  0  IR-PCI-MSI 65536-edge  xhci_hcd" → label "24:", chip "IR-PCI-MSI", rest behind it.
 * False for lines without a chip: the header, "NMI: …", "ERR: 0".
 */
static bool split(struct line line, struct line *ret_label, struct line *ret_chip,
		  struct line *ret_rest)
{
	if (!line_word(&line, ret_label) || ret_label->text[ret_label->length - 1] != ':' ||
	    ret_label->text[0] < '0' || ret_label->text[0] > '9')
		return false;
	do {
		if (!line_word(&line, ret_chip))
			return false;
	} while (is_number(ret_chip));
	*ret_rest = line_trim(line);
	return true;
}

static bool chip_remaps(const struct line *chip)
{
	return line_starts(chip, "IR-", NULL) || line_starts(chip, "ITS-MSI", NULL) ||
	       line_starts(chip, "ITS-PCI-", NULL);
}

static bool chip_is_plain(const struct line *chip)
{
	return line_starts(chip, "IO-APIC", NULL) || line_starts(chip, "PCI-MSI", NULL) ||
	       line_starts(chip, "GICv2m-PCI-", NULL);
}

/* The unit's own interrupt, which is plain also while remapping is on. */
static bool is_unit(const struct line *rest)
{
	return rest->length && memmem(rest->text, rest->length, "AMD-Vi", strlen("AMD-Vi"));
}

void interrupts_parse(const char *text, size_t length, struct interrupts *ret_interrupts)
{
	struct line_reader reader = lines_of(text, length);
	struct line line, label, chip, rest;

	*ret_interrupts = (struct interrupts){0};
	while (lines_next(&reader, &line)) {
		if (!split(line, &label, &chip, &rest))
			continue;
		if (chip_remaps(&chip) && !ret_interrupts->remapped.text)
			ret_interrupts->remapped = line;
		if (chip_is_plain(&chip) && !is_unit(&rest) && !ret_interrupts->plain.text)
			ret_interrupts->plain = line;
	}
}

const char *interrupt_line_shorten(struct arena *arena, struct line line)
{
	struct line label, chip, rest, word;
	struct strings words = {0};

	if (!split(line, &label, &chip, &rest))
		return printable_copy(arena, line.text, line.length);
	strings_add(arena, &words, printable_copy(arena, label.text, label.length));
	strings_add(arena, &words, printable_copy(arena, chip.text, chip.length));
	while (line_word(&rest, &word))
		strings_add(arena, &words, printable_copy(arena, word.text, word.length));
	return strings_join(arena, &words, " ");
}
