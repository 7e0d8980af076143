/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checks_made.h"

#define BOOT "[    0.000000] Linux version 6.1.0\n"

/* A card of two functions behind a port, without a reset of its own. */
struct card {
	struct facts *facts;
	struct device *port, *gpu, *sound;
};

static struct card made_card(void)
{
	struct card card = {.facts = healthy_intel()};

	card.port = made_bridge(card.facts, "0000:00:01.0");
	card.gpu = made_function(card.facts, "0000:01:00.0", 0x10de, 0x2704, 0x030000, "vfio-pci");
	card.sound = made_function(card.facts, "0000:01:00.1", 0x10de, 0x22bb, 0x040300,
				   "snd_hda_intel");
	card.gpu->parent = card.sound->parent = card.port;
	strings_add(card.facts->arena, &card.gpu->reset_methods, "bus");
	made_group(card.facts, 1, (struct device *[]){card.gpu, card.sound}, 2);
	return card;
}

static void set_methods(struct facts *facts, struct device *device, const char *methods)
{
	device->reset_methods = (struct strings){0};
	while (*methods) {
		size_t length = strcspn(methods, " ");

		strings_add(facts->arena, &device->reset_methods,
			    arena_copy(facts->arena, methods, length));
		methods += length + (methods[length] == ' ');
	}
}

/* -- device.no-reset --------------------------------------------------------------------------------- */

static void functions_with_a_reset(void **state)
{
	static const char *const methods[] = {
		"flr", "af_flr bus", "pm", "pm bus", "device_specific", "acpi", "bus flr"};
	struct card card = made_card();
	_cleanup_facts_ struct facts *facts = card.facts;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		set_methods(facts, card.gpu, methods[i]);
		assert_result(facts, card.gpu, "device.no-reset", "pass");
	}
}

/* The kernel lists "bus" for function 0 also where its siblings forbid it. */
static void a_bus_reset_that_hits_others(void **state)
{
	struct card card = made_card();
	_cleanup_facts_ struct facts *facts = card.facts;
	struct finding finding = fails(facts, card.gpu, "device.no-reset", SEVERITY_WARNING,
				       "0000:01:00.0 can only be reset together with 0000:01:00.1");

	(void)state;
	assert_quotes(&finding, "/sys/bus/pci/devices/0000:01:00.0/reset_method", "bus");
	/* One that hits targets only is a reset. */
	card.sound->target = true;
	assert_result(facts, card.gpu, "device.no-reset", "pass");
	set_methods(facts, card.sound, "");
	assert_result(facts, card.sound, "device.no-reset", "pass");
	/* What vfio-pci has in the same group has the same owner; in another one it has not. */
	card.sound->target = false;
	card.sound->vfio_driver = true;
	assert_result(facts, card.gpu, "device.no-reset", "pass");
	made_group(facts, 2, &card.sound, 1);
	assert_result(facts, card.gpu, "device.no-reset", "fail");
	/* VFs vanish with their physical function; what is on another bus is not hit. */
	card.sound->physfn = card.gpu;
	assert_result(facts, card.gpu, "device.no-reset", "pass");
	card.sound->physfn = NULL;
	card.sound->bus = 2;
	assert_result(facts, card.gpu, "device.no-reset", "pass");
}

/* An AMD processor's graphics beside its security processor. */
static void a_bus_reset_that_hits_the_processor(void **state)
{
	struct card card = made_card();
	_cleanup_facts_ struct facts *facts = card.facts;

	(void)state;
	card.gpu->vendor_id = 0x1002;
	card.sound->vendor_id = 0x1022;
	card.sound->class_code = 0x108000;
	fails(facts, card.gpu, "device.no-reset", SEVERITY_WARNING,
	      "other functions of the processor: 0000:01:00.1");
}

static void no_reset_at_all(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *sound =
		made_function(facts, "0000:00:1f.3", 0x8086, 0xa170, 0x040300, "vfio-pci");
	struct finding finding =
		fails(facts, sound, "device.no-reset", SEVERITY_WARNING, "cannot be reset");

	(void)state;
	assert_quotes(&finding, "/sys/bus/pci/devices/0000:00:1f.3/reset_method", "none");
	assert_non_null(strstr(finding.cause, "root bus"));
}

static void models_without_a_bus_reset(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *port = made_bridge(facts, "0000:00:01.0");
	struct device *wifi = made_function(facts, "0000:02:00.0", 0x168c, 0x003c, 0x028000, NULL);

	(void)state;
	wifi->parent = port;
	set_methods(facts, wifi, "bus");
	fails(facts, wifi, "device.no-reset", SEVERITY_WARNING, "no bus reset there");
	wifi->vendor_id = 0x8086;
	assert_result(facts, wifi, "device.no-reset", "pass");
	/* A port behind which the kernel does none (quirk_no_bus_reset). */
	port->vendor_id = 0x177d;
	port->device_id = 0xa100;
	assert_result(facts, wifi, "device.no-reset", "fail");
	port->vendor_id = 0x8086;
	/* Alone on its bus, and the kernel does not offer it. */
	set_methods(facts, wifi, "");
	fails(facts, wifi, "device.no-reset", SEVERITY_WARNING, "no bus reset there");
	/* It has some method, and nobody knows which. */
	set_methods(facts, wifi, "unknown");
	assert_result(facts, wifi, "device.no-reset", "pass");
	wifi->is_bridge = true;
	assert_result(facts, wifi, "device.no-reset", "na");
}

/* Kernels before 5.15 list no methods: configuration space tells. */
static void resets_of_configuration_space(void **state)
{
	struct card card = made_card();
	_cleanup_facts_ struct facts *facts = card.facts;
	struct config_space *config = &card.gpu->config;
	struct finding finding;

	(void)state;
	card.gpu->reset_methods_known = UNKNOWN;
	config->flr = YES;
	assert_result(facts, card.gpu, "device.no-reset", "pass");
	config->flr = NO;
	config->af_flr = YES;
	assert_result(facts, card.gpu, "device.no-reset", "pass");
	config->af_flr = NO;
	config->pm = YES;
	config->pm_no_soft_reset = NO;
	assert_result(facts, card.gpu, "device.no-reset", "pass");
	config->pm_no_soft_reset = YES;
	finding = fails(facts, card.gpu, "device.no-reset", SEVERITY_WARNING, "together with");
	assert_quotes(&finding, "/sys/bus/pci/devices/0000:01:00.0/config", "neither FLR");
	config->capabilities = UNKNOWN;
	assert_unknown(facts, card.gpu, "device.no-reset",
		       "/sys/bus/pci/devices/0000:01:00.0/reset_method");
}

/* What a function announces and the kernel does not use is no reset. */
static void resets_that_the_kernel_does_not_use(void **state)
{
	struct card card = made_card();
	_cleanup_facts_ struct facts *facts = card.facts;

	(void)state;
	card.gpu->reset_methods_known = UNKNOWN;
	card.gpu->config.flr = YES;
	card.gpu->vendor_id = 0x1022;
	card.gpu->device_id = 0x149c;
	assert_result(facts, card.gpu, "device.no-reset", "fail");
	card.gpu->config.flr = NO;
	card.gpu->config.pm = YES;
	card.gpu->config.pm_no_soft_reset = NO;
	card.gpu->vendor_id = 0x1002;
	assert_result(facts, card.gpu, "device.no-reset", "fail");
	card.gpu->class_code = 0x040300;
	assert_result(facts, card.gpu, "device.no-reset", "pass");
}

/* -- device.reset-broken --------------------------------------------------------------------------------- */

static void a_model_that_does_not_come_back(void **state)
{
	struct card card = made_card();
	_cleanup_facts_ struct facts *facts = card.facts;
	struct finding finding;

	(void)state;
	assert_result(facts, card.gpu, "device.reset-broken", "pass");
	card.gpu->vendor_id = 0x1002;
	card.gpu->device_id = 0x731f;
	finding = fails(facts, card.gpu, "device.reset-broken", SEVERITY_WARNING, "AMD Navi 10");
	assert_quotes(&finding, "/sys/bus/pci/devices/0000:01:00.0/device", "1002:731f");
	assert_quotes(&finding, "reset_method", "bus");
	card.gpu->device_id = 0x73ff;
	assert_result(facts, card.gpu, "device.reset-broken", "pass");
	card.gpu->is_bridge = true;
	assert_result(facts, card.gpu, "device.reset-broken", "na");
}

static void vendor_reset_has_to_be_chosen(void **state)
{
	struct card card = made_card();
	_cleanup_facts_ struct facts *facts = card.facts;
	struct finding finding;

	(void)state;
	card.gpu->vendor_id = 0x1002;
	card.gpu->device_id = 0x731f;
	finding = fails(facts, card.gpu, "device.reset-broken", SEVERITY_WARNING, "AMD Navi 10");
	assert_non_null(strstr(finding.cause, "vendor-reset"));
	strings_add(facts->arena, &facts->modules.loaded, "vendor_reset");
	finding = fails(facts, card.gpu, "device.reset-broken", SEVERITY_WARNING,
			"does not use vendor-reset");
	assert_quotes(&finding, "/sys/bus/pci/devices/0000:01:00.0/reset_method", "bus");
	set_methods(facts, card.gpu, "device_specific bus");
	assert_result(facts, card.gpu, "device.reset-broken", "pass");
	/* Kernels before 5.15 list nothing; there the module comes first. */
	set_methods(facts, card.gpu, "unknown");
	card.gpu->reset_methods_derived = true;
	assert_result(facts, card.gpu, "device.reset-broken", "pass");
	card.gpu->reset_methods_derived = false;
	/* It has none for this one, whatever the list says. */
	card.gpu->device_id = 0x15bf;
	set_methods(facts, card.gpu, "device_specific");
	finding = fails(facts, card.gpu, "device.reset-broken", SEVERITY_WARNING, "780M");
	assert_null(strstr(finding.cause, "vendor-reset"));
}

/* The kernel has learned to leave this reset alone. */
static void a_model_that_newer_kernels_spare(void **state)
{
	struct card card = made_card();
	_cleanup_facts_ struct facts *facts = card.facts;
	struct finding finding;

	(void)state;
	card.gpu->vendor_id = 0x1022;
	card.gpu->device_id = 0x149c;
	facts->machine.kernel = "5.4.0-42-generic";
	finding =
		fails(facts, card.gpu, "device.reset-broken", SEVERITY_WARNING, "AMD Matisse USB");
	assert_string_equal(finding.remedies[0].text, "boot kernel 5.8 or newer");
	/* It has happened already: the kernel is still the cause. */
	set_log(facts,
		BOOT "[  912.1] vfio-pci 0000:01:00.0: not ready 65535ms after FLR; giving up\n");
	finding = fails(facts, card.gpu, "device.reset-broken", SEVERITY_BLOCKER, "in this boot");
	assert_non_null(strstr(finding.cause, "function level reset hangs it"));
	assert_string_equal(finding.remedies[1].text, "then boot kernel 5.8 or newer");
	set_log(facts, BOOT);
	facts->machine.kernel = "5.8.0-1-amd64";
	assert_result(facts, card.gpu, "device.reset-broken", "pass");
}

/* Where only the bus reset is the trouble, a reset of its own is none. */
static void a_model_with_a_way_around_the_bus_reset(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *port = made_bridge(facts, "0000:00:01.0");
	struct device *wifi = made_function(facts, "0000:02:00.0", 0x168c, 0x003c, 0x028000, NULL);

	(void)state;
	wifi->parent = port;
	set_methods(facts, wifi, "");
	fails(facts, wifi, "device.reset-broken", SEVERITY_WARNING, "Atheros");
	set_methods(facts, wifi, "pm");
	assert_result(facts, wifi, "device.reset-broken", "pass");
}

/* In the log of this boot: the device is in that state already. */
static void a_device_that_has_not_come_back(void **state)
{
	struct card card = made_card();
	_cleanup_facts_ struct facts *facts = card.facts;
	struct finding finding;

	(void)state;
	set_log(facts,
		BOOT "[  912.1] vfio-pci 0000:01:00.0: not ready 65535ms after FLR; giving up\n");
	finding = fails(facts, card.gpu, "device.reset-broken", SEVERITY_BLOCKER, "in this boot");
	assert_quotes(&finding, "dmesg", "giving up");
	assert_result(facts, card.sound, "device.reset-broken", "pass");
	/* Also of a model that is known for it. */
	card.gpu->vendor_id = 0x1002;
	card.gpu->device_id = 0x731f;
	fails(facts, card.gpu, "device.reset-broken", SEVERITY_BLOCKER, "in this boot");
}

/* The log names the port; whether the device came back its configuration space tells. */
static void a_link_that_stayed_down(void **state)
{
	struct card card = made_card();
	_cleanup_facts_ struct facts *facts = card.facts;
	struct finding finding;

	(void)state;
	set_log(facts, BOOT "[  912.1] pcieport 0000:00:01.0: Data Link Layer Link Active not set "
			    "in 1000 msec\n");
	card.gpu->config.header_known = false;
	finding = fails(facts, card.gpu, "device.reset-broken", SEVERITY_BLOCKER, "in this boot");
	assert_quotes(&finding, "dmesg", "Link Active not set");
	card.gpu->config.header_known = true;
	card.gpu->config.vendor_id = 0xffff;
	fails(facts, card.gpu, "device.reset-broken", SEVERITY_BLOCKER, "did not come back");
	card.gpu->config.vendor_id = 0x10de;
	finding = fails(facts, card.gpu, "device.reset-broken", SEVERITY_WARNING,
			"the link of 0000:01:00.0 stayed down");
	assert_non_null(strstr(finding.cause, "Port 0000:00:01.0"));
	assert_quotes(&finding, "dmesg", "Link Active not set");
	/* Another port's link is nothing to this device. */
	set_log(facts, BOOT "[  912.1] pcieport 0000:00:01.1: Data Link Layer Link Active not set "
			    "in 1000 msec\n");
	assert_result(facts, card.gpu, "device.reset-broken", "pass");
}

/* -- device.power-stuck ------------------------------------------------------------------------------------ */

static void asleep_is_not_stuck(void **state)
{
	static const char *const states[] = {"D0", "D1", "D3hot", "D3cold", "unknown", "error"};
	struct card card = made_card();
	_cleanup_facts_ struct facts *facts = card.facts;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		card.gpu->power_state = states[i];
		assert_result(facts, card.gpu, "device.power-stuck", "pass");
	}
	/* Only the kernel's word for it is there. */
	card.gpu->config = (struct config_space){0};
	card.gpu->power_state = "D3hot";
	assert_result(facts, card.gpu, "device.power-stuck", "pass");
	card.gpu->power_state = "unknown";
	assert_unknown(facts, card.gpu, "device.power-stuck",
		       "/sys/bus/pci/devices/0000:01:00.0/config");
	card.gpu->power_state = NULL;
	assert_unknown(facts, card.gpu, "device.power-stuck",
		       "/sys/bus/pci/devices/0000:01:00.0/config");
	card.gpu->is_bridge = true;
	assert_result(facts, card.gpu, "device.power-stuck", "na");
}

static void a_device_off_the_bus(void **state)
{
	static const char *const logs[] = {
		BOOT "[  9.1] vfio-pci 0000:01:00.0: Unable to change power state from D3cold to "
		     "D0, device "
		     "inaccessible\n",
		BOOT "[  9.1] nvidia 0000:01:00.0: not ready 65535ms after resume; giving up\n",
		BOOT "[  9.1] pci 0000:01:00.0: unknown header type 7f, ignoring device\n"};
	struct card card = made_card();
	_cleanup_facts_ struct facts *facts = card.facts;
	struct finding finding;

	(void)state;
	card.gpu->config = (struct config_space){.size = 64, .all_ones = true};
	card.gpu->power_state = "D3cold";
	finding = fails(facts, card.gpu, "device.power-stuck", SEVERITY_BLOCKER, "does not answer");
	assert_quotes(&finding, "/sys/bus/pci/devices/0000:01:00.0/config", "ff");
	assert_quotes(&finding, "/sys/bus/pci/devices/0000:01:00.0/power_state", "D3cold");
	card.gpu->config = (struct config_space){0};
	for (size_t i = 0; i < ARRAY_SIZE(logs); i++) {
		set_log(facts, logs[i]);
		finding = fails(facts, card.gpu, "device.power-stuck", SEVERITY_BLOCKER,
				"does not answer");
		assert_quotes(&finding, "dmesg", "0000:01:00.0");
		assert_result(facts, card.sound, "device.power-stuck", "pass");
	}
}

/* It answers: what the log tells is a warning, and no claim that it does not. */
static void a_device_that_was_stuck(void **state)
{
	struct card card = made_card();
	_cleanup_facts_ struct facts *facts = card.facts;
	struct finding finding;

	(void)state;
	set_log(facts, BOOT
		"[  9.1] vfio-pci 0000:01:00.0: Unable to change power state from D3cold to D0, "
		"device inaccessible\n");
	finding = fails(facts, card.gpu, "device.power-stuck", SEVERITY_WARNING,
			"did not change its power state");
	assert_null(strstr(finding.title, "does not answer"));
	/* A function that would not go to sleep is awake. */
	set_log(facts,
		BOOT "[  9.1] vfio-pci 0000:01:00.0: Refused to change power state from D0 to "
		     "D3hot\n");
	assert_result(facts, card.gpu, "device.power-stuck", "pass");
}

/* -- BARs --------------------------------------------------------------------------------------------------- */

static void bars_without_an_address(void **state)
{
	struct card card = made_card();
	_cleanup_facts_ struct facts *facts = card.facts;
	struct finding finding;

	(void)state;
	facts_made_bar(card.gpu, 0, 0xf0000000, 16 << 20);
	card.gpu->bars[5] = (struct bar){.present = true, .io = true};
	card.gpu->bars[BAR_ROM] = (struct bar){.present = true};
	assert_result(facts, card.gpu, "device.bar-unassigned", "pass");
	set_log(facts,
		BOOT "[    0.5] pci 0000:01:00.0: BAR 1 [mem size 0x400000000 64bit pref]: can't "
		     "assign; no space\n");
	/* A failure that was mended later. */
	assert_result(facts, card.gpu, "device.bar-unassigned", "pass");
	card.gpu->bars[1] = card.gpu->bars[3] = (struct bar){.present = true, .bits = 64};
	finding = fails(facts, card.gpu, "device.bar-unassigned", SEVERITY_BLOCKER,
			"without an address: 1, 3");
	assert_quotes(&finding, "/sys/bus/pci/devices/0000:01:00.0/resource",
		      "BAR 1 has no address");
	assert_quotes(&finding, "dmesg", "no space");
	card.gpu->is_bridge = true;
	assert_result(facts, card.gpu, "device.bar-unassigned", "na");
}

static void bars_that_nobody_could_read(void **state)
{
	struct card card = made_card();
	_cleanup_facts_ struct facts *facts = card.facts;
	struct finding finding;

	(void)state;
	card.gpu->bars_known = UNKNOWN;
	assert_unknown(facts, card.gpu, "device.bar-unassigned",
		       "/sys/bus/pci/devices/0000:01:00.0/resource");
	set_log(facts,
		BOOT "[    0.5] pci 0000:01:00.0: BAR 1 [mem size 0x400000000 64bit pref]: can't "
		     "assign; no space\n");
	finding = fails(facts, card.gpu, "device.bar-unassigned", SEVERITY_BLOCKER,
			"the kernel log tells of a memory BAR of 0000:01:00.0");
	assert_quotes(&finding, "dmesg", "no space");
}

static void bars_beyond_the_window(void **state)
{
	static const uint64_t gib = UINT64_C(1) << 30;
	struct card card = made_card();
	_cleanup_facts_ struct facts *facts = card.facts;
	struct finding finding;

	(void)state;
	assert_result(facts, NULL, "device.bar-too-large", "na");
	card.gpu->target = true;
	assert_result(facts, NULL, "device.bar-too-large", "pass");
	facts_made_bar(card.gpu, 1, 64 * gib, 32 * gib);
	assert_result(facts, NULL, "device.bar-too-large", "pass");
	/* The targets' BARs count together, however small. */
	facts_made_bar(card.sound, 0, 256 * gib, 16 << 20);
	assert_result(facts, NULL, "device.bar-too-large", "pass");
	card.sound->target = true;
	finding = fails(facts, NULL, "device.bar-too-large", SEVERITY_WARNING, "need 33 GiB");
	assert_quotes(&finding, "/sys/bus/pci/devices/0000:01:00.0/resource", "BAR 1: 32768 MiB");
	/* 32-bit BARs lie elsewhere. */
	card.sound->bars[0].bits = 32;
	assert_result(facts, NULL, "device.bar-too-large", "pass");
	facts_made_bar(card.gpu, 1, 128 * gib, 128 * gib);
	fails(facts, NULL, "device.bar-too-large", SEVERITY_WARNING, "need 128 GiB");
}

/* Many small ones: some evidence all the same. */
static void many_bars_beyond_the_window(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct finding finding;

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		char *address = arena_printf(facts->arena, "0000:%02x:00.0", 0x10 + i);
		struct device *gpu =
			made_function(facts, address, 0x10de, 0x2704, 0x030000, "vfio-pci");

		facts_made_bar(gpu, 1, UINT64_C(1) << 40, UINT64_C(2) << 30);
		gpu->target = true;
	}
	finding = fails(facts, NULL, "device.bar-too-large", SEVERITY_WARNING, "need 40 GiB");
	assert_quotes(&finding, "/resource", "2048 MiB");
}

static void bars_of_any_size(void **state)
{
	struct card card = made_card();
	_cleanup_facts_ struct facts *facts = card.facts;

	(void)state;
	card.gpu->target = true;
	facts_made_bar(card.gpu, 0, 0, UINT64_MAX);
	facts_made_bar(card.gpu, 2, 0, UINT64_MAX);
	fails(facts, NULL, "device.bar-too-large", SEVERITY_WARNING, "need 17179869184 GiB");
	card.gpu->bars[0].present = card.gpu->bars[2].present = false;
	card.gpu->bars_known = UNKNOWN;
	assert_unknown(facts, NULL, "device.bar-too-large", "/sys/bus/pci/devices");
}

static void a_rom_that_cannot_be_read(void **state)
{
	struct card card = made_card();
	_cleanup_facts_ struct facts *facts = card.facts;
	struct finding finding;

	(void)state;
	assert_result(facts, card.gpu, "device.rom-unreadable", "pass");
	assert_result(facts, card.sound, "device.rom-unreadable", "na");
	set_log(facts,
		BOOT "[  9.1] vfio-pci 0000:01:00.0: Invalid PCI ROM header signature: expecting "
		     "0xaa55, got 0xffff\n");
	finding = fails(facts, card.gpu, "device.rom-unreadable", SEVERITY_WARNING, "option ROM");
	assert_quotes(&finding, "dmesg", "Invalid PCI ROM header signature");
	facts->log = (struct kernel_log){0};
	assert_unknown(facts, card.gpu, "device.rom-unreadable", "dmesg");
}

static void every_variant_is_said(void **state)
{
	static const char *const ids[] = {"device.no-reset",      "device.reset-broken",
					  "device.power-stuck",   "device.bar-unassigned",
					  "device.bar-too-large", "device.rom-unreadable"};

	(void)state;
	assert_all_said(ids, ARRAY_SIZE(ids));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_with_a_reset),
		cmocka_unit_test(a_bus_reset_that_hits_others),
		cmocka_unit_test(a_bus_reset_that_hits_the_processor),
		cmocka_unit_test(no_reset_at_all),
		cmocka_unit_test(models_without_a_bus_reset),
		cmocka_unit_test(resets_of_configuration_space),
		cmocka_unit_test(resets_that_the_kernel_does_not_use),
		cmocka_unit_test(a_model_that_does_not_come_back),
		cmocka_unit_test(vendor_reset_has_to_be_chosen),
		cmocka_unit_test(a_model_that_newer_kernels_spare),
		cmocka_unit_test(a_model_with_a_way_around_the_bus_reset),
		cmocka_unit_test(a_device_that_has_not_come_back),
		cmocka_unit_test(a_link_that_stayed_down),
		cmocka_unit_test(asleep_is_not_stuck),
		cmocka_unit_test(a_device_off_the_bus),
		cmocka_unit_test(a_device_that_was_stuck),
		cmocka_unit_test(bars_without_an_address),
		cmocka_unit_test(bars_that_nobody_could_read),
		cmocka_unit_test(bars_beyond_the_window),
		cmocka_unit_test(many_bars_beyond_the_window),
		cmocka_unit_test(bars_of_any_size),
		cmocka_unit_test(a_rom_that_cannot_be_read),
		cmocka_unit_test(every_variant_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
