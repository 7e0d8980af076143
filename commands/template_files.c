/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "template_files.h"
#include "report/builtin_templates.h"
#include "user_file.h"

#include <ctype.h>
#include <errno.h>

/* The Makefile says where `make install` puts both. */
#ifndef VFIOKIT_SBINDIR
#define VFIOKIT_SBINDIR "/usr/local/sbin"
#endif
#ifndef VFIOKIT_TEMPLATES
#define VFIOKIT_TEMPLATES "/usr/local/share/vfiokit/templates"
#endif

bool program_is_installed(void)
{
	char program[4096];
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);

	if (length < 0)
		return false;
	program[length] = '\0';
	return streq(program, VFIOKIT_SBINDIR "/vfiokit");
}

struct template_files template_files_here(struct arena *arena, const char *beside)
{
	const char *named = secure_getenv("VFIOKIT_TEMPLATES");
	struct template_files files = {.beside = beside};

	if (named && *named)
		files.installed = arena_strdup(arena, named);
	else if (program_is_installed())
		files.installed = VFIOKIT_TEMPLATES;
	return files;
}

static bool is_name(const char *name)
{
	for (const char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && (c == name || !strchr("._-", *c)))
			return false;
	return *name;
}

/* -ENOENT without words where it is not there. */
static int read_in(struct arena *arena, const char *folder, int folder_length, const char *name,
		   struct bytes *ret_text, struct error *error)
{
	const char *path = arena_printf(arena, "%.*s/%s.mustache", folder_length, folder, name);

	if (access(path, F_OK) < 0 && (errno == ENOENT || errno == ENOTDIR))
		return -ENOENT;
	return user_file_read(path, arena, TEMPLATE_SIZE_LIMIT, ret_text, error);
}

static int find_beside(const char *beside, struct arena *arena, const char *name,
		       struct bytes *ret_text, struct error *error)
{
	const char *slash = strrchr(beside, '/');

	if (!slash)
		return read_in(arena, ".", 1, name, ret_text, error);
	return read_in(arena, beside, (int)(slash - beside), name, ret_text, error);
}

static int find_builtin(const char *name, struct bytes *ret_text)
{
	for (const struct builtin_template *template = builtin_templates; template->name;
	     template ++)
		if (streq(template->name, name)) {
			ret_text->data = template->text;
			ret_text->length = strlen(template->text);
			return 0;
		}
	return -ENOENT;
}

int template_files_find(const void *context, struct arena *arena, const char *name,
			struct bytes *ret_text, struct error *error)
{
	const struct template_files *files = context;
	int r = -ENOENT;

	if (!is_name(name))
		return -ENOENT;
	if (files->beside)
		r = find_beside(files->beside, arena, name, ret_text, error);
	if (r == -ENOENT && files->installed)
		r = read_in(arena, files->installed, (int)strlen(files->installed), name, ret_text,
			    error);
	return r == -ENOENT ? find_builtin(name, ret_text) : r;
}
