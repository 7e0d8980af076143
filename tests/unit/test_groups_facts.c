/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From facts to the model and back. */
#include "facts_made.h"
#include "preflight/groups/groups.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

struct fixture {
	struct facts *facts;
};

static void fixture_free(struct fixture *fixture)
{
	arena_free(fixture->facts->arena);
}
#define _cleanup_fixture_ _cleanup_(fixture_free)

static struct fixture fixture_new(void)
{
	struct fixture fixture = {facts_made()};

	fixture.facts->machine.kernel = "6.12.107+deb13-amd64";
	fixture.facts->iommu.kind = IOMMU_INTEL;
	fixture.facts->iommu.active = YES;
	fixture.facts->cmdline_known = YES;
	return fixture;
}

/* Adds a function whose configuration space was read in full. */
static struct device *add(struct fixture *fixture, const char *address, enum port_type type,
			  struct device *parent, enum truth acs)
{
	struct device *device = facts_made_device(fixture->facts, address, 0x020000, NULL);

	device->vendor_id = 0x10de;
	device->device_id = 0x2330;
	device->subsystem_vendor_id = device->subsystem_device_id = -1;
	device->parent = parent;
	device->has_group = YES;
	device->predicted_group = -1;
	device->config = (struct config_space){
		.size = 4096,
		.header_known = true,
		.secondary_bus = -1,
		.capabilities = YES,
		.port_type = type,
		.extended = YES,
		.acs = acs,
		.acs_capability = 0x1f,
		.acs_control = 0x1d,
	};
	return device;
}

static struct group_parameters parameters_of(const struct fixture *fixture)
{
	struct group_parameters parameters;

	groups_parameters_from_facts(fixture->facts, fixture->facts->arena, &parameters);
	return parameters;
}

static void add_parameter(struct fixture *fixture, const char *name, const char *value)
{
	struct parameter *parameter = ARRAY_ADD(fixture->facts->arena, &fixture->facts->cmdline);

	parameter->name = name;
	parameter->value = value;
}

/* -- inputs --------------------------------------------------------------------------------------- */

static void test_prediction_lands_in_the_devices(void **state)
{
	_cleanup_fixture_ struct fixture fixture = fixture_new();
	struct device *port, *blocked, *gpu, *below;

	(void)state;
	port = add(&fixture, "0000:00:01.0", PORT_ROOT_PORT, NULL, YES);
	blocked = add(&fixture, "0000:00:1c.0", PORT_ROOT_PORT, NULL, NO);
	gpu = add(&fixture, "0000:01:00.0", PORT_ENDPOINT, port, NO);
	below = add(&fixture, "0000:02:00.0", PORT_ENDPOINT, blocked, NO);
	groups_predict(fixture.facts);
	assert_int_equal(port->predicted_group, 0);
	assert_int_equal(blocked->predicted_group, 1);
	assert_int_equal(gpu->predicted_group, 2);
	assert_int_equal(below->predicted_group, 1);
	assert_string_equal(below->predicted_because.items[0],
			    "0000:00:1c.0 has no ACS capability, so all below it is one group");
	assert_string_equal(gpu->predicted_because.items[0],
			    "0000:00:01.0 and all ports above it isolate what is below");
}

static void test_uncertain_is_not_predicted(void **state)
{
	_cleanup_fixture_ struct fixture fixture = fixture_new();
	struct device *port, *below;

	(void)state;
	port = add(&fixture, "0000:00:1c.0", PORT_ROOT_PORT, NULL, UNKNOWN);
	below = add(&fixture, "0000:02:00.0", PORT_ENDPOINT, port, NO);
	groups_predict(fixture.facts);
	assert_int_equal(port->predicted_group, -1);
	assert_int_equal(below->predicted_group, -1);
	assert_string_equal(below->predicted_because.items[0],
			    "not certain: 0000:00:1c.0: its ACS capability is not known");
}

/* 256 bytes are all there is where another function shows its extended space, and a limit of the
 * reader where none does. */
static void test_small_configuration_space(void **state)
{
	_cleanup_fixture_ struct fixture fixture = fixture_new();
	struct group_inputs inputs;
	struct device *small, *large;

	(void)state;
	small = add(&fixture, "0000:00:1c.0", PORT_ROOT_PORT, NULL, UNKNOWN);
	large = add(&fixture, "0000:00:1d.0", PORT_ROOT_PORT, NULL, YES);
	small->config.size = 256;
	groups_inputs_from_facts(fixture.facts, fixture.facts->arena, &inputs);
	assert_int_equal(inputs.items[0].acs, NO);
	large->config.size = 256;
	large->config.acs = UNKNOWN;
	groups_inputs_from_facts(fixture.facts, fixture.facts->arena, &inputs);
	assert_int_equal(inputs.items[0].acs, UNKNOWN);
}

/* A device that no collector has looked into is zeros, and zero is the number of "endpoint". */
static void test_nothing_read_is_not_an_endpoint(void **state)
{
	_cleanup_fixture_ struct fixture fixture = fixture_new();
	struct group_inputs inputs;

	(void)state;
	add(&fixture, "0000:00:1c.0", PORT_ROOT_PORT, NULL, YES)->config =
		(struct config_space){.secondary_bus = -1};
	groups_inputs_from_facts(fixture.facts, fixture.facts->arena, &inputs);
	assert_int_equal(inputs.items[0].port_type, PORT_UNKNOWN);
	assert_int_equal(inputs.items[0].multifunction, UNKNOWN);
}

static void test_untranslated(void **state)
{
	_cleanup_fixture_ struct fixture fixture = fixture_new();
	struct device *graphics, *iommu;

	(void)state;
	graphics = add(&fixture, "0000:00:02.0", PORT_ROOT_COMPLEX_ENDPOINT, NULL, NO);
	iommu = add(&fixture, "0000:00:03.2", PORT_CONVENTIONAL, NULL, NO);
	iommu->vendor_id = 0x1022;
	iommu->class_code = 0x080600;
	graphics->has_group = NO;
	groups_predict(fixture.facts);
	assert_int_equal(graphics->predicted_group, -1);
	assert_int_equal(iommu->predicted_group, -1);
	assert_string_equal(graphics->predicted_because.items[0],
			    "no IOMMU unit covers 0000:00:02.0");
	/* On Arm a group is made when a driver probes the function. */
	fixture.facts->iommu.kind = IOMMU_SMMU;
	groups_predict(fixture.facts);
	assert_int_equal(graphics->predicted_group, 0);
}

static void test_virtual_functions(void **state)
{
	_cleanup_fixture_ struct fixture fixture = fixture_new();
	struct group_inputs inputs;
	struct device *physical, *virtual;

	(void)state;
	physical = add(&fixture, "0000:01:00.0", PORT_ENDPOINT, NULL, NO);
	virtual = add(&fixture, "0000:01:10.0", PORT_ENDPOINT, NULL, NO);
	virtual->physfn = physical;
	groups_inputs_from_facts(fixture.facts, fixture.facts->arena, &inputs);
	assert_false(inputs.items[0].is_virtual_function);
	assert_int_equal(inputs.items[0].physical_function, GROUP_NONE);
	assert_true(inputs.items[1].is_virtual_function);
	assert_int_equal(inputs.items[1].physical_function, 0);
}

static void test_vmd(void **state)
{
	_cleanup_fixture_ struct fixture fixture = fixture_new();
	struct device *endpoint, *other, *port, *nvme;

	(void)state;
	endpoint = add(&fixture, "0000:00:0e.0", PORT_ROOT_COMPLEX_ENDPOINT, NULL, NO);
	other = add(&fixture, "0000:20:0e.0", PORT_ROOT_COMPLEX_ENDPOINT, NULL, NO);
	port = add(&fixture, "10000:e0:06.0", PORT_ROOT_PORT, NULL, YES);
	nvme = add(&fixture, "10000:e1:00.0", PORT_ENDPOINT, port, NO);
	endpoint->vendor_id = other->vendor_id = 0x8086;
	endpoint->device_id = 0x9a0b;
	groups_predict(fixture.facts);
	assert_int_equal(nvme->predicted_group, endpoint->predicted_group);
	assert_int_equal(port->predicted_group, endpoint->predicted_group);
	/* With two endpoints it is open which one does the DMA. */
	other->device_id = 0x9a0b;
	groups_predict(fixture.facts);
	assert_int_equal(nvme->predicted_group, -1);
	assert_string_equal(nvme->predicted_because.items[0],
			    "not certain: 10000:e0:06.0: which VMD endpoint does its DMA is not "
			    "known");
	assert_int_equal(endpoint->predicted_group, 0);
}

static void test_power_is_not_predicted(void **state)
{
	_cleanup_fixture_ struct fixture fixture = fixture_new();
	struct device *device = add(&fixture, "0000:00:00.0", PORT_ROOT_PORT, NULL, YES);

	(void)state;
	fixture.facts->machine.architecture = "ppc64le";
	groups_predict(fixture.facts);
	assert_int_equal(device->predicted_group, -1);
	assert_int_equal(device->predicted_because.count, 1);
}

/* -- parameters -------------------------------------------------------------------------------------- */

static void test_registers_as_read_only_where_active(void **state)
{
	_cleanup_fixture_ struct fixture fixture = fixture_new();

	(void)state;
	assert_int_equal(parameters_of(&fixture).acs_control, ACS_AS_READ);
	assert_int_equal(parameters_of(&fixture).kernel.minor, 12);
	fixture.facts->iommu.active = NO;
	assert_int_equal(parameters_of(&fixture).acs_control, ACS_AS_PROGRAMMED);
	fixture.facts->iommu.active = UNKNOWN;
	assert_int_equal(parameters_of(&fixture).acs_control, ACS_AS_PROGRAMMED);
}

static void test_pci_options(void **state)
{
	_cleanup_fixture_ struct fixture fixture = fixture_new();
	struct group_parameters parameters;

	(void)state;
	add_parameter(&fixture, "pci", "noaer,config_acs=11101@00:1c.0");
	add_parameter(&fixture, "pci", "disable_acs_redir=00:1c.0;00:1d.0");
	add_parameter(&fixture, "pci", NULL);
	parameters = parameters_of(&fixture);
	assert_int_equal(parameters.configurations.count, 0);
	fixture.facts->iommu.active = NO;
	parameters = parameters_of(&fixture);
	assert_int_equal(parameters.configurations.count, 1);
	assert_int_equal(parameters.configurations.items[0].flags, 0x1d);
	assert_int_equal(parameters.redirections.count, 2);
	/* Linux 6.1 does not know config_acs=. */
	fixture.facts->machine.kernel = "6.1.0-50-amd64";
	parameters = parameters_of(&fixture);
	assert_int_equal(parameters.configurations.count, 0);
	assert_int_equal(parameters.redirections.count, 2);
}

static void log_of(struct fixture *fixture, const char *text)
{
	log_parse(fixture->facts->arena, text, strlen(text), &fixture->facts->log);
}

static void test_override(void **state)
{
	_cleanup_fixture_ struct fixture fixture = fixture_new();
	struct acs_override override;

	(void)state;
	assert_int_equal(parameters_of(&fixture).override.active, NO);
	add_parameter(&fixture, "pcie_acs_override", "downstream,id:10de:2330");
	add_parameter(&fixture, "pcie_acs_override", "multifunction");
	override = parameters_of(&fixture).override;
	assert_int_equal(override.active, UNKNOWN);
	assert_true(override.downstream && override.multifunction);
	assert_int_equal(override.id_count, 1);
	log_of(&fixture, "[    0.000000] Linux version 6.8.12-pve (x)\n"
			 "[    0.000000] Warning: PCIe ACS overrides enabled; This may allow "
			 "non-IOMMU protected peer-to-peer DMA\n");
	assert_int_equal(parameters_of(&fixture).override.active, YES);
	log_of(&fixture, "[    0.000000] Linux version 6.12.107 (x)\n[    0.1] x\n");
	assert_int_equal(parameters_of(&fixture).override.active, NO);
}

static void test_ivrs(void **state)
{
	_cleanup_fixture_ struct fixture fixture = fixture_new();

	(void)state;
	assert_int_equal(parameters_of(&fixture).ivrs_present, NO);
	fixture.facts->iommu.kind = IOMMU_AMD;
	assert_int_equal(parameters_of(&fixture).ivrs_present, YES);
	fixture.facts->iommu.active = NO;
	assert_int_equal(parameters_of(&fixture).ivrs_present, UNKNOWN);
	fixture.facts->iommu.table_present[TABLE_IVRS] = NO;
	assert_int_equal(parameters_of(&fixture).ivrs_present, NO);
	fixture.facts->iommu.table_present[TABLE_IVRS] = YES;
	assert_int_equal(parameters_of(&fixture).ivrs_present, YES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prediction_lands_in_the_devices),
		cmocka_unit_test(test_uncertain_is_not_predicted),
		cmocka_unit_test(test_small_configuration_space),
		cmocka_unit_test(test_nothing_read_is_not_an_endpoint),
		cmocka_unit_test(test_untranslated),
		cmocka_unit_test(test_virtual_functions),
		cmocka_unit_test(test_vmd),
		cmocka_unit_test(test_power_is_not_predicted),
		cmocka_unit_test(test_registers_as_read_only_where_active),
		cmocka_unit_test(test_pci_options),
		cmocka_unit_test(test_override),
		cmocka_unit_test(test_ivrs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
