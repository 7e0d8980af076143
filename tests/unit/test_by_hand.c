/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people are told to type: for every check, on every family of distributions. */
#include "preflight/by_hand/by_hand.h"
#include "preflight/checks/check.h"
#include "tree.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void every_check_has_a_topic(void **state)
{
	(void)state;
	assert_true(check_count() > 60);
	for (size_t i = 0; i < check_count(); i++) {
		const struct check *check = check_at(i);

		if (check->by_hand <= BY_HAND_UNSET || check->by_hand >= BY_HAND_COUNT)
			fail_msg("%s names no topic", check->id);
	}
}

static bool is_used(enum by_hand topic)
{
	for (size_t i = 0; i < check_count(); i++)
		if (check_at(i)->by_hand == topic)
			return true;
	return false;
}

/* A line as the others are: no blanks at its ends or doubled, no control characters. */
static void assert_line(const char *topic, const char *text)
{
	size_t length = text ? strlen(text) : 0;

	if (!length || isspace((unsigned char)text[0]) || isspace((unsigned char)text[length - 1]))
		fail_msg("%s: \"%s\" is no line", topic, text ? text : "NULL");
	for (size_t i = 0; i < length; i++)
		if (iscntrl((unsigned char)text[i]) || (text[i] == ' ' && text[i + 1] == ' '))
			fail_msg("%s: \"%s\" holds odd blanks", topic, text);
}

/* Nothing that would hurt, and nothing that the reader's shell would take apart by surprise. */
static void assert_command(const char *topic, const char *command)
{
	static const char *const never[] = {
		"sudo",          /* "sudo echo x > file" writes as the user */
		"/boot/efi/EFI", /* a stub there is lost to grub2-mkconfig */
		"rm -",          "dd if", "mkfs", "echo 0 >", "/reset", "{", "}", "\n",
	};
	unsigned quotes = 0;

	assert_line(topic, command);
	for (size_t i = 0; i < ARRAY_SIZE(never); i++)
		if (strstr(command, never[i]))
			fail_msg("%s: \"%s\" holds \"%s\"", topic, command, never[i]);
	for (const char *at = command; *at; at++)
		quotes += *at == '"';
	assert_int_equal(quotes % 2, 0);
}

/* Steps stand without a gap; the last, or one of them, can be typed unless an edit is all there is. */
static void assert_steps(const char *topic, const struct by_hand_step *steps)
{
	bool ended = false;

	assert_non_null(steps[0].text);
	for (size_t i = 0; i < BY_HAND_STEPS; i++) {
		assert_true(!ended || (!steps[i].text && !steps[i].command));
		ended |= !steps[i].text;
		if (ended)
			continue;
		assert_line(topic, steps[i].text);
		assert_true(steps[i].text[strlen(steps[i].text) - 1] != '.');
		if (steps[i].command)
			assert_command(topic, steps[i].command);
	}
}

static void every_topic_has_steps_for_all_or_a_reason(void **state)
{
	(void)state;
	for (enum by_hand topic = BY_HAND_UNSET + 1; topic < BY_HAND_COUNT; topic++) {
		const struct by_hand_topic *row = by_hand_topic(topic);

		assert_line("name", row->name);
		assert_line(row->name, row->title);
		if (!is_used(topic))
			fail_msg("no check names %s", row->name);
		for (enum by_hand other = BY_HAND_UNSET; other < topic; other++)
			assert_string_not_equal(by_hand_topic(other)->name, row->name);
		if (row->intro)
			assert_line(row->name, row->intro);
		if (row->reason) {
			assert_line(row->name, row->reason);
			assert_null(row->everywhere[0].text);
			assert_null(row->intro);
		} else if (by_hand_is_everywhere(row)) {
			assert_steps(row->name, row->everywhere);
		}
		for (enum family family = 0; family < FAMILY_COUNT; family++) {
			if (row->reason || by_hand_is_everywhere(row))
				assert_null(row->families[family][0].text);
			else
				assert_steps(row->name, row->families[family]);
		}
	}
	assert_string_equal(by_hand_topic(BY_HAND_COUNT)->name, "unset");
	assert_string_equal(by_hand_topic((enum by_hand)1000)->name, "unset");
}

/* A family's commands are its own: another's tool is not there, or does something else. */
static void no_family_gets_another_s_tools(void **state)
{
	static const struct {
		const char *tool;
		bool known[FAMILY_COUNT];
	} tools[] = {
		{"update-grub", {[FAMILY_DEBIAN] = true, [FAMILY_PROXMOX] = true}},
		{"update-initramfs", {[FAMILY_DEBIAN] = true, [FAMILY_PROXMOX] = true}},
		{"apt ", {[FAMILY_DEBIAN] = true, [FAMILY_PROXMOX] = true}},
		{"dpkg", {[FAMILY_DEBIAN] = true, [FAMILY_PROXMOX] = true}},
		{"kernelstub", {[FAMILY_DEBIAN] = true}},
		{"proxmox-boot-tool", {[FAMILY_PROXMOX] = true}},
		{"grubby", {[FAMILY_FEDORA] = true}},
		{"rpm-ostree", {[FAMILY_FEDORA] = true}},
		{"dnf ", {[FAMILY_FEDORA] = true}},
		{"dracut", {[FAMILY_FEDORA] = true, [FAMILY_SUSE] = true, [FAMILY_DEBIAN] = true}},
		{"grub2-mkconfig", {[FAMILY_SUSE] = true}},
		{"sdbootutil", {[FAMILY_SUSE] = true}},
		{"transactional-update", {[FAMILY_SUSE] = true}},
		{"zypper", {[FAMILY_SUSE] = true}},
		{"grub-mkconfig", {[FAMILY_ARCH] = true}},
		{"mkinitcpio", {[FAMILY_ARCH] = true}},
		{"pacman", {[FAMILY_ARCH] = true}},
		{"booster", {[FAMILY_ARCH] = true}},
		{"nixos-rebuild", {[FAMILY_NIXOS] = true}},
	};

	(void)state;
	for (enum by_hand topic = 0; topic < BY_HAND_COUNT; topic++)
		for (enum family family = 0; family < FAMILY_COUNT; family++)
			for (size_t i = 0; i < BY_HAND_STEPS; i++) {
				const struct by_hand_step *step =
					&by_hand_topic(topic)->families[family][i];

				for (size_t t = 0; step->command && t < ARRAY_SIZE(tools); t++)
					if (strstr(step->command, tools[t].tool) &&
					    !tools[t].known[family])
						fail_msg("%s does not know \"%s\"",
							 family_name(family), step->command);
			}
}

/* Whether some step of the family is this command. */
static bool tells(enum by_hand topic, enum family family, const char *command)
{
	const struct by_hand_step *steps = by_hand_topic(topic)->families[family];

	for (size_t i = 0; i < BY_HAND_STEPS; i++)
		if (streq(steps[i].command, command))
			return true;
	return false;
}

static void the_commands_that_matter_most(void **state)
{
	static const struct {
		enum by_hand topic;
		enum family family;
		const char *command;
	} wanted[] = {
		{BY_HAND_ARGUMENT_ADD, FAMILY_DEBIAN, "update-grub"},
		{BY_HAND_ARGUMENT_ADD, FAMILY_DEBIAN, "kernelstub -a \"WORD\""},
		{BY_HAND_ARGUMENT_ADD, FAMILY_PROXMOX, "proxmox-boot-tool refresh"},
		{BY_HAND_ARGUMENT_ADD, FAMILY_PROXMOX, "update-grub"},
		{BY_HAND_ARGUMENT_ADD, FAMILY_FEDORA, "grubby --update-kernel=ALL --args=\"WORD\""},
		{BY_HAND_ARGUMENT_ADD, FAMILY_FEDORA,
		 "rpm-ostree kargs --append-if-missing=\"WORD\""},
		{BY_HAND_ARGUMENT_ADD, FAMILY_ARCH, "grub-mkconfig -o /boot/grub/grub.cfg"},
		{BY_HAND_ARGUMENT_ADD, FAMILY_ARCH, "mkinitcpio -P"},
		{BY_HAND_ARGUMENT_ADD, FAMILY_SUSE, "grub2-mkconfig -o /boot/grub2/grub.cfg"},
		{BY_HAND_ARGUMENT_ADD, FAMILY_NIXOS, "nixos-rebuild boot"},
		{BY_HAND_ARGUMENT_REMOVE, FAMILY_DEBIAN, "kernelstub -d \"WORD\""},
		{BY_HAND_ARGUMENT_REMOVE, FAMILY_FEDORA,
		 "grubby --update-kernel=ALL --remove-args=\"WORD\""},
		{BY_HAND_ARGUMENT_REMOVE, FAMILY_FEDORA,
		 "rpm-ostree kargs --delete-if-present=\"WORD\""},
		/* Without -k all only the newest kernel's image is built. */
		{BY_HAND_REBUILD_INITRAMFS, FAMILY_DEBIAN, "update-initramfs -u -k all"},
		{BY_HAND_REBUILD_INITRAMFS, FAMILY_PROXMOX, "update-initramfs -u -k all"},
		{BY_HAND_REBUILD_INITRAMFS, FAMILY_FEDORA, "dracut --force --regenerate-all"},
		{BY_HAND_REBUILD_INITRAMFS, FAMILY_ARCH, "mkinitcpio -P"},
		{BY_HAND_REBUILD_INITRAMFS, FAMILY_SUSE, "dracut --force --regenerate-all"},
		{BY_HAND_REBUILD_INITRAMFS, FAMILY_NIXOS, "nixos-rebuild boot"},
		{BY_HAND_MODPROBE, FAMILY_FEDORA,
		 "rpm-ostree initramfs-etc --track=/etc/modprobe.d/vfio.conf"},
		{BY_HAND_LOAD_EARLY, FAMILY_FEDORA, "dracut --force --regenerate-all"},
		/* grub2-mkconfig leaves the entries of RHEL 9.3 and later alone. */
		{BY_HAND_REGENERATE_BOOT, FAMILY_FEDORA,
		 "grubby --update-kernel=ALL --args=\"WORD\""},
		{BY_HAND_OTHER_KERNEL, FAMILY_PROXMOX, "proxmox-boot-tool kernel pin VERSION"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		if (!tells(wanted[i].topic, wanted[i].family, wanted[i].command))
			fail_msg("%s on %s lacks \"%s\"", by_hand_topic(wanted[i].topic)->name,
				 family_name(wanted[i].family), wanted[i].command);
}

static void the_topic_fits_the_check(void **state)
{
	static const struct {
		const char *id;
		enum by_hand topic;
	} rows[] = {
		{"iommu.disabled-by-kernel", BY_HAND_ARGUMENT_ADD},
		{"iommu.disabled-in-firmware", BY_HAND_FIRMWARE},
		{"iommu.parameter-unknown", BY_HAND_ARGUMENT_REMOVE},
		{"driver.not-bound", BY_HAND_BIND_NOW},
		{"driver.ids-match-too-many", BY_HAND_BY_ADDRESS},
		{"driver.signature-refused", BY_HAND_ENROLL_KEY},
		{"device.in-use-storage", BY_HAND_MOVE_FIRST},
		{"device.identity-changed", BY_HAND_MANIFEST},
		{"limits.memlock", BY_HAND_MEMLOCK},
		{"host.modules-removed", BY_HAND_REBOOT},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(check_find(rows[i].id)->by_hand, rows[i].topic);
}

static void families_of_hosts(void **state)
{
	static const struct {
		const char *platform, *id, *like;
		enum family family;
	} hosts[] = {
		{NULL, "debian", NULL, FAMILY_DEBIAN},
		{NULL, "ubuntu", "debian", FAMILY_DEBIAN},
		{NULL, "linuxmint", "ubuntu debian", FAMILY_DEBIAN},
		{"proxmox", "debian", NULL, FAMILY_PROXMOX},
		{NULL, "fedora", NULL, FAMILY_FEDORA},
		{"ostree", "bazzite", "fedora", FAMILY_FEDORA},
		{NULL, "rocky", "rhel centos fedora", FAMILY_FEDORA},
		{NULL, "ol", "fedora", FAMILY_FEDORA},
		{NULL, "arch", NULL, FAMILY_ARCH},
		{NULL, "endeavouros", "arch", FAMILY_ARCH},
		{NULL, "opensuse-tumbleweed", "opensuse suse", FAMILY_SUSE},
		{NULL, "opensuse-leap", NULL, FAMILY_SUSE},
		{"microos", "opensuse-microos", "suse opensuse", FAMILY_SUSE},
		{NULL, "sles", "suse", FAMILY_SUSE},
		{"nixos", "nixos", NULL, FAMILY_NIXOS},
		{NULL, "gentoo", NULL, FAMILY_COUNT},
		{NULL, "debianish", "archaic  fedoras", FAMILY_COUNT},
		{NULL, "x", "  arch  ", FAMILY_ARCH},
		{"unraid", NULL, NULL, FAMILY_COUNT},
		{NULL, "", "", FAMILY_COUNT},
		{NULL, NULL, NULL, FAMILY_COUNT},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
		struct machine_facts machine = {.platform = hosts[i].platform,
						.distro_id = hosts[i].id,
						.distro_like = hosts[i].like};

		if (family_of(&machine) != hosts[i].family)
			fail_msg("%s is not of its family", hosts[i].id ? hosts[i].id : "NULL");
	}
	assert_null(family_name(FAMILY_COUNT));
	assert_null(family_title(FAMILY_COUNT));
	assert_string_equal(family_title(FAMILY_FEDORA), "Fedora, RHEL");
}

static void the_family_is_read_from_a_host(void **state)
{
	struct tree *tree = tree_new("file etc/os-release\n"
				     "| NAME=\"Pop!_OS\"\n"
				     "| ID=pop\n"
				     "| ID_LIKE=\"ubuntu debian\"\n");

	(void)state;
	assert_string_equal(tree_facts(tree)->machine.distro_like, "ubuntu debian");
	assert_int_equal(family_of(&tree_facts(tree)->machine), FAMILY_DEBIAN);
	tree_free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_check_has_a_topic),
		cmocka_unit_test(every_topic_has_steps_for_all_or_a_reason),
		cmocka_unit_test(no_family_gets_another_s_tools),
		cmocka_unit_test(the_commands_that_matter_most),
		cmocka_unit_test(the_topic_fits_the_check),
		cmocka_unit_test(families_of_hosts),
		cmocka_unit_test(the_family_is_read_from_a_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
