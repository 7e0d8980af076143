/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/examine.h"
#include "configure/folder.h"

#include <errno.h>
#include <sys/statvfs.h>

enum {
	LOG_ROOM = 64 * 1024,     /* the journal's log and folders */
	PRINTED_ROOM = 64 * 1024, /* what a program usually prints */
	FOLDER_COUNT = 8,
};

/* What one file system must hold besides what it holds. */
struct need {
	dev_t device;
	const char *path; /* something on it, for words */
	struct statvfs status;
	uint64_t bytes, largest, files;
};

struct needs {
	struct need *items;
	size_t count, capacity;
};

/* Opens the folder that path will lie in, or the nearest one above it that is there. */
static int open_nearest(int root, struct arena *arena, const char *path, const char **ret_folder)
{
	char *folder = arena_strdup(arena, path);

	for (;;) {
		char *slash = strrchr(folder, '/');
		int fd;

		if (slash)
			*slash = '\0';
		else
			*folder = '\0';
		fd = folder_open(root, folder);
		if (fd != -ENOENT || !*folder) {
			*ret_folder = folder;
			return fd;
		}
	}
}

static int find_need(int root, struct arena *arena, struct needs *needs, const char *path,
		     struct need **ret_need)
{
	const char *folder;
	_cleanup_close_ int fd = open_nearest(root, arena, path, &folder);
	struct need need = {0};
	struct stat status;

	if (fd < 0)
		return fd;
	if (fstat(fd, &status) < 0 || fstatvfs(fd, &need.status) < 0)
		return -errno;
	for_each (known, needs)
		if (known->device == status.st_dev) {
			*ret_need = known;
			return 0;
		}
	need.device = status.st_dev;
	need.path = folder;
	*ret_need = ARRAY_ADD(arena, needs);
	**ret_need = need;
	return 0;
}

static void add_file(struct need *need, uint64_t size)
{
	uint64_t block = need->status.f_frsize ?: 4096;

	need->bytes += (size + block - 1) / block * block;
	need->files++;
}

static int add_step(int root, struct arena *arena, struct needs *needs,
		    const struct journal_step *step, bool undoing)
{
	struct need *need;
	int r = find_need(root, arena, needs, step->file.path, &need);

	if (r < 0)
		return r;
	if (undoing ? step->file.existed : step->plan.kind == PLAN_WRITE)
		add_file(need, undoing ? step->file.digest.size : step->after.size);
	if (step->file.on_esp && step->file.existed)
		add_file(need, undoing ? step->after.size : step->file.digest.size);
	for (size_t i = 0; i < step->file.folders.count; i++)
		add_file(need, 1);
	return 0;
}

/* Programs make their files one after the other: one second copy at a time. */
static int add_output(int root, struct arena *arena, struct needs *needs,
		      const struct journal_file *file)
{
	struct need *need;
	int r = find_need(root, arena, needs, file->path, &need);
	uint64_t size = file->digest.size + file->digest.size / 8;

	if (r == 0 && size > need->largest)
		need->largest = size;
	return r;
}

static int add_journal(int root, struct arena *arena, struct needs *needs,
		       const struct journal *journal, bool undoing)
{
	struct need *need;
	int r = find_need(root, arena, needs, JOURNAL_TRANSACTIONS "/1", &need);

	if (r < 0)
		return r;
	need->bytes += LOG_ROOM;
	need->files += FOLDER_COUNT;
	for_each (step, &journal->steps) {
		if (step->plan.kind == PLAN_RUN)
			add_file(need, PRINTED_ROOM);
		if (!undoing && step->file.existed)
			add_file(need, step->file.digest.size);
		if (!undoing && step->plan.kind == PLAN_WRITE)
			add_file(need, step->after.size);
	}
	for_each (output, &journal->outputs)
		if (output->existed)
			add_file(need, output->digest.size);
	return 0;
}

static int judge(const struct need *need, struct error *error)
{
	uint64_t free_bytes = (uint64_t)need->status.f_bavail * need->status.f_frsize;
	uint64_t bytes = need->bytes + need->largest;

	if (need->status.f_flag & ST_RDONLY)
		return error_set(error, -EROFS, "/%s is mounted read-only", need->path);
	if (bytes > free_bytes)
		return error_set(error, -ENOSPC,
				 "no room on the file system of /%s: %llu KiB are needed, %llu KiB "
				 "are free",
				 need->path, (unsigned long long)((bytes + 1023) / 1024),
				 (unsigned long long)(free_bytes / 1024));
	/* Some file systems count no files. */
	if (need->status.f_files && need->files > need->status.f_favail)
		return error_set(error, -ENOSPC,
				 "no room for more files on the file system of /%s: %llu are "
				 "needed, %llu are free",
				 need->path, (unsigned long long)need->files,
				 (unsigned long long)need->status.f_favail);
	return 0;
}

int examine_room(int root, const struct journal *journal, bool undoing, struct error *error)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct needs needs = {0};
	int r = add_journal(root, arena, &needs, journal, undoing);

	for_each (step, &journal->steps)
		if (r == 0 && step->plan.kind != PLAN_RUN)
			r = add_step(root, arena, &needs, step, undoing);
	for_each (output, &journal->outputs)
		if (r == 0)
			r = add_output(root, arena, &needs, output);
	if (r < 0)
		return error_set(error, r, "the room on the file systems is not known: %s",
				 error_words(r));
	for_each (need, &needs) {
		r = judge(need, error);
		if (r < 0)
			return r;
	}
	return 0;
}
