/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/transaction_made.h"
#include "preflight/facts/facts.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/xattr.h>

static const char recipe[] = "file etc/default/grub\n"
			     "| # how to boot\n"
			     "| GRUB_CMDLINE_LINUX=\"quiet\"\n"
			     "link etc/grub-defaults default/grub\n"
			     "file etc/modprobe.d/old.conf\n"
			     "| blacklist nouveau\n"
			     "file boot/loader/entries/host.conf\n"
			     "| options root=/dev/sda1\n"
			     "file boot/grub/grub.cfg\n"
			     "| linux /vmlinuz quiet\n"
			     "file boot/initrd.img-1\n"
			     "| an image\n"
			     "dir usr/sbin\n"
			     "dir var/lib\n";

static const char generator[] =
	"echo generating\n"
	"cat etc/default/grub boot/loader/entries/host.conf >boot/grub/grub.cfg.new\n"
	"mv boot/grub/grub.cfg.new boot/grub/grub.cfg\n"
	"cat etc/modprobe.d/*.conf etc/initramfs-tools/scripts/init-top/* 2>/dev/null \\\n"
	"  >boot/initrd.img-1 || :\n"
	"cp boot/initrd.img-1 boot/initrd.img-2\n";

const char *made_path(const struct made *made, const char *path)
{
	return arena_printf(made->arena, "%s/%s", tree_path(made->tree), path);
}

const char *made_read(const struct made *made, const char *path)
{
	struct bytes bytes;

	if (host_read(tree_host(made->tree), made->arena, path, 0, &bytes) < 0)
		return NULL;
	return bytes.data;
}

void made_write(const struct made *made, const char *path, const char *text)
{
	FILE *file = fopen(made_path(made, path), "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

void made_generator(struct made *made, const char *script)
{
	made_write(made, "usr/sbin/generate",
		   arena_printf(made->arena, "#!/bin/sh\nset -e\n%s", script));
	assert_int_equal(chmod(made_path(made, "usr/sbin/generate"), 0755), 0);
	made->before = tree_state(made->arena, tree_path(made->tree));
}

static void plan_text(struct made *made, const char *path, const char *after, unsigned mode,
		      bool on_esp)
{
	struct bytes before = {0}, now = {0};
	bool exists = false;
	struct plan_step *step;

	(void)plan_read(&made->plan, tree_host(made->tree), path, &exists, &before, &now);
	step = plan_write(&made->plan, path, exists, before,
			  (struct bytes){.data = after, .length = strlen(after)}, "the test");
	if (step) {
		step->mode = mode;
		step->on_esp = on_esp;
	}
}

void made_plan(struct made *made)
{
	const char *argv[] = {made_path(made, "usr/sbin/generate"), "--all", NULL};
	struct bytes before, now;
	struct plan_step *step;
	bool exists;

	made->plan = (struct plan){.arena = made->arena};
	strings_add(made->arena, &made->plan.devices, "0000:01:00.0");
	plan_text(made, "etc/default/grub",
		  "# how to boot\nGRUB_CMDLINE_LINUX=\"quiet intel_iommu=on\"\n", 0644, false);
	plan_text(made, "boot/loader/entries/host.conf", "options root=/dev/sda1 intel_iommu=on\n",
		  0644, true);
	if (plan_read(&made->plan, tree_host(made->tree), "etc/modprobe.d/old.conf", &exists,
		      &before, &now) == 0)
		(void)plan_remove(&made->plan, "etc/modprobe.d/old.conf", true, before, "the test");
	plan_text(made, "etc/modprobe.d/vfio.conf", "options vfio-pci ids=10de:2330\n", 0644,
		  false);
	plan_text(made, "etc/initramfs-tools/scripts/init-top/vfio", "#!/bin/sh\n", 0755, false);
	step = plan_run(&made->plan, PLAN_RUN_INITRAMFS, argv, "the test");
	step->time_limit = 20;
	strings_add(made->arena, &step->outputs, "boot/grub/grub.cfg");
	strings_add(made->arena, &step->outputs, "boot/initrd.img-1");
	strings_add(made->arena, &step->outputs, "boot/initrd.img-2");
}

struct made *made_new(void)
{
	struct made *made = calloc(1, sizeof(*made));
	const struct timespec old[2] = {{1500000000, 123456789}, {1400000000, 987654321}};
	const char *grub;

	assert_non_null(made);
	made->tree = tree_new(recipe);
	made->arena = arena_new();
	grub = made_path(made, "etc/default/grub");
	/* Not every file system of a test machine takes them. */
	(void)setxattr(grub, "user.vfiokit", "mark", 4, 0);
	assert_int_equal(chmod(grub, 0640), 0);
	assert_int_equal(utimensat(AT_FDCWD, grub, old, 0), 0);
	made_generator(made, generator);
	made->place =
		(struct transaction_place){.root = tree_path(made->tree), .run_programs = true};
	made_plan(made);
	return made;
}

void made_free(struct made *made)
{
	tree_free(made->tree);
	arena_free(made->arena);
	free(made);
}

struct plan_step *made_program(struct made *made)
{
	return &made->plan.steps.items[made->plan.steps.count - 1];
}

int made_apply(struct made *made, unsigned *ret_id)
{
	static const struct transaction_note note = {.command = "configure 01:00.0 --apply"};
	unsigned id;

	made->error = (struct error){0};
	return transaction_apply(&made->place, &made->plan, &note, NULL, ret_id ?: &id,
				 &made->error);
}

bool made_is_before(const struct made *made)
{
	return streq(tree_state(made->arena, tree_path(made->tree)), made->before);
}

void made_assert_before(const struct made *made)
{
	assert_string_equal(tree_state(made->arena, tree_path(made->tree)), made->before);
}

/* The lines of both states that have not the same path in front: what came and what went. */
static unsigned count_lines(const char *text)
{
	unsigned count = 0;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

bool made_is_applied(const struct made *made)
{
	static const char *const applied[][2] = {
		{"etc/default/grub",
		 "# how to boot\nGRUB_CMDLINE_LINUX=\"quiet intel_iommu=on\"\n"},
		{"boot/loader/entries/host.conf", "options root=/dev/sda1 intel_iommu=on\n"},
		{"etc/modprobe.d/old.conf", NULL},
		{"etc/modprobe.d/vfio.conf", "options vfio-pci ids=10de:2330\n"},
		{"etc/initramfs-tools/scripts/init-top/vfio", "#!/bin/sh\n"},
		{"boot/grub/grub.cfg",
		 "# how to boot\nGRUB_CMDLINE_LINUX=\"quiet intel_iommu=on\"\n"
		 "options root=/dev/sda1 intel_iommu=on\n"},
		{"boot/initrd.img-1", "options vfio-pci ids=10de:2330\n#!/bin/sh\n"},
		{"boot/initrd.img-2", "options vfio-pci ids=10de:2330\n#!/bin/sh\n"},
	};
	/* vfio.conf, initramfs-tools, scripts, init-top, vfio, initrd.img-2 came; old.conf went. */
	const unsigned more = 5;
	const char *now = tree_state(made->arena, tree_path(made->tree));

	for (size_t i = 0; i < ARRAY_SIZE(applied); i++)
		if (!streq(made_read(made, applied[i][0]), applied[i][1]))
			return false;
	return count_lines(now) == count_lines(made->before) + more;
}

void made_assert_applied(const struct made *made)
{
	if (!made_is_applied(made))
		fail_msg("not applied: %s", tree_state(made->arena, tree_path(made->tree)));
}

enum transaction_state made_state(const struct made *made, unsigned id)
{
	struct transactions all;
	struct error error;

	if (transaction_list(&made->place, made->arena, &all, &error) < 0)
		fail_msg("%s", error.message);
	for_each (transaction, &all)
		if (transaction->id == id)
			return transaction->state;
	fail_msg("there is no transaction %u", id);
	return TRANSACTION_DAMAGED;
}

static unsigned count_entries(const char *folder)
{
	DIR *directory = opendir(folder);
	unsigned count = 0;

	if (!directory)
		return 0;
	for (struct dirent *entry; (entry = readdir(directory));) {
		char path[4096];

		if (streq(entry->d_name, ".") || streq(entry->d_name, ".."))
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		count += 1 + (entry->d_type == DT_DIR ? count_entries(path) : 0);
	}
	closedir(directory);
	return count;
}

unsigned open_descriptors(void)
{
	return count_entries("/proc/self/fd");
}

int made_seen(const struct made *made)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct facts facts = {.arena = arena};

	facts_collect_transactions(&facts, tree_host(made->tree));
	assert_true(facts.transactions.known != UNKNOWN);
	return facts.transactions.cut_off.id ? (int)facts.transactions.cut_off.id
					     : -(int)facts.transactions.damaged.id;
}

unsigned made_count(const struct made *made, const char *folder)
{
	return count_entries(made_path(made, folder));
}
