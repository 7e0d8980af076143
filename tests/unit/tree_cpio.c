/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tree_builder.h"

#include <errno.h>
#include <sys/stat.h>

struct image {
	char *bytes;
	size_t length, capacity;
};

static void add_bytes(const struct builder *builder, struct image *image, const void *bytes,
		      size_t length)
{
	if (image->length + length > image->capacity) {
		size_t capacity = (image->length + length) * 2;
		char *larger = arena_alloc(builder->arena, capacity);

		if (image->length)
			memcpy(larger, image->bytes, image->length);
		image->bytes = larger;
		image->capacity = capacity;
	}
	if (length)
		memcpy(image->bytes + image->length, bytes, length);
	image->length += length;
}

static void pad(const struct builder *builder, struct image *image, size_t alignment)
{
	static const char zeros[512];

	add_bytes(builder, image, zeros, -image->length & (alignment - 1));
}

/* One member in the "newc" format (Documentation/driver-api/early-userspace/buffer-format.rst). */
static void add_member(const struct builder *builder, struct image *image, const char *name,
		       unsigned mode, const char *content, size_t length)
{
	char header[111];

	(void)snprintf(header, sizeof(header),
		       "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 721U, mode, 0U,
		       0U, 1U, 0U, (unsigned)length, 0U, 0U, 0U, 0U, (unsigned)strlen(name) + 1,
		       0U);
	add_bytes(builder, image, header, 110);
	add_bytes(builder, image, name, strlen(name) + 1);
	pad(builder, image, 4);
	add_bytes(builder, image, content, length);
	pad(builder, image, 4);
}

/* The directories above a member, each once. */
static void add_parents(const struct builder *builder, struct image *image, const char *name,
			struct strings *known)
{
	for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
		const char *parent = arena_copy(builder->arena, name, (size_t)(slash - name));

		if (strings_contain(known, parent))
			continue;
		strings_add(builder->arena, known, parent);
		add_member(builder, image, parent, S_IFDIR | 0755, "", 0);
	}
}

/* "MEMBER", "MEMBER < PATH" or "MEMBER -> TARGET" */
static int add_line(const struct builder *builder, struct image *image, char *line,
		    struct strings *known)
{
	char *source = strstr(line, " < "), *target = strstr(line, " -> "), *content = NULL;
	size_t length = 0;

	if (source || target)
		*(source ? source : target) = '\0';
	add_parents(builder, image, line, known);
	if (target) {
		add_member(builder, image, line, S_IFLNK | 0777, target + 4, strlen(target + 4));
		return 0;
	}
	if (source) {
		int result = builder_read(builder, source + 3, &content, &length);

		if (result < 0)
			return result;
	}
	add_member(builder, image, line, S_IFREG | 0644, content, length);
	return 0;
}

int build_cpio(struct builder *builder, const char *path, char *lines)
{
	struct image image = {0};
	struct strings known = {0};

	for (char *line; (line = strsep(&lines, "\n"));) {
		int result = *line ? add_line(builder, &image, line, &known) : 0;

		if (result < 0)
			return result;
	}
	add_member(builder, &image, "TRAILER!!!", 0, "", 0);
	pad(builder, &image, 512);
	return builder_write(builder, path, image.bytes, image.length);
}
