/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Holds predicted groups against those that a kernel made.
 *
 *   partition TREE [KEY] < LIST
 *
 * TREE is a host tree whose sys/bus/pci/devices/ADDRESS/iommu_group links are the truth, LIST what `vfiokit
 * list --format json` said of that host, or of the same host seen without its groups. KEY is the
 * member of LIST to hold against it (default: predicted_group). The numbers of groups need not be
 * the same, only who is in one with whom; a function must have a group in both or in neither.
 *
 * Exits 0 where the two agree, with "N functions, N groups"; 1 where they do not, with the groups of
 * both that hold a function about which they differ; 2 where something cannot be read.
 */
#include "preflight/base.h"

#include <errno.h>
#include <json-c/json.h>
#include <unistd.h>

enum { MOST = 4096, NO_GROUP = -1 };

struct function {
	const char *address;
	int real, predicted;
	bool differs;
};

struct functions {
	struct function items[MOST];
	size_t count;
};

/* The number at the end of the function's iommu_group link; NO_GROUP without one. */
static int real_group(const char *tree, const char *address)
{
	_cleanup_free_ char *path = NULL;
	char target[4096];
	const char *number;
	ssize_t length;

	if (asprintf(&path, "%s/sys/bus/pci/devices/%s/iommu_group", tree, address) < 0)
		return NO_GROUP;
	length = readlink(path, target, sizeof(target) - 1);
	if (length <= 0)
		return NO_GROUP;
	target[length] = '\0';
	number = strrchr(target, '/');
	return number ? (int)strtol(number + 1, NULL, 10) : NO_GROUP;
}

static int functions_read(struct functions *functions, const char *tree, const char *key,
			  json_object *list)
{
	json_object *devices = NULL, *address = NULL, *group = NULL;

	if (!json_object_object_get_ex(list, "devices", &devices) ||
	    !json_object_is_type(devices, json_type_array))
		return -EINVAL;
	for (size_t i = 0; i < json_object_array_length(devices); i++) {
		json_object *device = json_object_array_get_idx(devices, i);
		struct function *function = &functions->items[functions->count++];

		if (functions->count == MOST ||
		    !json_object_object_get_ex(device, "address", &address) ||
		    !json_object_object_get_ex(device, key, &group))
			return -EINVAL;
		function->address = json_object_get_string(address);
		function->real = real_group(tree, function->address);
		function->predicted = group ? json_object_get_int(group) : NO_GROUP;
	}
	return functions->count ? 0 : -EINVAL;
}

static bool together(int one, int other)
{
	return one != NO_GROUP && one == other;
}

/* Marks the functions whose companions differ; returns how many. */
static size_t differences_mark(struct functions *functions)
{
	size_t differences = 0;

	for (size_t i = 0; i < functions->count; i++) {
		struct function *one = &functions->items[i];

		one->differs = (one->real == NO_GROUP) != (one->predicted == NO_GROUP);
		for (size_t j = 0; j < functions->count; j++) {
			const struct function *other = &functions->items[j];

			if (together(one->real, other->real) !=
			    together(one->predicted, other->predicted))
				one->differs = true;
		}
		differences += one->differs;
	}
	return differences;
}

static int group_of(const struct function *function, bool real)
{
	return real ? function->real : function->predicted;
}

/* The groups that hold a function about which the two differ, one on each line. */
static void partition_print(const struct functions *functions, const char *whose, bool real)
{
	for (size_t i = 0; i < functions->count; i++) {
		int group = group_of(&functions->items[i], real);
		bool differs = functions->items[i].differs, printed_before = false;

		for (size_t j = 0; j < functions->count; j++) {
			const struct function *other = &functions->items[j];

			if (!together(group, group_of(other, real)))
				continue;
			differs |= other->differs;
			printed_before |= j < i;
		}
		if (!differs || printed_before)
			continue;
		printf("  %s: %s", whose, group == NO_GROUP ? "no group:" : "one group:");
		for (size_t j = i; j < functions->count; j++)
			if (j == i || together(group, group_of(&functions->items[j], real)))
				printf(" %s", functions->items[j].address);
		printf("\n");
	}
}

static size_t groups_count(const struct functions *functions)
{
	size_t groups = 0;

	for (size_t i = 0; i < functions->count; i++) {
		bool is_first = functions->items[i].real != NO_GROUP;

		for (size_t j = 0; j < i; j++)
			is_first &= functions->items[j].real != functions->items[i].real;
		groups += is_first;
	}
	return groups;
}

/* Says what differs, or how much agrees; the exit status. */
static int verdict_print(struct functions *functions)
{
	size_t differences = differences_mark(functions), groups = groups_count(functions);

	if (differences) {
		partition_print(functions, "kernel", true);
		partition_print(functions, "model ", false);
		return 1;
	}
	if (!groups) {
		(void)fputs("partition: the kernel made no groups\n", stderr);
		return 2;
	}
	printf("%zu functions, %zu groups\n", functions->count, groups);
	return 0;
}

int main(int argc, char **argv)
{
	const char *key = argc == 3 ? argv[2] : "predicted_group";
	_cleanup_free_ struct functions *functions = calloc(1, sizeof(*functions));
	json_object *list;
	int status = 2;

	if (!functions || (argc != 2 && argc != 3)) {
		(void)fputs("usage: partition TREE [KEY] < LIST\n", stderr);
		return 2;
	}
	list = json_object_from_fd(STDIN_FILENO);
	if (functions_read(functions, argv[1], key, list) < 0)
		(void)fputs("partition: the input is no list of functions\n", stderr);
	else
		status = verdict_print(functions);
	json_object_put(list);
	return status;
}
