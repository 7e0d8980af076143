/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fleet_files.h"
#include "judged_at.h"
#include "progress.h"
#include "report/document_file.h"
#include "report/document_language.h"
#include "report/document_read.h"
#include "report/fleet.h"
#include "user_file.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

/* -- which files --------------------------------------------------------------------------------------- */

static bool is_folder(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool fleet_files_meant(const char *const *names, size_t count)
{
	return count > 1 || (count == 1 && is_folder(names[0]));
}

static int is_report_name(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > strlen(".json") &&
	       streq(entry->d_name + length - strlen(".json"), ".json");
}

struct report_file {
	const char *path;
	bool named; /* on the command line, by itself */
};

struct report_files {
	struct report_file *items;
	size_t count, capacity;
};

static int add_folder(struct arena *arena, const char *folder, struct report_files *files,
		      struct error *error)
{
	const char *slash = folder[strlen(folder) - 1] == '/' ? "" : "/";
	struct dirent **entries;
	int count = scandir(folder, &entries, is_report_name, versionsort);

	if (count < 0)
		return error_set(error, -errno, "%s: %s", folder, error_words(-errno));
	for (int i = 0; i < count; i++) {
		ARRAY_ADD(arena, files)->path =
			arena_printf(arena, "%s%s%s", folder, slash, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	if (!count)
		return error_set(error, -ENOENT, "%s: holds no *.json", folder);
	return 0;
}

static int list_files(struct arena *arena, const struct settings *settings,
		      struct report_files *files, struct error *error)
{
	for (size_t i = 0; i < settings->name_count; i++) {
		const char *name = settings->names[i];

		if (!is_folder(name))
			*ARRAY_ADD(arena, files) = (struct report_file){name, true};
		else if (add_folder(arena, name, files, error) < 0)
			return error->code;
	}
	return 0;
}

enum { SHOWN_EACH = 16 };

/* -- reading ------------------------------------------------------------------------------------------- */

/* A device has no end, and a pipe in a folder would be waited for: that one somebody must have named. */
static int check_kind(const struct report_file *file, struct error *error)
{
	struct stat status;

	if (stat(file->path, &status) < 0)
		return error_set(error, -errno, "%s", error_words(-errno));
	if (!S_ISREG(status.st_mode) && !(file->named && S_ISFIFO(status.st_mode)))
		return error_set(error, -EINVAL, "no regular file");
	return 0;
}

static const char *without_name(const char *message, const char *path)
{
	size_t length = strlen(path);

	return strncmp(message, path, length) == 0 && starts_with(message + length, ": ")
		       ? message + length + strlen(": ")
		       : message;
}

static bool read_one(struct fleet *fleet, struct arena *arena, const struct report_file *file)
{
	bool standard_input = file->named && streq(file->path, "-");
	const char *name = standard_input ? _("standard input") : file->path;
	struct error error = {0};
	json_object *document = NULL;
	struct bytes bytes;

	if ((standard_input || check_kind(file, &error) == 0) &&
	    user_file_read(file->path, arena, DOCUMENT_SIZE_LIMIT, &bytes, &error) == 0)
		(void)document_parse(name, bytes.data, bytes.length, &document, &error);
	arena_reset(arena);
	if (!document) {
		fleet_add_unreadable(fleet, name, without_name(error_shown(&error), name));
		return false;
	}
	document_into_language(document);
	fleet_add(fleet, name, document);
	json_object_put(document);
	return true;
}

static size_t read_all(struct fleet *fleet, const struct report_files *files,
		       const struct settings *settings)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct progress progress;
	json_object *seen = json_object_new_object();
	size_t good = 0, done = 0;

	progress_begin(&progress, settings, NULL);
	for_each (file, files) {
		if (done++ % SHOWN_EACH == 0)
			progress_count(&progress, N_("reading report"), done, files->count);
		if (json_object_object_get_ex(seen, file->path, NULL))
			continue;
		json_object_object_add(seen, file->path, NULL);
		good += read_one(fleet, arena, file);
	}
	progress_end(&progress);
	json_object_put(seen);
	return good;
}

int fleet_files_read(const struct settings *settings, json_object **ret_report, struct error *error)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	_cleanup_fleet_ struct fleet *fleet = fleet_new();
	struct report_files files = {0};
	json_object *report;

	if (list_files(arena, settings, &files, error) < 0)
		return error->code;
	if (!read_all(fleet, &files, settings)) {
		report = fleet_document(fleet, -1);
		(void)error_set(
			error, -EINVAL, "none of these %zu files holds a report: %s: %s",
			files.count,
			get_text(json_object_array_get_idx(get(report, "unreadable"), 0), "file"),
			get_text(json_object_array_get_idx(get(report, "unreadable"), 0),
				 "reason"));
		json_object_put(report);
		return error->code;
	}
	*ret_report = fleet_document(fleet, judged_at_now());
	return 0;
}
