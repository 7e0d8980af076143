/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/boot/work.h"
#include "preflight/parse/cmdline.h"

#include <strings.h>

/*
 * Families in the order in which they are asked: those that write entries for another loader before
 * that loader itself.
 */
static const struct loader_row *const rows[] = {
	&boot_row_ostree,     &boot_row_nixos,    &boot_row_proxmox,
	&boot_row_kernelstub, &boot_row_unified,  &boot_row_systemd,
	&boot_row_grub,       &boot_row_syslinux, &boot_row_limine,
};

/* -- entries ------------------------------------------------------------------------------------ */

struct boot_entry *boot_add_entry(struct boot_work *work, const char *id, const char *title,
				  const struct origins *options)
{
	struct boot_entry *entry = ARRAY_ADD(work->arena, &work->facts->boot.entries);
	struct strings texts = {0};

	entry->id = id;
	entry->title = title;
	entry->parameters = arena_alloc(work->arena, sizeof(*entry->parameters));
	for_each (option, options) {
		size_t before = entry->parameters->count;

		cmdline_parse(work->arena, option->text, strlen(option->text), option->source,
			      option->line, entry->parameters);
		if (entry->parameters->count > before)
			*ARRAY_ADD(work->arena, &texts) = option->text;
	}
	entry->cmdline = strings_join(work->arena, &texts, " ");
	return entry;
}

void boot_add_initrd(struct boot_work *work, struct boot_entry *entry, const char *path)
{
	const char **all = arena_array(work->arena, entry->initrd_count + 1, sizeof(*all));

	if (entry->initrd_count)
		memcpy(all, entry->initrds, entry->initrd_count * sizeof(*all));
	all[entry->initrd_count++] = path;
	entry->initrds = all;
}

void boot_set_next(struct boot_work *work, size_t index)
{
	struct boot_facts *boot = &work->facts->boot;

	if (!index || index > boot->entries.count)
		return;
	boot->next = index;
	boot->entries.items[index - 1].next = true;
	boot->next_kernel = boot->entries.items[index - 1].kernel_version;
	boot->default_title = boot->entries.items[index - 1].title;
}

void boot_set_unread(struct boot_work *work, const char *path)
{
	if (!work->facts->boot.unread_path)
		work->facts->boot.unread_path = arena_printf(work->arena, "/%s", path);
}

bool boot_is_recovery(const struct boot_entry *entry)
{
	static const char *const words[] = {"single",
					    "recovery",
					    "rescue",
					    "emergency",
					    "1",
					    "S",
					    "unraidsafemode",
					    "systemd.unit=rescue.target",
					    "systemd.unit=emergency.target"};
	static const char *const names[] = {"recovery", "rescue", "memtest"};

	for_each (word, entry->parameters)
		for (size_t i = 0; i < ARRAY_SIZE(words); i++)
			if (streq(word->text, words[i]))
				return true;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcasestr(entry->id, names[i]) ||
		    (entry->title && strcasestr(entry->title, names[i])))
			return true;
	return false;
}

void boot_rename_loader(struct boot_work *work, enum loader from, enum loader to)
{
	struct boot_facts *boot = &work->facts->boot;

	for_each (claim, &boot->claims)
		if (claim->loader == from)
			claim->loader = to;
	if (boot->loader == from)
		boot->loader = to;
}

/* -- which loader ------------------------------------------------------------------------------- */

static const struct loader_row *find_row(struct boot_work *work, enum boot_program program)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): none of the rows is NULL */
		if (rows[i]->programs & 1u << program &&
		    (!rows[i]->detect || rows[i]->detect(work)))
			return rows[i];
	return NULL;
}

static bool is_claimed(const struct boot_facts *boot, const struct loader_claim *claim)
{
	for_each (other, &boot->claims)
		if (other->loader == claim->loader && streq(other->source, claim->source))
			return true;
	return false;
}

/*
 * Turns the programs' claims into loaders' and returns the row of the strongest; NULL where none is
 * known. A program that nothing here knows settles the matter only as long as nothing but files speaks
 * for another one: rEFInd may have started GRUB, whose word is on the command line then.
 */
static const struct loader_row *settle(struct boot_work *work, const struct program_claims *claims)
{
	struct boot_facts *boot = &work->facts->boot;
	const struct loader_row *settled = NULL;
	unsigned strength = 0;

	for_each (claim, claims) {
		const struct loader_row *row = find_row(work, claim->program);
		struct loader_claim found = {
			.loader = row ? row->loader : LOADER_UNKNOWN,
			.strength = claim->strength,
			.source = claim->source,
			.text = claim->text,
		};

		if (!is_claimed(boot, &found))
			*ARRAY_ADD(work->arena, &boot->claims) = found;
		if (row && !settled && (claim->strength > 1 || !strength)) {
			settled = row;
			work->program = claim->program;
			work->program_strength = claim->strength;
		} else if (row && row != settled && settled &&
			   claim->strength == work->program_strength) {
			boot->ambiguous = YES;
		}
		strength = strength ? strength : claim->strength;
	}
	if (settled && boot->ambiguous != YES)
		boot->ambiguous = NO;
	return settled;
}

/* Firmware was told to start something else the next time. */
static void look_at_boot_next(struct boot_work *work)
{
	struct boot_facts *boot = &work->facts->boot;

	if (!work->variables.next_source)
		return;
	boot->known = UNKNOWN;
	boot->next = 0;
	boot->next_kernel = boot->default_title = NULL;
	for_each (entry, &boot->entries)
		entry->next = false;
	boot_set_unread(work, work->variables.next_source + 1);
}

static void mark_kernels(struct boot_facts *boot)
{
	for_each (kernel, &boot->kernels)
		for_each (entry, &boot->entries)
			if (streq(entry->kernel_version, kernel->version))
				kernel->has_entry = true;
}

void facts_collect_boot(struct facts *facts, const struct host *host)
{
	struct boot_work work = {.facts = facts, .host = host, .arena = facts->arena};
	struct program_claims claims = {0};
	const struct loader_row *row;

	boot_collect_kernels(&work);
	boot_find_esps(&work);
	boot_collect_variables(&work);
	boot_claim_programs(&work, &claims);
	row = settle(&work, &claims);
	if (row && facts->boot.ambiguous == NO) {
		facts->boot.loader = row->loader;
		row->collect(&work);
		for_each (entry, &facts->boot.entries)
			entry->recovery = boot_is_recovery(entry);
		look_at_boot_next(&work);
	}
	boot_collect_sources(&work);
	mark_kernels(&facts->boot);
}
