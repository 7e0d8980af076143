/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/boot/work.h"
#include "preflight/parse/cmdline.h"
#include "preflight/parse/shell.h"

#include <errno.h>

#define DEFAULTS "etc/default/grub"
#define DROP_INS "etc/default/grub.d"

/* What ordinary entries get (grub.d/10_linux), in this order. */
static const char *const variables[] = {"GRUB_CMDLINE_LINUX", "GRUB_CMDLINE_LINUX_DEFAULT"};

/* -- how grub-mkconfig reads them -------------------------------------------------------------------- */

/* Which shell runs it: where /bin/sh is dash, "+=" is no assignment. */
static bool is_read_by_bash(struct boot_work *work)
{
	static const char *const links[] = {"bin/sh", "usr/bin/sh"};
	const char *target;

	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		if (host_read_link(work->host, work->arena, links[i], &target) == 0)
			return !strstr(target, "dash");
	return host_exists(work->host, "etc/debian_version") < 0;
}

/* Debian's grub-mkconfig sources drop-ins, GNU's own does not. */
static bool reads_drop_ins(struct boot_work *work)
{
	static const char *const scripts[] = {"usr/sbin/grub-mkconfig", "usr/bin/grub-mkconfig",
					      "usr/sbin/grub2-mkconfig", "usr/bin/grub2-mkconfig"};
	struct bytes bytes;

	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++)
		if (host_read(work->host, work->arena, scripts[i], BOOT_FILE_LIMIT, &bytes) == 0 &&
		    bytes.length)
			return strstr(bytes.data, "default/grub.d") != NULL;
	return host_exists(work->host, "etc/debian_version") == 0;
}

static bool boots_this_host(const struct boot_facts *boot)
{
	return boot->loader == LOADER_GRUB || boot->loader == LOADER_BLS ||
	       (boot->loader == LOADER_PROXMOX_BOOT_TOOL && boot->esp_loader == LOADER_GRUB);
}

/* -- sources ------------------------------------------------------------------------------------------- */

static bool is_of_interest(const struct shell_assignment *assignment)
{
	for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
		if (streq(assignment->name, variables[i]) && assignment->origin.source)
			return true;
	return false;
}

/* A word without the quotes and backslashes that GRUB's own language takes away. */
static const char *without_quotes(struct boot_work *work, const char *text)
{
	char *copy = arena_strdup(work->arena, text), *end = copy, quote = '\0';

	for (; *text; text++) {
		if (*text == quote)
			quote = '\0';
		else if (!quote && (*text == '"' || *text == '\''))
			quote = *text;
		else if (*text == '\\' && quote != '\'' && text[1])
			*end++ = *++text;
		else
			*end++ = *text;
	}
	*end = '\0';
	return strchr(copy, ' ') ? arena_printf(work->arena, "\"%s\"", copy) : copy;
}

/* The words of /etc/default/grub are pasted into grub.cfg, which is another language: the kernel gets
 * them without the quotes that protect them there. */
static void take_quotes_away(struct boot_work *work, struct parameters *words)
{
	for_each (word, words) {
		struct parameters plain = {0};
		struct origin origin = word->origin;
		const char *text = word->text;

		if (!strpbrk(text, "'\"\\"))
			continue;
		text = without_quotes(work, text);
		cmdline_parse(work->arena, text, strlen(text), NULL, 0, &plain);
		if (plain.count != 1)
			continue;
		*word = plain.items[0];
		word->origin = origin;
	}
}

static void add_assignment(struct boot_work *work, const struct shell_script *script, size_t index,
			   bool used)
{
	const struct shell_assignment *assignment = &script->assignments.items[index];
	struct boot_source *source =
		boot_add_source(work, LOADER_GRUB, assignment->origin.source + 1, used);

	source->variable = assignment->name;
	source->line = assignment->origin.line;
	source->overridden = !shell_is_in_force(script, index);
	source->computed = script->opaque || shell_is_partly_unknown(assignment);
	shell_own_words(work->arena, script, index, source->parameters);
	take_quotes_away(work, source->parameters);
}

/* What stops the shell is said of the file's first source; a file without one gets one. */
static void add_broken(struct boot_work *work, const struct origin *where, bool used)
{
	struct origin *broken;
	struct boot_source *found = NULL;

	if (!where->source)
		return;
	broken = arena_alloc(work->arena, sizeof(*broken));
	*broken = *where;
	for_each (source, &work->facts->boot.sources)
		if (!found && streq(source->path, where->source))
			found = source;
	if (!found)
		found = boot_add_source(work, LOADER_GRUB, where->source + 1, used);
	found->broken = broken;
}

static void add_script(struct boot_work *work, const struct shell_script *script, bool used)
{
	for (size_t i = 0; i < script->assignments.count; i++)
		if (is_of_interest(&script->assignments.items[i]))
			add_assignment(work, script, i, used);
	add_broken(work, &script->broken, used);
}

static struct shell_script new_script(struct boot_work *work)
{
	struct shell_script script = {0};

	for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
		shell_define(work->arena, &script, variables[i], "");
	return script;
}

static void parse_file(struct boot_work *work, const char *path, bool bash,
		       struct shell_script *script)
{
	struct bytes bytes;

	if (boot_read(work, path, &bytes) == 0)
		shell_parse(work->arena, arena_printf(work->arena, "/%s", path), bytes.data,
			    bytes.length, bash, script);
}

/* A file that nothing reads, by its name or because this grub-mkconfig reads no drop-ins at all. */
static void add_unread_file(struct boot_work *work, const char *path, bool bash)
{
	struct shell_script script = new_script(work);

	parse_file(work, path, bash, &script);
	for (size_t i = 0; i < script.assignments.count; i++)
		if (is_of_interest(&script.assignments.items[i]))
			add_assignment(work, &script, i, false);
}

/* What editors and packages leave behind on purpose. */
static bool is_backup(const char *name)
{
	return *name == '.' || has_suffix(name, "~") || strstr(name, ".dpkg-") ||
	       strstr(name, ".ucf-") || strstr(name, ".bak") || strstr(name, ".orig") ||
	       strstr(name, ".rpm") || strstr(name, ".old") || streq(name, "README");
}

static void collect_defaults(struct boot_work *work)
{
	bool bash = is_read_by_bash(work), drop_ins = reads_drop_ins(work);
	struct shell_script script = new_script(work);
	struct strings names = {0};

	parse_file(work, DEFAULTS, bash, &script);
	(void)host_list(work->host, work->arena, DROP_INS, &names);
	for (size_t i = 0; i < names.count && i < BOOT_FILES_LIMIT; i++) {
		const char *path = arena_printf(work->arena, DROP_INS "/%s", names.items[i]);

		if (drop_ins && *names.items[i] != '.' && has_suffix(path, ".cfg"))
			parse_file(work, path, bash, &script);
		else if (!is_backup(names.items[i]))
			add_unread_file(work, path, bash);
	}
	add_script(work, &script, boots_this_host(&work->facts->boot));
}

/* -- generated files that do not boot this host ------------------------------------------------------ */

static bool is_booting_file(struct boot_work *work, const char *path)
{
	const char *config = work->facts->boot.config, *real, *other;

	if (host_real_path(work->host, work->arena, config + 1, &real) < 0 ||
	    host_real_path(work->host, work->arena, path, &other) < 0)
		return true;
	return streq(real, other);
}

static void add_unused_config(struct boot_work *work, const char *path)
{
	struct parameters *words;
	struct boot_source *source;
	struct bytes bytes;

	if (!path || host_exists(work->host, path) < 0 || is_booting_file(work, path) ||
	    boot_read(work, path, &bytes) < 0)
		return;
	words = boot_grub_words(work, path, &bytes);
	if (!words)
		return;
	source = boot_add_source(work, LOADER_GRUB, path, false);
	source->parameters = words;
	source->generated = true;
}

/* grub2-mkconfig -o with the path that a guide for another firmware names. */
static void collect_unused_configs(struct boot_work *work)
{
	static const char *const usual_files[] = {"boot/grub/grub.cfg", "boot/grub2/grub.cfg"};

	if (work->facts->boot.loader != LOADER_GRUB || !work->facts->boot.config)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(usual_files); i++)
		add_unused_config(work, usual_files[i]);
	for (size_t i = 0; i < work->esps.count; i++) {
		const char *folder = boot_find_file(work, work->esps.items[i], "EFI", NULL);
		struct strings names;

		if (!folder || host_list(work->host, work->arena, folder, &names) < 0)
			continue;
		for (size_t j = 0; j < names.count && j < BOOT_FILES_LIMIT; j++)
			add_unused_config(work,
					  boot_find_file(work, folder,
							 arena_printf(work->arena, "%s/grub.cfg",
								      names.items[j]),
							 NULL));
	}
}

void boot_collect_grub_sources(struct boot_work *work)
{
	collect_defaults(work);
	collect_unused_configs(work);
}
