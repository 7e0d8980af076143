/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/machine.h"
#include "preflight/capture/note.h"
#include "preflight/lines.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <sys/utsname.h>

enum {
	CPUINFO_PREFIX = 16384, /* several processors' worth; hundreds of them take milliseconds */
	CONFIG_LIMIT = 4 * 1024 * 1024,
	OS_RELEASE_LIMIT = 65536,
};

/* -- names ----------------------------------------------------------------------------------- */

static void collect_hostname(struct facts *facts, const struct host *host)
{
	static const char *const places[] = {"proc/sys/kernel/hostname", "etc/hostname"};
	const char *line;

	for (size_t i = 0; i < ARRAY_SIZE(places) && !facts->machine.hostname; i++)
		if (host_read_line(host, facts->arena, places[i], &line) == 0 && *line &&
		    *line != '#' && !streq(line, "(none)"))
			facts->machine.hostname = printable_copy(facts->arena, line, strlen(line));
}

static void collect_distribution(struct facts *facts, const struct host *host)
{
	static const char *const places[] = {"etc/os-release", "usr/lib/os-release"};
	struct machine_facts *machine = &facts->machine;
	struct bytes text = {0};
	int r = -ENOENT;

	for (size_t i = 0; i < ARRAY_SIZE(places) && r < 0; i++)
		r = host_read(host, facts->arena, places[i], OS_RELEASE_LIMIT, &text);
	if (r < 0) {
		if (r != -ENOENT)
			facts_add_unread(facts, places[0], r);
		return;
	}
	machine->distro_id = os_release_value(facts->arena, text.data, text.length, "ID");
	machine->distro_like = os_release_value(facts->arena, text.data, text.length, "ID_LIKE");
	machine->distro_version =
		os_release_value(facts->arena, text.data, text.length, "VERSION_ID");
	machine->distro_name =
		os_release_value(facts->arena, text.data, text.length, "PRETTY_NAME");
	if (!machine->distro_name)
		machine->distro_name =
			os_release_value(facts->arena, text.data, text.length, "NAME");
}

/* Platforms whose boot configuration or root file system is not the plain distribution's. */
static void collect_platform(struct facts *facts, const struct host *host)
{
	static const struct {
		const char *path, *platform;
	} marks[] = {
		{"etc/pve", "proxmox"},
		{"usr/bin/pveversion", "proxmox"},
		{"etc/kernel/proxmox-boot-uuids", "proxmox"},
		{"run/ostree-booted", "ostree"},
		{"etc/NIXOS", "nixos"},
		{"etc/unraid-version", "unraid"},
	};
	static const struct {
		const char *id, *platform;
	} distributions[] = {
		{"talos", "talos"},
		{"nixos", "nixos"},
		{"qubes", "qubes"},
		{"xcp-ng", "xcp-ng"},
		{"xenenterprise", "xenserver"},
		{"bottlerocket", "bottlerocket"},
		{"ubuntu-core", "ubuntu-core"},
		{"opensuse-microos", "microos"},
		{"sle-micro", "microos"},
		{"sl-micro", "microos"},
		{"opensuse-leap-micro", "microos"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		if (host_exists(host, marks[i].path) == 0) {
			facts->machine.platform = marks[i].platform;
			return;
		}
	}
	/* ostree-prepare-root finds its deployment by this word. */
	if (facts_parameter(facts, "ostree"))
		facts->machine.platform = "ostree";
	for (size_t i = 0; i < ARRAY_SIZE(distributions); i++)
		if (streq(facts->machine.distro_id, distributions[i].id))
			facts->machine.platform = distributions[i].platform;
}

/* -- the kernel ------------------------------------------------------------------------------ */

/* The release in "Linux version 6.1.0-50-amd64 (…", or NULL. */
static const char *release_of(struct arena *arena, const char *text)
{
	size_t length;

	if (!starts_with(text, "Linux version "))
		return NULL;
	text += strlen("Linux version ");
	length = strcspn(text, " \t\n");
	return length ? printable_copy(arena, text, length) : NULL;
}

static void collect_release(struct facts *facts, const struct host *host)
{
	const struct log_event *event;
	const char *line;
	int r = host_read_line(host, facts->arena, "proc/sys/kernel/osrelease", &line);

	if (r == 0 && *line) {
		facts->machine.kernel = printable_copy(facts->arena, line, strlen(line));
		return;
	}
	if (host_read_line(host, facts->arena, "proc/version", &line) == 0)
		facts->machine.kernel = release_of(facts->arena, line);
	event = log_find(&facts->log, LOG_LINUX_VERSION, NULL);
	if (!facts->machine.kernel && event)
		facts->machine.kernel = release_of(facts->arena, event->text);
	if (!facts->machine.kernel)
		facts_add_unread(facts, "proc/sys/kernel/osrelease", r < 0 ? r : -ENODATA);
}

/* What the release's name tells of the architecture: "6.1.0-50-amd64", "5.14.0-1.el9.x86_64". */
static const char *architecture_of_release(const char *release)
{
	static const struct {
		const char *suffix, *architecture;
	} suffixes[] = {
		{"amd64", "x86_64"},    {"x86_64", "x86_64"},   {"arm64", "aarch64"},
		{"aarch64", "aarch64"}, {"ppc64le", "ppc64le"}, {"powerpc64le", "ppc64le"},
		{"s390x", "s390x"},     {"riscv64", "riscv64"}, {"loong64", "loongarch64"},
		{"686", "i686"},        {"686-pae", "i686"},    {"i686", "i686"},
	};
	size_t length = release ? strlen(release) : 0;

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		size_t suffix = strlen(suffixes[i].suffix);

		if (length > suffix && streq(release + length - suffix, suffixes[i].suffix) &&
		    strchr("-.+_", release[length - suffix - 1]))
			return suffixes[i].architecture;
	}
	return NULL;
}

static void collect_architecture(struct facts *facts, const struct host *host,
				 const struct cpu_description *cpu)
{
	struct utsname names;

	if (host_is_live(host) && uname(&names) == 0)
		facts->machine.architecture = arena_strdup(facts->arena, names.machine);
	else if (host_note(host))
		facts->machine.architecture =
			arena_strdup(facts->arena, host_note(host)->architecture);
	if (!facts->machine.architecture)
		facts->machine.architecture = cpu->architecture;
	if (!facts->machine.architecture)
		facts->machine.architecture = architecture_of_release(facts->machine.kernel);
}

/* -- the kernel's configuration ---------------------------------------------------------------- */

static void cleanup_archive(struct archive **archive)
{
	if (*archive)
		archive_read_free(*archive);
}

/* /proc/config.gz; libarchive reads a bare compressed file as a "raw" archive of one member. */
static int decompress(struct arena *arena, const struct bytes *packed, struct bytes *ret_text)
{
	_cleanup_(cleanup_archive) struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	char *text;
	ssize_t length;

	if (!archive)
		return -ENOMEM;
	archive_read_support_filter_gzip(archive);
	archive_read_support_format_raw(archive);
	if (archive_read_open_memory(archive, packed->data, packed->length) != ARCHIVE_OK ||
	    archive_read_next_header(archive, &entry) != ARCHIVE_OK)
		return -EINVAL;
	text = arena_alloc(arena, CONFIG_LIMIT);
	length = archive_read_data(archive, text, CONFIG_LIMIT);
	if (length < 0)
		return -EINVAL;
	if (length == CONFIG_LIMIT)
		return -EFBIG;
	*ret_text = (struct bytes){text, (size_t)length};
	return 0;
}

static bool take_config(struct facts *facts, const char *path, const struct bytes *text)
{
	struct kernel_config config = {0};

	kernel_config_parse(text->data, text->length, &config);
	if (config.known != YES)
		return false;
	config.source = arena_printf(facts->arena, "/%s", path);
	facts->machine.config = config;
	return true;
}

static void collect_config(struct facts *facts, const struct host *host)
{
	static const struct {
		const char *before, *behind;
	} places[] = {
		{"boot/config-", ""}, {"lib/modules/", "/config"}, {"usr/lib/modules/", "/config"}};
	const char *release = facts->machine.kernel;
	struct bytes text, packed;

	for (size_t i = 0; release && !strchr(release, '/') && i < ARRAY_SIZE(places); i++) {
		const char *path = arena_printf(facts->arena, "%s%s%s", places[i].before, release,
						places[i].behind);
		int r = host_read(host, facts->arena, path, CONFIG_LIMIT, &text);

		if (r == 0 && take_config(facts, path, &text))
			return;
		if (r < 0 && r != -ENOENT)
			facts_add_unread(facts, path, r);
	}
	if (host_read(host, facts->arena, "proc/config.gz", CONFIG_LIMIT, &packed) == 0 &&
	    decompress(facts->arena, &packed, &text) == 0)
		take_config(facts, "proc/config.gz", &text);
}

/* -- the processor ----------------------------------------------------------------------------- */

static void collect_cpu(struct facts *facts, const struct host *host, struct cpu_description *cpu)
{
	struct machine_facts *machine = &facts->machine;
	char text[CPUINFO_PREFIX];
	size_t length = 0;
	/* The kernel builds each processor's part only when it is read. */
	int r = host_read_into(host, "proc/cpuinfo", text, sizeof(text), &length);

	if (r < 0) {
		facts_add_unread(facts, "proc/cpuinfo", r);
		return;
	}
	cpuinfo_parse(facts->arena, text, length, cpu);
	machine->cpu_vendor = cpu->vendor;
	machine->cpu_model = cpu->model;
	machine->cpu_virtualization = cpu->virtualization;
	machine->physical_bits = cpu->physical_bits;
}

/* What is missing in a tree is missing whoever reads it; in a capture it counts who took it. */
static enum truth is_root(const struct host *host)
{
	if (host_is_live(host))
		return truth_of(geteuid() == 0);
	return host_note(host) && host_note(host)->as_root != UNKNOWN ? host_note(host)->as_root
								      : YES;
}

void facts_collect_machine(struct facts *facts, const struct host *host)
{
	struct cpu_description cpu = {0};

	facts->machine.running_as_root = is_root(host);
	collect_hostname(facts, host);
	collect_distribution(facts, host);
	collect_platform(facts, host);
	collect_release(facts, host);
	collect_cpu(facts, host, &cpu);
	collect_architecture(facts, host, &cpu);
	collect_config(facts, host);
	machine_collect_virtualization(facts, host, &cpu);
}
