/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Handing over by address inside the initramfs: scripts before udev, and rules that can lose a race. */
#include "next_made.h"
#include "preflight/next_boot/image_overrides.h"
#include "preflight/parse/udev_rules.h"

#include <cmocka.h>

#define SCRIPT                                                                                     \
	"#!/bin/sh\n# 0000:02:00.0 only in a comment\n"                                            \
	"echo vfio-pci > /sys/bus/pci/devices/$1/driver_override\n"                                \
	"override 0000:01:00.0 0x10de 0x2484\n"
#define RULE                                                                                       \
	"ACTION==\"add\", SUBSYSTEM==\"pci\", KERNEL==\"0000:01:00.0\", "                          \
	"ATTR{vendor}==\"0x10de\", "                                                               \
	"ATTR{device}==\"0x2484\", ATTR{driver_override}=\"vfio-pci\"\n"

struct made {
	struct facts *facts;
	struct device *gpu;
	struct initramfs_image *image;
};

static struct made make(void)
{
	struct made made = {.facts = healthy_intel()};

	made_entry(made.facts, "quiet");
	made.image = made_image(made.facts, "nouveau vfio_pci");
	made.gpu = made_gpu(made.facts, "nouveau");
	made_modprobe(made.facts, "");
	made.facts->modules.vfio_pci = YES;
	udev_rules_parse(made.facts->arena, "/etc/udev/rules.d/10-vfio.rules", RULE, strlen(RULE),
			 &made.facts->handover.overrides);
	return made;
}

static void add_init_top(struct made *made, const char *first, const char *second)
{
	strings_add(made->facts->arena, &made->image->names, first);
	strings_add(made->facts->arena, &made->image->names, second);
}

static void scripts_count_in_front_of_udev_only(void **state)
{
	struct made made = make();

	(void)state;
	add_init_top(&made, "00-vfio", "udev");
	made_image_file(made.facts, made.image, "scripts/init-top/00-vfio", SCRIPT);
	assert_int_equal(image_override_of(made.facts, made.image, made.gpu), IMAGE_OVERRIDE_EARLY);
	next_boot_predict(made.facts);
	assert_string_equal(made.gpu->next_driver, "vfio-pci");
	assert_int_equal(made.gpu->next_reason, NEXT_OVERRIDE);
	facts_free(made.facts);

	made = make();
	add_init_top(&made, "udev", "vfio");
	made_image_file(made.facts, made.image, "scripts/init-top/vfio", SCRIPT);
	assert_int_equal(image_override_of(made.facts, made.image, made.gpu), IMAGE_OVERRIDE_NONE);
	next_boot_predict(made.facts);
	assert_string_equal(made.gpu->next_driver, "nouveau");
	facts_free(made.facts);
}

static void the_ids_guard_the_address(void **state)
{
	struct made made = make();

	(void)state;
	add_init_top(&made, "00-vfio", "udev");
	made_image_file(made.facts, made.image, "scripts/init-top/00-vfio", SCRIPT);
	made.gpu->device_id = 0x2704;
	assert_int_equal(image_override_of(made.facts, made.image, made.gpu), IMAGE_OVERRIDE_NONE);
	assert_false(override_rule_matches(&made.facts->handover.overrides.items[0], made.gpu));
	made.gpu->address = "0000:02:00.0";
	made.gpu->device_id = 0x2484;
	assert_int_equal(image_override_of(made.facts, made.image, made.gpu), IMAGE_OVERRIDE_NONE);
	facts_free(made.facts);
}

static void a_built_in_driver_has_to_be_unbound(void **state)
{
	struct made made = make();

	(void)state;
	add_init_top(&made, "00-vfio", "udev");
	made_image_file(made.facts, made.image, "scripts/init-top/00-vfio", SCRIPT);
	strings_add(made.facts->arena, &made.facts->modules.builtin, "nouveau");
	next_boot_predict(made.facts);
	assert_string_equal(made.gpu->next_driver, "nouveau");
	made.image->files.count = 0;
	made_image_file(made.facts, made.image, "scripts/init-top/00-vfio",
			SCRIPT "echo $1 > /sys/bus/pci/devices/$1/driver/unbind\n");
	next_boot_predict(made.facts);
	assert_string_equal(made.gpu->next_driver, "vfio-pci");
	facts_free(made.facts);
}

static void hooks_of_dracut_and_mkinitcpio(void **state)
{
	static const struct {
		const char *path, *config;
		enum image_override expected;
	} rows[] = {
		{"usr/lib/dracut/hooks/pre-udev/00-vfio.sh", "", IMAGE_OVERRIDE_EARLY},
		{"var/lib/dracut/hooks/pre-trigger/00-vfio.sh", "", IMAGE_OVERRIDE_EARLY},
		{"usr/lib/dracut/hooks/pre-mount/00-vfio.sh", "", IMAGE_OVERRIDE_NONE},
		{"hooks/vfio", "EARLYHOOKS=\"udev vfio\"\n", IMAGE_OVERRIDE_EARLY},
		{"hooks/vfio", "EARLYHOOKS=\"udev vfio-other\"\nHOOKS=\"vfio\"\n",
		 IMAGE_OVERRIDE_NONE},
		{"hooks/vfio", "HOOKS=\"vfio\"\n", IMAGE_OVERRIDE_NONE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct made made = make();

		made_image_file(made.facts, made.image, rows[i].path, SCRIPT);
		made_image_file(made.facts, made.image, "config", rows[i].config);
		assert_int_equal(image_override_of(made.facts, made.image, made.gpu),
				 rows[i].expected);
		facts_free(made.facts);
	}
}

/* A twin that stays: its event loads nouveau, maybe before this one's rule has run. */
static void a_rule_can_lose_against_a_twin(void **state)
{
	struct made made = make();
	struct device *twin;

	(void)state;
	made_image_file(made.facts, made.image, "usr/lib/udev/rules.d/10-vfio.rules", RULE);
	next_boot_predict(made.facts);
	assert_string_equal(made.gpu->next_driver, "vfio-pci");
	facts_free(made.facts);

	made = make();
	made_image_file(made.facts, made.image, "usr/lib/udev/rules.d/10-vfio.rules", RULE);
	twin = facts_made_device(made.facts, "0000:02:00.0", 0x030000, "nouveau");
	strings_add(made.facts->arena, &twin->modules, "nouveau");
	made.gpu = facts_find_device(made.facts, "0000:01:00.0");
	next_boot_predict(made.facts);
	assert_string_not_equal(made.gpu->next_driver ? made.gpu->next_driver : "", "vfio-pci");
	facts_free(made.facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scripts_count_in_front_of_udev_only),
		cmocka_unit_test(the_ids_guard_the_address),
		cmocka_unit_test(a_built_in_driver_has_to_be_unbound),
		cmocka_unit_test(hooks_of_dracut_and_mkinitcpio),
		cmocka_unit_test(a_rule_can_lose_against_a_twin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
