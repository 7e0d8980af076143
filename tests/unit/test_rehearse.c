/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A rehearsal against a stand-in for the kernel: what is asked, in which order, and what is left. */
#include "vfio_made.h"
#include "commands/rehearsal_json.h"
#include "report/document_read.h"
#include "report/text_rehearsal.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* A machine and a rehearsal on it; fields may be changed between begin and run. */
struct stage {
	struct vfio_made made;
	struct rehearse_options options;
	struct rehearsal rehearsal;
};

static void run(struct stage *stage)
{
	struct rehearse_calls calls = vfio_made_calls(&stage->made);

	rehearse_run(stage->made.facts, &calls, &stage->options, stage->made.facts->arena,
		     &stage->rehearsal);
}

/* "open-container api-version …", failed ones with "!", skipped ones with "?". */
static void assert_steps(struct stage *stage, const char *expected)
{
	struct arena *arena = stage->made.facts->arena;
	static const char *const marks[] = {"", "!", "?"};
	struct strings names = {0};

	for_each (step, &stage->rehearsal)
		strings_add(arena, &names,
			    arena_printf(arena, "%s%s", marks[step->result], step->call));
	assert_string_equal(strings_join(arena, &names, " "), expected);
}

#define GROUP_STEPS                                                                                \
	"open-container api-version extension open-group group-status set-container set-iommu "    \
	"iommu-info map map"
#define DEVICE_STEPS "open-device device-info region region interrupt interrupt"

static const struct rehearse_step *step_of(const struct stage *stage, enum rehearse_call call,
					   enum rehearse_result result)
{
	const struct rehearse_step *step = vfio_made_step(&stage->rehearsal, call, result);

	assert_non_null(step);
	return step;
}

/* -- without opening -------------------------------------------------------------------------------------- */

static void good(void **state)
{
	struct stage stage = {0};

	(void)state;
	vfio_made_begin(&stage.made);
	run(&stage);
	assert_steps(&stage, GROUP_STEPS " ?open-device");
	assert_int_equal(rehearse_verdict(&stage.rehearsal), REHEARSE_PASSED);
	/* No device was touched, and everything was unmapped before the container was closed. */
	assert_string_equal(stage.made.events, "");
	assert_int_equal(stage.made.left, 0);
	assert_int_equal(stage.made.pinned_most, 2 << 20);
	assert_string_equal(step_of(&stage, CALL_IOMMU_INFO, REHEARSE_PASS)->detail,
			    "0x0-0xfedfffff, 0xfef00000-0x7fffffffff");
	assert_int_equal(step_of(&stage, CALL_SET_IOMMU, REHEARSE_PASS)->group, 17);
	vfio_made_end(&stage.made);
}

static void memory_around_the_hole(void **state)
{
	struct stage stage = {.options = {.memory = UINT64_C(16) << 30}};

	(void)state;
	vfio_made_begin(&stage.made);
	run(&stage);
	/* The stand-in refuses the MSI window, overlaps, and what lies beyond. */
	assert_steps(&stage, GROUP_STEPS " map ?open-device");
	assert_int_equal(stage.made.pinned_most, UINT64_C(16) << 30);
	assert_int_equal(stage.made.left, 0);
	assert_string_equal(stage.rehearsal.items[10].what, "map 16 GiB for the device");
	vfio_made_end(&stage.made);
}

static void no_memory_to_spare(void **state)
{
	static const struct {
		uint64_t available, total;
		const char *cause;
	} hosts[] = {
		{UINT64_C(16) << 30, UINT64_C(64) << 30,
		 "The host has 16 GiB available and keeps 2 GiB of it: mapping 16 GiB could take "
		 "it "
		 "down."},
		{UINT64_C(100) << 20, UINT64_C(1) << 30,
		 "The host has 100 MiB available and keeps 256 MiB of it: mapping 16 GiB could "
		 "take "
		 "it down."},
		{0, 0, "How much memory the host can spare is not known (/proc/meminfo)."},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
		struct stage stage = {.options = {.memory = UINT64_C(16) << 30}};

		vfio_made_begin(&stage.made);
		stage.made.limits.available = hosts[i].available;
		stage.made.limits.total = hosts[i].total;
		run(&stage);
		assert_steps(&stage, GROUP_STEPS " ?memory ?open-device");
		assert_string_equal(step_of(&stage, CALL_MEMORY, REHEARSE_SKIPPED)->cause,
				    hosts[i].cause);
		assert_int_equal(rehearse_verdict(&stage.rehearsal), REHEARSE_UNPROVEN);
		assert_int_equal(stage.made.pinned_most, 2 << 20);
		vfio_made_end(&stage.made);
	}
}

/* Somebody else takes memory while it is mapped: it stops, and gives back. */
static int shrinking_limits(void *context, struct rehearse_limits *ret_limits)
{
	struct vfio_made *made = context;

	*ret_limits = made->limits;
	if (made->pinned > UINT64_C(4) << 30)
		ret_limits->available = UINT64_C(1) << 30;
	return 0;
}

static void memory_goes_while_mapping(void **state)
{
	struct stage stage = {.options = {.memory = UINT64_C(16) << 30}};
	struct rehearse_calls calls;

	(void)state;
	vfio_made_begin(&stage.made);
	calls = vfio_made_calls(&stage.made);
	calls.limits = shrinking_limits;
	rehearse_run(stage.made.facts, &calls, &stage.options, stage.made.facts->arena,
		     &stage.rehearsal);
	assert_int_equal(rehearse_verdict(&stage.rehearsal), REHEARSE_UNPROVEN);
	assert_true(stage.made.pinned_most < UINT64_C(5) << 30);
	assert_int_equal(stage.made.left, 0);
	vfio_made_end(&stage.made);
}

static void addresses_run_out(void **state)
{
	struct stage stage = {.options = {.memory = UINT64_C(16) << 30}};

	(void)state;
	vfio_made_begin(&stage.made);
	stage.made.last_address = (UINT64_C(8) << 30) - 1;
	run(&stage);
	assert_steps(&stage, GROUP_STEPS " !iommu-info ?open-device");
	assert_int_equal(stage.made.left, 0);
	vfio_made_end(&stage.made);
}

static void memlock_of_a_user(void **state)
{
	struct stage stage = {.options = {.memory = UINT64_C(4) << 20}};

	(void)state;
	vfio_made_begin(&stage.made);
	stage.made.limits.may_exceed = false;
	stage.made.limits.memlock = 64 << 10;
	run(&stage);
	/* One page fits, 2 MiB do not: that is the kernel's own answer. 4 MiB are not even tried. */
	assert_steps(&stage,
		     "open-container api-version extension open-group group-status set-container "
		     "set-iommu iommu-info map !map !memory ?open-device");
	assert_int_equal(step_of(&stage, CALL_MAP, REHEARSE_FAIL)->error, ENOMEM);
	assert_non_null(strstr(step_of(&stage, CALL_MAP, REHEARSE_FAIL)->cause, "is 64 KiB"));
	vfio_made_end(&stage.made);
}

/* -- with opening ----------------------------------------------------------------------------------------- */

static void opened(void **state)
{
	struct stage stage = {.options = {.open = true}};

	(void)state;
	vfio_made_begin(&stage.made);
	run(&stage);
	assert_steps(&stage, GROUP_STEPS " " DEVICE_STEPS " reset");
	assert_int_equal(rehearse_verdict(&stage.rehearsal), REHEARSE_PASSED);
	/* Only the target; its neighbour in the group stays as it is. */
	assert_string_equal(stage.made.events, "open 0000:01:00.0; reset 0000:01:00.0; ");
	vfio_made_end(&stage.made);
}

/* Its reset would take functions away that were not asked for. */
static void physical_function_with_virtual_ones(void **state)
{
	struct stage stage = {.options = {.open = true}};

	(void)state;
	vfio_made_begin(&stage.made);
	stage.made.cdev = true;
	stage.made.facts->devices.items[0].sriov_active = 4;
	run(&stage);
	assert_steps(&stage, GROUP_STEPS " ?open-device ?bind-iommufd");
	assert_int_equal(rehearse_verdict(&stage.rehearsal), REHEARSE_UNPROVEN);
	assert_string_equal(stage.made.events, "");
	vfio_made_end(&stage.made);
}

static void bus_reset_of_strangers(void **state)
{
	struct stage stage = {.options = {.open = true}};
	const struct rehearse_step *step;

	(void)state;
	vfio_made_begin(&stage.made);
	stage.made.no_reset = true;
	run(&stage);
	assert_steps(&stage, GROUP_STEPS " " DEVICE_STEPS " hot-reset-info ?hot-reset");
	step = step_of(&stage, CALL_HOT_RESET_INFO, REHEARSE_PASS);
	assert_string_equal(step->detail, "0000:01:00.0, 0000:01:00.1");
	step = step_of(&stage, CALL_HOT_RESET, REHEARSE_SKIPPED);
	assert_non_null(strstr(step->cause, "a bus reset would hit 0000:01:00.1,"));
	assert_string_equal(stage.made.events, "open 0000:01:00.0; ");
	vfio_made_end(&stage.made);
}

static void bus_reset_of_an_unknown_function(void **state)
{
	struct stage stage = {.options = {.open = true}};

	(void)state;
	vfio_made_begin(&stage.made);
	stage.made.no_reset = true;
	stage.made.facts->devices.count = 1; /* 0000:01:00.1 appeared later */
	stage.made.facts->groups.items[0].devices.count = 1;
	run(&stage);
	(void)step_of(&stage, CALL_HOT_RESET, REHEARSE_SKIPPED);
	assert_string_equal(stage.made.events, "open 0000:01:00.0; ");
	vfio_made_end(&stage.made);
}

/* A card whose functions have groups of their own: the reset needs both. */
static void bus_reset_over_two_groups(void **state)
{
	struct stage stage = {.options = {.open = true}};
	struct device *second;
	struct facts *facts;
	struct group *group;

	(void)state;
	vfio_made_begin(&stage.made);
	facts = stage.made.facts;
	stage.made.no_reset = true;
	stage.made.other_group = 18;
	group = arena_alloc(facts->arena, sizeof(*group));
	group->id = 18;
	second = &facts->devices.items[1];
	second->group = group;
	second->target = true;
	facts->groups.items[0].devices.count = 1;
	*ARRAY_ADD(facts->arena, &group->devices) = second;
	run(&stage);
	assert_steps(&stage, GROUP_STEPS " " DEVICE_STEPS " hot-reset-info hot-reset");
	assert_string_equal(stage.made.events, "open 0000:01:00.0; bus-reset 0000:01; ");
	vfio_made_end(&stage.made);
}

static void iommufd(void **state)
{
	struct stage stage = {.options = {.open = true}};

	(void)state;
	vfio_made_begin(&stage.made);
	stage.made.cdev = true;
	run(&stage);
	assert_steps(&stage, GROUP_STEPS " " DEVICE_STEPS
					 " reset open-cdev bind-iommufd address-space attach "
					 "iommu-info map map");
	assert_string_equal(stage.made.events, "open 0000:01:00.0; reset 0000:01:00.0; "
					       "bind 0000:01:00.0; detach 0000:01:00.0; ");
	assert_int_equal(stage.made.left, 0);
	vfio_made_end(&stage.made);
}

static void only_iommufd(void **state)
{
	(void)state;
	for (int open = 0; open < 2; open++) {
		struct stage stage = {.options = {.open = open, .memory = UINT64_C(1) << 30}};

		vfio_made_begin(&stage.made);
		stage.made.cdev = stage.made.no_container = true;
		run(&stage);
		assert_steps(&stage, open ? "open-cdev bind-iommufd address-space attach "
					    "iommu-info map map map"
					  : "?bind-iommufd");
		assert_int_equal(rehearse_verdict(&stage.rehearsal),
				 open ? REHEARSE_PASSED : REHEARSE_UNPROVEN);
		vfio_made_end(&stage.made);
	}
}

/* -- who may and who may not -------------------------------------------------------------------------------- */

static void not_root(void **state)
{
	struct stage stage = {0};

	(void)state;
	vfio_made_begin(&stage.made);
	stage.made.facts->machine.running_as_root = NO;
	stage.made.fail = CALL_OPEN_GROUP;
	stage.made.error = EACCES;
	run(&stage);
	assert_steps(&stage, "open-container api-version extension ?open-group");
	assert_int_equal(rehearse_verdict(&stage.rehearsal), REHEARSE_UNPROVEN);
	vfio_made_end(&stage.made);
}

static void another_version(void **state)
{
	struct stage stage = {0};

	(void)state;
	vfio_made_begin(&stage.made);
	stage.made.version = 1;
	run(&stage);
	assert_steps(&stage, "open-container !api-version");
	vfio_made_end(&stage.made);
}

static void refusals(void **state)
{
	struct vfio_made made;
	struct error error = {0};
	struct device *device;

	(void)state;
	vfio_made_begin(&made);
	device = &made.facts->devices.items[0];
	assert_int_equal(rehearse_refuse(made.facts, &error), 0);
	device->vfio_driver = false;
	device->driver = "nouveau";
	assert_int_equal(rehearse_refuse(made.facts, &error), -EBUSY);
	assert_non_null(strstr(error.message, "0000:01:00.0 is with nouveau, not with a VFIO"));
	device->vfio_driver = true;
	/* A VM that has another function of the group has the group. */
	made.facts->devices.items[1].state = STATE_ASSIGNED;
	made.facts->devices.items[1].assigned_pid = 812;
	made.facts->devices.items[1].assigned_name = "qemu-system-x86";
	assert_int_equal(rehearse_refuse(made.facts, &error), -EBUSY);
	assert_non_null(
		strstr(error.message, "0000:01:00.1 is in use by qemu-system-x86 (process 812)"));
	made.facts->devices.items[1].state = STATE_DETACHED;
	device->group = NULL;
	assert_int_equal(rehearse_refuse(made.facts, &error), -EBUSY);
	assert_non_null(strstr(error.message, "no IOMMU group"));
	device->is_bridge = true;
	assert_int_equal(rehearse_refuse(made.facts, &error), -EBUSY);
	assert_non_null(strstr(error.message, "is a bridge"));
	made.facts->live = false;
	assert_int_equal(rehearse_refuse(made.facts, &error), -EINVAL);
	vfio_made_end(&made);
}

/* preflight goes on with the others: nothing of an obstacle is opened. */
static void obstacles_are_left_alone(void **state)
{
	struct stage stage = {.options = {.open = true}};
	struct device *device;

	(void)state;
	vfio_made_begin(&stage.made);
	device = &stage.made.facts->devices.items[0];
	device->vfio_driver = false;
	device->driver = NULL;
	run(&stage);
	assert_steps(&stage, "?open-group");
	assert_int_equal(rehearse_verdict(&stage.rehearsal), REHEARSE_UNPROVEN);
	assert_string_equal(stage.made.events, "");
	vfio_made_end(&stage.made);
}

static void virtual_function_needs_token(void **state)
{
	struct stage stage = {0};

	(void)state;
	vfio_made_begin(&stage.made);
	stage.made.facts->devices.items[0].physfn = &stage.made.facts->devices.items[1];
	run(&stage);
	assert_steps(&stage, GROUP_STEPS " ?open-device ?open-device");
	assert_non_null(strstr(stage.rehearsal.items[10].cause, "0000:01:00.1 is with vfio-pci"));
	assert_non_null(strstr(stage.rehearsal.items[10].remedy, "vf-token="));
	vfio_made_end(&stage.made);
}

/* -- the log ---------------------------------------------------------------------------------------------- */

static void log_of_others(void **state)
{
	static const char *const records[] = {
		/* What a program wrote as if it were the kernel, and what is about another device. */
		"12,7,1000000,-;vfio-pci 0000:01:00.0: No interrupt remapping support\n",
		"6,7,1000000,-;usb 1-1: new high-speed USB device number 2 using xhci_hcd\n",
		"",
		";",
		"6,7,1000000,-",
		"6,\xff\xff,;vfio\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(records); i++) {
		struct stage stage = {0};

		vfio_made_begin(&stage.made);
		stage.made.fail = CALL_SET_IOMMU;
		stage.made.error = EPERM;
		stage.made.log = records[i];
		run(&stage);
		assert_int_equal(step_of(&stage, CALL_SET_IOMMU, REHEARSE_FAIL)->evidence.count, 0);
		vfio_made_end(&stage.made);
	}
}

/* -- in the document of preflight --------------------------------------------------------------------------- */

static json_object *document_of(const char *verdict)
{
	char text[256];

	(void)snprintf(text, sizeof(text),
		       "{\"devices\": [{\"address\": \"0000:01:00.0\", \"verdict\": \"%s\"}], "
		       "\"rehearsal\": null, \"verdict\": \"%s\"}",
		       verdict, verdict);
	return json_tokener_parse(text);
}

static void assert_verdict(struct stage *stage, enum verdict before, enum verdict after)
{
	json_object *document = document_of(verdict_name(before));
	json_object *device = json_object_array_get_idx(get(document, "devices"), 0);

	assert_int_equal(
		rehearsal_into_document(document, stage->made.facts, &stage->rehearsal, before),
		after);
	assert_true(is(document, "verdict", verdict_name(after)));
	assert_true(is(device, "verdict", verdict_name(after)));
	assert_int_equal(array_length(get(document, "rehearsal")), stage->rehearsal.count);
	json_object_put(document);
}

static void never_ready_against_the_kernel(void **state)
{
	struct stage stage = {0};
	json_object *steps, *step;

	(void)state;
	vfio_made_begin(&stage.made);
	run(&stage);
	assert_verdict(&stage, VERDICT_READY, VERDICT_READY);
	assert_verdict(&stage, VERDICT_REBOOT, VERDICT_REBOOT);
	stage.made.fail = CALL_SET_IOMMU;
	stage.made.error = EPERM;
	run(&stage);
	assert_verdict(&stage, VERDICT_READY, VERDICT_NOT_READY);
	assert_verdict(&stage, VERDICT_UNKNOWN, VERDICT_UNKNOWN);
	steps = rehearsal_json(&stage.rehearsal);
	step = json_object_array_get_idx(steps, 6);
	assert_true(is(step, "call", "set-iommu"));
	assert_true(is(step, "result", "fail"));
	assert_true(is(step, "errno", "EPERM"));
	json_object_put(steps);
	stage.made.fail = CALL_OPEN_GROUP;
	stage.made.error = EACCES;
	stage.made.facts->machine.running_as_root = NO;
	run(&stage);
	assert_verdict(&stage, VERDICT_READY, VERDICT_UNKNOWN);
	vfio_made_end(&stage.made);
}

/* -- for people ------------------------------------------------------------------------------------------- */

static void assert_text(struct stage *stage, bool brief, const char *expected)
{
	json_object *steps = rehearsal_json(&stage->rehearsal);
	struct text_style style = {.utf8 = true, .width = 80};
	char *text = NULL;
	size_t length = 0;

	style.stream = open_memstream(&text, &length);
	assert_non_null(style.stream);
	text_print_rehearsal(&style, steps, brief);
	assert_int_equal(fclose(style.stream), 0);
	assert_string_equal(text, expected);
	free(text);
	json_object_put(steps);
}

static void text_for_people(void **state)
{
	struct stage stage = {0};

	(void)state;
	vfio_made_begin(&stage.made);
	stage.made.fail = CALL_SET_IOMMU;
	stage.made.error = EPERM;
	stage.made.log =
		"4,991,12139363,-;vfio_iommu_type1_attach_group: No interrupt remapping "
		"support.  Use the module param \"allow_unsafe_interrupts\" to enable VFIO "
		"IOMMU support on this platform\n";
	run(&stage);
	assert_text(
		&stage, false,
		"group 17\n"
		"  ✓ open /dev/vfio/vfio\n"
		"  ✓ version of VFIO's interface\n"
		"  ✓ type 1 IOMMU offered\n"
		"  ✓ open /dev/vfio/17\n"
		"  ✓ the group is viable\n"
		"  ✓ put the group into a container\n"
		"  ✗ give it an IOMMU domain: EPERM\n"
		"      dmesg: [ 12.139363] vfio_iommu_type1_attach_group: No interrupt remapping\n"
		"             support. Use the module param \"allow_unsafe_interrupts\" to enable\n"
		"             VFIO IOMMU support on this platform\n"
		"      Interrupts are not remapped on this host: a VM could raise any interrupt\n"
		"      of the host through the device, so the kernel refuses.\n"
		"      fix: switch interrupt remapping on (firmware setup, and no intremap=off on\n"
		"           the kernel command line): vfiokit explain\n"
		"           iommu.interrupt-remapping-off tells how\n");
	run(&stage);
	assert_text(&stage, true,
		    "group 17\n"
		    "  – 0000:01:00.0 regions, interrupts, reset\n"
		    "      Not tried: opening a device resets it.\n"
		    "      fix: vfiokit rehearse --open tries them\n"
		    "  ✓ 10 steps passed\n");
	vfio_made_end(&stage.made);
}

int main(void)
{
	const struct CMUnitTest unit_tests[] = {
		cmocka_unit_test(good),
		cmocka_unit_test(memory_around_the_hole),
		cmocka_unit_test(no_memory_to_spare),
		cmocka_unit_test(memory_goes_while_mapping),
		cmocka_unit_test(addresses_run_out),
		cmocka_unit_test(memlock_of_a_user),
		cmocka_unit_test(opened),
		cmocka_unit_test(physical_function_with_virtual_ones),
		cmocka_unit_test(bus_reset_of_strangers),
		cmocka_unit_test(bus_reset_of_an_unknown_function),
		cmocka_unit_test(bus_reset_over_two_groups),
		cmocka_unit_test(iommufd),
		cmocka_unit_test(only_iommufd),
		cmocka_unit_test(not_root),
		cmocka_unit_test(another_version),
		cmocka_unit_test(refusals),
		cmocka_unit_test(obstacles_are_left_alone),
		cmocka_unit_test(virtual_function_needs_token),
		cmocka_unit_test(log_of_others),
		cmocka_unit_test(never_ready_against_the_kernel),
		cmocka_unit_test(text_for_people),
	};

	return cmocka_run_group_tests(unit_tests, NULL, NULL);
}
