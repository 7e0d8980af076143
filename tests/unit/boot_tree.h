/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small host trees for tests of facts_collect_boot(), and what it found in one line. */
#ifndef VFIOKIT_TESTS_BOOT_TREE_H
#define VFIOKIT_TESTS_BOOT_TREE_H

#include "boot_made.h"
#include "facts_made.h"
#include "preflight/parse/cmdline.h"
#include "tree.h"

struct boot_tree {
	struct tree *tree;
	struct facts *facts;
	struct arena *arena; /* the facts' */
	const struct boot_facts *boot;
};

static inline struct boot_tree boot_tree_new(const char *recipe)
{
	struct boot_tree tree = {.tree = tree_new(recipe), .facts = facts_made()};

	tree.arena = tree.facts->arena;
	tree.boot = &tree.facts->boot;
	return tree;
}

static inline void boot_tree_free(struct boot_tree *tree)
{
	facts_free(tree->facts);
	tree_free(tree->tree);
}
#define _cleanup_boot_tree_ _cleanup_(boot_tree_free)

/* Lines of a recipe that write text to path, each line behind "| ". */
static inline void boot_tree_file(struct boot_tree *tree, const char *path, const char *text)
{
	struct strings lines = {0};

	while (*text) {
		size_t length = strcspn(text, "\n");

		strings_add(tree->arena, &lines,
			    arena_printf(tree->arena, "| %.*s\n", (int)length, text));
		text += length + (text[length] == '\n');
	}
	tree_add(tree->tree, arena_printf(tree->arena, "file %s\n%s", path,
					  strings_join(tree->arena, &lines, "")));
}

static inline void boot_tree_program(struct boot_tree *tree, const char *path,
				     const struct made_section *sections)
{
	struct made_bytes program = made_program(tree->arena, sections);

	tree_add(tree->tree, made_file(tree->arena, path, &program));
}

/* Sets what other collectors find, and collects. firmware and cmdline may be NULL. */
static inline void boot_tree_collect(struct boot_tree *tree, const char *firmware,
				     const char *distribution, const char *cmdline)
{
	tree->facts->machine.firmware = firmware;
	tree->facts->machine.distro_id = distribution;
	if (cmdline) {
		tree->facts->cmdline_known = YES;
		cmdline_parse(tree->arena, cmdline, strlen(cmdline), "/proc/cmdline", 1,
			      &tree->facts->cmdline);
	}
	facts_collect_boot(tree->facts, tree_host(tree->tree));
}

/* "ID VERSION KERNEL INITRD,INITRD [CMDLINE] source:line next recovery incomplete" */
static inline const char *boot_tree_entry(const struct boot_tree *tree, size_t index)
{
	const struct boot_entry *entry = &tree->boot->entries.items[index];
	struct strings initrds = {0};

	for (size_t i = 0; i < entry->initrd_count; i++)
		strings_add(tree->arena, &initrds, entry->initrds[i]);
	return arena_printf(tree->arena, "%s %s %s %s [%s] %s:%u%s%s%s", entry->id,
			    entry->kernel_version ? entry->kernel_version : "-",
			    entry->kernel_path ? entry->kernel_path : "-",
			    initrds.count ? strings_join(tree->arena, &initrds, ",") : "-",
			    entry->cmdline, entry->source, entry->line, entry->next ? " next" : "",
			    entry->recovery ? " recovery" : "",
			    entry->incomplete ? " incomplete" : "");
}

/* One source a line: "path:line variable [words] used overridden generated computed broken". */
static inline const char *boot_tree_sources(const struct boot_tree *tree)
{
	struct strings lines = {0};

	for_each (source, &tree->boot->sources) {
		struct strings words = {0};

		for_each (word, source->parameters)
			strings_add(
				tree->arena, &words,
				arena_printf(tree->arena, "%s@%u", word->text, word->origin.line));
		strings_add(tree->arena, &lines,
			    arena_printf(tree->arena, "%s:%u %s [%s]%s%s%s%s%s\n", source->path,
					 source->line, source->variable ? source->variable : "-",
					 strings_join(tree->arena, &words, " "),
					 source->used ? " used" : "",
					 source->overridden ? " overridden" : "",
					 source->generated ? " generated" : "",
					 source->computed ? " computed" : "",
					 source->broken ? " broken" : ""));
	}
	return strings_join(tree->arena, &lines, "");
}

#endif
