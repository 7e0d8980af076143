/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tree.h"
#include "tree_builder.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

enum { INCLUDE_DEPTH = 8 };

/* A directive's arguments and the content lines behind it. */
struct directive {
	char *arguments;  /* blanks around them cut away; "" where none; behind the path, if any */
	const char *path; /* for the directives that name one, without leading slash */
	char *content;    /* lines joined, each with a newline; "" where none */
	size_t length;    /* of content */
};

/* Splits "PATH REST" in place; the path loses its leading slash. */
static int split_path(const struct builder *builder, struct directive *directive)
{
	char *path = directive->arguments;
	char *end = path + strcspn(path, " \t");

	directive->arguments = end + strspn(end, " \t");
	*end = '\0';
	while (*path == '/')
		path++;
	directive->path = path;
	return *path ? 0 : builder_fail(builder, -EINVAL, "a path is missing");
}

/* -- directives about files --------------------------------------------------------------- */

static int do_file(struct builder *builder, struct directive *directive)
{
	return builder_write(builder, directive->path, directive->content, directive->length);
}

static int do_raw(struct builder *builder, struct directive *directive)
{
	size_t newline = directive->length ? 1 : 0;

	return builder_write(builder, directive->path, directive->content,
			     directive->length - newline);
}

static int do_append(struct builder *builder, struct directive *directive)
{
	return builder_append(builder, directive->path, directive->content, directive->length);
}

static int hex_digit(char character)
{
	if (isdigit((unsigned char)character))
		return character - '0';
	return isxdigit((unsigned char)character) ? tolower((unsigned char)character) - 'a' + 10
						  : -1;
}

static int do_hex(struct builder *builder, struct directive *directive)
{
	unsigned char *bytes = arena_alloc(builder->arena, directive->length + 1);
	size_t digits = 0;

	for (size_t i = 0; i < directive->length; i++) {
		int digit = hex_digit(directive->content[i]);

		if (isspace((unsigned char)directive->content[i]))
			continue;
		if (digit < 0)
			return builder_fail(builder, -EINVAL, "'%c' is no hex digit",
					    directive->content[i]);
		bytes[digits / 2] = (unsigned char)(bytes[digits / 2] << 4 | digit);
		digits++;
	}
	if (digits % 2)
		return builder_fail(builder, -EINVAL, "half a byte at the end");
	return builder_write(builder, directive->path, bytes, digits / 2);
}

static int do_directory(struct builder *builder, struct directive *directive)
{
	return builder_directory(builder, directive->path);
}

static int do_link(struct builder *builder, struct directive *directive)
{
	if (!*directive->arguments)
		return builder_fail(builder, -EINVAL, "%s: the target is missing", directive->path);
	return builder_link(builder, directive->path, directive->arguments);
}

static int do_mode(struct builder *builder, struct directive *directive)
{
	uint64_t mode;

	if (number_parse(directive->arguments, 8, &mode) < 0 || mode > 07777)
		return builder_fail(builder, -EINVAL, "\"%s\": no permission bits",
				    directive->arguments);
	return builder_mode(builder, directive->path, (mode_t)mode);
}

static int do_remove(struct builder *builder, struct directive *directive)
{
	int result = builder_remove(builder, directive->path);

	/* A recipe that removes what is not there has a mistake in it. */
	return result == -ENOENT ? builder_fail(builder, result, "%s: not there", directive->path)
				 : result;
}

static int do_fifo(struct builder *builder, struct directive *directive)
{
	return builder_fifo(builder, directive->path);
}

static int do_uki(struct builder *builder, struct directive *directive)
{
	return build_uki(builder, directive->path, directive->content);
}

static int do_loader_variable(struct builder *builder, struct directive *directive)
{
	return build_loader_variable(builder, directive->arguments);
}

static int do_boot_option(struct builder *builder, struct directive *directive)
{
	return build_boot_option(builder, directive->arguments);
}

static int do_cpio(struct builder *builder, struct directive *directive)
{
	return build_cpio(builder, directive->path, directive->content);
}

/* Removes the lines of a file that hold a text. */
static int cut_lines(const struct builder *builder, const char *path, const char *text)
{
	char *content = NULL, *out, *kept;
	size_t length = 0;
	int result = builder_read(builder, path, &content, &length);

	if (result < 0)
		return result;
	kept = out = arena_alloc(builder->arena, length + 1);
	for (char *line = content; *line;) {
		size_t size = strcspn(line, "\n");
		bool found = memmem(line, size, text, strlen(text));

		size += line[size] == '\n';
		if (!found)
			out = mempcpy(out, line, size);
		line += size;
	}
	if ((size_t)(out - kept) == length)
		return builder_fail(builder, -ENOENT, "%s: no line holds \"%s\"", path, text);
	return builder_write(builder, path, kept, (size_t)(out - kept));
}

/* Replaces every occurrence of the first content line by the lines behind it. */
static int do_replace(struct builder *builder, struct directive *directive)
{
	const char *old = strsep(&directive->content, "\n");
	char *new = directive->content;
	char *content = NULL, *out, *found;
	size_t length = 0, old_length = strlen(old);
	int result = builder_read(builder, directive->path, &content, &length);

	if (result < 0)
		return result;
	if (!new || !*new)
		return builder_fail(builder, -EINVAL, "replace needs two content lines");
	new[strlen(new) - 1] = '\0';
	if (!old_length || !strstr(content, old))
		return builder_fail(builder, -ENOENT, "%s does not hold \"%s\"", directive->path,
				    old);
	out = arena_strdup(builder->arena, "");
	for (; (found = strstr(content, old)); content = found + old_length)
		out = arena_printf(builder->arena, "%s%.*s%s", out, (int)(found - content), content,
				   new);
	return builder_printf(builder, directive->path, "%s%s", out, content);
}

static int do_cut(struct builder *builder, struct directive *directive)
{
	if (!*directive->arguments)
		return builder_fail(builder, -EINVAL, "%s: the text is missing", directive->path);
	return cut_lines(builder, directive->path, directive->arguments);
}

/* -- directives about modules ------------------------------------------------------------- */

static int add_module_parameter(const struct builder *builder, const char *directory, char *word)
{
	char *equals = strchr(word, '=');

	if (!equals)
		return builder_fail(builder, -EINVAL, "\"%s\" is no NAME=VALUE", word);
	*equals = '\0';
	return builder_printf(builder,
			      arena_printf(builder->arena, "%s/parameters/%s", directory, word),
			      "%s\n", equals + 1);
}

/* "NAME [PARAMETER=VALUE…]": loaded, not built in. */
static int do_module(struct builder *builder, struct directive *directive)
{
	char *rest = directive->arguments;
	const char *name = strsep(&rest, " \t"), *line;
	const char *directory = arena_printf(builder->arena, "sys/module/%s", name);
	bool known = builder_exists(builder, directory);
	int result = builder_printf(
		builder, arena_printf(builder->arena, "%s/initstate", directory), "live\n");

	if (result == 0)
		result = builder_printf(
			builder, arena_printf(builder->arena, "%s/refcnt", directory), "0\n");
	for (char *word; result == 0 && (word = strsep(&rest, " \t"));)
		if (*word)
			result = add_module_parameter(builder, directory, word);
	if (result < 0 || known)
		return result;
	line = arena_printf(builder->arena, "%s 65536 0 - Live 0x0000000000000000\n", name);
	return builder_append(builder, "proc/modules", line, strlen(line));
}

static int do_unload(struct builder *builder, struct directive *directive)
{
	const char *name = directive->arguments;
	int result = builder_remove(builder, arena_printf(builder->arena, "sys/module/%s", name));

	if (result == -ENOENT)
		return builder_fail(builder, result, "%s: not loaded", name);
	return result < 0 ? result
			  : cut_lines(builder, "proc/modules",
				      arena_printf(builder->arena, "%s 65536 ", name));
}

/* -- other directives --------------------------------------------------------------------- */

static int do_device(struct builder *builder, struct directive *directive)
{
	return build_device(builder, directive->arguments);
}

static int do_drop(struct builder *builder, struct directive *directive)
{
	return build_drop(builder, directive->arguments);
}

static int do_iommu_off(struct builder *builder, struct directive *directive)
{
	(void)directive;
	return build_iommu_off(builder);
}

static int do_group(struct builder *builder, struct directive *directive)
{
	return build_group(builder, directive->arguments);
}

static int do_unit(struct builder *builder, struct directive *directive)
{
	return build_unit(builder, directive->arguments);
}

static int do_dmar(struct builder *builder, struct directive *directive)
{
	return build_dmar(builder, directive->arguments);
}

static int do_ivrs(struct builder *builder, struct directive *directive)
{
	return build_ivrs(builder, directive->arguments);
}

static int do_acpi(struct builder *builder, struct directive *directive)
{
	return build_acpi(builder, directive->arguments);
}

static int do_iort(struct builder *builder, struct directive *directive)
{
	(void)directive;
	return build_iort(builder);
}

static int apply(struct builder *builder, const char *recipe);

/* Opens the recipe in the first folder that has it. *ret_path is the last place looked at. */
static int open_recipe(const struct builder *builder, const char *name, const char **ret_path)
{
	const char *folder = builder->recipe_folder;

	for (;;) {
		int length = (int)strcspn(folder, ":");
		int fd;

		*ret_path = arena_printf(builder->arena, "%.*s/%s.tree", length, folder, name);
		fd = open(*ret_path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0 || !folder[length])
			return fd;
		folder += length + 1;
	}
}

static int read_recipe(const struct builder *builder, const char *name, char **ret_text)
{
	const char *path;
	_cleanup_close_ int fd = open_recipe(builder, name, &path);
	struct stat status;
	char *text;

	if (fd < 0 || fstat(fd, &status) < 0)
		return builder_fail(builder, -errno, "%s: %s", path, error_words(errno));
	text = arena_alloc(builder->arena, (size_t)status.st_size + 1);
	if (read(fd, text, (size_t)status.st_size) != status.st_size)
		return builder_fail(builder, -EIO, "%s: %s", path, error_words(-EIO));
	*ret_text = text;
	return 0;
}

static int do_include(struct builder *builder, struct directive *directive)
{
	const char *outer = builder->source;
	unsigned line = builder->line;
	char *text = NULL;
	int result;

	if (!builder->recipe_folder)
		return builder_fail(builder, -EINVAL, "no folder to include from");
	if (builder->depth >= INCLUDE_DEPTH)
		return builder_fail(builder, -ELOOP, "%s: includes too deep", directive->arguments);
	result = read_recipe(builder, directive->arguments, &text);
	if (result < 0)
		return result;
	builder->source = arena_printf(builder->arena, "%s.tree", directive->arguments);
	builder->depth++;
	result = apply(builder, text);
	builder->depth--;
	builder->source = outer;
	builder->line = line;
	return result;
}

static int do_let(struct builder *builder, struct directive *directive)
{
	return build_let(builder, directive->arguments, directive->content, true);
}

static int do_default(struct builder *builder, struct directive *directive)
{
	return build_let(builder, directive->arguments, directive->content, false);
}

static const struct row {
	const char *name;
	int (*run)(struct builder *builder, struct directive *directive);
	enum { NOTHING, WORDS, WORDS_AND_CONTENT, PATH, PATH_AND_CONTENT } takes;
} rows[] = {
	{"include", do_include, WORDS},
	{"let", do_let, WORDS_AND_CONTENT},
	{"default", do_default, WORDS_AND_CONTENT},
	{"file", do_file, PATH_AND_CONTENT},
	{"raw", do_raw, PATH_AND_CONTENT},
	{"hex", do_hex, PATH_AND_CONTENT},
	{"append", do_append, PATH_AND_CONTENT},
	{"cpio", do_cpio, PATH_AND_CONTENT},
	{"uki", do_uki, PATH_AND_CONTENT},
	{"loader-variable", do_loader_variable, WORDS},
	{"boot-option", do_boot_option, WORDS},
	{"cut", do_cut, PATH},
	{"replace", do_replace, PATH_AND_CONTENT},
	{"dir", do_directory, PATH},
	{"link", do_link, PATH},
	{"mode", do_mode, PATH},
	{"remove", do_remove, PATH},
	{"fifo", do_fifo, PATH},
	{"device", do_device, WORDS},
	{"drop", do_drop, WORDS},
	{"iommu-off", do_iommu_off, NOTHING},
	{"group", do_group, WORDS},
	{"unit", do_unit, WORDS},
	{"dmar", do_dmar, NOTHING},
	{"ivrs", do_ivrs, WORDS},
	{"iort", do_iort, NOTHING},
	{"acpi", do_acpi, WORDS},
	{"module", do_module, WORDS},
	{"unload", do_unload, WORDS},
};

/* -- reading a recipe --------------------------------------------------------------------- */

/* The next line without its newline, or NULL at the end. */
static char *next_line(char **rest)
{
	char *line = *rest, *end;

	if (!line || !*line)
		return NULL;
	end = strchrnul(line, '\n');
	*rest = *end ? end + 1 : end;
	*end = '\0';
	return line;
}

/* Joins the "| " lines at *rest. */
static int take_content(struct builder *builder, char **rest, unsigned *line_number,
			struct directive *directive)
{
	const char *look = *rest;
	size_t size = 0;
	char *end;

	for (; *look == '|'; look += *look != '\0') {
		look = strchrnul(look, '\n');
		size = (size_t)(look - *rest) + 1;
	}
	directive->content = end = arena_alloc(builder->arena, size + 1);
	while (**rest == '|') {
		const char *line = next_line(rest) + 1;

		line += *line == ' ';
		end = mempcpy(end, line, strlen(line));
		*end++ = '\n';
		++*line_number;
	}
	if (words_expand(builder, directive->content, &directive->content) < 0)
		return -EINVAL;
	directive->length = strlen(directive->content);
	return 0;
}

static int run_row(struct builder *builder, const struct row *row, struct directive *directive)
{
	int result = 0;

	if (row->takes != NOTHING && !*directive->arguments)
		return builder_fail(builder, -EINVAL, "%s: arguments are missing", row->name);
	if (row->takes != PATH_AND_CONTENT && row->takes != WORDS_AND_CONTENT && directive->length)
		return builder_fail(builder, -EINVAL, "%s takes no content lines", row->name);
	if (row->takes >= PATH)
		result = split_path(builder, directive);
	return result < 0 ? result : row->run(builder, directive);
}

static int run_line(struct builder *builder, char *line, char **rest, unsigned *line_number)
{
	struct directive directive = {0};
	char *end = line + strcspn(line, " \t");

	directive.arguments = end + strspn(end, " \t");
	*end = '\0';
	if (words_expand(builder, directive.arguments, &directive.arguments) < 0 ||
	    take_content(builder, rest, line_number, &directive) < 0)
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (streq(rows[i].name, line))
			return run_row(builder, &rows[i], &directive);
	return builder_fail(builder, -EINVAL, "%s: unknown directive", line);
}

static void trim_end(char *line)
{
	char *end = strchr(line, '\0');

	while (end > line && isspace((unsigned char)end[-1]))
		*--end = '\0';
}

static int apply(struct builder *builder, const char *recipe)
{
	char *rest = arena_strdup(builder->arena, recipe);
	unsigned line_number = 0;

	for (char *line; (line = next_line(&rest));) {
		int result;

		builder->line = ++line_number;
		if (*line == '|')
			return builder_fail(builder, -EINVAL, "content without a file before it");
		trim_end(line);
		if (!*line || *line == '#')
			continue;
		result = run_line(builder, line, &rest, &line_number);
		if (result < 0)
			return result;
	}
	return 0;
}

int builder_apply(struct builder *builder, const char *recipe, struct error *error)
{
	builder->error = error;
	builder->source = NULL;
	return apply(builder, recipe);
}
