/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/generators/generator.h"

#include <errno.h>

/* Of one file, of all of them, and of what is made of them. */
enum { CONFIG_LIMIT = 1 << 20, CONFIGS_LIMIT = 16 << 20, SETTINGS_LIMIT = 10 * 1000 };

/* 0 where the file is there; an error that means more than "not there" is noted. */
static bool note(struct generator_reader *reader, const char *path, int error)
{
	if (error == 0)
		return true;
	if (error == -ENOENT || error == -ENOTDIR)
		return false;
	facts_add_unread(reader->facts, path, error);
	reader->failed = true;
	return false;
}

bool generator_read_file(struct generator_reader *reader, const char *path, struct bytes *ret_bytes)
{
	int r = reader->bytes > CONFIGS_LIMIT
			? -EFBIG
			: host_read(reader->host, reader->scratch, path, CONFIG_LIMIT, ret_bytes);

	if (r == 0)
		reader->bytes += ret_bytes->length;
	/* A folder in the place of a file is read by nobody. */
	return r == -EISDIR ? false : note(reader, path, r);
}

bool generator_list(struct generator_reader *reader, const char *path, struct strings *ret_names)
{
	return note(reader, path, host_list(reader->host, reader->scratch, path, ret_names));
}

struct generator_setting *generator_add(struct generator_reader *reader, const char *key,
					const char *value, const char *source, unsigned line)
{
	struct arena *arena = reader->facts->arena;
	struct generator_settings *settings = &reader->facts->initramfs.settings;
	struct generator_setting *setting;

	if (settings->count == SETTINGS_LIMIT) {
		reader->failed = true;
		return &settings->items[settings->count - 1];
	}
	setting = ARRAY_ADD(arena, settings);
	setting->key = arena_strdup(arena, key);
	setting->value = arena_strdup(arena, value);
	setting->source = arena_strdup(arena, source);
	setting->line = line;
	return setting;
}

void generator_add_word(struct generator_reader *reader, const char *key, const char *word,
			const char *source, unsigned line)
{
	struct arena *arena = reader->facts->arena;
	struct generator_words *words = &reader->facts->initramfs.words;

	if (words->count == SETTINGS_LIMIT) {
		reader->failed = true;
		return;
	}
	*ARRAY_ADD(arena, words) = (struct generator_word){
		.key = arena_strdup(arena, key),
		.word = arena_strdup(arena, word),
		.source = arena_strdup(arena, source),
		.line = line,
	};
}

/* -- files that are not read ----------------------------------------------------------------- */

static bool was_put_aside(const char *path)
{
	static const char *const marks[] = {
		"~",          ".bak",      ".backup",  ".old",     ".orig",     ".save",
		".disabled",  ".off",      ".swp",     ".new",     ".dpkg-old", ".dpkg-new",
		".dpkg-dist", ".dpkg-bak", ".rpmsave", ".rpmorig", ".rpmnew",   ".pacsave",
		".pacnew",    ".ucf-dist", ".ucf-old", ".example", ".sample"};
	size_t length = strlen(path);

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		size_t mark = strlen(marks[i]);

		if (length > mark && streq(path + length - mark, marks[i]))
			return true;
	}
	return false;
}

static bool names_vfio(struct generator_reader *reader, const char *path)
{
	const char *name = strrchr(path, '/');
	struct bytes bytes;

	if (strstr(name ? name : path, "vfio"))
		return true;
	return generator_read_file(reader, path, &bytes) &&
	       (memmem(bytes.data, bytes.length, "vfio", 4) ||
		memmem(bytes.data, bytes.length, "driver_override", 15));
}

void generator_ignore(struct generator_reader *reader, const char *path, const char *why)
{
	struct arena *arena = reader->facts->arena;
	struct initramfs_facts *initramfs = &reader->facts->initramfs;

	if (was_put_aside(path) || !names_vfio(reader, path))
		return;
	*ARRAY_ADD(arena, &initramfs->ignored_files) = arena_printf(arena, "/%s", path);
	strings_add(arena, &initramfs->ignored_why, why);
}

/* -- variables of shell scripts ---------------------------------------------------------------- */

static bool is_listed(const char *const *names, const char *name)
{
	for (; names && *names; names++)
		if (streq(*names, name))
			return true;
	return false;
}

/* What an assignment brings itself, not what it took over. */
static const char *own_text(struct arena *arena, const struct shell_assignment *assignment,
			    size_t index)
{
	struct strings parts = {0};

	for_each (piece, &assignment->pieces)
		if (piece->assignment == index)
			*ARRAY_ADD(arena, &parts) = arena_copy(arena, piece->text, piece->length);
	return strings_join(arena, &parts, "");
}

static bool is_append(const struct shell_assignment *assignment)
{
	const char *place = strstr(assignment->origin.text, assignment->name);

	return place && starts_with(place + strlen(assignment->name), "+=");
}

static void add_setting(struct generator_reader *reader, const struct shell_script *script,
			size_t index)
{
	const struct shell_assignment *assignment = &script->assignments.items[index];
	struct generator_setting *setting = generator_add(
		reader, assignment->name, own_text(reader->scratch, assignment, index),
		assignment->origin.source, assignment->origin.line);

	setting->append = is_append(assignment);
	for_each (piece, &assignment->pieces)
		setting->computed |= piece->unknown;
}

/* One word of a value while it is put together. */
struct word {
	char text[256];
	size_t length;
	const struct origin *origin; /* of its first piece */
	bool unknown;
};

static void finish_word(struct generator_reader *reader, const char *key, struct word *word)
{
	word->text[word->length] = '\0';
	if (word->length && !word->unknown)
		generator_add_word(reader, key, word->text, word->origin->source,
				   word->origin->line);
	word->length = 0;
	word->unknown = false;
}

static void extend_word(struct word *word, char c, const struct origin *origin)
{
	if (!word->length)
		word->origin = origin;
	word->text[word->length] = c;
	word->length += word->length < sizeof(word->text) - 1;
}

/* The words of a value, split at blanks as the shell does where a variable is used bare. Words that
 * are not wholly known are left out. */
static void add_words(struct generator_reader *reader, const struct shell_assignment *assignment)
{
	struct word word = {.length = 0};

	for_each (piece, &assignment->pieces) {
		word.unknown |= piece->unknown;
		for (size_t i = 0; i < piece->length && !piece->unknown; i++)
			/* NOLINTNEXTLINE(bugprone-not-null-terminated-result): NUL ends no word */
			if (memchr(" \t\n", piece->text[i], 3))
				finish_word(reader, assignment->name, &word);
			else
				extend_word(&word, piece->text[i], &piece->origin);
	}
	finish_word(reader, assignment->name, &word);
}

void generator_add_variables(struct generator_reader *reader, const struct shell_script *script,
			     const char *const *names, const char *const *lists)
{
	for (size_t i = 0; i < script->assignments.count; i++) {
		const char *name = script->assignments.items[i].name;

		if ((is_listed(names, name) || is_listed(lists, name)) &&
		    shell_is_in_force(script, i))
			add_setting(reader, script, i);
	}
	for (; lists && *lists; lists++) {
		const struct shell_assignment *last = shell_find(script, *lists);

		if (last)
			add_words(reader, last);
	}
}

const struct generator_word *generator_find_word(const struct facts *facts, const char *key,
						 const char *module)
{
	for_each (word, &facts->initramfs.words)
		if (streq(word->key, key) && names_equal(word->word, module))
			return word;
	return NULL;
}
