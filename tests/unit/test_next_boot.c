/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "next_made.h"

#define IDS     "options vfio-pci ids=10de:2484\n"
#define SOFTDEP "softdep nouveau pre: vfio-pci\n"

static void assert_next(const struct device *device, const char *driver, enum next_reason reason)
{
	assert_int_equal(device->next_known, YES);
	if (driver)
		assert_string_equal(device->next_driver, driver);
	else
		assert_null(device->next_driver);
	assert_int_equal(device->next_reason, reason);
}

/* Configuration on disk, and what the image has of it. */
static struct device *predict(struct facts **ret_facts, const char *disk, const char *modules,
			      const char *inside, const char *cmdline)
{
	struct facts *facts = healthy_intel();
	struct device *gpu = made_gpu(facts, "nouveau");
	struct initramfs_image *image;

	made_modprobe(facts, disk);
	made_entry(facts, cmdline);
	image = made_image(facts, modules);
	if (inside)
		made_image_file(facts, image, "etc/modprobe.d/vfio.conf", inside);
	next_boot_predict(facts);
	*ret_facts = facts;
	return gpu;
}

static void softdep_orders_the_root(void **state)
{
	struct facts *facts;
	/* nouveau is not in the image: the root file system decides. */
	struct device *gpu = predict(&facts, IDS SOFTDEP, "nvme ext4", NULL, "quiet");

	(void)state;
	assert_next(gpu, "vfio-pci", NEXT_SOFTDEP);
	assert_int_equal(gpu->handover_asked, YES);
	assert_string_equal(gpu->handover_origin.source, "/etc/modprobe.d/vfio.conf");
	facts_free(facts);
}

static void ids_alone_order_nothing(void **state)
{
	struct facts *facts;
	struct device *gpu = predict(&facts, IDS, "nvme ext4", NULL, "quiet");

	(void)state;
	assert_next(gpu, "nouveau", NEXT_RIVAL_FIRST);
	facts_free(facts);
}

static void rival_in_the_image_without_vfio(void **state)
{
	struct facts *facts;
	struct device *gpu = predict(&facts, IDS SOFTDEP, "nouveau nvme", IDS SOFTDEP, "quiet");

	(void)state;
	assert_next(gpu, "nouveau", NEXT_RIVAL_IN_INITRAMFS);
	facts_free(facts);
}

static void both_in_the_image_need_the_lines_inside(void **state)
{
	struct facts *facts;
	struct device *gpu = predict(&facts, IDS SOFTDEP, "nouveau vfio_pci", IDS SOFTDEP, "quiet");

	(void)state;
	assert_next(gpu, "vfio-pci", NEXT_SOFTDEP);
	facts_free(facts);
	/* The image was built before the lines were written. */
	gpu = predict(&facts, IDS SOFTDEP, "nouveau vfio_pci", "", "quiet");
	assert_next(gpu, "nouveau", NEXT_IDS_NOT_SEEN);
	facts_free(facts);
	/* ids on the command line reach it all the same, but nothing orders the two. */
	gpu = predict(&facts, IDS SOFTDEP, "nouveau vfio_pci", "", "quiet vfio-pci.ids=10de:2484");
	assert_next(gpu, "nouveau", NEXT_RIVAL_FIRST);
	facts_free(facts);
}

static void blacklist_needs_something_that_loads_vfio(void **state)
{
	struct facts *facts;
	struct device *gpu = predict(&facts, IDS "blacklist nouveau\n", "nvme", NULL, "quiet");

	(void)state;
	assert_next(gpu, NULL, NEXT_VFIO_NOT_LOADED);
	*ARRAY_ADD(facts->arena, &facts->handover.loads) =
		(struct load_request){"vfio_pci", {"/etc/modules", 5, "vfio-pci"}};
	next_boot_predict(facts);
	assert_next(gpu, "vfio-pci", NEXT_RIVALS_BLOCKED);
	facts_free(facts);
}

static void modules_loaded_in_the_image_come_after_coldplug(void **state)
{
	struct facts *facts;
	struct device *gpu = predict(&facts, IDS, "nouveau vfio_pci", IDS, "quiet");

	(void)state;
	/* conf/modules is read after udev's coldplug (initramfs-tools init). */
	made_image_file(facts, &facts->initramfs.images.items[0], "conf/modules", "vfio_pci\n");
	next_boot_predict(facts);
	assert_next(gpu, "nouveau", NEXT_RIVAL_FIRST);
	facts_free(facts);
	/* Without a rival in the image that is early enough: it keeps the ids it was given there. */
	gpu = predict(&facts, IDS, "nvme vfio_pci", IDS, "quiet");
	made_image_file(facts, &facts->initramfs.images.items[0], "conf/modules", "vfio_pci\n");
	next_boot_predict(facts);
	assert_next(gpu, "vfio-pci", NEXT_RIVALS_BLOCKED);
	facts_free(facts);
}

static void scripts_before_udev_are_early(void **state)
{
	struct facts *facts;
	struct device *gpu = predict(&facts, IDS, "nouveau vfio_pci", IDS, "quiet");
	struct initramfs_image *image = &facts->initramfs.images.items[0];

	(void)state;
	made_image_file(facts, image, "scripts/init-top/00-vfio", "modprobe vfio-pci\n");
	strings_add(facts->arena, &image->names, "00-vfio");
	strings_add(facts->arena, &image->names, "udev");
	next_boot_predict(facts);
	assert_next(gpu, "vfio-pci", NEXT_EARLY);
	image->names.items[0] = "udev";
	image->names.items[1] = "00-vfio";
	next_boot_predict(facts);
	assert_next(gpu, "nouveau", NEXT_RIVAL_FIRST);
	facts_free(facts);
}

static void early_words_of_dracut_and_mkinitcpio(void **state)
{
	struct facts *facts;
	struct device *gpu =
		predict(&facts, IDS, "nouveau vfio_pci", IDS, "quiet rd.driver.pre=vfio-pci");

	(void)state;
	facts->initramfs.generator = GENERATOR_DRACUT;
	next_boot_predict(facts);
	assert_next(gpu, "vfio-pci", NEXT_EARLY);
	facts_free(facts);
	gpu = predict(&facts, IDS, "nouveau vfio_pci", IDS, "quiet");
	facts->initramfs.generator = GENERATOR_MKINITCPIO;
	made_image_file(facts, &facts->initramfs.images.items[0], "config",
			"MODULES=\"vfio_pci vfio nouveau\"\n");
	next_boot_predict(facts);
	assert_next(gpu, "vfio-pci", NEXT_EARLY);
	facts_free(facts);
}

static void built_in_rival_wins(void **state)
{
	struct facts *facts;
	struct device *gpu = predict(&facts, IDS SOFTDEP, "nvme", NULL, "quiet");

	(void)state;
	strings_add(facts->arena, &facts->modules.builtin, "nouveau");
	next_boot_predict(facts);
	assert_next(gpu, "nouveau", NEXT_RIVAL_BUILT_IN);
	facts_free(facts);
}

static void built_in_vfio_reads_the_command_line_only(void **state)
{
	struct facts *facts;
	struct device *gpu = predict(&facts, IDS SOFTDEP, "nvme", NULL, "quiet");

	(void)state;
	strings_add(facts->arena, &facts->modules.builtin, "vfio_pci");
	next_boot_predict(facts);
	assert_next(gpu, "nouveau", NEXT_IDS_NOT_SEEN);
	assert_result(facts, NULL, "driver.builtin-ignores-modprobe", "fail");
	facts_free(facts);
	gpu = predict(&facts, IDS, "nvme", NULL, "quiet vfio-pci.ids=10de:2484");
	strings_add(facts->arena, &facts->modules.builtin, "vfio_pci");
	next_boot_predict(facts);
	assert_next(gpu, "vfio-pci", NEXT_EARLY);
	assert_result(facts, NULL, "driver.builtin-ignores-modprobe", "pass");
	facts_free(facts);
}

static void overrides_by_address(void **state)
{
	struct facts *facts;
	struct device *gpu = predict(&facts, "", "nvme", NULL, "quiet");

	(void)state;
	assert_int_equal(gpu->handover_asked, NO);
	assert_next(gpu, "nouveau", NEXT_NOT_ASKED);
	*ARRAY_ADD(facts->arena, &facts->handover.overrides) =
		(struct override_rule){"0000:01:00.0",
				       -1,
				       -1,
				       "vfio-pci",
				       {"/etc/driverctl.d/0000:01:00.0", 1, "vfio-pci"}};
	next_boot_predict(facts);
	assert_int_equal(gpu->handover_asked, YES);
	assert_next(gpu, "vfio-pci", NEXT_OVERRIDE);
	facts_free(facts);
}

static void without_the_image_nothing_is_proven(void **state)
{
	struct facts *facts;
	struct device *gpu = predict(&facts, IDS SOFTDEP, "nvme", NULL, "quiet");

	(void)state;
	facts->initramfs.images.items[0].read = UNKNOWN;
	gpu->next_known = UNKNOWN;
	next_boot_predict(facts);
	assert_int_equal(gpu->next_known, UNKNOWN);
	assert_null(gpu->next_driver);
	assert_result(facts, gpu, "driver.host-driver-first", "unknown");
	facts_free(facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(softdep_orders_the_root),
		cmocka_unit_test(ids_alone_order_nothing),
		cmocka_unit_test(rival_in_the_image_without_vfio),
		cmocka_unit_test(both_in_the_image_need_the_lines_inside),
		cmocka_unit_test(blacklist_needs_something_that_loads_vfio),
		cmocka_unit_test(modules_loaded_in_the_image_come_after_coldplug),
		cmocka_unit_test(scripts_before_udev_are_early),
		cmocka_unit_test(early_words_of_dracut_and_mkinitcpio),
		cmocka_unit_test(built_in_rival_wins),
		cmocka_unit_test(built_in_vfio_reads_the_command_line_only),
		cmocka_unit_test(overrides_by_address),
		cmocka_unit_test(without_the_image_nothing_is_proven),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
