/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must hold of every row of every table, whatever it checks. */
#include "checks_made.h"

#include <ctype.h>

static void ids_are_unique(void **state)
{
	(void)state;
	assert_true(check_count() > 40);
	for (size_t i = 0; i < check_count(); i++) {
		assert_non_null(check_at(i)->id);
		/* The search finds the row itself and no other. */
		assert_ptr_equal(check_find(check_at(i)->id), check_at(i));
	}
	assert_null(check_at(check_count()));
	assert_null(check_at(SIZE_MAX));
	assert_null(check_find("iommu"));
	assert_null(check_find(""));
}

static bool is_in_area(const char *id)
{
	static const char *const areas[] = {"iommu.",     "group.",    "driver.", "boot.",
					    "initramfs.", "device.",   "limits.", "vfio.",
					    "host.",      "platform.", "expect."};

	for (size_t i = 0; i < ARRAY_SIZE(areas); i++)
		if (starts_with(id, areas[i]))
			return true;
	return false;
}

static void ids_are_of_the_contract_s_areas(void **state)
{
	(void)state;
	for (size_t i = 0; i < check_count(); i++) {
		const char *id = check_at(i)->id, *name = strchr(id, '.');

		if (!is_in_area(id))
			fail_msg("%s is in no area of the contract", id);
		assert_true(strspn(name + 1, "abcdefghijklmnopqrstuvwxyz0123456789-") ==
			    strlen(name + 1));
		assert_true(strlen(name + 1) > 1);
	}
}

/* One line, begun and ended as the others are. */
static void assert_line(const char *id, const char *text)
{
	size_t length = text ? strlen(text) : 0;

	if (!length || isspace((unsigned char)text[0]) || isspace((unsigned char)text[length - 1]))
		fail_msg("%s: \"%s\" is no line", id, text ? text : "NULL");
	for (size_t i = 0; i < length; i++)
		if (iscntrl((unsigned char)text[i]) || (text[i] == ' ' && text[i + 1] == ' '))
			fail_msg("%s: \"%s\" holds odd blanks", id, text);
}

/* Every brace belongs to a {name}. */
static void assert_placeholders(const char *id, const char *text)
{
	for (; text && *text; text++) {
		size_t length;

		assert_true(*text != '}');
		if (*text != '{')
			continue;
		length = strspn(text + 1, "abcdefghijklmnopqrstuvwxyz_");
		if (!length || text[length + 1] != '}')
			fail_msg("%s: \"%s\" is no placeholder", id, text);
		text += length + 1;
	}
}

static void assert_remedies(const struct check *check, const struct wording *variant)
{
	bool ended = false;

	if (!variant->remedies[0].text)
		fail_msg("%s: \"%s\" has no remedy", check->id, variant->title);
	for (size_t i = 0; i < ARRAY_SIZE(variant->remedies); i++) {
		const struct remedy *remedy = &variant->remedies[i];

		/* Behind the end of the list stands nothing. */
		assert_true(!ended || (!remedy->text && !remedy->command));
		ended |= !remedy->text;
		if (ended)
			continue;
		assert_line(check->id, remedy->text);
		assert_placeholders(check->id, remedy->text);
		assert_placeholders(check->id, remedy->command);
		assert_non_null(owner_name(remedy->owner));
		if (remedy->command)
			assert_line(check->id, remedy->command);
		/* What vfiokit does, it does by a command. */
		if (remedy->owner == OWNER_VFIOKIT)
			assert_true(remedy->command && starts_with(remedy->command, "vfiokit "));
	}
}

static void every_variant_has_all_its_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < check_count(); i++) {
		const struct check *check = check_at(i);

		assert_non_null(check->variants[0].title);
		for (size_t v = 0; v < ARRAY_SIZE(check->variants); v++) {
			const struct wording *variant = &check->variants[v];

			if (!variant->title) {
				assert_true(!variant->cause && !variant->remedies[0].text);
				continue;
			}
			assert_line(check->id, variant->title);
			assert_line(check->id, variant->cause);
			assert_placeholders(check->id, variant->title);
			assert_placeholders(check->id, variant->cause);
			if (variant->title[strlen(variant->title) - 1] == '.')
				fail_msg("%s: a title ends with a dot", check->id);
			assert_remedies(check, variant);
		}
	}
}

static void every_row_explains_itself(void **state)
{
	(void)state;
	for (size_t i = 0; i < check_count(); i++) {
		const struct check *check = check_at(i);

		assert_line(check->id, check->title);
		assert_line(check->id, check->why);
		/* Shown as they stand: there is nothing to fill them with. */
		assert_null(strchr(check->title, '{'));
		assert_null(strchr(check->why, '{'));
		assert_non_null(check->evaluate);
		assert_non_null(check->references[0]);
		for (size_t r = 0; r < ARRAY_SIZE(check->references); r++)
			if (check->references[r])
				assert_true(starts_with(check->references[r], "https://"));
		assert_true(!check->for_missing || check->scope == SCOPE_DEVICE);
	}
}

/* The severities that the contract gives. */
static void severities_of_the_contract(void **state)
{
	static const struct {
		enum severity severity;
		const char *ids;
	} rows[] = {
		{SEVERITY_DANGER,
		 "device.in-use-storage device.in-use-network device.in-use-display "
		 "device.in-use-input vfio.noiommu driver.ids-match-too-many "},
		{SEVERITY_BLOCKER,
		 "iommu.hardware-missing iommu.disabled-in-firmware iommu.firmware-table-broken "
		 "iommu.disabled-by-kernel iommu.interrupt-remapping-off group.missing "
		 "group.not-viable "
		 "driver.not-bound driver.host-driver-first driver.vfio-pci-missing "
		 "driver.builtin-ignores-modprobe driver.config-ignored driver.config-syntax "
		 "driver.signature-refused driver.denylisted boot.not-regenerated "
		 "boot.wrong-loader "
		 "boot.pending initramfs.stale initramfs.vfio-missing initramfs.image-missing "
		 "device.not-found device.is-bridge device.in-use-process "
		 "device.framebuffer-holds-bar device.reserved-memory device.power-stuck "
		 "device.bar-unassigned device.sriov-no-space device.behind-vmd "
		 "device.nvswitch-missing device.identity-changed host.modules-removed "
		 "host.transaction-cut-off "},
		{SEVERITY_WARNING,
		 "iommu.parameter-unknown iommu.parameter-wrong-vendor iommu.unsafe-interrupts "
		 "iommu.dma-faults iommu.graphics-excluded iommu.address-width group.not-isolated "
		 "group.acs-override group.acs-override-ineffective group.dma-alias "
		 "driver.ids-match-nothing driver.unknown-option driver.virqfd-obsolete "
		 "driver.blacklist-ineffective driver.blacklist-too-wide driver.not-persistent "
		 "boot.loader-unknown boot.other-kernels boot.parameter-conflict "
		 "boot.parameter-unknown initramfs.generator-unknown device.no-reset "
		 "device.reset-broken device.bar-too-large device.rom-unreadable "
		 "device.companion-functions device.sriov-off device.vf-token "
		 "device.integrated-graphics limits.memlock vfio.node-permission "
		 "host.virtualization-disabled host.kernel-known-bad platform.requirement "},
		{SEVERITY_INFO,
		 "device.assigned device.slot-number host.secure-boot host.lockdown host.is-xen "},
	};

	(void)state;
	for (size_t i = 0; i < check_count(); i++) {
		const struct check *check = check_at(i);
		char word[64];

		(void)snprintf(word, sizeof(word), "%s ", check->id);
		for (size_t r = 0; r < ARRAY_SIZE(rows); r++)
			if (strstr(rows[r].ids, word) && rows[r].severity != check->severity)
				fail_msg("%s is of severity %s", check->id,
					 severity_name(check->severity));
	}
}

/* Facts of which nothing is known: no check may crash, pass a danger or a blocker, or blame anybody. */
static void nothing_known_is_never_fine(void **state)
{
	static const char *const known_by_the_device[] = {
		"device.not-found", /* it is there: it is the subject */
		"device.is-bridge", "device.behind-vmd"};
	_cleanup_facts_ struct facts *facts = facts_made();
	struct device *device = facts_made_device(facts, "0000:01:00.0", -1, NULL);
	struct findings findings = {0};

	(void)state;
	device->vendor_id = device->device_id = device->predicted_group = -1;
	device->subsystem_vendor_id = device->subsystem_device_id = device->physical_slot = -1;
	device->sriov_total = device->sriov_active = device->revision = -1;
	device->has_driver = device->boot_vga = device->bars_known = UNKNOWN;
	device->state = STATE_UNKNOWN;
	device->target = true;
	facts->usage.vfio_node_mode = -1;
	*ARRAY_ADD(facts->arena, &facts->targets) = device;
	checks_run(facts, &findings);
	for_each (finding, &findings) {
		bool excused = false;

		assert_well_said(finding);
		if (finding->result == RESULT_FAIL)
			fail_msg("%s blames an unknown host", finding->check->id);
		for (size_t i = 0; i < ARRAY_SIZE(known_by_the_device); i++)
			excused |= streq(finding->check->id, known_by_the_device[i]);
		if (finding->result == RESULT_PASS && !excused &&
		    finding->severity >= SEVERITY_BLOCKER)
			fail_msg("%s passes an unknown host", finding->check->id);
	}
	assert_int_equal(findings_verdict(&findings), VERDICT_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_unique),
		cmocka_unit_test(ids_are_of_the_contract_s_areas),
		cmocka_unit_test(every_variant_has_all_its_words),
		cmocka_unit_test(every_row_explains_itself),
		cmocka_unit_test(severities_of_the_contract),
		cmocka_unit_test(nothing_known_is_never_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
