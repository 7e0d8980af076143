/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Images made by initramfs-tools and dracut themselves, where they and a kernel's modules are
 * installed; else each test is skipped and says what is missing. Nothing outside a temporary folder
 * is written.
 */
#include "preflight/initramfs/read.h"
#include "tests/unit/tree.h"

#include <fcntl.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <cmocka.h>

extern char **environ;

/* Runs a program with its output in a file; its exit status, or -1. */
static int run(const char *output, char *const arguments[])
{
	posix_spawn_file_actions_t actions;
	int status = -1;
	pid_t pid;

	assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	posix_spawn_file_actions_adddup2(&actions, 1, 2);
	if (posix_spawnp(&pid, arguments[0], &actions, NULL, arguments, environ) == 0 &&
	    waitpid(pid, &status, 0) == pid && WIFEXITED(status))
		status = WEXITSTATUS(status);
	posix_spawn_file_actions_destroy(&actions);
	return status;
}

#define RUN(output, ...) run(output, (char *const[]){__VA_ARGS__, NULL})

static char *word(struct tree *tree, struct arena *arena, const char *name)
{
	return arena_printf(arena, "%s/%s", tree_path(tree), name);
}

static bool has_program(const char *name)
{
	static const char *const folders[] = {"/usr/sbin", "/usr/bin"};
	char path[256];

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folders[i], name);
		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

/* A kernel whose modules, with vfio-pci among them, and configuration are installed; NULL none. */
static char *find_kernel(struct arena *arena)
{
	struct error error = {0};
	_cleanup_host_ struct host *host = NULL;
	struct strings names = {0};

	assert_int_equal(host_open(NULL, &host, &error), 0);
	if (host_list(host, arena, "lib/modules", &names) < 0)
		return NULL;
	for (size_t i = 0; i < names.count; i++) {
		const char *version = names.items[i];

		if (host_exists(host, arena_printf(arena, "boot/config-%s", version)) == 0 &&
		    host_exists(host, arena_printf(arena,
						   "lib/modules/%s/kernel/drivers/vfio/pci/"
						   "vfio-pci.ko",
						   version)) == 0)
			return arena_strdup(arena, version);
	}
	return NULL;
}

static void need(bool there, const char *what)
{
	if (there)
		return;
	print_message("# needs %s\n", what);
	skip();
}

/* The sanitizers' and valgrind's own memory and time are not ours. */
static bool is_instrumented(void)
{
	bool found = false;
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];

	while (maps && fgets(line, sizeof(line), maps))
		found = found || strstr(line, "vgpreload") || strstr(line, "libasan");
	if (maps)
		fclose(maps);
	return found;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double read_image(struct arena *arena, const char *path, struct initramfs_image *image)
{
	double start = now();
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	initramfs_read(arena, fd, 0, 0, image);
	close(fd);
	if (image->read != YES)
		fail_msg("%s: %s", path, image->why);
	return now() - start;
}

/* Every module that lsinitramfs lists is told, and no other; and not later than lsinitramfs does. */
static void compare_with_lsinitramfs(struct tree *tree, struct arena *arena, char *path,
				     const struct initramfs_image *image, double spent)
{
	char *listing = word(tree, arena, "listing"), line[4096];
	double start = now();
	struct strings modules = {0};
	FILE *file;

	if (!has_program("lsinitramfs") || !has_program("cpio"))
		return;
	assert_int_equal(RUN(listing, (char *)(uintptr_t) "lsinitramfs", path), 0);
	start = now() - start;
	file = fopen(listing, "re");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		char *end = strstr(line, ".ko"), *name = strrchr(line, '/');

		if (!end || !name || (end[3] != '\n' && end[3] != '.'))
			continue;
		*end = '\0';
		assert_true(initramfs_has_module(image, name + 1));
		/* The folder of modules may be a link, and then each is there twice. */
		if (!strings_contain(&modules, name + 1))
			strings_add(arena, &modules, name + 1);
	}
	fclose(file);
	assert_int_equal(image->modules.count, modules.count);
	print_message("# %zu modules in %.3f s, lsinitramfs %.3f s\n", modules.count, spent, start);
	if (!is_instrumented())
		assert_true(spent <= start);
}

static void assert_memory(void)
{
	struct rusage usage;

	if (is_instrumented())
		return;
	assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
	assert_true(usage.ru_maxrss < 64 * 1024);
}

static void assert_data(const struct initramfs_image *image, const char *path, const char *text)
{
	const struct image_file *file = initramfs_file(image, path);

	assert_non_null(file);
	assert_non_null(strstr(file->data, text));
}

#define TOOLS_CONFIG                                                                               \
	"dir c/conf.d\n"                                                                           \
	"file c/initramfs.conf\n| MODULES=list\n| BUSYBOX=n\n| COMPRESS=gzip\n"                    \
	"file c/modules\n| vfio-pci ids=10de:1b80\n| nouveau\n"                                    \
	"file c/hooks/vfio\n"                                                                      \
	"| #!/bin/sh\n"                                                                            \
	"| case \"$1\" in prereqs) exit 0;; esac\n"                                                \
	"| mkdir -p \"$DESTDIR/etc/modprobe.d\"\n"                                                 \
	"| echo 'softdep nouveau pre: vfio-pci' >\"$DESTDIR/etc/modprobe.d/vfio-test.conf\"\n"     \
	"mode c/hooks/vfio 0755\n" SCRIPT("00-vfio", "") SCRIPT("vfio", "")                        \
		SCRIPT("aa-behind", "blacklist")

#define SCRIPT(name, prerequisites)                                                                \
	"file c/scripts/init-top/" name "\n"                                                       \
	"| #!/bin/sh\n| PREREQ=\"" prerequisites "\"\n"                                            \
	"| case \"$1\" in prereqs) echo \"$PREREQ\"; exit 0;; esac\n"                              \
	"| exec modprobe vfio-pci\n"                                                               \
	"mode c/scripts/init-top/" name " 0755\n"

static size_t place_of(const struct initramfs_image *image, const char *name)
{
	for (size_t i = 0; i < image->names.count; i++)
		if (streq(image->names.items[i], name))
			return i;
	fail_msg("%s is not in the image", name);
	return 0;
}

static void reads_what_initramfs_tools_makes(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	char *version = find_kernel(arena);
	struct initramfs_image image = {0};
	struct tree *tree;
	char *path;
	double spent;

	(void)state;
	need(has_program("mkinitramfs"), "mkinitramfs (initramfs-tools-core)");
	need(version, "the modules and the configuration of a kernel");
	tree = tree_new(TOOLS_CONFIG);
	path = word(tree, arena, "image");
	assert_int_equal(RUN(word(tree, arena, "log"), (char *)(uintptr_t) "mkinitramfs",
			     (char *)(uintptr_t) "-d", word(tree, arena, "c"),
			     (char *)(uintptr_t) "-o", path, version),
			 0);
	spent = read_image(arena, path, &image);
	assert_int_equal(image.made_by, GENERATOR_INITRAMFS_TOOLS);
	assert_int_equal(image.module_versions.count, 1);
	assert_string_equal(image.module_versions.items[0], version);
	assert_true(initramfs_has_module(&image, "vfio-pci"));
	assert_true(initramfs_has_module(&image, "nouveau"));
	assert_data(&image, "conf/modules", "vfio-pci ids=10de:1b80");
	assert_data(&image, "etc/modprobe.d/vfio-test.conf", "softdep nouveau pre: vfio-pci");
	assert_data(&image, "scripts/init-top/00-vfio", "modprobe vfio-pci");
	/* Only the name decides, and a prerequisite puts a script behind all that have none. */
	assert_true(place_of(&image, "00-vfio") < place_of(&image, "udev"));
	assert_true(place_of(&image, "vfio") > place_of(&image, "udev"));
	assert_true(place_of(&image, "aa-behind") > place_of(&image, "udev"));
	compare_with_lsinitramfs(tree, arena, path, &image, spent);
	assert_memory();
	tree_free(tree);
}

static void reads_what_dracut_makes(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	char *version = find_kernel(arena);
	struct initramfs_image image = {0};
	struct tree *tree;
	char *path;
	double spent;

	(void)state;
	need(has_program("dracut"), "dracut (dracut-core)");
	need(version, "the modules and the configuration of a kernel");
	tree = tree_new("file main.conf\n"
			"dir tmp\n"
			"file d/test.conf\n"
			"| hostonly=\"no\"\n"
			"| dracutmodules+=\" base \"\n"
			"| add_drivers+=\" nouveau \"\n"
			"| force_drivers+=\" vfio_pci \"\n"
			"| compress=\"gzip\"\n"
			"| early_microcode=\"no\"\n");
	path = word(tree, arena, "image");
	assert_int_equal(RUN(word(tree, arena, "log"), (char *)(uintptr_t) "dracut",
			     (char *)(uintptr_t) "--force", (char *)(uintptr_t) "--kver", version,
			     (char *)(uintptr_t) "--conf", word(tree, arena, "main.conf"),
			     (char *)(uintptr_t) "--confdir", word(tree, arena, "d"),
			     (char *)(uintptr_t) "--tmpdir", word(tree, arena, "tmp"), path),
			 0);
	spent = read_image(arena, path, &image);
	assert_int_equal(image.made_by, GENERATOR_DRACUT);
	assert_true(initramfs_has_module(&image, "vfio_pci"));
	assert_true(initramfs_has_module(&image, "nouveau"));
	assert_data(&image, "etc/cmdline.d/20-force_drivers.conf", "rd.driver.pre=vfio_pci");
	assert_data(&image, "usr/lib/dracut/modules.txt", "base");
	compare_with_lsinitramfs(tree, arena, path, &image, spent);
	assert_memory();
	tree_free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_initramfs_tools_makes),
		cmocka_unit_test(reads_what_dracut_makes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
