/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The alias search against libkmod, over an index that depmod made of small module files. The
 * program itself needs neither; where libkmod or depmod is not installed the test is skipped.
 */
#include "alias_samples.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

/* The part of libkmod.h that the comparison needs; the library is loaded, not linked. */
struct kmod {
	void *library;
	void *(*new)(const char *directory, const char *const *config_paths);
	void *(*unref)(void *context);
	int (*lookup)(void *context, const char *alias, void **list);
	void *(*next)(const void *list, const void *item);
	void *(*module)(const void *item);
	const char *(*name)(const void *module);
	void *(*module_unref)(void *module);
	int (*list_unref)(void *list);
};

static bool load_kmod(struct kmod *kmod)
{
	kmod->library = dlopen("libkmod.so.2", RTLD_NOW);
	if (!kmod->library)
		return false;
	*(void **)&kmod->new = dlsym(kmod->library, "kmod_new");
	*(void **)&kmod->unref = dlsym(kmod->library, "kmod_unref");
	*(void **)&kmod->lookup = dlsym(kmod->library, "kmod_module_new_from_lookup");
	*(void **)&kmod->next = dlsym(kmod->library, "kmod_list_next");
	*(void **)&kmod->module = dlsym(kmod->library, "kmod_module_get_module");
	*(void **)&kmod->name = dlsym(kmod->library, "kmod_module_get_name");
	*(void **)&kmod->module_unref = dlsym(kmod->library, "kmod_module_unref");
	*(void **)&kmod->list_unref = dlsym(kmod->library, "kmod_module_unref_list");
	return kmod->new && kmod->unref && kmod->lookup && kmod->next && kmod->module &&
	       kmod->name && kmod->module_unref && kmod->list_unref;
}

static char *read_whole(const char *path, size_t *ret_length)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	ssize_t got;
	char *text;

	if (fd < 0 || fstat(fd, &status) < 0)
		return NULL;
	text = calloc(1, (size_t)status.st_size + 1);
	got = text ? read(fd, text, (size_t)status.st_size) : -1;
	if (got != status.st_size) {
		free(text);
		return NULL;
	}
	*ret_length = (size_t)got;
	return text;
}

static void write_whole(const char *path, const void *bytes, size_t length)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, length), length);
}

/* The smallest object file that depmod takes for a module: a header and a .modinfo section. */
static void write_module(const char *path, const char *modinfo, size_t length)
{
	static const char names[] = "\0.modinfo\0.shstrtab";
	unsigned char file[4096] = {0};
	Elf64_Ehdr header = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
					 ELFDATA2LSB, EV_CURRENT},
			     .e_type = ET_REL,
			     .e_machine = EM_X86_64,
			     .e_version = EV_CURRENT,
			     .e_ehsize = sizeof(header),
			     .e_shentsize = sizeof(Elf64_Shdr),
			     .e_shnum = 3,
			     .e_shstrndx = 2};
	Elf64_Shdr sections[3] = {0};
	size_t at = sizeof(header);

	assert_true(at + sizeof(names) + length + sizeof(sections) + 8 < sizeof(file));
	sections[1] = (Elf64_Shdr){.sh_name = 1,
				   .sh_type = SHT_PROGBITS,
				   .sh_flags = SHF_ALLOC,
				   .sh_offset = at,
				   .sh_size = length,
				   .sh_addralign = 1};
	memcpy(file + at, modinfo, length);
	at += length;
	sections[2] = (Elf64_Shdr){.sh_name = 10,
				   .sh_type = SHT_STRTAB,
				   .sh_offset = at,
				   .sh_size = sizeof(names),
				   .sh_addralign = 1};
	memcpy(file + at, names, sizeof(names));
	at = (at + sizeof(names) + 7) & ~(size_t)7;
	header.e_shoff = at;
	memcpy(file + at, sections, sizeof(sections));
	memcpy(file, &header, sizeof(header));
	write_whole(path, file, at + sizeof(sections));
}

/* Writes one module file for every name in the table, with all its aliases. */
static void write_modules(struct arena *arena, const char *directory)
{
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++) {
		char modinfo[2048];
		size_t length = 0;

		for (size_t j = 0; j < ARRAY_SIZE(aliases); j++)
			if (streq(aliases[j].module, aliases[i].module))
				length +=
					(size_t)snprintf(modinfo + length, sizeof(modinfo) - length,
							 "alias=%s", aliases[j].alias) +
					1;
		write_module(arena_printf(arena, "%s/%s.ko", directory, aliases[i].module), modinfo,
			     length);
	}
}

static int run_program(const char *const *arguments)
{
	pid_t child = fork();
	int status = -1;

	if (child == 0) {
		char *copies[8] = {0};
		int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);

		for (size_t i = 0; arguments[i] && i + 1 < ARRAY_SIZE(copies); i++)
			copies[i] = strdup(arguments[i]);
		(void)dup2(nothing, STDERR_FILENO);
		execv(copies[0], copies);
		_exit(127);
	}
	if (child > 0)
		(void)waitpid(child, &status, 0);
	return status;
}

static const char *depmod_path(void)
{
	static const char *const paths[] = {"/usr/sbin/depmod", "/sbin/depmod", "/usr/bin/depmod"};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (access(paths[i], X_OK) == 0)
			return paths[i];
	return NULL;
}

/* Builds DIRECTORY/lib/modules/1.0.0; false where depmod is missing or fails. */
static bool build_modules(struct arena *arena, const char *directory)
{
	const char *release = arena_printf(arena, "%s/lib/modules/1.0.0", directory);
	const char *depmod = depmod_path();
	const char *const arguments[] = {depmod, "-b", directory, "1.0.0", NULL};

	if (!depmod)
		return false;
	(void)mkdir(arena_printf(arena, "%s/lib", directory), 0700);
	(void)mkdir(arena_printf(arena, "%s/lib/modules", directory), 0700);
	(void)mkdir(release, 0700);
	(void)mkdir(arena_printf(arena, "%s/kernel", release), 0700);
	write_modules(arena, arena_printf(arena, "%s/kernel", release));
	write_whole(arena_printf(arena, "%s/modules.order", release), "", 0);
	write_whole(arena_printf(arena, "%s/modules.builtin", release), "", 0);
	return run_program(arguments) == 0;
}

static void remove_tree(const char *directory)
{
	const char *const arguments[] = {"/bin/rm", "-rf", directory, NULL};

	assert_int_equal(run_program(arguments), 0);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *sorted_names(struct arena *arena, struct strings *names)
{
	if (names->count)
		qsort(names->items, names->count, sizeof(*names->items), compare_names);
	return strings_join(arena, names, " ");
}

/* What libkmod finds, sorted; a module with two matching aliases comes twice from it. */
static const char *kmod_search(const struct kmod *kmod, void *context, struct arena *arena,
			       const char *modalias)
{
	struct strings names = {0};
	void *list = NULL;

	assert_int_equal(kmod->lookup(context, modalias, &list), 0);
	for (void *item = list; item; item = kmod->next(list, item)) {
		void *module = kmod->module(item);

		if (!strings_contain(&names, kmod->name(module)))
			strings_add(arena, &names, kmod->name(module));
		kmod->module_unref(module);
	}
	kmod->list_unref(list);
	return sorted_names(arena, &names);
}

static void compare_with_kmod(const struct kmod *kmod, struct arena *arena, const char *directory)
{
	const char *const no_config[] = {"/nonexistent", NULL};
	const char *release = arena_printf(arena, "%s/lib/modules/1.0.0", directory);
	size_t length = 0, total = 0;
	_cleanup_free_ char *text =
		read_whole(arena_printf(arena, "%s/modules.alias", release), &length);
	void *context = kmod->new (release, no_config);

	assert_non_null(text);
	assert_non_null(context);
	for (size_t i = 0; i < ARRAY_SIZE(modaliases); i++) {
		struct alias_query query = {.modalias = modaliases[i]};
		struct alias_matcher *matcher = alias_matcher_new(arena, &query, 1);

		alias_matcher_read_aliases(matcher, text, length);
		total += query.modules.count;
		assert_string_equal(sorted_names(arena, &query.modules),
				    kmod_search(kmod, context, arena, modaliases[i]));
	}
	assert_true(total >= ARRAY_SIZE(modaliases));
	kmod->unref(context);
}

static void test_search_like_kmod(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	char directory[] = "/tmp/vfiokit-alias-XXXXXX";
	struct kmod kmod = {0};
	bool built;

	(void)state;
	if (!load_kmod(&kmod))
		skip();
	assert_non_null(mkdtemp(directory));
	built = build_modules(arena, directory);
	if (built)
		compare_with_kmod(&kmod, arena, directory);
	remove_tree(directory);
	dlclose(kmod.library);
	if (!built)
		skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_search_like_kmod),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
