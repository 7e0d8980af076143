/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes that hold nodes of devices, those that start virtual machines, and three that tell how
 * much of /proc can be seen: the first one, kthreadd, and the first that could not be looked into.
 */
#include "preflight/capture/collect.h"
#include "preflight/facts/nodes.h"
#include "preflight/facts/processes.h"

#include <errno.h>

enum { SCRATCH_LIMIT = 1024 * 1024 };

struct listing {
	struct capture *capture;
	struct directory processes; /* proc */
	struct arena *scratch;
	bool closed_one_taken; /* a process whose descriptors cannot be listed */
};

/* An open node of one process. */
struct node {
	const char *descriptor, *target;
};

struct nodes {
	struct node *items;
	size_t count, capacity;
};

static const char *process_file(const struct listing *listing, const char *pid, const char *name)
{
	return arena_printf(listing->scratch, "%s/%s", pid, name);
}

static void take_file(struct listing *listing, const char *pid, const char *name,
		      enum redaction redaction)
{
	struct capture *capture = listing->capture;
	const char *path = arena_printf(capture->arena, "proc/%s/%s", pid, name);
	struct bytes bytes;
	int r = directory_read(&listing->processes, capture->arena,
			       process_file(listing, pid, name), 0, &bytes);

	if (r == 0)
		(void)capture_add_file(capture, path, bytes, redaction);
	else if (r != -ENOENT && r != -ESRCH)
		capture_add_unreadable(capture, path, r);
}

/* Kernel threads have no program; a tree does not tell. */
static bool has_no_program(const struct listing *listing, const char *pid)
{
	const char *program;
	int r;

	if (!host_is_live(listing->capture->host))
		return false;
	r = directory_read_link(&listing->processes, listing->scratch,
				process_file(listing, pid, "exe"), &program);
	return r == -ENOENT || r == -ESRCH;
}

/* The nodes that a process has open; the error of its list of descriptors. */
static int list_nodes(const struct listing *listing, const char *pid, struct nodes *nodes)
{
	_cleanup_directory_ struct directory directory = {.fd = -1};
	struct strings descriptors = {0};
	int r = host_directory_open(listing->capture->host,
				    arena_printf(listing->scratch, "proc/%s/fd", pid), &directory);

	if (r == 0)
		r = directory_list(&directory, listing->scratch, ".", &descriptors);
	for_each (descriptor, &descriptors) {
		const char *target;

		if (directory_read_link(&directory, listing->scratch, *descriptor, &target) == 0 &&
		    node_is_wanted(target))
			*ARRAY_ADD(listing->scratch, nodes) = (struct node){*descriptor, target};
	}
	return r;
}

static void take_process(struct listing *listing, const char *pid, const char *name,
			 const struct nodes *nodes, int error)
{
	struct capture *capture = listing->capture;
	const char *folder = arena_printf(capture->arena, "proc/%s/fd", pid);

	take_file(listing, pid, "comm", REDACT_TEXT);
	take_file(listing, pid, "cmdline", REDACT_COMMAND);
	if (process_starts_machines(name)) {
		take_file(listing, pid, "limits", REDACT_NOTHING);
		take_file(listing, pid, "status", REDACT_TEXT);
	}
	if (error == -ENOENT || error == -ESRCH)
		return;
	capture_add_directory(capture, folder);
	if (error < 0)
		capture_add_unreadable(capture, folder, error);
	for_each (node, nodes)
		capture_add_link(capture,
				 arena_printf(capture->arena, "%s/%s", folder, node->descriptor),
				 node->target);
}

static const char *read_name(const struct listing *listing, const char *pid)
{
	const char *name;

	return directory_read_line(&listing->processes, listing->scratch,
				   process_file(listing, pid, "comm"), &name) == 0
		       ? name
		       : "";
}

static void look_at_process(struct listing *listing, const char *pid)
{
	struct nodes nodes = {0};
	const char *name;
	bool wanted = streq(pid, "1") || streq(pid, "2");
	int error = -ENOENT;

	if (arena_used(listing->scratch) > SCRATCH_LIMIT)
		arena_reset(listing->scratch);
	name = read_name(listing, pid);
	if (!has_no_program(listing, pid)) {
		error = list_nodes(listing, pid, &nodes);
		wanted |= nodes.count || process_starts_machines(name) ||
			  process_is_fabric_manager(name);
		if (error < 0 && error != -ENOENT && error != -ESRCH && !listing->closed_one_taken)
			wanted = listing->closed_one_taken = true;
	}
	if (wanted)
		take_process(listing, pid, name, &nodes, error);
}

void capture_take_processes(struct capture *capture)
{
	struct listing listing = {.capture = capture, .processes = {.fd = -1}};
	struct strings names = {0};
	char self[16] = "";

	if (host_directory_open(capture->host, "proc", &listing.processes) < 0)
		return;
	listing.scratch = arena_new();
	if (host_is_live(capture->host))
		(void)snprintf(self, sizeof(self), "%d", (int)getpid());
	(void)directory_list(&listing.processes, capture->arena, ".", &names);
	for_each (name, &names)
		if (process_is_id(*name) && !streq(*name, self) && !capture->full)
			look_at_process(&listing, *name);
	host_directory_close(&listing.processes);
	arena_free(listing.scratch);
}
