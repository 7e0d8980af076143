/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/checks/boot_asked.h"
#include "preflight/checks/passthrough_words.h"

bool boot_anything_asked(const struct facts *facts)
{
	for_each (device, &facts->devices)
		if (device->handover_asked == YES)
			return true;
	for_each (source, &facts->boot.sources)
		for (size_t i = 0; source->parameters && i < source->parameters->count; i++)
			if (word_is_passthrough(&source->parameters->items[i]))
				return true;
	return false;
}

const struct boot_entry *boot_next_entry(const struct facts *facts)
{
	if (!facts->boot.next || facts->boot.next > facts->boot.entries.count)
		return NULL;
	return &facts->boot.entries.items[facts->boot.next - 1];
}

unsigned boot_words_line(const struct boot_entry *entry)
{
	const struct origin *first = entry->parameters && entry->parameters->count
					     ? &entry->parameters->items[0].origin
					     : NULL;

	return first && streq(first->source, entry->source) ? first->line : entry->line;
}

struct parameters boot_words_lacking_now(const struct facts *facts, struct finding *finding,
					 const struct parameters *next)
{
	struct parameters lacking = words_missing(finding->arena, next, &facts->cmdline);

	for_each (source, &facts->boot.sources) {
		struct parameters words = {0};

		if (source->used && !source->overridden)
			words = words_missing(finding->arena, source->parameters, &facts->cmdline);
		for_each (word, &words)
			if (!words_hold(&lacking, word))
				*ARRAY_ADD(finding->arena, &lacking) = *word;
	}
	return lacking;
}

void finding_evidence_words(struct finding *finding, const struct parameters *words)
{
	for_each (word, words)
		finding_evidence(finding, &word->origin);
}

void finding_unknown_boot(const struct facts *facts, struct finding *finding)
{
	finding_unknown(finding, facts->boot.unread_path ? facts->boot.unread_path : "/boot");
}
