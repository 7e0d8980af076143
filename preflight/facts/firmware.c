/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/facts.h"

#include <errno.h>

#define EFIVARS         "sys/firmware/efi/efivars"
#define GLOBAL_VARIABLE "8be4df61-93ca-11d2-aa0d-00e098032b8c" /* UEFI 2.10 section 3.3 */
#define SHIM_LOCK       "605dab50-e046-4300-abb6-3dd810dd8b23"

enum {
	VARIABLE_LIMIT = 4096,
	ATTRIBUTES_SIZE = 4,    /* efivarfs puts them before the value */
	NON_VOLATILE = 1u << 0, /* EFI_VARIABLE_NON_VOLATILE */
};

/* -- which firmware -------------------------------------------------------------------------- */

static bool is_x86(const struct machine_facts *machine)
{
	const char *name = machine->architecture;

	if (name)
		return streq(name, "x86_64") ||
		       (strlen(name) == 4 && name[0] == 'i' && streq(name + 2, "86"));
	return machine->cpu_vendor == CPU_INTEL || machine->cpu_vendor == CPU_AMD ||
	       machine->cpu_vendor == CPU_HYGON || machine->cpu_vendor == CPU_ZHAOXIN;
}

static bool is_known_machine(const struct machine_facts *machine)
{
	return machine->architecture || machine->cpu_vendor != CPU_UNKNOWN;
}

/* Messages that only a UEFI boot has: a tree may hold sys/firmware in part. */
static bool log_tells_efi(const struct kernel_log *log)
{
	const struct log_event *framebuffer = log_find(log, LOG_EFIFB, NULL);

	return log_find(log, LOG_SECURE_BOOT, NULL) ||
	       (framebuffer && strstr(framebuffer->text, "efifb"));
}

/* The kernel makes the directory efi on every UEFI boot, also where its variables are not to be had
 * (drivers/firmware/efi/efi.c efisubsys_init()). */
static const char *find_firmware(const struct facts *facts, const struct strings *names)
{
	const struct machine_facts *machine = &facts->machine;

	if (strings_contain(names, "efi") || log_tells_efi(&facts->log))
		return "uefi";
	if (!is_known_machine(machine))
		return NULL;
	if (is_x86(machine))
		return "bios";
	/* Kernels with both keep an empty device tree on machines that ACPI describes. */
	if (strings_contain(names, "devicetree") && !strings_contain(names, "acpi"))
		return "devicetree";
	return NULL;
}

static void collect_firmware_kind(struct facts *facts, const struct host *host)
{
	struct strings names;
	int r = host_list(host, facts->arena, "sys/firmware", &names);

	if (r < 0)
		facts_add_unread(facts, "sys/firmware", r);
	else
		facts->machine.firmware = find_firmware(facts, &names);
}

/* -- Secure Boot ----------------------------------------------------------------------------- */

struct variable {
	const char *path; /* without its leading slash */
	uint32_t attributes;
	unsigned char value; /* the first byte */
};

/* Reads a variable of one byte. -EINVAL for one that is shorter. */
static int read_variable(struct facts *facts, const struct host *host, const char *path,
			 struct variable *ret_variable)
{
	struct bytes bytes;
	const unsigned char *data;
	int r = host_read(host, facts->arena, path, VARIABLE_LIMIT, &bytes);

	if (r < 0)
		return r;
	if (bytes.length <= ATTRIBUTES_SIZE)
		return -EINVAL;
	data = (const unsigned char *)bytes.data;
	*ret_variable = (struct variable){
		.path = path,
		.attributes = (uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 |
			      (uint32_t)data[3] << 24,
		.value = data[ATTRIBUTES_SIZE],
	};
	return 0;
}

static void set_secure_boot(struct facts *facts, enum truth value, const char *path,
			    const char *text)
{
	struct machine_facts *machine = &facts->machine;

	machine->secure_boot = value;
	machine->secure_boot_origin = (struct origin){
		.source = arena_printf(facts->arena, "/%s", path),
		.text = text,
	};
}

/* Where efivarfs holds variables but not this one, the firmware has none of this name. */
static bool has_variables(struct facts *facts, const struct host *host)
{
	struct strings names;

	return host_list(host, facts->arena, EFIVARS, &names) == 0 && names.count > 0;
}

/*
 * shim's switch to accept anything. The kernel honours it only where the variable is volatile,
 * because then none but boot code can have written it (drivers/firmware/efi/libstub/secureboot.c).
 */
static bool is_switched_off_by_shim(struct facts *facts, const struct host *host)
{
	static const char path[] = EFIVARS "/MokSBStateRT-" SHIM_LOCK;
	struct variable variable;
	int r = read_variable(facts, host, path, &variable);

	if (r < 0 && r != -ENOENT)
		facts_add_unread(facts, path, r);
	if (r < 0 || variable.attributes & NON_VOLATILE || variable.value != 1)
		return false;
	set_secure_boot(facts, NO, path, "MokSBStateRT = 1: shim's validation is switched off");
	return true;
}

static void collect_setup_mode(struct facts *facts, const struct host *host)
{
	static const char path[] = EFIVARS "/SetupMode-" GLOBAL_VARIABLE;
	struct variable variable;
	int r = read_variable(facts, host, path, &variable);

	if (r == 0)
		facts->machine.setup_mode = truth_of(variable.value == 1);
	else if (r != -ENOENT)
		facts_add_unread(facts, path, r);
}

static void collect_secure_boot(struct facts *facts, const struct host *host)
{
	static const char path[] = EFIVARS "/SecureBoot-" GLOBAL_VARIABLE;
	struct variable variable;
	int r = read_variable(facts, host, path, &variable);

	if (r == -ENOENT && has_variables(facts, host)) {
		set_secure_boot(facts, NO, EFIVARS, "the firmware has no variable SecureBoot");
		return;
	}
	if (r < 0) {
		facts_add_unread(facts, path, r);
		return;
	}
	if (variable.value != 1)
		set_secure_boot(facts, NO, path,
				arena_printf(facts->arena, "SecureBoot = %u", variable.value));
	else if (facts->machine.setup_mode == YES)
		set_secure_boot(facts, NO, path, "SecureBoot = 1, but SetupMode = 1: no keys");
	else if (!is_switched_off_by_shim(facts, host))
		set_secure_boot(facts, YES, path, "SecureBoot = 1");
}

/* What the kernel said at boot, where the variables do not tell. */
static void take_secure_boot_of_log(struct facts *facts)
{
	const struct log_event *event = log_find(&facts->log, LOG_SECURE_BOOT, NULL);

	if (!event)
		return;
	facts->machine.secure_boot = truth_of(event->number == 1);
	facts->machine.secure_boot_origin = (struct origin){
		.source = facts->log.source ? facts->log.source : "dmesg",
		.line = event->line,
		.text = event->text,
	};
}

/* -- lockdown -------------------------------------------------------------------------------- */

static const char *lockdown_name(const char *text, size_t length)
{
	static const char *const names[] = {"none", "integrity", "confidentiality"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strlen(names[i]) == length && memcmp(names[i], text, length) == 0)
			return names[i];
	return NULL;
}

/* "[none] integrity confidentiality": the one in brackets is in force. */
static const char *parse_lockdown(const char *line)
{
	const char *open = strchr(line, '['), *close = open ? strchr(open, ']') : NULL;

	return close ? lockdown_name(open + 1, (size_t)(close - open - 1)) : NULL;
}

/* The security modules at work, where the file that would tell the level is not there. */
static bool runs_without_lockdown(struct facts *facts, const struct host *host)
{
	const char *line;

	return host_read_line(host, facts->arena, "sys/kernel/security/lsm", &line) == 0 && *line &&
	       !strstr(line, "lockdown");
}

static void collect_lockdown(struct facts *facts, const struct host *host)
{
	static const char path[] = "sys/kernel/security/lockdown";
	const char *line;
	int r = host_read_line(host, facts->arena, path, &line);

	if (r == 0)
		facts->machine.lockdown = parse_lockdown(line);
	else if (r == -ENOENT && runs_without_lockdown(facts, host))
		facts->machine.lockdown = "none";
	else
		facts_add_unread(facts, path, r);
	if (r == 0 && !facts->machine.lockdown)
		facts_add_unread(facts, path, -EINVAL);
}

void facts_collect_firmware(struct facts *facts, const struct host *host)
{
	collect_firmware_kind(facts, host);
	if (streq(facts->machine.firmware, "uefi")) {
		collect_setup_mode(facts, host);
		collect_secure_boot(facts, host);
	} else if (streq(facts->machine.firmware, "bios")) {
		set_secure_boot(facts, NO, "sys/firmware", "no efi: not booted by UEFI");
	}
	if (facts->machine.secure_boot == UNKNOWN)
		take_secure_boot_of_log(facts);
	collect_lockdown(facts, host);
}
