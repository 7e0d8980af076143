/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "document_file.h"
#include "document_rules.h"

#define TEXT_OR_NULL   (RULE_TEXT | RULE_NULL)
#define NUMBER_OR_NULL (RULE_NUMBER | RULE_NULL)
#define TRUTH_OR_NULL  (RULE_TRUTH | RULE_NULL)
#define LIST_OR_NULL   (RULE_LIST | RULE_NULL)
#define OBJECT_OR_NULL (RULE_OBJECT | RULE_NULL)

static const char *const verdicts[] = {"ready", "not-ready", "unknown", "reboot", NULL};
static const char *const device_verdicts[] = {"ready",  "not-ready",  "unknown",
					      "reboot", "unsuitable", NULL};
static const char *const results[] = {"pass", "fail", "unknown", "na", NULL};
static const char *const severities[] = {"danger", "blocker", "warning", "info", NULL};
static const char *const scopes[] = {"host", "device", NULL};
static const char *const states[] = {"host", "detached", "assigned", "unbound", "bridge", NULL};

static const struct rule tool[] = {
	{"name", RULE_TEXT, NULL, NULL, 0},
	{"version", RULE_TEXT, NULL, NULL, 0},
	{0},
};

static const struct rule distro[] = {
	{"id", TEXT_OR_NULL, NULL, NULL, 0},
	{"version", TEXT_OR_NULL, NULL, NULL, 0},
	{"name", TEXT_OR_NULL, NULL, NULL, 0},
	{0},
};

static const struct rule host[] = {
	{"hostname", TEXT_OR_NULL, NULL, NULL, 0},
	{"kernel", TEXT_OR_NULL, NULL, NULL, 0},
	{"next_kernel", TEXT_OR_NULL, NULL, NULL, 0},
	{"architecture", TEXT_OR_NULL, NULL, NULL, 0},
	{"distro", RULE_OBJECT, distro, NULL, 0},
	{"platform", TEXT_OR_NULL, NULL, NULL, 0},
	{"model", TEXT_OR_NULL | RULE_OPTIONAL, NULL, NULL, 0},
	{"firmware_version", TEXT_OR_NULL | RULE_OPTIONAL, NULL, NULL, 0},
	{"cpu_vendor", TEXT_OR_NULL, NULL, NULL, 0},
	{"firmware", TEXT_OR_NULL, NULL, NULL, 0},
	{"secure_boot", TRUTH_OR_NULL, NULL, NULL, 0},
	{"lockdown", TEXT_OR_NULL, NULL, NULL, 0},
	{"virtualization", TEXT_OR_NULL, NULL, NULL, 0},
	{"bootloader", TEXT_OR_NULL, NULL, NULL, 0},
	{"initramfs", TEXT_OR_NULL, NULL, NULL, 0},
	{"cmdline", TEXT_OR_NULL, NULL, NULL, 0},
	{"next_cmdline", TEXT_OR_NULL, NULL, NULL, 0},
	{0},
};

static const struct rule iommu[] = {
	{"kind", TEXT_OR_NULL, NULL, NULL, 0},
	{"active", TRUTH_OR_NULL, NULL, NULL, 0},
	{"firmware_table", TEXT_OR_NULL, NULL, NULL, 0},
	{"interrupt_remapping", TRUTH_OR_NULL, NULL, NULL, 0},
	{"default_domain", TEXT_OR_NULL, NULL, NULL, 0},
	{"units", RULE_LIST, NULL, NULL, 0},
	{0},
};

static const struct rule groups[] = {
	{"id", RULE_NUMBER, NULL, NULL, 0},
	{"type", TEXT_OR_NULL, NULL, NULL, 0},
	{"devices", RULE_LIST, NULL, NULL, 0},
	{0},
};

static const struct rule assigned[] = {
	{"pid", NUMBER_OR_NULL, NULL, NULL, 0},
	{"name", TEXT_OR_NULL, NULL, NULL, 0},
	{0},
};

static const struct rule acs[] = {
	{"capability", RULE_LIST, NULL, NULL, 0},
	{"enabled", RULE_LIST, NULL, NULL, 0},
	{0},
};

static const struct rule bars[] = {
	{"index", RULE_NUMBER, NULL, NULL, 0},      {"size", NUMBER_OR_NULL, NULL, NULL, 0},
	{"address", NUMBER_OR_NULL, NULL, NULL, 0}, {"prefetchable", TRUTH_OR_NULL, NULL, NULL, 0},
	{"bits", NUMBER_OR_NULL, NULL, NULL, 0},    {0},
};

static const struct rule sriov[] = {
	{"total", NUMBER_OR_NULL, NULL, NULL, 0},
	{"active", NUMBER_OR_NULL, NULL, NULL, 0},
	{0},
};

static const struct rule uses[] = {
	{"kind", RULE_TEXT, NULL, NULL, 0},
	{"what", TEXT_OR_NULL, NULL, NULL, 0},
	{"critical", RULE_TRUTH | RULE_OPTIONAL, NULL, NULL, 0},
	{0},
};

static const struct rule devices[] = {
	{"address", RULE_TEXT, NULL, NULL, 0},
	{"vendor_id", TEXT_OR_NULL, NULL, NULL, 0},
	{"device_id", TEXT_OR_NULL, NULL, NULL, 0},
	{"subsystem_vendor_id", TEXT_OR_NULL, NULL, NULL, 0},
	{"subsystem_device_id", TEXT_OR_NULL, NULL, NULL, 0},
	{"class", TEXT_OR_NULL, NULL, NULL, 0},
	{"name", TEXT_OR_NULL, NULL, NULL, 0},
	{"class_name", TEXT_OR_NULL, NULL, NULL, 0},
	{"revision", TEXT_OR_NULL, NULL, NULL, 0},
	{"group", NUMBER_OR_NULL, NULL, NULL, 0},
	{"predicted_group", NUMBER_OR_NULL, NULL, NULL, 0},
	{"predicted_because", RULE_LIST, NULL, NULL, 0},
	{"driver", TEXT_OR_NULL, NULL, NULL, 0},
	{"next_driver", TEXT_OR_NULL, NULL, NULL, 0},
	{"modules", LIST_OR_NULL, NULL, NULL, 0},
	{"state", TEXT_OR_NULL, NULL, states, 0},
	{"assigned_to", OBJECT_OR_NULL, assigned, NULL, 0},
	{"numa_node", NUMBER_OR_NULL, NULL, NULL, 0},
	{"parent", TEXT_OR_NULL, NULL, NULL, 0},
	{"port_type", TEXT_OR_NULL, NULL, NULL, 0},
	{"acs", OBJECT_OR_NULL, acs, NULL, 0},
	{"reset_methods", LIST_OR_NULL, NULL, NULL, 0},
	{"bars", LIST_OR_NULL, bars, NULL, 0},
	{"boot_display", TRUTH_OR_NULL, NULL, NULL, 0},
	{"sriov", OBJECT_OR_NULL, sriov, NULL, 0},
	{"uses", RULE_LIST, uses, NULL, 0},
	{"target", RULE_TRUTH, NULL, NULL, 0},
	{"verdict", RULE_TEXT, NULL, device_verdicts, 0},
	{"candidate", RULE_TRUTH | RULE_OPTIONAL, NULL, NULL, 0},
	{0},
};

static const struct rule evidence[] = {
	{"source", TEXT_OR_NULL, NULL, NULL, 0},
	{"line", NUMBER_OR_NULL, NULL, NULL, 0},
	{"text", TEXT_OR_NULL, NULL, NULL, 0},
	{0},
};

static const struct rule remedies[] = {
	{"owner", RULE_TEXT, NULL, NULL, 0},
	{"text", RULE_TEXT, NULL, NULL, 0},
	{"command", TEXT_OR_NULL, NULL, NULL, 0},
	{0},
};

static const struct rule waiver[] = {
	{"until", TEXT_OR_NULL, NULL, NULL, 0},
	{"because", TEXT_OR_NULL, NULL, NULL, 0},
	{"source", TEXT_OR_NULL, NULL, NULL, 0},
	{"line", NUMBER_OR_NULL, NULL, NULL, 0},
	{0},
};

static const struct rule difference[] = {
	{"key", TEXT_OR_NULL, NULL, NULL, 0},
	{"expected", TEXT_OR_NULL, NULL, NULL, 0},
	{"found", TEXT_OR_NULL, NULL, NULL, 0},
	{0},
};

static const struct rule checks[] = {
	{"id", RULE_TEXT, NULL, NULL, 0},
	{"result", RULE_TEXT, NULL, results, 0},
	{"severity", RULE_TEXT, NULL, severities, 0},
	{"scope", RULE_TEXT, NULL, scopes, 0},
	{"subject", TEXT_OR_NULL, NULL, NULL, 0},
	{"title", RULE_TEXT, NULL, NULL, 0},
	{"evidence", RULE_LIST, evidence, NULL, 0},
	{"cause", TEXT_OR_NULL, NULL, NULL, 0},
	{"cured_by_reboot", TRUTH_OR_NULL, NULL, NULL, 0},
	{"waiver", OBJECT_OR_NULL | RULE_OPTIONAL, waiver, NULL, 0},
	{"expired_waiver", OBJECT_OR_NULL | RULE_OPTIONAL, waiver, NULL, 0},
	{"difference", OBJECT_OR_NULL | RULE_OPTIONAL, difference, NULL, 0},
	{"remedy", RULE_LIST, remedies, NULL, 0},
	{"references", RULE_LIST, NULL, NULL, 0},
	{0},
};

static const char *const step_results[] = {"pass", "fail", "skipped", NULL};

static const struct rule rehearsal[] = {
	{"call", RULE_TEXT, NULL, NULL, 0},           {"group", NUMBER_OR_NULL, NULL, NULL, 0},
	{"device", TEXT_OR_NULL, NULL, NULL, 0},      {"what", RULE_TEXT, NULL, NULL, 0},
	{"result", RULE_TEXT, NULL, step_results, 0}, {"unanswered", RULE_TRUTH, NULL, NULL, 0},
	{"errno", TEXT_OR_NULL, NULL, NULL, 0},       {"detail", TEXT_OR_NULL, NULL, NULL, 0},
	{"cause", TEXT_OR_NULL, NULL, NULL, 0},       {"remedy", TEXT_OR_NULL, NULL, NULL, 0},
	{"evidence", RULE_LIST, NULL, NULL, 0},       {0},
};

const struct rule document_rules[] = {
	{"tool", RULE_OBJECT, tool, NULL, 0},
	{"judged_at", TEXT_OR_NULL | RULE_OPTIONAL, NULL, NULL, 0},
	{"host", RULE_OBJECT, host, NULL, 0},
	{"iommu", RULE_OBJECT, iommu, NULL, 0},
	{"groups", RULE_LIST, groups, NULL, 0},
	{"devices", RULE_LIST, devices, NULL, DOCUMENT_DEVICE_LIMIT},
	{"checks", RULE_LIST, checks, NULL, 0},
	{"rehearsal", LIST_OR_NULL | RULE_OPTIONAL, rehearsal, NULL, 0},
	{"verdict", RULE_TEXT, NULL, verdicts, 0},
	{0},
};
