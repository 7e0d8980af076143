/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/function_files.h"

#include <errno.h>

int function_files_open(struct function_files *files, const struct host *host,
			struct device *device)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "sys/bus/pci/devices/%s", device->address);
	files->device = device;
	files->error = 0;
	files->captured = false;
	return host_directory_open(host, path, &files->directory);
}

void function_files_unread(const struct function_files *files, const char *name, int error)
{
	struct facts *facts = files->facts;

	/* Not facts_add_unread(): it would search the list, and without root every function has an
	 * entry. */
	*ARRAY_ADD(facts->arena, &facts->unread) = (struct unread){
		.path = arena_printf(facts->arena, "/sys/bus/pci/devices/%s%s%s",
				     files->device->address, *name ? "/" : "", name),
		.error = error,
	};
}

int function_files_read(struct function_files *files, const char *name, size_t *ret_length)
{
	size_t length;
	int r = directory_read_into(&files->directory, name, files->text, FUNCTION_TEXT_LIMIT,
				    &length);

	files->error = r;
	if (r < 0)
		return r;
	files->captured = true;
	files->text[length] = '\0';
	if (ret_length)
		*ret_length = length;
	return 0;
}

char *function_files_line(struct function_files *files, const char *name)
{
	char *end;

	if (function_files_read(files, name, NULL) < 0)
		return NULL;
	end = files->text + strcspn(files->text, "\n");
	while (end > files->text && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
		end--;
	*end = '\0';
	return files->text;
}

const char *function_files_copy(struct function_files *files, const char *name)
{
	const char *line = function_files_line(files, name);

	if (!line || !*line || streq(line, "(null)") || starts_with(line, "Unknown"))
		return NULL;
	return arena_strdup(files->facts->arena, line);
}

int function_files_number(struct function_files *files, const char *name, int base, int minimum,
			  int maximum, int unknown)
{
	const char *line = function_files_line(files, name);
	char *end;
	long number;

	if (!line || !*line)
		return unknown;
	errno = 0;
	number = strtol(line, &end, base);
	return errno || *end || number < minimum || number > maximum ? unknown : (int)number;
}

enum truth function_files_link(struct function_files *files, const char *name,
			       const char **ret_target)
{
	int r = directory_read_link(&files->directory, files->scratch, name, ret_target);

	if (r == 0 || r == -EINVAL)
		return YES;
	if (r == -ENOENT && files->captured)
		return NO;
	function_files_unread(files, name, r);
	return UNKNOWN;
}
