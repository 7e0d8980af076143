/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The modprobe.d parser against libkmod, which is loaded, not linked; where it is not installed the
 * test is skipped.
 */
#include "preflight/parse/modprobe.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct kmod {
	void *library, *context;
	const char *(*key)(const void *iterator);
	const char *(*value)(const void *iterator);
	bool (*next)(void *iterator);
	void (*free_iterator)(void *iterator);
};

/* Loads libkmod and lets it read one configuration file. */
static bool load_kmod(struct kmod *kmod, const char *path)
{
	const char *const config[] = {path, NULL};
	void *(*new)(const char *directory, const char *const *config_paths);

	kmod->library = dlopen("libkmod.so.2", RTLD_NOW);
	if (!kmod->library)
		return false;
	*(void **)&new = dlsym(kmod->library, "kmod_new");
	*(void **)&kmod->key = dlsym(kmod->library, "kmod_config_iter_get_key");
	*(void **)&kmod->value = dlsym(kmod->library, "kmod_config_iter_get_value");
	*(void **)&kmod->next = dlsym(kmod->library, "kmod_config_iter_next");
	*(void **)&kmod->free_iterator = dlsym(kmod->library, "kmod_config_iter_free_iter");
	if (!new || !kmod->key || !kmod->value || !kmod->next || !kmod->free_iterator)
		return false;
	(void)setenv("KMOD_LOG", "0", 1); /* it complains of each broken line on standard error */
	kmod->context = new ("/nonexistent", config);
	return kmod->context != NULL;
}

static void unload_kmod(struct kmod *kmod)
{
	void *(*unref)(void *context);

	*(void **)&unref = dlsym(kmod->library, "kmod_unref");
	unref(kmod->context);
	dlclose(kmod->library);
}

/* The value as both sides can be compared: libkmod keeps blanks that mean nothing. */
static const char *plain(struct arena *arena, const char *text)
{
	struct strings names;

	modprobe_split_weakdep(arena, text ? text : "", &names);
	return strings_join(arena, &names, " ");
}

/*
 * Compares all lines of one command with libkmod's list of it, in order. Options and blacklist may
 * go on: libkmod adds what the running kernel's command line says.
 */
static void compare_command(const struct kmod *kmod, struct arena *arena, const char *list,
			    enum modprobe_command command, const struct modprobe_lines *lines)
{
	void *(*start)(const void *context);
	void *iterator;

	*(void **)&start = dlsym(kmod->library, list);
	assert_non_null(start);
	iterator = start(kmod->context);
	assert_non_null(iterator);
	for_each (line, lines) {
		if (line->command != command || !line->module)
			continue;
		if (command != MODPROBE_BLACKLIST && !*line->argument)
			continue; /* a syntax error, which libkmod ignores */
		assert_true(kmod->next(iterator));
		assert_string_equal(kmod->key(iterator), line->module);
		if (command != MODPROBE_BLACKLIST && command != MODPROBE_SOFTDEP)
			assert_string_equal(plain(arena, kmod->value(iterator)),
					    plain(arena, line->argument));
	}
	if (command != MODPROBE_BLACKLIST && command != MODPROBE_OPTIONS)
		assert_false(kmod->next(iterator));
	kmod->free_iterator(iterator);
}

static const char judged[] = "#comment \\\nblacklist swallowed\n  # indented\nblacklist crlf-x\r\n"
			     "options a-b  x=\"1 2\" \\\n  y=3\t z\nblacklist esc\\aped\n"
			     "blacklist tail extra\noptions nothing\nalias a-b[0-9]-c d-e\n"
			     "softdep q pre: a-b c post: d\nsoftdep q2 pre:a b\n"
			     "install i-i /bin/false\r\nremove r-r  /bin/true  \nbla\0ck\n"
			     "blacklist nul\0x\n\tblacklist\ttabs\nalias only\ninstall\n"
			     "alias gpu vfio-pci extra\n\\\nblacklist after\n"
			     "options vfio-pci ids=10de:2704 # GPU\nblacklist last";

static void test_like_kmod(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct modprobe_lines lines = {0};
	char path[] = "/tmp/vfiokit-modprobe-XXXXXX";
	_cleanup_close_ int fd = mkstemp(path);
	struct kmod kmod = {0};
	bool loaded;

	(void)state;
	modprobe_parse(arena, "judged", judged, sizeof(judged) - 1, &lines);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, judged, sizeof(judged) - 1), sizeof(judged) - 1);
	loaded = load_kmod(&kmod, path);
	(void)unlink(path);
	if (!loaded)
		skip();
	compare_command(&kmod, arena, "kmod_config_get_blacklists", MODPROBE_BLACKLIST, &lines);
	compare_command(&kmod, arena, "kmod_config_get_options", MODPROBE_OPTIONS, &lines);
	compare_command(&kmod, arena, "kmod_config_get_aliases", MODPROBE_ALIAS, &lines);
	compare_command(&kmod, arena, "kmod_config_get_install_commands", MODPROBE_INSTALL, &lines);
	compare_command(&kmod, arena, "kmod_config_get_remove_commands", MODPROBE_REMOVE, &lines);
	compare_command(&kmod, arena, "kmod_config_get_softdeps", MODPROBE_SOFTDEP, &lines);
	unload_kmod(&kmod);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_like_kmod),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
