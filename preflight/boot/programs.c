/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/boot/work.h"

#include <strings.h>

#define LOADER_PATH "/sys/firmware/efi/efivars/"
#define LOADER_GUID "-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"

enum {
	BY_FILES = 1,
	BY_WORDS = 2,
	BY_VARIABLES = 3,
};

struct sorting {
	struct boot_work *work;
	struct program_claims *claims;
};

static void claim(struct sorting *sorting, enum boot_program program, unsigned strength,
		  const char *source, const char *text)
{
	*ARRAY_ADD(sorting->work->arena, sorting->claims) =
		(struct program_claim){program, strength, source, text};
}

static bool has_claim(const struct program_claims *claims, enum boot_program program)
{
	for_each (item, claims)
		if (item->program == program)
			return true;
	return false;
}

/* -- EFI variables --------------------------------------------------------------------------------- */

/* Boot managers that start a kernel by kexec: what firmware and stub tell is about themselves. */
static bool is_zfsbootmenu(const struct boot_variables *variables)
{
	return (variables->path && strcasestr(variables->path, "zbm")) ||
	       (variables->image_identifier && strcasestr(variables->image_identifier, "zbm"));
}

/* LoaderInfo is set by the program that ran last; GRUB 2.12 and later sets it, too. */
static enum boot_program program_of_info(const char *info)
{
	static const struct {
		const char *prefix;
		enum boot_program program;
	} rows[] = {
		{"systemd-boot", PROGRAM_SYSTEMD_BOOT},
		{"GRUB", PROGRAM_GRUB},
		{"Limine", PROGRAM_LIMINE},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strncasecmp(info, rows[i].prefix, strlen(rows[i].prefix)) == 0)
			return rows[i].program;
	return PROGRAM_OTHER;
}

/* What the path of the program that firmware started tells; false where it may be anything. */
static bool program_of_path(const char *path, enum boot_program *ret_program)
{
	static const struct {
		const char *part;
		enum boot_program program;
	} rows[] = {
		{"/refind", PROGRAM_OTHER},
		{"zbm", PROGRAM_OTHER},
		{"EFI/Linux/", PROGRAM_STUB},
		{"/limine", PROGRAM_LIMINE},
		{"/systemd-boot", PROGRAM_SYSTEMD_BOOT},
		{"grub", PROGRAM_GRUB},
		{"shim", PROGRAM_GRUB},
		{"vmlinuz", PROGRAM_OTHER},
		{"syslinux", PROGRAM_SYSLINUX},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcasestr(path, rows[i].part)) {
			*ret_program = rows[i].program;
			return true;
		}
	return false;
}

static void claim_by_variables(struct sorting *sorting)
{
	const struct boot_variables *variables = &sorting->work->variables;
	enum boot_program program;

	if (variables->stub_info)
		claim(sorting, is_zfsbootmenu(variables) ? PROGRAM_OTHER : PROGRAM_STUB,
		      BY_VARIABLES, LOADER_PATH "StubInfo" LOADER_GUID, variables->stub_info);
	else if (variables->loader_info)
		claim(sorting, program_of_info(variables->loader_info), BY_VARIABLES,
		      LOADER_PATH "LoaderInfo" LOADER_GUID, variables->loader_info);
	else if (variables->path && program_of_path(variables->path, &program))
		claim(sorting, program, BY_VARIABLES, variables->path_source, variables->path);
}

/* -- words on the command line ----------------------------------------------------------------------- */

/*
 * GRUB puts BOOT_IMAGE= in front; syslinux does the same and leaves initrd= in place. systemd-boot and
 * firmware give the kernel's stub an initrd= with backslashes.
 */
static void claim_by_words(struct sorting *sorting)
{
	const struct parameter *image = facts_parameter(sorting->work->facts, "BOOT_IMAGE");
	const struct parameter *initrd = facts_parameter(sorting->work->facts, "initrd");
	const struct parameter *word = image ? image : initrd;
	enum boot_program program;

	if (image && image->value && (*image->value == '(' || !initrd))
		program = PROGRAM_GRUB;
	else if (image)
		program = PROGRAM_SYSLINUX;
	else if (initrd && initrd->value && strchr(initrd->value, '\\'))
		program = PROGRAM_SYSTEMD_BOOT;
	else
		return;
	/* rEFInd's entries look the same. */
	if (program == PROGRAM_SYSTEMD_BOOT && has_claim(sorting->claims, PROGRAM_OTHER))
		return;
	claim(sorting, program, BY_WORDS,
	      word->origin.source ? word->origin.source : "/proc/cmdline", word->text);
}

/* Whether systemd-boot chose an entry of its own, not one that goes on with another loader. */
static bool has_chosen_entry(struct boot_work *work)
{
	const char *id = work->variables.entry_selected;

	for (size_t i = 0; id && i < work->esps.count; i++)
		if (boot_find_file(work, work->esps.items[i],
				   arena_printf(work->arena, "loader/entries/%s", id), NULL) ||
		    boot_find_file(work, work->esps.items[i],
				   arena_printf(work->arena, "EFI/Linux/%s", id), NULL))
			return true;
	return false;
}

/* systemd-boot may have started GRUB: then the word that only GRUB adds is as good as its name. */
static void weigh_words(struct sorting *sorting)
{
	if (!has_claim(sorting->claims, PROGRAM_SYSTEMD_BOOT) || has_chosen_entry(sorting->work))
		return;
	for_each (item, sorting->claims)
		if (item->strength == BY_WORDS && item->program == PROGRAM_GRUB)
			item->strength = BY_VARIABLES;
}

/* -- files --------------------------------------------------------------------------------------------- */

static void claim_file(struct sorting *sorting, enum boot_program program, const char *path)
{
	if (path && host_exists(sorting->work->host, path) == 0)
		claim(sorting, program, BY_FILES, arena_printf(sorting->work->arena, "/%s", path),
		      "the file is there");
}

static void claim_esp_files(struct sorting *sorting, const char *esp)
{
	static const struct {
		const char *path;
		enum boot_program program;
	} rows[] = {
		{"loader/loader.conf", PROGRAM_SYSTEMD_BOOT},
		{"EFI/systemd/systemd-bootx64.efi", PROGRAM_SYSTEMD_BOOT},
		{"EFI/systemd/systemd-bootaa64.efi", PROGRAM_SYSTEMD_BOOT},
		{"limine.conf", PROGRAM_LIMINE},
		{"EFI/limine/limine.conf", PROGRAM_LIMINE},
	};
	struct boot_work *work = sorting->work;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		/* Every systemd-boot since 2015 sets LoaderInfo. */
		if (rows[i].program != PROGRAM_SYSTEMD_BOOT ||
		    !(work->variables.listed == YES ||
		      streq(work->facts->machine.firmware, "bios")))
			claim_file(sorting, rows[i].program,
				   boot_find_file(work, esp, rows[i].path, NULL));
}

static bool holds_images(struct boot_work *work, const char *folder)
{
	struct strings names;

	if (!folder || host_list(work->host, work->arena, folder, &names) < 0)
		return false;
	for (size_t i = 0; i < names.count; i++) {
		size_t length = strlen(names.items[i]);

		if (length > 4 && strcasecmp(names.items[i] + length - 4, ".efi") == 0)
			return true;
	}
	return false;
}

static void claim_by_files(struct sorting *sorting)
{
	static const struct {
		const char *path;
		enum boot_program program;
	} rows[] = {
		{"boot/grub/grub.cfg", PROGRAM_GRUB},
		{"boot/grub2/grub.cfg", PROGRAM_GRUB},
		{"boot/syslinux/syslinux.cfg", PROGRAM_SYSLINUX},
		{"boot/extlinux/extlinux.conf", PROGRAM_SYSLINUX},
		{"boot/extlinux.conf", PROGRAM_SYSLINUX},
		{"boot/limine/limine.conf", PROGRAM_LIMINE},
	};
	struct boot_work *work = sorting->work;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (!has_claim(sorting->claims, rows[i].program))
			claim_file(sorting, rows[i].program, rows[i].path);
	for (size_t i = 0; i < work->esps.count; i++) {
		const char *esp = work->esps.items[i];
		const char *images = boot_find_file(work, esp, "EFI/Linux", NULL);

		claim_esp_files(sorting, esp);
		if (!has_claim(sorting->claims, PROGRAM_SYSTEMD_BOOT) &&
		    work->variables.listed != YES && holds_images(work, images) &&
		    !streq(work->facts->machine.firmware, "bios"))
			claim_file(sorting, PROGRAM_STUB, images);
	}
}

/* Strongest first, the others in the order in which they were found. */
static void sort_claims(struct program_claims *claims)
{
	for (size_t i = 1; i < claims->count; i++)
		for (size_t j = i;
		     j > 0 && claims->items[j - 1].strength < claims->items[j].strength; j--) {
			struct program_claim weaker = claims->items[j - 1];

			claims->items[j - 1] = claims->items[j];
			claims->items[j] = weaker;
		}
}

void boot_claim_programs(struct boot_work *work, struct program_claims *ret_claims)
{
	struct sorting sorting = {.work = work, .claims = ret_claims};

	claim_by_variables(&sorting);
	claim_by_words(&sorting);
	weigh_words(&sorting);
	claim_by_files(&sorting);
	sort_claims(ret_claims);
}
