/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"
#include "preflight/targets.h"

#include <errno.h>

/* A directory that holds nothing of a host is a mistyped path, not a host about which all is
 * unknown. */
static int check_is_tree(const struct host *host, const struct settings *settings,
			 struct error *error)
{
	static const char *const places[] = {"sys", "proc", "etc", "dmesg.txt"};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (host_exists(host, places[i]) != -ENOENT)
			return 0;
	return error_set(error, -ENOENT, "%s: not a host tree: it holds no sys, proc or etc",
			 settings->root);
}

struct facts *facts_from_settings(const struct settings *settings, struct error *error)
{
	_cleanup_facts_ struct facts *facts = NULL;
	_cleanup_host_ struct host *host = NULL;

	if (host_open(settings->root, &host, error) < 0)
		return NULL;
	if (!host_is_live(host) && check_is_tree(host, settings, error) < 0)
		return NULL;
	facts = facts_collect(host);
	if (targets_named(facts, settings->names, settings->name_count, error) < 0)
		return NULL;
	return TAKE_PTR(facts);
}
