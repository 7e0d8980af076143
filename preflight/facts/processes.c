/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/facts.h"

#include "preflight/facts/nodes.h"
#include "preflight/facts/processes.h"
#include "preflight/lines.h"
#include "preflight/parse/process.h"

#include <errno.h>

/*
 * Bounds for one pass over /proc. Beyond them the answer is "unknown", never "nobody". A tree is
 * made of anything somebody wrote into it; a running host has as many as it has.
 */
enum {
	PROCESS_LIMIT = 100000,
	TREE_LINK_LIMIT = 500000,
	LIVE_LINK_LIMIT = 4000000,
	NODE_LIMIT = 16384,          /* wanted nodes of all processes */
	PROCESS_NODE_LIMIT = 256,    /* and of one */
	SCRATCH_LIMIT = 1024 * 1024, /* bytes of names after which the scratch arena starts anew */
};

/* The state of the pass. */
struct scan {
	struct facts *facts;
	const struct host *host;
	struct directory processes; /* proc */
	struct arena *scratch;
	struct open_nodes nodes;
	size_t links; /* descriptors looked at */
	bool descriptors_seen;
	int error;         /* the first reason why descriptors of a process are not known; 0 none */
	int memlock_error; /* the same for limits */
	bool fabric_manager;
};

static void remember(int *first, int error)
{
	if (!*first)
		*first = error;
}

/* A process that ended while it was looked at is nobody any more. */
static bool has_ended(int error)
{
	return error == -ENOENT || error == -ESRCH;
}

/* -- one process --------------------------------------------------------------------------------- */

/* The last part of the first word of /proc/PID/cmdline, for trees that hold no comm. */
static const char *name_of_command_line(struct scan *scan, const char *pid)
{
	const char *slash;
	struct bytes bytes;

	if (directory_read(&scan->processes, scan->scratch,
			   arena_printf(scan->scratch, "%s/cmdline", pid), 0, &bytes) < 0 ||
	    !*bytes.data)
		return "process";
	slash = strrchr(bytes.data, '/');
	return slash ? slash + 1 : bytes.data;
}

static const char *read_name(struct scan *scan, const char *pid)
{
	const char *name;

	if (directory_read_line(&scan->processes, scan->scratch,
				arena_printf(scan->scratch, "%s/comm", pid), &name) < 0)
		name = name_of_command_line(scan, pid);
	return printable_copy(scan->scratch, name, strnlen(name, 64));
}

/* The path without the note that the node was removed since (libvirt removes nodes from the mount
 * namespace that it makes for a VM). */
static const char *without_deleted(struct scan *scan, const char *target)
{
	static const char note[] = " (deleted)";
	size_t length = strlen(target);

	if (length > strlen(note) && streq(target + length - strlen(note), note))
		length -= strlen(note);
	return printable_copy(scan->scratch, target, length);
}

/* nodes from first on are this process's. */
static bool already_open(const struct open_nodes *nodes, size_t first, const char *path)
{
	for (size_t i = first; i < nodes->count; i++)
		if (streq(nodes->items[i].path, path))
			return true;
	return false;
}

static void add_node(struct scan *scan, size_t first, const char *pid, const char *name,
		     const char *descriptor, const char *target)
{
	struct arena *arena = scan->facts->arena;
	const char *path = without_deleted(scan, target);

	if (already_open(&scan->nodes, first, path))
		return;
	if (scan->nodes.count >= NODE_LIMIT || scan->nodes.count - first >= PROCESS_NODE_LIMIT) {
		remember(&scan->error, -E2BIG);
		return;
	}
	*ARRAY_ADD(arena, &scan->nodes) = (struct open_node){
		.pid = (int)strtol(pid, NULL, 10),
		.process = arena_strdup(arena, name),
		.path = arena_strdup(arena, path),
		.descriptor =
			arena_printf(arena, "/proc/%s/fd/%s", pid,
				     printable_copy(scan->scratch, descriptor, strlen(descriptor))),
	};
}

static void read_descriptors(struct scan *scan, const char *pid, const char *name,
			     const struct directory *descriptors, const struct strings *numbers)
{
	size_t limit = host_is_live(scan->host) ? LIVE_LINK_LIMIT : TREE_LINK_LIMIT;
	size_t first = scan->nodes.count;

	for (size_t i = 0; i < numbers->count; i++) {
		const char *target;

		if (scan->links++ >= limit) {
			remember(&scan->error, -E2BIG);
			return;
		}
		if (directory_read_link(descriptors, scan->scratch, numbers->items[i], &target) ==
			    0 &&
		    node_is_wanted(target))
			add_node(scan, first, pid, name, numbers->items[i], target);
	}
}

static void look_at_descriptors(struct scan *scan, const char *pid, const char *name)
{
	_cleanup_directory_ struct directory descriptors = {.fd = -1};
	struct strings numbers = {0};
	int r = host_directory_open(scan->host, arena_printf(scan->scratch, "proc/%s/fd", pid),
				    &descriptors);

	if (r == 0)
		r = directory_list(&descriptors, scan->scratch, ".", &numbers);
	if (r == 0) {
		scan->descriptors_seen = true;
		read_descriptors(scan, pid, name, &descriptors, &numbers);
	} else if (!has_ended(r)) {
		remember(&scan->error, r);
	}
}

/* -- what processes may lock ----------------------------------------------------------------------- */

/* Names as the kernel keeps them, cut after 15 characters. "kvm" is Proxmox VE's QEMU. */
bool process_starts_machines(const char *name)
{
	return streq(name, "libvirtd") || streq(name, "virtqemud") || starts_with(name, "qemu-") ||
	       streq(name, "kvm") || streq(name, "cloud-hyperviso");
}

bool process_is_fabric_manager(const char *name)
{
	return starts_with(name, "nv-fabricmanage");
}

static int read_memlock(struct scan *scan, const char *pid, struct memlock_limit *limit)
{
	struct capabilities capabilities;
	struct memlock memlock = {0};
	struct bytes bytes;
	int r = directory_read(&scan->processes, scan->scratch,
			       arena_printf(scan->scratch, "%s/limits", pid), 0, &bytes);

	if (r == 0)
		r = limits_parse_memlock(bytes.data, bytes.length, &memlock);
	if (r < 0)
		return r;
	limit->soft = memlock.soft;
	limit->hard = memlock.hard;
	limit->origin = (struct origin){
		.source = arena_printf(scan->facts->arena, "/proc/%s/limits", pid),
		.line = memlock.line,
		.text = printable_copy(scan->facts->arena, bytes.data + memlock.offset,
				       memlock.length),
	};
	r = directory_read(&scan->processes, scan->scratch,
			   arena_printf(scan->scratch, "%s/status", pid), 0, &bytes);
	if (r == 0)
		r = status_parse_capabilities(bytes.data, bytes.length, &capabilities);
	if (r == 0)
		limit->can_raise = (capabilities.effective & capabilities.bounding) >>
					   CAPABILITY_SYS_RESOURCE &
				   1;
	return r;
}

static void look_at_memlock(struct scan *scan, const char *pid, const char *name)
{
	struct memlock_limit limit = {0};
	int r = read_memlock(scan, pid, &limit);

	if (r < 0) {
		if (!host_is_live(scan->host) || !has_ended(r))
			remember(&scan->memlock_error, r);
		if (!limit.origin.source)
			return;
	}
	limit.process = arena_printf(scan->facts->arena, "%s (%s)", name, pid);
	*ARRAY_ADD(scan->facts->arena, &scan->facts->usage.memlock) = limit;
}

/* -- all processes --------------------------------------------------------------------------------- */

/* Kernel threads have no program, and neither has a process that is ending: both hold nothing. */
static bool has_no_program(struct scan *scan, const char *pid)
{
	const char *program;

	return host_is_live(scan->host) &&
	       has_ended(directory_read_link(&scan->processes, scan->scratch,
					     arena_printf(scan->scratch, "%s/exe", pid), &program));
}

static void look_at_process(struct scan *scan, const char *pid)
{
	const char *name;

	if (arena_used(scan->scratch) > SCRATCH_LIMIT) {
		arena_free(scan->scratch);
		scan->scratch = arena_new();
	}
	if (has_no_program(scan, pid))
		return;
	name = read_name(scan, pid);
	if (process_is_fabric_manager(name))
		scan->fabric_manager = true;
	if (process_starts_machines(name))
		look_at_memlock(scan, pid, name);
	look_at_descriptors(scan, pid, name);
}

bool process_is_id(const char *name)
{
	size_t length = strlen(name);

	return length && length < 10 && *name != '0' && strspn(name, "0123456789") == length;
}

/* Process 2 of a machine is kthreadd. Where somebody without privileges may see only the own
 * processes (hidepid), and inside a PID namespace, it is not there. */
static bool sees_all_processes(struct scan *scan)
{
	const char *name;

	return !host_was_live(scan->host) ||
	       (directory_read_line(&scan->processes, scan->scratch, "2/comm", &name) == 0 &&
		streq(name, "kthreadd"));
}

/* Looks at every process but this one; returns how many there were. */
static size_t look_at_processes(struct scan *scan, const struct strings *names)
{
	char self[16];
	size_t count = 0;

	(void)snprintf(self, sizeof(self), "%d", host_is_live(scan->host) ? (int)getpid() : 0);
	for (size_t i = 0; i < names->count; i++) {
		if (!process_is_id(names->items[i]) || streq(names->items[i], self))
			continue;
		if (count++ == PROCESS_LIMIT) {
			remember(&scan->error, -E2BIG);
			break;
		}
		look_at_process(scan, names->items[i]);
	}
	return count;
}

/* What the pass has shown, and what it could not show. */
static void conclude(struct scan *scan, size_t count)
{
	struct usage_facts *usage = &scan->facts->usage;
	bool all = count && sees_all_processes(scan);

	usage->fabric_manager = scan->fabric_manager ? YES : all ? NO : UNKNOWN;
	usage->memlock_known = all && !scan->memlock_error ? YES : UNKNOWN;
	if (!all)
		remember(&scan->error, host_was_live(scan->host) ? -EACCES : -ENOENT);
	else if (!scan->descriptors_seen)
		remember(&scan->error, -ENOENT);
	if (!scan->error) {
		usage->known[USE_PROCESS] = YES;
		return;
	}
	usage->why_unknown[USE_PROCESS] =
		(struct unread){.path = "/proc/PID/fd", .error = scan->error};
	facts_add_unread(scan->facts, "/proc/PID/fd", scan->error);
}

static void collect_memory(struct facts *facts, const struct host *host)
{
	struct bytes bytes;
	int r = host_read(host, facts->arena, "proc/meminfo", 0, &bytes);

	if (r == 0)
		r = meminfo_parse_total(bytes.data, bytes.length, &facts->usage.memory_total);
	if (r < 0)
		facts_add_unread(facts, "proc/meminfo", r);
}

static void collect_vfio_node(struct facts *facts, const struct host *host)
{
	struct stat status;

	facts->usage.vfio_node_mode = -1;
	if (host_stat(host, "dev/vfio/vfio", &status) == 0)
		facts->usage.vfio_node_mode = (int)(status.st_mode & 07777);
}

void facts_collect_processes(struct facts *facts, const struct host *host)
{
	struct scan scan = {.facts = facts, .host = host, .processes = {.fd = -1}};
	struct strings names = {0};
	size_t count = 0;
	int r;

	collect_memory(facts, host);
	collect_vfio_node(facts, host);
	scan.scratch = arena_new();
	r = host_directory_open(host, "proc", &scan.processes);
	if (r == 0)
		r = directory_list(&scan.processes, facts->arena, ".", &names);
	if (r < 0)
		remember(&scan.error, r);
	else
		count = look_at_processes(&scan, &names);
	conclude(&scan, count);
	nodes_apply(facts, host, &scan.nodes);
	host_directory_close(&scan.processes);
	arena_free(scan.scratch);
}
