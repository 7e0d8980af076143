/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text_head.h"
#include "document_read.h"

static const struct {
	const char *verdict, *words;
	enum tint tint;
} verdicts[] = {
	{"ready", N_("READY"), TINT_GREEN},
	{"reboot", N_("REBOOT"), TINT_YELLOW},
	{"unknown", N_("UNKNOWN"), TINT_YELLOW},
	{"not-ready", N_("NOT READY"), TINT_RED},
};

/* The place in verdicts[], which is sorted from good to bad. A bridge that was asked for is
 * "unsuitable"; no other word is anything good. */
static size_t verdict_rank(const char *verdict)
{
	for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++)
		if (streq(verdicts[i].verdict, verdict))
			return i;
	return ARRAY_SIZE(verdicts) - 1;
}

void text_print_verdict(const struct text_style *style, const char *verdict)
{
	size_t rank = verdict_rank(verdict);
	const char *words = _(verdicts[rank].words);
	unsigned columns;

	terminal_begin(style, verdicts[rank].tint);
	columns = terminal_columns(style, words);
	terminal_print(style, words);
	terminal_end(style, verdicts[rank].tint);
	/* Translations that are longer push the device to the right. */
	(void)fprintf(style->stream, "%*s", columns < 10 ? 12 - (int)columns : 2, "");
}

/* The length of an address without its function: the same slot is the same card. */
static size_t slot_length(const char *address)
{
	const char *dot = strrchr(address, '.');

	return dot ? (size_t)(dot - address) : strlen(address);
}

static bool same_card(json_object *a, json_object *b)
{
	const char *first = get_text(a, "address"), *second = get_text(b, "address");
	size_t length = first ? slot_length(first) : 0;

	return first && second && length == slot_length(second) &&
	       strncmp(first, second, length) == 0;
}

/* The worst verdict of a card's targets, and how many functions there are besides the one at `first`. They stand
 * together. */
static const char *card_verdict(json_object *devices, size_t first, unsigned *ret_more)
{
	json_object *device = json_object_array_get_idx(devices, first);
	size_t worst = 0;
	unsigned more = 0;

	for (size_t i = first; i < array_length(devices); i++) {
		json_object *other = json_object_array_get_idx(devices, i);

		if (!get_true(other, "target"))
			continue;
		if (!same_card(device, other))
			break;
		more += other != device;
		if (verdict_rank(get_text(other, "verdict")) > worst)
			worst = verdict_rank(get_text(other, "verdict"));
	}
	*ret_more = more;
	return verdicts[worst].verdict;
}

void text_print_id(const struct text_style *style, json_object *device)
{
	const char *vendor = get_text(device, "vendor_id"), *id = get_text(device, "device_id");

	if (!vendor || !id)
		return;
	(void)fputs("  ", style->stream);
	terminal_print(style, vendor);
	(void)fputc(':', style->stream);
	terminal_print(style, id);
}

static void print_card(const struct text_style *style, json_object *devices, size_t first)
{
	json_object *device = json_object_array_get_idx(devices, first);
	const char *name = get_text(device, "name");
	unsigned more;

	text_print_verdict(style, card_verdict(devices, first, &more));
	terminal_begin(style, TINT_BOLD);
	terminal_print(style, get_text(device, "address"));
	terminal_end(style, TINT_BOLD);
	(void)fputs("  ", style->stream);
	terminal_print(style, name                             ? name
			      : get_text(device, "class_name") ? get_text(device, "class_name")
							       : _("unknown device"));
	text_print_id(style, device);
	if (more)
		(void)fprintf(style->stream,
			      P_("   (and %u more function of the card)",
				 "   (and %u more functions of the card)", more),
			      more);
	(void)fputc('\n', style->stream);
}

/* -- devices of the manifest that nobody asked for ------------------------------------------------- */

/* The targets' addresses as keys. The caller owns it. */
static json_object *target_addresses(json_object *devices)
{
	json_object *addresses = json_object_new_object();

	for (size_t i = 0; i < array_length(devices); i++) {
		json_object *device = json_object_array_get_idx(devices, i);

		if (get_true(device, "target") && get_text(device, "address"))
			json_object_object_add(addresses, get_text(device, "address"),
					       json_object_get(device));
	}
	return addresses;
}

/* What such a finding makes of the whole; NULL where it is fine or of something else. */
static const char *manifest_verdict(json_object *document, json_object *check)
{
	if (!is(check, "id", "expect.device") && !is(check, "id", "device.identity-changed"))
		return NULL;
	if (get(check, "waiver") || !get_text(check, "subject"))
		return NULL;
	if (is(check, "result", "unknown"))
		return "unknown";
	if (!is(check, "result", "fail"))
		return NULL;
	return get_true(check, "cured_by_reboot") && is(document, "verdict", "reboot")
		       ? "reboot"
		       : "not-ready";
}

/* The worst verdict on each subject that the manifest names and that is no target, in the order of the checks. The
 * caller owns it. */
static json_object *manifest_subjects(json_object *document)
{
	json_object *targets = target_addresses(get(document, "devices"));
	json_object *subjects = json_object_new_object(), *checks = get(document, "checks");

	for (size_t i = 0; i < array_length(checks); i++) {
		json_object *check = json_object_array_get_idx(checks, i);
		const char *subject = get_text(check, "subject");
		const char *verdict = manifest_verdict(document, check);

		if (!verdict || get(targets, subject))
			continue;
		if (!get(subjects, subject) ||
		    verdict_rank(verdict) > verdict_rank(get_text(subjects, subject)))
			json_object_object_add(subjects, subject, json_object_new_string(verdict));
	}
	json_object_put(targets);
	return subjects;
}

/* The head must not say "ready" where the whole is not. */
static void print_manifest_devices(const struct text_style *style, json_object *document)
{
	json_object *subjects = manifest_subjects(document);

	json_object_object_foreach(subjects, subject, verdict)
	{
		bool unknown = streq(json_object_get_string(verdict), "unknown");

		text_print_verdict(style, json_object_get_string(verdict));
		terminal_print(style, subject);
		(void)fputs(unknown ? _("  is named by the manifest, and not all of it is known\n")
				    : _("  is not what the manifest says\n"),
			    style->stream);
	}
	json_object_put(subjects);
}

/* -- the devices asked for --------------------------------------------------------------------------- */

bool text_print_targets(const struct text_style *style, json_object *document)
{
	json_object *devices = get(document, "devices"), *checks = get(document, "checks");
	json_object *last = NULL;
	bool any = false;

	for (size_t i = 0; i < array_length(checks); i++) {
		json_object *check = json_object_array_get_idx(checks, i);

		if (!is(check, "id", "device.not-found") || !is(check, "result", "fail") ||
		    get(check, "waiver"))
			continue;
		text_print_verdict(style, "not-ready");
		terminal_print(style, get_text(check, "subject"));
		(void)fputs(_("  no such device\n"), style->stream);
		any = true;
	}
	for (size_t i = 0; i < array_length(devices); i++) {
		json_object *device = json_object_array_get_idx(devices, i);

		if (!get_true(device, "target") || !get_text(device, "address"))
			continue;
		any = true;
		if (last && same_card(last, device))
			continue;
		print_card(style, devices, i);
		last = device;
	}
	if (any)
		print_manifest_devices(style, document);
	return any;
}

static const char *iommu_words(json_object *iommu)
{
	static const struct {
		const char *kind, *words;
	} kinds[] = {
		{"intel-vtd", "Intel VT-d"},
		{"amd-vi", "AMD-Vi"},
		{"smmu", "SMMU"},
		{"virtio", "virtio-iommu"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (is(iommu, "kind", kinds[i].kind))
			return kinds[i].words;
	return "IOMMU";
}

/* The loader as people write it. */
static const char *loader_words(json_object *host)
{
	static const struct {
		const char *loader, *words;
	} loaders[] = {
		{"grub", "GRUB"},
		{"bls", N_("GRUB with BLS entries")},
		{"uki", N_("unified kernel image")},
		{"nixos", "NixOS"},
		{"limine", "Limine"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(loaders); i++)
		if (is(host, "bootloader", loaders[i].loader))
			return _(loaders[i].words);
	return get_text(host, "bootloader");
}

/* One thing that the header says of the host. */
struct part {
	const char *before, *text, *between,
		*after; /* text may be of outside; NULL: no such part */
};

/* A part is never broken: where it does not fit behind the others, it begins the next line. Returns the column that
 * follows. */
static unsigned print_part(const struct text_style *style, const struct part *part, unsigned column)
{
	const char *separator = style->utf8 ? " · " : " - ";
	unsigned columns =
		terminal_columns(style, part->before) + terminal_columns(style, part->text) +
		terminal_columns(style, part->between) + terminal_columns(style, part->after);

	if (column && style->width && column + strlen(" - ") + columns > style->width) {
		separator = "\n";
		column = 0;
	} else if (!column) {
		separator = "";
	} else {
		column += (unsigned)strlen(" - ");
	}
	(void)fprintf(style->stream, "%s%s", separator, part->before);
	terminal_print(style, part->text);
	(void)fprintf(style->stream, "%s%s", part->between, part->after);
	return column + columns;
}

void text_print_host(const struct text_style *style, json_object *document)
{
	json_object *host = get(document, "host"), *iommu = get(document, "iommu");
	json_object *active = get(iommu, "active"), *secure = get(host, "secure_boot");
	const char *distro = get_text(get(host, "distro"), "name");
	bool in_use = active && json_object_get_boolean(active);
	/* What a kernel under Xen does not see is not off: the hypervisor keeps it to itself. */
	const char *state = !in_use && is(host, "virtualization", "xen") ? _("owned by Xen")
			    : !active                                    ? _("state unknown")
			    : in_use                                     ? _("active")
									 : _("not active");
	const struct part parts[] = {
		{"", get_text(host, "hostname"), "", ""},
		{"", distro ? distro : get_text(get(host, "distro"), "id"), "", ""},
		{_("kernel "), get_text(host, "kernel"), "", ""},
		{"", iommu_words(iommu), " ", state},
		{"", loader_words(host), "", ""},
		{"", get_text(host, "initramfs"), "", ""},
		{"",
		 !secure                           ? NULL
		 : json_object_get_boolean(secure) ? _("Secure Boot on")
						   : _("Secure Boot off"),
		 "", ""},
	};
	unsigned column = 0;

	terminal_begin(style, TINT_DIM);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i].text)
			column = print_part(style, &parts[i], column);
	terminal_end(style, TINT_DIM);
	(void)fputc('\n', style->stream);
}
