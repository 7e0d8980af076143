/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "confine.h"
#include "confine_calls.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* Rights that older headers do not know. */
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

#define MAKE_RIGHTS                                                                                \
	(LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |                              \
	 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |                              \
	 LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |                            \
	 LANDLOCK_ACCESS_FS_MAKE_SYM)
#define CHANGE_RIGHTS                                                                              \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |                           \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE | MAKE_RIGHTS)
#define REPLACE_RIGHTS                                                                             \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |                          \
	 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_TRUNCATE)
#define SCRATCH_RIGHTS                                                                             \
	(REPLACE_RIGHTS | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_DIR |            \
	 LANDLOCK_ACCESS_FS_MAKE_SYM)
#define FILE_RIGHTS (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE)

struct rules {
	int fd;
	uint64_t handled;
};

static uint64_t rights_of_version(long version)
{
	uint64_t rights = CHANGE_RIGHTS;

	if (version >= 2)
		rights |= LANDLOCK_ACCESS_FS_REFER;
	if (version >= 3)
		rights |= LANDLOCK_ACCESS_FS_TRUNCATE;
	return rights;
}

/* What cannot be looked at gets no right: it cannot be written either. */
static void allow(const struct rules *rules, const char *path, uint64_t rights)
{
	_cleanup_close_ int fd = open(path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr rule = {.parent_fd = fd,
						  .allowed_access = rights & rules->handled};

	if (fd >= 0)
		(void)syscall(SYS_landlock_add_rule, rules->fd, LANDLOCK_RULE_PATH_BENEATH, &rule,
			      0);
}

static void allow_folder_of(const struct rules *rules, const char *path, uint64_t rights)
{
	_cleanup_free_ char *folder = strdup(path);
	char *slash = folder ? strrchr(folder, '/') : NULL;

	if (!folder)
		return;
	if (slash)
		slash[slash == folder ? 1 : 0] = '\0';
	allow(rules, slash ? folder : ".", rights);
}

/* A file is replaced by one made beside it; a pipe or a device is written to as it is. */
static void allow_output(const struct rules *rules, const char *path)
{
	_cleanup_free_ char *real = realpath(path, NULL);
	struct stat status;

	if (real && stat(real, &status) == 0 && !S_ISREG(status.st_mode))
		allow(rules, path, FILE_RIGHTS);
	else
		allow_folder_of(rules, real ? real : path, REPLACE_RIGHTS);
}

static const char *output_of(const struct settings *settings)
{
	const char *output = settings->output ? settings->output : settings->write_expect;

	return output && !streq(output, "-") ? output : NULL;
}

void confine_begin(const struct settings *settings)
{
	if (settings->reads_only)
		(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

void confine_files(const struct settings *settings, const char *scratch)
{
	long version = settings->reads_only ? syscall(SYS_landlock_create_ruleset, NULL, 0,
						      LANDLOCK_CREATE_RULESET_VERSION)
					    : -1;
	struct landlock_ruleset_attr attributes = {.handled_access_fs = rights_of_version(version)};
	struct rules rules = {.handled = attributes.handled_access_fs};
	_cleanup_close_ int fd = -1;

	if (version < 1)
		return;
	fd = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0);
	if (fd < 0)
		return;
	rules.fd = fd;
	if (scratch) {
		allow(&rules, scratch, SCRATCH_RIGHTS);
		/* The folder itself goes at the end. */
		allow_folder_of(&rules, scratch, LANDLOCK_ACCESS_FS_REMOVE_DIR);
	}
	if (output_of(settings))
		allow_output(&rules, output_of(settings));
	(void)syscall(SYS_landlock_restrict_self, fd, 0);
}

void confine_live(const struct settings *settings)
{
	if (settings->reads_only && !output_of(settings))
		(void)confine_system_calls();
}
